"""秒批: the rules decide at once when every condition of the item holds; anything else is left to people (FIL-40).

Armed by the submission and fired by the sweeper: the act is the service's own, in a transaction of its own.
"""

from typing import Any

from peewee import fn

from chassis import clock
from services.filing import cases, conditions, decisions, handling, intake, items, materials, standing
from services.filing.models import Case, Evaluation, Licence, Standing

RESULTS = {True: "holds", False: "fails", None: "unknown"}
UNRESTRICTED = {"text": "申请人未被限制选择承诺审批", "check": {"standing": "unrestricted"}}


def decide(deadline: Any) -> None:
    """Evaluate the conditions of a case just submitted; grant it, or leave it where it is."""
    seen = Case.get_or_none(Case.id == deadline.subject)
    if seen is None:
        return
    standing.locked(seen.subject_ref)
    case = Case.locked(deadline.subject)
    if case is None or case.status != "submitted":
        return  # a clerk was faster
    found = _evaluate(case, deadline.payload["restrictions"])
    open_ones = [entry["text"] for entry in found if entry["result"] != "holds"]
    if not found or open_ones:
        reason = f"转人工办理：{'；'.join(open_ones) or '该事项没有可由系统核验的条件'}"
        _keep(case, "human", reason, found)
        cases.note(case, "leave_to_people", opinion=reason)
        return
    reason = "全部条件经系统核验符合，自动作出决定。"
    _keep(case, "granted", reason, found)
    intake.mark_viewed(case)
    intake.accept_by_rules(case, reason)
    handling.jump(case)
    decisions.grant_by_rules(case, reason)


def of(case: Any) -> list[dict[str, Any]]:
    """The evaluations of a case, each condition with what was found."""
    rows = Evaluation.select().where(Evaluation.case == case.id).order_by(Evaluation.id)
    return [
        {
            "at": clock.local(row.at).isoformat(timespec="seconds"),
            "outcome": row.outcome,
            "reason": row.reason,
            "conditions": row.conditions,
        }
        for row in rows
    ]


def _evaluate(case: Any, restrictions: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    guide = items.of(case)
    wanted = [*(guide.get("conditions") or [])]
    if wanted and case.mode == "commit":
        wanted.append(UNRESTRICTED)  # a commit case is never granted to a restricted party (FIL-75)
    facts = conditions.Facts(
        form=cases.form(case),
        restricted=_restricted(case.subject_ref, restrictions),
        licences=_licences(case.subject_ref),
        materials=frozenset(row.code for row in materials.of(case) if row.state in materials.PRESENT),
    )
    return [
        {
            "text": condition.get("text") or "",
            "check": condition.get("check"),
            "result": RESULTS[conditions.evaluate(condition.get("check"), facts)],
        }
        for condition in wanted
    ]


def _restricted(subject_ref: str, restrictions: list[dict[str, Any]] | None) -> bool | None:
    """By the archive as it was asked at the submission, and by what it has reported since."""
    local = Standing.get_or_none(Standing.subject_ref == subject_ref)
    if local and (local.status != "good" or standing.barred_until(local)):
        return True
    return None if restrictions is None else bool(restrictions)


def _licences(holder_ref: str) -> frozenset[str]:
    held = Licence.select(Licence.name, Licence.item_code).where(
        Licence.holder_ref == holder_ref,
        Licence.revoked_at.is_null(),
        fn.COALESCE(Licence.valid_to, clock.today()) >= clock.today(),
    )
    return frozenset(word for row in held for word in (row.name, row.item_code))


def _keep(case: Any, outcome: str, reason: str, found: list[dict[str, Any]]) -> None:
    Evaluation.create(case=case.id, at=clock.now(), outcome=outcome, reason=reason, conditions=found)
