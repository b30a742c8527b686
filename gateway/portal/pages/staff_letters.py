"""The desk of letters, ratings, call-backs, exposures and forums (FEE-01…33, GW-12)."""

from typing import Any

from gateway.portal.forms import YES_NO, Field
from gateway.portal.screens import Column, Deed, Facts, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.words import CALL_STATE, CALLBACK, LETTER_KIND

MENU = ("互动与评价", "Letters and ratings")
ROLES = ("letters_handler", "unit_leader", "service_office", "auditor")
PAGE = "/staff/letters/{letter_no}"
LETTER_COLUMNS = (
    Column(("编号", "Number"), "letter_no", link=PAGE),
    Column(("种类", "Kind"), "kind", "letter_kind"),
    Column(("标题", "Title"), "title"),
    Column(("部门", "Unit"), "org", "org"),
    Column(("收到", "Received"), "received_at", "moment"),
    Column(("期限", "Due"), "due", "day"),
    Column(("状态", "State"), "state_name"),
    Column(("超期", "Overdue"), "overdue", "yes"),
)
RATING_COLUMNS = (
    Column(("业务编号", "Case"), "case_no"),
    Column(("事项", "Item"), "item_name"),
    Column(("评价", "Level"), "level"),
    Column(("内容", "Text"), "text"),
    Column(("状态", "State"), "state_name"),
    Column(("回复期限", "Reply by"), "reply_due", "day"),
)
REASON = Field("reason", ("理由", "Reason"), "long", most=1000)


def verb(name: str, title: tuple[str, str], path: str, *fields: Field, **more: Any) -> Verb:
    """A deed on a letter."""
    return Verb(name, title, "feedback", f"/letters/{{letter_no}}/{path}", PAGE, fields=fields, **more)


