"""Other words for what people look for: 开店 for 经营许可 (CAT-03). Each city brings its own list."""

import time
from collections.abc import Callable
from typing import Any

from services.catalog import tokens
from services.catalog.models import Synonym, database

LONGEST = 10  # characters of a word of the list
MOST_WAYS = 16  # to say one word of a query
KEPT_SECONDS = 30.0  # a new list is used by every process within this time

_kept: dict[str, tuple[float, dict[str, list[str]]]] = {}  # by database: until when, other words by word


def load(groups: list[dict[str, Any]]) -> int:
    """Take over the groups of a city file, which replace those that were there; returns how many words changed."""
    wanted = {(folded, group["code"]) for group in groups for word in group["words"] if (folded := tokens.tight(word))}
    with database.transaction():
        known = {(row.word, row.word_group): row.id for row in Synonym.select()}
        gone = [known[pair] for pair in known.keys() - wanted]
        if gone:
            Synonym.delete().where(Synonym.id.in_(gone)).execute()
        for word, group in sorted(wanted - known.keys()):
            Synonym.create(word=word, word_group=group)
        database.on_commit(_kept.clear)
        return len(gone) + len(wanted - known.keys())


def lookup() -> Callable[[str], list[str]]:
    """A function that says a word in other words, a few ways at most."""
    others = _others()

    def same(word: str) -> list[str]:
        """The word with a known piece exchanged; a piece within a longer known one is left alone."""
        found: dict[str, None] = {}
        longer: list[str] = []
        for piece in sorted(others.keys() & _pieces(word), key=lambda piece: (-len(piece), piece)):
            if not any(piece in one for one in longer):
                longer.append(piece)
                found |= {word.replace(piece, other): None for other in others[piece]}
        return list(found)[:MOST_WAYS]

    return same


def _others() -> dict[str, list[str]]:
    """For every word of the list the others of its groups; kept for a moment, since every query asks."""
    until, found = _kept.get(database.url, (0.0, {}))
    if time.monotonic() < until:
        return found
    groups: dict[str, list[str]] = {}
    for row in Synonym.select().order_by(Synonym.word_group, Synonym.word):
        groups.setdefault(row.word_group, []).append(row.word)
    found = {}
    for group in groups.values():
        for word in group:
            found.setdefault(word, []).extend(other for other in group if other != word)
    _kept[database.url] = time.monotonic() + KEPT_SECONDS, found
    return found


def _pieces(word: str) -> set[str]:
    """What of the word may stand in the list: of Chinese every piece of two characters or more, else the whole."""
    if word.isascii():
        return {word}
    ends = range(2, LONGEST + 1)
    return {
        word[place : place + length] for place in range(len(word)) for length in ends if place + length <= len(word)
    }
