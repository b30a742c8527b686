"""Items for words that somebody typed, best first (CAT-02, CAT-03).

In order: the name is just that, begins so, has all words; then hits by a synonym; then by department, site, theme,
pinyin or initials. Only when no site has any of these come the near misses. Among equals the own region comes first,
then the shorter name, then the one published first: that is the order of the places in the index, so that a page is
read from it without sorting all that matches.
"""

import time
from typing import NamedTuple

from chassis import paging
from services.catalog import indexing, matching, synonyms, tokens
from services.catalog.matching import Match
from services.catalog.models import Org, database

PHASES = (range(5), range(5, 6), range(6, 7))  # the circles of each are asked when those before found nothing anywhere
AROUND = 4  # the circle of departments, sites and themes: each stands in a great part of all items, evenly
HEAD = 2000  # so many first places PostgreSQL looks through on their own for these
HEAD_SECONDS = 300.0  # how long it is known where they end; that it does not move costs time only
MOST_PER_SITE = 5

_heads: dict[str, tuple[float, int]] = {}  # by database: until when, the last place of the head


class Question(NamedTuple):
    """The circles of a query, those of a phase each within the next; the filters; the own region; any Chinese?"""

    circles: tuple[Match, ...]
    filters: tuple[Match, ...]
    near: Match | None
    chinese: bool


class Place(NamedTuple):
    """Where an item stands in the ranking: also what a cursor holds."""

    circle: int
    far: int
    place: int


def question(
    q: str,
    *,
    near: str = "",
    org: str | None = None,
    theme: str | None = None,
    service_object: str | None = None,
    bookable: bool | None = None,
) -> Question | None:
    """What to ask the index; None when there is no letter, digit or character in the query."""
    words = matching.words_of(q)
    if not words:
        return None
    filters = []
    if org:
        offices = Org.select(Org.code).where(Org.parent == org)
        filters.append(matching.any_of(matching.token(tokens.org_filter(o)) for o in [org, *(r.code for r in offices)]))
    if theme:
        filters.append(matching.token(tokens.theme_filter(theme)))
    if service_object:
        filters.append(matching.token(f"f{service_object}"))
    if bookable is not None:
        filters.append(matching.token("fbookable" if bookable else "funbookable"))
    circles = matching.circles(words, tokens.tight(q), synonyms.lookup())
    own = matching.token(tokens.region_filter(near)) if near else None
    chinese = not all(word.isascii() for word in words)
    return Question((*circles, *matching.similar(words)), tuple(filters), own, chinese)


def best(asked: Question, *, region: str | None, after: Place | None, limit: int, phase: int) -> list[Place]:
    """The next items of the ranking within a phase, `limit` at most.

    One statement: the databases read its parts in their order, and none once there are enough.
    """
    statements: list[str] = []
    values: list[str] = []
    for circle, far, match, without in _parts(asked, region, phase):
        if after is not None and (circle, far) < after[:2]:
            continue
        condition, value = _condition(match, without)
        start = after.place if after is not None and (circle, far) == after[:2] else 0
        for low, high in _stretches(start, broad=circle == AROUND and asked.chinese and not region):
            bounds = (f" AND t.rowid > {low}" if low else "") + (f" AND t.rowid <= {high}" if high else "")
            statements.append(
                f"SELECT * FROM (SELECT {circle} AS circle, {far} AS far, t.rowid FROM catalog_search_tokens AS t "
                f"WHERE {condition}{bounds} ORDER BY t.rowid {_at_most(limit)}) AS part{len(statements)}"
            )
            values.append(value)
    if not statements:
        return []
    rows = database.proxy.execute_sql(f"{' UNION ALL '.join(statements)} LIMIT {int(limit)}", values)
    return sorted(Place(*row) for row in rows.fetchall())


