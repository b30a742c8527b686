"""No text that a service sends or a visitor types becomes part of a page: every page and every form, with a script in
every free text of every answer."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import jwt
import pytest
import requests
from flask import Flask

from contracts import registry, words
from gateway.portal import pages
from gateway.portal.addresses import places_of
from gateway.portal.page import portal
from gateway.portal.verbs import REGISTRY
from tests.gateway.conftest import KEY, ROOT, token
from tests.gateway.storyteller import CODE, Storyteller
from tests.harness.processes import Program, free_port, wait_http
from tests.meta.test_services import service_of

EVIL = """"'><script>document.title='ran'</script><b onfocus=alert(1) class=evil>{{7*7}}javascript:alert(1)"""
FORM = "f" * 32
DAY = 24 * 3600  # made when the tests are collected, used when this one has its turn
ONLY_LEAD_ON = {"/elder"}  # no page
FACTOR = "/account/second-factor"  # only staff have one
KINDS = {"/ask": "suggestion", "/register": "legal"}
PLACES = {"kind": "objection", "rule_id": "FIL-03", "case_no": "20260302100000000001"}
PLACES |= {"section": "materials", "rows": "materials", "place": "0"}
ROLES = tuple({"role": role, "org": "TZJ049-SP", "items": None} for role in words.ROLES)
WHO = {
    "": "",
    "person": token("person:1", seconds=DAY, name=EVIL),
    "legal": token("legal:1", seconds=DAY, kind="legal", level=2),
    "staff": token("staff:1", seconds=DAY, kind="staff", factor=True, level=0, grants=list(ROLES)),
}


class Reader(HTMLParser):
    """What a browser would make of a page: elements and attributes that nobody has written into a template."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.foreign.append("a script")
        if given.get("class") == "evil" or any(name.startswith("on") for name in given):
            self.foreign.append(f"<{tag}> with {sorted(given)}")
        for name in ("href", "src", "action", "formaction"):
            target = (given.get(name) or "").strip().lower()
            if target.startswith(("javascript:", "data:", "vbscript:")):
                self.foreign.append(f"{name} {target[:40]}")


@dataclass
class Portal:
    """The gateway before services that say the same everywhere."""

    url: str
    http: requests.Session
    story: Storyteller

    def look(self, kind: str, path: str, body: dict[str, str] | None = None) -> tuple[int, str]:
        """A page as this kind of visitor gets it, or what comes of sending its form."""
        cookies = {"ywt_form": FORM} | ({"ywt_access": WHO[kind].removeprefix("Bearer ")} if kind else {})
        data = None if body is None else body | {"form_token": FORM}
        answer = self.http.request(
            "GET" if body is None else "POST", self.url + path, data=data, cookies=cookies, allow_redirects=False
        )
        html = "html" in answer.headers.get("Content-Type", "")
        return answer.status_code, answer.text if html else ""


@pytest.fixture(scope="module")
def portal_of_scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder, port = tmp_path_factory.mktemp("scripts"), free_port()
    public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
    documents = {name: service_of(name).openapi() for name in registry.SERVICES}
    story = Storyteller(documents, EVIL, {"keys": [public | {"kid": "one"}]})
    environ = {
        "YWT_MODE": "test",
        "YWT_VAR": str(folder),
        "YWT_PORT": str(port),
        "YWT_PEERS": ",".join(f"{name}={story.url}" for name in registry.SERVICES),
        "YWT_JWKS_URL": f"{story.url}/api/identity/v1/jwks",
        "YWT_RATE_PER_SECOND": "10000",
        "YWT_RATE_BURST": "10000",
        "YWT_CLOCK_FILE": "",
        "YWT_PEER_SECRET": "the-secret-between-the-services-of-this-test",
    }
    program = Program([sys.executable, "-m", "gateway"], log=folder / "gateway.log", env=environ, cwd=ROOT).start()
    try:
        wait_http(f"http://127.0.0.1:{port}/livez", timeout=60)
        with requests.Session() as http:
            yield Portal(f"http://127.0.0.1:{port}", http, story)
    finally:
        program.kill()
        story.server.shutdown()


def addresses() -> list[tuple[str, bool]]:
    """Every page of the portal with a place for every name, and whether it takes a form."""
    pages.load()
    app = Flask("addresses", static_folder=None)
    app.register_blueprint(portal)
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/do/"):
            kind = next((kind for start, kind in KINDS.items() if rule.rule.startswith(start)), PLACES["kind"])
            places = {name: PLACES.get(name, CODE) for name in rule.arguments} | {"kind": kind}
            path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda name, places=places: places[name[1]], rule.rule)
            found.append((path, "POST" in (rule.methods or ())))
    return found


def deeds() -> list[str]:
    """The page of every verb."""
    pages.load()
    return [verb.href(**dict.fromkeys(places_of(verb.path), "1")) for verb in REGISTRY.values()]


def typed(page: str) -> dict[str, str]:
    """Every field of a page filled in with the script."""
    return dict.fromkeys(re.findall(r'name="([^"]+)"', page), EVIL)


def visitors(path: str) -> tuple[str, ...]:
    """Whose page it is."""
    verb = REGISTRY.get(path.removeprefix("/do/").partition("?")[0])
    if verb or (path.startswith(("/my", "/file", "/account")) and path != FACTOR):
        return ("staff",) if verb and verb.who == "staff" else ("person",)
    if path.startswith(("/staff", FACTOR)):
        return ("", "staff") if path == "/staff/login" else ("staff",)
    return ("", "legal")


def foreign(page: str) -> list[str]:
    """What of the script has become part of the page."""
    reader = Reader()
    reader.feed(page)
    return reader.foreign + (["a template was run"] if "49javascript" in page else [])


def states(path: str) -> tuple[str, ...]:
    """In which states cases and records are, so that every part of a page is seen."""
    if "/apply" in path or "/materials" in path:
        return ("draft",)
    return ("completed", "correction", "listed") if "/cases/" in path else ("completed",)


@pytest.mark.rule("GW-11")
def test_no_page_and_no_form_runs_what_services_say_and_visitors_type(portal_of_scripts: Portal) -> None:
    wrong, seen, shown = [], set(), set()

    def judge(place: str, status: int, html: str) -> None:
        wrong.extend(f"{place}: {one}" for one in foreign(html))
        if status >= 500:
            wrong.append(f"{place}: {status}")
        if "document.title" in html:
            shown.add(place)

    places = [(path, form, state) for path, form in addresses() for state in states(path)]
    for path, form, state in [*places, *((deed, True, "completed") for deed in deeds())]:
        portal_of_scripts.story.state = state
        for kind in visitors(path):
            status, page = portal_of_scripts.look(kind, path)
            judge(path, status, page)
            if status == 200:
                seen.add(path)
                if form:
                    judge(path, *portal_of_scripts.look(kind, path, typed(page)))
    assert not wrong, "\n".join(wrong)
    never = {path for path, _, _ in places} - seen
    assert never == ONLY_LEAD_ON
    assert len(shown) > len(seen) * 0.9, sorted(seen - shown)


@pytest.mark.rule("CAT-24")
def test_the_guide_of_a_version_is_asked_once_for_all_its_cases(portal_of_scripts: Portal) -> None:
    portal_of_scripts.story.state = "completed"
    pages = [portal_of_scripts.look("person", f"/my/cases/{PLACES['case_no'][:-1]}{number}") for number in range(3)]
    assert {status for status, _ in pages} == {200}
    asked = [path for path in portal_of_scripts.story.asked if re.search(r"/items/[^/]+/versions/[^/]+\Z", path)]
    assert len(asked) == 1
