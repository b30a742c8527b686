"""The honest board: real figures per item and closed month, for everybody (SUP-32).

Nobody is named. A figure that rests on few cases is left out, because somebody could be recognised in it. Months are
closed and do not overlap, so that no difference of two answers shows what was left out.
"""

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from peewee import Case, fn

from chassis import clock
from chassis.errors import Refusal
from contracts import rules
from services.supervision.models import Push, WatchedCase, WatchedVoice
from services.supervision.performance import push_limit, share, within

COLUMNS = (
    "item_code",
    "item_name",
    "cases",
    "p50_wd",
    "p90_wd",
    "correction_rate",
    "overdue",
    "viewed",
    "view_p50_seconds",
    "view_p90_seconds",
    "ratings",
    "negative_rate",
    "pushed",
    "push_on_time_rate",
)


def of(month: date | None) -> dict[str, Any]:
    """The board of a closed month, given by any of its days; the last closed one if none is given."""
    this = clock.today().replace(day=1)
    first = (month or this - timedelta(days=1)).replace(day=1)
    if first >= this:
        raise _not_closed()
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    least = rules.value("supervision.board_least_cases").value
    return {"month": f"{first:%Y-%m}", "least_cases": least, "items": _items(first, last, least)}


def as_csv(board: dict[str, Any]) -> str:
    """The same as a table; an empty cell is a figure left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(board["items"])
    return text.getvalue()


def percentile(counts: dict[int, int], percent: int) -> int | None:
    """The smallest value that at least so many percent do not exceed (nearest rank)."""
    rank = -(-sum(counts.values()) * percent // 100)
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return None


def _items(first: date, last: date, least: int) -> list[dict[str, Any]]:
    case, voice = WatchedCase, WatchedVoice
    ended = within(case.completed_at, first, last)
    totals = case.select(
        case.item_code,
        fn.MAX(case.item_name),
        fn.COUNT(case.id),
        fn.SUM(Case(None, [(case.corrections > 0, 1)], 0)),
        fn.SUM(Case(None, [(case.overdue, 1)], 0)),
    )
    days = _spread(case.elapsed_wd, ended)
    views = _spread(case.view_seconds, ended & case.view_seconds.is_null(False))
    given = within(voice.came_at, first, last) & (voice.kind == "rating") & voice.active
    ratings = _pairs(voice, voice.item_code, voice.negative, given)
    pushes = _pairs(Push, Push.item_code, Push.delay_seconds <= push_limit(), within(Push.acknowledged_at, first, last))
    found = []
    for code, name, n, corrected, overdue in totals.where(ended).group_by(case.item_code).tuples():
        if n < least:
            continue
        viewed = sum(views[code].values())
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row |= {"item_code": code, "item_name": name, "cases": n, "overdue": overdue}
        row |= {"p50_wd": percentile(days[code], 50), "p90_wd": percentile(days[code], 90)}
        row["correction_rate"] = share(corrected, n)
        if viewed >= least:
            row |= {"viewed": viewed, "view_p50_seconds": percentile(views[code], 50)}
            row["view_p90_seconds"] = percentile(views[code], 90)
        for count, rate, (some, all_) in (
            ("ratings", "negative_rate", ratings.get(code, (0, 0))),
            ("pushed", "push_on_time_rate", pushes.get(code, (0, 0))),
        ):
            if all_ >= least:
                row |= {count: all_, rate: share(some, all_)}
        found.append(row)
    return sorted(found, key=lambda row: str(row["item_code"]))


def _spread(column: Any, condition: Any) -> dict[str, dict[int, int]]:
    """How often each value occurs, by item."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    query = WatchedCase.select(WatchedCase.item_code, column, fn.COUNT(WatchedCase.id)).where(condition)
    for code, value, n in query.group_by(WatchedCase.item_code, column).tuples():
        found[code][value] = n
    return found


def _pairs(model: Any, by: Any, part: Any, condition: Any) -> dict[str, tuple[int, int]]:
    """(how many of them, how many) by item."""
    rows = model.select(by, fn.SUM(Case(None, [(part, 1)], 0)), fn.COUNT(model.id)).where(condition).group_by(by)
    return {code: (some, all_) for code, some, all_ in rows.tuples()}


def _not_closed() -> Refusal:
    return Refusal(
        "supervision.month-not-closed",
        status=422,
        rule="SUP-32",
        zh="只公布已结束月份的数据。",
        en="Only closed months are published.",
        next_zh="请选择上个月或更早的月份。",
        next_en="Choose last month or an earlier one.",
    )
