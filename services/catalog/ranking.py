"""Items for words that somebody typed, best first (CAT-02, CAT-03).

In order: the name is just that, begins so, has it in one piece, has all words; then hits by a synonym; then by
department, site, theme, pinyin or initials. Only when no site has any of these come the near misses. Among equals the
own region comes first, then the shorter name.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chassis import paging
from services.catalog import matching, synonyms, tokens
from services.catalog.matching import Match
from services.catalog.models import Org, database

SIMILAR = 3  # the circles from here on are asked only when those before them found nothing anywhere
MOST_PER_SITE = 5


class Question(NamedTuple):
    """The circles of a query, the filters of the list, and what ranks within a circle."""

    circles: tuple[Match, ...]  # each within the next, up to SIMILAR and from there on
    filters: tuple[Match, ...]
    text: str
    near: str


class Place(NamedTuple):
    """Where an item stands in the ranking: also what a cursor holds."""

    circle: int
    closeness: int
    far: int
    length: int
    code: str


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
    circles = matching.circles(words, synonyms.lookup(words))
    return Question((*circles, *matching.similar(words)), tuple(filters), tokens.tight(q), near)


def best(asked: Question, *, region: str | None, after: Place | None, limit: int, similar: bool) -> list[Place]:
    """The next items of the ranking, `limit` at most; `similar` asks for the near misses instead."""
    found: list[Place] = []
    first, matches = _phase(asked, similar)
    inner: Match | None = None
    for circle, match in enumerate(matches, first):
        if match != inner and (after is None or after.circle <= circle):
            match_here = _filtered(asked, match, region)
            found += _of_circle(asked, circle, match_here, inner, after, limit - len(found))
        if len(found) >= limit:
            break
        inner = match
    return found


def elsewhere(asked: Question, region: str, *, similar: bool) -> list[tuple[str, int, list[str]]]:
    """Other sites with hits: region, how many, the codes of the first few (CAT-02)."""
    _, matches = _phase(asked, similar)
    if not matches:
        return []
    closeness, values = _closeness(asked.text)
    mark = database.proxy.param
    source, condition = _source(_filtered(asked, matches[-1], None))
    rows = database.proxy.execute_sql(
        f"SELECT region, item_code, number FROM (SELECT e.region, e.item_code, COUNT(*) OVER (PARTITION BY e.region) "
        f"AS number, ROW_NUMBER() OVER (PARTITION BY e.region ORDER BY {closeness}, e.length, e.item_code) AS place "
        f"FROM {source} AND e.region <> {mark}) AS ranked WHERE place <= {MOST_PER_SITE} ORDER BY region, place",
        [*values, *condition, region],
    )
    sites: dict[str, tuple[str, int, list[str]]] = {}
    for site, code, number in rows.fetchall():
        sites.setdefault(site, (site, number, []))[2].append(code)
    return list(sites.values())


def _of_circle(
    asked: Question, circle: int, match: Match, inner: Match | None, after: Place | None, limit: int
) -> list[Place]:
    closeness, values = _closeness(asked.text)
    mark = database.proxy.param
    source, condition = _source(match, inner)
    beyond = ""
    start: tuple[Any, ...] = ()
    if after and after.circle == circle:
        beyond, start = f"WHERE (closeness, far, length, item_code) > ({', '.join([mark] * 4)})", after[1:]
    rows = database.proxy.execute_sql(
        f"SELECT closeness, far, length, item_code FROM (SELECT {closeness} AS closeness, "
        f"CASE WHEN e.region = {mark} THEN 0 ELSE 1 END AS far, e.length, e.item_code FROM {source}) AS hit "
        f"{beyond} ORDER BY closeness, far, length, item_code LIMIT {int(limit)}",
        [*values, asked.near, *condition, *start],
    )
    return [Place(circle, *row) for row in rows.fetchall()]


def _phase(asked: Question, similar: bool) -> tuple[int, tuple[Match, ...]]:
    """The number of the first circle, and the circles that are asked together."""
    return (SIMILAR, asked.circles[SIMILAR:]) if similar else (0, asked.circles[:SIMILAR])


def _filtered(asked: Question, match: Match, region: str | None) -> Match:
    site = [matching.token(tokens.region_filter(region))] if region else []
    return matching.all_of([match, *asked.filters, *site])


def _closeness(text: str) -> tuple[str, list[Any]]:
    """0 for the very name, 1 when it begins so, 2 when it has it in one piece, else 3."""
    mark = database.proxy.param
    find = "strpos" if database.dialect == "postgresql" else "instr"
    return (
        f"CASE {find}(e.name, {mark}) WHEN 0 THEN 3 WHEN 1 THEN CASE WHEN e.name = {mark} THEN 0 ELSE 1 END ELSE 2 END",
        [text, text],
    )


def _source(match: Match, without: Match | None = None) -> tuple[str, list[str]]:
    """FROM … WHERE … of what matches, and its parameters."""
    mark = database.proxy.param
    joined = "catalog_search_tokens AS t JOIN catalog_search_entry AS e ON e.id = t.rowid WHERE"
    if database.dialect == "postgresql":
        return f"{joined} t.tokens @@ {mark}::tsquery", [matching.tsquery(match, without=without)]
    return f"{joined} catalog_search_tokens MATCH {mark}", [matching.fts5(match, without=without)]


# --- cursors ----------------------------------------------------------------------------------------------------------


def write_cursor(place: Place) -> str:
    """The cursor of the page after this item."""
    return paging.sealed(["ranking", *place])


def read_cursor(cursor: str) -> Place:
    """The place a cursor stands for; Refusal when it is not one of a search."""
    try:
        kind, *values = paging.opened(cursor)
        place = Place(*values)
        numbers: Sequence[Any] = place[:4]
        if kind != "ranking" or not isinstance(place.code, str) or "\0" in place.code:
            raise ValueError("a cursor of another list")
        if not all(type(number) is int and 0 <= number < 2**31 for number in numbers):
            raise ValueError("wrong type")
        place.code.encode()
        return place
    except (ValueError, TypeError, RecursionError):
        raise paging.invalid() from None
