"""Personal data: encrypted columns, keyed-hash lookup, masks, and a scrubber that keeps it out of the logs (ID-21)."""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from peewee import Table, TextField, fn

_NONCE = 12
_ciphers: dict[str, AESGCM] = {}
_current = ""
_lookup_key = b""


class DecryptError(Exception):
    """A stored value cannot be read: its key is not known here, or it was altered or moved."""


def configure(keys: Mapping[str, bytes], lookup_key: bytes) -> None:
    """Set the column keys (version -> 32 bytes, the last one encrypts) and the key of lookups (ID-21)."""
    global _current, _lookup_key
    for version, key in keys.items():
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,16}", version) or len(key) != 32:
            raise ValueError(f"data key {version!r}: a short name and 32 bytes are needed")
    if not keys or not lookup_key:
        raise ValueError("at least one data key and a lookup key are needed")
    _ciphers.clear()
    _ciphers.update({version: AESGCM(key) for version, key in keys.items()})
    _current, _lookup_key = list(keys)[-1], lookup_key


def encrypt(text: str, place: str) -> str:
    """Encrypt with the newest key; `place` (table.column) is bound in, so that the value is readable only there."""
    if not _current:
        raise RuntimeError("privacy.configure was not called: personal data cannot be stored")
    nonce = os.urandom(_NONCE)
    sealed = nonce + _ciphers[_current].encrypt(nonce, text.encode(), place.encode())
    return f"{_current}.{base64.b64encode(sealed).decode()}"


def decrypt(stored: str, place: str) -> str:
    """Read a value that `encrypt` made for the same place, with whichever known key it names."""
    version, _, encoded = stored.partition(".")
    if version not in _ciphers:
        raise DecryptError(f"{place}: no key of version {version[:16]!r} is configured")
    try:
        sealed = base64.b64decode(encoded, validate=True)
        return _ciphers[version].decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError):
        raise DecryptError(f"{place}: the stored value was altered or belongs elsewhere") from None


class EncryptedField(TextField):
    """Text that only its own column can read back (AES-256-GCM). Never searched: keep a `lookup` column beside it."""

    @property
    def place(self) -> str:
        """What the value is bound to: table.column."""
        return f"{self.model._meta.table_name}.{self.column_name}"

    def db_value(self, value: str | None) -> str | None:
        return None if value is None else encrypt(value, self.place)

    def python_value(self, value: str | None) -> str | None:
        return None if value is None else decrypt(value, self.place)

    def __eq__(self, other: Any) -> Any:
        if isinstance(other, str):
            raise TypeError(f"{self.name} is encrypted anew each time; compare a lookup column instead")
        return super().__eq__(other)

    def __ne__(self, other: Any) -> Any:
        if isinstance(other, str):
            raise TypeError(f"{self.name} is encrypted anew each time; compare a lookup column instead")
        return super().__ne__(other)

    def in_(self, other: Any) -> Any:
        raise TypeError(f"{self.name} is encrypted anew each time; compare a lookup column instead")

    __hash__ = TextField.__hash__


def lookup(value: str, kind: str) -> str:
    """The keyed hash by which an identifier is found again; `kind` keeps equal numbers of two kinds apart (ID-21)."""
    if not _lookup_key:
        raise RuntimeError("privacy.configure was not called: identifiers cannot be looked up")
    normal = value.strip().upper()
    return hmac.new(_lookup_key, f"{kind}\0{normal}".encode(), hashlib.sha256).hexdigest()


