"""The pages of the hall: how soon a visitor sees something, what a page weighs, and how many first pages a second.

The hall is the one of `make run` (SQLite, embedded bus, the demo city). Each load is that of a new visitor, without
cookies and cache.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Request

from tests.benchmarks.gateway import load
from tests.portal.browser import chromium, open_context
from tests.system.hall import RealHall

PATHS = ("/", "/api/docs")
LOADS = 20
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
        home = hall.door.gateway
        with chromium() as browser:
            look(browser, home, PATHS[0])  # warms up hall and browser
            pages = {path: summary([look(browser, home, path) for _ in range(LOADS)]) for path in PATHS}
        first_page = load(f"{home}/", CONNECTIONS, SECONDS, None)
    result = {"pages": pages, "first_page": first_page, "loads": LOADS, "targets": TARGETS}
    show(result)
    return result


def look(browser: Browser, home: str, path: str) -> tuple[float, int]:
    """One new visitor: milliseconds to the first content, bytes of everything but pictures."""
    loaded: list[Request] = []
    context = open_context(browser, home)
    try:
        context.on("requestfinished", lambda request: loaded.append(request))
        page = context.new_page()
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
    print(f"pages in a browser: {result['loads']} new visitors each, first contentful paint")
    print(f"  {'':<20}{'p50 ms':>10}{'p95 ms':>10}{'KB':>8}")
    for path, page in result["pages"].items():
        kilobytes = page["bytes"] / 1024
        print(f"  {path:<20}{page['first_paint_ms']:>10.0f}{page['first_paint_p95_ms']:>10.0f}{kilobytes:>8.1f}")
        for name in ("first_paint_ms", "bytes"):
            if page[name] > TARGETS[name]:
                print(f"  {path}: {name} {page[name]:.0f} misses the target of {TARGETS[name]:.0f}")
    rate, least = result["first_page"]["rate"], TARGETS["requests_per_second"]
    verdict = "reached" if rate >= least else "missed"
    print(f"  first page, {CONNECTIONS} connections: {rate:.0f} requests/s (target {least:.0f}: {verdict})")
