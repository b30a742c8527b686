"""The state machine of a credit record (domain 2.3)."""

from chassis.transitions import Machine, row

RECORD = Machine(
    "credit.record",
    {"pending": "待认定", "listed": "已列入", "dismissed": "不予认定", "expired": "已退出"},
    (
        row("R1", "pending", "listed", "confirm", "credit_admin", "CRE-05"),
        row("R2", "pending", "dismissed", "dismiss", "credit_admin", "CRE-05"),
        row("R3", "listed", "expired", "exit", "system", "CRE-16"),
    ),
)
