"""The working calendar (TIM-02): a local replica of the official years over a built-in calendar.

Built in: the official years known to `chinesecalendar` (2004-2026); every other year is provisional, that is weekends
and the statutory holidays that `holidays` computes (TIM-07). An imported year replaces the built-in one. `view()`
answers from memory and looks at most once a second whether another process imported something.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from peewee import BooleanField, DateField, IntegerField, TextField

from chassis import clock, db
from chassis.db import Database, chassis_table
from chassis.ids import new_id

OFFICIAL, PROVISIONAL = "official", "provisional"
WEEKEND_NAME = "周末"
LOOK_AGAIN_SECONDS = 1.0

NAMES_EN = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-autumn Festival",
    "国庆节": "National Day",
    "抗日战争胜利纪念日": "Victory Day",
    WEEKEND_NAME: "weekend",
}
_NAMES_ZH = {english: chinese for chinese, english in NAMES_EN.items()} | {
    "Anti-Fascist 70th Day": "抗日战争胜利纪念日"
}

_REVISION_ID = "calendar"


def civil_date(moment: date | datetime) -> date:
    """The Asia/Shanghai civil date of a date or an aware instant (TIM-01)."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("an instant needs an offset (TIM-01)")
    return clock.local(moment).date()


# --- the calendar in memory -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """What kind of day a civil date is: weekend | holiday | makeup (a working day by exchange) | normal."""

    day: date
    is_workday: bool
    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one year's arrangement says; it may also name days at the edge of its neighbours."""

    year: int
    status: str
    document: str
    days: Mapping[date, Day] = field(repr=False)


class Calendar:
    """Working days from any date to any other. Never raises for a year it does not know (TIM-07)."""

    def __init__(self, imported: Mapping[int, Notice] | None = None):
        self._imported = dict(imported or {})
        self._workdays: dict[int, list[int]] = {}
        self._special: dict[int, Mapping[date, Day]] = {}

    def notice(self, year: int) -> Notice:
        """The arrangement in force for the year: the imported one, else the built-in one."""
        return self._imported.get(year) or _built_in(year)

    def is_official(self, year: int) -> bool:
        """Whether the official arrangement of the year is known (TIM-07)."""
        return self.notice(year).status == OFFICIAL

    def day(self, day: date) -> Day:
        """Kind and name of one day (TIM-02)."""
        special = self._year(day.year).get(day)
        if special:
            return special
        return Day(day, False, "weekend", WEEKEND_NAME) if day.weekday() >= 5 else Day(day, True, "normal")

    def days(self, year: int) -> list[Day]:
        """Every day of the year, for a screen of twelve months."""
        first = date(year, 1, 1)
        return [self.day(first + timedelta(days=n)) for n in range((date(year + 1, 1, 1) - first).days)]

    def is_workday(self, day: date) -> bool:
        """Mon-Fri minus holidays plus make-up days (TIM-02)."""
        return self.day(day).is_workday

    def add(self, day: date, n: int) -> date:
        """The n-th working day after (n < 0: before) the day, which itself is never counted (TIM-03)."""
        if n == 0:
            return day
        year, workdays = day.year, self._ordinals(day.year)
        at = bisect_right(workdays, day.toordinal()) + n - 1 if n > 0 else bisect_left(workdays, day.toordinal()) + n
        while at >= len(workdays):
            at -= len(workdays)
            year += 1
            workdays = self._ordinals(year)
        while at < 0:
            year -= 1
            workdays = self._ordinals(year)
            at += len(workdays)
        return date.fromordinal(workdays[at])

    def count(self, after: date, through: date) -> int:
        """Working days in (after, through]; 0 when `through` is not later."""
        if through <= after:
            return 0
        total = -bisect_right(self._ordinals(after.year), after.toordinal())
        total += sum(len(self._ordinals(year)) for year in range(after.year, through.year))
        return total + bisect_right(self._ordinals(through.year), through.toordinal())

    def _ordinals(self, year: int) -> list[int]:
        """All working days of the year as ordinals, computed once."""
        found = self._workdays.get(year)
        if found is None:
            found = self._workdays[year] = [day.day.toordinal() for day in self.days(year) if day.is_workday]
        return found

    def _year(self, year: int) -> Mapping[date, Day]:
        """The special days of a year: its own notice, and what the neighbours' imported notices say about its edges."""
        found = self._special.get(year)
        if found is None:
            notices = (self._imported.get(year - 1), self.notice(year), self._imported.get(year + 1))  # the later wins
            found = {day: what for notice in notices if notice for day, what in notice.days.items() if day.year == year}
            self._special[year] = found
        return found


