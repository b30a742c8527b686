"""Items from draft to retirement: versions, editors, ETags, and what consumers are told."""

import pytest

from chassis import clock, history
from contracts.events import catalog
from services.catalog.models import Item
from tests.catalog.conftest import (
    API,
    DEVICE,
    FOOD,
    NEW,
    OFFICE_EDITOR,
    OTHER_EDITOR,
    OWN_EDITOR,
    guide_of,
    publish,
)
from tests.support import Bench, pages, peer, person, staff


def test_anybody_reads_the_page_of_an_item(city: Bench) -> None:
    answer = city.client().get(f"{API}/items/{FOOD}")
    page = answer.get_json()
    assert (page["code"], page["version"], page["state"]) == (FOOD, 1, "published")
    assert page["guide"]["region_code"] == "120000" and page["guide"]["materials"]
    assert page["approving_org_name"] == "市市场监管委 政务服务处" and page["effective_from"] == "2026-03-02"
    assert answer.headers["Cache-Control"].startswith("public")


def test_a_reader_who_holds_the_version_gets_304(city: Bench) -> None:
    client = city.client()
    for path in (f"items/{FOOD}", f"items/{FOOD}/versions/1", "calendar/2026", "orgs/TZJ049"):
        tag = client.get(f"{API}/{path}").headers["ETag"]
        assert client.get(f"{API}/{path}", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_of_an_item_costs_one_query(city: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="peewee"):
        city.client().get(f"{API}/items/{FOOD}")
        assert [r.getMessage()[:9] for r in caplog.records if "SELECT" in r.getMessage()] == ["('SELECT "]
        caplog.clear()
        city.client().get(f"{API}/items/{FOOD}/versions/1")
        assert len([r for r in caplog.records if "SELECT" in r.getMessage()]) == 1


def test_an_unknown_item_and_an_unknown_version_are_not_found(city: Bench) -> None:
    for path in ("items/000100000000", f"items/{FOOD}/versions/9", f"items/{FOOD}/versions/0"):
        answer = city.client().get(f"{API}/{path}")
        assert answer.status_code == 404 and answer.get_json()["next"]


@pytest.mark.rule("CAT-24")
def test_a_published_version_never_changes_and_stays_readable(city: Bench) -> None:
    first = city.client().get(f"{API}/items/{DEVICE}/versions/1").get_json()
    document = guide_of() | {"visits_max": 2}
    with clock.clock_at("2026-03-05 09:00"):
        answer = publish(city, document)
    assert answer.get_json()["version"] == 2 and answer.get_json()["changes"] == ["visits_max"]
    again = city.client(peer("filing")).get(f"{API}/items/{DEVICE}/versions/1").get_json()
    assert again["guide"] == first["guide"] and again["state"] == "superseded"
    assert again["effective_to"] == "2026-03-05"
    assert city.client().get(f"{API}/items/{DEVICE}").get_json()["version"] == 2
    rows = list(pages(city.client(), f"{API}/items/{DEVICE}/versions"))
    assert [(row["version"], row["state"]) for row in rows] == [(2, "published"), (1, "superseded")]


@pytest.mark.rule("CAT-24", "CAT-41")
def test_the_event_of_a_first_publication_carries_what_consumers_keep(city: Bench) -> None:
    assert publish(city, guide_of(FOOD, NEW)).status_code == 201
    (event,) = city.emitted(catalog.ItemPublished)
    assert (event.subject, event.org, event.region) == (NEW, "TZJ049-SP", "120000")
    data = event.data
    assert (data["item_version"], data["kind"], data["effective_from"]) == (1, "promise", "2026-03-02")
    assert data["supervising_orgs"] == ["TZJ049-JG"] and data["service_objects"]
    assert data["switches"]["commit"] is True and data["switches"]["same_city"] is True
    assert data["limits"] == {"statutory": 10, "committed": 5, "commit": 1, "unit": "wd"}
    assert data["supervision_kind"] and data["supervision_points"][0]["promise"]
    assert data["halls"] == ["H120000"]


@pytest.mark.rule("CAT-24")
def test_a_later_version_is_told_as_a_change_with_the_elements(city: Bench) -> None:
    assert publish(city, guide_of() | {"visits_max": 0}).status_code == 201
    (event,) = city.emitted()
    assert event.type == "catalog.item.changed"
    assert (event.item_version, event.changes) == (2, ["visits_max"])


@pytest.mark.rule("CAT-31")
def test_a_changed_supervision_standard_is_published_with_its_own_number(city: Bench) -> None:
    document = guide_of()
    document["supervision"]["standard"]["elements"]["frequency"] = "每年至少检查两次"
    publish(city, document)
    (event,) = city.emitted(catalog.SupervisionStandardPublished)
    assert (event.item_code, event.standard_version, event.supervising_org) == (DEVICE, 2, "TZJ049-JG")
    standard = city.client().get(f"{API}/items/{DEVICE}/supervision-standard").get_json()
    assert standard["version"] == 2 and standard["standard"]["elements"]["frequency"] == "每年至少检查两次"


def test_a_draft_is_nobodys_business_but_its_editors(city: Bench) -> None:
    city.client(OWN_EDITOR).post(f"{API}/items", json=guide_of(new_code=NEW))
    assert city.client().get(f"{API}/items/{NEW}").status_code == 404
    assert NEW not in [row["code"] for row in pages(city.client(), f"{API}/items")]
    assert city.client().get(f"{API}/items/{NEW}/draft").status_code == 401
    assert city.client(person()).get(f"{API}/items/{NEW}/draft").status_code == 403
    assert city.client(OTHER_EDITOR).get(f"{API}/items/{NEW}/draft").status_code == 403
    for editor in (OWN_EDITOR, OFFICE_EDITOR, staff("catalog_editor", "TZJ049")):
        assert city.client(editor).get(f"{API}/items/{NEW}/draft").status_code == 200
        assert [row["code"] for row in pages(city.client(editor), f"{API}/drafts")] == [NEW]
    assert list(pages(city.client(OTHER_EDITOR), f"{API}/drafts")) == []


@pytest.mark.rule("CAT-35", "ID-35")
def test_only_editors_of_the_organisation_or_the_office_change_an_item(city: Bench) -> None:
    document = guide_of() | {"visits_max": 2}
    for caller, status in ((None, 401), (person(), 403), (staff("reviewer", "TZJ049-SP"), 403), (OTHER_EDITOR, 403)):
        client = city.client(caller)
        assert client.post(f"{API}/items", json=guide_of(new_code=NEW)).status_code == status
        assert client.put(f"{API}/items/{DEVICE}/draft", json=document).status_code == status
        assert client.post(f"{API}/items/{DEVICE}/publication", json={"change_log": "x"}).status_code == status
        assert client.post(f"{API}/items/{DEVICE}/retirement", json={"reason": "x"}).status_code == status
    assert publish(city, document, OFFICE_EDITOR).status_code == 201


@pytest.mark.rule("CAT-35", "ID-35")
def test_an_editor_of_some_items_edits_only_these(city: Bench) -> None:
    editor = staff("catalog_editor", "TZJ049-SP", [FOOD])
    assert city.client(editor).put(f"{API}/items/{FOOD}/draft", json=guide_of(FOOD)).status_code == 200
    assert city.client(editor).put(f"{API}/items/{DEVICE}/draft", json=guide_of()).status_code == 403


def test_nobody_moves_an_item_to_an_organisation_that_is_not_theirs(city: Bench) -> None:
    document = guide_of() | {"approving_org": "TZJ046-SP"}
    assert city.client(OWN_EDITOR).put(f"{API}/items/{DEVICE}/draft", json=document).status_code == 403


def test_a_draft_is_changed_only_by_who_has_seen_it(city: Bench) -> None:
    client, path = city.client(OWN_EDITOR), f"{API}/items/{NEW}/draft"
    created = client.post(f"{API}/items", json=guide_of(new_code=NEW))
    old = created.headers["ETag"]
    assert client.put(path, json=guide_of(new_code=NEW)).status_code == 428
    saved = client.put(path, json=guide_of(new_code=NEW) | {"visits_max": 2}, headers={"If-Match": old})
    assert saved.status_code == 200 and saved.headers["ETag"] != old
    assert client.put(path, json=guide_of(new_code=NEW), headers={"If-Match": old}).status_code == 412
    publication = f"{API}/items/{NEW}/publication"
    assert client.post(publication, json={"change_log": "x"}, headers={"If-Match": old}).status_code == 412
    assert client.delete(path, headers={"If-Match": old}).status_code == 412
    assert client.get(path).get_json()["guide"]["visits_max"] == 2
    fresh = {"If-Match": saved.headers["ETag"]}
    assert client.post(publication, json={"change_log": "x"}, headers=fresh).status_code == 201


def test_a_code_is_given_once_and_the_same_request_is_done_once(city: Bench) -> None:
    client, key = city.client(OWN_EDITOR), {"Idempotency-Key": "create-1"}
    first = client.post(f"{API}/items", json=guide_of(new_code=NEW), headers=key)
    again = client.post(f"{API}/items", json=guide_of(new_code=NEW), headers=key)
    assert first.status_code == again.status_code == 201 and again.headers["Idempotent-Replay"] == "true"
    assert client.post(f"{API}/items", json=guide_of(new_code=NEW)).status_code == 409
    key = {"Idempotency-Key": "publish-1"}
    for _ in range(2):
        answer = client.post(f"{API}/items/{NEW}/publication", json={"change_log": "首次发布"}, headers=key)
        assert answer.status_code == 201 and answer.get_json()["version"] == 1
    assert len(city.emitted(catalog.ItemPublished)) == 1


def test_publishing_twice_or_publishing_nothing_new_is_refused(city: Bench) -> None:
    assert publish(city, guide_of() | {"visits_max": 2}).status_code == 201
    client, path = city.client(OWN_EDITOR), f"{API}/items/{DEVICE}/publication"
    answer = client.post(path, json={"change_log": "x"})
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/catalog.no-draft")
    answer = publish(city, guide_of() | {"visits_max": 2})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/catalog.nothing-changed")


def test_a_discarded_draft_leaves_the_published_version(city: Bench) -> None:
    client = city.client(OWN_EDITOR)
    client.put(f"{API}/items/{DEVICE}/draft", json=guide_of() | {"visits_max": 2})
    assert client.delete(f"{API}/items/{DEVICE}/draft").status_code == 204
    assert client.get(f"{API}/items/{DEVICE}").get_json()["version"] == 1
    client.post(f"{API}/items", json=guide_of(new_code=NEW))
    assert client.delete(f"{API}/items/{NEW}/draft").status_code == 204
    assert client.post(f"{API}/items", json=guide_of(new_code=NEW)).status_code == 201


@pytest.mark.rule("CAT-24")
def test_a_retired_item_is_no_longer_listed_but_its_versions_stay(city: Bench) -> None:
    answer = city.client(OWN_EDITOR).post(f"{API}/items/000131127004/retirement", json={"reason": "改为备案"})
    assert answer.status_code == 200 and answer.get_json()["effective_to"] == "2026-03-02"
    retired = city.emitted(catalog.ItemRetired)[0]
    assert (retired.item_code, retired.effective_to, retired.reason) == ("000131127004", "2026-03-02", "改为备案")
    assert [quota.valid_until for quota in city.emitted(catalog.BookingQuotaChanged)] == ["2026-03-02"]
    client = city.client()
    assert "000131127004" not in [row["code"] for row in pages(client, f"{API}/items")]
    assert client.get(f"{API}/items/000131127004").get_json()["state"] == "retired"
    assert client.get(f"{API}/items/000131127004/versions/1").status_code == 200
    again = city.client(OWN_EDITOR).post(f"{API}/items/000131127004/retirement", json={"reason": "改为备案"})
    assert (again.status_code, again.get_json()["state"]) == (409, "retired")


@pytest.mark.rule("CAT-24", "CAT-21")
def test_a_retired_item_can_come_back_with_its_bookings(city: Bench) -> None:
    code = "000131127004"
    city.client(OWN_EDITOR).post(f"{API}/items/{code}/retirement", json={"reason": "暂停"})
    with clock.clock_at("2026-04-01 10:00"):
        answer = publish(city, guide_of(code))
    assert answer.status_code == 201 and answer.get_json()["version"] == 2
    assert city.emitted(catalog.ItemChanged)[0].item_version == 2
    quota = city.emitted(catalog.BookingQuotaChanged)[-1]
    assert (quota.valid_from, quota.valid_until, quota.daily_number) == ("2026-04-01", None, 24)


def test_the_history_of_an_item_is_kept(city: Bench) -> None:
    publish(city, guide_of() | {"visits_max": 2})
    item = Item.get(Item.code == DEVICE)
    records = history.of(item.id)
    assert [record.verb for record in records] == ["publish", "draft", "publish"]
    assert records[-1].actor == OWN_EDITOR.ref and history.verify(item.id)
