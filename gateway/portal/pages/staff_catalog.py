"""The desk of the catalog: drafts, publication, public texts, quotas (CAT-12…43, TIM-07)."""

from flask import Response

from gateway.portal import guard
from gateway.portal.files import passed_on
from gateway.portal.forms import Field
from gateway.portal.guide_sections import PARTS, orgs
from gateway.portal.page import route
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import stream

MENU = ("事项管理", "Catalog")
EDITORS = ("catalog_editor",)
REASON = Field("reason", ("理由", "Reason"), "long", most=2000)
VERBS = (
    Verb(
        "begin-item",
        ("新增事项", "A new item"),
        "catalog",
        "/items",
        "/staff/drafts/{code}",
        fields=(
            Field(
                "code", ("事项编码", "Code"), hint=("12 至 31 位数字或大写字母", "12 to 31 capitals, digits"), most=31
            ),
            Field("name", ("事项名称", "Name"), most=200),
            Field("approving_org", ("审批部门", "Approving department"), "pick", options=orgs),
        ),
        lead=("先建立草稿，逐部分填写后再发布。", "It begins as a draft; fill in its sections, then publish it."),
    ),
    Verb(
        "publish-item",
        ("发布新版本", "Publish"),
        "catalog",
        "/items/{code}/publication",
        "/items/{code}",
        fields=(Field("change_log", ("修改说明", "What has changed"), "long", most=2000),),
        lead=("发布前逐项校验；有不合规定的不予发布。", "Every rule is checked; nothing is published with a fault."),
        parts=PARTS,
    ),
    Verb(
        "retire-item",
        ("停止办理", "Retire"),
        "catalog",
        "/items/{code}/retirement",
        "/items/{code}",
        fields=(REASON,),
        danger=True,
    ),
    Verb(
        "discard-draft",
        ("放弃草稿", "Discard the draft"),
        "catalog",
        "/items/{code}/draft",
        "/staff/drafts",
        method="DELETE",
        danger=True,
    ),
    Verb(
        "withdraw-content",
        ("撤下", "Take off"),
        "catalog",
        "/contents/{code}/withdrawal",
        "/staff/contents",
        fields=(REASON,),
        danger=True,
    ),
    Verb(
        "explain-deadline",
        ("计算期限", "Explain a limit"),
        "catalog",
        "/deadline-explanations",
        "/staff/calendar",
        fields=(
            Field("anchor", ("起算日", "Counted from"), "date"),
            Field("n", ("数量", "Number"), "number"),
            Field(
                "unit",
                ("单位", "Unit"),
                "choice",
                options=(
                    ("wd", ("工作日", "working days")),
                    ("nd", ("自然日", "days")),
                    ("month", ("月", "months")),
                    ("year", ("年", "years")),
                ),
            ),
            Field("rule", ("规则编号", "Rule"), default="TIM-02"),
        ),
        reveals=(("due", ("届满日", "Ends")), ("zh", ("说明", "Why"))),
        done=("计算结果", "The limit"),
    ),
)
SCREENS = (
    Screen(
        "/staff/drafts",
        ("事项草稿", "Drafts"),
        (
            Listing(
                ("草稿", "Drafts"),
                "catalog",
                "/drafts",
                (
                    Column(("编码", "Code"), "code", link="/staff/drafts/{code}"),
                    Column(("名称", "Name"), "name"),
                    Column(("部门", "Department"), "approving_org"),
                    Column(("修改", "Changed"), "updated_at", "moment"),
                ),
                deeds=(Deed("publish-item"), Deed("discard-draft")),
            ),
        ),
        roles=EDITORS,
        deeds=(Deed("begin-item"),),
        menu=MENU,
    ),
    Screen(
        "/staff/contents",
        ("栏目内容", "Public texts"),
        (
            Listing(
                ("内容", "Texts"),
                "catalog",
                "/contents",
                (
                    Column(("编码", "Code"), "code"),
                    Column(("种类", "Kind"), "kind"),
                    Column(("标题", "Title"), "title"),
                    Column(("部门", "Unit"), "org", "org"),
                    Column(("版本", "Version"), "version"),
                ),
                deeds=(Deed("withdraw-content"),),
            ),
        ),
        roles=EDITORS,
        menu=MENU,
    ),
    Screen(
        "/staff/quotas",
        ("预约名额", "Booking quotas"),
        (
            Listing(
                ("名额", "Quotas"),
                "catalog",
                "/booking-quotas",
                (
                    Column(("事项", "Item"), "item_code"),
                    Column(("大厅", "Hall"), "hall"),
                    Column(("队列", "Queue"), "queue_group"),
                    Column(("每日", "Daily"), "daily_number"),
                    Column(("起", "From"), "valid_from", "day"),
                ),
            ),
        ),
        roles=(*EDITORS, "hall_operator"),
        menu=MENU,
    ),
)


@route("/staff/items/export")
@guard.staff(*EDITORS)
def export_items() -> Response:
    """The guides in force that the caller edits, as a spreadsheet (CAT-24)."""
    return passed_on(stream("GET", "catalog", "/item-exports?format=xlsx"), "items.xlsx")
