"""What the reading of a question must know of a library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Protocol

from ..papers import Filters, Paper


class Known(Protocol):
    """A few cheap questions about a library."""

    def titled(self, text: str) -> list[Paper]:
        """The papers whose whole titles stand in a text, in the order they are named."""

    def named(self, name: str) -> list[Paper]:
        """The papers whose own name this is, as "WarmNest" of "WarmNest: Heated Boxes …"."""

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers with these ids, in their order, those that are gone left out."""

    def nearest(self, text: str) -> list[Paper]:
        """The papers that share most words with a text, the best first; a few at most."""

    def holds_words(self, text: str) -> bool:
        """Whether any paper has all the content words of a text; False for a text without any."""

    def has_term(self, word: str) -> bool:
        """Whether any paper has a word."""

    def authors(self, name: str) -> bool:
        """Whether anybody of this name wrote a paper here."""

    def venues(self) -> tuple[str, ...]:
        """The names of the journals and conferences."""

    def both(self, given: Filters, asked: Filters) -> Filters:
        """Limits that pass exactly what both pass."""


class NothingKnown:
    """A library of which nothing is known: limits by author and venue are not read, nothing is looked up."""

    def titled(self, text: str) -> list[Paper]:
        return []

    def named(self, name: str) -> list[Paper]:
        return []

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        return []

    def nearest(self, text: str) -> list[Paper]:
        return []

    def holds_words(self, text: str) -> bool:
        return False

    def has_term(self, word: str) -> bool:
        return False

    def authors(self, name: str) -> bool:
        return False

    def venues(self) -> tuple[str, ...]:
        return ()

    def both(self, given: Filters, asked: Filters) -> Filters:
        return _narrowed(given, asked)


def _narrowed(given: Filters, asked: Filters) -> Filters:
    """The years that both pass; of the rest what the caller set, else what the question says."""
    low = max((y for y in (given.year_from, asked.year_from) if y is not None), default=None)
    high = min((y for y in (given.year_to, asked.year_to) if y is not None), default=None)
    rest = {f.name: getattr(given, f.name) for f in fields(Filters) if getattr(given, f.name) not in (None, ())}
    return replace(asked, **(rest | {"year_from": low, "year_to": high}))
