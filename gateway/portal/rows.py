"""Rows as the services send them."""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


def at(row: Any, key: str) -> Any:
    """The value at a dotted key; None when a part is missing."""
    for part in key.split("."):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row
