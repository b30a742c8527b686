"""The form of a guide takes nothing from it: every key of the catalog's schema has a question or stays as it is, and
what was not changed goes back as it came (CAT-12…34)."""

import json
import sys
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from marshmallow import fields as mm

from gateway.portal.guide_findings import placed
from gateway.portal.guide_sections import SECTIONS, Cell
from gateway.portal.screens import at
from services.catalog import guide as catalog
from services.catalog import validator
from tests.gateway.conftest import KEY, ROOT, token
from tests.harness.processes import Program, free_port, wait_http

GUIDES = [json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "deploy/city/items").glob("*.json"))]
CODE = "000149032000"
SEEN, CHANGED = '"seen"', '"changed"'
GRANT = {"role": "catalog_editor", "org": "TZJ077", "items": None}
EDITOR = token("staff:1", kind="staff", factor=True, level=0, grants=[GRANT]).removeprefix("Bearer ")
# What no question asks for: who made the row, what names the item, and what only a machine reads.
LEFT_ALONE = {"source", "sample", "sample_fields", "code", "code_source", "catalogue_no", "region_code"}
LEFT_ALONE |= {"conditions.check"}
PAGES = [(section.name, None) for section in SECTIONS.values() if section.cells]
PAGES += [(section.name, rows) for section in SECTIONS.values() for rows in section.lists]


@dataclass
class Drafts:
    """A catalog with one draft: what it holds, who saved it last, and what was put to it."""

    guide: dict[str, Any] = field(default_factory=dict)
    version: str = SEEN
    findings: dict[str, Any] = field(default_factory=lambda: {"failures": [], "warnings": []})
    saved: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, seen: str, body: bytes) -> tuple[int, Any]:
        if path.endswith("/jwks"):
            public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
            return 200, {"keys": [public | {"kid": "one"}]}
        if path.endswith("/findings"):
            return 200, self.findings
        if path.endswith(("/orgs", "/halls")):
            return 200, {"items": [{"code": "H120000", "name": "样本大厅"}], "next": None}
        if not path.endswith("/draft"):
            return 404, {"type": "/problems/no", "status": 404}
        if body:
            if seen != self.version:
                return 412, {"type": "/problems/changed-meanwhile", "status": 412, "title": "已被修改"}
            self.saved.append(json.loads(body))
        return 200, {"guide": self.guide}


class Controls(HTMLParser):
    """What a browser would send of the form with the questions, as the page came."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.forms: list[list[tuple[str, str]]] = []
        self._text: tuple[str, str] | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append([])
        elif tag == "textarea":
            self._text = name, ""
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((value, "selected" in given))
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.forms[-1].append((name, value.replace("\r", "").replace("\n", "")))

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text = self._text[0], self._text[1] + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            name, text = self._text
            self.forms[-1].append((name, text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")))
            self._text = None
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [value for value, _ in self._options]
            self.forms[-1].append((self._select, chosen[0]))
            self._select = None

    def questions(self) -> list[tuple[str, str]]:
        """The first form that knows which draft was seen."""
        return next(form for form in self.forms if any(key == "version" for key, _ in form))


@dataclass
class Desk:
    """An editor before the gateway."""

    url: str
    http: requests.Session
    drafts: Drafts

    def open(self, address: str) -> str:
        answer = self.http.get(f"{self.url}/staff/drafts/{CODE}/{address}", allow_redirects=False)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, address: str, form: list[tuple[str, str]]) -> requests.Response:
        return self.http.post(f"{self.url}/staff/drafts/{CODE}/{address}", data=form, allow_redirects=False)

    def change(self, address: str, **values: str) -> requests.Response:
        """Open a page, type these, send it."""
        form = Controls(self.open(address)).questions()
        return self.send(address, [(key, values.get(key, value)) for key, value in form])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    drafts, port, folder = Drafts(), free_port(), tmp_path_factory.mktemp("drafts")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            status, told = drafts.answer(path, self.headers.get("If-Match", ""), body)
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("ETag", drafts.version)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = respond

        def log_message(self, *args: Any) -> None:
            """A test says what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service = f"http://127.0.0.1:{server.server_port}"
    environ = {
        "YWT_MODE": "test",
        "YWT_VAR": str(folder),
        "YWT_PORT": str(port),
        "YWT_PEERS": f"catalog={service},identity={service}",
        "YWT_JWKS_URL": f"{service}/api/identity/v1/jwks",
        "YWT_RATE_PER_SECOND": "10000",
        "YWT_RATE_BURST": "10000",
        "YWT_CLOCK_FILE": "",
        "YWT_PEER_SECRET": "the-secret-between-the-services-of-this-test",
    }
    program = Program([sys.executable, "-m", "gateway"], log=folder / "gateway.log", env=environ, cwd=ROOT).start()
    try:
        wait_http(f"http://127.0.0.1:{port}/livez", timeout=60)
        with requests.Session() as http:
            http.headers["Cookie"] = f"ywt_access={EDITOR}; ywt_form={'f' * 32}"
            yield Desk(f"http://127.0.0.1:{port}", http, drafts)
    finally:
        program.kill()
        server.shutdown()


