"""Two editors at the same moment, on both databases."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import clock
from contracts.events import catalog
from services.catalog.models import Item, ItemVersion
from services.catalog.service import service
from tests.catalog.conftest import API, DEVICE, MONDAY, NEW, OFFICE_EDITOR, OWN_EDITOR, guide_of, load_city
from tests.support import Bench, at_once, bench


@pytest.fixture
def hall(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    """The city on this database."""
    with bench(service, tmp_path, database_url) as opened, clock.clock_at(MONDAY):
        load_city()
        opened.database.table("outbox").delete().execute()
        yield opened


@pytest.mark.rule("CAT-24")
def test_of_two_publications_at_once_one_takes_effect(hall: Bench) -> None:
    hall.client(OWN_EDITOR).put(f"{API}/items/{DEVICE}/draft", json=guide_of() | {"visits_max": 2})
    editors = (OWN_EDITOR, OFFICE_EDITOR)

    def publish(number: int) -> int:
        client = hall.client(editors[number % 2])
        return client.post(f"{API}/items/{DEVICE}/publication", json={"change_log": "x"}).status_code

    assert Counter(at_once(4, publish)) == {201: 1, 404: 3}
    assert [event.item_version for event in hall.emitted(catalog.ItemChanged)] == [2]
    in_force = ItemVersion.select().where(ItemVersion.code == DEVICE, ItemVersion.state == "published")
    assert [row.number for row in in_force] == [2]
    assert Item.get(Item.code == DEVICE).last_version == 2


@pytest.mark.rule("CAT-24")
def test_of_two_who_create_the_same_code_one_does(hall: Bench) -> None:
    def create(number: int) -> int:
        return hall.client(OWN_EDITOR).post(f"{API}/items", json=guide_of(new_code=NEW)).status_code

    assert Counter(at_once(4, create)) == {201: 1, 409: 3}
    assert ItemVersion.select().where(ItemVersion.code == NEW).count() == 1


def test_of_two_who_save_what_both_have_seen_one_does(hall: Bench) -> None:
    client = hall.client(OWN_EDITOR)
    tag = client.post(f"{API}/items", json=guide_of(new_code=NEW)).headers["ETag"]

    def save(number: int) -> int:
        body = guide_of(new_code=NEW) | {"visits_max": number}
        headers = {"If-Match": tag}
        return hall.client(OWN_EDITOR).put(f"{API}/items/{NEW}/draft", json=body, headers=headers).status_code

    assert Counter(at_once(4, save)) == {200: 1, 412: 3}


def test_two_seedings_at_once_report_everything_once(tmp_path: Path, database_url: str) -> None:
    with bench(service, tmp_path, database_url) as opened, clock.clock_at(MONDAY):
        assert at_once(2, lambda number: load_city()) == [None, None]
        told = Counter(event.type for event in opened.emitted())
        assert told["catalog.item.published"] == 45 and told["catalog.booking_quota.changed"] == 5
        assert (
            Counter((event.type, event.subject) for event in opened.emitted(catalog.OrgChanged)).most_common(1)[0][1]
            == 1
        )
