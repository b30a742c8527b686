"""The steps of an objection or a repair as plain calls over HTTP."""

from typing import Any

from chassis.clock import clock_at
from contracts.events import filing
from tests.credit.conftest import CITIZEN, ORG, lapse
from tests.support import Bench, Caller, person, staff

ROOT = "/api/credit/v1"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32
USCC = "91120116MA05K1X992"
ADMIN = staff("credit_admin", ORG, ref="staff:first")
SECOND = staff("credit_admin", ORG, ref="staff:second")
PARTY = person(CITIZEN)


def listed(archive: Bench, number: int = 1, ref: str = CITIZEN, at: str = "2026-03-02 10:00") -> str:
    """List a party for a lapsed promise at this time; returns the id of the record."""
    with clock_at(at):
        data = lapse(number, ref, at=f"{at.replace(' ', 'T')}:00+08:00")
        archive.deliver(filing.CommitmentLapsed, f"case-{number}", data)
    party = person(ref) if ref.startswith("person") else Caller(ref, "legal", 2)
    own = call(archive, party, "GET", "/subjects/me")
    return next(record["id"] for record in own["records"] if record["case_no"] == data["case_no"])


def call(archive: Bench, who: Caller | None, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """One request that must be answered with this status."""
    answer = archive.client(who).open(f"{ROOT}{path}", method=method, json=body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def paper(archive: Bench, who: Caller = PARTY) -> str:
    """Upload a signed page."""
    answer = archive.client(who).post(f"{ROOT}/papers?name=a.png", data=PNG)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["id"]


def form(archive: Bench, who: Caller = PARTY, **more: Any) -> dict[str, Any]:
    """A completed form, signed."""
    return {
        "applicant_name": "样例申请人",
        "id_no": "120101199001010000",
        "reason": "已按期补交，系统未登记",
        "signature": paper(archive, who),
    } | more


def object_to(archive: Bench, record: str, who: Caller = PARTY, status: int = 201, **more: Any) -> Any:
    """Object to a record."""
    return call(archive, who, "POST", f"/records/{record}/objections", form(archive, who, **more), status)


def repair(archive: Bench, record: str, who: Caller = PARTY, status: int = 201, **more: Any) -> Any:
    """Apply for the repair of a record."""
    return call(archive, who, "POST", f"/records/{record}/repairs", form(archive, who, **more), status)


def decide(archive: Bench, application: Any, result: str, who: Caller = ADMIN, status: int = 200, **more: Any) -> Any:
    """Decide an objection or repair."""
    path = f"/applications/{application['id']}/{application['kind']}-decision"
    return call(archive, who, "POST", path, {"result": result, "reasons": "核对补交回执后认定"} | more, status)


def correct(archive: Bench, record: str, on: str, status: int = 200) -> Any:
    """Record the day of correction."""
    body = {"on": on, "evidence": ["file:1"], "opinion": "材料已补齐并核对"}
    return call(archive, ADMIN, "POST", f"/records/{record}/correction", body, status)


def record(archive: Bench, record_id: str, who: Caller = PARTY) -> Any:
    """The record as its party sees it."""
    return next(row for row in call(archive, who, "GET", "/subjects/me")["records"] if row["id"] == record_id)


def oppose(archive: Bench, who: Caller | None = None, status: int = 200) -> Any:
    """Oppose the notice that is posted now."""
    notice = call(archive, None, "GET", "/notices")["items"][0]
    path = f"/notices/{notice['id']}/opposition"
    return call(archive, who or person(), "POST", path, {"reasons": "材料系事后补签"}, status)


def catalog(archive: Bench, *conditions: str) -> Any:
    """A catalog that knows these repair conditions of the item."""
    guide = {"credit": {"repair": [{"text": text, "article": "第五条"} for text in conditions]}}
    return archive.peer("catalog", {"GET /api/catalog/v1/items/000149032000": {"guide": guide}})
