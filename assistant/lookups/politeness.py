"""How often a service may be asked: a pause between two requests, and its own word where it gives one."""

from __future__ import annotations

import email.utils
import re
import threading
import time
from collections.abc import Callable, Mapping

LONGEST_PAUSE_S = 10.0
"""A service that asks for longer pauses between ordinary requests is not believed."""


class Pace:
    """The pause that one service wants between requests. Threads may share it."""

    def __init__(
        self, pause_s: float, *, clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pause_s = pause_s
        self._clock, self._sleep = clock, sleep
        self._turn = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next request may go; each caller has its turn."""
        with self._turn:
            now = self._clock()
            if now < self._next:
                self._sleep(self._next - now)
                now = self._next
            self._next = now + self.pause_s

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the pause from `X-Rate-Limit-Limit` per `X-Rate-Limit-Interval`, as Crossref gives them."""
        limit = re.fullmatch(r"\s*(\d{1,6})\s*", headers.get("x-rate-limit-limit", ""))
        per = re.fullmatch(r"\s*(\d{1,6})\s*s?\s*", headers.get("x-rate-limit-interval", ""))
        if limit and per and int(limit[1]) > 0:
            self.pause_s = min(LONGEST_PAUSE_S, max(1, int(per[1])) / int(limit[1]))


_paces: dict[str, Pace] = {}
_guard = threading.Lock()


def pace_of(address: str, pause_s: float) -> Pace:
    """The pace of the service at this address, one for the whole process."""
    with _guard:
        return _paces.setdefault(address, Pace(pause_s))


def seconds_to_wait(retry_after: str | None, *, now: Callable[[], float] = time.time) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or a date; None for none or nonsense."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", text):
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
        return max(0.0, date.timestamp() - now())
    except (ValueError, TypeError, OverflowError, OSError):
        return None
