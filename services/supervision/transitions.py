"""The state machines of verification (domain 2.10) and of linkage work (domain 2.13)."""

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

SHEET = Machine(
    "supervision.sheet",
    {"open": "待核对", "signed_by_one": "一方已签", "signed": "双方已签", "missing": "未核对"},
    (
        row("D1", "open", "signed_by_one", "sign", "coordinator", "SUP-04"),
        row("D2", "signed_by_one", "signed", "countersign", "coordinator", "SUP-04"),
        row("D3", "open signed_by_one", "missing", "day_passed", "system", "SUP-04"),
    ),
)

PROBLEM = Machine(
    "supervision.problem",
    {"open": "处理中", "reported": "已上报", "settled": "已解决"},
    (
        row("P1", "open", "reported", "report", "coordinator", "SUP-04"),
        row("P2", "open reported", "settled", "settle", "coordinator", "SUP-04"),
    ),
)

WEEKLY = Machine(
    "supervision.weekly_record",
    {"due": "待填报", "filed": "已填报", "missing": "缺报"},
    (
        row("W1", "due", "filed", "file", "coordinator", "SUP-05"),
        row("W2", "due", "missing", "day_passed", "system", "SUP-05"),
    ),
)

MEETING = Machine(
    "supervision.meeting",
    {"due": "待召开", "held": "已召开", "missing": "未召开"},
    (
        row("M1", "due", "held", "hold", "coordinator", "SUP-06"),
        row("M2", "due", "missing", "month_passed", "system", "SUP-06"),
    ),
)

ORDER = Machine(
    "supervision.order",
    {"issued": "督办中", "answered": "已回复", "closed": "已办结"},
    (
        row("O1", "issued", "answered", "answer", "target", "SUP-31"),
        row("O2", "issued answered", "closed", "close", "auditor", "SUP-31"),
        row("O3", "issued answered", "closed", "matter_done", "system", "SUP-31"),
    ),
)

DRAW = Machine(
    "supervision.draw",
    {"announced": "已公告", "fixed": "名录已锁定", "drawn": "已抽取"},
    (
        row("R1", "announced", "fixed", "fix", "supervisor", "SUP-26"),
        row("R2", "fixed", "drawn", "draw", "supervisor", "SUP-26"),
    ),
)

ASSESSMENT = Machine(
    "supervision.assessment",
    {"collecting": "考核中", "computed": "已汇总", "published": "已公布"},
    (
        row("A1", "collecting computed", "collecting", "check", "service_office", "SUP-07"),
        row("A2", "collecting", "computed", "compute", "service_office", "SUP-07"),
        row("A3", "computed", "published", "publish", "service_office", "SUP-07"),
    ),
)
