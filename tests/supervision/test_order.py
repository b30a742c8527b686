"""What supervision holds does not depend on the order in which it hears, nor on how often."""

import random
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import credit, feedback, filing
from services.supervision.models import EndedCase, KeyTarget, Order, Push, Task, Violation, WatchedCase, WatchedVoice
from tests.supervision.conftest import APPROVER, case, completed, example, revoked
from tests.support import Bench


def history(office: Bench, number: int) -> list[Any]:
    """All that is told of a case that was late, granted, revoked; of its party; of a letter and a rating about it."""
    ref, mine = f"legal:{number}", f"case-{number}"
    party = {"subject_ref": ref, "subject_type": "legal"}
    about = case(number, **party)
    told: list[tuple[type[Any], str, dict[str, Any]]] = [
        (filing.CaseSubmitted, mine, about),
        (filing.DeadlineOverdue, mine, about | {"deadline_kind": "committed", "responsible_org": APPROVER}),
        (filing.CaseCompleted, mine, completed(number, **party)),
        (filing.DeadlineOverdue, mine, about | {"deadline_kind": "delivery", "responsible_org": APPROVER}),
        (filing.CaseRevoked, mine, revoked(number, **party)),
        (credit.SubjectListed, ref, party | {"status": "listed"}),
        (credit.SubjectUpgraded, ref, party | {"status": "serious"}),
        (credit.SubjectRestored, ref, party | {"status": "listed"}),
        (credit.SubjectUpgraded, ref, party | {"status": "serious"}),
        *(
            (kind, f"letter-{number}", {"letter_no": f"L{number}"})
            for kind in (feedback.LetterReceived, feedback.LetterOverdue, feedback.LetterAnswered)
        ),
        *(
            (kind, f"rating-{number}", {"rating_id": f"rating-{number}"})
            for kind in (feedback.RatingReplyOverdue, feedback.RatingReplied, feedback.RatingReplyOverdue)
        ),
    ]
    return [
        office.event(kind, subject, example(kind.type) | data, sequence=sequence)
        for sequence, (kind, subject, data) in enumerate(told, 1)
    ]


def held(number: int) -> Any:
    """Everything that supervision keeps of it, without what is minted anew for each row."""
    mine, ref = f"case-{number}", f"legal:{number}"
    voices = (f"L{number}", f"rating-{number}")
    [task] = Task.select().where(Task.case_id == mine)
    [watched] = WatchedCase.select().where(WatchedCase.case_id == mine)
    about = (Order.case_id == mine) | (Order.letter_no == voices[0]) | (Order.rating_id == voices[1])
    return (
        (task.state, task.priority, task.end_reason[:5]),
        sorted(push.kind for push in Push.select().where(Push.case_id == mine)),
        [row.reason[:5] for row in EndedCase.select().where(EndedCase.case_id == mine)],
        [(row.serious, row.sequence) for row in KeyTarget.select().where(KeyTarget.subject_ref == ref)],
        sorted(row.what for row in Violation.select().where(Violation.case_id == mine)),
        sorted((order.content, order.state, order.sequence) for order in Order.select().where(about)),
        (watched.steps, watched.decided_by, watched.overdue, watched.ended, watched.suspect),
        [
            (row.answered, row.answered_sequence, row.late, row.sequence, row.came_at)
            for row in WatchedVoice.select().where(WatchedVoice.reference.in_(voices)).order_by(WatchedVoice.kind)
        ],
    )


@pytest.mark.rule("T38", "SUP-26", "SUP-27", "SUP-31", "SUP-33")
def test_a_history_told_in_any_order_and_twice_leaves_the_same(office: Bench) -> None:
    outcomes = []
    for number in range(1, 9):
        told = history(office, number)
        if number == 2:
            told.reverse()
        elif number > 2:
            told += random.Random(number).sample(told, 5)
            random.Random(number).shuffle(told)
        with clock_at("2026-09-02 10:00"):
            office.redeliver(*told)
        outcomes.append(held(number))
    first = outcomes[0]
    assert [outcome for outcome in outcomes if outcome != first] == []
    assert (first[0], first[1], first[3]) == (("cancelled", 1, "结果已撤销"), ["completed", "revoked"], [(True, 9)])
    assert sorted(state for _, state, _ in first[5]) == ["closed", "closed", "closed", "issued", "issued"]
