"""The state machines of a rating (domain 2.9), of a letter (2.8) and of a difficulty made public (GW-12)."""

from chassis.transitions import Machine, row

RATING = Machine(
    "feedback.rating",
    {
        "open": "待评价",
        "rated": "已评价",
        "awaiting_reply": "差评待回复",
        "replied": "已回复",
        "follow_up": "追评待回复",
        "defaulted": "系统默认",
        "closed": "已关闭",
    },
    (
        row("R1", "open defaulted", "rated", "rate", "applicant", "FEE-01"),
        row("R2", "open defaulted", "awaiting_reply", "rate_negative", "applicant", "FEE-07"),
        row("R3", "open", "defaulted", "default", "system", "FEE-05"),
        row("R4", "awaiting_reply follow_up", "replied", "reply", "letters_handler", "FEE-07"),
        row("R5", "awaiting_reply follow_up", None, "mark_overdue", "system", "FEE-09"),
        row("R6", "replied", "follow_up", "follow_up", "applicant", "FEE-09"),
        row("R7", "open", "closed", "close", "system", "FEE-01"),
    ),
)

LETTER = Machine(
    "feedback.letter",
    {
        "received": "已收件",
        "handling": "办理中",
        "answered": "已答复",
        "closed": "已办结",
    },
    (
        row("L1", "received", "received", "transfer", "letters_handler", "FEE-27"),
        row("L2", "received", "handling", "open", "letters_handler", "FEE-27"),
        row("L3", "handling", None, "record_contact", "letters_handler", "FEE-23"),
        row("L4", "handling", None, "extend", "unit_leader", "FEE-24"),
        row("L5", "handling", "answered", "answer", "letters_handler", "FEE-23"),
        row("L6", "answered", "closed", "accept", "sender", "FEE-31"),
        row("L7", "answered", "handling", "reopen", "sender", "FEE-31"),
        row("L8", "answered", "closed", "reject", "sender", "FEE-31"),
        row("L9", "answered", "closed", "lapse", "system", "FEE-31"),
        row("L10", "received handling", None, "mark_overdue", "system", "FEE-23"),
    ),
)

EXPOSURE = Machine(
    "feedback.exposure",
    {
        "rectifying": "纠错中",
        "reported": "待确认",
        "corrected": "已纠错",
    },
    (
        row("E1", "rectifying", "reported", "report", "letters_handler", "GW-12"),
        row("E2", "reported", "corrected", "confirm", "service_office", "GW-12"),
        row("E3", "reported", "rectifying", "send_back", "service_office", "GW-12"),
    ),
)
