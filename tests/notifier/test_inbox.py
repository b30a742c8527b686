"""People write to one another inside the hall; notices reach all of a kind; both know who has read them."""

from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import filing
from services.notifier.models import InboxMessage, Note
from tests.notifier.conftest import API, CITIZEN, Office
from tests.support import at_once, legal, person, staff

ORG = "TZJ049-SP"
WRITER, COLLEAGUE = staff("reviewer", ORG), staff("window_clerk", ORG)
CASE = "20260302100000000001"


def write(office: Office, to: list[str], who: Any = WRITER, key: str | None = None, **changes: Any) -> Any:
    body = {"to": to, "title": "请核对材料", "text": "第三页未签字，请联系申请人。"} | changes
    headers = {"Idempotency-Key": key} if key else {}
    return office.bench.client(who).post(f"{API}/me/sent", json=body, headers=headers)


def inbox(office: Office, who: Any) -> list[dict[str, Any]]:
    return office.bench.client(who).get(f"{API}/me/messages").get_json()["items"]


def counts(office: Office, who: Any) -> dict[str, int]:
    return office.bench.client(who).get(f"{API}/me/messages/counts").get_json()


def told(office: Office, number: int = 1, org: str = ORG) -> None:
    """A party has been told about a case by an organisation."""
    event = office.event(
        filing.CaseAccepted, case_no=f"2026030210000000000{number}", subject_ref=CITIZEN, applicant_ref=None
    )
    event.org = org
    office.bench.redeliver(event)


@pytest.mark.rule("FIL-92")
@pytest.mark.rule("NOT-09")
def test_a_message_reaches_persons_and_whoever_holds_the_post_and_shows_who_read_it(office: Office) -> None:
    office.members[f"role:window_manager@{ORG}"] = ["staff:boss", COLLEAGUE.ref]
    office.knows("staff:boss", 1)
    office.knows(COLLEAGUE.ref, 2)
    made = write(office, [COLLEAGUE.ref, f"role:window_manager@{ORG}"], key="k-1")
    assert (made.status_code, made.get_json()["readers"], made.get_json()["read"]) == (201, 2, 0)
    assert write(office, [COLLEAGUE.ref, f"role:window_manager@{ORG}"], key="k-1").get_json() == made.get_json()
    (got,) = inbox(office, COLLEAGUE)
    assert (got["zh"], got["sender_ref"], got["sender_name"]) == ("第三页未签字，请联系申请人。", WRITER.ref, "张*")
    assert counts(office, COLLEAGUE) == {"messages": 1, "important": 0, "notices": 0}
    office.bench.client(COLLEAGUE).post(f"{API}/me/messages/{got['id']}/read")
    assert counts(office, COLLEAGUE)["messages"] == 0
    client = office.bench.client(WRITER)
    (sent,) = client.get(f"{API}/me/sent").get_json()["items"]
    assert (sent["readers"], sent["read"], sent["to"]) == (2, 1, [COLLEAGUE.ref, f"role:window_manager@{ORG}"])
    readers = client.get(f"{API}/me/sent/{sent['id']}/readers").get_json()["items"]
    assert {one["recipient_ref"]: one["read_at"] is not None for one in readers} == {
        COLLEAGUE.ref: True,
        "staff:boss": False,
    }
    assert office.bench.client(COLLEAGUE).get(f"{API}/me/sent/{sent['id']}/readers").status_code == 404
    assert Note.select().count() == 1


@pytest.mark.rule("FIL-92")
def test_a_message_to_nobody_or_while_identity_is_away_is_not_kept(office: Office) -> None:
    vacant = write(office, [f"role:decider@{ORG}"])
    assert (vacant.status_code, vacant.get_json()["rule"]) == (422, "FIL-92")
    office.away = True
    assert write(office, [f"role:decider@{ORG}"]).status_code == 503
    assert (Note.select().count(), InboxMessage.select().count()) == (0, 0)


