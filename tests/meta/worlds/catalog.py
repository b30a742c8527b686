"""The world of catalog."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.clock import clock_at
from tests.catalog import conftest as catalog_tests
from tests.meta.permissions import World
from tests.meta.worlds.common import DISTRICT, MONDAY, OWNER
from tests.support import bench, person


@contextmanager
def catalog(folder: Path) -> Iterator[World]:
    """The demo city, with a draft, a quota, a form and a favourite."""
    with bench(catalog_tests.service, folder) as b, clock_at(MONDAY):
        catalog_tests.load_city()
        api, code, editor = catalog_tests.API, catalog_tests.DEVICE, b.client(catalog_tests.OWN_EDITOR)
        guide = catalog_tests.guide_of()
        assert editor.put(f"{api}/items/{code}/draft", json=guide).status_code == 200
        assert b.client(person(OWNER)).put(f"{api}/me/favourites/{code}").status_code == 204
        quota = b.client().get(f"{api}/booking-quotas").get_json()["items"][0]
        text = b.client().get(f"{api}/contents?org=TZJ049-SP").get_json()["items"][0]["code"]
        form = next((catalog_tests.CITY / "forms").glob("*")).name
        whole = b.client().get(f"{api}/contents/{text}").get_json()
        sent = {name: whole[name] for name in ("code", "kind", "title", "org", "document")} | {"change_log": "修订"}
        values = {
            "code": code,
            "number": 1,
            "hall": quota["hall"],
            "/orgs/<code>": "TZJ049-SP",
            "/halls/<code>": quota["hall"],
            "/contents/<code>": text,
            "name": form,
            "year": 2026,
            "org": "TZJ049-SP",
            "approving_org": "TZJ049-SP",
            "change_log": "修订",
            "rule": "FIL-24",
        }
        values["/items/<code>/booking-quotas/<hall>"] = quota["hall"]
        bodies = {
            "create_item": {"json": catalog_tests.guide_of(new_code=catalog_tests.NEW)},
            "put_draft": {"json": guide},
            "create_content": {"json": sent | {"code": "another-text"}},
            "change_content": {"json": sent},
            "put_quota": {"json": {"slots": quota["slots"]}},
            "import_items": {
                "query_string": {"change_log": "导入"},
                "data": json.dumps({"items": [guide]}),
                "content_type": "application/json",
            },
        }
        yield World(b, values, ("TZJ049-SP",), DISTRICT, (OWNER, code), bodies=bodies)
