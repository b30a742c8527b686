"""Which rows a grant covers: of its organisation, and of its items when it names some (ID-35)."""

from typing import Any

from peewee import Value

from chassis.auth import Actor


def covered(who: Actor, roles: tuple[str, ...], org: Any, item: Any) -> Any:
    """The condition of rows for whose organisation and item the caller has one of the roles; the columns are given."""
    found: Any = Value(False)
    for grant in who.grants:
        if grant.role in roles:
            here = Value(True) if grant.org == "*" else org == grant.org
            found |= here if grant.items is None else here & (item.is_null() | item.in_(grant.items))
    return found
