"""Looking up without a login: progress, documents, parcels, credit (GW-02, FIL-21, FIL-30, CRE-41)."""

from flask import Response, request

from gateway.portal.files import send_file
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.visitor import get, send

PROGRESS = (
    Field("case_no", ("业务编号", "Case number"), "code", ("18 至 20 位数字", "18 to 20 digits"), most=20),
    Field(
        "phone_tail",
        ("申请时所留电话的后四位", "Last four digits of the phone that you gave"),
        "code",
        most=4,
    ),
)
DOCUMENT = (
    Field("number", ("文号", "Number of the document"), most=80),
    Field("code", ("验证码", "Check code"), most=12),
)
RECORD = (Field("record_no", ("记录编号", "Number of the record"), required=False, most=40),)
LETTER = (
    Field("letter_no", ("信件编号", "Number of the letter"), most=40),
    Field("password", ("查询密码", "Its password"), "secret", most=32),
)


@route("/look-up", methods=("GET", "POST"))
def look_up() -> Response:
    """Progress by number and phone, and the ways to the other queries (FIL-21)."""
    form = Form(PROGRESS)
    found = None
    if form.sent:  # not in the address: whoever looks over the shoulder, or into a log, learns nothing
        with form.attempt():
            found = get("filing", "/progress", **form.body())
    return show("portal/look_up.html", form.status, form=form, found=found)


@route("/look-up/document", methods=("GET", "POST"))
def document() -> Response:
    """Whether a document is genuine: by number and code, or by the file itself (FIL-30)."""
    form = Form(DOCUMENT)
    found = None
    with form.attempt():
        if form.sent:
            found = send_file("POST", "filing", "/verifications", request.files.get("file"), "application/pdf")
        elif request.args.get("number") and request.args.get("code"):
            asked = {name: request.args[name] for name in ("number", "code")}
            found = get("filing", "/verifications", **asked)
    return show("portal/document.html", form.status, form=form, found=found)


@route("/look-up/credit")
def credit() -> Response:
    """Listed companies, names masked, and results that are posted now (CRE-24, CRE-41)."""
    form = Form(RECORD)
    query = {name: request.args.get(name, "") for name in ("record_no", "cursor")}
    found = get("credit", "/public/listings", limit=20, **query)
    notices = get("credit", "/notices", limit=20)
    return show("portal/credit_listings.html", form=form, found=found, notices=notices["items"])


@route("/look-up/letter", methods=("GET", "POST"))
def letter() -> Response:
    """An anonymous letter by its number and password (FEE-30)."""
    form = Form(LETTER)
    found = None
    if form.sent:
        body = form.body()
        number = "".join(sign for sign in str(body.get("letter_no", "")) if sign.isalnum() or sign == "-")
        with form.attempt():
            found = send("POST", "feedback", f"/letters/{number or '-'}/lookup", {"password": body.get("password", "")})
    return show("portal/look_up_letter.html", form.status, form=form, letter=found)
