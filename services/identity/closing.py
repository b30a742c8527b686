"""Taking the own data along, and closing the account."""

from datetime import date
from typing import Any

from chassis import clock
from chassis.auth import unauthorised
from chassis.errors import Refusal
from services.identity import agents, audit, passwords, profile, questions, sessions
from services.identity.models import (
    AccessAudit,
    Address,
    Agent,
    Legal,
    LoginLog,
    Person,
    SecurityQuestion,
    Session,
    User,
    database,
)

OWN = (
    *("account", "kind", "level", "region", "mobile", "created_at"),
    *("protocol_version", "protocol_agreed_at", "last_login_at"),
)
PERSON = ("name", "id_type", "id_no", "sex", "birth", "verified_at", "verify_method")
LEGAL = ("name", "enterprise_type", "uscc", "reg_no", "registered_on", "bound_at")
ADDRESS = ("id", "recipient", "phone", "region", "detail", "is_default", "removed_at")
SESSION = ("id", "device", "network", "network_class", "started_at", "last_seen_at", "ended_at", "ended_by")
LOGIN = ("at", "outcome", "device", "session_id")
READ = ("at", "actor", "action", "reason", "case_no")


def export(user_id: str, password: str) -> dict[str, Any]:
    """All that identity keeps of an account, in full, after proof of the password; the export is on record."""
    user = User.get_or_refuse(user_id)
    user = passwords.authenticate(user.kind, user.account, password)
    found: dict[str, Any] = {
        "exported_at": clock.now().isoformat(),
        "account": {"ref": user.ref} | _told(user, OWN),
        "security_question": questions.mine(user_id),
        "addresses": _all(Address, Address.user_id == user_id, ADDRESS),
        "agents": [_written(agents.dump(row)) for row in agents.of(user_id).order_by(Agent.id)],
        "agencies": [_written(agents.dump(row)) for row in agents.held_by(user_id).order_by(Agent.id)],
        "sessions": _all(Session, Session.user_id == user_id, SESSION),
        "logins": _all(LoginLog, LoginLog.user_id == user_id, LOGIN),
        "reads_and_changes": _all(AccessAudit, AccessAudit.subject == user.ref, READ),
    }
    if user.kind == "person":
        found["person"] = _told(Person.get_by_id(user_id), PERSON)
    else:
        legal = Legal.get_by_id(user_id)
        found["legal"] = _told(legal, LEGAL) | {"representative_ref": f"person:{legal.representative}"}
    with database.transaction():
        audit.note("account.exported", user.ref)
    return found


def close(user_id: str, password: str) -> None:
    """Close an account for good: sessions and agencies end, mobile and document number are free for a new account.

    Name and number stay for the cases and documents that name the account, the logs for as long as the law wants them;
    the account name is never given to anybody else.
    """
    user = User.get_or_refuse(user_id)
    passwords.authenticate(user.kind, user.account, password)
    with database.transaction():
        user = User.locked(user_id)
        if not user.active:
            raise unauthorised()
        if user.kind == "person":
            _require_no_unit(user_id)
            Person.update(verified_hash=None).where(Person.id == user_id).execute()
        else:
            legal = Legal.locked(user_id)
            legal.former_number, legal.uscc, legal.reg_no = legal.uscc or legal.reg_no, None, None
            legal.save()
        user.active, user.closed_at = False, clock.now()
        user.mobile = user.mobile_hash = None
        user.save()
        SecurityQuestion.delete().where(SecurityQuestion.id == user_id).execute()
        Address.update(removed_at=clock.now(), is_default=False).where(
            Address.user_id == user_id, Address.removed_at.is_null()
        ).execute()
        agents.end_all_of(user_id, "注销账号 account closed")
        sessions.end_all(user_id, "closed")
        audit.note("account.closed", user.ref)
        profile.report(user, "mobile", "address")


def _all(model: Any, which: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_told(row, names) for row in model.select().where(which).order_by(model.id)]


def _told(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return _written({name: getattr(row, name) for name in names})


def _written(found: dict[str, Any]) -> dict[str, Any]:
    """Days and instants as text, as a JSON file has them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def _require_no_unit(user_id: str) -> None:
    """A legal account stands on its verified representative (ID-12): it is closed first."""
    units = Legal.select().join(User, on=(User.id == Legal.id)).where(Legal.representative == user_id, User.active)
    if units.exists():
        raise Refusal(
            "identity.represents-a-unit",
            rule="ID-12",
            zh="您是法人账号的法定代表人(负责人)，暂不能注销个人账号。",
            en="You are the representative of a legal account; the personal account cannot be closed yet.",
            next_zh="请先注销该法人账号。",
            next_en="Close the legal account first.",
        )
