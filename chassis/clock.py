"""The only source of now.

Legal time (`now`, `today`) is Asia/Shanghai civil time (TIM-01). In a demo hall it can be moved forward: the offset
lives in one small file that all processes of the hall read, so that the whole hall travels together. Technical time
(`wall`) never travels. In production mode `allow_travel` is never called and the file is never read.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_pinned: datetime | None = None
_travel_file: Path | None = None
_travel_stamp: tuple[int, int] | None = None
_offset = timedelta(0)
_lock = threading.Lock()


def wall() -> datetime:
    """Technical time in UTC: leases, back-off, token expiry. Never pinned, never moved."""
    return datetime.now(UTC)


def stamp() -> str:
    """`wall` as both databases store it."""
    return wall().isoformat(timespec="microseconds")


def monotonic() -> float:
    """Seconds of a clock that only measures durations."""
    return time.monotonic()


def now() -> datetime:
    """Legal time as an aware instant in Asia/Shanghai (TIM-01)."""
    if _pinned is not None:
        return _pinned
    moment = datetime.now(SHANGHAI)
    return moment + _current_offset() if _travel_file else moment


def today() -> date:
    """The civil date in Asia/Shanghai (TIM-01)."""
    return now().date()


def start_of(day: date) -> datetime:
    """00:00 of the civil date."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    """24:00 of the civil date: the first instant that is too late (TIM-03)."""
    return start_of(day + timedelta(days=1))


def local(moment: datetime) -> datetime:
    """The instant as Asia/Shanghai civil time."""
    return moment.astimezone(SHANGHAI)


def parse(text: str) -> datetime:
    """Read an ISO instant; a text without offset is civil time (TIM-01)."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def allow_travel(path: str | os.PathLike[str]) -> None:
    """Follow the offset kept in this file: demo and test halls only."""
    global _travel_file, _travel_stamp
    _travel_file, _travel_stamp = Path(path), None


def travelling() -> bool:
    """Whether this hall may be moved through time."""
    return _travel_file is not None


def travel_to(moment: datetime) -> datetime:
    """Move the whole hall forward to this instant and return it; going back is refused with ValueError."""
    if _travel_file is None:
        raise ValueError("this hall does not travel through time")
    if moment < now():
        raise ValueError("time only moves forward: deadlines that fired cannot be unfired")
    offset = moment - datetime.now(SHANGHAI)
    _travel_file.parent.mkdir(parents=True, exist_ok=True)
    temporary = _travel_file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps({"offset_seconds": offset.total_seconds()}))
    temporary.replace(_travel_file)
    return now()


def _current_offset() -> timedelta:
    """The offset in the travel file, read again only when the file changed."""
    global _offset, _travel_stamp
    assert _travel_file is not None
    try:
        status = _travel_file.stat()
    except FileNotFoundError:
        return timedelta(0)
    stamp = (status.st_mtime_ns, status.st_ino)
    if stamp != _travel_stamp:
        with _lock:
            _offset = timedelta(seconds=json.loads(_travel_file.read_text())["offset_seconds"])
            _travel_stamp = stamp
    return _offset


@contextmanager
def clock_at(moment: str | datetime) -> Iterator[None]:
    """Pin legal time for tests: `with clock_at("2026-03-02 10:00"):`."""
    global _pinned
    before = _pinned
    _pinned = parse(moment) if isinstance(moment, str) else local(moment)
    try:
        yield
    finally:
        _pinned = before
