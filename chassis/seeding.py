"""What seeders share: the file of fresh accounts, and ids that do not depend on which seeder ran first."""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

_STAFF = uuid5(NAMESPACE_URL, "yiwangtong:staff")


def staff_id(account: str) -> str:
    """The id of a seeded staff account: the same in every service that reads the same city folder."""
    return str(uuid5(_STAFF, account.lower()))


def staff_ref(account: str) -> str:
    """The reference id of a seeded staff account."""
    return f"staff:{staff_id(account)}"


def accounts_path(var: Path | None = None) -> Path:
    """Where one-time passwords are written: `accounts.json` in the hall's folder, by default `YWT_VAR`."""
    return (var or Path(os.environ.get("YWT_VAR", "var"))) / "accounts.json"


def accounts(entries: Iterable[Mapping[str, Any]], path: Path | None = None) -> None:
    """Add accounts with their one-time passwords to the file, readable by its owner alone; never printed, never logged.

    An entry with the account of an older one replaces it. Several seeders may write at once.
    """
    fresh = {str(entry["account"]): dict(entry) for entry in entries}
    if not fresh:
        return
    target = path or accounts_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = json.loads(target.read_text(encoding="utf-8"))["accounts"] if target.exists() else []
        merged = {entry["account"]: entry for entry in known} | fresh
        temporary = target.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"accounts": list(merged.values())}, file, ensure_ascii=False, indent=1)
        temporary.replace(target)
