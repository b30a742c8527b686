"""The world of identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis import clock
from chassis.clock import clock_at
from tests.identity import conftest as identity_tests
from tests.identity import test_agents as agents_tests
from tests.meta.permissions import World
from tests.meta.worlds.common import CLERK, DISTRICT, MONDAY
from tests.support import Caller, bench


@contextmanager
def identity(folder: Path) -> Iterator[World]:
    """A person, a legal person and a post with a grant; the others have accounts, too."""
    from services.identity import grants, keys
    from services.identity.models import RoleGrant, SecondFactor, Session, Staff, User

    with clock_at(MONDAY), identity_tests.small_hashing(), bench(identity_tests.service, folder) as b:
        hall = identity_tests.Hall(b)
        hall.orgs()
        owners, others, sessions = {}, {}, {}
        for serial, refs in ((1, owners), (2, others)):
            client = agents_tests.citizen(hall, serial)
            agents_tests.firm(hall, serial)
            address = {"recipient": "样本收件人", "phone": "13800000123", "region": "120101", "detail": "样本路 1 号"}
            if serial == 1:
                entry = client.post(f"{identity_tests.API}/me/addresses", json=address).get_json()
            org_code = "TZJ077" if serial == 1 else DISTRICT
            hall.staff(f"office{serial}", "service_office", org_code)
            for kind, account in (("person", "citizen"), ("legal", "firm"), ("staff", "office")):
                user = User.get(User.account == f"{account}{serial}")
                refs[kind] = user.ref
                sessions[user.ref] = Session.get(Session.user_id == user.id).id
        ids = {kind: ref.partition(":")[2] for kind, ref in owners.items()}
        hall.staff("clerk", "window_clerk", "TZJ049-SP")
        post = User.get(User.account == "clerk").id
        with b.database.transaction():
            since = {"grantor": CLERK, "valid_from": "2020-01-01"}
            grants.record(Staff.get_by_id(post), "decider", "TZJ049-SP", None, **since)
            grants.record(Staff.get_by_id(ids["staff"]), "coordinator", "TZJ077", None, **since)
        grant = RoleGrant.get(RoleGrant.staff_id == post).id
        named = agents_tests.name(
            hall, b.client(keys.sign(_claims(Caller(owners["legal"], "legal", 2), sessions))), account="citizen1"
        ).get_json()
        own = hall.bench.client(keys.sign(_claims(Caller(owners["person"], "person", 1), sessions)))
        question = {"password": identity_tests.PASSWORD, "question": "first_teacher", "answer": "样本老师"}
        assert own.put(f"{identity_tests.API}/me/security-question", json=question).status_code == 204
        SecondFactor.create(id=ids["staff"], secret="-", confirmed_at=clock.now())
        values = {
            "session_id": sessions[owners["person"]],
            "staff /sessions/<session_id>": sessions[owners["staff"]],
            "address_id": entry["id"],
            "address_ref": entry["ref"],
            "agency_id": named["id"],
            "ref": owners["person"],
            "agent_ref": owners["person"],
            "staff_id": post,
            "staff": f"staff:{post}",
            "grant_id": grant,
            "org": "TZJ049-SP",
            "role": "reviewer",
            "account": "citizen1",
            "mobile": "13900000001",
            "code": "123456",
            "phone": "13800000123",
            "region": "120101",
            "valid_until": "2026-12-31",
            "return_path": "/me",
            "card_no": identity_tests.CARD,
        }
        markers = (*ids.values(), entry["id"], named["id"], post, grant)
        bodies = {"create_staff": {"json": {"account": "new-post", "display_name": "岗位", "org": "TZJ049-SP"}}}
        world = _Identity(b, values, ("TZJ077",), DISTRICT, markers, owners, others, bodies)
        world.sessions = sessions
        yield world


@dataclass
class _Identity(World):
    """Identity signs by its own key, and only for sessions that run."""

    sessions: dict[str, str] = field(default_factory=dict)

    def token(self, caller: Caller) -> str:
        from services.identity import keys

        return keys.sign(_claims(caller, self.sessions))


def _claims(caller: Caller, sessions: dict[str, str]) -> dict[str, Any]:
    found = {"sub": caller.ref, "kind": caller.kind, "level": caller.level, "grants": list(caller.grants)}
    return found | {"sid": sessions[caller.ref]}
