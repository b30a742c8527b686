"""The legal clock of a case as a ledger in words: each limit with every start, stop and change (TIM-08, TIM-10)."""

from datetime import date
from typing import Any

from chassis import clock, deadlines
from services.filing import clocks, parallel
from services.filing.models import ParallelTask

_WORDS = {
    "start": ("自{anchor}的次日起计{n}{unit}", "{n} {unit_en} from the day after {anchor}"),
    "pause": ("{on}停止计算，当日计入", "stopped on {on}; that day counts as used"),
    "resume": ("{on}恢复计算，次日为第一日", "goes on after {on}, which is the new day 0"),
    "extend": ("延长{n}{unit}", "extended by {n} {unit_en}"),
    "recompute": (
        "按公布的工作日历重新计算，由{from}改为{to}",
        "computed again on the published calendar: {from} to {to}",
    ),
    "cancel": ("有关行为已经作出，终止计算", "the act was done, the limit ended"),
    "replaced": ("由新的期限代替", "replaced by a new limit"),
    "failed": ("系统未能处理，待人工处理", "the system could not act; an operator has to"),
    "retry": ("重新处理", "taken up again"),
}
_UNITS = {
    "wd": ("个工作日", "working days"),
    "nd": ("日", "days"),
    "month": ("个月", "months"),
    "year": ("年", "years"),
}
_DAYS = ("anchor", "on", "from", "to")
_STATES = {
    "open": ("正在计算", "running"),
    "paused": ("停止计算中", "stopped"),
    "fired": ("已届满", "has passed"),
    "cancelled": ("已终结", "ended"),
    "failed": ("待人工处理", "waits for an operator"),
}


def of(case: Any) -> list[dict[str, Any]]:
    """All limits of a case and of its participants, also those that have ended; plain instants have no ledger."""
    rows = list(deadlines.of(case.id))
    for task in parallel.of(case):
        rows += deadlines.of(task.id)
    return [_told(row) for row in rows if row.unit != deadlines.INSTANT]


def _told(row: Any) -> dict[str, Any]:
    labels = clocks.LABELS | {"parallel": parallel.LABEL}
    zh, en = labels[row.kind]
    state_zh, state_en = _STATES[row.state]
    entries = [_entry(entry, row.unit) for entry in row.ledger]
    steps_zh = "；".join(entry["zh"] for entry in entries)
    steps_en = "; ".join(entry["en"] for entry in entries)
    return {
        "kind": row.kind,
        "label": zh,
        "label_en": en,
        "org": _participant(row),
        "rule": row.rule,
        "state": row.state,
        "due": row.due_date,
        "provisional": row.provisional,
        "entries": entries,
        "zh": f"{zh}：{steps_zh}；{_day(row.due_date.isoformat())}24时届满（{state_zh}）。",
        "en": f"{en}: {steps_en}; ends with {row.due_date} ({state_en}).",
    }


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"


def _participant(row: Any) -> str | None:
    return ParallelTask.get_by_id(row.subject).org if row.kind == "parallel" else None


def _entry(entry: dict[str, Any], unit: str) -> dict[str, Any]:
    zh, en = _WORDS[entry["what"]]
    unit_zh, unit_en = _UNITS[unit]
    facts = entry | {"unit": unit_zh, "unit_en": unit_en}
    in_zh = {name: _day(value) if name in _DAYS else value for name, value in facts.items()}
    return {
        "what": entry["what"],
        "at": clock.parse(entry["at"]).isoformat(timespec="seconds"),
        "zh": zh.format(**in_zh),
        "en": en.format(**facts),
    }
