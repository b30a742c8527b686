"""Agents 经办人: a person files and follows cases for a legal person as long as identity says so (FIL-02, ID-35)."""

from functools import reduce
from operator import or_
from typing import Any

from flask import g, request

from chassis import http
from chassis.auth import Actor, actor, forbidden
from chassis.errors import Refusal
from services.filing.models import Case


def require(principal_ref: str, item_code: str) -> None:
    """The caller may file this item for this legal person today; a refusal otherwise. Not in a transaction."""
    who = actor()
    if who.kind != "person" or not principal_ref.startswith("legal:"):
        raise forbidden("you file for yourself only")
    if not _ask(principal_ref, who.id, item_code):
        raise Refusal(
            "filing.not-an-agent",
            status=403,
            rule="FIL-02",
            zh="您不是该单位的法定代表人，也不是其在有效期内、可办理本事项的经办人。",
            en="You are neither the legal representative of this unit nor its agent for this item today.",
            next_zh="请该单位登录后在“账户与安全—经办人”中指定您，并写明事项范围和截止日期。",
            next_en="Ask the unit to name you as its agent, with the items and the last day.",
        )


def look_up() -> None:
    """Before a request about one case: ask whether its agent still is one, so that no verb asks in a transaction."""
    number, who = (request.view_args or {}).get("case_no"), actor()
    if number and who.kind == "person":
        case = Case.get_or_none(_filed_by(who), Case.case_no == number)
        if case:
            _in_force(case.subject_ref, case.item_code)


def may_act(case: Any) -> bool:
    """Whether the caller filed this case for a legal person and still is its agent."""
    return actor().id == case.applicant_ref and _in_force(case.subject_ref, case.item_code)


def visible(who: Actor) -> list[Any]:
    """The way to the cases that a person filed for others and may still follow; none when there are none."""
    filed = Case.select_some((Case.subject_ref, Case.item_code)).where(_filed_by(who)).distinct()
    here = [
        (Case.subject_ref == one.subject_ref) & (Case.item_code == one.item_code)
        for one in filed
        if _in_force(one.subject_ref, one.item_code)
    ]
    return [reduce(or_, here) & _filed_by(who)] if here else []


def _filed_by(who: Actor) -> Any:
    return (Case.applicant_ref == who.id) & (Case.subject_ref != who.id)


def _in_force(principal_ref: str, item_code: str) -> bool:
    """The answer for the caller, asked once a request."""
    known: dict[tuple[str, str], bool] = g.setdefault("agencies", {})
    key = principal_ref, item_code
    if key not in known:
        known[key] = _ask(principal_ref, actor().id, item_code)
    return known[key]


def _ask(principal_ref: str, agent_ref: str, item_code: str) -> bool:
    path = f"/api/identity/v1/subjects/{principal_ref}/agents/{agent_ref}"
    try:
        client = http.peer("identity")
        return client.json_or_raise(client.get(path, params={"item": item_code}))["allowed"]
    except http.Rejected as error:
        if error.status == 404:
            return False
        raise _away() from None
    except (http.Unavailable, LookupError):
        raise _away() from None


def _away() -> Refusal:
    return Refusal(
        "filing.identity-unavailable",
        status=503,
        rule="FIL-02",
        zh="暂时无法核对经办人资格，未作任何改动。",
        en="Whether you act for this unit cannot be checked at the moment; nothing was changed.",
        next_zh="请稍后再试。",
        next_en="Try again in a moment.",
        headers={"Retry-After": "5"},
    )
