"""What could not be read, and what an ingest did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .answers import jsonable


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that could not be read: the source, where in it (line, key, page; may be empty), why.

    With `kept` it is a note: what it speaks of was read all the same, and should be looked over.
    """

    source: str
    where: str
    reason: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. `papers` counts the papers now in the library, `entries` the records read."""

    entries: int = 0
    papers: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()
    without_abstract: tuple[str, ...] = ()
    """Titles of the papers read in this run that have no abstract: found by title only."""
    embedded: int = 0
    """Texts that had to be encoded; 0 when everything was known."""
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return jsonable(asdict(self))
