"""The simulated verification provider: three elements 三要素 of a person, Alipay, and the legal-person base 法人库.

Every valid name, document number and card match; a card that begins with 62000000 belongs to somebody else. A unit that
nobody entered with `PUT /legal/<number>` has a record made from its number. Faults: `hang_next`, `fail_next`,
`refuse_next` (a person who would match does not).

Alipay: `POST /alipay/certifications` opens a request, the browser sees its page and confirms or declines there, and is
sent back with the customer's `state` and a code that is good once; a request lives ten minutes.
"""

import hashlib
import html
import json
import re
import secrets
import threading
import time
from datetime import date
from typing import Any
from urllib.parse import urlencode

from stdnum import luhn
from stdnum.cn import uscc

from chassis import clock
from deploy import sample
from deploy.simulators import newcomer
from deploy.simulators.base import PAGE_ROWS, Request, Simulator, frame, page

SOMEBODY_ELSES = "62000000"
MADE_UP_REPRESENTATIVE = "样本代表人"
MADE_UP_DATE = "2020-01-02"
CERTIFICATION_SECONDS = 600.0
CERTIFICATION = ("支付宝认证(模拟)", "Alipay (simulator)")
REQUEST_OVER = frame(*CERTIFICATION, "<p>请求已失效 This request is over</p>")
SCHEMA = """
CREATE TABLE IF NOT EXISTS unit (number TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS certification (
    id TEXT PRIMARY KEY, who TEXT NOT NULL, known INTEGER NOT NULL, state TEXT NOT NULL, return_url TEXT NOT NULL,
    opened REAL NOT NULL, code TEXT UNIQUE, passed INTEGER, used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, answer TEXT NOT NULL);
"""
simulator = Simulator("verifier", SCHEMA)
newcomer.attach(simulator)


@simulator.route("POST", "/three-elements")
def three_elements(request: Request) -> tuple[int, Any]:
    """{name, id_no, card_no} → {match, reference}: whether they belong to one holder."""
    name, id_no, card = (str(request.body[key]) for key in ("name", "id_no", "card_no"))
    matches = _is_person(name, id_no) and luhn.is_valid(card) and not card.startswith(SOMEBODY_ELSES)
    asked = f"三要素 {name[:1]}** {id_no[:4]}**********{id_no[-4:]}"
    return _provide(asked, {"match": matches and not simulator.fault("refuse_next"), "reference": _mark(name, id_no)})


@simulator.route("POST", "/alipay/certifications")
def open_certification(request: Request) -> tuple[int, Any]:
    """{name, id_no, state, return_url} → {certify_id, url}: a page that waits for this person."""
    if simulator.fault("fail_next"):
        return 500, {"code": "SYSTEM_ERROR", "message": "simulated fault"}
    name, id_no, state, back = (str(request.body[key]) for key in ("name", "id_no", "state", "return_url"))
    if not back.startswith(("http://", "https://")):
        return 422, {"code": "BAD_RETURN_URL", "message": "an absolute address is needed"}
    certify_id = secrets.token_urlsafe(16)
    row = (certify_id, f"{name[:1]}** {id_no[:4]}**********", int(_is_person(name, id_no)), state, back, time.time())
    simulator.rows(
        "INSERT INTO certification (id, who, known, state, return_url, opened) VALUES (?, ?, ?, ?, ?, ?)", *row
    )
    return 201, {"certify_id": certify_id, "url": f"/alipay/certifications/{certify_id}"}


@simulator.route("GET", "/alipay/certifications/<certify_id>")
def show_certification(request: Request) -> tuple[int, Any]:
    """The page on which the holder of the account confirms or declines."""
    row = _certification(request.path["certify_id"])
    if row is None or row["code"]:
        return 410, REQUEST_OVER
    who = f"<p>{html.escape(row['who'])}</p>"
    links = "".join(
        f'<p><a href="{html.escape(row["id"])}/answer?confirm={value}">{label}</a></p>'
        for value, label in (("yes", "确认 Confirm"), ("no", "拒绝 Decline"))
    )
    return 200, frame(*CERTIFICATION, who + links)


@simulator.route("GET", "/alipay/certifications/<certify_id>/answer")
def answer_certification(request: Request) -> tuple[int, Any]:
    """The holder has answered, once: the browser goes back with state and code."""
    row = _certification(request.path["certify_id"])
    if row is None:
        return 410, REQUEST_OVER
    confirmed = request.query.get("confirm") == "yes" and bool(row["known"])
    passed = confirmed and not simulator.fault("refuse_next")
    code = secrets.token_urlsafe(24)
    taken = simulator.rows(
        "UPDATE certification SET code = ?, passed = ? WHERE id = ? AND code IS NULL RETURNING id",
        *(code, int(passed), row["id"]),
    )
    if not taken:
        return 410, REQUEST_OVER
    back = row["return_url"]
    back += ("&" if "?" in back else "?") + urlencode({"state": row["state"], "code": code})
    target = html.escape(back)
    onwards = f'<meta http-equiv="refresh" content="0; url={target}">'
    return 200, frame(*CERTIFICATION, f'<p><a href="{target}">返回 Go back</a></p>', onwards)


