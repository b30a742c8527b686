"""The texts (NOT-03). Delivered as data in `wordings/`, one file per family; operators may publish newer wordings.

Named parameters in braces; an elastic one is cut so that the message fits. `sms` goes to the phone too; `mandatory`
cannot be switched off; `urgent` is not held at night (NOT-06); `escalation` takes the next channel when no receipt
comes in ten minutes (NOT-08). A newer wording changes the words, never these. No number of a document, no full name
(NOT-04).
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from string import Formatter
from typing import Any

from chassis import clock
from services.notifier.models import Wording, database

FOLDER = Path(__file__).parent / "wordings"
DELIVERED = 1  # the number of the wording in the files
PUBLISHED = "published"


@dataclass(frozen=True)
class Template:
    """One text in two languages."""

    code: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    sms: bool = False
    mandatory: bool = False
    urgent: bool = False
    escalation: bool = False
    elastic: str | None = None
    number: int = DELIVERED

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters it needs, in the order of the Chinese text."""
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.zh + self.en) if name))

    def reworded(self, row: Any) -> "Template":
        """The same template in the words of a version."""
        words = {name: getattr(row, name) for name in ("title_zh", "title_en", "zh", "en", "number")}
        return replace(self, **words)


def load(folder: Path = FOLDER) -> tuple[Template, ...]:
    """All templates of the files; a code that appears twice or a word that means nothing stops the start."""
    found: dict[str, Template] = {}
    for path in sorted(folder.glob("*.json")):
        for code, entry in json.loads(path.read_text(encoding="utf-8")).items():
            if code in found:
                raise ValueError(f"{path.name}: {code} is there twice")
            title_zh, title_en = entry.pop("title")
            try:
                found[code] = Template(code, title_zh, title_en, **entry)
            except TypeError as error:
                raise ValueError(f"{path.name}: {code}: {error}") from None
    return tuple(found.values())


ALL = load()
_BY_CODE = {template.code: template for template in ALL}
FRESH_SECONDS = 1.0  # after this every process has learnt of a new wording
_kept: tuple[str, float, dict[str, Template]] = ("", 0.0, {})  # of which database, until when, what holds


def find(code: str, number: int | None = None) -> Template | None:
    """The template of this code in the words of this version, or in those that hold now; None when there is none."""
    delivered = _BY_CODE.get(code)
    if delivered is None or number == DELIVERED:
        return delivered
    newest = _published().get(code, delivered)
    if number is None or newest.number == number:
        return newest
    row = Wording.get_or_none(Wording.code == code, Wording.number == number)
    return delivered.reworded(row) if row is not None else delivered


def forget() -> None:
    """A wording was published here: look again."""
    global _kept
    _kept = ("", 0.0, {})


def _published() -> dict[str, Template]:
    global _kept
    url, until, found = _kept
    if url != database.url or clock.monotonic() >= until:
        rows = Wording.select().where(Wording.state == PUBLISHED).order_by(Wording.number)
        found = {row.code: _BY_CODE[row.code].reworded(row) for row in rows if row.code in _BY_CODE}
        _kept = (database.url, clock.monotonic() + FRESH_SECONDS, found)
    return found
