"""Rate limits: a token bucket per caller, kept in this process (each gateway process counts for itself)."""

import threading

from chassis import clock
from chassis.errors import Refusal


class Buckets:
    """`burst` requests at once, refilled at `per_second`, for each caller.

    Callers live in two generations: when the younger is full, the older is forgotten. So memory has a limit however
    many addresses a flood has, and nobody pays for clearing up.
    """

    def __init__(self, per_second: float, burst: int, most_callers: int = 50_000):
        self.per_second, self.burst, self.most_callers = per_second, float(burst), most_callers
        self._young: dict[str, tuple[float, float]] = {}
        self._old: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, caller: str) -> float:
        """Take one token; 0.0 when it was there, else the seconds until the next one."""
        now = clock.monotonic()
        with self._lock:
            level, since = self._young.get(caller) or self._old.get(caller) or (self.burst, now)
            level = min(self.burst, level + (now - since) * self.per_second)
            left = level - 1.0 if level >= 1.0 else level
            if len(self._young) >= self.most_callers and caller not in self._young:
                self._young, self._old = {}, self._young
            self._young[caller] = (left, now)
        return 0.0 if level >= 1.0 else (1.0 - level) / self.per_second

    def check(self, caller: str) -> None:
        """Take one token or refuse with 429 (GW-08)."""
        wait = self.take(caller)
        if wait:
            raise _too_many(wait)


def _too_many(wait: float) -> Refusal:
    seconds = str(max(1, round(wait + 0.5)))
    return Refusal(
        "too-many-requests",
        status=429,
        rule="GW-08",
        zh="请求过于频繁。",
        en="Too many requests.",
        next_zh=f"请在 {seconds} 秒后再试。",
        next_en=f"Try again in {seconds} seconds.",
        headers={"Retry-After": seconds},
    )
