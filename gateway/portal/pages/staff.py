"""今天要我做什么: one page of what waits for each role, and the menu of everything (GW-09)."""

from dataclasses import replace

from flask import Response

from gateway.portal import guard, pages
from gateway.portal.ask import Problem
from gateway.portal.page import route, show
from gateway.portal.pages.same_city import DESK
from gateway.portal.pages.staff_cases import CASE_COLUMNS, HANDLERS
from gateway.portal.pages.staff_catalog import EDITORS
from gateway.portal.pages.staff_credit import APPLICATION_COLUMNS, RECORD_COLUMNS
from gateway.portal.pages.staff_filing import DRAFTS, WINDOW
from gateway.portal.pages.staff_imports import CASE_IMPORTERS, CASES
from gateway.portal.pages.staff_letters import LETTER_COLUMNS, RATING_COLUMNS
from gateway.portal.pages.staff_ops import ADMIN, WATCH
from gateway.portal.pages.staff_supervision import ORDER_COLUMNS, PUSH_COLUMNS, TASK_COLUMNS
from gateway.portal.screens import Column, Deed, Listing, links
from gateway.portal.texts import t
from gateway.portal.visitor import get_all, holds, needed, visitor

# What is asked for which role; the first that a post holds decides that a list is shown, once.
TODAY: tuple[tuple[tuple[str, ...], Listing], ...] = (
    (
        HANDLERS,
        Listing(("待办办件", "Cases to handle"), "filing", "/worklist", CASE_COLUMNS, query={"list": "todo"}, limit=10),
    ),
    (
        ("window_clerk",),
        Listing(
            ("待核对的补正件", "Supplied papers to check"),
            "filing",
            "/worklist",
            CASE_COLUMNS,
            query={"list": "check"},
            limit=10,
        ),
    ),
    (WINDOW, replace(DRAFTS, limit=10)),
    (
        ("supervisor", "coordinator"),
        Listing(("收到的推送", "Files pushed to us"), "supervision", "/pushes", PUSH_COLUMNS, limit=10),
    ),
    (
        ("supervisor",),
        Listing(("核查任务", "Verifications"), "supervision", "/tasks", TASK_COLUMNS, limit=10),
    ),
    (
        ("credit_admin",),
        Listing(
            ("待认定的失信", "Failings to determine"),
            "credit",
            "/records",
            RECORD_COLUMNS,
            query={"state": "pending"},
            limit=10,
        ),
    ),
    (
        ("credit_admin",),
        Listing(("异议和修复申请", "Objections and repairs"), "credit", "/applications", APPLICATION_COLUMNS, limit=10),
    ),
    (
        ("letters_handler",),
        Listing(("来信", "Letters"), "feedback", "/letters", LETTER_COLUMNS, query={"state": "received"}, limit=10),
    ),
    (
        ("letters_handler", "unit_leader"),
        Listing(
            ("待回复的差评", "Ratings to answer"),
            "feedback",
            "/ratings",
            RATING_COLUMNS,
            query={"state": "awaiting_reply"},
            limit=10,
        ),
    ),
    (
        ("unit_leader", "deputy_leader", "service_office"),
        Listing(("督办", "Orders"), "supervision", "/orders", ORDER_COLUMNS, query={"state": "issued"}, limit=10),
    ),
    (
        ("window_clerk", "hall_operator", "window_manager"),
        Listing(
            ("窗口事务(快递、短信)", "Tasks of the window"),
            "notifier",
            "/tasks",
            (
                Column(("事项", "Task"), "zh"),
                Column(("业务编号", "Case"), "case_no"),
                Column(("时间", "Since"), "created_at", "moment"),
            ),
            query={"open": "true"},
            deeds=(Deed("complete-task", {"task_id": "id"}),),
            limit=10,
        ),
    ),
)