@cache
def _built_in(year: int) -> Notice:
    """Official from chinesecalendar, else provisional from holidays. Both are heavy, so imported when first needed."""
    from chinese_calendar import constants

    if min(constants.holidays).year <= year <= max(constants.holidays).year:
        days = {
            day: Day(day, worked, "makeup" if worked else "holiday", _NAMES_ZH.get(str(name), str(name)))
            for worked, source in ((False, constants.holidays), (True, constants.workdays))
            for day, name in source.items()
            if day.year == year
        }
        return Notice(year, OFFICIAL, f"国务院办公厅关于{year}年部分节假日安排的通知", days)
    days = {day: Day(day, False, "holiday", name) for day, name in _statutory(year).items()}
    return Notice(year, PROVISIONAL, "安排尚未公布：按周末和法定节假日推算", days)


def _statutory(year: int) -> dict[date, str]:
    """The statutory holidays with their days in lieu; none for a year the library does not reach."""
    import holidays

    found = {}
    for day, text in holidays.country_holidays("CN", years=year, language="zh_CN").items():
        names = (name.removesuffix("（补假）").replace("农历除夕", "春节") for name in text.split("; "))
        found[day] = "、".join(dict.fromkeys(names))
    return found


BUILT_IN = Calendar()


# --- the replica in the database --------------------------------------------------------------------------------------


@chassis_table("calendar_year")
def _calendar_year(base: type[Any]) -> type[Any]:
    class CalendarYear(base):
        """One imported year."""

        year = IntegerField(unique=True)
        status = TextField()
        document = TextField()

        class Meta:
            table_name = "chassis_calendar_year"

    return CalendarYear


@chassis_table("calendar_day")
def _calendar_day(base: type[Any]) -> type[Any]:
    class CalendarDay(base):
        """A day that an imported year names; `year` is the year of the notice, which may be the neighbour's."""

        year = IntegerField()
        day = DateField()
        is_workday = BooleanField()
        kind = TextField()
        name = TextField()

        class Meta:
            table_name = "chassis_calendar_day"
            indexes = ((("year", "day"), True),)

    return CalendarDay


@chassis_table("calendar_revision")
def _calendar_revision(base: type[Any]) -> type[Any]:
    class CalendarRevision(base):
        """One row whose stamp changes with every import; its lock lets one importer in at a time."""

        stamp = TextField()

        class Meta:
            table_name = "chassis_calendar_revision"

    return CalendarRevision


@dataclass
class _Kept:
    url: str
    stamp: str
    calendar: Calendar
    looked: float


_kept: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()
_importing = threading.local()


def view(*, fresh: bool = False) -> Calendar:
    """The calendar of the active database (the built-in one when none is active); `fresh` looks at the replica now."""
    database = db.current_or_none()
    if database is None or not database.url:  # none, or closed again
        return BUILT_IN
    kept = _kept.get(database)
    if kept and kept.url != database.url:
        kept = None
    own_import = database.in_transaction() and getattr(_importing, "database", None) is database
    if kept and not fresh and not own_import and clock.monotonic() - kept.looked < LOOK_AGAIN_SECONDS:
        return kept.calendar
    revision = database.table("calendar_revision").get_or_none(id=_REVISION_ID)
    stamp = revision.stamp if revision else ""
    if kept and kept.stamp == stamp:
        kept.looked = clock.monotonic()
        return kept.calendar
    calendar = _load(database) if stamp else BUILT_IN
    if not own_import:  # what is not committed yet concerns nobody else
        _kept[database] = _Kept(database.url, stamp, calendar, clock.monotonic())
    return calendar


