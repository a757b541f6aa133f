"""What tokens cost, from dated files: the user's own, then the one shipped; None where the price is not known."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from .. import errors
from .names import provider_and_model

SHIPPED = Path(__file__).parent / "prices.toml"
_SAME = {"azure_openai": "openai"}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, and the month that they are of."""

    read: float
    written: float
    read_again: float
    """Tokens that the provider had in its own cache."""
    as_of: str

    def of(self, read: int, written: int, read_again: int = 0) -> float:
        """US dollars for these tokens; `read_again` are part of `read`."""
        return ((read - read_again) * self.read + read_again * self.read_again + written * self.written) / 1e6


def price_of(provider: str, model: str, own: Path | None = None) -> Price | None:
    """The price of a model; the file `own` counts first. ConfigError where that can't be read."""
    if provider == "openrouter":  # names the provider too, and adds little to its price
        provider, _, model = model.partition("/")
        provider = {"google": "google_genai", "x-ai": "xai"}.get(provider, provider)
    for file in filter(None, (own, SHIPPED)):
        for table, pattern, price in _rows(file):
            if table == _SAME.get(provider, provider) and fnmatchcase(model.lower(), pattern.lower()):
                return price
    return None


@cache
def _rows(file: Path) -> list[tuple[str, str, Price]]:
    """Provider, pattern of models, and price, in the order of the file."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        as_of = str(tables.pop("as_of", "") or "your own file")
        found = []
        for name, rows in tables.items():
            provider = provider_and_model(f"{name}:")[0] or name
            for pattern, given in rows.items():
                read, written, *again = map(float, given)
                found.append((_SAME.get(provider, provider), pattern, Price(read, written, [*again, read][0], as_of)))
        return found
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise errors.ConfigError(
            f"The prices in {file} can't be read ({' '.join(str(error).split())[:120]}). A line of it reads: "
            "\"gpt-4o*\" = [2.5, 10.0], below the provider's name in square brackets."
        ) from error
