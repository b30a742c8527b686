"""The personal space (GW-03): overview, own cases in five tabs, the whole case, correction and supply in one step."""

from typing import Any

from flask import Response, redirect, request

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.files import named, send_file
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.filing import labels_of
from gateway.portal.stages import stages
from gateway.portal.steps import STEPS
from gateway.portal.texts import Both
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, get_all, needed, rows_of, send, visitor
from gateway.portal.words import MODE

TABS: tuple[tuple[str, Both], ...] = (
    ("commitment", ("承诺补正件", "Promised material")),
    ("in_progress", ("在办件", "In progress")),
    ("correction", ("补正件", "To correct")),
    ("closed", ("办结件", "Closed")),
    ("drafts", ("暂存件", "Drafts")),
)
OWN: dict[str, Any] = {"service": "filing", "then": "/my/cases/{case_no}", "who": "citizen"}
VERBS = (
    Verb(
        "withdraw-case",
        ("撤回申请", "Withdraw the case"),
        path="/cases/{case_no}/withdrawal",
        fields=(Field("reason", ("原因", "Reason"), "long", required=False, most=2000),),
        lead=("决定作出前可以撤回，撤回后可以重新申报。", "Possible before the decision; you may file again."),
        done=("已撤回。", "Withdrawn."),
        danger=True,
        **OWN,
    ),
    Verb(
        "more-time",
        ("申请补正延期", "Ask for more time"),
        path="/cases/{case_no}/correction-extension",
        fields=(Field("reason", ("原因", "Reason"), "long", most=2000),),
        lead=("补正期限只能延长一次。", "The time can be extended once."),
        done=("补正期限已延长。", "You have more time."),
        **OWN,
    ),
    Verb(
        "convert-case",
        ("转为普通方式办理", "Go on in the ordinary way"),
        path="/cases/{case_no}/conversion",
        lead=("须先补齐全部材料。", "All material must be there."),
        done=("已转为普通方式，继续办理。", "It goes on in the ordinary way."),
        **OWN,
    ),
    Verb(
        "defend-case",
        ("陈述申辩", "State your defence"),
        path="/cases/{case_no}/revocation/defence",
        fields=(Field("statement", ("您的意见和理由", "What you say, and why"), "long", most=5000),),
        done=("陈述申辩已提交。", "Your statement is in."),
        **OWN,
    ),
    Verb(
        "print-code",
        ("获取异地打印码", "A code to print at any hall"),
        path="/cases/{case_no}/print-code",
        lead=("凭此码 24 小时内可在全市任一大厅打印文书。", "With it any hall prints your documents, for 24 hours."),
        done=("打印码", "The code"),
        reveals=(("code", ("打印码", "Code")),),
        **OWN,
    ),
    Verb(
        "refile-case",
        ("重新申报", "File again"),
        "filing",
        "/cases/{case_no}/refiling",
        "/my/cases/{case_no}/apply",
        who="citizen",
        fields=(Field("mode", ("申报方式", "Way of filing"), "pick", options=tuple(MODE.items()), required=False),),
        lead=("原来填写的内容和材料会带入新的暂存件。", "What you filled in and gave goes into a new draft."),
        done=("新的暂存件已建好。", "The new draft is here."),
    ),
)


@route("/my")
@guard.citizens
def space() -> Response:
    """What waits for the visitor, and the ways to everything else (GW-03)."""
    me, promised, asked, drafts, unread, bookings = get_all(
        ("identity", "/me"),
        ("filing", "/cases", {"tab": "commitment", "limit": 5}),
        ("filing", "/cases", {"tab": "correction", "limit": 5}),
        ("filing", "/cases", {"tab": "drafts", "limit": 5}),
        ("notifier", "/me/messages", {"unread": True, "limit": 5}),
        ("booking", "/bookings", {"limit": 5}),
    )
    lists = {"promised": promised, "asked": asked, "drafts": drafts, "unread": unread, "bookings": bookings}
    rows = {name: rows_of(found) for name, found in lists.items()}
    return show("portal/space.html", me=needed(me), tabs=TABS, **rows)


@route("/my/cases")
@guard.citizens
def cases() -> Response:
    """The own cases of one tab (FIL-14, FIL-16, FIL-17)."""
    asked = request.args.get("tab", "in_progress")
    tab = asked if asked in dict(TABS) else "in_progress"
    found = get("filing", "/cases", tab=tab, limit=20, cursor=request.args.get("cursor", ""))
    return show("portal/cases.html", tabs=TABS, tab=tab, found=found)


@route("/my/cases/<case_no>")
@guard.applicants
def case(case_no: str) -> Any:
    """The whole case: where it stands, what is to be done, every limit with its reasons (FIL-14, TIM-10)."""
    path = fill("/cases/{case_no}", {"case_no": case_no})
    if visitor().kind == "staff":  # a window that has filed for somebody
        return redirect(f"/staff{path}")
    found, history, limits, ledger, parcels = get_all(
        ("filing", path),
        ("filing", f"{path}/history"),
        ("filing", f"{path}/deadlines"),
        ("filing", f"{path}/clock"),
        ("notifier", "/shipments", {"case_no": case_no}),
    )
    if needed(found)["status"] == "draft":
        return redirect(fill("/my/cases/{case_no}/apply", found))
    parts = {"history": history, "limits": limits, "ledger": ledger, "parcels": parcels}
    rows = {name: rows_of(part) for name, part in parts.items()}
    return show("portal/case.html", case=found, stages=stages(found), words=STEPS, labels=labels_of(found), **rows)


@route("/my/cases/<case_no>/correction", methods=("GET", "POST"))
@guard.citizens
def correction(case_no: str) -> Any:
    """Answer every defect on one page: a file, or a word where no file is needed (FIL-26)."""
    path = fill("/cases/{case_no}", {"case_no": case_no})
    form = Form((), parts={"remarks": ("说明", "Remark")})
    if form.sent:
        with form.attempt():
            _hand_in(path)
            remarks = {name[7:]: text.strip() for name, text in request.form.items() if name.startswith("remark-")}
            body = {"remarks": {code: text for code, text in remarks.items() if text}}
            send("POST", "filing", f"{path}/corrections-answer", body)
            return redirect(f"/my{path}?answered=1")
    found = get("filing", path)
    notice = found["corrections"][-1] if found["corrections"] else None
    rows = notice["defects"] if notice and found["status"] == "correction" else []
    return show("portal/answer.html", form.status, case=found, form=form, rows=rows, due=notice and notice["due"])


@route("/my/cases/<case_no>/supply", methods=("GET", "POST"))
@guard.citizens
def supply(case_no: str) -> Any:
    """Supply what was promised on one page (FIL-70)."""
    path = fill("/cases/{case_no}", {"case_no": case_no})
    form = Form(())
    if form.sent:
        with form.attempt():
            _hand_in(path)
            send("POST", "filing", f"{path}/supply")
            return redirect(f"/my{path}?answered=1")
    found = get("filing", path)
    promise = found["commitment"] or {"items": [], "due": None}
    rows = [one for one in promise["items"] if one["state"] in ("deferred", "rejected")]
    return show("portal/answer.html", form.status, case=found, form=form, rows=rows, due=promise["due"], promised=True)


def _hand_in(path: str) -> None:
    """Upload what was chosen for each material; what was given before and not chosen again stays."""
    for name, file in request.files.items(multi=True):
        if name.startswith("file-") and file.filename:
            place = fill("/materials/{code}/files/", {"code": name[5:]}) + named(file)
            send_file("PUT", "filing", path + place, file)
