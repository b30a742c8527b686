"""Whose identity card a machine in a hall has read (BOO-13)."""

from typing import Any

from services.identity import agents, audit, registrations
from services.identity.models import Legal, Person, User, database


def holders(id_no: str) -> list[dict[str, Any]]:
    """Whose identity card it is, and for which legal persons the holder may act today: reference and items, None for
    all. Empty when nobody verified has this number. Audited, because a machine asks for whoever stands before it."""
    with database.transaction():
        digest = registrations.id_hash("identity_card", id_no.strip().upper())
        person = Person.get_or_none(Person.verified_hash == digest)
        if person is None or not User.get_by_id(person.id).active:
            return []
        ref = f"person:{person.id}"
        audit.note("card.resolved", ref)
        units = [(row.id, None) for row in Legal.select().where(Legal.representative == person.id)]
        units += [(row.principal, row.items) for row in agents.held_by(person.id).where(agents.running())]
        active = {row.id for row in User.select().where(User.id.in_([unit for unit, _ in units]), User.active)}
        acts_for = [{"ref": f"legal:{unit}", "items": items} for unit, items in units if unit in active]
        return [{"ref": ref, "items": None}, *acts_for]
