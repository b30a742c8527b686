"""Stored files that several rows may share: a file goes when the last row that names it has gone (FIL-05, FIL-20).

Who shares a file locks a committed row that names it, so that no row can appear after the last one was seen to go.
"""

from typing import Any

from services.filing import storage
from services.filing.models import Paper, SpaceFile, StoredFile, Upload, database

_MODELS = (StoredFile, SpaceFile, Paper, Upload)


def release(*paths: str) -> None:
    """After the transaction in hand: remove the files that no row names any more."""
    database.on_commit(lambda: _remove(paths))


def settle(path: str) -> None:
    """After the transaction in hand: the file has its row."""
    database.on_commit(lambda: storage.settle(path))


def received(row: Any) -> storage.Received:
    """A file that lies there already, as one that has just come in."""
    return storage.Received(row.path, row.sha256, row.size, getattr(row, "mime", "application/pdf"))


def is_named(path: str) -> bool:
    """Whether any row names the file."""
    return any(model.select().where(model.path == path).exists() for model in _MODELS)


def _remove(paths: tuple[str, ...]) -> None:
    storage.remove(*(path for path in paths if not is_named(path)))
