"""What tokens cost, from a dated file; None where the price is not known."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

_SAME = {"azure_openai": "openai"}


@cache
def _prices() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "prices.toml").read_text(encoding="utf-8"))


def as_of() -> str:
    """The month that the prices are of."""
    return str(_prices()["as_of"])


def cost(provider: str, model: str, read: int, written: int, read_again: int = 0) -> float | None:
    """US dollars for these tokens; `read_again` are those of `read` that the provider had in its own cache."""
    if provider == "openrouter":  # names the provider too, and adds little to its price
        provider, _, model = model.partition("/")
        provider = {"google": "google_genai", "x-ai": "xai"}.get(provider, provider)
    rows = _prices().get(_SAME.get(provider, provider), {})
    row = next((row for pattern, row in rows.items() if fnmatchcase(model.lower(), pattern)), None)
    if row is None:
        return None
    cheap = row[2] if len(row) > 2 else row[0]
    return float((read - read_again) * row[0] + read_again * cheap + written * row[1]) / 1e6
