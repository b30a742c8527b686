"""Reading: notices, power lists, laws, questions, packages, help, exposures, everyday services (GW-02, 06, 12)."""

from flask import Response, request

from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.forms import Field, Form
from gateway.portal.page import kept, route, show
from gateway.portal.screens import Column, Listing, Screen
from gateway.portal.texts import Both
from gateway.portal.visitor import get, get_all, given, needed, rows_of
from gateway.portal.words import SIDE

COLUMNS: dict[str, Both] = {
    "power_list": ("权力清单", "Power lists"),
    "law": ("政策法规", "Laws"),
    "faq": ("常见问题", "Questions"),
    "case_notice": ("办件公告", "Notices of cases"),
    "case_publicity": ("办件公示", "Publicity of cases"),
    "intermediary": ("中介服务", "Intermediaries"),
    "report_channel": ("监督举报", "How to report"),
}
# Where the hall itself does what a convenience entry names by the address of a service.
OWN_WAYS = {
    "/api/booking": "/bookings/new",
    "/api/filing/v1/progress": "/look-up",
    "/api/feedback": "/ask",
    "/api/catalog/v1/halls": "/halls",
    "/api/catalog/v1/calendar": "/calendar",
    "/api/catalog/v1/deadline": "/limits",
}
SCREENS = (
    Screen(
        "/halls",
        ("政务服务中心", "Halls"),
        (
            Listing(
                ("地址与时间", "Where and when"),
                "catalog",
                "/halls",
                (
                    Column(("名称", "Name"), "name"),
                    Column(("级别", "Level"), "level", "region_level"),
                    Column(("地址", "Address"), "address"),
                    Column(("电话", "Phone"), "phone"),
                    Column(("上班", "Opens"), "service_hours.opens"),
                    Column(("下班", "Closes"), "service_hours.closes"),
                ),
                limit=50,
            ),
        ),
        who="public",
    ),
    Screen(
        "/coordinators",
        ("审管协调员名单", "Linkage coordinators"),
        (
            Listing(
                ("审批和监管部门的协调员", "Of approving and supervising offices"),
                "identity",
                "/coordinators",
                (
                    Column(("部门", "Office"), "org_name"),
                    Column(("职责", "Side"), "side", "side"),
                    Column(("岗位", "Post"), "display_name"),
                    Column(("起", "Since"), "since", "day"),
                ),
                filters=(
                    Field("side", ("职责", "Side"), "pick", required=False, options=tuple(SIDE.items())),
                    Field("org", ("部门编码", "Unit"), required=False),
                ),
                limit=50,
            ),
        ),
        who="public",
    ),
    Screen(
        "/decisions",
        ("办理结果公开", "What was decided"),
        (
            Listing(
                ("近期结果", "Lately"),
                "filing",
                "/publications",
                (
                    Column(("办件", "Case"), "case_no_masked"),
                    Column(("事项", "Item"), "item_name", link="/items/{item_code}"),
                    Column(("部门", "Office"), "approving_org_name"),
                    Column(("当事人", "Party"), "subject_name_masked"),
                    Column(("结果", "Result"), "decision", "decision"),
                    Column(("文号", "Number"), "decision_no"),
                    Column(("日期", "Day"), "decided_on", "day"),
                ),
            ),
        ),
        who="public",
    ),
)


@route("/notices")
def notices() -> Response:
    """Notices, newest first."""
    found = get("catalog", "/contents", kind="notice", limit=20, cursor=request.args.get("cursor", ""))
    return kept(show("portal/contents.html", title=("通知公告", "Notices"), columns=[(None, found)]))


@route("/notices/<code>")
def notice(code: str) -> Response:
    """One published text of any column (CAT-06)."""
    found, versions = get_all(
        ("catalog", fill("/contents/{code}", {"code": code})),
        ("catalog", fill("/contents/{code}/versions", {"code": code})),
    )
    items = needed(found)["document"].get("items") or []
    named = get_all(*[("catalog", fill("/items/{code}", {"code": one})) for one in items[:40] if isinstance(one, str)])
    page = show(
        "portal/content.html",
        row=found,
        document=found["document"],
        items=given(named),
        versions=rows_of(versions),
    )
    return kept(page)


@route("/watch")
def watch() -> Response:
    """The columns to read, and the results of cases (CAT-06)."""
    answers = get_all(*[("catalog", "/contents", {"kind": kind, "limit": 10}) for kind in COLUMNS])
    shown = [(label, found) for label, found in zip(COLUMNS.values(), answers, strict=True)]
    columns = [(label, found) for label, found in shown if not isinstance(found, Problem)]
    return kept(show("portal/contents.html", title=("我要看", "Read"), columns=columns))


@route("/packages/<code>")
def package(code: str) -> Response:
    """A package: questions first, then one list of items and material for these answers (CAT-26)."""
    chosen = [int(one) for one in request.args.getlist("answer") if one.isdigit()]
    content = get("catalog", fill("/contents/{code}", {"code": code}))
    path = fill("/contents/{code}/package", {"code": code})
    found = get("catalog", path, answer=chosen)
    page = show("portal/package.html", row=content, package=found, chosen=chosen)
    return kept(page)


@route("/convenience")
def convenience() -> Response:
    """Everyday services, here and elsewhere (CAT-30)."""
    found = get("catalog", "/contents", kind="convenience", limit=50)["items"]
    texts = get_all(*[("catalog", fill("/contents/{code}", row)) for row in found])
    rows = []
    for row in given(texts):
        link = row["document"].get("link") or ""
        own = next((way for start, way in OWN_WAYS.items() if link.startswith(start)), link)
        rows.append((row["title"], row["document"].get("text", ""), own))
    return kept(show("portal/convenience.html", rows=rows))


@route("/exposures")
def exposures() -> Response:
    """Difficulties that people met, and what became of them (GW-12)."""
    found = get("feedback", "/exposures", limit=20, cursor=request.args.get("cursor", ""))
    return kept(show("portal/exposures.html", found=found))


@route("/help")
def help_page() -> Response:
    """How to use the hall, and questions with their answers (GW-06)."""
    words = Field("q", ("您的问题", "Your question"), most=100, required=False)
    form = Form((words,))
    asked = request.args.get("q", "")
    rows = get("catalog", "/contents", kind="faq", limit=50, q=asked)["items"]
    texts = get_all(*[("catalog", fill("/contents/{code}", row)) for row in rows])
    return kept(show("portal/help.html", form=form, rows=given(texts)))


@route("/help/agreement")
def agreement() -> Response:
    """The registration agreement (GW-06)."""
    return kept(show("portal/agreement.html"), 300)
