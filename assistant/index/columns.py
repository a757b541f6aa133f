"""What a search must know of every paper, as arrays by number: is it there, its year, where its vectors lie.

Some fifty bytes a paper. Never changed once made: `grown` gives the next, of what was written since, so that
a library that grows while it is asked costs what is new.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..errors import SearchIndexError
from .vectors import PASSAGE

if TYPE_CHECKING:
    import numpy as np

    from .build import Build

NO_YEAR = -(2**63)
_BLOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """By paper number. `passages` and `sentences` are (first row, rows) of the copy; first -1: still to come."""

    alive: np.ndarray
    arrival: np.ndarray
    year: np.ndarray
    passages: tuple[np.ndarray, np.ndarray]
    sentences: tuple[np.ndarray, np.ndarray]
    version: int = 0
    rows: int = 0
    count: int = 0
    """How many papers are there."""
    ready: int = 1
    """Papers with smaller numbers have all their vectors."""
    scanned: int = 0
    """How many passages the copy holds."""
    coded: int = 0
    """How many tokens of passages it holds."""

    @classmethod
    def none(cls) -> Columns:
        """Of no paper. Number 0 is no paper's."""
        import numpy as np

        def spans() -> tuple[np.ndarray, np.ndarray]:
            return np.full(1, -1, np.int64), np.zeros(1, np.int32)

        return cls(np.zeros(1, bool), np.zeros(1, np.int64), np.full(1, NO_YEAR, np.int64), spans(), spans())

    def grown(self, db: sqlite3.Connection, build: Build) -> Columns:
        """What they are now. `db` is a reader's transaction on the build's index.db."""
        import numpy as np

        said = dict(db.execute("SELECT key, value FROM state WHERE key IN ('version', 'rows', 'scanned', 'coded')"))
        version, rows = int(said.get("version", 0)), int(said.get("rows", 0))
        old = len(self.alive)
        fresh = db.execute("SELECT number, arrival, year FROM papers WHERE number >= ? ORDER BY number", (old,))
        table = np.fromiter(chain.from_iterable(fresh), np.int64).reshape(-1, 3)
        gone = [n for (n,) in db.execute("SELECT number FROM gone WHERE version > ?", (self.version,)) if n < old]
        size = build.first_free(db)
        alive, arrival, year = (_longer(a, size, f) for a, f in ((self.alive, 0), (self.arrival, 0),
                                                                 (self.year, NO_YEAR)))
        numbers = table[:, 0]
        alive[numbers], arrival[numbers], year[numbers] = True, table[:, 1], table[:, 2]
        alive[gone] = False
        first, many = _longer(self.passages[0], size, -1), _longer(self.passages[1], size, 0)
        first_s, many_s = _longer(self.sentences[0], size, -1), _longer(self.sentences[1], size, 0)
        copied: Any = build.copy().rows() if rows > self.rows else ()
        for start in range(self.rows, rows, _BLOCK):
            # A paper's passages follow one another, and so do its sentences; each are of one step.
            part = copied[start : min(start + _BLOCK, rows)]
            number, kind = np.ascontiguousarray(part["number"]), np.ascontiguousarray(part["kind"])
            if number.max(initial=0) >= size:
                raise SearchIndexError("The copy of the vectors is damaged; rebuild the index.")
            for wanted, to, of in ((kind == PASSAGE, first, many), (kind != PASSAGE, first_s, many_s)):
                places = np.flatnonzero(wanted)
                owners = number[places]
                # Written backwards, so that a paper that goes on from the block before keeps its first row.
                begun = to[owners] < 0
                to[owners[begun][::-1]] = start + places[begun][::-1]
                of += np.bincount(owners, minlength=size).astype(np.int32)
        waiting = "SELECT min(number) FROM papers WHERE passages IS NULL OR sentences IS NULL"
        ready = db.execute(waiting).fetchone()[0] or size
        return Columns(
            alive, arrival, year, (first, many), (first_s, many_s), version, rows, int(alive.sum()), ready,
            int(said.get("scanned", 0)), int(said.get("coded", 0)),
        )


def rows_of(spans: tuple[np.ndarray, np.ndarray], positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of these papers, one paper after another, and where each paper's begin among them.

    Every paper must have some.
    """
    import numpy as np

    counts = spans[1][positions].astype(np.int64)
    starts = np.cumsum(counts) - counts
    return np.repeat(spans[0][positions] - starts, counts) + np.arange(int(counts.sum())), starts


def _longer(values: np.ndarray, size: int, fill: int) -> np.ndarray:
    import numpy as np

    longer = np.full(max(size, len(values)), fill, values.dtype)
    longer[: len(values)] = values
    return longer
