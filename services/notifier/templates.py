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

from services.notifier.models import Wording

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


def find(code: str, number: int | None = None) -> Template | None:
    """The template of this code in the words of this version, or in those that hold now; None when there is none."""
    delivered = _BY_CODE.get(code)
    if delivered is None or number == DELIVERED:
        return delivered
    wanted = (Wording.code == code) & (Wording.state == PUBLISHED if number is None else Wording.number == number)
    row = Wording.select().where(wanted).order_by(Wording.number.desc()).first()
    return delivered.reworded(row) if row is not None else delivered
