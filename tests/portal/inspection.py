"""Each kind of page once more, alone, as the hall sent it: accessible, light, no wider than the screen, and quiet."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Route

from tests.portal.browser import Document, Faults, open_context

HEAVIEST = 100 * 1024  # bytes of a page with what it loads, without pictures
WEIGHED = ("stylesheet", "script", "font")
GRAVE = ("serious", "critical")
KEPT_HEADERS = ("content-type", "content-security-policy")


class Inspector:
    """Remembers which kinds of pages it has seen, so that each is looked at once in a test run."""

    def __init__(self, browser: Browser, home: str):
        self.browser, self.home = browser, home
        self._seen: set[tuple[object, ...]] = set()
        # One page for each size, used again: what is warm is looked at in a fifth of the time.
        self._pages: dict[tuple[int, int], tuple[Page, Faults]] = {}

    def faults(self, documents: list[Document], size: tuple[int, int]) -> list[str]:
        """What is wrong with those among the pages that are new at this size."""
        found = []
        for document in documents:
            if (kind := (kind_of(document), size)) not in self._seen:
                self._seen.add(kind)
                found += [f"{urlsplit(document.url).path}: {fault}" for fault in self._inspect(document, size)]
        return found

    def _inspect(self, document: Document, size: tuple[int, int]) -> list[str]:
        def answer(route: Route) -> None:
            headers = {name: document.headers[name] for name in KEPT_HEADERS if name in document.headers}
            route.fulfill(status=200, headers=headers, body=document.html)

        def stay(route: Route) -> None:
            """A page that leads on by itself is looked at, too: an answer without content leads nowhere."""
            if route.request.is_navigation_request():
                route.fulfill(status=204)
            else:
                route.fallback()

        def elsewhere(url: str) -> bool:
            return url != document.url and not url.startswith(f"{self.home}/static/")

        def note(request: Request) -> None:
            loaded.append(request)

        def here(url: str) -> bool:
            return url == document.url

        loaded: list[Request] = []
        page, noted = self._pages.get(size) or self._pages.setdefault(size, self._open(size))
        noted.faults.clear()  # what the page before this one did when it was left
        page.on("requestfinished", note)
        page.route(here, answer)
        page.route(elsewhere, stay)
        try:
            page.goto(document.url, wait_until="load")
            weight = int(document.headers.get("content-length") or len(document.html.encode()))
            weight += sum(one.sizes()["responseBodySize"] for one in loaded if one.resource_type in WEIGHED)
            return [*_too_much(weight, page, size), *_barriers(page), *noted.faults]
        finally:
            page.unroute(here)
            page.unroute(elsewhere)
            page.remove_listener("requestfinished", note)

    def _open(self, size: tuple[int, int]) -> tuple[Page, Faults]:
        context = open_context(self.browser, self.home, size)
        return context.new_page(), Faults(context)


def _too_much(weight: int, page: Page, size: tuple[int, int]) -> Iterator[str]:
    if weight > HEAVIEST:
        yield f"weighs {weight / 1024:.0f} KB, more than {HEAVIEST // 1024}"
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > size[0]:
        yield f"is {width} wide on a screen of {size[0]}"


def _barriers(page: Page) -> Iterator[str]:
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in GRAVE:
            places = [" ".join(map(str, node["target"])) for node in violation["nodes"][:5]]
            yield f"{violation['impact']}: {violation['help']} ({violation['id']}) at {places}"


def kind_of(document: Document) -> tuple[object, ...]:
    """Pages of one kind differ in numbers and names only: same address but for its ids, same title, same head."""
    address = urlsplit(document.url)
    path = re.sub(r"[^/]*\d[^/]*", "*", address.path)
    asked = tuple(sorted({name for name, _ in parse_qsl(address.query)}))
    head = re.search(r"<html[^>]*>", document.html)
    title = re.search(r"<title>(.*?)</title>", document.html, re.DOTALL)
    return path, asked, head and head[0], title and re.sub(r"\d+", "", title[1])
