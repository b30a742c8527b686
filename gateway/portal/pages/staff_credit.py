"""The desk of the credit archive: determination, objections, repairs, the list, sharing (CRE-03…43)."""

from gateway.portal.forms import Field
from gateway.portal.screens import Column, Deed, Facts, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.words import CAUSE, GRADE, RECORD

MENU = ("诚信档案", "Credit archive")
ROLES = ("credit_admin", "service_office")
RECORD_COLUMNS = (
    Column(("编号", "Number"), "record_no"),
    Column(("种类", "Cause"), "cause", "cause"),
    Column(("程度", "Grade"), "grade", "grade"),
    Column(("业务编号", "Case"), "case_no"),
    Column(("事项", "Item"), "item_name"),
    Column(("情况", "Description"), "description"),
    Column(("状态", "State"), "state", "record"),
    Column(("限制至", "Restricted until"), "restriction_until", "day"),
)
APPLICATION_COLUMNS = (
    Column(("编号", "Number"), "application_no", link="/staff/applications/{id}"),
    Column(("种类", "Kind"), "kind", "application"),
    Column(("申请人", "Applicant"), "applicant_name"),
    Column(("理由", "Reason"), "reason"),
    Column(("收到", "Received"), "received_at", "moment"),
    Column(("期限", "Due"), "due", "day"),
    Column(("状态", "State"), "state", "application_state"),
)
REASONS = Field("reasons", ("理由", "Reasons"), "long", most=4000)
SAME = Field(
    "same_person",
    ("由同一人办理的理由", "Why the same person decides"),
    hint=("原认定人复核时须填写", "Needed when who determined also reviews"),
    required=False,
    most=400,
)
GRADE_FIELD = Field("grade", ("程度", "Grade"), "pick", required=False, options=tuple(GRADE.items()))
CAUSE_FIELD = Field("cause", ("种类", "Cause"), "pick", required=False, options=tuple(CAUSE.items()))
VERBS = (
    Verb(
        "determine",
        ("认定", "Determine"),
        "credit",
        "/records/{record_id}/determination",
        "/staff/records",
        fields=(
            Field(
                "confirm",
                ("认定为失信", "Confirm the failing"),
                "yesno",
                options=(("true", ("列入", "list")), ("false", ("不予列入", "dismiss"))),
            ),
            Field("opinion", ("意见", "Opinion"), "long", most=2000),
            CAUSE_FIELD,
            GRADE_FIELD,
            Field("consequence_major", ("造成重大后果", "Major consequence"), "tick", required=False),
        ),
        danger=True,
    ),
    Verb(
        "record-correction",
        ("登记纠正日期", "Record the correction"),
        "credit",
        "/records/{record_id}/correction",
        "/staff/records",
        fields=(
            Field("on", ("纠正日期", "Day"), "date"),
            Field("evidence", ("证据(每行一项)", "Evidence, one a line"), "lines"),
            Field("opinion", ("意见", "Opinion"), "long", most=2000),
        ),
    ),
    Verb(
        "open-application",
        ("受理申请", "Open for review"),
        "credit",
        "/applications/{application_id}/opening",
        "/staff/applications/{application_id}",
    ),
    Verb(
        "decide-objection",
        ("异议处理决定", "Decide the objection"),
        "credit",
        "/applications/{application_id}/objection-decision",
        "/staff/applications/{application_id}",
        fields=(
            Field(
                "result",
                ("结果", "Result"),
                "choice",
                options=(
                    ("maintain", ("维持", "maintain")),
                    ("modify", ("修改", "modify")),
                    ("delete", ("删除", "delete")),
                ),
            ),
            REASONS,
            SAME,
            GRADE_FIELD,
            CAUSE_FIELD,
        ),
    ),
    Verb(
        "decide-repair",
        ("修复决定", "Decide the repair"),
        "credit",
        "/applications/{application_id}/repair-decision",
        "/staff/applications/{application_id}",
        fields=(
            Field(
                "result",
                ("结果", "Result"),
                "choice",
                options=(("granted", ("准予修复", "granted")), ("refused", ("不予修复", "refused"))),
            ),
            REASONS,
            SAME,
            Field("conditions_met", ("修复条件已核实", "The conditions are met"), "tick", required=False),
        ),
    ),
    Verb(
        "foreign-failing",
        ("登记其他系统失信", "Note a failing elsewhere"),
        "credit",
        "/foreign-failings",
        "/staff/records",
        fields=(
            Field("subject_ref", ("主体编号", "Party")),
            Field("source", ("来源系统", "Source"), most=100),
            Field("reference", ("编号", "Reference"), most=100),
            Field("occurred_on", ("发生日期", "Day"), "date"),
        ),
    ),
    Verb(
        "note-receipt",
        ("登记平台回执", "Note the receipt"),
        "credit",
        "/shares/{share_id}/receipt",
        "/staff/shares",
        fields=(Field("number", ("回执编号", "Number"), most=100),),
    ),
)
SCREENS = (
    Screen(
        "/staff/records",
        ("失信记录", "Records"),
        (
            Listing(
                ("记录", "Records"),
                "credit",
                "/records",
                RECORD_COLUMNS,
                filters=(Field("state", ("状态", "State"), "pick", options=tuple(RECORD.items()), default="pending"),),
                deeds=(
                    Deed("determine", {"record_id": "id"}, lambda row: row["state"] == "pending"),
                    Deed("record-correction", {"record_id": "id"}, lambda row: bool(row["correction_asked"])),
                ),
            ),
        ),
        roles=ROLES,
        menu=MENU,
        deeds=(Deed("foreign-failing", roles=("credit_admin",)),),
    ),
    Screen(
        "/staff/applications",
        ("异议和修复", "Objections and repairs"),
        (Listing(("申请", "Applications"), "credit", "/applications", APPLICATION_COLUMNS),),
        roles=ROLES,
        menu=MENU,
    ),
    Screen(
        "/staff/applications/<application_id>",
        ("申请", "Application"),
        (
            Facts(
                ("申请内容", "Content"),
                "credit",
                "/applications/{application_id}",
                (
                    *APPLICATION_COLUMNS[:6],
                    Column(("新的事实", "New facts"), "new_facts"),
                    Column(("结果", "Result"), "result", "application_result"),
                    Column(("决定理由", "Reasons"), "reasons"),
                    Column(("决定时间", "Decided"), "decided_at", "moment"),
                    Column(("状态", "State"), "state", "application_state"),
                ),
                deeds=(
                    Deed("open-application", {"application_id": "id"}, lambda row: not row["decided_at"]),
                    Deed(
                        "decide-objection",
                        {"application_id": "id"},
                        lambda row: row["kind"] == "objection" and not row["decided_at"],
                    ),
                    Deed(
                        "decide-repair",
                        {"application_id": "id"},
                        lambda row: row["kind"] == "repair" and not row["decided_at"],
                    ),
                ),
            ),
        ),
        roles=ROLES,
    ),
    Screen(
        "/staff/listings",
        ("诚信名单", "The list"),
        (
            Listing(
                ("名单", "The list"),
                "credit",
                "/listings",
                (
                    Column(("编号", "Number"), "record_no"),
                    Column(("主体", "Party"), "subject_name_masked"),
                    Column(("程度", "Grade"), "grade", "grade"),
                    Column(("种类", "Cause"), "cause", "cause"),
                    Column(("标注", "Note"), "annotation", "annotation"),
                    Column(("列入", "Listed"), "listed_at", "moment"),
                    Column(("限制至", "Until"), "restriction_until", "day"),
                ),
            ),
        ),
        menu=MENU,
    ),
    Screen(
        "/staff/shares",
        ("信息共享", "Sharing"),
        (
            Listing(
                ("待共享", "To be shared"),
                "credit",
                "/shares",
                (
                    Column(("编号", "Number"), "number"),
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("部门", "Unit"), "org", "org"),
                    Column(("期限", "Due"), "due", "day"),
                    Column(("状态", "State"), "state", "share"),
                    Column(("超期", "Overdue"), "overdue", "yes"),
                ),
                deeds=(Deed("note-receipt", {"share_id": "id"}, lambda row: not row["receipt"]),),
            ),
        ),
        roles=ROLES,
        menu=MENU,
    ),
)
