"""The state machines of a credit record (domain 2.3) and of an objection or repair (domain 2.4, 2.5)."""

from chassis.transitions import Machine, row

LISTED = ("listed", "modified")  # the states in which a failing is on the list

RECORD = Machine(
    "credit.record",
    {
        "pending": "待认定",
        "listed": "已列入",
        "dismissed": "不予认定",
        "expired": "已退出",
        "modified": "已修改",
        "deleted": "已删除",
        "repaired": "信用修复",
    },
    (
        row("R1", "pending", "listed", "confirm", "credit_admin", "CRE-05"),
        row("R2", "pending", "dismissed", "dismiss", "credit_admin", "CRE-05"),
        row("R3", "listed", "expired", "exit", "system", "CRE-16"),
        row("R4", "listed modified", None, "object", "subject", "CRE-20"),
        row("R5", "listed modified", None, "correct", "credit_admin", "CRE-36"),
        row("R6", "listed modified", None, "apply_for_repair", "subject", "CRE-31"),
        row("R7", "listed modified", "modified", "modify", "system", "CRE-24"),
        row("R8", "listed modified", "deleted", "delete", "system", "CRE-24"),
        row("R9", "listed modified", "repaired", "repair", "system", "CRE-34"),
    ),
)

APPLICATION = Machine(
    "credit.application",
    {
        "submitted": "已提交",
        "reviewing": "审核中",
        "publicity": "公示中",
        "opposed": "公示有异议",
        "refused": "不予修复",
        "closed": "已办结",
        "withdrawn": "已撤回",
    },
    (
        row("O1", "submitted", "reviewing", "open", "credit_admin", "CRE-22"),
        row("O2", "submitted reviewing opposed", "publicity", "decide", "credit_admin", "CRE-22"),
        row("O3", "submitted reviewing opposed", "refused", "refuse", "credit_admin", "CRE-34"),
        row("O4", "publicity", "opposed", "oppose", "anybody", "CRE-25"),
        row("O5", "publicity", "closed", "end", "system", "CRE-24"),
        row("O6", "submitted reviewing", "withdrawn", "withdraw", "subject", "CRE-27"),
    ),
)
