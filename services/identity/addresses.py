"""The address book 收件地址; others know an entry only as `address:<id>`."""

from typing import Any

from chassis import clock, etag, privacy
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import identity as events
from services.identity.models import Address, User, database

MOST = 20


def mine(user_id: str) -> list[Address]:
    """The entries of one account, the default one first."""
    query = Address.select().where(Address.user_id == user_id, Address.removed_at.is_null())
    return list(query.order_by(Address.is_default.desc(), Address.id))


def add(user_id: str, data: dict[str, Any]) -> Address:
    """Add an entry; the first one is the default."""
    with database.transaction():
        user = User.get_or_refuse(user_id, lock=True)
        there = Address.select().where(Address.user_id == user_id, Address.removed_at.is_null()).count()
        if there >= MOST:
            raise Refusal(
                "identity.address-book-full",
                zh=f"收件地址最多 {MOST} 个。",
                en=f"The address book holds {MOST} entries.",
                next_zh="请先删除不用的地址。",
                next_en="Remove one first.",
            )
        if data.get("is_default"):
            _unset_default(user_id)
        row = Address.create(user_id=user_id, **(data | {"is_default": bool(data.get("is_default")) or there == 0}))
        _report(user)
    return row


def change(user_id: str, address_id: str, data: dict[str, Any]) -> Address:
    """Change an entry; a shipment already ordered keeps the label it has (NOT-26)."""
    with database.transaction():
        user = User.get_or_refuse(user_id, lock=True)
        row = _own(user_id, address_id)
        etag.check(row)
        if data.get("is_default"):
            _unset_default(user_id)
            row = _own(user_id, address_id)
        for name, value in data.items():
            setattr(row, name, value)
        row.save()
        _report(user)
    return row


def remove(user_id: str, address_id: str) -> None:
    """Take an entry off the list."""
    with database.transaction():
        user = User.get_or_refuse(user_id, lock=True)
        row = _own(user_id, address_id)
        etag.check(row)
        row.removed_at, row.is_default = clock.now(), False
        row.save()
        _report(user)


def dump(row: Address) -> dict[str, Any]:
    """An entry as its owner sees it."""
    return {
        "id": row.id,
        "ref": f"address:{row.id}",
        "recipient": row.recipient,
        "phone": privacy.mask_mobile(row.phone),
        "region": row.region,
        "detail": row.detail,
        "is_default": row.is_default,
    }


def _own(user_id: str, address_id: str) -> Address:
    return Address.get_or_refuse(
        Address.id == address_id, Address.user_id == user_id, Address.removed_at.is_null(), lock=True
    )


def _unset_default(user_id: str) -> None:
    Address.update(is_default=False).where(Address.user_id == user_id, Address.is_default).execute()


def _report(user: User) -> None:
    emit(
        events.UserUpdated,
        user.ref,
        {"user_ref": user.ref, "changed": ["address"], "updated_at": clock.now()},
    )
