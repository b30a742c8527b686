"""Words as the search index keeps them: the same tokens on SQLite and PostgreSQL (CAT-02, CAT-03).

Chinese is indexed by characters, pairs and fours of characters, other scripts by words. A first letter tells what a
token is, so that one column can be asked for the name only, for the department or for pinyin; bare Chinese is the name:

    医 医疗 医疗器械 the name          d市 d市场     department, site, themes
    wmedical      the name, a code  esichuang    department and themes, not Chinese
    pyi0liao      pinyin in pairs   iyl iylqxjy  initials from here on, two and at most six
    n医疗器械许可    the whole name
    r120000 otzj049 t教育医疗 fperson flegal fbookable    filters

Tokens are letters and digits only: neither database takes them apart, and no query needs quoting of marks.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from services.catalog import pinyin

FORMAT = 2  # raise it when tokens change: rows of another format are written anew by the next seed
INITIALS = 6
FOUR = 4
GAP = "0"  # between two syllables; no syllable has a digit


def fold(text: str) -> str:
    """Full width to half, lower case, no accents; what is neither letter nor digit becomes a blank."""
    parted = unicodedata.normalize("NFKD", text).lower().replace("u\u0308", "v")  # ü is typed v
    bare = "".join(c for c in parted if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def runs(folded: str) -> list[str]:
    """The folded text in runs that are wholly ASCII or wholly not."""
    return ["".join(group) for word in folded.split() for _, group in groupby(word, str.isascii)]


def tight(text: str) -> str:
    """The folded text without blanks, as names are compared."""
    return fold(text).replace(" ", "")


def of_item(
    name: str,
    other_names: Iterable[str],
    around: Iterable[str],
    *,
    region: str,
    org: str,
    themes: Iterable[str] = (),
    flags: Iterable[str] = (),
) -> str:
    """The tokens of an item, parted by blanks; `around` is what it is also found by: department, site, themes."""
    found = ["n" + tight(name), *_words(name, "", "w"), *_spoken(name)]
    for text in other_names:
        found += _words(text, "", "w")
    for text in around:
        found += _words(text, "d", "e")
    found += [region_filter(region), org_filter(org)]
    found += [theme_filter(theme) for theme in themes] + [f"f{flag}" for flag in flags]
    return " ".join(dict.fromkeys(found))


def region_filter(code: str) -> str:
    """The token of all items of a site."""
    return "r" + _plain(code)


def org_filter(code: str) -> str:
    """The token of all items of an organisation."""
    return "o" + _plain(code)


def theme_filter(theme: str) -> str:
    """The token of all items of a theme."""
    return "t" + _plain(theme)


def pieces(run: str) -> list[str]:
    """The tokens that together are a run of Chinese: the longest there are, since they are the rarest."""
    if len(run) >= FOUR:
        return _fours(run)
    return [a + b for a, b in pairwise(run)] or [run]


def _fours(run: str) -> list[str]:
    return [run[place : place + FOUR] for place in range(len(run) - FOUR + 1)]


def _plain(code: str) -> str:
    """Lower case; marks become `z` with their number, so that no two codes become the same."""
    return "".join(c if c.isalnum() and c != "z" else f"z{ord(c):x}z" for c in code.lower())


def _words(text: str, chinese: str, other: str) -> Iterator[str]:
    for run in runs(fold(text)):
        if run.isascii():
            yield other + run
        else:
            yield from (chinese + character for character in run)
            yield from (chinese + first + second for first, second in pairwise(run))
            yield from (chinese + four for four in _fours(run))


def _spoken(name: str) -> Iterator[str]:
    for run in runs(fold(name)):
        if run.isascii():
            continue
        syllables = [syllable for syllable in pinyin.of(run) if syllable.isascii() and syllable.isalpha()]
        initials = "".join(syllable[0] for syllable in syllables)
        for place in range(len(syllables)):
            yield "i" + initials[place : place + INITIALS]
            yield "i" + initials[place : place + 2]
            yield "p" + GAP.join(syllables[place : place + 2])
