"""Giving material, from a file or from what is held already, and the commitment letter (FIL-05…10, FIL-20)."""

from typing import Any
from urllib.parse import quote

from flask import Response, abort, jsonify, redirect, request

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.files import Sized, named, passed_on, send_file
from gateway.portal.forms import Form
from gateway.portal.page import route, show
from gateway.portal.pages.filing import guide_of, own_draft
from gateway.portal.texts import Both
from gateway.portal.visitor import get, get_all, needed, rows_of, send, stream


@route("/my/cases/<case_no>/apply/materials")
@guard.applicants
def materials_step(case_no: str) -> Response:
    """All materials of a draft and how each stands (FIL-05, FIL-09)."""
    case = own_draft(case_no)
    return show("portal/materials.html", case=case, asked=_asked(case))


def _asked(case: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in guide_of(case)["materials"]}


@route("/my/cases/<case_no>/materials/<code>", methods=("GET", "POST"))
@guard.applicants
def material(case_no: str, code: str) -> Any:
    """Give one material, at the draft, for a correction, or as promised (FIL-05…09)."""
    form = Form((), parts=PARTS)
    path = fill("/cases/{case_no}/materials/{code}", {"case_no": case_no, "code": code})
    if form.sent and form.pressed in DEEDS:
        with form.attempt():
            DEEDS[form.pressed](path)
            return redirect(request.path)
    case, held, space = get_all(
        ("filing", fill("/cases/{case_no}", {"case_no": case_no})),
        ("filing", fill("/cases/{case_no}/offers", {"case_no": case_no})),
        ("filing", "/space/files", {"limit": 100}),
    )
    row = next((one for one in needed(case)["materials"] if one["code"] == code), None)
    if row is None:
        abort(404)
    return show(
        "portal/material.html",
        form.status,
        form=form,
        case=case,
        row=row,
        asked=_asked(case).get(code, {}),
        offers=next((one["offers"] for one in rows_of(held) if one["code"] == code), []),
        space=rows_of(space),
    )


def _upload(path: str) -> None:
    file = request.files.get("file")
    way = "camera" if request.form.get("way") == "camera" else "local"
    send_file("PUT", "filing", f"{path}/files/{named(file)}?way={way}", file)


def _from_space(path: str) -> None:
    send("POST", "filing", f"{path}/space-file", {"space_file_id": request.form.get("id", "")})


def _from_licence(path: str) -> None:
    send("POST", "filing", f"{path}/licence", {"licence_code": request.form.get("licence_code", "").strip()})


def _own_licence(path: str) -> None:
    """The visitor's own licence: the code is asked for on the way."""
    given = send("POST", "filing", fill("/licences/{id}/code", {"id": request.form.get("id", "")}))
    send("POST", "filing", f"{path}/licence", {"licence_code": given["code"]})


def _earlier(path: str) -> None:
    send("POST", "filing", f"{path}/earlier-file", {"file_id": request.form.get("id", "")})


def _defer(path: str) -> None:
    send("POST", "filing", f"{path}/deferral", {"deferred": request.form.get("deferred") == "1"})


def _take_back(path: str) -> None:
    send("DELETE", "filing", f"{path}/files/{quote(request.form.get('name', ''), safe='')}")


PARTS: dict[str, Both] = {
    "space_file_id": ("我的文件", "Own file"),
    "file_id": ("以前提交的文件", "File given earlier"),
    "licence_code": ("持证人的 8 位验证码", "Code of the holder"),
    "deferred": ("容缺后补", "To follow later"),
}
DEEDS = {
    "upload": _upload,
    "space": _from_space,
    "code": _from_licence,
    "licence": _own_licence,
    "earlier": _earlier,
    "defer": _defer,
    "back": _take_back,
}


# --- with script: in parts, resumed after a cut -----------------------------------------------------------------------


@route("/my/uploads", methods=("POST",))
@guard.applicants
def begin_upload() -> Any:
    """Announce an upload in parts (FIL-07)."""
    return _told(lambda: send("POST", "filing", "/uploads", request.get_json()), 201)


@route("/my/uploads/<upload_id>", methods=("GET", "PATCH"))
@guard.applicants
def continue_upload(upload_id: str) -> Any:
    """How far it has come, or the next part (FIL-07)."""
    path = fill("/uploads/{id}", {"id": upload_id})
    if request.method == "GET":
        return _told(lambda: get("filing", path))
    body = Sized(request.stream, request.content_length or 0)
    at = request.headers.get("Upload-Offset", "")
    kind = "application/octet-stream"
    return _told(lambda: stream("PATCH", "filing", path, body, Upload_Offset=at, Content_Type=kind).json())


def _told(act: Any, status: int = 200) -> Any:
    try:
        return jsonify(act()), status
    except Problem as problem:
        return jsonify(problem.document), problem.status


# --- the letter, and what can be taken home ---------------------------------------------------------------------------


@route("/my/cases/<case_no>/apply/letter", methods=("GET", "POST"))
@guard.applicants
def letter_step(case_no: str) -> Any:
    """Read the commitment letter, print it, hand the signed page in (FIL-10)."""
    case = own_draft(case_no)
    form = Form(())
    path = fill("/cases/{case_no}/commitment-letter", case)
    if form.sent:
        file = request.files.get("file")
        with form.attempt():
            send_file("PUT", "filing", f"{path}?name={named(file)}", file)
            return redirect(fill("/my/cases/{case_no}/apply/delivery", case))
    letter = get("filing", path) if case["mode"] == "commit" else None
    return show("portal/letter.html", form.status, case=case, letter=letter, form=form)


@route("/my/cases/<case_no>/letter.pdf")
@guard.applicants
def letter_paper(case_no: str) -> Response:
    """The letter to print and sign (FIL-10)."""
    path = fill("/cases/{case_no}/commitment-letter/paper", {"case_no": case_no})
    return passed_on(stream("GET", "filing", path), f"commitment-{case_no}.pdf")


@route("/my/cases/<case_no>/files/<file_id>")
@guard.citizens
def case_file(case_no: str, file_id: str) -> Response:
    """A file of the case (FIL-14)."""
    path = fill("/cases/{case_no}/files/{file_id}", {"case_no": case_no, "file_id": file_id})
    return passed_on(stream("GET", "filing", path), file_id)


@route("/my/cases/<case_no>/documents/<document_id>.pdf")
@guard.citizens
def case_document(case_no: str, document_id: str) -> Response:
    """A document of the hall, sealed, to keep (FIL-30)."""
    path = fill("/cases/{case_no}/documents/{id}/paper", {"case_no": case_no, "id": document_id})
    return passed_on(stream("GET", "filing", path), f"{document_id}.pdf")
