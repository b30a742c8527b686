"""An inspector's photos: taken on a phone beside what they prove, and looked at by both sides (SUP-10…23)."""

from typing import Any

from flask import Response, redirect, request

from chassis.errors import Refusal
from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.files import named, send_file
from gateway.portal.forms import Form
from gateway.portal.page import route, show
from gateway.portal.verbs import REGISTRY
from gateway.portal.visitor import get, send, stream


def evidence(case_no: str, field: str) -> list[str]:
    """The photos of a field as evidence: those kept when the form was refused, and those that come with it now."""
    kept = request.form.getlist(f"kept-{field}")
    for file in request.files.getlist(f"photo-{field}"):
        if file.filename:
            path = fill("/cases/{case_no}/photos", {"case_no": case_no})
            kept.append(send_file("POST", "supervision", f"{path}?name={named(file)}", file)["ref"])
    return kept


@route("/staff/tasks/<task_id>/points", methods=("GET", "POST"))
@guard.staff("supervisor")
def staff_task_points(task_id: str) -> Any:
    """Say for each promised point whether it is true, with photos (SUP-22)."""
    task = get("supervision", fill("/tasks/{id}", {"id": task_id}))
    form = Form((), parts={"points": ("核查结果", "Result of each point")})
    photos: dict[str, list[str]] = {}
    if form.sent:
        with form.attempt():
            photos = {point["code"]: evidence(task["case_no"], point["code"]) for point in task["promised"]}
            send("POST", "supervision", fill("/tasks/{id}/points", task), _points(photos), Idempotency_Key=form.once)
            return redirect(f"/staff/tasks/{task['id']}?said=recheck")
    return show("portal/staff_task_points.html", form.status, task=task, form=form, typed=request.form, photos=photos)


def _points(photos: dict[str, list[str]]) -> dict[str, Any]:
    found = []
    for code, kept in photos.items():
        if result := request.form.get(f"result-{code}"):
            text = request.form.get(f"found-{code}", "").strip()
            found.append({"code": code, "result": result, "found": text, "evidence": kept})
    return {"points": found}


@route("/staff/findings/new", methods=("GET", "POST"))
@guard.staff("supervisor")
def staff_finding() -> Any:
    """Report a finding from where it was made, with photos (SUP-10, SUP-14)."""
    fields = [field for field in REGISTRY["report-finding"].fields if field.name != "evidence"]
    form = Form(fields, parts={"evidence": ("照片", "Photos")})
    photos: list[str] = []
    if form.sent:
        body = form.body()
        with form.attempt():
            photos = _photos_of(body)
            send("POST", "supervision", "/findings", body | {"evidence": photos}, Idempotency_Key=form.once)
            return redirect("/staff/findings?said=report-finding")
    return show("portal/staff_finding.html", form.status, form=form, photos=photos)


def _photos_of(body: dict[str, Any]) -> list[str]:
    if "case_no" in body:
        return evidence(body["case_no"], "finding")
    if any(file.filename for file in request.files.getlist("photo-finding")):
        raise Problem.of(
            Refusal(
                "case-needed",
                status=422,
                zh="有照片的，须填写业务编号，照片归入该办件。",
                en="Photos belong to a case: enter its number.",
                fields={"case_no": ["needed"]},
            )
        )
    return []


@route("/staff/photos/<case_no>/<photo_id>")
@guard.staff()
def staff_photo(case_no: str, photo_id: str) -> Response:
    """A photo."""
    path = fill("/cases/{case_no}/photos/{photo_id}", {"case_no": case_no, "photo_id": photo_id})
    with stream("GET", "supervision", path) as answer:
        return Response(answer.content, content_type=answer.headers["Content-Type"])
