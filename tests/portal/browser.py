"""A headless Chromium, and a watch on what it does: what a page says, whom it asks, what it gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Request, Response, sync_playwright

from tests.harness.provide import NoServer, apt_install, binary

PACKAGES = ("chromium", "fonts-wqy-microhei")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever a page asks for, nothing leaves the machine
)
DESKTOP, SMALLEST, PHONE = (1366, 768), (1024, 768), (390, 844)
HERE = ("", "127.0.0.1")  # data: and blob: have no host
PATIENCE = 120_000.0  # ms for whatever a page is to do, on a busy machine


@dataclass(frozen=True)
class Document:
    """A page as the hall sent it."""

    url: str
    html: str
    headers: dict[str, str]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, installed with a Chinese font when it is missing and may be."""
    program = binary("chromium") or (binary("chromium") if apt_install(*PACKAGES) else None)
    if program is None:
        raise NoServer(f"the browser tests need chromium and a Chinese font (Debian packages {' and '.join(PACKAGES)})")
    with launched(program) as browser:
        yield browser


@contextmanager
def launched(program: Path) -> Iterator[Browser]:
    """The browser, until the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_context(
    browser: Browser, home: str, size: tuple[int, int] = DESKTOP, *, script: bool = True, **options: Any
) -> BrowserContext:
    """A browser of somebody in this city: no cookies, no cache, Chinese, Beijing time; narrow ones are phones."""
    context = browser.new_context(
        base_url=home,
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        java_script_enabled=script,
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
        **options,
    )
    context.set_default_timeout(PATIENCE)
    return context


class Faults:
    """Notes what the pages of a context do wrong, as it happens."""

    def __init__(self, context: BrowserContext):
        self.faults: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda failure: self.faults.append(f"script failed: {failure.error}"))
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # That a resource failed is noted with its status; of a page (404, 409) it is no fault.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if (urlsplit(request.url).hostname or "") not in HERE:
            self.faults.append(f"leaves the machine: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the visitor has gone on, or it was a download
            self.faults.append(f"not loaded ({request.failure}): {request.url}")

    def _answered(self, response: Response) -> None:
        # A browser looks for /favicon.ico by itself; an icon that the page names has another address.
        wanted = response.request.resource_type != "document" and urlsplit(response.url).path != "/favicon.ico"
        if wanted and response.status >= 400:
            self.faults.append(f"not loaded ({response.status}): {response.url}")


class Watch(Faults):
    """Looks at a context of somebody, and keeps the pages for the inspection."""

    def __init__(self, context: BrowserContext, home: str, size: tuple[int, int]):
        super().__init__(context)
        self.context, self.home, self.size = context, home, size
        self.documents: list[Document] = []
        self._reading = 0
        context.on("requestfinished", self._got)

    def _got(self, request: Request) -> None:
        if request.resource_type != "document" or not request.url.startswith(f"{self.home}/"):
            return
        self._reading += 1
        try:
            response = request.response()
            if response and "html" in response.headers.get("content-type", ""):
                self.documents.append(Document(request.url, response.text(), response.headers))
        except Error:
            pass  # a redirection, or left before it could be read: the inspection takes it from another visit
        finally:
            self._reading -= 1

    def settle(self) -> None:
        """Wait until the pages that are open have been loaded and kept."""
        for page in self.context.pages:
            page.wait_for_load_state("load")
            while self._reading:
                page.wait_for_timeout(20)