def forget() -> None:
    """Drop what is kept in memory (for tests that empty tables under a running process)."""
    _kept.clear()


def import_year(
    year: int,
    holidays: Mapping[Any, str] | Iterable[Any],
    workdays: Mapping[Any, str] | Iterable[Any] = (),
    document: str = "",
    *,
    status: str = OFFICIAL,
) -> bool:
    """Take over the arrangement of a year (TIM-02, TIM-07); False when it is already known exactly so.

    Days are dates or ISO texts, with or without names. Call `deadlines.recompute()` next, in the same transaction.
    """
    database = db.require_transaction("calendars.import_year")
    if status not in {OFFICIAL, PROVISIONAL}:
        raise ValueError(f"a calendar year is official or provisional, not {status!r}")
    days = _days_of_notice(year, holidays, workdays)
    revisions = database.table("calendar_revision")
    revisions.insert(id=_REVISION_ID, stamp="").on_conflict(action="nothing").execute()
    revision = revisions.locked(_REVISION_ID)
    new = Notice(year, status, document, days)
    if _read_notices(database, year).get(year) == new:
        return False
    years, rows = database.table("calendar_year"), database.table("calendar_day")
    years.delete().where(years.year == year).execute()
    rows.delete().where(rows.year == year).execute()
    years.create(year=year, status=status, document=document)
    for day in days.values():
        rows.create(year=year, day=day.day, is_workday=day.is_workday, kind=day.kind, name=day.name)
    revision.stamp = new_id()
    revision.save()
    _importing.database = database
    database.on_commit(lambda: _imported(database))
    return True


def _imported(database: Database) -> None:
    _importing.database = None
    _kept.pop(database, None)


def _load(database: Database) -> Calendar:
    return Calendar(_read_notices(database))


def _read_notices(database: Database, year: int | None = None) -> dict[int, Notice]:
    """The imported years (or the one asked for) as notices."""
    years, rows = database.table("calendar_year"), database.table("calendar_day")
    days: dict[int, dict[date, Day]] = {}
    for row in rows.select() if year is None else rows.select().where(rows.year == year):
        days.setdefault(row.year, {})[row.day] = Day(row.day, row.is_workday, row.kind, row.name)
    return {
        row.year: Notice(row.year, row.status, row.document, days.get(row.year, {}))
        for row in (years.select() if year is None else years.select().where(years.year == year))
    }


def _days_of_notice(year: int, holidays: Any, workdays: Any) -> dict[date, Day]:
    """Check the days of a notice and give them kinds."""
    off, on = _named(holidays, "节假日"), _named(workdays, "调休")
    both = off.keys() & on.keys()
    if both:
        raise ValueError(f"both holiday and working day: {', '.join(sorted(map(str, both)))}")
    first, last = date(year - 1, 12, 1), date(year + 1, 1, 31)
    strange = [day for day in off.keys() | on.keys() if not first <= day <= last]
    if strange:
        raise ValueError(f"not in the calendar year {year}: {', '.join(sorted(map(str, strange)))}")
    found = {day: Day(day, False, "holiday", name) for day, name in off.items()}
    return found | {day: Day(day, True, "makeup", name) for day, name in on.items()}


def _named(days: Any, otherwise: str) -> dict[date, str]:
    pairs = days.items() if isinstance(days, Mapping) else ((day, otherwise) for day in days)
    return {date.fromisoformat(day) if isinstance(day, str) else day: name or otherwise for day, name in pairs}