@simulator.route("POST", "/alipay/certifications/<certify_id>/result")
def certification_result(request: Request) -> tuple[int, Any]:
    """{code} → {passed, reference}; a code is taken once, a wrong one has not passed."""
    if simulator.fault("fail_next"):
        return 500, {"code": "SYSTEM_ERROR", "message": "simulated fault"}
    certify_id = request.path["certify_id"]
    rows = simulator.rows(
        "UPDATE certification SET used = 1 WHERE id = ? AND code = ? AND used = 0 RETURNING *",
        *(certify_id, str(request.body["code"])),
    )
    asked = f"支付宝 {rows[0]['who'] if rows else '?'}"
    match = bool(rows) and bool(rows[0]["passed"])
    status, _ = _provide(asked, {"match": match})
    return status, {"passed": match, "reference": _mark(certify_id)}


@simulator.route("GET", "/legal/<number>")
def legal(request: Request) -> tuple[int, Any]:
    """The record of a unit: {name, representative_name, registered_on, reference}."""
    number = request.path["number"].upper()
    if not _is_unit(number):
        return 404, {"code": "NO_SUCH_UNIT", "message": "not a valid number"}
    return _provide(f"法人库 {number}", _record(number) | {"reference": _mark(number)})


@simulator.route("PUT", "/legal/<number>")
def enter_legal(request: Request) -> tuple[int, Any]:
    """Enter a unit, as the market regulator would: {name, representative_name, registered_on}."""
    number = request.path["number"].upper()
    record = {key: str(request.body[key]).strip() for key in ("name", "representative_name", "registered_on")}
    date.fromisoformat(record["registered_on"])
    if not _is_unit(number):
        return 422, {"code": "NOT_A_NUMBER", "message": "neither a valid USCC nor 15 digits"}
    simulator.rows("INSERT OR REPLACE INTO unit VALUES (?, ?)", number, json.dumps(record, ensure_ascii=False))
    return 200, record


@simulator.route("GET", "/requests")
def requests(request: Request) -> tuple[int, Any]:
    """What was asked, newest first; persons masked."""
    return 200, {"items": simulator.rows("SELECT * FROM asked ORDER BY id DESC LIMIT ?", PAGE_ROWS)}


@simulator.route("GET", "/")
def show(request: Request) -> tuple[int, Any]:
    """The page with all questions."""
    columns = {"at": "时间 Time", "what": "询问 Asked", "answer": "回答 Answer"}
    rows = simulator.rows("SELECT * FROM asked ORDER BY id DESC LIMIT ?", PAGE_ROWS)
    return 200, page("身份与法人核验(模拟)", "Verification (simulator)", columns, rows)


def _provide(asked: str, answer: dict[str, Any]) -> tuple[int, Any]:
    """Answer a question and note it, with the faults that were ordered."""
    if simulator.fault("fail_next"):
        return 500, {"code": "SYSTEM_ERROR", "message": "simulated fault"}
    told = str(answer.get("name") or ("一致 match" if answer["match"] else "不一致 no match"))
    at = clock.now().isoformat(timespec="seconds")
    simulator.rows("INSERT INTO asked (at, what, answer) VALUES (?, ?, ?)", at, asked, told)
    if simulator.fault("hang_next"):
        simulator.hang()
    return 200, answer


def _certification(certify_id: str) -> dict[str, Any] | None:
    rows = simulator.rows(
        "SELECT * FROM certification WHERE id = ? AND opened > ?", certify_id, time.time() - CERTIFICATION_SECONDS
    )
    return rows[0] if rows else None


def _record(number: str) -> dict[str, str]:
    entered = simulator.rows("SELECT record FROM unit WHERE number = ?", number)
    if entered:
        return json.loads(entered[0]["record"])
    return {
        "name": f"样本企业{number[-6:]}有限公司",
        "representative_name": MADE_UP_REPRESENTATIVE,
        "registered_on": MADE_UP_DATE,
    }


def _is_person(name: str, id_no: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", id_no):
        return bool(name.strip()) and bool(re.fullmatch(r"[0-9A-Za-z]{5,20}", id_no))
    return bool(name.strip()) and sample.is_id_no(id_no)


def _is_unit(number: str) -> bool:
    return bool(re.fullmatch(r"\d{15}", number)) or uscc.is_valid(number)


def _mark(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    from deploy.simulators import payment

    threading.Thread(target=payment.simulator.serve, args=("YWT_PAYMENT_PORT",), daemon=True).start()
    simulator.serve()
