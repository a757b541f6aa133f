"""How near papers lie to everything: in many dimensions a few are near to every question (hubs; Radovanović
et al. 2010, "Hubs in Space"). Told by the titles of some hundreds of other papers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .columns import rows_of
from .products import among
from .vectors import TITLE

if TYPE_CHECKING:
    import numpy as np

    from .columns import Columns

_TITLES = 500
_NEAREST = 10
_FINE = 2048
"""Up to so many papers every new title counts at once; above, when a sixteenth more have come."""
_PAPERS, _USUAL_TITLES = 20_000, 200


class Hubs:
    """The nearness of papers to a sample of titles. The sample is a function of the papers that are there, and
    stays while the library grows by a little, so that what was worked out stays too.
    """

    def __init__(self, columns: Columns, rows: np.ndarray, vectors: np.ndarray, upto: int) -> None:
        import numpy as np

        self._columns = columns
        self._vectors = vectors
        self.upto = upto
        """Titles are of papers with smaller numbers."""
        every = np.flatnonzero(columns.alive[:upto])
        self.dead = upto - len(every)
        place = np.unique(np.linspace(0, max(0, len(every) - 1), min(_TITLES, len(every))).astype(np.int64))
        chosen = every[place] if len(every) else every
        titles = _title_rows(columns, rows, chosen)
        self.owners = chosen[titles >= 0]
        self.titles = np.asarray(vectors[titles[titles >= 0]], np.float32)
        self._known = np.full(len(columns.alive), np.nan, np.float32)
        self._usual: float | None = None

    @classmethod
    def of(cls, columns: Columns, rows: np.ndarray, vectors: np.ndarray, before: Hubs | None) -> Hubs:
        """Those of these papers; what `before` has worked out is kept where it still holds."""
        import numpy as np

        upto = _rounded(columns.ready)
        if before is None or before.upto != upto or before.dead != upto - int(columns.alive[:upto].sum()):
            return cls(columns, rows, vectors, upto)
        after = cls.__new__(cls)
        after.upto, after.dead, after.owners, after.titles = before.upto, before.dead, before.owners, before.titles
        after._columns, after._vectors, after._usual = columns, vectors, before._usual
        after._known = np.full(len(columns.alive), np.nan, np.float32)
        after._known[: len(before._known)] = before._known
        return after

    def of_papers(self, positions: np.ndarray) -> np.ndarray:
        """For each paper the mean of the ten greatest cosines of its best passage with other papers' titles.

        0 for one without vectors.
        """
        import numpy as np

        if not len(self.owners):
            return np.zeros(len(positions), np.float32)
        new = positions[np.isnan(self._known[positions]) & (self._columns.passages[1][positions] > 0)]
        if len(new):
            self._known[new] = self._worked_out(new)
        return np.nan_to_num(self._known[positions])

    def _worked_out(self, positions: np.ndarray) -> np.ndarray:
        import numpy as np

        found = np.zeros(len(positions), np.float32)
        count = min(_NEAREST, len(self.owners))
        for start in range(0, len(positions), 4096):
            part = positions[start : start + 4096]
            rows, starts = rows_of(self._columns.passages, part)
            cosines = among(self._vectors, rows, self.titles)
            owners = np.repeat(part, np.diff(np.r_[starts, len(rows)]))
            own = np.searchsorted(self.owners, owners)
            own[own == len(self.owners)] = 0
            mine = np.flatnonzero(self.owners[own] == owners)
            cosines[mine, own[mine]] = 0  # its own title tells nothing
            means = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
            found[start : start + len(part)] = np.maximum.reduceat(means, starts)
        return np.maximum(found, 0)

    def usual(self, fewest: int) -> float:
        """How near a title is to the nearest other paper: the median over some hundreds of titles.

        0 where fewer papers than `fewest` have vectors.
        """
        if self._usual is None:
            self._usual = self._usual_nearness(fewest)
        return self._usual

    def _usual_nearness(self, fewest: int) -> float:
        import numpy as np

        columns = self._columns
        every = np.flatnonzero(columns.alive[: self.upto] & (columns.passages[1][: self.upto] > 0))
        every = every[:: max(1, len(every) // _PAPERS)]
        if len(every) < fewest or not len(self.owners):
            return 0.0
        rows, starts = rows_of(columns.passages, every)
        owners = np.repeat(every, np.diff(np.r_[starts, len(rows)]))
        chosen = np.unique(np.linspace(0, len(self.owners) - 1, min(_USUAL_TITLES, len(self.owners))).astype(np.int64))
        cosines = among(self._vectors, rows, self.titles[chosen])
        cosines[owners[:, None] == self.owners[chosen][None]] = -1
        return float(np.median(cosines.max(axis=0)))


def _rounded(ready: int) -> int:
    """The number up to which papers have all their vectors, rounded down in a large library."""
    step = 1 if ready <= _FINE else 1 << (ready.bit_length() - 5)
    return ready // step * step


def _title_rows(columns: Columns, rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The row of each paper's title, -1 where it has none: the first sentence, or the passage of a bare title."""
    import numpy as np

    found = np.full(len(positions), -1, np.int64)
    for first, _ in (columns.passages, columns.sentences):
        at = first[positions]
        here = np.flatnonzero(at >= 0)
        is_title = rows["page"][at[here]] == TITLE
        found[here[is_title]] = at[here[is_title]]
    return found
