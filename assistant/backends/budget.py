"""What may still be spent: for one answer, and for the day, whose sum stands in the library's folder."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import date
from pathlib import Path

from .. import errors
from ..config import Settings
from ..papers import Usage
from .prices import cost

_DAYS = 40
"""Days that the file keeps."""


class Budget:
    """Asked before each request, told after it. Used by several threads."""

    def __init__(self, settings: Settings, provider: str, model: str) -> None:
        self._settings = settings
        self._provider, self._model = provider, model
        self._lock = threading.Lock()
        self._underway: list[int] = []

    def before(self, spent: Usage, tokens: int) -> None:
        """Put down that `tokens` are about to be sent. BudgetSpent where they would not be in the budget."""
        settings = self._settings
        with self._lock:
            coming = sum(self._underway) + tokens
            used = spent.input_tokens + spent.output_tokens
            if settings.budget_tokens and used + coming > settings.budget_tokens:
                raise errors.BudgetSpent(
                    f"The budget of {settings.budget_tokens:,} tokens for an answer is spent: {used:,} were used, and "
                    f"{coming:,} more would be sent. Raise LITASSIST_BUDGET_TOKENS, or ask for less."
                )
            price = cost(self._provider, self._model, coming, 0) or 0.0
            usd = spent.cost_usd or 0.0
            if settings.budget_usd and usd + price > settings.budget_usd:
                raise errors.BudgetSpent(
                    f"The budget of ${settings.budget_usd:g} for an answer is spent: ${usd:.4f} were used. "
                    "Raise LITASSIST_BUDGET_USD, or ask for less."
                )
            if settings.daily_budget_usd and (today := spent_on(settings.folder)) + price > settings.daily_budget_usd:
                raise errors.BudgetSpent(
                    f"The budget of ${settings.daily_budget_usd:g} for a day is spent: ${today:.4f} were used today. "
                    "Raise LITASSIST_DAILY_BUDGET_USD, ask again tomorrow, or choose extractive."
                )
            self._underway.append(tokens)

    def after(self, tokens: int, usd: float | None) -> None:
        """The request is over and cost `usd`."""
        with self._lock:
            self._underway.remove(tokens)
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
