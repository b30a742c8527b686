"""Paying online, and the hall's advice on delivery (FIL-98, FIL-99)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.filing import options, payments
from services.filing.models import Payment
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
    headers = {payments.HEADER: payments.sign(raw if signed else raw + b" ", secret)}
    path = f"/api/filing/v1/payments/{payment_no}/receipt"
    return hall.bench.client().post(path, data=raw, headers=headers, content_type="application/json")


@pytest.mark.rule("FIL-98")
def test_a_case_is_not_decided_before_its_fee_is_paid(charged: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    pay_at = "https://pay.example/{payment_no}"
    monkeypatch.setattr(options, "current", replace(options.current, payment_url=pay_at))
    case_no = charged.reviewed()
    due = charged.get(case_no)["payment"]
    assert due == {
        "payment_no": f"P{case_no}",
        "amount_fen": 2000,
        "paid_at": None,
        "url": f"https://pay.example/P{case_no}",
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


@pytest.mark.rule("FIL-99")
def test_the_hall_may_advise_the_courier_and_the_window_stays_open(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = hall.call(None, "GET", "/delivery-advice").get_json()
    assert plain == {"recommended": None, "notice": None, "ways": ["window", "courier"]}
    notice = "建议选择物流速递，减少人员聚集。"
    monkeypatch.setattr(options, "current", replace(options.current, courier_notice=notice))
    advised = hall.call(None, "GET", "/delivery-advice").get_json()
    assert advised == {"recommended": "courier", "notice": notice, "ways": ["window", "courier"]}
    assert hall.status(hall.submitted()) == "submitted"  # with the window both ways
