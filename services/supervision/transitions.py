"""The state machine of a verification task (domain 2.10)."""

from chassis.transitions import Machine, row

TASK = Machine(
    "supervision.task",
    {
        "created": "待启动",
        "started": "核查中",
        "passed": "核查通过",
        "rectifying": "限期整改",
        "passed_after_rectification": "整改通过",
        "failed": "整改未通过",
        "cancelled": "已取消",
    },
    (
        row("V1", "created", "started", "start", "supervisor", "SUP-21"),
        row("V2", "started", None, "record_points", "supervisor", "SUP-22"),
        row("V3", "started", "passed", "pass", "supervisor", "SUP-22"),
        row("V4", "started", "rectifying", "order_rectification", "supervisor", "SUP-23"),
        row("V5", "rectifying", None, "report_correction", "subject", "SUP-24"),
        row("V6", "rectifying", "passed_after_rectification", "recheck_passed", "supervisor", "SUP-25"),
        row("V7", "rectifying", "failed", "recheck_failed", "supervisor", "SUP-24"),
        row("V8", "rectifying", "failed", "date_passed", "system", "SUP-24"),
        row("V9", "created started rectifying", "cancelled", "cancel", "system", "SUP-27"),
    ),
)
