"""Booking quotas and printable forms (CAT-13, CAT-21)."""

import pytest

from contracts.events import catalog
from tests.catalog.conftest import API, DEVICE, OTHER_EDITOR, OWN_EDITOR, guide_of, publish
from tests.support import Bench

ITEM = "000131127004"
PATH = f"{API}/items/{ITEM}/booking-quotas/H120000"
SLOTS = [{"from": "09:00", "to": "10:00", "quota": 3}, {"from": "10:00", "to": "11:30", "quota": 4}]


@pytest.mark.rule("CAT-21")
def test_a_unit_sets_the_daily_number_of_its_item(city: Bench) -> None:
    client = city.client(OWN_EDITOR)
    tag = client.get(PATH).headers["ETag"]
    answer = client.put(PATH, json={"slots": SLOTS}, headers={"If-Match": tag})
    assert answer.status_code == 200 and answer.get_json()["daily_number"] == 7
    (event,) = city.emitted(catalog.BookingQuotaChanged)
    assert (event.item_code, event.hall_code, event.queue_group, event.days) == (ITEM, "H120000", "H", "working_days")
    assert event.slots == SLOTS and event.sequence == 2
    assert client.put(PATH, json={"slots": SLOTS}, headers={"If-Match": tag}).status_code == 412
    assert client.put(PATH, json={"slots": SLOTS}).status_code == 428


@pytest.mark.rule("CAT-21")
def test_the_same_numbers_again_are_not_reported(city: Bench) -> None:
    client = city.client(OWN_EDITOR)
    for _ in range(2):
        tag = client.get(PATH).headers["ETag"]
        assert client.put(PATH, json={"slots": SLOTS}, headers={"If-Match": tag}).status_code == 200
    assert len(city.emitted()) == 1


@pytest.mark.rule("CAT-21")
def test_another_version_of_the_guide_leaves_the_numbers_alone(city: Bench) -> None:
    client = city.client(OWN_EDITOR)
    client.put(PATH, json={"slots": SLOTS}, headers={"If-Match": client.get(PATH).headers["ETag"]})
    assert publish(city, guide_of(ITEM) | {"visits_max": 0}).status_code == 201
    assert client.get(PATH).get_json()["daily_number"] == 7
    off = guide_of(ITEM) | {"booking": None, "visits_max": 0}
    off["switches"]["bookable"] = False
    assert publish(city, off).status_code == 201
    assert city.emitted(catalog.BookingQuotaChanged)[-1].valid_until == "2026-03-02"
    refused = client.put(PATH, json={"slots": SLOTS}, headers={"If-Match": client.get(PATH).headers["ETag"]})
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "CAT-21")


@pytest.mark.rule("CAT-21")
def test_impossible_quotas_are_refused(city: Bench) -> None:
    client = city.client(OWN_EDITOR)
    headers = {"If-Match": client.get(PATH).headers["ETag"]}
    overlapping = [SLOTS[0], SLOTS[1] | {"from": "09:30"}]
    for slots in (
        [],
        overlapping,
        [SLOTS[0] | {"to": "08:50"}],
        [SLOTS[0] | {"from": "08:00"}],
        [SLOTS[1] | {"to": "18:00"}],
    ):
        assert client.put(PATH, json={"slots": slots}, headers=headers).status_code == 422
    past = {"slots": SLOTS, "valid_until": "2026-03-01"}
    assert client.put(PATH, json=past, headers=headers).status_code == 422
    assert client.put(f"{API}/items/{DEVICE}/booking-quotas/H120000", json={"slots": SLOTS}).status_code == 422
    assert client.put(f"{API}/items/{ITEM}/booking-quotas/H9", json={"slots": SLOTS}).status_code == 404
    assert city.client(OTHER_EDITOR).put(PATH, json={"slots": SLOTS}, headers=headers).status_code == 403
    assert city.emitted() == []


@pytest.mark.rule("CAT-13")
def test_an_editor_uploads_a_form_under_a_new_name(city: Bench) -> None:
    client, path = city.client(OWN_EDITOR), f"{API}/forms/new-form.pdf"
    for _ in range(2):
        answer = client.put(path, data=b"%PDF-1.7 a form", content_type="application/pdf")
        assert answer.status_code == 200 and answer.get_json()["name"] == "forms/new-form.pdf"
    read = city.client().get(path)
    assert read.data == b"%PDF-1.7 a form" and read.content_type == "application/pdf"
    assert client.put(path, data=b"%PDF-1.7 another").status_code == 409
    assert client.put(f"{API}/forms/page.html", data=b"<script>").status_code == 422
    assert client.put(f"{API}/forms/false.pdf", data=b"MZ").status_code == 422
    assert city.client().put(path, data=b"%PDF-1.7").status_code == 401
    assert city.client().get(f"{API}/forms/nothing.pdf").status_code == 404
