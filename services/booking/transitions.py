"""The state machines of a booking (domain 2.6), of a queue ticket (2.7), of the waiting list and of a contest."""

from chassis.transitions import Machine, row

BOOKING = Machine(
    "booking.booking",
    {
        "booked": "已预约",
        "cancelled": "已取消",
        "arrived": "已取号",
        "served": "已办理",
        "left": "未办理离开",
        "no_show": "失约",
        "excused": "失约已豁免",
    },
    (
        row("B1", "booked", "cancelled", "cancel", "applicant", "BOO-09"),
        row("B2", "booked", "cancelled", "cancel_by_hall", "hall_operator", "BOO-12"),
        row("B3", "booked", None, "remind", "system", "BOO-10"),
        row("B4", "booked", "arrived", "arrive", "hall_operator", "BOO-13"),
        row("B5", "arrived", "served", "serve", "hall_operator", "BOO-17"),
        row("B6", "arrived", "left", "close", "system", "AMB-30"),
        row("B7", "booked", "no_show", "miss", "system", "BOO-20"),
        row("B8", "no_show", "excused", "excuse", "hall_operator", "BOO-24"),
    ),
)

TICKET = Machine(
    "booking.ticket",
    {
        "waiting": "等候",
        "called": "已叫号",
        "serving": "办理中",
        "done": "办理完毕",
        "lapsed": "作废",
        "cancelled": "已退号",
    },
    (
        row("Q1", "waiting", "called", "call", "hall_operator", "BOO-17"),
        row("Q2", "called", None, "call_again", "hall_operator", "BOO-17"),
        row("Q3", "called", "serving", "serve", "hall_operator", "BOO-17"),
        row("Q4", "serving", "done", "finish", "hall_operator", "BOO-17"),
        row("Q5", "called", "waiting", "reenter", "hall_operator", "BOO-17"),
        row("Q6", "called waiting serving", "lapsed", "lapse", "system", "BOO-17"),
        row("Q7", "called serving", "called", "transfer", "hall_operator", "BOO-17"),
        row("Q8", "waiting", "cancelled", "give_up", "hall_operator", "BOO-17"),
    ),
)

WAIT = Machine(
    "booking.wait",
    {
        "waiting": "候补中",
        "given": "已递补",
        "passed_over": "未能递补",
        "left": "已退出",
        "ended": "已截止",
    },
    (
        row("W1", "waiting", "given", "give", "system", "BOO-06"),
        row("W2", "waiting", "passed_over", "pass_over", "system", "BOO-07"),
        row("W3", "waiting", "left", "leave", "applicant", "BOO-06"),
        row("W4", "waiting", "ended", "run_out", "system", "BOO-06"),
    ),
)

CONTEST = Machine(
    "booking.contest",
    {
        "open": "待答复",
        "upheld": "成立",
        "refused": "不成立",
    },
    (
        row("C1", "open", "upheld", "uphold", "hall_operator", "BOO-24"),
        row("C2", "open", "refused", "refuse", "hall_operator", "BOO-24"),
        row("C3", "open", None, "fall_overdue", "system", "BOO-24"),
    ),
)
