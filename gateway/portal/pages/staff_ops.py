"""Running the hall: posts and grants, audit, messages and parcels, notices, events (ID-22…38, NOT-03…26)."""

from flask import Response, request

from gateway.portal import guard
from gateway.portal.forms import Field
from gateway.portal.page import route, show
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get_all
from gateway.portal.words import MESSAGE, ROLE, SHIPMENT

PEOPLE = ("岗位与授权", "Posts and grants")
NEWS = ("短信与快递", "Messages and parcels")
ADMIN = ("system_admin", "unit_leader")
WATCH = ("system_admin", "auditor")
WATCHERS = (*WATCH, "service_office")
REASON_ASKED = Field("reason", ("理由", "Reason"), most=100)
VERBS = (
    Verb(
        "open-post",
        ("开设岗位账号", "Open a post"),
        "identity",
        "/staff",
        "/staff/posts",
        fields=(
            Field("account", ("账号", "Account"), most=32),
            Field("display_name", ("岗位名称", "Name of the post"), most=100),
            Field("org", ("部门编码", "Unit"), most=40),
            Field(
                "post",
                ("AB 岗", "A or B post"),
                "pick",
                required=False,
                options=(("A", ("A 岗", "A")), ("B", ("B 岗", "B"))),
            ),
            Field("mobile", ("手机号", "Mobile"), "mobile", required=False),
        ),
    ),
    Verb(
        "one-time-password",
        ("发放一次性密码", "Issue a one-time password"),
        "identity",
        "/staff/{staff_id}/one-time-password",
        "/staff/posts",
        reveals=(("one_time_password", ("一次性密码", "One-time password")),),
        done=("一次性密码已发放，原有登录全部退出。", "Issued; the account's logins are ended."),
        danger=True,
    ),
    Verb(
        "drop-second-factor",
        ("解除动态验证码", "Drop the second factor"),
        "identity",
        "/staff/{staff_id}/second-factor",
        "/staff/posts",
        method="DELETE",
        fields=(REASON_ASKED,),
        in_query=True,
        danger=True,
    ),
    Verb(
        "set-post-mobile",
        ("登记岗位手机", "Enter the number"),
        "identity",
        "/staff/{staff_id}/mobile",
        "/staff/posts",
        method="PUT",
        fields=(Field("mobile", ("手机号", "Mobile"), "mobile"),),
    ),
    Verb(
        "grant-role",
        ("授权", "Give a role"),
        "identity",
        "/grants",
        "/staff/posts",
        fields=(
            Field("staff", ("岗位编号", "Post")),
            Field(
                "role",
                ("角色", "Role"),
                "pick",
                options=tuple((k, v) for k, v in ROLE.items() if k not in ("applicant", "agent")),
            ),
            Field("org", ("部门编码", "Organisation")),
            Field(
                "items", ("事项编码(每行一个，留空为全部)", "Items, one a line; empty: all"), "lines", required=False
            ),
            Field("valid_from", ("起", "From"), "date", required=False),
            Field("valid_until", ("止", "Until"), "date", required=False),
        ),
    ),
    Verb(
        "take-role",
        ("收回授权", "Take the role back"),
        "identity",
        "/grants/{grant_id}",
        "/staff/posts",
        method="DELETE",
        fields=(REASON_ASKED,),
        in_query=True,
        danger=True,
    ),
    Verb(
        "complete-task",
        ("办结事务", "Done"),
        "notifier",
        "/tasks/{task_id}/completion",
        "/staff/window-tasks",
        fields=(Field("note", ("处理情况", "What was done"), "long", most=500),),
    ),
    Verb("retry-message", ("重新发送", "Try again"), "notifier", "/messages/{message_id}/retry", "/staff/messages"),
    Verb("retry-parcel", ("重新下单", "Order again"), "notifier", "/shipments/{shipment_id}/retry", "/staff/parcels"),
    Verb(
        "withdraw-parcel",
        ("取消寄送", "Do not send"),
        "notifier",
        "/shipments/{shipment_id}/withdrawal",
        "/staff/parcels",
        fields=(Field("reason", ("理由", "Reason"), most=200),),
        danger=True,
    ),
    Verb(
        "resend-dead",
        ("批量重发", "Resend dead letters"),
        "notifier",
        "/dead-letters/resend",
        "/staff/delivery",
        fields=(
            Field("error", ("原因", "Cause"), required=False, most=300),
            Field("most", ("最多", "At most"), "number", required=False),
        ),
    ),
    Verb(
        "carrier-share",
        ("调整通道", "Change a carrier's share"),
        "notifier",
        "/sms-carriers/{name}/share",
        "/staff/delivery",
        method="PUT",
        fields=(
            Field("share", ("比例(%)", "Share in per cent"), "number"),
            Field("reason", ("理由", "Reason"), most=200),
        ),
    ),
    Verb(
        "publish-notice",
        ("发布公告", "Publish a notice"),
        "notifier",
        "/notices",
        "/staff/notices",
        fields=(
            Field("title", ("标题", "Title"), most=60),
            Field("text", ("内容", "Text"), "long", most=4000),
            Field(
                "audience",
                ("对象", "For"),
                "choice",
                options=(
                    ("staff", ("工作人员", "staff")),
                    ("citizens", ("办事群众", "citizens")),
                    ("everybody", ("所有人", "everybody")),
                ),
            ),
            Field("org", ("部门编码", "Unit"), required=False),
            Field("from_date", ("起", "From"), "date"),
            Field("until_date", ("止", "Until"), "date"),
        ),
    ),
    Verb(
        "withdraw-notice",
        ("撤下公告", "Take it back"),
        "notifier",
        "/notices/{bulletin_id}/withdrawal",
        "/staff/notices",
        danger=True,
    ),
    Verb(
        "draft-wording",
        ("修改短信文字", "Draft a new wording"),
        "notifier",
        "/templates/{code}/versions",
        "/staff/wordings/{code}",
        fields=(
            Field("title_zh", ("标题", "Title (Chinese)"), most=20),
            Field("title_en", ("英文标题", "Title (English)"), most=60),
            Field("zh", ("中文内容", "Chinese"), "long", most=300),
            Field("en", ("英文内容", "English"), "long", most=600),
        ),
    ),
    Verb(
        "publish-wording",
        ("启用此版", "Publish"),
        "notifier",
        "/templates/{code}/versions/{number}/publication",
        "/staff/wordings/{code}",
    ),
)
SCREENS = (
    Screen(
        "/staff/posts",
        ("岗位账号", "Posts"),
        (
            Listing(
                ("岗位", "Posts"),
                "identity",
                "/staff",
                (
                    Column(("岗位", "Post"), "display_name"),
                    Column(("编号", "Reference"), "ref"),
                    Column(("部门", "Unit"), "org", "org"),
                    Column(("AB 岗", "A/B"), "post"),
                ),
                filters=(
                    Field("org", ("部门编码", "Unit")),
                    Field("role", ("角色", "Role"), "pick", required=False, options=tuple(ROLE.items())),
                ),
                deeds=(
                    Deed("one-time-password", {"staff_id": "id"}),
                    Deed("drop-second-factor", {"staff_id": "id"}),
                    Deed("set-post-mobile", {"staff_id": "id"}),
                    Deed("grant-role", {"staff": "ref", "org": "org"}),
                ),
            ),
        ),
        roles=ADMIN,
        menu=PEOPLE,
        deeds=(Deed("open-post"), Deed("grant-role")),
    ),
    Screen(
        "/staff/vacancies",
        ("空缺与冲突", "Vacancies and conflicts"),
        (
            Listing(
                ("未配齐的岗位", "Vacancies"),
                "identity",
                "/vacancies",
                (
                    Column(("部门", "Unit"), "org_name"),
                    Column(("编码", "Code"), "org"),
                    Column(("空缺", "Vacant"), "vacant", "list"),
                ),
            ),
            Listing(
                ("受理与决定同岗", "Conflicts"),
                "identity",
                "/grants/conflicts",
                (Column(("岗位", "Post"), "staff"), Column(("部门", "Unit"), "org", "org")),
            ),
        ),
        roles=WATCHERS,
        menu=PEOPLE,
    ),
    Screen(
        "/staff/audit",
        ("审计", "Audit"),
        (
            Listing(
                ("操作与查阅", "Grants, changes, reads"),
                "identity",
                "/audit",
                (
                    Column(("时间", "At"), "at", "moment"),
                    Column(("操作人", "Actor"), "actor"),
                    Column(("操作", "Action"), "action"),
                    Column(("对象", "Subject"), "subject"),
                    Column(("理由", "Reason"), "reason"),
                    Column(("业务编号", "Case"), "case_no"),
                ),
                filters=(Field("case_no", ("业务编号", "Case"), required=False),),
            ),
            Listing(
                ("登录日志", "Logins"),
                "identity",
                "/login-log",
                (
                    Column(("时间", "At"), "at", "moment"),
                    Column(("类别", "Kind"), "kind"),
                    Column(("结果", "Outcome"), "outcome"),
                    Column(("设备", "Device"), "device"),
                ),
            ),
        ),
        roles=WATCH,
        menu=PEOPLE,
    ),
    Screen(
        "/staff/messages",
        ("短信", "Messages"),
        (
            Listing(
                ("短信", "Messages"),
                "notifier",
                "/messages",
                (
                    Column(("时间", "At"), "created_at", "moment"),
                    Column(("模板", "Template"), "template"),
                    Column(("手机", "Mobile"), "mobile_masked"),
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("状态", "State"), "state", "message"),
                    Column(("原因", "Error"), "error"),
                ),
                filters=(
                    Field("case_no", ("业务编号", "Case"), required=False),
                    Field("state", ("状态", "State"), "pick", required=False, options=tuple(MESSAGE.items())),
                ),
                deeds=(Deed("retry-message", {"message_id": "id"}, lambda row: row["state"] in ("failed", "dead")),),
            ),
        ),
        roles=WATCH,
        menu=NEWS,
    ),
    Screen(
        "/staff/parcels",
        ("邮政速递", "Parcels"),
        (
            Listing(
                ("快递", "Parcels"),
                "notifier",
                "/shipments",
                (
                    Column(("单号", "Order"), "order_no"),
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("内容", "Content"), "content"),
                    Column(("运单", "Waybill"), "waybill_no"),
                    Column(("状态", "State"), "state", "shipment"),
                    Column(("原因", "Error"), "error"),
                ),
                filters=(
                    Field("case_no", ("业务编号", "Case"), required=False),
                    Field("state", ("状态", "State"), "pick", required=False, options=tuple(SHIPMENT.items())),
                ),
                deeds=(
                    Deed("retry-parcel", {"shipment_id": "id"}, lambda row: row["state"] == "order_failed"),
                    Deed(
                        "withdraw-parcel", {"shipment_id": "id"}, lambda row: row["state"] in ("requested", "ordered")
                    ),
                ),
            ),
        ),
        roles=(*WATCH, "service_office", "window_clerk", "window_manager", "hall_operator"),
        menu=NEWS,
    ),
    Screen(
        "/staff/window-tasks",
        ("窗口事务", "Tasks of the window"),
        (
            Listing(
                ("事务", "Tasks"),
                "notifier",
                "/tasks",
                (
                    Column(("事项", "Task"), "zh"),
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("时间", "Since"), "created_at", "moment"),
                    Column(("处理", "Note"), "note"),
                ),
                deeds=(Deed("complete-task", {"task_id": "id"}, lambda row: not row["done_at"]),),
            ),
        ),
        roles=("window_clerk", "window_manager", "hall_operator", "system_admin"),
        menu=NEWS,
    ),
    Screen(
        "/staff/notices",
        ("公告", "Notices"),
        (
            Listing(
                ("公告", "Notices"),
                "notifier",
                "/notices",
                (
                    Column(("标题", "Title"), "title"),
                    Column(("起", "From"), "from_date", "day"),
                    Column(("止", "Until"), "until_date", "day"),
                    Column(("已读", "Read by"), "reads"),
                ),
                deeds=(Deed("withdraw-notice", {"bulletin_id": "id"}, lambda row: not row["withdrawn_at"]),),
            ),
        ),
        roles=("service_office", "system_admin"),
        menu=NEWS,
        deeds=(Deed("publish-notice"),),
    ),
    Screen(
        "/staff/wordings",
        ("短信文字", "Wordings"),
        (
            Listing(
                ("模板", "Templates"),
                "notifier",
                "/templates",
                (
                    Column(("模板", "Template"), "code", link="/staff/wordings/{code}"),
                    Column(("标题", "Title"), "title_zh"),
                    Column(("内容", "Text"), "zh"),
                ),
                limit=0,
            ),
        ),
        roles=WATCHERS,
        menu=NEWS,
    ),
    Screen(
        "/staff/wordings/<code>",
        ("短信文字的版本", "Versions of a wording"),
        (
            Listing(
                ("版本", "Versions"),
                "notifier",
                "/templates/{code}/versions",
                (
                    Column(("版本", "Version"), "number"),
                    Column(("内容", "Text"), "zh"),
                    Column(("状态", "State"), "state"),
                    Column(("启用", "Published"), "published_at", "moment"),
                ),
                deeds=(Deed("publish-wording", when=lambda row: row["state"] == "draft"),),
                limit=0,
            ),
        ),
        roles=WATCHERS,
        deeds=(Deed("draft-wording"),),
    ),
)


@route("/staff/delivery")
@guard.staff(*WATCH)
def delivery_board() -> Response:
    """How quickly messages go out, what waits and what has gone wrong (NOT-07)."""
    board, carriers = get_all(("notifier", "/board"), ("notifier", "/sms-carriers"))
    return show("portal/delivery_board.html", board=board, carriers=carriers)


SERVICES = ("identity", "catalog", "filing", "credit", "booking", "feedback", "supervision", "notifier")


@route("/staff/events")
@guard.staff(*WATCH)
def staff_events() -> Response:
    """The events that a service has emitted, and what is parked."""
    service = request.args.get("service", "filing")
    if service not in SERVICES:
        service = "filing"
    after = request.args.get("after", "0")
    (found,) = get_all((service, "/events", {"after": after if after.isdigit() else "0", "limit": 50}))
    return show("portal/staff_events.html", service=service, services=SERVICES, found=found)
