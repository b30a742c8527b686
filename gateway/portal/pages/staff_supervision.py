"""The desk of supervision: pushed files, verifications, findings, orders, linkage, draws, assessments (SUP-01…33)."""

from typing import Any

from flask import Response, redirect

from gateway.portal import guard
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, send
from gateway.portal.words import FINDING, ORDER_KIND

MENU = ("审管联动", "Supervision")
TASK_PAGE = "/staff/tasks/{id}"
EVIDENCE = Field("evidence", ("证据(每行一项)", "Evidence, one a line"), "lines", required=False)
TEXT = Field("text", ("说明", "Text"), "long", most=2000)
PUSH_COLUMNS = (
    Column(("业务编号", "Case"), "case_no"),
    Column(("事项", "Item"), "item_name"),
    Column(("行政相对人", "Party"), "subject_name_masked"),
    Column(("推送", "Pushed"), "pushed_at", "moment"),
    Column(("查看", "Seen"), "seen_at", "moment"),
)
TASK_COLUMNS = (
    Column(("业务编号", "Case"), "case_no", link=TASK_PAGE),
    Column(("事项", "Item"), "item_name"),
    Column(("行政相对人", "Party"), "subject_name_masked"),
    Column(("状态", "State"), "state", "task"),
    Column(("启动期限", "Start by"), "start_due", "day"),
    Column(("完成期限", "Finish by"), "finish_due", "day"),
)
ORDER_COLUMNS = (
    Column(("编号", "Number"), "order_no"),
    Column(("种类", "Kind"), "kind", "order_kind"),
    Column(("部门", "Unit"), "target_org"),
    Column(("内容", "Content"), "content"),
    Column(("期限", "Due"), "due", "day"),
    Column(("状态", "State"), "state_name"),
)
VERBS = (
    Verb(
        "view-push",
        ("查看推送", "Open the file"),
        "supervision",
        "/pushes/{push_id}/view",
        "/staff/pushes",
        done=("已查看，推送时效已停止计算。", "Seen; the clock of the push has stopped."),
    ),
    Verb(
        "order-rectification",
        ("责令限期整改", "Order the correction"),
        "supervision",
        "/tasks/{task_id}/rectification",
        "/staff/tasks/{task_id}",
        fields=(Field("due", ("整改期限", "By"), "date"), EVIDENCE),
        danger=True,
    ),
    Verb(
        "recheck",
        ("复查", "Look again"),
        "supervision",
        "/tasks/{task_id}/recheck",
        "/staff/tasks/{task_id}",
        fields=(
            Field("conforms", ("符合承诺", "It conforms"), "yesno"),
            Field("found", ("复查情况", "What was found"), "long", most=2000),
            EVIDENCE,
        ),
    ),
    Verb(
        "report-finding",
        ("反馈监管发现", "Report a finding"),
        "supervision",
        "/findings",
        "/staff/findings",
        fields=(
            Field("kind", ("种类", "Kind"), "choice", options=tuple(FINDING.items())),
            Field("case_no", ("业务编号", "Case"), required=False),
            Field("subject_ref", ("行政相对人编号", "Party"), required=False),
            Field("description", ("情况", "Description"), "long", most=4000),
            Field("discovered_at", ("发现时间", "Discovered"), "moment"),
            EVIDENCE,
            Field("penalty_no", ("处罚文书号", "Penalty document"), required=False),
        ),
    ),
    Verb(
        "propose-revocation",
        ("建议撤销", "Propose a revocation"),
        "supervision",
        "/proposals",
        "/staff/proposals",
        fields=(
            Field("case_no", ("业务编号", "Case")),
            Field("opinion", ("意见", "Opinion"), "long", most=4000),
            Field("document_no", ("公函文号", "Document number"), required=False),
            Field("document_ref", ("公函", "Document"), required=False),
            EVIDENCE,
        ),
        danger=True,
    ),
    Verb(
        "sign-sheet",
        ("签字确认", "Sign"),
        "supervision",
        "/sheets/{sheet_id}/signature",
        "/staff/linkage",
    ),
    Verb(
        "note-problem",
        ("登记问题", "Note a problem"),
        "supervision",
        "/sheets/{sheet_id}/problems",
        "/staff/linkage",
        fields=(
            Field("description", ("问题", "Problem"), "long", most=2000),
            Field("owner", ("责任人编号", "Owner")),
            Field("follow_up_on", ("跟进日期", "Follow-up"), "date"),
        ),
    ),
    Verb(
        "report-problem",
        ("上报问题", "Report upwards"),
        "supervision",
        "/problems/{problem_id}/report",
        "/staff/linkage",
        fields=(Field("reported_to", ("上报部门", "To")), TEXT),
    ),
    Verb(
        "solve-problem",
        ("登记结果", "Outcome"),
        "supervision",
        "/problems/{problem_id}/outcome",
        "/staff/linkage",
        fields=(TEXT,),
    ),
    Verb(
        "read-minutes",
        ("已阅纪要", "Take note"),
        "supervision",
        "/meetings/{meeting_id}/reading",
        "/staff/linkage",
    ),
    Verb(
        "record-linkage-meeting",
        ("登记月会商", "Record a monthly meeting"),
        "supervision",
        "/meetings",
        "/staff/linkage",
        fields=(
            Field("convener", ("召集部门编码", "Convener")),
            Field("held_at", ("时间", "Held"), "moment"),
            Field("participants", ("参加部门(每行一个编码)", "Participants, one code a line"), "lines"),
            Field("points.exchange", ("信息交换", "Exchange"), "long"),
            Field("points.problems_and_measures", ("问题和措施", "Problems and measures"), "long"),
            Field("points.work_points", ("工作要点", "Work points"), "long"),
            Field("points.mutual_standards", ("互认标准", "Mutual standards"), "long"),
            Field("points.other", ("其他", "Other"), "long"),
            Field("minutes_ref", ("纪要文号", "Minutes")),
        ),
    ),
    Verb(
        "issue-order",
        ("下达督办", "Issue an order"),
        "supervision",
        "/orders",
        "/staff/orders",
        fields=(
            Field("kind", ("种类", "Kind"), "choice", options=tuple(ORDER_KIND.items())),
            Field("target_org", ("部门编码", "Unit")),
            Field("content", ("内容", "Content"), "long", most=2000),
            Field("case_no", ("业务编号", "Case"), required=False),
            Field("letter_no", ("信件编号", "Letter"), required=False),
        ),
    ),
    Verb(
        "answer-order",
        ("反馈办理情况", "Answer"),
        "supervision",
        "/orders/{order_id}/answer",
        "/staff/orders",
        fields=(TEXT,),
    ),
    Verb(
        "close-order", ("销号", "Close"), "supervision", "/orders/{order_id}/closing", "/staff/orders", fields=(TEXT,)
    ),
    Verb(
        "announce-draw",
        ("公布抽查", "Announce a draw"),
        "supervision",
        "/draws",
        "/staff/draws",
        fields=(
            Field("org", ("部门编码", "Office")),
            Field("title", ("名称", "Title"), most=200),
            Field("item_code", ("事项编码", "Item")),
            Field("parties", ("抽取对象数", "Parties"), "number"),
            Field("inspectors_each", ("每户检查人数", "Inspectors each"), "number", required=False),
        ),
    ),
    Verb(
        "fix-lists",
        ("确定名单", "Fix the lists"),
        "supervision",
        "/draws/{draw_id}/lists",
        "/staff/draws",
        fields=(Field("inspectors", ("检查人员编号(每行一个)", "Inspectors, one a line"), "lines"),),
    ),
    Verb("draw", ("抽取", "Draw"), "supervision", "/draws/{draw_id}/result", "/staff/draws"),
    Verb(
        "open-assessment",
        ("开始年度考核", "Open an assessment"),
        "supervision",
        "/assessments",
        "/staff/assessments",
        fields=(Field("year", ("年度", "Year"), "number"),),
    ),
    Verb(
        "check-office",
        ("登记检查", "Record a check"),
        "supervision",
        "/assessments/{assessment_id}/checks",
        "/staff/assessments",
        fields=(
            Field("org", ("部门编码", "Office")),
            Field(
                "kind",
                ("种类", "Kind"),
                "choice",
                options=(("random", ("随机抽查", "random")), ("year_end", ("年终检查", "year end"))),
            ),
            Field("points.standards", ("监管标准", "Standards"), "number"),
            Field("points.pushes", ("推送", "Pushes"), "number"),
            Field("points.weekly_records", ("周见面", "Weekly records"), "number"),
            Field("points.monthly_meetings", ("月会商", "Monthly meetings"), "number"),
            Field("points.overall", ("总体", "Overall"), "number"),
            Field("note", ("说明", "Note"), "long", most=4000),
        ),
    ),
    Verb(
        "compute-assessment",
        ("计算得分", "Compute"),
        "supervision",
        "/assessments/{assessment_id}/computation",
        "/staff/assessments",
    ),
    Verb(
        "publish-assessment",
        ("公布考核结果", "Publish"),
        "supervision",
        "/assessments/{assessment_id}/publication",
        "/staff/assessments",
    ),
)
SIDE = ("supervisor", "coordinator")
READERS = ("coordinator", "auditor")
WATCHERS = ("auditor", "service_office")
SCREENS = (
    Screen(
        "/staff/pushes",
        ("推送的办件", "Pushed files"),
        (
            Listing(
                ("推送", "Pushes"),
                "supervision",
                "/pushes",
                PUSH_COLUMNS,
                deeds=(Deed("view-push", {"push_id": "id"}, lambda row: not row["seen_at"]),),
            ),
        ),
        menu=MENU,
        roles=SIDE,
    ),
    Screen(
        "/staff/tasks",
        ("核查任务", "Verifications"),
        (Listing(("核查", "Verifications"), "supervision", "/tasks", TASK_COLUMNS),),
        menu=MENU,
        roles=SIDE,
    ),
    Screen(
        "/staff/findings",
        ("监管发现", "Findings"),
        (
            Listing(
                ("发现", "Findings"),
                "supervision",
                "/findings",
                (
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("种类", "Kind"), "kind", "finding"),
                    Column(("情况", "Description"), "description"),
                    Column(("发现", "Discovered"), "discovered_at", "moment"),
                    Column(("反馈", "Reported"), "reported_at", "moment"),
                    Column(("迟报", "Late"), "late", "yes"),
                ),
            ),
        ),
        menu=MENU,
        roles=SIDE,
        deeds=(Deed("report-finding"),),
    ),
    Screen(
        "/staff/proposals",
        ("撤销建议", "Proposals"),
        (
            Listing(
                ("建议", "Proposals"),
                "supervision",
                "/proposals",
                (
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("意见", "Opinion"), "opinion"),
                    Column(("文号", "Document"), "document_no"),
                    Column(("答复期限", "Answer by"), "reply_due", "day"),
                    Column(("状态", "State"), "state", "proposal"),
                    Column(("说明", "Explanation"), "explanation"),
                ),
            ),
        ),
        menu=MENU,
        roles=SIDE,
        deeds=(Deed("propose-revocation"),),
    ),
    Screen(
        "/staff/linkage",
        ("日互动、周见面、月会商", "Linkage"),
        (
            Listing(
                ("日互动表", "Daily sheets"),
                "supervision",
                "/sheets",
                (
                    Column(("日期", "Day"), "day", "day"),
                    Column(("审批", "Approving"), "approving_org"),
                    Column(("监管", "Supervising"), "supervising_org"),
                    Column(("状态", "State"), "state_name"),
                ),
                deeds=(
                    Deed("sign-sheet", {"sheet_id": "id"}, lambda row: row["state"] in ("open", "signed_by_one")),
                    Deed("note-problem", {"sheet_id": "id"}),
                ),
            ),
            Listing(
                ("问题", "Problems"),
                "supervision",
                "/problems",
                (
                    Column(("问题", "Problem"), "description"),
                    Column(("跟进", "Follow-up"), "follow_up_on", "day"),
                    Column(("状态", "State"), "state_name"),
                    Column(("结果", "Outcome"), "outcome"),
                ),
                deeds=(
                    Deed("report-problem", {"problem_id": "id"}, lambda row: not row["outcome"]),
                    Deed("solve-problem", {"problem_id": "id"}, lambda row: not row["outcome"]),
                ),
            ),
            Listing(
                ("周见面记录", "Weekly records"),
                "supervision",
                "/weekly-records",
                (
                    Column(("周", "Week"), "week", link="/staff/weekly/{id}"),
                    Column(("见面日", "Meeting day"), "meeting_day", "day"),
                    Column(("状态", "State"), "state_name"),
                    Column(("纪要", "Summary"), "summary"),
                ),
            ),
            Listing(
                ("月会商", "Monthly meetings"),
                "supervision",
                "/meetings",
                (
                    Column(("月份", "Month"), "month"),
                    Column(("召集", "Convener"), "convener"),
                    Column(("时间", "Held"), "held_at", "moment"),
                    Column(("状态", "State"), "state_name"),
                ),
                deeds=(Deed("read-minutes", {"meeting_id": "id"}),),
            ),
        ),
        menu=MENU,
        roles=READERS,
        deeds=(Deed("record-linkage-meeting", roles=("coordinator",)),),
    ),
    Screen(
        "/staff/warnings",
        ("预警与违规", "Warnings and violations"),
        (
            Listing(
                ("预警", "Warnings"),
                "supervision",
                "/warnings",
                (
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("事项", "Item"), "item_name"),
                    Column(("期限", "Due"), "due", "day"),
                    Column(("预警", "Warned"), "warned_at", "moment"),
                ),
                roles=READERS,
            ),
            Listing(
                ("电子监察发现", "Violations"),
                "supervision",
                "/violations",
                (
                    Column(("种类", "Kind"), "kind"),
                    Column(("情况", "What"), "what"),
                    Column(("部门", "Unit"), "org"),
                    Column(("业务编号", "Case"), "case_no"),
                    Column(("时间", "At"), "detected_at", "moment"),
                ),
                roles=WATCHERS,
            ),
        ),
        menu=MENU,
        roles=("coordinator", *WATCHERS),
    ),
    Screen(
        "/staff/orders",
        ("督办", "Orders"),
        (
            Listing(
                ("督办单", "Orders"),
                "supervision",
                "/orders",
                ORDER_COLUMNS,
                deeds=(
                    Deed("answer-order", {"order_id": "id"}, lambda row: row["state"] == "issued"),
                    Deed("close-order", {"order_id": "id"}, lambda row: row["state"] == "answered"),
                ),
            ),
        ),
        menu=MENU,
        roles=(*WATCHERS, "deputy_leader", "unit_leader"),
        deeds=(Deed("issue-order", roles=("auditor", "service_office")),),
    ),
    Screen(
        "/staff/draws",
        ("双随机抽查", "Random draws"),
        (
            Listing(
                ("抽查", "Draws"),
                "supervision",
                "/draws",
                (
                    Column(("名称", "Title"), "title"),
                    Column(("事项", "Item"), "item_code"),
                    Column(("对象数", "Parties"), "parties"),
                    Column(("状态", "State"), "state", "draw"),
                    Column(("公布", "Announced"), "announced_at", "moment"),
                    Column(("抽取", "Drawn"), "drawn_at", "moment"),
                ),
                deeds=(
                    Deed("fix-lists", {"draw_id": "id"}, lambda row: row["state"] == "announced"),
                    Deed("draw", {"draw_id": "id"}, lambda row: row["state"] not in ("announced", "drawn")),
                ),
            ),
        ),
        menu=MENU,
        roles=("supervisor", *WATCHERS),
        deeds=(Deed("announce-draw", roles=("supervisor",)),),
    ),
    Screen(
        "/staff/assessments",
        ("年度考核", "Assessments"),
        (
            Listing(
                ("考核", "Assessments"),
                "supervision",
                "/assessments",
                (
                    Column(("年度", "Year"), "year"),
                    Column(("状态", "State"), "state_name"),
                    Column(("公布", "Published"), "published_at", "moment"),
                ),
                deeds=(
                    Deed("check-office", {"assessment_id": "id"}),
                    Deed("compute-assessment", {"assessment_id": "id"}),
                    Deed("publish-assessment", {"assessment_id": "id"}),
                ),
            ),
        ),
        menu=MENU,
        roles=("service_office", "auditor"),
        deeds=(Deed("open-assessment", roles=("service_office",)),),
    ),
)


