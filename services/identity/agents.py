"""Agents 经办人: a legal person names personal accounts that may act for it, for some items or all, until a day."""

from typing import Any

from peewee import IntegrityError

from chassis import clock
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.identity import audit, directory, guards, passwords
from services.identity.models import Agent, Legal, Person, User, database


def running() -> Any:
    """The condition of agencies in force today."""
    today = clock.today()
    return Agent.revoked_at.is_null() & (Agent.valid_from <= today) & (Agent.valid_until >= today)


def name(principal_id: str, data: dict[str, Any]) -> Agent:
    """Name an agent by account and real name; only a real-name verified person can be one (FIL-02, ID-35).

    A wrong account, a wrong name and an unverified one are refused alike, five times in a row.
    """
    principal = _principal(principal_id)
    first, last = data.get("valid_from") or clock.today(), data["valid_until"]
    if last < first or last < clock.today():
        raise _over_already()
    guard = guards.key("agent", principal.ref)
    guards.enter(guard)
    user = passwords.find("person", data["account"])
    person = Person.get_or_none(Person.id == user.id) if user else None
    if user is None or person is None or user.level < 1 or person.name != data["name"].strip():
        guards.failed(guard)
        raise _unknown()
    guards.passed(guard)
    key = f"{principal_id}/{user.id}"
    try:
        with database.transaction():
            User.get_or_refuse(User.id == principal_id, User.active, lock=True)
            Agent.update(live_key=None).where(Agent.live_key == key, Agent.valid_until < clock.today()).execute()
            row = Agent.create(
                principal=principal_id,
                agent=user.id,
                items=data.get("items"),
                valid_from=first,
                valid_until=last,
                named_by=actor().id,
                live_key=key,
            )
            details = {"agency": row.id, "agent": user.ref, "items": row.items, "until": last.isoformat()}
            audit.note("agent.named", principal.ref, details=details)
    except IntegrityError:
        raise _named_already() from None
    return row


def revoke(side: Any, user_id: str, agency_id: str, reason: str | None) -> None:
    """End an agency from either side: the legal person takes it back, or the agent lays it down. Once is enough."""
    with database.transaction():
        row = Agent.get_or_refuse(Agent.id == agency_id, side == user_id, lock=True)
        if row.revoked_at is None:
            _end(row, reason)


def end_all_of(user_id: str, reason: str) -> None:
    """End every agency of an account that closes, on both sides, in the open transaction."""
    ours = (Agent.principal == user_id) | (Agent.agent == user_id)
    for row in Agent.select().where(ours, Agent.revoked_at.is_null()):
        _end(row, reason)


def of(principal_id: str) -> Any:
    """All whom a legal person has named, ended ones too."""
    return Agent.select().where(Agent.principal == principal_id)


def held_by(user_id: str) -> Any:
    """All for whom a person may act or might once."""
    return Agent.select().where(Agent.agent == user_id)


def dump(row: Agent) -> dict[str, Any]:
    """An agency as both sides see it: the unit in full, the person masked."""
    return {
        "id": row.id,
        "principal_ref": f"legal:{row.principal}",
        "principal_name": Legal.get_by_id(row.principal).name,
        "agent_ref": f"person:{row.agent}",
        "agent_name_masked": directory.name_masked(User.get_by_id(row.agent)),
        "items": row.items,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "revoked_at": row.revoked_at,
        "in_force": row.revoked_at is None and row.valid_from <= clock.today() <= row.valid_until,
    }


def standing(principal_ref: str, agent_ref: str, item: str | None) -> dict[str, Any]:
    """For peers: whether this person may act for this legal person today, in this matter, and as what."""
    found: dict[str, Any] = {
        "principal_ref": principal_ref,
        "agent_ref": agent_ref,
        "allowed": False,
        "acts_as": None,
        "agency_id": None,
        "valid_until": None,
    }
    principal, agent = _active("legal", principal_ref), _active("person", agent_ref)
    if principal is None or agent is None or agent.level < 1:
        return found
    if Legal.get_by_id(principal.id).representative == agent.id:
        return found | {"allowed": True, "acts_as": "representative"}
    row = Agent.get_or_none(Agent.principal == principal.id, Agent.agent == agent.id, running())
    if row is None or (row.items is not None and item not in row.items):
        return found
    return found | {"allowed": True, "acts_as": "agent", "agency_id": row.id, "valid_until": row.valid_until}


def _end(row: Agent, reason: str | None) -> None:
    row.revoked_at, row.revoked_by, row.revoke_reason, row.live_key = clock.now(), actor().id, reason, None
    row.save()
    details = {"agency": row.id, "agent": f"person:{row.agent}"}
    audit.note("agent.revoked", f"legal:{row.principal}", reason=reason, details=details)


def _principal(user_id: str) -> User:
    user = User.get_or_refuse(User.id == user_id, User.active)
    if user.kind != "legal":
        raise forbidden("only a legal person names agents")
    return user


def _active(kind: str, ref: str) -> User | None:
    own_kind, _, user_id = ref.partition(":")
    return User.get_or_none(User.id == user_id, User.kind == kind, User.active) if own_kind == kind else None


def _unknown() -> Refusal:
    return Refusal(
        "identity.agent-unknown",
        status=422,
        rule="ID-35",
        zh="没有账号与姓名一致且已实名认证的个人用户。",
        en="There is no real-name verified personal account with this account name and this name.",
        next_zh="请与经办人核对其个人账号和姓名，并请其先完成实名认证。",
        next_en="Check both with the agent, and let the agent verify the account first.",
        fields={"account": ["unknown"]},
    )


def _named_already() -> Refusal:
    return Refusal(
        "identity.agent-named",
        rule="ID-35",
        zh="该经办人的授权仍在有效期内。",
        en="This agent has been named, and the term is running.",
        next_zh="如需变更事项范围或期限，请先撤销原授权。",
        next_en="To change scope or term, revoke the old one first.",
    )


def _over_already() -> Refusal:
    return Refusal(
        "identity.agent-term",
        status=422,
        rule="ID-35",
        zh="终止日期早于起始日期或今天。",
        en="The term ends before it begins, or before today.",
        next_zh="请填写今天或以后的终止日期。",
        next_en="Give an end that is today or later.",
        fields={"valid_until": ["too-early"]},
    )
