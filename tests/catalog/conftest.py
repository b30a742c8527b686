"""The catalog on the bench: empty, or with the whole demo city (loaded once per run and copied for each test)."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from services.catalog.service import service
from tests.support import Bench, Caller, bench, staff

CITY = Path(__file__).resolve().parents[2] / "deploy" / "city"
API = "/api/catalog/v1"
MONDAY = "2026-03-02 10:00"
DEVICE = "000149011000"  # 医疗器械经营许可(开办)
FOOD = "000149032000"
NEW = "000149099001"

OWN_EDITOR = staff("catalog_editor", "TZJ049-SP")
OFFICE_EDITOR = staff("catalog_editor", "TZJ077")
OTHER_EDITOR = staff("catalog_editor", "TZJ046-SP")
ADMIN = staff("system_admin", "TZJ077")


def guide_of(code: str = DEVICE, new_code: str | None = None) -> dict[str, Any]:
    """A guide of the demo city that may be published, perhaps under another code."""
    document = json.loads((CITY / "items" / f"{code}.json").read_text(encoding="utf-8"))
    return copy.deepcopy(document) | {"code": new_code or code}


def load_city(folder: Path = CITY) -> None:
    """Seed, like the command line does."""
    for load in service.seeders:
        load(folder)


def publish(hall: Bench, document: dict[str, Any], who: Caller = OWN_EDITOR) -> Any:
    """Create or edit the draft of this document and publish it; the answer of the publication."""
    client, code = hall.client(who), document["code"]
    answer = client.post(f"{API}/items", json=document)
    if answer.status_code == 409:
        answer = client.put(f"{API}/items/{code}/draft", json=document)
    assert answer.status_code in {200, 201}, answer.get_json()
    return client.post(f"{API}/items/{code}/publication", json={"change_log": "测试"})


@pytest.fixture(scope="session")
def seeded_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo city."""
    folder = tmp_path_factory.mktemp("catalog")
    with bench(service, folder), clock.clock_at(MONDAY):
        load_city()
    return folder / "catalog.db"


@pytest.fixture
def city(tmp_path: Path, seeded_database: Path) -> Iterator[Bench]:
    """The demo city, on Monday 2026-03-02 at 10:00, with nothing in the outbox."""
    shutil.copy(seeded_database, tmp_path / "catalog.db")
    with bench(service, tmp_path) as hall, clock.clock_at(MONDAY):
        outbox = hall.database.table("outbox")
        outbox.delete().execute()
        yield hall


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Bench]:
    """No city yet."""
    with bench(service, tmp_path) as hall, clock.clock_at(MONDAY):
        yield hall
