"""The seeder: units and posts of a city. Every account gets its own random one-time password (ID-23)."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chassis import clock, seeding
from services.identity import codes, grants, passwords
from services.identity.models import Org, Staff, User, database

FIRST_SAMPLE_MOBILE = 19900000000  # sample numbers are these and the following ones: obviously nobody's


def load(folder: Path) -> None:
    """Load orgs.json and staff.json; what exists already stays as it is, its password too."""
    _load_orgs(json.loads((folder / "orgs.json").read_text(encoding="utf-8"))["organisations"])
    entries = json.loads((folder / "staff.json").read_text(encoding="utf-8"))["staff"]
    known = {user.account for user in User.select(User.account).where(User.kind == "staff")}
    missing = [(n, e, passwords.one_time()) for n, e in enumerate(entries, start=1) if e["account"] not in known]
    with ThreadPoolExecutor() as pool:  # slow on purpose, and done outside the interpreter's lock
        hashes = list(pool.map(passwords.hashed, [password for _, _, password in missing]))
    with database.transaction():
        for (number, entry, _), password_hash in zip(missing, hashes, strict=True):
            _create(entry, password_hash, str(FIRST_SAMPLE_MOBILE + number))
        # Written before the commit: a password that nobody was told would be worse than one told for nothing.
        seeding.accounts([_told(entry, password) for _, entry, password in missing])


def _load_orgs(entries: list[dict[str, Any]]) -> None:
    with database.transaction():
        for entry in entries:
            Org.insert(
                id=entry["code"],
                name=entry["name"],
                kind=entry["kind"],
                region=entry["region"],
                parent=entry["parent"],
                active=entry["active"],
            ).on_conflict_ignore().execute()


def _create(entry: dict[str, Any], password_hash: str, mobile: str) -> None:
    user = User.create(
        id=seeding.staff_id(entry["account"]),
        kind="staff",
        account=entry["account"],
        password_hash=password_hash,
        mobile=mobile,
        mobile_hash=codes.mobile_hash(mobile),
        must_change_password=True,
        region=Org.get_or_refuse(entry["org"]).region,
    )
    post = entry["post"] if entry["post"] in {"A", "B"} else None
    staff = Staff.create(
        id=user.id,
        display_name=entry["display_name"],
        org=entry["org"],
        post=post,
        sample=entry.get("sample", False),
        created_by="service:identity",
    )
    for role in entry["roles"]:
        grants.record(
            staff, role["role"], role["org"], role["items"], grantor="service:identity", valid_from=clock.today()
        )


def _told(entry: dict[str, Any], password: str) -> dict[str, Any]:
    return {
        "account": entry["account"],
        "kind": "staff",
        "display_name": entry["display_name"],
        "org": entry["org"],
        "roles": sorted({role["role"] for role in entry["roles"]}),
        "one_time_password": password,
    }
