"""The promise (承诺) as a row: its table (domain 2.2), its materials, and the ends that other verbs give it."""

from collections.abc import Iterable
from typing import Any

from chassis import clock
from chassis.errors import Refusal
from services.filing import clocks, materials, transitions
from services.filing.models import Commitment, CommitmentItem

LIVE = frozenset({"open", "under_check"})


def of(case: Any) -> Any:
    """The promise of a case, or None."""
    return Commitment.get_or_none(Commitment.case == case.id)


def live(found: Iterable[Any]) -> dict[str, Any]:
    """The live promises of these cases by case, read once for a whole list."""
    wanted = [case.id for case in found if case.commitment_status in LIVE]
    return {row.case: row for row in Commitment.select().where(Commitment.case.in_(wanted))} if wanted else {}


def locked(case: Any) -> Any:
    """The promise FOR UPDATE; refused when the case has none."""
    promise = Commitment.locked(Commitment.case == case.id)
    if promise is None or promise.status == "none":
        raise Refusal(
            "filing.no-commitment",
            rule="FIL-70",
            zh="该办件没有承诺。",
            en="This case has no promise.",
            next_zh="请核对业务编号。",
            next_en="Check the case number.",
        )
    return promise


def items_of(promise: Any) -> list[Any]:
    """The promised materials."""
    rows = CommitmentItem.select().where(CommitmentItem.commitment == promise.id)
    return list(rows.order_by(CommitmentItem.code))


def outstanding(promise: Any) -> list[dict[str, Any]]:
    """Promised materials that have not been found conforming, with the promised date."""
    return [
        {"code": row.code, "material": row.name, "due": promise.due}
        for row in items_of(promise)
        if row.state in {"deferred", "supplied"}
    ]


def facts(promise: Any) -> dict[str, Any]:
    """What every event about the promise says."""
    return {"commitment_id": promise.id, "due": promise.due}


def step(case: Any, promise: Any, verb: str, *, closed: bool = False) -> Any:
    """Take the promise along its table and keep the copy on the case in step; the caller saves the case."""
    row = transitions.COMMITMENT.step(promise.status, verb)
    promise.status = row.target or promise.status
    if closed:
        promise.closed_at = clock.now()
    promise.save()
    case.commitment_status = promise.status
    return row


def sign(case: Any, promise: Any) -> None:
    """At submission the signed letter becomes a promise (P1)."""
    step(case, promise, "sign")
    names = {row.code: row.name for row in materials.of(case)}
    for code in promise.covers:
        CommitmentItem.create(commitment=promise.id, code=code, name=names[code], state="deferred")


def void(case: Any) -> None:
    """The case ended without a grant, or went over to the ordinary way (P3)."""
    promise = Commitment.locked(Commitment.case == case.id)
    if promise and promise.status == "signed":
        step(case, promise, "void", closed=True)
        case.save()


def cancel(case: Any) -> None:
    """The case was revoked for another ground (P9)."""
    promise = Commitment.locked(Commitment.case == case.id)
    if promise and promise.status in LIVE:
        step(case, promise, "cancel", closed=True)
        case.save()
    stop_clocks(case)


def stop_clocks(case: Any) -> None:
    """End the limits of the promise."""
    clocks.cancel(case, "commitment", "commitment_check", "commitment_reminder")
