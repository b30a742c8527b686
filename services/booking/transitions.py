"""The state machines of a booking (domain 2.6) and of a queue ticket (2.7)."""

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
    },
    (
        row("Q1", "waiting", "called", "call", "hall_operator", "BOO-17"),
        row("Q2", "called", None, "call_again", "hall_operator", "BOO-17"),
        row("Q3", "called", "serving", "serve", "hall_operator", "BOO-17"),
        row("Q4", "serving", "done", "finish", "hall_operator", "BOO-17"),
        row("Q5", "called", "waiting", "reenter", "hall_operator", "BOO-17"),
        row("Q6", "called waiting serving", "lapsed", "lapse", "system", "BOO-17"),
    ),
)
