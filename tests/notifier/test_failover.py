"""Two carriers: weight decides, errors and slowness move the messages over, and the way back is slow and steady."""

import dataclasses
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from contracts.events import notifier as events
from services.notifier import carriers, options, sending
from services.notifier.carriers import Tally
from services.notifier.models import CarrierChange, CarrierState, Message
from tests.notifier.conftest import API, CITIZEN, Carrier, Office, account, impatient, use
from tests.support import at_once, person, staff

Pair = tuple[Carrier, Carrier]
ADMIN = staff("system_admin", "TZJ077")
ALWAYS = 1_000_000


@pytest.fixture
def two(office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with an account at each of the two carriers."""
    use(monkeypatch, account(pair[0], "aliyun", "a"), account(pair[1], "tencent", "b"))
    return office


def order(office: Office, count: int, start: int) -> None:
    """So many messages, each to a number of its own."""
    for number in range(start, start + count):
        office.knows(f"person:f-{number}", number)
        office.order(f"person:f-{number}", f"key-{number}")


def only(name: str) -> None:
    """Give one carrier everything, long ago."""
    for other in ("a", "b"):
        carriers._row(other)
    ago = clock.wall() - timedelta(hours=2)
    CarrierState.update(share=0, changed_at=ago).where(CarrierState.name != name).execute()


def shares() -> dict[str, int]:
    return dict(CarrierState.select(CarrierState.name, CarrierState.share).order_by(CarrierState.name).tuples())


def changes(name: str = "a") -> list[tuple[int, int]]:
    query = CarrierChange.select().where(CarrierChange.name == name).order_by(CarrierChange.id)
    return [(row.old, row.new) for row in query]


def long_ago(minutes: float = 120) -> None:
    """Let the quiet after a change be over."""
    ago = clock.wall() - timedelta(minutes=minutes)
    CarrierState.update(changed_at=ago).execute()


def rest_over() -> int:
    """Let the rests end, and give back what is due."""
    CarrierState.update(rise_at=clock.wall()).where(CarrierState.rise_at.is_null(False)).execute()
    return carriers.restore()


def test_weight_and_share_decide_who_gets_a_message(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    got = Counter(carriers.choose({"a": 100, "b": 50}) for _ in range(3000))
    assert 1.6 < got["a"] / got["b"] < 2.5
    first, second = options.current.accounts
    use(monkeypatch, dataclasses.replace(first, weight=90), dataclasses.replace(second, weight=10))
    got = Counter(carriers.choose({"a": 100, "b": 100}) for _ in range(3000))
    assert 6 < got["a"] / got["b"] < 14
    assert {carriers.choose({"a": 0, "b": 10}) for _ in range(50)} == {"b"}
    assert {carriers.choose({"a": 0, "b": 0}) for _ in range(50)} == {"a", "b"}  # better to try than to stand still
    assert carriers.choose({"a": 100}, ("a", "b")) is None


@pytest.mark.rule("NOT-07")
def test_a_carrier_that_refuses_everything_loses_everything_and_no_message(two: Office, pair: Pair) -> None:
    only("a")
    order(two, 8, 6000)
    pair[0].faults(account_next=ALWAYS)
    two.run(1)
    assert two.states() == ["accepted"] * 8
    assert {row.provider for row in Message.select()} == {"b"}
    assert [row.attempts for row in Message.select()] == [1] * 8  # within the same attempt
    assert shares()["a"] == 0
    (fall,) = CarrierChange.select().where(CarrierChange.name == "a")
    assert fall.reason == "8 of 8 calls failed, the last one: isv.AMOUNT_NOT_ENOUGH"


@pytest.mark.rule("NOT-05", "NOT-07")
def test_a_carrier_that_hangs_is_left_and_its_messages_are_sent_once(two: Office, pair: Pair) -> None:
    only("a")
    order(two, 6, 6020)
    pair[0].faults(hang_next=6, hang_seconds=1)
    with impatient():
        sending.send_waiting()
    assert two.states() == ["unknown"] * 6
    assert changes() == [(100, 0)]
    two.carriers()  # closes the breaker, so that the carrier can be asked
    order(two, 6, 6030)
    two.run(4)
    numbers = [f"139{number:08d}" for number in (*range(6020, 6026), *range(6030, 6036))]
    taken = Counter(one["mobile"] for carrier in pair for one in carrier.get("/messages")["items"])
    assert [taken[mobile] for mobile in numbers] == [1] * 12
    assert len(two.bench.emitted(events.SmsSent)) == 12


@pytest.mark.rule("NOT-07")
def test_a_slow_carrier_gets_half_and_still_delivers(two: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    only("a")
    monkeypatch.setattr(carriers, "SLOW_SECONDS", 0.2)
    pair[0].faults(slow_next=5, slow_ms=300)
    order(two, 5, 6040)
    two.run(1)
    assert two.states() == ["accepted"] * 5
    assert changes() == [(100, 50)]
    assert CarrierChange.get(CarrierChange.name == "a").reason == "5 of 5 calls slow, 0 failed"


def test_a_few_failures_among_many_change_nothing(two: Office) -> None:
    only("a")
    carriers.report({"a": Tally(4, bad=4, reason="x")})  # too few to say anything
    carriers.report({"a": Tally(20)})
    carriers.report({"a": Tally(8, bad=7, reason="x")})  # 11 of 32
    assert (shares()["a"], changes()) == (100, [])
    CarrierState.update(window_at=clock.wall() - timedelta(seconds=61)).execute()
    carriers.report({"a": Tally(5, bad=5, reason="x")})  # a new minute
    assert changes() == [(100, 0)]


def test_it_rises_in_small_steps_and_rests_longer_after_each_fall(two: Office) -> None:
    rests = []
    for _ in range(6):
        only("a")
        CarrierState.update(share=100).where(CarrierState.name == "a").execute()
        long_ago(minutes=1)
        carriers.report({"a": Tally(5, bad=5, reason="x")})
        row = CarrierState.get(CarrierState.name == "a")
        rests.append(round((row.rise_at - clock.wall()).total_seconds() / 60))
    assert rests == [5, 10, 20, 40, 60, 60]
    assert carriers.restore() == 0
    steps = []
    while rest_over():
        steps.append(shares()["a"])
    assert steps == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    long_ago()  # an hour well: forgiven
    carriers.report({"a": Tally(5, bad=5, reason="x")})
    assert CarrierState.get(CarrierState.name == "a").falls == 1


def test_reports_that_come_home_after_a_change_do_not_make_it_flap(two: Office) -> None:
    only("a")
    carriers.report({"a": Tally(5, slow=5)})
    carriers.report({"a": Tally(9, bad=9, reason="from before")})
    assert changes() == [(100, 50)]
    long_ago(minutes=1)
    carriers.report({"a": Tally(9, slow=9)})
    long_ago(minutes=1)
    carriers.report({"a": Tally(9, slow=9)})
    long_ago(minutes=1)
    carriers.report({"a": Tally(9, slow=9)})
    long_ago(minutes=1)
    carriers.report({"a": Tally(9, slow=9)})
    carriers.report({"a": Tally(9, bad=9, reason="the last resort")})
    assert changes() == [(100, 50), (50, 25), (25, 12), (12, 0)]


def test_processes_agree_and_a_rise_counts_once(two: Office) -> None:
    only("a")
    long_ago()
    carriers.report({"a": Tally(5, bad=5, reason="x")})
    CarrierState.update(rise_at=clock.wall()).where(CarrierState.name == "a").execute()

    def rise(_: int) -> int:
        two.bench.database.activate()
        try:
            return carriers.restore()
        finally:
            two.bench.database.release()

    assert sum(at_once(3, rise)) == 1
    assert changes() == [(100, 0), (0, 10)]


@pytest.mark.rule("NOT-07")
def test_when_all_carriers_fail_the_message_waits_for_its_next_attempt(two: Office, pair: Pair) -> None:
    two.knows(CITIZEN, 6060)
    two.order()
    for carrier in pair:
        carrier.faults(rate_next=2)
    sending.send_waiting()
    row = Message.get()
    assert (row.state, row.attempts, row.called_at) == ("queued", 1, None)
    two.run(3)
    assert (two.states(), Message.get().attempts) == (["accepted"], 3)


@pytest.mark.rule("NOT-07")
def test_a_dead_message_is_let_go_again_although_its_account_is_gone(
    two: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.knows(CITIZEN, 6062)
    two.order()
    for carrier in pair:
        carrier.faults(rate_next=4)
    two.run(6)
    assert two.states() == ["dead"]
    use(monkeypatch, account(pair[0], "plain", "new"))
    assert two.bench.client(ADMIN).post(f"{API}/messages/{Message.get().id}/retry").status_code == 200
    two.run(3)
    assert [(row.state, row.provider) for row in Message.select()] == [("accepted", "new")]


@pytest.mark.rule("NOT-07")
def test_the_limit_of_a_number_at_one_carrier_is_not_the_end(two: Office, pair: Pair) -> None:
    only("a")
    two.knows(CITIZEN, 6061)
    two.order()
    pair[0].faults(refuse_next=1)
    two.run(1)
    assert [(row.state, row.provider) for row in Message.select()] == [("accepted", "b")]
    two.order(key="key-2")
    for carrier in pair:
        carrier.faults(refuse_next=1)
    two.run(1)
    assert [e.final for e in two.bench.emitted(events.SmsFailed)] == [True]


@pytest.mark.rule("NOT-07")
def test_operators_see_the_carriers_and_take_one_out_with_a_reason(two: Office) -> None:
    admin = two.bench.client(ADMIN)

    def share(who: Any, name: str, **body: Any) -> Any:
        return who.put(f"{API}/sms-carriers/{name}/share", json=body)

    assert share(admin, "a", share=0, reason="合同到期").get_json()["share"] == 0
    items = {one["name"]: one for one in admin.get(f"{API}/sms-carriers").get_json()["items"]}
    assert [(items[name]["dialect"], items[name]["share"]) for name in "ab"] == [("aliyun", 0), ("tencent", 100)]
    assert items["a"]["receipts_path"].startswith("/sms-receipts/a/")
    assert rest_over() == 0  # it does not come back by itself
    (change,) = admin.get(f"{API}/sms-carriers/changes").get_json()["items"]
    assert (change["old"], change["new"], change["reason"], change["changed_by"]) == (100, 0, "合同到期", ADMIN.ref)
    assert share(admin, "a", share=101, reason="too much").status_code == 422
    refused = share(admin, "c", share=1, reason="unknown")
    assert (refused.status_code, refused.get_json()["rule"]) == (404, "NOT-07")
    assert share(two.bench.client(staff("auditor", "TZJ077")), "a", share=1, reason="no right").status_code == 403
    assert two.bench.client(person(CITIZEN)).get(f"{API}/sms-carriers").status_code == 403
