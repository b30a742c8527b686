"""Electronic supervision from events alone: breaches, orders, figures, the public board."""

import csv
import io
import itertools
import random
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import catalog, feedback, filing, identity
from contracts.events import supervision as events
from tests.supervision.conftest import APPROVER, OFFICE, ROOT, SUPERVISOR, case, completed, example, revoked
from tests.support import Bench, staff

AUDITOR = staff("auditor", "TZJ077")
LEADER = staff("unit_leader", APPROVER, ref="staff:leader")
ITEM = "000149032000"


def filed(event_type: type[Any], number: int = 1, **changes: Any) -> dict[str, Any]:
    """Data of an event of a case of ours, its own part from the golden example."""
    return example(event_type.type) | case(number, status="reviewing") | changes


def life(bench: Bench, number: int = 1, **changes: Any) -> list[Any]:
    """The events of a case from its submission to its completion."""
    kinds = [filing.CaseSubmitted, filing.CaseAccepted, filing.CaseReviewed]
    found = [bench.event(kind, f"case-{number}", filed(kind, number), sequence=n) for n, kind in enumerate(kinds, 1)]
    return [*found, bench.event(filing.CaseCompleted, f"case-{number}", completed(number, **changes), sequence=9)]


def breaches(bench: Bench) -> list[tuple[str, str]]:
    items = bench.client(AUDITOR).get(f"{ROOT}/violations").get_json()["items"]
    return sorted((row["kind"], row["what"]) for row in items)


def late(bench: Bench, kind: str = "committed", number: int = 1, **envelope: Any) -> Any:
    data = filed(filing.DeadlineOverdue, number, deadline_kind=kind, responsible_org=APPROVER)
    return bench.event(filing.DeadlineOverdue, f"case-{number}", data, **({"sequence": 4} | envelope))


def shown(bench: Bench, caller: Any = AUDITOR) -> list[dict[str, Any]]:
    return bench.client(caller).get(f"{ROOT}/orders").get_json()["items"]


# --- breaches ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-31")
def test_a_visit_too_many_is_a_breach_of_the_window_once_and_stays_one(office: Bench) -> None:
    told = office.deliver(filing.CaseVisitsExceeded, "case-1", filed(filing.CaseVisitsExceeded))
    office.redeliver(told, *life(office))
    assert breaches(office) == [("over_visits", "onsite_visits")]


@pytest.mark.rule("SUP-30", "SUP-33")
def test_what_is_against_the_procedure_is_found_in_whatever_order_it_is_told(office: Bench) -> None:
    for number, order in enumerate(itertools.permutations(range(4)), 2):
        told = life(office, number)
        office.redeliver(*(told[place] for place in order))
        assert breaches(office) == []
    told = [event for event in life(office) if event.type != filing.CaseAccepted.type]
    told += [office.event(filing.CaseExtended, "case-1", filed(filing.CaseExtended), sequence=n) for n in (5, 6)]
    random.Random(7).shuffle(told)
    office.redeliver(*told, *told)
    assert breaches(office) == [
        ("wrong_order", "decided_before_acceptance"),
        ("wrong_order", "extended_twice"),
        ("wrong_order", "reviewed_before_acceptance"),
    ]


@pytest.mark.rule("SUP-30")
def test_acts_after_the_decision_and_revocations_without_one_are_against_the_procedure(office: Bench) -> None:
    office.redeliver(*life(office))
    office.deliver(filing.CaseExtended, "case-1", filed(filing.CaseExtended), sequence=10)
    office.deliver(filing.CaseSubmitted, "case-2", filed(filing.CaseSubmitted, 2))
    office.deliver(filing.CaseRevoked, "case-2", revoked(2), sequence=2)
    assert breaches(office) == [("wrong_order", "handled_after_decision"), ("wrong_order", "revoked_without_decision")]


@pytest.mark.rule("SUP-30")
@pytest.mark.parametrize("first", ["item", "case"])
def test_an_office_that_decides_what_is_not_its_own_goes_beyond_its_authority(office: Bench, first: str) -> None:
    guide = {"item_code": ITEM, "item_version": 1, "approving_org": "TZJ046-SP", "supervising_orgs": [OFFICE]}
    item = office.event(catalog.ItemPublished, ITEM, example("catalog.item.published") | guide)
    told = [item, *life(office)]
    office.redeliver(*(told if first == "item" else reversed(told)))
    assert breaches(office) == [("over_authority", "not_the_office_of_the_item")]
    later = office.event(catalog.ItemChanged, ITEM, example("catalog.item.changed") | guide | {"item_version": 2})
    office.redeliver(later, *life(office, 2))
    assert len(breaches(office)) == 2


