"""Chinese first, English beside it: the language of the request, and how days, times and numbers are written."""

from datetime import date, datetime
from typing import Any

from flask import g, request

from chassis import clock

Both = tuple[str, str]  # Chinese, English
LANGUAGE_COOKIE = "lang"
_WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")
# Each says that it is one of the later ones, too; so the order matters.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def choose_language() -> None:
    """The language of this request: asked for in the address, else as chosen before, else Chinese."""
    asked = request.args.get("lang")
    g.english = (asked if asked in ("zh", "en") else request.cookies.get(LANGUAGE_COOKIE)) == "en"


def english() -> bool:
    """Whether this request is answered in English."""
    return bool(g.get("english"))


def t(zh: str | Both, en: str = "") -> str:
    """The text of the language of this request."""
    both = (zh, en) if isinstance(zh, str) else zh
    return (both[1] or both[0]) if english() else both[0]


def of(row: Any, name: str = "name") -> str:
    """A text that a service sends in both languages: `name` and `name_en`."""
    if not isinstance(row, dict):
        return ""
    zh = row.get(name) or row.get(f"{name}_zh") or ""
    return str((row.get(f"{name}_en") or zh) if english() else zh)


def day(value: Any) -> str:
    """A day with its weekday."""
    when = _date(value)
    if when is None:
        return "—"
    return (
        f"{when:%a %d %b %Y}" if english() else f"{when.year}年{when.month}月{when.day}日 周{_WEEKDAYS[when.weekday()]}"
    )


def moment(value: Any) -> str:
    """A day and a time to the minute."""
    when = _datetime(value)
    if when is None:
        return "—"
    return f"{when:%d %b %Y %H:%M}" if english() else f"{when.year}年{when.month}月{when.day}日 {when:%H:%M}"


def days_left(value: Any) -> int | None:
    """Calendar days from today to a day; negative when it is over."""
    when = _date(value)
    return None if when is None else (when - clock.now().date()).days


def left(value: Any) -> str:
    """How long until a day, in words."""
    days = days_left(value)
    if days is None:
        return ""
    if days > 0:
        return t(f"还有 {days} 天", f"{days} days left" if days > 1 else "1 day left")
    return t("今天到期", "due today") if days == 0 else t(f"已过 {-days} 天", f"{-days} days over")


def month(value: Any) -> str:
    """A month, given as `2026-11`."""
    when = _date(f"{value}-01")
    return str(value or "—") if when is None else f"{when:%b %Y}" if english() else f"{when.year}年{when.month}月"


def device(agent: Any) -> str:
    """The browser and the system behind a user agent; the whole of it where neither is known."""
    browser = next((name for mark, name in _BROWSERS if mark in str(agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in str(agent)), "")
    return " · ".join(filter(None, (browser, system))) or str(agent or "—")


def money(fen: Any) -> str:
    """An amount in yuan."""
    return "—" if fen is None else f"¥{int(fen) / 100:,.2f}"


def size(number: Any) -> str:
    """The size of a file."""
    amount = float(number or 0)
    if amount < 1024:
        return f"{amount:.0f} B"
    amount /= 1024
    return f"{amount:.1f} KB" if amount < 1024 else f"{amount / 1024:.1f} MB"


def _datetime(value: Any) -> datetime | None:
    if isinstance(value, str) and value:
        try:
            return clock.parse(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) else None


def _date(value: Any) -> date | None:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    when = _datetime(value)
    return when.date() if when else None
