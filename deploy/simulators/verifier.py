"""The simulated verification provider: three elements 三要素 of a person, and the legal-person base 法人库.

Every valid name, document number and card match; a card that begins with 62000000 belongs to somebody else. A unit that
nobody entered with `PUT /legal/<number>` has a record made from its number. Faults: `hang_next`, `fail_next`,
`refuse_next` (a person who would match does not).
"""

import hashlib
import json
import re
from datetime import date
from typing import Any

from stdnum import luhn
from stdnum.cn import uscc

from chassis import clock
from deploy import sample
from deploy.simulators.base import PAGE_ROWS, Request, Simulator, page

SOMEBODY_ELSES = "62000000"
MADE_UP_REPRESENTATIVE = "样本代表人"
MADE_UP_DATE = "2020-01-02"
SCHEMA = """
CREATE TABLE IF NOT EXISTS unit (number TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, answer TEXT NOT NULL);
"""
simulator = Simulator("verifier", SCHEMA)


@simulator.route("POST", "/three-elements")
def three_elements(request: Request) -> tuple[int, Any]:
    """{name, id_no, card_no} → {match, reference}: whether they belong to one holder."""
    name, id_no, card = (str(request.body[key]) for key in ("name", "id_no", "card_no"))
    matches = _is_person(name, id_no) and luhn.is_valid(card) and not card.startswith(SOMEBODY_ELSES)
    asked = f"三要素 {name[:1]}** {id_no[:4]}**********{id_no[-4:]}"
    return _provide(asked, {"match": matches and not simulator.fault("refuse_next"), "reference": _mark(name, id_no)})


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
    simulator.serve()