@route("/staff/tasks/<task_id>")
@guard.staff()
def staff_task(task_id: str) -> Response:
    """One verification with its promised points (SUP-20…25)."""
    return show("portal/staff_task.html", task=get("supervision", f"/tasks/{task_id}"))


@route("/staff/tasks/<task_id>/start", methods=("GET", "POST"))
@guard.staff("supervisor")
def staff_task_start(task_id: str) -> Any:
    """Plan and start a verification (SUP-21)."""
    task = get("supervision", f"/tasks/{task_id}")
    inspectors = get("identity", "/staff", org=task["supervising_org"], role="supervisor")["items"]
    form = Form(
        (
            Field(
                "inspector",
                ("核查人员", "Inspector"),
                "pick",
                options=[(row["ref"], (row["display_name"], "")) for row in inspectors],
            ),
            Field("plan.date", ("核查日期", "Day"), "date"),
            Field("plan.place", ("地点", "Place"), most=200),
            Field("plan.items", ("核查内容(每行一项)", "What to look at, one a line"), "lines"),
        ),
        {"plan.items": "\n".join(point["promise"] for point in task["promised"])},
    )
    if form.sent:
        with form.attempt():
            send("POST", "supervision", f"/tasks/{task_id}/start", form.body(), Idempotency_Key=form.once)
            return redirect(f"/staff/tasks/{task['id']}?said=recheck")
    return show("portal/staff_task_form.html", form.status, task=task, form=form)