@route("/staff")
@guard.staff()
def today() -> Response:
    """What waits for this post today."""
    wanted = [listing for roles, listing in TODAY if holds(roles)]
    counts, unread, *answers = get_all(
        ("filing", "/queues"),
        ("notifier", "/me/messages/counts"),
        *((part.service, part.path, {**part.query, "limit": part.limit}) for part in wanted),
    )
    parts = []
    for part, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Problem):
            if answer.status != 403:
                parts.append({"part": part, "kind": "problem", "problem": answer})
            continue
        rows = [(row, links(part.deeds, row)) for row in answer[part.rows]]
        parts.append({"part": part, "kind": "listing", "rows": rows})
    figures = [] if isinstance(counts, Problem) else [(WAITING, COUNTS[key], n) for key, n in counts["counts"].items()]
    if not isinstance(unread, Problem):
        figures += [("/staff/inbox", label, unread[key]) for key, label in UNREAD.items()]
    return show("portal/staff_today.html", parts=parts, figures=figures)


WAITING = "/staff/cases?list=todo"
UNREAD = {"messages": ("未读消息", "unread messages"), "notices": ("未读公告", "unread notices")}
COUNTS = {
    "receive": ("接件", "receive"),
    "accept": ("受理", "accept"),
    "correction": ("补正", "correction"),
    "review": ("审查", "review"),
    "decide": ("决定", "decide"),
    "suspended": ("中止", "suspended"),
    "deliver": ("送达", "deliver"),
    "check": ("核对", "check"),
    "revoke": ("撤销", "revoke"),
    "opinion": ("并联意见", "opinions"),
    "report": ("上报", "reports"),
}


# What is no screen made from a declaration: group, roles, address, title.
OTHERS = (
    (("办件", "Cases"), WINDOW, "/items", ("窗口接件(选事项)", "Receive at the window")),
    (("办件", "Cases"), WINDOW, "/staff/print", ("异地打印", "Print for another hall")),
    (("办件", "Cases"), DESK, "/staff/same-city", ("同城通办", "Same-city handling")),
    (("办件", "Cases"), CASE_IMPORTERS, "/staff/cases/import", CASES.title),
    (("办件", "Cases"), HANDLERS, "/staff/statistics", ("统计", "Figures")),
    (("事项管理", "Catalog"), (), "/staff/calendar", ("工作日历", "Working calendar")),
    (("事项管理", "Catalog"), EDITORS, "/staff/items/export", ("导出办事指南", "Export the guides")),
    (("事项管理", "Catalog"), EDITORS, "/staff/items/import", ("导入事项", "Import items")),
    (("岗位与授权", "Posts and grants"), ADMIN, "/staff/grants", ("部门的授权", "Roles of a unit")),
    (("短信与快递", "Messages and parcels"), WATCH, "/staff/delivery", ("发送情况", "Delivery")),
    (("审管联动", "Supervision"), ("supervisor",), "/staff/findings/new", ("拍照反馈问题", "Report with photos")),
    (("运行", "Running"), ("system_admin", "auditor"), "/staff/events", ("事件", "Events")),
    (("运行", "Running"), WATCH, "/staff/parked", ("搁置的消息", "Parked events")),
    (("大厅现场", "Hall floor"), (), "/screen", ("大屏", "Big screens")),
)


@route("/staff/menu")
@guard.staff()
def staff_menu() -> Response:
    """Everything that the roles of this post open, group by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    screens = [(screen.menu, screen.roles, screen.address, screen.title) for screen in pages.SCREENS if screen.menu]
    for group, roles, address, title in (*screens, *OTHERS):
        if holds(roles):
            groups.setdefault(t(group), []).append((address, t(title)))
    return show("portal/staff_menu.html", groups=groups)


@route("/staff/account")
@guard.staff()
def staff_account() -> Response:
    """The own post: roles, devices, second factor."""
    me, devices = get_all(("identity", "/me"), ("identity", "/sessions"))
    return show("portal/staff_account.html", me=needed(me), devices=devices, grants=visitor().grants)
