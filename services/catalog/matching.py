"""Questions to the search index: built once, written for FTS5 or for a tsquery (CAT-02, CAT-03).

Five circles, each wider than the one before: the very name; names that begin so; every word in the name; synonyms
allowed; department, site, themes, pinyin and initials allowed. When even the widest finds nothing, `similar` asks for
nearly all characters in any order.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

from services.catalog import pinyin, tokens

MOST_RUNS, MOST_CHARACTERS = 8, 24
TYPO_FROM = 4  # of so many characters one may be wrong


class Match(NamedTuple):
    """A token, the beginning of one (`kind` start), or all / any of several matches."""

    kind: str
    parts: tuple["Match", ...] = ()
    text: str = ""


def token(text: str) -> Match:
    """Items that have this token."""
    return Match("token", text=text)


def start(text: str) -> Match:
    """Items that have a token that begins so."""
    return Match("start", text=text)


def all_of(parts: Iterable[Match]) -> Match:
    """Items that match each part."""
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else Match("all", found)


def any_of(parts: Iterable[Match]) -> Match:
    """Items that match at least one part."""
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else Match("any", found)


def words_of(q: str) -> list[str]:
    """The runs of a query that count: a long query is cut, so that it costs no more than others."""
    return [run[:MOST_CHARACTERS] for run in tokens.runs(tokens.fold(q))[:MOST_RUNS]]


def circles(words: list[str], text: str, same: Callable[[str], list[str]]) -> tuple[Match, ...]:
    """From the very name `text` to all that an item is found by; `same` says a word in other words."""
    begins = start("n" + text)
    named = {word: _in_name(word) for word in words}
    synonymous = {word: [all_of(map(_in_name, words_of(other))) for other in same(word)] for word in words}
    others = {word: _around(word) for word in words}
    widest = all_of(any_of([named[word], *synonymous[word], *others[word]]) for word in words)
    if len(words) > 1 and all(word.isascii() and word.isalpha() for word in words):  # pinyin, syllable by syllable
        widest = any_of([widest, *_spoken("".join(words)[:MOST_CHARACTERS])])
    return (
        token("n" + text),
        begins,
        any_of([begins, all_of(named.values())]),
        any_of([begins, all_of(any_of([named[word], *synonymous[word]]) for word in words)]),
        any_of([begins, widest]),
    )


def similar(words: list[str]) -> tuple[Match, ...]:
    """Nearly all characters of the query in any order: in the name; there or around it. Empty for too few of them."""
    characters = [*dict.fromkeys("".join(word for word in words if not word.isascii()))][:MOST_CHARACTERS]
    if len(characters) < 2:
        return ()
    rest = [any_of([_in_name(word), *_around(word)]) for word in words if word.isascii()]
    inside = [token(character) for character in characters]
    anywhere = [any_of([token(character), token("d" + character)]) for character in characters]
    return all_of([_nearly(inside), *rest]), all_of([_nearly(anywhere), *rest])


def _nearly(parts: list[Match]) -> Match:
    return all_of(parts) if len(parts) < TYPO_FROM else all_but_one(parts)


def all_but_one(parts: list[Match]) -> Match:
    """All parts, or all but any one of them."""
    if len(parts) == 2:
        return any_of(parts)
    left, right = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    if len(left) == 1:
        return any_of([all_of(right), all_of([left[0], all_but_one(right)])])
    return any_of([all_of([*left, all_but_one(right)]), all_of([all_but_one(left), *right])])


def _in_name(word: str) -> Match:
    if word.isascii():
        return start("w" + word)
    return all_of(token(piece) for piece in tokens.pieces(word))


def _around(word: str) -> list[Match]:
    if not word.isascii():
        return [all_of(token("d" + piece) for piece in tokens.pieces(word))]
    return [start("e" + word), *(_spoken(word) if word.isalpha() else [])]


def _spoken(letters: str) -> list[Match]:
    """Letters as initials, and as pinyin of two syllables or more."""
    found = []
    if len(letters) == 2:
        found.append(token("i" + letters))
    elif 2 < len(letters) <= tokens.INITIALS:
        found.append(start("i" + letters))
    elif len(letters) > tokens.INITIALS:
        places = range(len(letters) - tokens.INITIALS + 1)
        found.append(all_of(token("i" + letters[place : place + tokens.INITIALS]) for place in places))
    for syllables, begun in pinyin.readings(letters):
        whole = [token("p" + tokens.GAP.join(pair)) for pair in pairwise(syllables)]
        if begun and syllables:
            whole.append(start("p" + tokens.GAP.join([syllables[-1], begun])))
        if whole:
            found.append(all_of(whole))
    return found


# --- as the databases want it ----------------------------------------------------------------------------------------


def fts5(match: Match, *, without: Match | None = None) -> str:
    """The match in the language of SQLite's FTS5; tokens hold letters and digits only."""
    text = _written(match, lambda part: f'"{part.text}"{"*" if part.kind == "start" else ""}', " AND ", " OR ")
    return f"({text}) NOT ({fts5(without)})" if without else text


def tsquery(match: Match, *, without: Match | None = None) -> str:
    """The match as a tsquery of PostgreSQL."""
    text = _written(match, lambda part: f"'{part.text}'{':*' if part.kind == 'start' else ''}", " & ", " | ")
    return f"({text}) & !({tsquery(without)})" if without else text


def _written(match: Match, leaf: Callable[[Match], str], both: str, either: str) -> str:
    if match.kind in {"token", "start"}:
        return leaf(match)
    parts = (_written(part, leaf, both, either) for part in match.parts)
    return f"({(both if match.kind == 'all' else either).join(parts)})"
