"""What the reading of a question must know of a library."""

from __future__ import annotations

from collections.abc import Sequence

from ..papers import Filters, Paper


class Known:
    """A few cheap questions about a library. As it is here, nothing is known: limits by author and venue are not read,
    nothing is looked up."""

    def titled(self, text: str) -> list[Paper]:
        """The papers whose whole titles stand in a text, in the order they are named."""
        return []

    def named(self, name: str) -> list[Paper]:
        """The papers whose own name this is, those that begin their title with it first: "WarmNest: Heated Boxes …"."""
        return []

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers with these ids, in their order, those that are gone left out."""
        return []

    def nearest(self, text: str) -> list[Paper]:
        """The papers that share most words with a text, rare words counting more, the best first; a few at most."""
        return []

    def holds_words(self, text: str) -> bool:
        """Whether any paper has all the content words of a text; False for a text without any."""
        return False

    def has_term(self, word: str) -> bool:
        """Whether any paper has a word."""
        return False

    def authors(self, name: str) -> bool:
        """Whether anybody of this name wrote a paper here."""
        return False

    def venues(self) -> tuple[str, ...]:
        """The names of the journals and conferences."""
        return ()

    def both(self, given: Filters, asked: Filters) -> Filters:
        """Limits that pass exactly what both pass. Here the caller's, where there are any."""
        return given or asked
