"""The own credit archive: records, who read it, earliest dates, objection, repair (CRE-20…41)."""

from typing import Any

from flask import Response, abort, redirect, request

from gateway.portal import guard, orgs
from gateway.portal.addresses import fill
from gateway.portal.files import named, passed_on, send_file
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.texts import Both
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, send, stream, visitor

KINDS: dict[str, Both] = {"objection": ("提出异议", "Object"), "repair": ("申请信用修复", "Apply for repair")}
REASONS: dict[str, Both] = {
    "objection": ("异议申请原因", "Why you object"),
    "repair": ("信用修复申请原因", "Why it should be repaired"),
}
PAGES: dict[str, Both] = {"signature": ("签字页", "signature"), "seal": ("盖章页", "seal")}
VERBS = (
    Verb(
        "ask-correction",
        ("请求确认已改正", "Ask to record the correction"),
        "credit",
        "/records/{record_id}/correction-request",
        "/my/credit",
        who="citizen",
        fields=(Field("text", ("怎样改正的", "How it was corrected"), "long", most=2000),),
        done=("已提交，认定单位将核实。", "It is in; the organ will look."),
    ),
    Verb(
        "take-back-application",
        ("撤回申请", "Take the application back"),
        "credit",
        "/applications/{application_id}",
        "/my/credit",
        method="DELETE",
        who="citizen",
        done=("已撤回。", "Taken back."),
        danger=True,
    ),
    Verb(
        "oppose-notice",
        ("对公示结果提出异议", "Oppose the posted result"),
        "credit",
        "/notices/{notice_id}/opposition",
        "/look-up/credit",
        who="citizen",
        fields=(Field("reasons", ("理由", "Reasons"), "long", most=4000),),
        done=("异议已提交。", "It is in."),
    ),
)


@route("/my/credit")
@guard.citizens
def archive() -> Response:
    """The whole own archive (CRE-41)."""
    found = get("credit", "/subjects/me")
    return show("portal/credit.html", found=found, orgs=orgs.names(row["judging_org"] for row in found["records"]))


@route("/my/credit/<record_id>/<kind>", methods=("GET", "POST"))
@guard.citizens
def apply_about(record_id: str, kind: str) -> Any:
    """Object to a record, or apply for its repair; a company adds a sealed page (CRE-20…23, CRE-30…32)."""
    if kind not in KINDS:
        abort(404)
    fields = [
        Field("applicant_name", ("申请人", "Applicant"), most=100, autocomplete="name"),
        Field("id_no", ("证件号码", "Document number"), most=20),
        Field("reason", REASONS[kind], "long", most=4000),
        Field("new_facts", ("新的事实", "New facts"), "long", required=False, most=4000),
        Field("booking_no", ("预约号(失约记录填写)", "Booking (for a no-show)"), required=False, most=40),
    ]
    if kind == "repair":
        fields.append(Field("promise", ("我承诺今后守信", "I promise to keep my word"), "tick"))
    form = Form(fields, parts=PAGES)
    found = get("credit", "/subjects/me")["records"]
    record = next((one for one in found if one["id"] == record_id), None) or abort(404)
    pages = ("signature", "seal") if visitor().kind == "legal" else ("signature",)
    if form.sent:
        with form.attempt():
            body = form.body() | {page: _page(page) for page in pages}
            path = fill("/records/{id}/", {"id": record_id}) + f"{kind}s"
            send("POST", "credit", path, body, Idempotency_Key=form.once)
            return redirect("/my/credit?sent=1")
    return show(
        "portal/credit_application.html",
        form.status,
        form=form,
        record=record,
        kind=kind,
        title=KINDS[kind],
        pages=[(page, PAGES[page]) for page in pages],
    )


def _page(name: str) -> str | None:
    file = request.files.get(name)
    if file is None or not file.filename:
        return None
    return send_file("POST", "credit", f"/papers?name={named(file)}", file)["id"]


@route("/my/credit/<record_id>/<kind>/form")
@guard.citizens
def printed(record_id: str, kind: str) -> Response:
    """The form to print and sign (CRE-21, CRE-32)."""
    path = fill("/records/{id}/forms/{kind}", {"id": record_id, "kind": kind})
    return passed_on(stream("GET", "credit", path), f"{kind}.html")
