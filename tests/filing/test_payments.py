"""Paying online, and the hall's advice on delivery (FIL-98, FIL-99)."""

import importlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chassis import http
from contracts.commands import notifier as commands
from deploy.simulators import base
from services.filing import options, refunds
from services.filing.models import Payment
from services.filing.service import service
from tests.filing.hall import Hall
from tests.support import at_once


@pytest.fixture
def charged(hall: Hall) -> Hall:
    """ITEM costs 20 yuan, to be paid before the decision."""
    hall.change_guide(fee={"charged": True, "amount_fen": 2000, "before_decision": True})
    return hall


def report(hall: Hall, payment_no: str, *, signed: bool = True, **body: Any) -> Any:
    raw = json.dumps({"provider_ref": "R1", "amount_fen": 2000} | body).encode()
    secret = hall.bench.app.extensions["ywt_settings"].callback_secret
    headers = {refunds.HEADER: refunds.sign(raw if signed else raw + b" ", secret)}
    path = f"/api/filing/v1/payments/{payment_no}/receipt"
    return hall.bench.client().post(path, data=raw, headers=headers, content_type="application/json")


@pytest.mark.rule("FIL-98")
def test_a_case_is_not_decided_before_its_fee_is_paid(charged: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    pay_at = "https://pay.example/{payment_no}?fen={amount_fen}"
    monkeypatch.setattr(options, "current", replace(options.current, payment_url=pay_at))
    case_no = charged.reviewed()
    due = charged.get(case_no)["payment"]
    assert due == {
        "payment_no": f"P{case_no}",
        "amount_fen": 2000,
        "paid_at": None,
        "url": f"https://pay.example/P{case_no}?fen=2000",
        "refund_asked_at": None,
        "refunded_at": None,
    }
    for decision in ({"decision": "granted"}, {"decision": "refused", "basis": "第五条"}):
        refused = charged.do(charged.decider, case_no, "decision", decision | {"opinion": "意见"}, status=409)
        assert refused["rule"] == "FIL-98" and charged.status(case_no) == "deciding"
    assert report(charged, due["payment_no"]).status_code == 200
    assert charged.get(case_no)["payment"] == due | {"paid_at": "2026-03-02T10:00:00+08:00", "url": None}
    charged.do(charged.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
    history = charged.call(charged.citizen, "GET", f"/cases/{case_no}/history").get_json()
    assert [entry["verb"] for entry in history["items"]].count("pay") == 1 and history["whole"]


@pytest.mark.rule("FIL-98")
def test_only_the_signed_report_of_the_right_amount_counts_and_only_once(charged: Hall) -> None:
    case_no = charged.submitted()
    number = charged.get(case_no)["payment"]["payment_no"]
    assert report(charged, number, signed=False).status_code == 401
    assert charged.call(charged.citizen, "POST", f"/payments/{number}/receipt", {}).status_code == 403
    assert report(charged, number, amount_fen=1).status_code == 409
    assert report(charged, "P0").status_code == 404
    assert Payment.get().paid_at is None
    answers = at_once(6, lambda _: report(charged, number).status_code)
    assert answers == [200] * 6 and Payment.get().provider_ref == "R1"
    assert report(charged, number, provider_ref="R2").status_code == 409
    other = charged.get(charged.submitted())["payment"]["payment_no"]
    assert report(charged, other).status_code == 409, "one receipt pays once"
    history = charged.call(charged.citizen, "GET", f"/cases/{case_no}/history").get_json()["items"]
    assert [entry["verb"] for entry in history].count("pay") == 1


@pytest.mark.rule("FIL-98")
def test_what_costs_nothing_is_decided_without_a_payment(hall: Hall) -> None:
    assert hall.get(hall.granted())["payment"] is None


@pytest.mark.rule("FIL-98")
def test_the_fee_may_hang_on_an_answer_of_the_form(hall: Hall) -> None:
    by_answer = [
        {"field": "form_kind", "answer": kind, "amount_fen": fen} for kind, fen in (("销售", 0), ("餐饮", 4000))
    ]
    hall.change_guide(fee={"charged": True, "amount_fen": 2000, "by_answer": by_answer, "before_decision": True})
    form = {"applicant_name": "样例申请单位", "mobile": "13800000000"}
    asked = []
    for answer in ({"form_kind": "销售"}, {"form_kind": "餐饮"}, {}):
        case_no = hall.ready()
        hall.fill(case_no, form=form | answer)
        hall.do(hall.citizen, case_no, "submission")
        asked.append((hall.get(case_no)["payment"] or {}).get("amount_fen"))
    assert asked == [None, 4000, 2000], "what an answer makes free costs nothing, whatever the others pay"


# --- the provider, and what it gives back -----------------------------------------------------------------------------


class Visit:
    """What the simulator calls back with: the session of its pushes, led into the service on the bench."""

    def __init__(self, hall: Hall):
        self.hall, self.taken = hall, 0

    def post(self, url: str, *, data: bytes, headers: dict[str, str], timeout: Any) -> Any:
        answer = self.hall.bench.client().post(url, data=data, headers=headers)
        self.taken += answer.status_code == 200
        return SimpleNamespace(ok=answer.status_code == 200)


@pytest.fixture
def provider(charged: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The simulated provider, served over HTTP and known to filing."""
    secret = charged.bench.app.extensions["ywt_settings"].callback_secret
    monkeypatch.setenv("YWT_VAR", str(tmp_path))
    monkeypatch.setenv("YWT_CALLBACK_SECRET", secret)
    monkeypatch.setattr(options, "current", replace(options.current, payment_secret=secret))
    sys.modules.pop("deploy.simulators.payment", None)
    simulator = importlib.import_module("deploy.simulators.payment").simulator
    server = ThreadingHTTPServer(("127.0.0.1", 0), base._handler(simulator))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    assert service.gate is not None
    peers = {"catalog": charged.catalog.url, "credit": charged.credit.url}
    http.configure(peers | {"payment": f"http://127.0.0.1:{server.server_address[1]}"}, service.gate.peer_token)
    yield simulator
    server.shutdown()
    server.server_close()


def pay(hall: Hall, provider: Any, case_no: str) -> None:
    """The applicant pays on the provider's page, which reports it."""
    page = f"/pay/P{case_no}"
    assert provider.answer("GET", page, {"amount_fen": "2000"}, None)[0] == 200
    for _ in range(2):  # pressed twice
        assert provider.answer("GET", f"{page}/confirmation", {"amount_fen": "2000"}, None)[0] == 200
    pushed = provider.rows("SELECT body FROM push WHERE body LIKE ?", f"%P{case_no}%")
    assert len(pushed) == 1
    visit = Visit(hall)
    path = "/api/filing/v1/payments/{payment_no}/receipt"
    assert provider.bring(visit, path, pushed[0]["body"].encode()) and visit.taken == 1


def given_back(provider: Any) -> list[str]:
    return [row["refund_no"] for row in provider.rows("SELECT refund_no FROM payment WHERE refund_no IS NOT NULL")]


@pytest.mark.rule("FIL-98")
def test_what_was_paid_goes_back_once_when_a_case_ends_undecided(charged: Hall, provider: Any) -> None:
    withdrawn, lapsed, unaccepted, going = charged.submitted(), charged.correction(), charged.viewed(), charged.viewed()
    for case_no in (withdrawn, lapsed, unaccepted, going):
        pay(charged, provider, case_no)
    charged.do(charged.citizen, withdrawn, "withdrawal")
    charged.do(charged.clerk, unaccepted, "refusal-to-accept", {"reason_code": "not_competent", "opinion": "非本机关"})
    charged.sweep("2026-04-02 00:00")
    assert [charged.status(case_no) for case_no in (withdrawn, lapsed, unaccepted)] == [
        *("withdrawn", "lapsed", "not_accepted")
    ]
    assert charged.get(withdrawn)["payment"]["refund_asked_at"] and not charged.get(withdrawn)["payment"]["refunded_at"]
    provider.answer("PUT", "/faults", {}, {"refuse_next": 3})
    assert refunds.carry_out() == 0 and given_back(provider) == []
    assert refunds.carry_out() == 0, "what was refused waits for its next turn"
    Payment.update(refund_next_at="2026-01-01T00:00:00+08:00").where(Payment.refund_next_at.is_null(False)).execute()
    at_once(2, lambda _: _in_a_worker(charged))
    assert sorted(given_back(provider)) == sorted(f"R{case_no}" for case_no in (withdrawn, lapsed, unaccepted))
    assert charged.get(withdrawn)["payment"]["refunded_at"] and not charged.get(going)["payment"]["refund_asked_at"]
    told = [event for event in charged.bench.emitted(commands.SendSms) if event.template == "filing.refunded"]
    assert sorted(event.case_no for event in told) == sorted((withdrawn, lapsed, unaccepted))
    assert {event.params["yuan"] for event in told} == {"20.00"}


def _in_a_worker(hall: Hall) -> int:
    hall.bench.database.activate()
    return refunds.carry_out()


@pytest.mark.rule("FIL-98")
def test_a_fee_that_arrives_after_the_end_goes_back_and_the_way_to_pay_is_closed(
    charged: Hall, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "current", replace(options.current, payment_url="https://pay.example/{payment_no}"))
    case_no = charged.submitted()
    charged.do(charged.citizen, case_no, "withdrawal")
    assert charged.get(case_no)["payment"]["url"] is None
    assert refunds.carry_out() == 0
    pay(charged, provider, case_no)
    assert refunds.carry_out() == 1 and given_back(provider) == [f"R{case_no}"]
    row = Payment.get()
    row.refunded_at, row.refund_next_at = None, row.created_at  # the answer of the provider was lost on the way
    row.save()
    assert refunds.carry_out() == 1 and Payment.get().refund_ref == row.refund_ref


@pytest.mark.rule("FIL-99")
def test_the_hall_may_advise_the_courier_and_the_window_stays_open(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = hall.call(None, "GET", "/delivery-advice").get_json()
    assert plain == {"recommended": None, "notice": None, "ways": ["window", "courier"]}
    notice = "建议选择物流速递，减少人员聚集。"
    monkeypatch.setattr(options, "current", replace(options.current, courier_notice=notice))
    advised = hall.call(None, "GET", "/delivery-advice").get_json()
    assert advised == {"recommended": "courier", "notice": notice, "ways": ["window", "courier"]}
    assert hall.status(hall.submitted()) == "submitted"  # with the window both ways
