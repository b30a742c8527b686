"""What filing hands to other services and hears from them: pushes to supervision, visits, ratings, duties."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.commands import notifier as commands
from contracts.events import feedback, filing, supervision
from tests.filing.hall import ITEM, JOINT, ORG, WATCH, Hall, know_orgs
from tests.support import Caller, staff

OURS, THEIRS = staff("coordinator", ORG), staff("coordinator", WATCH)


# --- pushes to supervision --------------------------------------------------------------------------------------------


def confirm(hall: Hall, case_no: str, kind: str = "completed", org: str = WATCH) -> Any:
    data = {
        "case_id": hall.row(case_no).id,
        "case_no": case_no,
        "supervising_org": org,
        "push_kind": kind,
        "pushed_event": "event-1",
        "acknowledged_at": "2026-03-02T11:00:00+08:00",
    }
    return hall.bench.deliver(supervision.PushAcknowledged, hall.row(case_no).id, data)


def difference(hall: Hall, who: Caller = OURS, **query: Any) -> list[tuple[str, str, int]]:
    answer = hall.call(who, "GET", "/pushes", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return [(row["case_no"], row["kind"], row["repeats"]) for row in answer.get_json()["items"]]


@pytest.mark.rule("SUP-03", "AMB-39")
def test_what_supervision_has_not_confirmed_is_sent_again_to_it_alone_every_hour(hall: Hall) -> None:
    case_no = hall.granted("commit")
    first = hall.bench.emitted(filing.CaseCompleted)[0]
    hall.sweep("2026-03-02 10:59:59")
    assert hall.bench.emitted(filing.CaseCompletedRepeated) == []
    for at in ("2026-03-02 11:00", "2026-03-02 11:00", "2026-03-02 11:59:59", "2026-03-02 12:00"):
        hall.sweep(at)
    again = hall.bench.emitted(filing.CaseCompletedRepeated)
    assert [event.data for event in again] == [first.data | {"repeats": 1}, first.data | {"repeats": 2}]
    assert filing.CaseCompletedRepeated.consumers == ("supervision",), "nobody else is told twice"
    assert len(hall.bench.emitted(filing.CaseCompleted)) == 1
    assert difference(hall) == difference(hall, THEIRS) == [(case_no, "completed", 2)]
    hall.bench.redeliver(confirm(hall, case_no))
    hall.sweep("2026-03-03 10:00")
    assert len(hall.bench.emitted(filing.CaseCompletedRepeated)) == 2
    assert difference(hall) == [] and difference(hall, confirmed=True) == [(case_no, "completed", 2)]
    history = hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()["items"]
    assert [row["verb"] for row in history].count("supervision.push.acknowledged") == 1


@pytest.mark.rule("SUP-03", "FIL-46")
def test_each_office_confirms_each_push_for_itself(hall: Hall) -> None:
    other = "TZJ046-JG"
    hall.change_guide(supervising_orgs=[WATCH, other])
    case_no = hall.granted("commit")
    hall.rectification_failed(case_no)
    confirm(hall, case_no)
    confirm(hall, case_no, "revoked", other)
    hall.sweep("2026-03-02 11:00")
    again = hall.bench.emitted(filing.CaseCompletedRepeated) + hall.bench.emitted(filing.CaseRevokedRepeated)
    assert [(event.type, event.supervising_orgs) for event in again] == [
        ("filing.case.completed_repeated", [other]),
        ("filing.case.revoked_repeated", [WATCH]),
    ]
    assert len(difference(hall)) == 2 and len(difference(hall, THEIRS)) == 1
    with clock_at("2026-03-02 11:30"):
        confirm(hall, case_no, "completed", other)
        confirm(hall, case_no, "revoked")
    assert difference(hall) == []


@pytest.mark.rule("SUP-03", "ID-35")
def test_the_difference_is_seen_by_the_coordinators_of_both_sides_and_by_those_who_oversee_them(hall: Hall) -> None:
    case_no = hall.granted()
    whole = [(case_no, "completed", 0)]
    assert difference(hall, staff("auditor", "TZJ077")) == difference(hall, staff("service_office", "*")) == whole
    assert difference(hall, staff("coordinator", "TZJ046-SP")) == []
    assert difference(hall, staff("coordinator", ORG, ["another-item"])) == []
    assert hall.call(hall.clerk, "GET", "/pushes").status_code == 403


# --- ratings ----------------------------------------------------------------------------------------------------------


def rate(hall: Hall, event_type: Any, case_no: str, level: int, source: str, **moment: str) -> Any:
    data = {
        "rating_id": "rating-1",
        "case_id": hall.row(case_no).id,
        "case_no": case_no,
        "item_code": ITEM,
        "handling_org": ORG,
        "level": level,
        "rating_source": source,
        "rating_channel": "online",
        "subject_ref": hall.citizen.ref,
        "subject_type": "person",
        "subject_name_masked": "样*",
    }
    return hall.bench.deliver(event_type, "rating-1", data | moment)


@pytest.mark.rule("FIL-17", "FIL-47")
def test_a_rated_case_says_so_in_list_and_detail_and_is_not_to_be_rated_again(hall: Hall) -> None:
    case_no = hall.granted()
    (before,) = hall.call(hall.citizen, "GET", "/cases?tab=closed").get_json()["items"]
    assert (before["rateable"], before["rating"]) == (True, None)
    given = {"submitted_at": "2026-03-03T10:00:00+08:00"}
    hall.bench.redeliver(rate(hall, feedback.RatingSubmitted, case_no, 5, "user", **given))
    (row,) = hall.call(hall.citizen, "GET", "/cases?tab=closed").get_json()["items"]
    detail = hall.get(case_no, hall.clerk)
    assert row["rating"] == detail["rating"] == {"level": 5, "source": "user"} and row["rateable"] is False


@pytest.mark.rule("FIL-17")
def test_a_default_gives_way_to_the_applicants_rating_in_whatever_order_they_come(hall: Hall) -> None:
    given, silent = {"submitted_at": "2026-03-11T10:00:00+08:00"}, {"defaulted_at": "2026-03-10T00:00:00+08:00"}
    for order in ((0, 1), (1, 0)):
        case_no = hall.granted()
        for step in order:
            if step:
                rate(hall, feedback.RatingSubmitted, case_no, 2, "user", **given)
            else:
                rate(hall, feedback.RatingDefaulted, case_no, 3, "system_default", **silent)
        assert hall.get(case_no)["rating"] == {"level": 2, "source": "user"}


# --- duties of the day ------------------------------------------------------------------------------------------------


def reminded(hall: Hall, at: str) -> dict[str, dict[str, str]]:
    """What each post is told by the reminders of this moment."""
    before = len(hall.bench.emitted(commands.SendSms))
    hall.sweep(at)
    return {event.recipient: event.params for event in hall.bench.emitted(commands.SendSms)[before:]}


@pytest.mark.rule("FIL-90")
def test_every_working_morning_each_post_is_told_what_waits_for_it_and_what_ends_today(hall: Hall) -> None:
    know_orgs(hall.bench, ORG, "TZJ040-SP")
    hall.submitted()  # the notice of correction ends on 03-09
    hall.accepted()  # the committed limit ends on 03-16
    hall.reviewed()
    joint = hall.accepted(item=JOINT)
    hall.do(hall.reviewer, joint, "examination")
    assert reminded(hall, "2026-03-03 08:29:59") == {}
    told = reminded(hall, "2026-03-03 08:30")
    assert told == {
        f"role:window_clerk@{ORG}": counts(receive=0, accept=1, correction=0, deliver=0),
        f"role:reviewer@{ORG}": counts(review=2, suspended=0, check=0, opinion=0, report=0),
        f"role:decider@{ORG}": counts(decide=1, suspended=0, revoke=0),
        "role:reviewer@TZJ040-SP": counts(review=0, suspended=0, check=0, opinion=1, report=0),
    }
    assert reminded(hall, "2026-03-03 17:00") == {}
    late = reminded(hall, "2026-03-09 08:30")  # a long silence brings one reminder, of this day
    assert late[f"role:window_clerk@{ORG}"]["ends_today"] == "1"
    late = reminded(hall, "2026-03-17 08:30")
    assert (late[f"role:reviewer@{ORG}"]["overdue"], late[f"role:decider@{ORG}"]["overdue"]) == ("3", "1")


def counts(**numbers: int) -> dict[str, str]:
    return {name: str(number) for name, number in (numbers | {"ends_today": 0, "overdue": 0}).items()}


@pytest.mark.rule("FIL-90")
def test_nobody_is_reminded_on_a_day_off_or_of_nothing(hall: Hall) -> None:
    know_orgs(hall.bench, ORG)
    assert reminded(hall, "2026-03-03 08:30") == {}
    hall.submitted()
    with clock_at("2026-03-06 09:00"):  # a Friday
        hall.sweep()
    assert reminded(hall, "2026-03-08 23:59") == {}
    assert list(reminded(hall, "2026-03-09 08:30")) == [f"role:window_clerk@{ORG}"]