@pytest.mark.rule("SUP-30")
@pytest.mark.parametrize(
    ("grant", "taken", "breach"),
    [
        ({"role": "decider", "org_code": APPROVER}, None, False),
        ({"role": "reviewer", "org_code": APPROVER}, None, True),
        ({"role": "decider", "org_code": OFFICE}, None, True),
        ({"role": "decider", "org_code": APPROVER, "item_codes": ["another"]}, None, True),
        ({"role": "decider", "org_code": APPROVER, "valid_until": "2026-08-31"}, None, True),
        ({"role": "decider", "org_code": APPROVER}, "2026-09-01T09:59:59+08:00", True),
        ({"role": "decider", "org_code": APPROVER}, "2026-09-01T10:00:01+08:00", False),
    ],
)
def test_who_decides_without_the_grant_goes_beyond_authority(
    office: Bench, grant: dict[str, Any], taken: str | None, breach: bool
) -> None:
    data = example("identity.staff.granted") | {"staff_ref": "staff:decider", "valid_from": "2026-03-02"} | grant
    given = office.event(identity.StaffGranted, data["grant_id"], data)
    told = [given, *life(office)]
    if taken:
        lost = {key: value for key, value in data.items() if not key.startswith("valid_")} | {"revoked_at": taken}
        told.append(office.event(identity.StaffRevoked, data["grant_id"], lost, sequence=2))
    expected = [("over_authority", "decided_without_grant")] if breach else []
    office.redeliver(*reversed(told))
    assert breaches(office) == expected
    office.redeliver(*told)
    assert breaches(office) == expected


@pytest.mark.rule("SUP-30", "SUP-20", "SUP-14")
def test_the_offices_of_supervision_are_watched_too(office: Bench) -> None:
    office.deliver(filing.CaseCompleted, "case-1", completed())
    office.sweep("2026-09-05 00:00")
    found = {"kind": "violation", "case_no": case()["case_no"], "description": "超范围经营"}
    with clock_at("2026-09-21 09:00"):
        body = found | {"discovered_at": "2026-09-18T15:00:00+08:00"}
        assert office.client(SUPERVISOR).post(f"{ROOT}/findings", json=body).get_json()["late"]
    assert breaches(office) == [("over_time", "finding"), ("over_time", "task.start")]


# --- orders -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("SUP-31", "SUP-33")
def test_what_is_overdue_is_pursued_by_an_order_until_the_matter_is_done(office: Bench) -> None:
    event = late(office)
    office.redeliver(event, event)
    issued = office.emitted(events.OrderIssued)
    assert [(e.data["kind"], e.data["target_org"], e.data["case_id"], e.data["due"]) for e in issued] == [
        ("overdue", APPROVER, "case-1", "2026-09-04")
    ]
    assert issued[0].data["issued_by"] == "service:supervision"
    office.sweep("2026-09-05 00:00")
    assert [(row["state"], row["overdue"]) for row in shown(office)] == [("issued", True)]
    office.redeliver(*life(office))
    assert [row["state"] for row in shown(office)] == ["closed"]


@pytest.mark.rule("SUP-31", "T38")
def test_the_orders_do_not_depend_on_which_news_comes_first(office: Bench) -> None:
    kinds = (("committed", 4), ("delivery", 10))  # the second limit begins with the decision
    unseen = example("filing.case.view_overdue")
    outcomes = []
    for number, turned in ((1, False), (2, True)):
        told = [*life(office, number), *(late(office, kind, number, sequence=n) for kind, n in kinds)]
        told.append(office.event(filing.CaseViewOverdue, f"case-{number}", unseen | case(number), sequence=3))
        told.sort(key=lambda event: event.sequence, reverse=turned)
        office.redeliver(*told, *told)
        mine = [row for row in shown(office) if row["case_no"] == case(number)["case_no"]]
        outcomes.append(sorted((row["content"], row["state"]) for row in mine))
    assert outcomes[0] == outcomes[1]
    assert [state for _, state in outcomes[0]] == ["closed", "issued", "closed"]
    assert len(office.emitted(events.OrderIssued)) == 6


@pytest.mark.rule("SUP-31", "T38")
@pytest.mark.parametrize("turned", [False, True])
def test_the_second_answer_that_is_owed_is_pursued_although_the_first_was_given(office: Bench, turned: bool) -> None:
    rating = example("feedback.rating.reply_overdue")
    told = [
        office.event(feedback.RatingReplyOverdue, rating["rating_id"], rating, sequence=2),
        office.event(feedback.RatingReplied, rating["rating_id"], example("feedback.rating.replied"), sequence=3),
        office.event(feedback.RatingReplyOverdue, rating["rating_id"], rating, sequence=5),
    ]
    office.redeliver(*(reversed(told) if turned else told))
    assert sorted(row["state"] for row in shown(office)) == ["closed", "issued"]
    second = office.event(feedback.RatingReplied, rating["rating_id"], example("feedback.rating.replied"), sequence=6)
    office.redeliver(second)
    assert {row["state"] for row in shown(office)} == {"closed"}


