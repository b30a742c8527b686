"""The pages of the hall: how soon a visitor sees something, what a page weighs and costs, and how many first pages a
second.

The hall is the one of `make run` (SQLite, embedded bus, the demo city). Each load is that of a browser without cache,
in a tab that has been open for a moment (else the end of the load before is measured too), of a page that nobody else
has asked for in this moment; only the rate is that of one page for a crowd.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Request, StorageState

from deploy import story
from tests.benchmarks.gateway import cpu_seconds, load
from tests.portal.browser import chromium, open_context
from tests.portal.life import desk
from tests.portal.people import Account, People, sign_in
from tests.system.hall import RealHall

LOADS = 20
TAB_OPEN_MS = 1000
PICTURES = ("image", "media")
TARGETS = {"first_paint_ms": 300.0, "bytes": 100 * 1024, "requests_per_second": 300.0}
CONNECTIONS, SECONDS = 16, 5
FIRST_PAINT = """new Promise(resolve => new PerformanceObserver(list => {
    const [entry] = list.getEntriesByName('first-contentful-paint');
    if (entry) resolve(entry.startTime);
}).observe({type: 'paint', buffered: true}))"""


def run() -> dict[str, Any]:
    """Start a hall, open the pages again and again, then ask for the first page as often as it can answer."""
    with tempfile.TemporaryDirectory(prefix="ywt-bench-") as var, RealHall(Path(var)) as hall:
        home, gateway = hall.door.gateway, hall.parts["gateway"].program
        firm, case_no = granted(hall)
        with chromium() as browser:
            login = logged_in(browser, home, firm)
            pages = {}
            for name, path in (("home", "/"), ("item", f"/items/{story.ITEM}"), ("case", f"/my/cases/{case_no}")):
                look(browser, home, path, login)  # warms up hall and browser
                before = cpu_seconds(gateway)
                loads = [
                    look(browser, home, f"{path}?visit={n}", login if name == "case" else None) for n in range(LOADS)
                ]
                pages[name] = summary(loads) | {"gateway_ms": round((cpu_seconds(gateway) - before) * 1000 / LOADS, 1)}
        first_page = load(f"{home}/", CONNECTIONS, SECONDS, None)
    result = {"pages": pages, "first_page": first_page, "loads": LOADS, "targets": TARGETS}
    show(result)
    return result


def granted(hall: RealHall) -> tuple[Account, str]:
    """A company with a case that was granted on a promise."""
    story.office_hours(hall.door)
    people = People(hall)
    account = people.company()
    assert account.firm
    case_no = story.file_commit_case(account.firm)
    story.handle(desk(people), case_no)
    hall.settle()
    return account, case_no


def logged_in(browser: Browser, home: str, account: Account) -> StorageState:
    """The cookies of a login."""
    context = open_context(browser, home)
    try:
        sign_in(context.new_page(), account)
        return context.storage_state()
    finally:
        context.close()


def look(browser: Browser, home: str, path: str, login: StorageState | None) -> tuple[float, int]:
    """One visitor: milliseconds to the first content, bytes of everything but pictures."""
    loaded: list[Request] = []
    context = open_context(browser, home, storage_state=login)
    try:
        context.on("requestfinished", lambda request: loaded.append(request))
        page = context.new_page()
        page.wait_for_timeout(TAB_OPEN_MS)
        page.goto(path, wait_until="load")
        painted = page.evaluate(FIRST_PAINT)
        return painted, sum(one.sizes()["responseBodySize"] for one in loaded if one.resource_type not in PICTURES)
    finally:
        context.close()


def summary(loads: list[tuple[float, int]]) -> dict[str, float]:
    """The median and the slow end of the paints, the weight."""
    paints = sorted(paint for paint, _ in loads)
    return {
        "first_paint_ms": round(statistics.median(paints), 1),
        "first_paint_p95_ms": round(paints[int(len(paints) * 0.95) - 1], 1),
        "bytes": max(weight for _, weight in loads),
    }


def show(result: dict[str, Any]) -> None:
    """The table."""
    print(f"pages in a browser: {result['loads']} loads each, first contentful paint, processor time of the gateway")
    print(f"  {'':<20}{'p50 ms':>10}{'p95 ms':>10}{'KB':>8}{'gateway ms':>12}")
    for path, page in result["pages"].items():
        kilobytes = page["bytes"] / 1024
        print(
            f"  {path:<20}{page['first_paint_ms']:>10.0f}{page['first_paint_p95_ms']:>10.0f}{kilobytes:>8.1f}", end=""
        )
        print(f"{page['gateway_ms']:>12.1f}")
        for name in ("first_paint_ms", "bytes"):
            if page[name] > TARGETS[name]:
                print(f"  {path}: {name} {page[name]:.0f} misses the target of {TARGETS[name]:.0f}")
    rate, least = result["first_page"]["rate"], TARGETS["requests_per_second"]
    verdict = "reached" if rate >= least else "missed"
    print(f"  first page, {CONNECTIONS} connections: {rate:.0f} requests/s (target {least:.0f}: {verdict})")
