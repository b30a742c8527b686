"""The desk of windows, reviewers and deciders: work lists, the case, every deed on it (FIL-22…99, 2.1)."""

from typing import Any

from flask import Response, redirect, request

from gateway.portal import guard, verbs
from gateway.portal.files import passed_on
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.filing import labels_of
from gateway.portal.pages.staff_matters import clock_of, further, matters
from gateway.portal.screens import Column, Listing, Screen
from gateway.portal.steps import STEPS
from gateway.portal.texts import t
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, get_all, needed, send, stream
from gateway.portal.words import CASE, DECISION, MODE, SOURCE, SPECIAL

CASE_PAGE = "/staff/cases/{case_no}"
HANDLERS = ("window_clerk", "reviewer", "decider", "window_manager", "deputy_leader", "unit_leader")
OPINION = Field("opinion", ("意见", "Opinion"), "long", most=2000)
OPINIONS = (
    ("agree", ("同意", "agree")),
    ("agree_with_conditions", ("附条件同意", "agree with conditions")),
    ("disagree", ("不同意", "disagree")),
)
REASON = Field("reason", ("理由", "Reason"), "long", most=2000)
CASE_COLUMNS = (
    Column(("业务编号", "Case"), "case_no", link=CASE_PAGE),
    Column(("事项", "Item"), "item_name"),
    Column(("项目", "Project"), "project_name"),
    Column(("申请人", "Applicant"), "subject_name_masked"),
    Column(("方式", "Mode"), "mode", "mode"),
    Column(("状态", "State"), "status", "case"),
    Column(("承诺办结", "Promised by"), "committed_due", "day"),
    Column(("剩余工作日", "Working days left"), "days_left"),
)
LISTS = (
    ("todo", ("待办", "to do")),
    ("running", ("在办", "under way")),
    ("done", ("已办", "done by me")),
    ("returned", ("退回", "returned")),
    ("closed", ("办结", "closed")),
    ("check", ("待核对补正件", "supplied papers to check")),
    ("revoke", ("待撤销", "to be revoked")),
    ("opinion", ("待出具并联意见", "parallel opinions")),
    ("report", ("上报件", "reported")),
    ("exceptions", ("异常件", "exceptions")),
    ("orders", ("督办件", "ordered")),
    ("all", ("综合查询", "all")),
)


def verb(name: str, title: tuple[str, str], path: str, *fields: Field, **more: Any) -> Verb:
    """A deed on a case."""
    return Verb(name, title, "filing", f"/cases/{{case_no}}/{path}", CASE_PAGE, fields=fields, **more)