@pytest.mark.rule("FIL-92")
@pytest.mark.rule("NOT-09")
def test_a_citizen_is_written_to_only_about_an_own_case_and_may_answer_once(office: Office) -> None:
    told(office)
    told(office, 2, org="TZJ001")
    assert write(office, [CITIZEN]).status_code == 403
    assert write(office, [CITIZEN], case_no="20260302100000000002").status_code == 403
    assert write(office, [CITIZEN, "person:stranger"], case_no=CASE).status_code == 403
    assert office.bench.client(person(CITIZEN)).post(f"{API}/me/sent", json={}).status_code == 403
    assert write(office, [CITIZEN], case_no=CASE).status_code == 201
    got = next(one for one in inbox(office, person(CITIZEN)) if one["sender_ref"])
    system = next(one for one in inbox(office, person(CITIZEN)) if not one["sender_ref"])
    client = office.bench.client(person(CITIZEN))
    assert client.post(f"{API}/me/messages/{system['id']}/answer", json={"text": "好"}).status_code == 409
    stranger = office.bench.client(legal())
    assert stranger.post(f"{API}/me/messages/{got['id']}/answer", json={"text": "好"}).status_code == 404

    def reply(number: int) -> int:
        return client.post(f"{API}/me/messages/{got['id']}/answer", json={"text": "明天来补签。"}).status_code

    assert sorted(at_once(2, reply)) == [201, 409]
    (answer,) = inbox(office, WRITER)
    assert (answer["title_zh"], answer["case_no"], answer["sender_ref"]) == ("回复：请核对材料", CASE, CITIZEN)


@pytest.mark.rule("NOT-04")
def test_what_people_write_loses_numbers_and_links_too(office: Office) -> None:
    text = "证件120101199001010015，见http://evil.example/x\u202e"
    assert write(office, [COLLEAGUE.ref], text=text).status_code == 201
    assert inbox(office, COLLEAGUE)[0]["zh"] == "证件1201**********0015，见"


def publish(office: Office, who: Any, **changes: Any) -> Any:
    body = {
        "title": "系统维护",
        "text": "周六晚暂停服务。",
        "audience": "staff",
        "from_date": "2026-03-02",
        "until_date": "2026-03-06",
    }
    return office.bench.client(who).post(f"{API}/notices", json=body | changes)


@pytest.mark.rule("FIL-92")
def test_a_notice_reaches_all_of_its_kind_while_it_holds(office: Office) -> None:
    office_of_all = staff("service_office", "TZJ077")
    made = publish(office, office_of_all).get_json()
    publish(office, office_of_all, audience="everybody", title="春节放假")

    def shown(who: Any) -> list[str]:
        return [one["title"] for one in office.bench.client(who).get(f"{API}/me/notices").get_json()["items"]]

    assert (shown(WRITER), shown(person())) == (["春节放假", "系统维护"], ["春节放假"])
    client = office.bench.client(WRITER)
    for _ in range(2):
        assert client.post(f"{API}/me/notices/{made['id']}/read").status_code == 204
    assert office.bench.client(person()).post(f"{API}/me/notices/{made['id']}/read").status_code == 404
    assert counts(office, WRITER)["notices"] == 1
    assert [one["title"] for one in client.get(f"{API}/me/notices?unread=true").get_json()["items"]] == ["春节放假"]
    listed = office.bench.client(office_of_all).get(f"{API}/notices").get_json()["items"]
    assert {one["title"]: one["reads"] for one in listed} == {"系统维护": 1, "春节放假": 0}
    with clock_at("2026-03-06 23:59"):
        assert len(shown(WRITER)) == 2
    with clock_at("2026-03-07 00:00"):
        assert shown(WRITER) == []
    assert office.bench.client(office_of_all).post(f"{API}/notices/{made['id']}/withdrawal").status_code == 200
    assert shown(WRITER) == ["春节放假"]


@pytest.mark.rule("FIL-92")
def test_a_leader_tells_only_the_own_organisation(office: Office) -> None:
    boss = staff("window_manager", ORG)
    assert publish(office, boss, org=ORG).status_code == 201
    assert publish(office, boss).status_code == 403
    assert publish(office, boss, org="TZJ001").status_code == 403
    assert publish(office, boss, org=ORG, audience="everybody").status_code == 403
    assert publish(office, boss, org=ORG, until_date="2026-03-01").status_code == 422
    assert publish(office, WRITER, org=ORG).status_code == 403
    shown = [counts(office, who)["notices"] for who in (COLLEAGUE, staff("reviewer", "TZJ001"), person())]
    assert shown == [1, 0, 0]
    mine = office.bench.client(boss).get(f"{API}/notices").get_json()["items"][0]
    other = office.bench.client(staff("window_manager", "TZJ001"))
    assert other.post(f"{API}/notices/{mine['id']}/withdrawal").status_code == 403