@pytest.mark.rule("SUP-30")
def test_a_limit_of_the_party_is_no_breach_of_an_office(office: Bench) -> None:
    office.redeliver(late(office, "commitment"))
    assert (breaches(office), office.emitted(events.OrderIssued)) == ([], [])


@pytest.mark.rule("SUP-31")
def test_an_order_about_a_letter_or_a_rating_ends_with_the_answer(office: Bench) -> None:
    letter, rating = example("feedback.letter.overdue"), example("feedback.rating.reply_overdue")
    office.deliver(feedback.LetterOverdue, letter["letter_id"], letter, sequence=2)
    office.deliver(feedback.RatingReplyOverdue, rating["rating_id"], rating, sequence=2)
    issued = [(e.data.get("letter_no"), e.data.get("rating_id")) for e in office.emitted(events.OrderIssued)]
    assert issued == [(letter["letter_no"], None), (None, rating["rating_id"])]
    office.deliver(feedback.LetterAnswered, letter["letter_id"], example("feedback.letter.answered"), sequence=3)
    office.deliver(feedback.RatingReplied, rating["rating_id"], example("feedback.rating.replied"), sequence=3)
    assert {row["state"] for row in shown(office)} == {"closed"}


@pytest.mark.rule("SUP-31")
@pytest.mark.parametrize("kind", ["suggestion", "major_matter"])
def test_an_order_by_hand_is_answered_by_the_units_leader_and_closed_by_who_watches(office: Bench, kind: str) -> None:
    office.redeliver(*life(office))
    body = {"kind": kind, "target_org": APPROVER, "content": "请报送整改方案", "case_no": case()["case_no"]}
    assert office.client(LEADER).post(f"{ROOT}/orders", json=body).status_code == 403
    order = office.client(AUDITOR).post(f"{ROOT}/orders", json=body).get_json()["id"]
    assert [e.data["case_id"] for e in office.emitted(events.OrderIssued)] == ["case-1"]
    stranger = office.client(staff("unit_leader", "TZJ046-SP"))
    assert stranger.post(f"{ROOT}/orders/{order}/answer", json={"text": "已报送"}).status_code == 403
    answered = office.client(LEADER).post(f"{ROOT}/orders/{order}/answer", json={"text": "已报送"}).get_json()
    assert (answered["state"], answered["answered_by"]) == ("answered", "staff:leader")
    assert office.client(AUDITOR).post(f"{ROOT}/orders/{order}/closing", json={"text": "同意"}).status_code == 200
    assert office.client(AUDITOR).post(f"{ROOT}/orders/{order}/closing", json={"text": "同意"}).status_code == 409
    assert len(shown(office, LEADER)) == 1
    assert stranger.get(f"{ROOT}/orders").get_json()["items"] == []


# --- figures ----------------------------------------------------------------------------------------------------------


def month(bench: Bench, item: str, elapsed: list[int], first: int = 1) -> None:
    """Cases of an item that were completed on 2026-09-01 after so many working days, in shuffled order."""
    told = []
    for number, days in enumerate(elapsed, first):
        changes = {"item_code": item, "elapsed_wd": days, "supervising_orgs": [OFFICE]}
        told.append(bench.event(filing.CaseCompleted, f"case-{number}", completed(number, **changes), sequence=9))
    random.Random(3).shuffle(told)
    bench.redeliver(*told, *told)


