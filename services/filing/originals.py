"""Originals of an electronic filing, where the guide sets a limit for them (enterprise registration, FIL-49).

The limit is data of the item (`limits.originals_due`). Missed: 不予登记 by the system. Differing from what was
accepted: only a refusal is left. Conforming: the processing limits run from the day they arrived.
"""

from typing import Any

from chassis import clock, workdays
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from services.filing import cases, clocks, items
from services.filing.models import Originals, database


def basis() -> str:
    """What the limit rests on."""
    return rules.value("filing.original_due_after_acceptance_notice").article


def of(case: Any) -> Any:
    """What stands about the originals of a case, or None."""
    return Originals.get_or_none(Originals.case == case.id)


def await_(case: Any, guide: dict[str, Any]) -> None:
    """The acceptance notice is out: from here the applicant's limit runs. The case must be locked."""
    wanted = guide["limits"].get("originals_due")
    if not wanted or case.case_source != "online":
        return
    zh, en = clocks.LABELS["originals"]
    due = workdays.due(
        clock.now(),
        wanted["value"],
        wanted.get("unit", "nd"),
        rule="FIL-49",
        side="applicant",
        label_zh=zh,
        label_en=en,
    )
    clocks.start("originals", case, due)
    Originals.create(case=case.id, due=due.date, state="awaited")


def receive(case_no: str, *, conforming: bool, differences: str | None) -> Any:
    """The originals are on the desk and have been compared."""
    with database.transaction():
        case = cases.lock(case_no)
        cases.require_window(case, case.accepting_org, case.approving_org)
        row = Originals.locked(Originals.case == case.id)
        if row is None or row.state != "awaited":
            raise _wrong("该办件没有待核对的材料原件。", "No originals of this case are awaited.")
        if not conforming and not differences:
            raise cases.invalid(
                "filing.differences-missing", "请写明原件与受理材料的差异。", "Say how they differ.", "FIL-49",
                fields={"differences": ["必填 / required"]},
            )  # fmt: skip
        row.state = "conforming" if conforming else "differing"
        row.received_at, row.received_by, row.differences = clock.now(), actor().id, differences
        row.save()
        clocks.cancel(case, "originals")
        if conforming:
            _run_again(case, row.received_at)
        case.save()
        cases.note(case, "receive_originals", opinion=differences, details={"state": row.state})
    return case


def _run_again(case: Any, arrived: Any) -> None:
    """The limits of the decision count from the arrival."""
    committed, statutory, unit = items.limits(case, items.of(case))
    for kind, days in (("committed", committed), ("statutory", statutory)):
        due = clocks.start(kind, case, clocks.limit(kind, arrived, days, unit, "FIL-49"))
        setattr(case, f"{kind}_due", due.date)
    if case.extended_days:
        clocks.extend(case, case.extended_days)
    if case.status in {"special", "suspended"}:
        clocks.stop([case], clocks.PROCESSING, clock.today())


def miss(case: Any) -> bool:
    """The limit has passed; whether it still matters."""
    row = Originals.locked(Originals.case == case.id)
    if row is None or row.state != "awaited" or case.status not in {"accepted", "reviewing", "deciding", "special"}:
        return False
    row.state = "missed"
    row.save()
    return True


def require_conforming(case: Any) -> None:
    """Nothing is registered before the originals have come and conform."""
    row = of(case)
    if row is None or row.state == "conforming":
        return
    if row.state == "differing":
        raise _wrong(
            "原件与受理的材料不一致，只能作出不予登记的决定。", "The originals differ; only a refusal is left."
        )
    raise _wrong(
        f"尚未收到材料原件（{row.due:%Y年%m月%d日}前提交）。", f"The originals are still awaited, until {row.due}."
    )


def _wrong(zh: str, en: str) -> Refusal:
    return Refusal(
        "filing.originals-state",
        rule="FIL-49",
        zh=zh,
        en=en,
        next_zh="请查看办件的原件核对记录。",
        next_en="Look at what stands about the originals.",
    )
