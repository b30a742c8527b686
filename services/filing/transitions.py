"""The state machines of a case, of its result's delivery, of its promise and of parallel tasks, as tables.

The numbers are those of the domain specification, 2.1 (C1-C31) and 2.2 (P1-P9). What has no row is refused.
A row without a target leaves the state as it is, or goes back to the state kept on the case (C20, C26).
"""

from chassis.transitions import Machine, row

IN_PROCESS = "submitted dispatched pre_review correction resubmitted returned accepted reviewing special deciding"
HANDLING = "accepted reviewing deciding"

STATES = {
    "none": "未建",
    "draft": "暂存",
    "deleted": "已删除",
    "submitted": "申办",
    "dispatched": "已推送(同城)",
    "pre_review": "网上预受理",
    "correction": "补正告知",
    "resubmitted": "补交受理",
    "returned": "退回",
    "not_accepted": "不予受理",
    "accepted": "受理",
    "reviewing": "审查",
    "special": "特别程序",
    "deciding": "决定",
    "suspended": "中止",
    "completed": "办结",
    "withdrawn": "撤回",
    "lapsed": "退件",
    "revoked": "撤销",
}

CASE = Machine(
    "filing.case",
    STATES,
    (
        row("C1", "none", "draft", "open", "applicant, window_clerk", "FIL-02"),
        row("C2", "draft", "deleted", "delete", "applicant, window_clerk", "FIL-13"),
        row("C3", "draft", "submitted", "submit", "applicant, window_clerk", "FIL-08"),
        row("C4", "draft", "dispatched", "dispatch", "window_clerk", "FIL-53"),
        row("C5", "submitted", "pre_review", "view", "window_clerk", "FIL-22"),
        row("C6", "dispatched", "pre_review", "view", "window_clerk", "FIL-57"),
        row("C7", "dispatched", None, "warn_unviewed", "system", "FIL-58"),
        row("C8", "dispatched", None, "mark_unviewed", "system", "FIL-59"),
        row("C9", "dispatched pre_review", "returned", "return", "window_clerk", "FIL-55"),
        row("C10", "returned", "dispatched", "redispatch", "window_clerk, window_manager", "FIL-55"),
        row("C11", "pre_review resubmitted", "accepted", "accept", "window_clerk", "FIL-25"),
        row("C11", "pre_review resubmitted submitted dispatched", "accepted", "accept_by_lapse", "system", "FIL-24"),
        row("C12", "pre_review", "correction", "request_correction", "window_clerk", "FIL-26"),
        # A second notice is for faults that came in with the correction, or by the leader.
        row("C12", "resubmitted", "correction", "request_correction", "window_clerk, unit_leader", "FIL-27"),
        row("C13", "correction", "resubmitted", "answer_correction", "applicant, window_clerk", "FIL-26"),
        row("C14", "correction", "lapsed", "lapse", "system", "FIL-28"),
        row("C15", "pre_review resubmitted", "not_accepted", "not_accept", "window_clerk", "FIL-29"),
        row("C16", "accepted", "reviewing", "take", "reviewer", "FIL-35"),
        row("C16", "accepted", "deciding", "jump", "reviewer, decider", "CAT-25"),
        row("C17", "reviewing", "deciding", "review", "reviewer", "FIL-35"),
        row("C18", "deciding", "reviewing", "send_back", "decider", "FIL-35"),
        row("C19", HANDLING, "special", "start_special", "reviewer, decider", "FIL-36"),
        row("C20", "special", None, "finish_special", "reviewer", "FIL-36"),
        row("C21", HANDLING, None, "extend", "unit_leader", "FIL-37"),
        row("C22", "deciding", "completed", "grant", "decider", "FIL-35"),
        row("C23", "deciding", "completed", "refuse", "decider", "FIL-35"),
        row("C24", IN_PROCESS, "withdrawn", "withdraw", "applicant", "FIL-48"),
        row("C25", IN_PROCESS, "suspended", "suspend", "system", "FIL-74"),
        row("C26", "suspended", None, "resume", "system, window_clerk", "FIL-74"),
        row("C27", "completed", "revoked", "revoke", "system, decider", "FIL-77"),
    ),
)

DELIVERY = Machine(
    "filing.delivery",
    {
        "none": "尚未送出",
        "ready": "待领取",
        "shipped": "已寄出",
        "collected": "已领取",
        "delivered": "已送达",
        "undeliverable": "无法投递",
    },
    (
        row("C28", "none undeliverable", "ready", "make_ready", "system", "FIL-44"),
        row("C28", "none", "shipped", "ship", "system", "FIL-44"),
        row("C29", "ready undeliverable", "collected", "collect", "window_clerk", "FIL-44"),
        row("C30", "shipped undeliverable", "delivered", "deliver", "system", "FIL-44"),
        row("C30", "shipped", "undeliverable", "fail_delivery", "system", "FIL-44"),
    ),
)

PARALLEL = Machine(
    "filing.parallel",
    {"open": "待答复", "overdue": "已超期", "answered": "已答复", "recalled": "已收回"},
    (
        row("C31", "open overdue", "answered", "answer", "reviewer", "FIL-38"),
        row("C31", "open", "overdue", "mark_overdue", "system", "FIL-38"),
        row("C31", "open overdue", "recalled", "recall", "system", "FIL-38"),
    ),
)

COMMITMENT = Machine(
    "filing.commitment",
    {
        "none": "未承诺",
        "signed": "已签署",
        "open": "待补齐",
        "under_check": "审核中",
        "fulfilled": "已履行",
        "failed": "不符合法定条件",
        "lapsed": "逾期未补齐",
        "void": "失效",
        "cancelled": "取消",
    },
    (
        row("P1", "none", "signed", "sign", "applicant", "FIL-10"),
        row("P2", "signed", "open", "open", "system", "FIL-70"),
        row("P3", "signed", "void", "void", "system", "FIL-70"),
        row("P4", "open", "under_check", "supply", "applicant", "FIL-70"),
        # Supplied ahead of the decision (a suspended case goes on once its material is complete, FIL-74).
        row("P4", "signed under_check", None, "supply", "applicant", "FIL-70"),
        row("P5", "under_check open", "fulfilled", "fulfil", "reviewer", "FIL-71"),
        row("P6", "under_check", "open", "reject", "reviewer", "FIL-73"),
        # Part of the promise conforms, the rest is still to come.
        row("P6", "under_check", "open", "accept_part", "reviewer", "FIL-71"),
        row("P6", "signed", None, "check_early", "reviewer", "FIL-71"),
        row("P7", "under_check", "failed", "fail", "reviewer", "FIL-73"),
        row("P8", "open", "lapsed", "lapse", "system", "FIL-72"),
        row("P9", "open under_check", "cancelled", "cancel", "system", "FIL-77"),
    ),
)

TERMINAL = frozenset({"not_accepted", "completed", "withdrawn", "lapsed", "revoked", "deleted"})

TABS = {
    "drafts": "暂存件",
    "in_progress": "在办件",
    "correction": "补正件",
    "commitment": "承诺补正件",
    "closed": "办结件",
}
