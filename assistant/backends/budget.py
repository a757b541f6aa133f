"""What may still be spent: for one answer, and for the day, whose sum stands in the library's folder."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import date
from pathlib import Path

from .. import errors
from ..config import Settings
from .prices import price_of
from .reading import Counts

_CHARACTERS = 4
"""Characters of a token, about."""
_DAYS = 40
"""Days that the file keeps."""


class Budget:
    """Asked before each request, told after it. Used by several threads."""

    def __init__(self, settings: Settings, provider: str, model: str) -> None:
        self._settings = settings
        self._price = price_of(provider, model, settings.prices)
        self._lock = threading.Lock()
        self._coming = self._tokens = 0
        self._usd = 0.0

    def before(self, tokens: int) -> None:
        """Put down that `tokens` are about to be sent. BudgetSpent where they would not be in the budget."""
        settings = self._settings
        with self._lock:
            coming = self._coming + tokens
            price = self._price.of(coming, 0) if self._price else 0.0
            at = f" at prices of {self._price.as_of}" if self._price else ""
            if settings.budget_tokens and self._tokens + coming > settings.budget_tokens:
                raise errors.BudgetSpent(
                    f"The budget of {settings.budget_tokens:,} tokens for an answer is spent: {self._tokens:,} were "
                    f"used, and {coming:,} more would be sent. Raise LITASSIST_BUDGET_TOKENS, or ask for less."
                )
            if settings.budget_usd and self._usd + price > settings.budget_usd:
                raise errors.BudgetSpent(
                    f"The budget of ${settings.budget_usd:g} for an answer is spent: ${self._usd:.4f} were used{at}. "
                    "Raise LITASSIST_BUDGET_USD, or ask for less."
                )
            if settings.daily_budget_usd and (today := spent_on(settings.folder)) + price > settings.daily_budget_usd:
                raise errors.BudgetSpent(
                    f"The budget of ${settings.daily_budget_usd:g} for a day is spent: ${today:.4f} were used{at}. "
                    "Raise LITASSIST_DAILY_BUDGET_USD, ask again tomorrow, or choose extractive."
                )
            self._coming = coming

    def after(self, tokens: int, took: Counts) -> None:
        """A request of `tokens` is over. What it took is guessed where it was given up before that was said."""
        read = took.read or (tokens if took.characters else 0)
        written = took.written or took.characters // _CHARACTERS
        usd = took.cost
        if usd is None:
            usd = self._price.of(read, written, took.read_again) if self._price else 0.0
        with self._lock:
            self._coming -= tokens
            self._tokens += read + written
            self._usd += usd
        if usd and self._settings.daily_budget_usd:
            _add(self._settings.folder, usd)


def spent_on(folder: Path, day: date | None = None) -> float:
    """US dollars of a day, today unless said."""
    return _days(folder).get((day or date.today()).isoformat(), 0.0)


def _file(folder: Path) -> Path:
    return folder / "spending.json"


def _days(folder: Path) -> dict[str, float]:
    try:
        kept = json.loads(_file(folder).read_text(encoding="utf-8"))
        return {str(day): float(usd) for day, usd in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _add(folder: Path, usd: float) -> None:
    from filelock import FileLock, Timeout

    # Where nothing can be written, the answer is worth more than the count.
    with contextlib.suppress(OSError, Timeout):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "spending.lock", timeout=5):
            days = _days(folder)
            today = date.today().isoformat()
            days[today] = days.get(today, 0.0) + usd
            part = folder / "spending.part"
            part.write_text(json.dumps(dict(sorted(days.items())[-_DAYS:]), indent=1), encoding="utf-8")
            part.replace(_file(folder))