VERBS = (
    verb(
        "open-letter",
        ("签收办理", "Take in hand"),
        "opening",
        Field("first_contact_at", ("首次联系时间", "First contact"), "moment", required=False),
        Field("evidence", ("联系记录", "Record"), "long", required=False, most=4000),
    ),
    verb(
        "contact-sender",
        ("登记联系", "Record the contact"),
        "contact",
        Field("contacted_at", ("联系时间", "When"), "moment"),
        Field("evidence", ("联系记录", "Record"), "long", required=False, most=4000),
    ),
    verb("transfer-letter", ("转办", "Pass on"), "transfer", Field("to_org", ("转往部门编码", "To")), REASON),
    verb(
        "extend-letter",
        ("疑难延期", "Declare special"),
        "extension",
        REASON,
        Field("interim_answer", ("阶段答复", "Interim answer"), "long", most=4000),
    ),
    verb(
        "answer-letter",
        ("答复", "Answer"),
        "answer",
        Field("text", ("答复内容", "Answer"), "long", most=8000),
        Field(
            "adoption",
            ("采纳情况(建议)", "Adoption (suggestions)"),
            "pick",
            required=False,
            options=(
                ("adopted", ("采纳", "adopted")),
                ("partly_adopted", ("部分采纳", "partly adopted")),
                ("not_adopted", ("不采纳", "not adopted")),
            ),
        ),
        lead=(
            "投诉已与办件记录核对的，答复草稿已填入，请核实、修改后发出。",
            "Of a complaint that was checked against the records the draft stands here: verify and edit it, then send.",
        ),
        source="/letters/{letter_no}",
        begun={"text": "check.draft"},
    ),
    verb(
        "publish-answer",
        ("公开答复", "Publish the answer"),
        "public-answer",
        Field("title", ("标题", "Title"), most=100),
        Field("question", ("问题(去除个人信息)", "Question, naming nobody"), "long", most=2000),
        Field("answer", ("答复", "Answer"), "long", most=8000),
    ),
    verb(
        "expose",
        ("公开曝光", "Make public"),
        "exposure",
        Field("title", ("标题", "Title"), most=100),
        Field("problem", ("问题", "Problem"), "long", most=4000),
    ),
    Verb(
        "reply-rating",
        ("回复评价", "Reply"),
        "feedback",
        "/cases/{case_no}/rating/reply",
        "/staff/ratings",
        fields=(
            Field("text", ("回复", "Reply"), "long", most=4000),
            Field(
                "kind",
                ("种类", "Kind"),
                "choice",
                required=False,
                options=(
                    ("verification", ("核实情况", "verification")),
                    ("correction", ("整改情况", "correction")),
                    ("explanation", ("解释说明", "explanation")),
                ),
            ),
        ),
    ),
    Verb(
        "record-callback",
        ("登记回访", "Record the call"),
        "feedback",
        "/callbacks/{case_no}",
        "/staff/callbacks",
        fields=(
            Field("outcome", ("结果", "Outcome"), "choice", options=tuple(CALLBACK.items())),
            Field("satisfied", ("是否满意", "Satisfied"), "yesno", required=False),
            Field("opinion", ("意见", "Opinion"), "long", required=False, most=2000),
        ),
    ),
    Verb(
        "exposure-result",
        ("报告整改结果", "Say what was put right"),
        "feedback",
        "/exposures/{exposure_id}/result",
        "/staff/exposures",
        fields=(Field("result", ("结果", "Result"), "long", most=4000),),
    ),
    Verb(
        "confirm-exposure",
        ("确认并公开", "Confirm"),
        "feedback",
        "/exposures/{exposure_id}/confirmation",
        "/staff/exposures",
    ),
    Verb(
        "return-exposure",
        ("退回整改", "Send back"),
        "feedback",
        "/exposures/{exposure_id}/return",
        "/staff/exposures",
        fields=(Field("remark", ("意见", "Remark"), "long", most=1000),),
    ),
)
SCREENS = (
    Screen(
        "/staff/letters",
        ("来信", "Letters"),
        (
            Listing(
                ("来信", "Letters"),
                "feedback",
                "/letters",
                LETTER_COLUMNS,
                filters=(
                    Field("kind", ("种类", "Kind"), "pick", required=False, options=tuple(LETTER_KIND.items())),
                    Field(
                        "state",
                        ("状态", "State"),
                        "pick",
                        required=False,
                        options=(
                            ("received", ("待签收", "received")),
                            ("handling", ("办理中", "in hand")),
                            ("answered", ("已答复", "answered")),
                            ("closed", ("已办结", "closed")),
                        ),
                    ),
                ),
            ),
        ),
        roles=ROLES,
        menu=MENU,
    ),
    Screen(
        "/staff/letters/<letter_no>",
        ("来信", "Letter"),
        (
            Facts(
                ("内容", "Content"),
                "feedback",
                "/letters/{letter_no}",
                (
                    Column(("标题", "Title"), "title"),
                    Column(("种类", "Kind"), "kind", "letter_kind"),
                    Column(("投诉类别", "About"), "category", "letter_category"),
                    Column(("内容", "Text"), "text"),
                    Column(("来信人", "Sender"), "sender_name_masked"),
                    Column(("联系方式", "Contact"), "contact"),
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("收到", "Received"), "received_at", "moment"),
                    Column(("期限", "Due"), "due", "day"),
                    Column(("首次联系", "First contact"), "first_contact_at", "moment"),
                    Column(("状态", "State"), "state_name"),
                    Column(("与办件记录核对", "Against the records"), "check.result", "name"),
                    Column(("答复草稿", "Draft of an answer"), "check.draft"),
                ),
                deeds=(
                    Deed("open-letter", when=lambda row: row["state"] == "received"),
                    Deed("contact-sender", when=lambda row: row["state"] == "handling"),
                    Deed("answer-letter", when=lambda row: row["state"] == "handling"),
                    Deed("extend-letter", when=lambda row: row["state"] == "handling" and not row["special"]),
                    Deed("transfer-letter", when=lambda row: row["state"] in ("received", "handling")),
                    Deed("publish-answer", when=lambda row: row["state"] in ("answered", "closed")),
                    Deed("expose", roles=("service_office",)),
                ),
                lists=(
                    (
                        ("核对依据", "What the records say"),
                        "check.findings",
                        (Column(("时间", "At"), "at", "moment"), Column(("记录", "Record"), "zh")),
                    ),
                    (
                        ("答复", "Answers"),
                        "answers",
                        (Column(("时间", "At"), "at", "moment"), Column(("内容", "Text"), "text")),
                    ),
                ),
            ),
            Listing(
                ("经过", "History"),
                "feedback",
                "/letters/{letter_no}/history",
                (
                    Column(("时间", "At"), "at", "moment"),
                    Column(("操作", "Deed"), "verb", "letter_step"),
                    Column(("意见", "Opinion"), "opinion"),
                ),
                limit=0,
            ),
        ),
        roles=ROLES,
    ),
    Screen(
        "/staff/ratings",
        ("好差评", "Ratings"),
        (
            Listing(
                ("评价", "Ratings"),
                "feedback",
                "/ratings",
                RATING_COLUMNS,
                deeds=(Deed("reply-rating", {"case_no": "case_no"}, lambda row: row["state"] == "awaiting_reply"),),
            ),
        ),
        roles=("letters_handler", "unit_leader"),
        menu=MENU,
    ),
    Screen(
        "/staff/callbacks",
        ("回访", "Call-backs"),
        (
            Listing(
                ("办结的办件", "Completed cases"),
                "feedback",
                "/callbacks",
                (
                    Column(("业务编号", "Case"), "case_no", link="/staff/cases/{case_no}"),
                    Column(("事项", "Item"), "item_name"),
                    Column(("部门", "Unit"), "org"),
                    Column(("申请人", "Party"), "subject_name_masked"),
                    Column(("办结", "Completed"), "completed_at", "moment"),
                    Column(("评价", "Rated"), "level", "rating"),
                    Column(("状态", "State"), "state", "call_state"),
                    Column(("拨打次数", "Calls"), "attempts"),
                    Column(("结果", "Outcome"), "outcome", "callback"),
                    Column(("是否满意", "Satisfied"), "satisfied", "yes"),
                    Column(("意见", "Opinion"), "opinion"),
                ),
                deeds=(Deed("record-callback", {"case_no": "case_no"}, lambda row: row["state"] != "done"),),
                filters=(
                    Field(
                        "state",
                        ("状态", "State"),
                        "pick",
                        required=False,
                        options=tuple(CALL_STATE.items()),
                        default="waiting",
                    ),
                    Field("negative", ("评价为不满意", "Rated negative"), "pick", required=False, options=YES_NO),
                    Field("org", ("部门编码", "Code of the unit"), required=False, most=40),
                ),
            ),
        ),
        roles=("service_office", "auditor"),
        menu=MENU,
        lead=(
            "每个办结的办件电话回访一次；未接通的可以再拨。电话号码请打开办件查看。",
            "One call about each completed case; who was not reached is called again. The number stands in the case.",
        ),
    ),
    Screen(
        "/staff/exposures",
        ("曝光纠错", "Exposures"),
        (
            Listing(
                ("曝光", "Exposures"),
                "feedback",
                "/exposures",
                (
                    Column(("标题", "Title"), "title"),
                    Column(("部门", "Unit"), "org", "org"),
                    Column(("状态", "State"), "state_name"),
                    Column(("期限", "Due"), "due", "day"),
                    Column(("结果", "Result"), "result"),
                ),
                deeds=(
                    Deed("exposure-result", {"exposure_id": "id"}, lambda row: row["state"] == "rectifying"),
                    Deed(
                        "confirm-exposure",
                        {"exposure_id": "id"},
                        lambda row: row["state"] == "reported",
                        ("service_office",),
                    ),
                    Deed(
                        "return-exposure",
                        {"exposure_id": "id"},
                        lambda row: row["state"] == "reported",
                        ("service_office",),
                    ),
                ),
            ),
        ),
        roles=ROLES,
        menu=MENU,
    ),
)
