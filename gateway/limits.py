"""Rate limits: a token bucket per caller, kept in this process (each gateway process counts for itself)."""

import threading

from chassis import clock


class Buckets:
    """`burst` requests at once, refilled at `per_second`, for each caller."""

    def __init__(self, per_second: float, burst: int, most_callers: int = 50_000):
        self.per_second, self.burst, self.most_callers = per_second, float(burst), most_callers
        self._filled: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, caller: str) -> float:
        """Take one token; 0.0 when it was there, else the seconds until the next one."""
        now = clock.monotonic()
        with self._lock:
            level, since = self._filled.get(caller, (self.burst, now))
            level = min(self.burst, level + (now - since) * self.per_second)
            if level >= 1.0:
                self._filled[caller] = (level - 1.0, now)
                wait = 0.0
            else:
                self._filled[caller] = (level, now)
                wait = (1.0 - level) / self.per_second
            if len(self._filled) > self.most_callers:
                self._forget_full(now)
        return wait

    def _forget_full(self, now: float) -> None:
        """Drop callers whose bucket is full again: they are as good as new."""
        self._filled = {
            caller: (level, since)
            for caller, (level, since) in self._filled.items()
            if level + (now - since) * self.per_second < self.burst
        }
