"""Two people at the same moment: one effect, one event, nothing stored half, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import feedback as events
from services.feedback.models import Answer
from services.feedback.service import service
from tests.feedback.conftest import CITIZEN, HANDLER_A, HANDLER_B, LEADER, OTHER, act, complete, rate, send, stock
from tests.support import Bench, at_once, bench

CONTACT = "2026-09-28T15:00:00+08:00"


@pytest.fixture
def busy(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    """The service on either database."""
    with clock_at("2026-09-28 15:00"), bench(service, tmp_path, database_url) as b:
        yield stock(b)


@pytest.mark.rule("FEE-01")
@pytest.mark.rule("FEE-04")
def test_twenty_clicks_at_once_are_one_rating(busy: Bench) -> None:
    complete(busy)
    answers = at_once(20, lambda number: rate(busy, level=number % 3 + 3).status_code)
    assert sorted(answers) == [201] + [409] * 19
    assert len(busy.emitted(events.RatingSubmitted)) == 1


@pytest.mark.rule("FEE-27")
def test_handlers_a_and_b_answer_the_same_letter_once(busy: Bench) -> None:
    number = send(busy).get_json()["letter_no"]
    opened = at_once(4, lambda n: act(busy, (HANDLER_A, HANDLER_B)[n % 2], number, "opening").status_code)
    assert sorted(opened) == [200] + [409] * 3
    contacts = at_once(4, lambda _: act(busy, HANDLER_A, number, "contact", contacted_at=CONTACT).status_code)
    assert sorted(contacts) == [200] + [409] * 3
    answers = at_once(
        6, lambda n: act(busy, (HANDLER_A, HANDLER_B)[n % 2], number, "answer", text=f"答复{n}").status_code
    )
    assert sorted(answers) == [200] + [409] * 5
    assert (Answer.select().count(), len(busy.emitted(events.LetterAnswered))) == (1, 1)


@pytest.mark.rule("FEE-27")
@pytest.mark.rule("FEE-31")
def test_a_letter_goes_one_way_when_two_are_wanted(busy: Bench) -> None:
    number = send(busy).get_json()["letter_no"]
    ways: list[Any] = [
        lambda: act(busy, HANDLER_A, number, "transfer", to_org=OTHER, reason="不属本单位"),
        lambda: act(busy, HANDLER_B, number, "opening", first_contact_at=CONTACT),
    ]
    at_once(2, lambda n: ways[n]().status_code)
    moved = len(busy.emitted(events.LetterTransferred)) + len(busy.emitted(events.LetterOpened))
    assert moved == 1
    second = send(busy).get_json()["letter_no"]
    act(busy, HANDLER_A, second, "opening", first_contact_at=CONTACT)
    special = {"reason": "须调查", "interim_answer": "正在核实"}
    assert (
        sorted(at_once(4, lambda _: act(busy, LEADER, second, "extension", **special).status_code)) == [200] + [409] * 3
    )
    act(busy, HANDLER_A, second, "answer", text="已整改")
    verdicts = at_once(
        6, lambda n: act(busy, CITIZEN, second, "satisfaction", satisfied=n % 2 == 0, reason="没有回答").status_code
    )
    assert sorted(verdicts) == [200] + [409] * 5
    ended = [*busy.emitted(events.LetterClosed), *busy.emitted(events.LetterReopened)]
    assert len(ended) == 1
