"""Every address of the portal, opened by somebody who may: a page that is light, accessible and fits a phone."""

import re
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import APIResponse, Page

from deploy import story
from gateway.portal import pages
from gateway.portal.addresses import places_of
from gateway.portal.page import portal
from gateway.portal.verbs import REGISTRY
from tests.portal.browser import PHONE, Document
from tests.portal.conftest import OpenPage
from tests.portal.inspection import Inspector
from tests.portal.life import EVIL, Life, fall
from tests.portal.people import People, sign_in

pages.load()
NO_PAGES = {"/static/<path:filename>", "/my/uploads/<upload_id>", "/do/<name>", "/elder"}  # parts, and a switch
POLICY = "content-security-policy"
STAFF = (
    "tzj049-sp-clerk1",
    "tzj049-sp-coordinator",
    "tzj049-jg-supervisor2",
    "tzj049-sp-credit",
    "tzj049-letters-a",
    "tzj077-office",
    "tzj077-catalog",
    "tzj077-auditor",
    "tzj077-admin",
    "tzj077-zx-hall",
    "tzj077-zx-clerk1",
)
CHANGED_ITEM = "000149022000"  # its guide has a draft


def addresses(*starts: str, but: tuple[str, ...] = ("\0",)) -> list[str]:
    """The addresses of pages that begin so."""
    app = Flask("portal")
    app.register_blueprint(portal)
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    return sorted(rule for rule in {*rules} - NO_PAGES if rule.startswith(starts) and not rule.startswith(but))


class Tour:
    """Opens pages with the login of a browser, without drawing them; the inspection draws each kind once."""

    def __init__(self, page: Page, samples: dict[str, str]):
        self.page, self.samples = page, samples
        self.documents: list[Document] = []
        self.faults: list[str] = []

    def see(self, found: list[str], *more: str) -> None:
        """All of these must be there."""
        self.faults += [f"{address} is not there" for address in (*found, *more) if not self.open(address)]

    def see_deeds(self, *who: str) -> None:
        """The deeds of these; as one template makes them, those whose forms hold something new are inspected."""
        before = self.documents
        self.documents = []
        for verb in REGISTRY.values():
            if verb.who in who:
                self.see([f"/do/{verb.name}?" + "&".join(f"{place}=1" for place in places_of(verb.path))])
        self.documents = before + newest_kinds(self.documents)

    def open(self, address: str) -> bool:
        """Whether the page is there; an HTML page is kept for the inspection."""
        path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda place: quote(self._sample(address, place[1])), address)
        answer = self.page.request.get(path)
        if answer.status != 200 or urlsplit(answer.url).path != urlsplit(path).path:
            return False
        if answer.headers["content-type"].startswith("text/html") and "sandbox" not in answer.headers[POLICY]:
            self._keep(answer)
        return True

    def _sample(self, address: str, place: str) -> str:
        return self.samples.get(f"{address} {place}") or self.samples[place]

    def _keep(self, answer: APIResponse) -> None:
        html = answer.text()
        if EVIL[:20] in html:
            self.faults.append(f"{answer.url} shows a script as it was typed")
        if "/stuck?" not in html:
            self.faults.append(f"{answer.url} has no way to help")
        self.documents.append(Document(answer.url, html, answer.headers))

    def wrong(self, inspector: Inspector) -> list[str]:
        """What was missing, and what is wrong with what was seen."""
        return self.faults + inspector.faults(self.documents, PHONE)


def newest_kinds(documents: list[Document]) -> list[Document]:
    """Of the pages of deeds those whose forms hold something new: they are all made by one template."""
    seen: set[frozenset[str]] = set()
    kept = []
    for document in documents:
        parts = frozenset(
            re.findall(r"<(?:textarea|select|fieldset|button class=\"\w+ \w+\")|type=\"\w+\"", document.html)
        )
        if parts not in seen:
            seen.add(parts)
            kept.append(document)
    return kept