def reencrypt(model: type[Any], field: EncryptedField | str, *, rows: int = 200) -> int:
    """Bring a column to the newest key, slice by slice beside running traffic; returns how many values changed."""
    target: Any = model._meta.fields[field] if isinstance(field, str) else field
    if not isinstance(target, EncryptedField):
        raise TypeError(f"{target.name} is not encrypted")
    table = Table(model._meta.table_name)  # without the model, so that nothing decrypts on the way
    key, column = getattr(table.c, model._meta.primary_key.column_name), getattr(table.c, target.column_name)
    prefix, last, changed = f"{_current}.", None, 0
    while True:
        query = table.select(key, column).where(column.is_null(False), fn.SUBSTR(column, 1, len(prefix)) != prefix)
        query = query if last is None else query.where(key > last)
        with model.home.transaction():
            slice_ = list(query.order_by(key).limit(rows).tuples().execute(model.home.proxy))
            for pk, stored in slice_:
                fresh = encrypt(decrypt(stored, target.place), target.place)
                # Only while it is still what was read: a verb may have written the row with the new key meanwhile.
                update = table.update({column: fresh}).where(key == pk, column == stored)
                changed += update.execute(model.home.proxy)
        if len(slice_) < rows:
            return changed
        last = slice_[-1][0]


# --- masks ------------------------------------------------------------------------------------------------------

_COMPOUND = (  # two characters each
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文"
    "司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生公户"
    "公玉公仪梁丘公仲公上公门公山公坚左丘公伯西门公祖第五公乘贯丘公皙南荣东里东宫仲长子书子桑即墨达奚褚师完颜纳兰"
)
_COMPOUND_SURNAMES = frozenset(_COMPOUND[i : i + 2] for i in range(0, len(_COMPOUND), 2))


def mask_id_no(number: str | None) -> str | None:
    """`1201**********1235`; a short document number keeps its first and last character (ID-21)."""
    return _keep(number, 4, 4) if number and len(number.strip()) >= 12 else _keep(number, 1, 1)


def mask_mobile(number: str | None) -> str | None:
    """`138****0000` (ID-21)."""
    return _keep(number, 3, 4) if number and len(number.strip()) >= 10 else _keep(number, 1, 1)


def mask_name(name: str | None) -> str | None:
    """张*, 李**; a compound surname stays whole: 欧阳** (ID-21)."""
    text = (name or "").strip()
    surname = 2 if len(text) > 2 and text[:2] in _COMPOUND_SURNAMES else 1
    return name if not text else text[:surname] + "*" * max(len(text) - surname, 1)


def _keep(value: str | None, head: int, tail: int) -> str | None:
    text = (value or "").strip()
    if not text:
        return value
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


# --- logs -------------------------------------------------------------------------------------------------------

# Identifiers of ours come first and are left alone, so that digits inside a UUID or trace id never look like a mobile.
_SENSITIVE = re.compile(
    r"(?P<own>(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9A-Za-z]))"
    r"|(?P<bearer>\bbearer[ :=\"']+[A-Za-z0-9._~+/=-]+)"
    r"|(?P<jwt>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)"
    r"|(?P<id>(?<!\d)\d{17}[\dXx](?!\d))"
    r"|(?P<mobile>(?<!\d)(?:86)?1[3-9]\d{9}(?!\d))",
    re.IGNORECASE,
)


def scrub_text(text: str) -> str:
    """The text with mobiles, identity numbers and tokens masked (ID-21)."""
    return _SENSITIVE.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    text = found.group()
    match found.lastgroup:
        case "own":
            return text
        case "bearer":
            return "Bearer ***"
        case "jwt":
            return "***"
        case "id":
            return mask_id_no(text) or ""
        case _:
            return mask_mobile(text[-11:]) or ""


def scrub(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor, the last before the renderer: no personal number and no token leaves in a log line."""
    for name in list(event):
        value = event.pop(name)
        event[scrub_text(name)] = _clean(value)
    return event


def _clean(value: Any) -> Any:
    match value:
        case None | bool() | float():
            return value
        case str():
            return scrub_text(value)
        case int():
            text = str(value)
            return value if (masked := scrub_text(text)) == text else masked
        case Mapping():
            return {scrub_text(str(key)): _clean(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case bytes():
            return scrub_text(value.decode(errors="replace"))
        case datetime() | date():
            return value.isoformat()
        case _:
            return scrub_text(repr(value))