@pytest.mark.rule("SUP-32", "SUP-33")
def test_the_figures_count_every_case_once_whatever_the_order(office: Bench) -> None:
    month(office, ITEM, [2, 4, 8])
    told = [
        office.event(filing.CaseCorrectionRequested, "case-1", filed(filing.CaseCorrectionRequested, 1, round=1)),
        office.event(filing.CaseReturned, "case-2", filed(filing.CaseReturned, 2, returns=1)),
        late(office, number=1),
    ]
    about = {"handling_org": APPROVER, "item_code": ITEM}
    told += [
        office.event(feedback.RatingSubmitted, "r-1", example("feedback.rating.submitted") | about),
        office.event(feedback.RatingNegative, "r-1", example("feedback.rating.negative") | about, sequence=2),
        office.event(
            feedback.RatingSubmitted, "r-2", example("feedback.rating.submitted") | about | {"rating_id": "r-2"}
        ),
        office.event(
            feedback.RatingDefaulted, "r-3", example("feedback.rating.defaulted") | about | {"rating_id": "r-3"}
        ),
        office.event(feedback.LetterAnswered, "l-1", example("feedback.letter.answered") | about, sequence=3),
        office.event(feedback.LetterOverdue, "l-1", example("feedback.letter.overdue") | about, sequence=2),
        office.event(feedback.LetterAnswered, "l-2", example("feedback.letter.answered") | about | {"letter_no": "L2"}),
    ]
    random.Random(5).shuffle(told)
    office.redeliver(*told, *told)
    for by, key in (("org", APPROVER), ("item", ITEM)):
        answer = office.client(AUDITOR).get(f"{ROOT}/performance", query_string={"by": by}).get_json()
        assert answer["items"] == [
            {
                "key": key,
                "handled": 3,
                "on_time_rate": 0.3333,  # one took 8 of 5 days, another passed its limit on the way
                "average_wd": 4.6667,
                "average_committed_wd": 5.0,
                "average_statutory_wd": 10.0,
                "correction_rate": 0.3333,
                "return_rate": 0.3333,
                "ratings": 2,
                "negative_rate": 0.5,
                "letters": 2,
                "letters_on_time_rate": 0.5,
                "pushed": 3,
                "push_on_time_rate": 1.0,
            }
        ]


@pytest.mark.rule("SUP-32")
@pytest.mark.parametrize("turned", [False, True])
def test_a_letter_counts_in_the_month_in_which_it_came(office: Bench, turned: bool) -> None:
    received, answered = (example(f"feedback.letter.{what}") for what in ("received", "answered"))
    told = [
        office.event(feedback.LetterReceived, "l-1", received, time="2026-08-31T10:00:00+08:00"),
        office.event(feedback.LetterAnswered, "l-1", answered, sequence=2),
    ]
    office.redeliver(*(reversed(told) if turned else told))
    months = {"first": "2026-08-01", "last": "2026-08-31"}, {"first": "2026-09-01", "last": "2026-09-30"}
    asked = [office.client(AUDITOR).get(f"{ROOT}/performance", query_string=days).get_json() for days in months]
    assert [[row["letters"] for row in answer["items"]] for answer in asked] == [[1], []]


@pytest.mark.rule("SUP-32")
def test_figures_of_persons_are_internal_and_leaders_see_their_own_unit(office: Bench) -> None:
    month(office, ITEM, [2, 4])
    path = f"{ROOT}/performance?by=person"
    seen = office.client(LEADER).get(path).get_json()["items"]
    assert [(row["key"], row["handled"]) for row in seen] == [("staff:decider", 2)]
    assert office.client(staff("unit_leader", "TZJ046-SP")).get(path).get_json()["items"] == []
    assert office.client(SUPERVISOR).get(path).status_code == 403
    assert office.client().get(path).status_code == 401
    with clock_at("2026-10-01 09:00"):
        assert "staff:" not in office.client().get(f"{ROOT}/board").text


@pytest.mark.rule("SUP-32")
def test_the_board_shows_real_percentiles_to_everybody_and_leaves_out_small_numbers(office: Bench) -> None:
    month(office, ITEM, [1, 1, 2, 2, 3, 3, 4, 5, 9, 30])
    month(office, "000149099000", [1, 1, 1, 1], first=11)
    for number, seconds in enumerate([60, 120, 180, 240, 900], 1):
        viewed = filed(filing.CaseViewed, number, waited_seconds=seconds)
        office.deliver(filing.CaseViewed, f"case-{number}", viewed, sequence=2)
    office.redeliver(late(office))
    assert office.client().get(f"{ROOT}/board?month=2026-09").status_code == 422  # not closed yet
    with clock_at("2026-10-01 00:00"):
        board = office.client().get(f"{ROOT}/board").get_json()
        table = office.client().get(f"{ROOT}/board.csv?month=2026-09")
    assert (board["month"], board["least_cases"]) == ("2026-09", 5)
    assert board["items"] == [
        {
            "item_code": ITEM,
            "item_name": "食品经营许可",
            "cases": 10,
            "p50_wd": 3,
            "p90_wd": 9,
            "correction_rate": 0.0,
            "overdue": 1,
            "viewed": 5,
            "view_p50_seconds": 180,
            "view_p90_seconds": 900,
            "ratings": None,
            "negative_rate": None,
            "pushed": 10,
            "push_on_time_rate": 1.0,
        }
    ]
    assert table.content_type.startswith("text/csv")
    [row] = csv.DictReader(io.StringIO(table.text))
    assert (row["item_code"], row["p90_wd"], row["ratings"]) == (ITEM, "9", "")