# The names are those of the state machine's verbs (2.1), as the service lists them in `allowed`.
VERBS = (
    verb("view", ("打开材料(预受理)", "Open the material"), "view"),
    verb(
        "accept", ("受理", "Accept"), "acceptance", Field("opinion", OPINION.label, "long", required=False, most=2000)
    ),
    verb(
        "not_accept",
        ("不予受理", "Do not accept"),
        "refusal-to-accept",
        Field(
            "reason_code",
            ("法定情形", "Ground"),
            "choice",
            options=(
                ("not_subject_to_approval", ("依法不需要审批", "not subject to approval")),
                ("not_competent", ("不属于本机关职权", "not our competence")),
                ("material_incomplete", ("材料不齐全", "material incomplete")),
                ("not_legal_form", ("不符合法定形式", "not of legal form")),
                ("outside_scope", ("不属登记范围", "outside the scope")),
                ("outside_jurisdiction", ("不属本机关管辖", "outside our jurisdiction")),
            ),
        ),
        OPINION,
        danger=True,
    ),
    verb("extend_correction", ("延长补正期限", "More time to correct"), "correction-extension", REASON),
    verb(
        "agree_reply", ("约定答复时间", "Agree when to answer"), "agreed-reply", Field("at", ("时间", "Time"), "moment")
    ),
    verb(
        "dispatch",
        ("推送受理窗口", "Push to the accepting window"),
        "dispatch",
        Field("accepting_org", ("受理部门", "Department"), required=False, most=200),
        Field("accepting_window", ("受理窗口", "Window"), most=200),
    ),
    verb("return", ("退回接件窗口", "Not ours: return"), "return", OPINION),
    verb("transfer_paper", ("纸质材料已移交", "The paper has come"), "paper-transfer"),
    verb("take", ("开始审查", "Take for review"), "examination"),
    verb(
        "review",
        ("提交审查意见", "Give the review opinion"),
        "review",
        Field(
            "opinion_code",
            ("审查意见", "Opinion"),
            "choice",
            options=OPINIONS,
            default="agree",
        ),
        OPINION,
    ),
    verb("send_back", ("退回审查", "Back to the reviewer"), "sending-back", REASON),
    verb(
        "grant",
        ("作出决定", "Decide"),
        "decision",
        Field("decision", ("决定", "Decision"), "choice", options=tuple(DECISION.items())),
        OPINION,
        Field("basis", ("不予的依据", "Basis of a refusal"), "long", required=False, most=2000),
        Field("remedies", ("救济途径", "Remedies"), "long", required=False, most=2000),
        lead=("决定后立即出具加盖电子印章的决定书，并通知申请人。", "The sealed decision is issued at once."),
    ),
    verb(
        "start_special",
        ("申请特别程序", "Ask for a special procedure"),
        "special-procedure",
        Field(
            "kind",
            ("种类", "Kind"),
            "pick",
            options=tuple(SPECIAL.items()),
        ),
        REASON,
        Field("expected_wd", ("预计工作日", "Working days expected"), "number"),
    ),
    verb(
        "approve_special",
        ("审批特别程序", "Approve the special procedure"),
        "special-procedure/approval",
        Field("approve", ("同意", "Approve"), "yesno"),
        Field("opinion", OPINION.label, "long", required=False, most=2000),
    ),
    verb(
        "finish_special",
        ("登记特别程序结果", "Result of the special procedure"),
        "special-procedure/result",
        Field("result", ("结果", "Result"), "long", most=2000),
    ),
    verb(
        "extend",
        ("延长办理期限", "Extend the limit"),
        "extension",
        Field("days", ("工作日", "Working days"), "number"),
        REASON,
    ),
    verb("make_ready", ("转为窗口领取", "Let it be collected"), "readiness"),
    verb(
        "collect",
        ("领取登记", "Hand the result over"),
        "collection",
        Field("document_checked", ("已核对领取人证件", "The collector's document is checked"), "tick"),
        Field("originals_checked", ("已核对原件", "The originals are checked"), "tick", required=False),
        Field("collector_ref", ("代领人编号", "Collector, if another"), required=False),
    ),
    verb(
        "revoke",
        ("拟撤销(告知)", "Begin a revocation"),
        "revocation",
        Field(
            "ground",
            ("依据", "Ground"),
            "choice",
            options=(
                ("own_motion", ("依职权", "own motion")),
                ("material_not_conforming", ("补交材料不符", "material does not conform")),
            ),
        ),
        OPINION,
        Field("evidence", ("证据(每行一项)", "Evidence, one a line"), "lines", required=False),
        danger=True,
    ),
    verb(
        "decide_revocation",
        ("撤销决定", "Decide the revocation"),
        "revocation/decision",
        Field("follow", ("撤销", "Revoke"), "yesno"),
        OPINION,
        danger=True,
    ),
    Verb(
        "answer_proposal",
        ("答复撤销建议", "Answer the proposal"),
        "filing",
        "/cases/{case_no}/revocation-proposals/{proposal_id}/answer",
        CASE_PAGE,
        fields=(Field("follow", ("采纳并撤销", "Follow it"), "yesno"), OPINION),
        danger=True,
    ),
    Verb(
        "parallel-opinion",
        ("出具并联意见", "Give the opinion"),
        "filing",
        "/cases/{case_no}/parallel-opinions/{org}",
        CASE_PAGE,
        fields=(
            Field("opinion", OPINION.label, "choice", options=OPINIONS),
            Field("remarks", ("说明", "Remarks"), "long", required=False, most=2000),
        ),
    ),
    verb("green-channel", ("绿色通道", "Green channel"), "green-channel", REASON, fixed={"wanted": True}),
    verb(
        "report",
        ("上报", "Report upwards"),
        "report",
        REASON,
        Field("to_org", ("上级部门", "To"), required=False, most=200),
    ),
    verb("answer-report", ("答复上报", "Answer the report"), "report/answer", OPINION),
    verb(
        "joint-meeting",
        ("登记联席会议", "Record a joint meeting"),
        "joint-meetings",
        Field("held_on", ("日期", "Day"), "date"),
        Field("orgs", ("参加部门(每行一个编码)", "Departments, one code a line"), "lines"),
        Field("minutes", ("纪要", "Minutes"), "long", most=2000),
    ),
    verb(
        "originals",
        ("核对原件", "Compare the originals"),
        "originals",
        Field("conforming", ("一致", "They conform"), "yesno"),
        Field("differences", ("不一致之处", "Differences"), "long", required=False, most=2000),
    ),
)
SCREENS = (
    Screen(
        "/staff/cases",
        ("办件", "Cases"),
        (
            Listing(
                ("办件列表", "Cases"),
                "filing",
                "/worklist",
                CASE_COLUMNS,
                filters=(
                    Field("list", ("列表", "List"), "pick", options=LISTS, default="todo"),
                    Field("case_no", ("业务编号", "Case"), required=False),
                    Field("name", ("项目或申请人", "Project or applicant"), required=False),
                    Field("status", ("状态", "State"), "pick", required=False, options=tuple(CASE.items())),
                    Field("mode", ("方式", "Mode"), "pick", required=False, options=tuple(MODE.items())),
                    Field("case_source", ("来源", "Source"), "pick", required=False, options=tuple(SOURCE.items())),
                ),
            ),
        ),
        roles=HANDLERS,
        menu=("办件", "Cases"),
    ),
)
PERIOD = (
    Field(
        "kind",
        ("统计", "Figures"),
        "pick",
        options=(
            ("volume", ("办件量", "volume")),
            ("accepted", ("受理", "accepted")),
            ("completed", ("办结", "completed")),
            ("completion", ("办结情况", "completion")),
            ("corrections", ("补正", "corrections")),
            ("items", ("事项", "items")),
            ("personal", ("个人", "personal")),
        ),
        default="volume",
    ),
    Field("first", ("起", "From"), "date"),
    Field("last", ("止", "To"), "date"),
)


