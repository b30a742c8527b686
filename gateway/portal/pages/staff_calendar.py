"""The working calendar: twelve months for everybody, and the administrator's arrangement of a year (CAT-42, TIM-07)."""

from datetime import date, timedelta
from typing import Any

from flask import redirect, request

from chassis import clock
from gateway.portal import guard
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.texts import t
from gateway.portal.visitor import get, send, visitor

STATUS = (("official", ("已公布的安排", "official")), ("provisional", ("暂定", "provisional")))
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
EDGE = timedelta(days=7)  # of the neighbour years: a notice may move the days around New Year
Moved = dict[date, tuple[str, str]]  # day -> holiday or makeup, and its name


@route("/staff/calendar", methods=("GET", "POST"))
@guard.staff()
def staff_calendar() -> Any:
    """The calendar of a year; the administrator changes days and publishes the arrangement."""
    asked = request.args.get("year", "")
    year = get("catalog", f"/calendar/{asked if asked.isdigit() else clock.now().year}")
    form = Form(
        (
            Field(
                "name",
                ("新调整日子的名称", "What the newly changed days are called"),
                hint=("例如：国庆节。留空为“放假”或“调休上班”", "For example National Day"),
                required=False,
                most=40,
            ),
            Field("document_no", ("依据的通知文号", "Number of the notice"), required=False, most=100),
            Field("status", ("性质", "Status"), "choice", options=STATUS, default="official"),
        ),
        parts={"holidays": ("放假的日子", "Days off"), "workdays": ("调休上班的日子", "Working days")},
    )
    moved = _moved(year)
    if form.sent and visitor().has_role("system_admin"):
        body = form.body()
        moved = _chosen(_days(year), body.pop("name", ""))
        if form.pressed == "publish":
            with form.attempt():
                send("PUT", "catalog", f"/calendar/{year['year']}", body | _notice(moved))
                return redirect(f"/staff/calendar?year={year['year']}&published=1")
    return show("portal/staff_calendar.html", form.status, calendar=year, form=form, months=_months(year, moved))


def _moved(year: dict[str, Any]) -> Moved:
    """The days that the arrangement in force moves."""
    known = [*(day for month in year["months"] for day in month["days"]), *year["edges"]]
    return {
        date.fromisoformat(day["date"]): (day["kind"], day["name"])
        for day in known
        if day["kind"] in ("holiday", "makeup")
    }


def _chosen(days: list[date], name: str) -> Moved:
    """What was ticked: on a weekday a day off, at a weekend a working day. Who has a name keeps it, a weekend inside a
    holiday too."""
    ticked = set(request.form.getlist("day"))
    found: Moved = {}
    for day in days:
        off, on = (request.form.get(f"{what}-{day}", "") for what in ("off", "on"))
        weekend = day.weekday() >= 5
        if day.isoformat() in ticked:
            found[day] = ("makeup", on or name or "调休上班") if weekend else ("holiday", off or name or "放假")
        elif weekend and off:
            found[day] = ("holiday", off)
    return found


def _notice(moved: Moved) -> dict[str, list[dict[str, str]]]:
    """The arrangement as the service takes it."""
    return {
        key: [{"date": day.isoformat(), "name": name} for day, (what, name) in sorted(moved.items()) if what == kind]
        for key, kind in (("holidays", "holiday"), ("workdays", "makeup"))
    }


def _days(year: dict[str, Any]) -> list[date]:
    """All days that can be moved, those next to the year included."""
    edges = [date.fromisoformat(day["date"]) for day in year["edges"]]
    first, last = date(year["year"], 1, 1), date(year["year"], 12, 31)
    start, end = min([first - EDGE, *edges]), max([last + EDGE, *edges])
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def _months(year: dict[str, Any], moved: Moved) -> list[dict[str, Any]]:
    """The months as weeks of seven places, with the names of what is moved."""
    by_month: dict[tuple[int, int], list[date]] = {}
    for day in _days(year):
        by_month.setdefault((day.year, day.month), []).append(day)
    months = []
    for (number, month), days in by_month.items():
        places = [None] * days[0].weekday() + [_place(day, moved) for day in days]
        places += [None] * (-len(places) % 7)
        title = t(f"{month}月", MONTHS[month - 1])
        months.append(
            {
                "title": title if number == year["year"] else t(f"{number}年{title}", f"{title} {number}"),
                "beside": number != year["year"],
                "weeks": [places[at : at + 7] for at in range(0, len(places), 7)],
                "named": [(day.day, *moved[day]) for day in days if day in moved],
            }
        )
    return months


def _place(day: date, moved: Moved) -> dict[str, Any]:
    kind, name = moved.get(day, ("", ""))
    weekend = day.weekday() >= 5
    return {
        "day": day,
        "label": t(f"{day.month}月{day.day}日", f"{day.day} {MONTHS[day.month - 1]}")
        + (t("上班", " working") if weekend else t("放假", " off")),
        "weekend": weekend,
        "kind": kind,
        "name": name,
        "ticked": kind == ("makeup" if weekend else "holiday"),
    }
