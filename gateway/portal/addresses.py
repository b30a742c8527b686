"""Addresses with places in braces, of pages and of services: `/cases/{case_no}`."""

from collections.abc import Mapping
from string import Formatter
from typing import Any
from urllib.parse import quote


def places_of(address: str) -> list[str]:
    """The names of its places."""
    return [name for _, name, _, _ in Formatter().parse(address) if name]


def fill(address: str, row: Mapping[str, Any]) -> str:
    """The address with its places filled from a row, so that no value leads anywhere else."""
    return address.format_map({name: quote(str(row[name]), safe="") for name in places_of(address)})