@route("/staff/cases/<case_no>")
@guard.staff()
def staff_case(case_no: str) -> Response:
    """One case with its materials, clock, history, and the deeds that its state allows (FIL-90)."""
    case, ledger, history, limits = get_all(
        *(("filing", f"/cases/{case_no}{part}") for part in ("", "/clock", "/history", "/deadlines"))
    )
    deeds = _deeds(needed(case)) + further(case, limits)
    return show(
        "portal/staff_case.html",
        case=case,
        ledger=ledger,
        history=history,
        words=STEPS,
        labels=labels_of(case),
        deeds=deeds,
        matters=matters(case),
        clock=clock_of(case, limits),
    )


def _deeds(case: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """What can be pressed: what the service says the state allows; who may not is told so by the service."""
    case_no = case["case_no"]
    found = []
    for name in dict.fromkeys("grant" if name == "refuse" else name for name in case["allowed"]):
        if name == "request_correction":
            found.append((f"/staff/cases/{case_no}/correction", t("一次性告知补正", "Ask for corrections"), False))
        elif name in verbs.REGISTRY and verbs.REGISTRY[name].who == "staff":
            known = verbs.REGISTRY[name]
            found.append((known.href(case_no=case_no), t(known.title), known.danger))
    return found


@route("/staff/cases/<case_no>/correction", methods=("GET", "POST"))
@guard.staff()
def staff_correction(case_no: str) -> Any:
    """The one-time notice: every fault of every material at once (FIL-26)."""
    fields = (Field("justification", ("再次告知的理由", "Why a second time"), "long", required=False, most=2000),)
    return _by_material(case_no, "correction", fields, _defects, "defects")


@route("/staff/cases/<case_no>/supply-check", methods=("GET", "POST"))
@guard.staff()
def staff_supply_check(case_no: str) -> Any:
    """Check what was promised and has now come, paper by paper (FIL-71)."""
    return _by_material(case_no, "supply-check", (), _results, "results")


def _by_material(case_no: str, what: str, fields: tuple[Field, ...], body: Any, part: str) -> Any:
    case = get("filing", f"/cases/{case_no}")
    form = Form(fields, parts={part: ("材料", "Materials")})
    if form.sent:
        with form.attempt():
            send(
                "POST",
                "filing",
                f"/cases/{case_no}/{what}",
                body(case) | form.body(),
                Idempotency_Key=form.once,
            )
            return redirect(f"/staff/cases/{case_no}?said=view")
    return show(f"portal/staff_{what.replace('-', '_')}.html", form.status, case=case, form=form, typed=request.form)


def _defects(case: dict[str, Any]) -> dict[str, Any]:
    reasons = {
        material["code"]: request.form.get(f"reason-{material['code']}", "").strip() for material in case["materials"]
    }
    return {"defects": [{"material": code, "reason": reason} for code, reason in reasons.items() if reason]}


def _results(case: dict[str, Any]) -> dict[str, Any]:
    results = []
    for entry in (case["commitment"] or {}).get("items", ()):
        conforms = request.form.get(f"conforms-{entry['code']}")
        if conforms:
            opinion = request.form.get(f"opinion-{entry['code']}", "").strip()
            results.append({"code": entry["code"], "conforms": conforms == "true", "opinion": opinion or None})
    return {"results": results}


@route("/staff/cases/<case_no>/files/<file_id>")
@guard.staff()
def staff_file(case_no: str, file_id: str) -> Response:
    """A file of the case."""
    return passed_on(stream("GET", "filing", f"/cases/{case_no}/files/{file_id}"), file_id)


@route("/staff/cases/<case_no>/documents/<document_id>")
@guard.staff()
def staff_document(case_no: str, document_id: str) -> Response:
    """The sealed paper of a document."""
    return passed_on(stream("GET", "filing", f"/cases/{case_no}/documents/{document_id}/paper"), f"{document_id}.pdf")


@route("/staff/statistics")
@guard.staff()
def staff_statistics() -> Response:
    """The seven statistics of the caller's organisations (FIL-91)."""
    form = Form(PERIOD)
    asked = {field.name: form.value(field) for field in PERIOD}
    answer = None
    if asked["first"] and asked["last"]:
        with form.attempt():
            answer = get("filing", "/statistics", **asked)
    return show("portal/staff_statistics.html", form.status, form=form, answer=answer)