@pytest.fixture
def opened(desk: Desk) -> Desk:
    """The desk with a guide of the city."""
    desk.drafts.__init__(guide=deepcopy(next(one for one in GUIDES if one["code"] == CODE)))  # type: ignore[misc]
    return desk


def odd(guide: dict[str, Any], cells: tuple[Cell, ...], part: dict[str, Any], draw: st.DataObject) -> None:
    """What a guide from elsewhere may say of these: nothing, less than nothing, or words with odd white space."""
    for cell in cells:
        holder, _, name = cell.name.rpartition(".")
        inside = at(part, holder) if holder else part
        way = draw.draw(st.sampled_from(("", "", "none", "absent", "spaced")))
        if not isinstance(inside, dict) or not way:
            continue
        if way == "none" and cell.null:
            inside[name] = None
        elif way == "absent" and not (cell.required and not cell.null):
            inside.pop(name, None)
        elif way == "spaced" and cell.kind in ("text", "long"):
            inside[name] = draw.draw(st.sampled_from((" 样本 ", "\n样本\r\n条文\n", "", "<b>&amp;\"'", "\t")))


@pytest.mark.rule("CAT-24")
# Every try is two requests: a failure is not made smaller.
@settings(max_examples=50, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_a_form_that_is_sent_back_as_it_came_changes_nothing_in_the_guide(desk: Desk, data: st.DataObject) -> None:
    guide = deepcopy(data.draw(st.sampled_from(GUIDES)))
    name, rows = data.draw(st.sampled_from([page for page in PAGES if page[1] is None or at(guide, page[1].path)]))
    address, cells, part = name, SECTIONS[name].cells, guide
    if rows:
        present = at(guide, rows.path)
        place = data.draw(st.integers(0, len(present) - 1))
        address, cells, part = f"{name}/{rows.path}/{place}", rows.cells, present[place]
    odd(guide, cells, part, data)
    desk.drafts.guide, desk.drafts.version, desk.drafts.saved = guide, SEEN, []
    page = desk.open(address)
    answer = desk.send(address, Controls(page).questions())
    assert answer.status_code == 302, answer.text
    assert desk.drafts.saved == [guide]


@pytest.mark.rule("CAT-13", "CAT-16", "CAT-24")
def test_what_is_changed_is_all_that_changes(opened: Desk) -> None:
    before = deepcopy(opened.drafts.guide)
    assert opened.change("materials/materials/2", name="样本材料", defer_days="", licence_type="").status_code == 302
    before["materials"][2] |= {"name": "样本材料", "defer_days": None, "licence_type": None}
    assert opened.drafts.saved.pop() == before
    opened.drafts.guide = before
    opened.change("limits", **{"limits.committed": "7"})
    assert opened.drafts.saved.pop() == before | {"limits": before["limits"] | {"committed": 7}}
    opened.change("basics", themes="食品\r\n\r\n 餐饮 ")
    assert opened.drafts.saved.pop() == before | {"themes": ["食品", "餐饮"]}


@pytest.mark.rule("CAT-13", "CAT-29")
def test_rows_are_added_moved_and_taken_out(opened: Desk) -> None:
    before = deepcopy(opened.drafts.guide)
    opened.change("form/form_fields/new", key="sample", label="样本")
    added = opened.drafts.saved.pop()["form_fields"]
    assert added[:-1] == before["form_fields"]
    assert added[-1] == {
        "key": "sample",
        "label": "样本",
        "options": [],
        **dict.fromkeys(("label_en", "any_of_group", "validator", "prefill")),
    }
    hidden = Controls(opened.open("materials")).questions()
    opened.send("materials", [*hidden, ("step", "up materials 1")])
    first, second, *others = before["materials"]
    assert opened.drafts.saved.pop()["materials"] == [second, first, *others]
    row = Controls(opened.open("faq/faq/0")).questions()
    opened.send("faq/faq/0", [*row, ("step", "remove")])
    assert opened.drafts.saved.pop()["faq"] == before["faq"][1:]


@pytest.mark.rule("CAT-21")
def test_a_part_begins_whole_and_ends_as_none(opened: Desk) -> None:
    opened.drafts.guide["booking"] = None
    opened.change("booking", **{"booking.daily_number": "4"})
    assert opened.drafts.saved.pop()["booking"] == {"daily_number": 4, "slots": []}
    opened.drafts.guide["booking"] = {"daily_number": 4, "halls": [], "slots": [], "sample": True}
    opened.change("booking", **{"booking.daily_number": ""})
    assert opened.drafts.saved.pop()["booking"] is None


@pytest.mark.rule("CAT-24")
def test_a_new_item_begins_with_its_name_and_can_be_looked_at(opened: Desk) -> None:
    opened.drafts.guide = {"code": CODE, "name": "样本事项", "approving_org": "TZJ049-SP"}
    assert "样本事项" in opened.open("preview")
    opened.change("limits", **{"limits.committed": "7"})
    assert opened.drafts.saved.pop() == opened.drafts.guide | {"limits": {"committed": 7}}


@pytest.mark.rule("CAT-24")
def test_two_at_once_lose_nothing_and_nobody_overwrites_unknowingly(opened: Desk) -> None:
    own = Controls(opened.open("limits")).questions()
    own = [(key, "3" if key == "limits.committed" else value) for key, value in own]
    row = Controls(opened.open("faq/faq/0")).questions()
    row = [(key, "样本问题" if key == "q" else value) for key, value in row]
    opened.drafts.version = CHANGED
    opened.drafts.guide["limits"]["committed"] = 6
    opened.drafts.guide["faq"].insert(0, {"q": "别人的问题", "a": "样本"})
    refused = opened.send("limits", own)
    assert refused.status_code == 412 and 'value="3"' in refused.text and "草稿现在是：6" in refused.text
    assert opened.drafts.saved == []
    assert opened.send("limits", Controls(refused.text).questions()).status_code == 412
    opened.send("limits", [*own, ("over", CHANGED)])
    assert opened.drafts.saved.pop()["limits"]["committed"] == 3
    assert opened.send("faq/faq/0", row).status_code == 412
    opened.send("faq/faq/0", [*row, ("over", CHANGED)])  # the row has moved, and is found again
    assert [one["q"] for one in opened.drafts.saved.pop()["faq"]][:2] == ["别人的问题", "样本问题"]
    opened.drafts.guide["faq"][1]["a"] = "别人的回答"
    changed = opened.send("faq/faq/0", row)
    assert changed.status_code == 412 and "样本问题" in changed.text and 'name="over"' not in changed.text
    assert opened.drafts.saved == []


@pytest.mark.rule("CAT-12", "CAT-31")
def test_what_the_validator_finds_stands_beside_the_question_and_leads_there() -> None:
    guide = next(one for one in GUIDES if one["code"] == CODE)
    phone = next(place for place, row in enumerate(guide["form_fields"]) if row["key"] == "mobile")

    def spot(where: str) -> str:
        said = {"field": where, "rule": "CAT-12", "zh": "缺少", "en": "missing"}
        with Flask(__name__).test_request_context():
            (found,) = placed({"failures": [said], "warnings": []}, guide)
            return found.href(CODE).removeprefix(f"/staff/drafts/{CODE}/")

    assert spot("materials.1.copies") == "materials/materials/1#f-copies-original"
    assert spot("form_fields.mobile") == f"form/form_fields/{phone}"
    assert spot("form_fields.unknown") == "form"
    assert spot("supervision.standard.articles.3") == "standard/supervision.standard.articles/2"
    assert spot("supervising_orgs.0") == "basics#f-supervising_orgs"
    assert spot("switches.parallel_template") == "parallel#f-switches-parallel_template-lead"
    assert spot("what nobody knows") == "json"
    named = [path for path, _, _ in validator.ELEMENTS] + [f"switches.{name}" for name in validator.SWITCHES]
    assert [path for path in named if spot(path) == "json"] == []


# --- the declarations and the catalog's schema ------------------------------------------------------------------------


def leaves(schema: Any, prefix: str = "") -> Iterator[tuple[str, mm.Field]]:
    """Every key of the guide, dots leading into parts and rows."""
    for name, one in schema.fields.items():
        inner = one.inner if isinstance(one, mm.List) else one
        if isinstance(inner, mm.Nested):
            yield from leaves(inner.schema, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", one


ASKED = {cell.name: cell for section in SECTIONS.values() for cell in section.cells} | {
    f"{rows.path}.{cell.name}": cell for section in SECTIONS.values() for rows in section.lists for cell in rows.cells
}


@pytest.mark.rule("CAT-12")
def test_every_key_of_the_guide_has_a_question_or_is_left_alone() -> None:
    known = dict(leaves(catalog.Guide()))
    assert ASKED.keys() <= known.keys()
    unasked = known.keys() - ASKED.keys()
    assert [path for path in unasked if not {path, path.rpartition(".")[2]} & LEFT_ALONE] == []


@pytest.mark.rule("CAT-10", "CAT-18")
def test_a_question_offers_what_the_catalog_takes() -> None:
    for path, one in leaves(catalog.Guide()):
        cell = ASKED.get(path)
        if cell is None:
            continue
        assert cell.null == one.allow_none, path
        assert cell.required or not one.required, path
        inner = one.inner if isinstance(one, mm.List) else one
        for allowed in (rule.choices for rule in inner.validators if hasattr(rule, "choices")):
            offered = {key for key, _ in cell.choices()}
            assert offered == set(allowed), path
        kinds = {mm.Boolean: ("yesno",), mm.Integer: ("number",), mm.List: ("choices", "lines")}
        assert cell.kind in kinds.get(type(one), ("text", "long", "pick", "time")), path
