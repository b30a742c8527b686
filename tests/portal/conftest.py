"""One demo hall and one browser for all tests of the pages; every page that a test has seen is looked at in the end."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from deploy import story
from tests.harness.provide import NoServer
from tests.portal.browser import DESKTOP, PATIENCE, PHONE, Watch, chromium, open_context
from tests.portal.inspection import Inspector
from tests.portal.journey import ADVICE
from tests.portal.keyboard import Keyboard
from tests.portal.life import EVIL, Life, begin
from tests.portal.people import People
from tests.system.hall import RealHall

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "portal"
WATCHES = pytest.StashKey[list[Watch]]()
OpenPage = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests are long ones: they need a whole hall."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What a failed test saw last is kept as pictures in build/portal."""
    report = yield
    if report.when == "call" and report.failed:
        pages = [page for watch in item.stash.get(WATCHES, []) for page in watch.context.pages]
        for number, page in enumerate(pages):
            with suppress(Error):
                page.screenshot(path=PICTURES / f"{item.name}-{number}.png")
    return report


@pytest.fixture(scope="package")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHall]:
    """The demo hall on SQLite, at ten o'clock of a working day; its time goes on only, `story.travel` moves it."""
    with RealHall(tmp_path_factory.mktemp("portal"), YWT_COURIER_NOTICE=ADVICE) as running:
        story.office_hours(running.door)
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser of this run."""
    try:
        with chromium() as running:
            yield running
    except NoServer as reason:
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture(scope="package")
def inspector(browser: Browser, hall: RealHall) -> Inspector:
    """Looks at each kind of page once in this run."""
    return Inspector(browser, hall.door.gateway)


@pytest.fixture(scope="package")
def people(hall: RealHall) -> People:
    """Who can log in."""
    return People(hall)


@pytest.fixture
def open_page(
    hall: RealHall, browser: Browser, inspector: Inspector, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Opens browsers of different people, `open_page(PHONE)` or `open_page(script=False)`; a fault fails the test."""
    watches = request.node.stash[WATCHES] = []

    def opened(size: tuple[int, int] = DESKTOP, *, script: bool = True) -> Page:
        context = open_context(browser, hall.door.gateway, size, script=script)
        watches.append(Watch(context, hall.door.gateway, size))
        return context.new_page()

    yield opened
    faults = []
    for watch in watches:
        watch.settle()
        watch.context.close()
        faults += watch.faults + inspector.faults(watch.documents, watch.size)
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A browser on a desk."""
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A browser on a phone."""
    return open_page(PHONE)


@pytest.fixture
def plain(open_page: OpenPage) -> Page:
    """A browser that runs no script."""
    return open_page(script=False)


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    """The keys of the browser on the desk, for whoever has no mouse."""
    return Keyboard(page)


@pytest.fixture(scope="package")
def life(people: People) -> Life:
    """A company with something of everything, and a script in every text."""
    return begin(people, EVIL)
