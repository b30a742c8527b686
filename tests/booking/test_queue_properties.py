"""The insertion rule over random days: whatever comes, is called, missed or handed back, in whatever order."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chassis.clock import clock_at
from contracts.events import catalog
from tests.booking.conftest import HALL, OPERATOR, ROOT, book, quota
from tests.support import Bench

DAYS = count(1)
# N ordinary, B booked, C call the next, M the last called does not come, X somebody hands a number back
# A missed ordinary number comes back behind a booked one; the next booked one may not get before that.
BACK_AMONG_BOOKED = [(move, 0) for move in "NNCBMB"]
MOVES = st.lists(st.tuples(st.sampled_from("NNNBBCCMX"), st.integers(0, 9)), min_size=4, max_size=18)


@dataclass
class Day:
    """One queue of its own, and what the rule says that it must look like."""

    bench: Bench
    group: str
    expected: list[str] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)  # number → id of the ticket, while it is called
    missed: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.bench.client(OPERATOR).post(f"{ROOT}/{path}", json=body)
        assert answer.status_code < 300, answer.text
        self.ids[answer.get_json()["ticket_no"]] = answer.get_json()["id"]
        return answer.get_json()

    def ordinary(self) -> None:
        self.expected.append(self.post(f"queues/{HALL}/{self.group}/tickets")["ticket_no"])

    def booked(self) -> None:
        with clock_at("2026-09-29 10:00"):
            number = book(self.bench, item_code=self.group).get_json()["booking_no"]
        ordinary = [place for place, no in enumerate(self.expected) if no[0] == "N"]
        ticket = self.post(f"bookings/{number}/arrival")["ticket_no"]
        # The words of the rule: before the second ordinary one when there are two, else at the end.
        self.expected.insert(ordinary[1] if len(ordinary) > 1 else len(self.expected), ticket)
        ahead = self.expected[: self.expected.index(ticket)]
        assert sum(no[0] == "N" for no in ahead) == min(1, len(ordinary))

    def call(self) -> None:
        if self.expected:
            ticket = self.post(f"queues/{HALL}/{self.group}/call", {"window": "1"})
            assert ticket["ticket_no"] == self.expected.pop(0)
            self.called[ticket["ticket_no"]] = ticket["id"]

    def miss(self) -> None:
        if self.called:
            number, ticket = self.called.popitem()
            for _ in range(3):
                self.post(f"tickets/{ticket}/call")
            if number not in self.missed:
                ordinary = [place for place, no in enumerate(self.expected) if no[0] == "N"]
                # Behind the next ordinary one, and not between it and the booked ones that follow it.
                self.expected.insert(ordinary[1] if len(ordinary) > 1 else len(self.expected), number)
            self.missed.add(number)

    def hand_back(self, which: int) -> None:
        if self.expected:
            number = self.expected.pop(which % len(self.expected))
            self.post(f"tickets/{self.ids[number]}/cancellation")

    def waiting(self) -> list[str]:
        shown = self.bench.client().get(f"{ROOT}/queues/{HALL}/{self.group}").get_json()["waiting"]
        return [row["ticket_no"] for row in shown]


@pytest.mark.rule("BOO-14")
@pytest.mark.rule("BOO-15")
@pytest.mark.rule("BOO-16")
@given(MOVES)
@example(BACK_AMONG_BOOKED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_holds_over_arrivals_calls_misses_and_cancellations(
    desk: Bench, moves: list[tuple[str, int]]
) -> None:
    day = Day(desk, f"G{next(DAYS)}")
    many = quota(daily_number=99, slots=[{"from": "09:00", "to": "10:00", "quota": 99}])
    desk.deliver(catalog.BookingQuotaChanged, day.group, many | {"item_code": day.group, "queue_group": day.group})
    with clock_at("2026-09-30 09:00"):
        for move, which in moves:
            match move:
                case "N":
                    day.ordinary()
                case "B":
                    day.booked()
                case "C":
                    day.call()
                case "M":
                    day.miss()
                case "X":
                    day.hand_back(which)
            after = day.waiting()
            assert after == day.expected
            for kind in "NB":  # who came in their own time keeps the order of coming
                own = [number for number in after if number[0] == kind and number not in day.missed]
                assert own == sorted(own)
