"""Other words for what people look for: 开店 for 经营许可 (CAT-03). Each city brings its own list."""

from collections.abc import Callable
from typing import Any

from services.catalog import tokens
from services.catalog.models import Synonym, database

LONGEST = 10  # characters of a word of the list
MOST_WAYS = 16  # to say one word of a query


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
        return len(gone) + len(wanted - known.keys())


def lookup(words: list[str]) -> Callable[[str], list[str]]:
    """Ask once for all words of a query; the answer says a word in other words, a few ways at most."""
    pieces = {piece for word in words for piece in _pieces(word)}
    groups = Synonym.select(Synonym.word_group).where(Synonym.word.in_(pieces))
    members: dict[str, list[str]] = {}
    if pieces:
        for row in Synonym.select().where(Synonym.word_group.in_(groups)).order_by(Synonym.word_group, Synonym.word):
            members.setdefault(row.word_group, []).append(row.word)

    def same(word: str) -> list[str]:
        """The word with a known piece exchanged; a piece within a longer known one is left alone."""
        found: dict[str, None] = {}
        longer: list[str] = []
        for piece in sorted(_pieces(word), key=lambda piece: (-len(piece), piece)):
            others = [other for group in members.values() if piece in group for other in group if other != piece]
            if others and not any(piece in one for one in longer):
                longer.append(piece)
                found |= {word.replace(piece, other): None for other in others}
        return list(found)[:MOST_WAYS]

    return same


def _pieces(word: str) -> set[str]:
    """What of the word may stand in the list: of Chinese every piece of two characters or more, else the whole."""
    if word.isascii():
        return {word}
    ends = range(2, LONGEST + 1)
    return {
        word[place : place + length] for place in range(len(word)) for length in ends if place + length <= len(word)
    }