def elsewhere(asked: Question, region: str, *, phase: int) -> list[tuple[str, int, list[str]]]:
    """Other sites with hits in a phase: region, how many, the codes of the first few (CAT-02)."""
    circles = _circles(asked, phase)
    if not circles:
        return []
    mark = database.proxy.param
    condition, value = _condition(_filtered(asked, circles[-1][1], None), None)
    rows = database.proxy.execute_sql(
        f"SELECT region, item_code, number FROM (SELECT e.region, e.item_code, COUNT(*) OVER (PARTITION BY e.region) "
        f"AS number, ROW_NUMBER() OVER (PARTITION BY e.region ORDER BY t.rowid) AS place "
        f"FROM catalog_search_tokens AS t JOIN catalog_search_entry AS e ON e.id = t.rowid & {indexing.ENTRY} "
        f"WHERE {condition} AND e.region <> {mark}) AS ranked WHERE place <= {MOST_PER_SITE} ORDER BY region, place",
        [value, region],
    )
    sites: dict[str, tuple[str, int, list[str]]] = {}
    for site, code, number in rows.fetchall():
        sites.setdefault(site, (site, number, []))[2].append(code)
    return list(sites.values())


def entry(place: Place) -> int:
    """The number of the index entry that stands at a place."""
    return place.place & indexing.ENTRY


def _circles(asked: Question, phase: int) -> list[tuple[int, Match]]:
    """When no region comes first the very name needs no circle: it is the shortest of those that begin so."""
    here = [circle for circle in PHASES[phase] if circle < len(asked.circles) and (circle or asked.near)]
    return [(circle, asked.circles[circle]) for circle in here]


def _filtered(asked: Question, match: Match, region: str | None) -> Match:
    site = [matching.token(tokens.region_filter(region))] if region else []
    return matching.all_of([match, *asked.filters, *site])


def _parts(asked: Question, region: str | None, phase: int) -> list[tuple[int, int, Match, Match | None]]:
    """The parts of the ranking, best first: circle, far or not, what matches there, what has stood before."""
    parts: list[tuple[int, int, Match, Match | None]] = []
    inner: Match | None = None
    for circle, match in _circles(asked, phase):
        if match == inner:
            continue
        here = _filtered(asked, match, region)
        if asked.near:
            beyond = matching.any_of([asked.near, inner] if inner else [asked.near])
            parts += [(circle, 0, matching.all_of([here, asked.near]), inner), (circle, 1, here, beyond)]
        else:
            parts.append((circle, 0, here, inner))
        inner = match
    return parts


def _stretches(start: int, *, broad: bool) -> list[tuple[int, int]]:
    """The stretches of places after `start` that are read one after the other; 0 is no bound."""
    if not broad or database.dialect == "sqlite":  # which reads in the order of places, and no further than it must
        return [(start, 0)]
    head = _head()
    return [(start, head), (head, 0)] if start < head else [(start, 0)]


def _head() -> int:
    until, place = _heads.get(database.url, (0.0, 0))
    if time.monotonic() < until:
        return place
    sql = f"SELECT rowid FROM catalog_search_tokens ORDER BY rowid OFFSET {HEAD} LIMIT 1"
    place = (database.proxy.execute_sql(sql).fetchone() or (0,))[0]
    _heads[database.url] = time.monotonic() + HEAD_SECONDS, place
    return place


def _at_most(limit: int) -> str:
    # PostgreSQL must not know how few rows are wanted: it would walk through the places for words that it believes to
    # be spread evenly over them, and they are not. So it walks only for words which a great part of all items has.
    return f"LIMIT (SELECT {int(limit)}) OFFSET (SELECT 0)"


def _condition(match: Match, without: Match | None) -> tuple[str, str]:
    mark = database.proxy.param
    if database.dialect == "postgresql":
        return f"t.tokens @@ {mark}::tsquery", matching.tsquery(match, without=without)
    return f"catalog_search_tokens MATCH {mark}", matching.fts5(match, without=without)


# --- cursors ----------------------------------------------------------------------------------------------------------


def phase_of(place: Place) -> int:
    """The phase that a place was found in."""
    return next(number for number, circles in enumerate(PHASES) if place.circle in circles)


def write_cursor(place: Place) -> str:
    """The cursor of the page after this item."""
    return paging.sealed(["ranking", *place])


def read_cursor(cursor: str) -> Place:
    """The place a cursor stands for; Refusal when it is not one of a search."""
    try:
        kind, *values = paging.opened(cursor)
        place = Place(*values)
        if kind != "ranking" or not all(type(number) is int and 0 <= number < 2**63 for number in place):
            raise ValueError("a cursor of another list")
        phase_of(place)
        return place
    except (ValueError, TypeError, RecursionError, StopIteration):
        raise paging.invalid() from None