@pytest.fixture(scope="module")
def samples(life: Life, people: People) -> dict[str, str]:
    """Something that is there for each place of an address; one address may need another."""
    fall(people, life, EVIL)
    people.hall.settle()
    visitor, case = life.firm.visitor, life.case()
    contents = {
        kind: visitor.get("/api/catalog/v1/contents", kind=kind, limit=1)["items"][0]["code"]
        for kind in ("notice", "theme_package")
    }
    guide = visitor.get(f"/api/catalog/v1/items/{CHANGED_ITEM}")["guide"]
    people.staff("tzj077-catalog").visitor.call("PUT", f"/api/catalog/v1/items/{CHANGED_ITEM}/draft", guide)
    photos = f"{story.SUPERVISION}/cases/{life.done}/photos?name=a.jpg"
    photo = people.staff("tzj049-jg-supervisor1").visitor.call("POST", photos, data=b"\xff\xd8\xff\xe0photo")
    weekly = people.staff("tzj049-sp-coordinator").visitor.get(f"{story.SUPERVISION}/weekly-records")["items"]
    wordings = people.staff("tzj077-auditor").visitor.get("/api/notifier/v1/templates")["items"]
    return {
        "application_id": life.application,
        "booking_no": life.booking,
        "case_no": life.done,
        "code": story.ITEM,
        "document_id": case["documents"][0]["id"],
        "file_id": next(file["id"] for row in case["materials"] for file in row["files"]),
        "group": "A",
        "hall": story.HALL,
        "item_code": story.ITEM,
        "kind": "objection",
        "letter_no": life.letter,
        "name": "authorisation.blank.html",
        "photo_id": photo["id"],
        "queue_group": "A",
        "record_id": life.record,
        "place": "0",
        "rows": "materials",
        "rule_id": "FIL-08",
        "section": "materials",
        "shipment_id": visitor.get("/api/notifier/v1/shipments", case_no=life.done)["items"][0]["id"],
        "task_id": life.task,
        "/ask/<kind> kind": "consultation",
        "/register/<any(person, legal):kind> kind": "legal",
        "/notices/<code> code": contents["notice"],
        "/packages/<code> code": contents["theme_package"],
        "/staff/drafts/<code>/preview code": CHANGED_ITEM,
        "/staff/weekly/<record_id> record_id": weekly[0]["id"],
        "/staff/wordings/<code> code": wordings[0]["code"],
        "/my/cases/<case_no>/materials/<code> code": "M01",
        "/my/files/<file_id> file_id": life.space_file,
    } | {f"{address} case_no": life.draft for address in addresses("/my/cases/<case_no>/apply")}


@pytest.mark.rule("GW-04", "GW-06", "GW-11")
def test_every_public_page(phone: Page, samples: dict[str, str], inspector: Inspector) -> None:
    tour = Tour(phone, samples)
    phone.goto("/")
    tour.see(addresses("/", but=("/my", "/staff", "/file", "/account/")), "/staff/login")
    assert tour.wrong(inspector) == []


@pytest.mark.rule("GW-05", "GW-11")
def test_every_page_of_a_citizen(phone: Page, life: Life, samples: dict[str, str], inspector: Inspector) -> None:
    sign_in(phone, life.firm)
    tour = Tour(phone, samples)
    tour.see(addresses("/my", "/file", "/account/", but=("/account/second-factor",)))
    tour.see_deeds("citizen", "anyone")
    assert tour.wrong(inspector) == []


@pytest.mark.rule("GW-05", "GW-09", "GW-11")
def test_every_page_of_staff(
    open_page: OpenPage, people: People, samples: dict[str, str], inspector: Inspector
) -> None:
    unseen = set(addresses("/staff", "/account/second-factor", but=("/staff/login",)))
    for account in STAFF:
        page = open_page(PHONE)
        sign_in(page, people.staff(account))
        tour = Tour(page, samples)
        unseen -= {address for address in sorted(unseen) if tour.open(address)}
        if account == STAFF[0]:
            tour.see_deeds("staff")
        assert tour.wrong(inspector) == []
    assert not unseen, f"nobody of the staff can open {sorted(unseen)}"
