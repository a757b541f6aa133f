"""How fast work goes and how long it still takes, from what a `progress` callable is told. Pure but for the clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_WINDOW_S = 20.0
"""The rate is that of so many last seconds: what is read first may be quicker than what comes after."""
_SPAN_S = 1.0
_STILL_S = 5.0
"""Steps last a second or two; what has not moved for longer is getting slower."""
_UNITS = {"asking": "questions", "queries": "queries", "Chroma": "vectors", "ablation": "steps"}


class Headway:
    """How far each stage of some work is. `now` is the stage that was told of last; empty before any was."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, deque[tuple[float, int]]] = {}
        self._totals: dict[str, int | None] = {}
        self.now = ""

    def told(self, stage: str, done: int, total: int | None = None) -> None:
        """Take note that of the stage so much is done."""
        told = self._told.setdefault(stage, deque())
        if told and done < told[-1][1]:
            told.clear()  # begun anew
        told.append((self._clock(), done))
        while len(told) > 2 and told[-1][0] - told[1][0] >= _WINDOW_S:
            told.popleft()
        self._totals[stage] = total
        self.now = stage

    def rate(self, stage: str) -> float | None:
        """How many a second; None as long as it can't be told."""
        told = self._told.get(stage)
        if not told or told[-1][1] <= told[0][1]:
            return None
        still = self._clock() - told[-1][0]
        seconds = told[-1][0] - told[0][0] + (still if still > _STILL_S else 0.0)
        return (told[-1][1] - told[0][1]) / seconds if seconds >= _SPAN_S else None

    def left(self, stage: str) -> float | None:
        """The seconds it will still take; None where no total is known, or no rate."""
        rate, total = self.rate(stage), self._totals.get(stage)
        return None if rate is None or total is None else max(0.0, total - self._told[stage][-1][1]) / rate

    def words(self, stage: str = "") -> str:
        """"1,280 of 20,000, 85 papers/s, about 220 s left": as much of it as is known; of `now` without a stage."""
        stage = stage or self.now
        if not (told := self._told.get(stage)):
            return ""
        done, total, rate, left = told[-1][1], self._totals[stage], self.rate(stage), self.left(stage)
        parts = [f"{done:,} of {total:,}" if total is not None else f"{done:,}"]
        if rate is not None:
            parts.append(f"{rate:,.0f} {_unit(stage)}/s" if rate >= 10 else f"{rate:.1f} {_unit(stage)}/s")
        if left:
            parts.append(f"about {duration(left)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as one says them when they are not exact: "8 s", "45 s", "3 min", "2 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s" if seconds < 10 else f"{5 * round(seconds / 5)} s"
    return f"{round(seconds / 60)} min" if seconds < 90 * 60 else f"{round(seconds / 3600)} h"


def _unit(stage: str) -> str:
    return _UNITS.get(stage, "papers")
