"""What the caches hold at one moment, by position: a paper's number in the index.

A view never changes once made, so a question sees one state from its start to its end. The next one is made
of this one and of what was written since. Papers that are not there (any more) are never found.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import SearchIndexError
from ..models import values
from ..recent import Recent
from .columns import NO_YEAR, Columns, rows_of
from .hubs import Hubs
from .products import exact, of_signs, scanned
from .vectors import ABSTRACT, SENTENCE, TITLE, VectorCopy, release

if TYPE_CHECKING:
    import numpy as np

    from .build import Build

EXACT_ROWS = 60_000
"""Up to this many vectors every paper is scored exactly. Above, words and passages name the candidates."""
SCANNED_PASSAGES = 3_000_000
"""Up to this many passages all of them are gone through, in bytes; beyond, Chroma names the nearest."""
CANDIDATES = 320
"""So many papers by words, and so many by their passages, are scored exactly in a large library."""
_MANY, _WIDER = 100_000, 0.3
"""Beyond so many papers their number grows, by this power: 640 of a million hold what 320 of these do (measured)."""
_WORDS_READ = 3 * CANDIDATES
_NAMED = 6
"""To name a paper to the words' index takes about as long as to read so many documents further down. Papers that pass a
limit are named where that is quicker than reading until enough of them have come; else so many more are read."""
_SCANS_KEPT, _FILTERS_KEPT = 4, 16
_WORDS: float = values("search")["recipe"]["words"]
"""The share of words where candidates are chosen."""
_SAMPLE = 16_384
_AROUND = 65_536
"""Bytes that the system maps around what is looked at."""
_UNFOLDED = 96_000_000
"""Bytes of vectors looked at, after which their pages go back to the system: it keeps them while it has room."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a paper that has a vector: `page` is -1 for the title, 0 for the abstract."""

    start: int
    end: int
    page: int

    @property
    def field(self) -> str:
        """The field it lies in."""
        return {TITLE: "title", ABSTRACT: "abstract"}.get(self.page, "page")


class View:
    """Scores of papers by position. `hubs` carries over what an earlier view has worked out."""

    def __init__(self, build: Build, columns: Columns, hubs: Hubs | None = None) -> None:
        self._build = build
        self._words = build.words.fixed()
        self.generation = 0
        """The library's, when this was seen."""
        self._columns = columns
        # As much of the copy as was committed when the columns were read; it may have grown since.
        copy = VectorCopy(build.folder, build.copy().dimension, columns.rows, columns.scanned, columns.coded)
        self._rows, self._vectors, self._tokens = copy.rows(), copy.vectors(), copy.tokens()
        self._places, self._small = copy.passages()
        self.exact = columns.rows <= EXACT_ROWS
        self.hubs = Hubs.of(columns, self._rows, self._vectors, hubs)
        self._scans: Recent[tuple[bytes, bool], np.ndarray] = Recent(_SCANS_KEPT)
        self.passed: Recent[object, np.ndarray] = Recent(_FILTERS_KEPT)
        """The positions that passed limits, for whoever looks for them again."""
        self._looked_at = 0

    def __len__(self) -> int:
        return self._columns.count

    @property
    def size(self) -> int:
        """One more than the greatest position."""
        return len(self._columns.alive)

    def living(self) -> np.ndarray:
        """The positions of all papers."""
        import numpy as np

        return np.flatnonzero(self._columns.alive)

    def arrival(self, positions: np.ndarray) -> np.ndarray:
        """What orders these papers as the library does."""
        return self._columns.arrival[positions]

    def names(self, positions: Sequence[int] | np.ndarray) -> list[str]:
        """The ids of the papers at these positions; empty for one that went since."""
        wanted = [int(p) for p in positions]
        found = self._build.names(wanted)
        return [found.get(p, "") for p in wanted]

    def without_year(self) -> int:
        """How many papers have no year."""
        import numpy as np

        return int(np.count_nonzero(self._columns.alive & (self._columns.year == NO_YEAR)))

    def positions(self, paper_ids: Sequence[str]) -> np.ndarray:
        """The positions of these papers, ascending; unknown ids are left out."""
        import numpy as np

        numbers = np.array(sorted(self._build.numbers(list(paper_ids)).values()), np.int64)
        return self._here(numbers)

    def passing(self, year_from: int | None, year_to: int | None, arrivals: np.ndarray | None) -> np.ndarray:
        """The positions of papers of these years (both may be missing) that are among these arrivals (None: any)."""
        import numpy as np

        columns = self._columns
        kept = columns.alive.copy()
        if year_from is not None or year_to is not None:
            kept &= columns.year != NO_YEAR
        if year_from is not None:
            kept &= columns.year >= max(year_from, -(2**62))
        if year_to is not None:
            kept &= columns.year <= min(year_to, 2**62)
        if arrivals is not None:
            among = np.zeros(int(max(columns.arrival.max(initial=0), arrivals.max(initial=0))) + 1, bool)
            among[arrivals] = True
            kept &= among[columns.arrival]
        return np.flatnonzero(kept)

    def _here(self, numbers: np.ndarray) -> np.ndarray:
        numbers = numbers[(numbers > 0) & (numbers < self.size)]
        return numbers[self._columns.alive[numbers]]

    # ------------------------------------------------------------------ words

    def terms(self, text: str) -> list[str]:
        """The index terms of a text, in order."""
        return self._words.terms(text)

    def known_terms(self, text: str) -> dict[str, float]:
        """The index terms of a text that occur in the library, weighted by how often the text has them."""
        counts = Counter(self._words.terms(text))
        return {term: float(counts[term]) for term in self._words.known(counts)}

    def lexical(self, weights: Mapping[str, float], allowed: np.ndarray | None = None) -> np.ndarray:
        """The BM25 score of every paper, by position; in a large library 0 for those far down.

        Of those at `allowed` the best are there too, however far down they are.
        """
        import numpy as np

        found = np.zeros(self.size, np.float32)
        share = len(allowed) / len(self) if allowed is not None and len(self) else 1.0
        read = int(_WORDS_READ * self._wider())
        further = max(read, int(CANDIDATES * self._wider(allowed) / max(share, 1e-9)))
        few = allowed is not None and _NAMED * len(allowed) < further
        limit = None if self.exact else read if few else further
        parts = [self._words.scores(weights, limit)]
        if few and limit is not None and allowed is not None:
            parts.append(self._words.scores_among(weights, allowed.tolist(), read))
        for numbers, scores in parts:
            known = numbers < self.size
            found[numbers[known]] = scores[known]
        found[~self._columns.alive] = 0
        return found

    def filled(self, lexical: np.ndarray, weights: Mapping[str, float], positions: np.ndarray) -> np.ndarray:
        """The BM25 scores of these papers: from `lexical`, and of those that were too far down for it."""
        found = lexical[positions]
        lacking = positions[found == 0]
        if not self.exact and len(lacking):
            numbers, scores = self._words.scores_among(weights, lacking.tolist())
            lexical = lexical.copy()
            lexical[numbers] = scores
            found = lexical[positions]
        return found

    def ceiling(self, weights: Mapping[str, float]) -> float:
        """The BM25 score that a paper would near if it held every term."""
        return self._words.ceiling(weights)

    def term_shares(self, weights: Mapping[str, float], positions: Sequence[int]) -> list[dict[str, float]]:
        """For each of these papers, what each term adds to its BM25 score."""
        shares = self._words.shares(weights, positions)
        return [shares[position] for position in positions]

    def holding(self, words: Sequence[str]) -> np.ndarray:
        """The positions of papers that hold these words in a row, by stems."""
        import numpy as np

        return np.sort(self._here(np.fromiter(self._words.holding(words), np.int64)))

    def beginning(self, wordings: Sequence[Sequence[str]], allowed: np.ndarray | None = None) -> np.ndarray:
        """The positions of the papers in which, for one of the wordings, each of its strings begins some word.

        In the library's order; of those at `allowed` alone, where it is given. A wording without strings, or
        with other letters than the words' index folds to, fits all.
        """
        import numpy as np

        found = self.living()
        if all(parts and all(part.isascii() and part.isalnum() for part in parts) for parts in wordings):
            numbers = [self._words.beginning(parts) for parts in wordings]
            found = self._here(np.unique(np.concatenate([np.zeros(0, np.int64), *numbers])))
        if allowed is not None:
            found = np.intersect1d(found, allowed, assume_unique=True)
        return found[np.argsort(self._columns.arrival[found], kind="stable")]

    # ------------------------------------------------------------------ vectors

    def candidates(self, vector: np.ndarray, lexical: np.ndarray, allowed: np.ndarray | None = None) -> np.ndarray:
        """The positions of the papers that may come first: all, or in a large library the best by words and
        passages together, and by each alone; of those at `allowed`, where it is given.
        """
        import numpy as np

        if self.exact:
            return self.living() if allowed is None else allowed
        count = int(CANDIDATES * self._wider(allowed))
        # The nearest of all that Chroma names leave too few of those that pass a narrow limit.
        near = self.near(vector, every=allowed is not None)
        worth = _WORDS * lexical / max(float(lexical.max(initial=0)), 1e-9)
        worth += (1 - _WORDS) / max(float(near.max(initial=0)), 1e-9) * near
        alone = [_best(scores, count // 4, allowed) for scores in (near, lexical)]
        return np.union1d(_best(worth, count, allowed), np.union1d(*alone))

    def _wider(self, allowed: np.ndarray | None = None) -> float:
        """How many times as many candidates are needed as of a library of a usual size, of all or of those allowed."""
        return max(1.0, ((len(self) if allowed is None else len(allowed)) / _MANY) ** _WIDER)

    def near(self, vector: np.ndarray, *, every: bool = False) -> np.ndarray:
        """The cosine of every paper's best passage by position, to some thousandths; 0 where it has none.

        In a very large library 0 for all but the nearest, unless `every` one is wanted.
        """
        named = not every and len(self._places) > SCANNED_PASSAGES and self._build.behind() is None
        key = (vector.tobytes(), named)
        if (known := self._scans.get(key)) is not None:
            return known
        found = self._gone_through(vector, named)
        self._scans.put(key, found)
        return found

    def _gone_through(self, vector: np.ndarray, named: bool) -> np.ndarray:
        """By Chroma's graph where the nearest are `named` by it, else by going through the passages' bytes."""
        import numpy as np

        found = np.zeros(self.size, np.float32)
        if named:
            with contextlib.suppress(SearchIndexError):  # without Chroma it takes longer, and none is missed
                for name, cosine in self._build.neighbours.nearest(vector, int(2 * CANDIDATES * self._wider())):
                    number = int(name.split(".")[0])
                    if number < self.size and self._columns.alive[number]:
                        found[number] = max(found[number], cosine)
                return found
        owners, scales, starts = self._owners
        cosines = scanned(self._small, scales, vector)
        if len(cosines):
            found[owners] = cosines if len(owners) == len(cosines) else np.maximum.reduceat(cosines, starts)
        found[~self._columns.alive] = 0
        return found

    @cached_property
    def _owners(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The papers that have passages, every passage's scale, and where each paper's passages begin."""
        import numpy as np

        owners = np.ascontiguousarray(self._places["number"])
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]][: len(owners)])
        return owners[starts].astype(np.int64), np.ascontiguousarray(self._places["scale"]), starts

    def close_to(self, vector: np.ndarray, k: int) -> np.ndarray:
        """The positions among which the `k` nearest papers are: all, or in a large library those by passages."""
        if self.exact:
            return self.living()
        return _best(self.near(vector), k, None)

    def dense(self, vector: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For the papers at `positions`: the cosine of its best passage, and of its best sentence.

        A paper whose vectors are still to come has 0 for both; one without sentences has its
        passage's for both.
        """
        import numpy as np

        columns = self._columns
        every = len(positions) == len(self) and self.exact
        cosines = exact(self._vectors, vector) if every else None
        whole = self._best_of(columns.passages, vector, positions, cosines)
        best = self._best_of(columns.sentences, vector, positions, cosines)
        lacking = columns.sentences[1][positions] == 0
        return whole, np.where(lacking, whole, np.maximum(best, 0)).astype(np.float32)

    def _best_of(
        self, spans: tuple[np.ndarray, np.ndarray], vector: np.ndarray, positions: np.ndarray,
        cosines: np.ndarray | None,
    ) -> np.ndarray:
        """The greatest cosine of each paper's rows, 0 where it has none."""
        import numpy as np

        found = np.zeros(len(positions), np.float32)
        has = np.flatnonzero(spans[1][positions])
        if len(has):
            rows, starts = rows_of(spans, positions[has])
            of_rows = exact(self._vectors, vector, rows) if cosines is None else cosines[rows]
            found[has] = np.maximum.reduceat(of_rows, starts)
            if not self.exact:
                self._fold(len(rows), len(has))
        return found

    def _fold(self, rows: int, papers: int) -> None:
        """Give pages of the vectors' file back, now and then, so that a process does not seem to hold all of it."""
        self._looked_at += max(rows * self._vectors.itemsize * self._vectors.shape[1], papers * _AROUND)
        if self._looked_at > _UNFOLDED:
            self._looked_at = 0
            release(self._vectors)

    def by_tokens(
        self, asked: np.ndarray, weights: np.ndarray, vector: np.ndarray, positions: np.ndarray
    ) -> np.ndarray:
        """How near these papers come to a question token by token: the mean, by these weights, of each token's
        cosine with the nearest token of the paper's best passage by `vector`.

        0 for papers whose tokens are not there. `asked` has a turned unit row for each token of the question.
        """
        import numpy as np

        found = np.zeros(len(positions), np.float32)
        rows = np.array([self._best_row(int(p), vector) for p in positions], np.int64)
        has = np.flatnonzero(rows >= 0)
        has = has[self._rows["tokens"][rows[has]] > 0]
        if not len(has) or not len(asked) or weights.sum() <= 0:
            return found
        first, many = (self._rows[name][rows[has]].astype(np.int64) for name in ("token", "tokens"))
        starts = np.cumsum(many) - many
        codes = self._tokens[np.repeat(first - starts, many) + np.arange(int(many.sum()))]
        if not self.exact:
            release(self._tokens)  # they are copied, and another question's papers lie elsewhere
        found[has] = of_signs(codes, starts, asked) @ (weights / weights.sum()).astype(np.float32)
        return found

    def passage_tokens(self, position: int) -> list[tuple[Place, np.ndarray]]:
        """The passages of one paper whose tokens are kept, each with its packed tokens, a row each."""
        import numpy as np

        first, count = (int(a[position]) for a in self._columns.passages)
        passages = []
        for row in self._rows[first : first + count]:
            if row["tokens"] > 0:
                codes = np.array(self._tokens[int(row["token"]) : int(row["token"]) + int(row["tokens"])])
                passages.append((Place(int(row["start"]), int(row["end"]), int(row["page"])), codes))
        return passages

    def _best_row(self, position: int, vector: np.ndarray) -> int:
        """The row of the paper's passage nearest to the vector; -1 when it has none."""
        import numpy as np

        first, count = (int(a[position]) for a in self._columns.passages)
        if count < 2:
            return first if count else -1
        return first + int(np.argmax(exact(self._vectors, vector, np.arange(first, first + count))))

    def hubness(self, positions: np.ndarray) -> np.ndarray:
        """How near these papers lie to titles of other papers: see `hubs`."""
        return self.hubs.of_papers(positions)

    def vectors(self, position: int) -> np.ndarray:
        """The vectors of one paper's passages, one row each."""
        import numpy as np

        first, count = (int(a[position]) for a in self._columns.passages)
        return np.asarray(self._vectors[first : first + count] if count else self._vectors[:0], np.float32)

    def best_place(self, vector: np.ndarray, position: int) -> Place | None:
        """The paper's sentence (or, for full text, passage) nearest to the vector; None without vectors."""
        import numpy as np

        at = np.array([position])
        spans = [rows_of(s, at)[0] for s in (self._columns.passages, self._columns.sentences) if s[1][position]]
        if not spans:
            return None
        rows = np.concatenate(spans)
        places = self._rows[rows]
        cosines = exact(self._vectors, vector, rows)
        # An abstract is shown by its sentences; a page has none, so its passages stand beside them.
        shown = (places["page"] > 0) | ((places["kind"] == SENTENCE) & (places["page"] == ABSTRACT))
        if not shown.any():
            shown = np.ones(len(rows), bool)
        best = places[int(np.argmax(np.where(shown, cosines, -2.0)))]
        return Place(int(best["start"]), int(best["end"]), int(best["page"]))


def _best(scores: np.ndarray, k: int, allowed: np.ndarray | None) -> np.ndarray:
    """The positions of the `k` best scores above 0, ascending; of those at `allowed` alone, where it is given."""
    import numpy as np

    given = scores if allowed is None else scores[allowed]
    at = np.flatnonzero(given >= max(_cut(given, k), 1e-9))
    if len(at) > k:
        at = np.sort(at[np.argpartition(-given[at], k)[:k]])
    return at if allowed is None else allowed[at]


def _cut(scores: np.ndarray, k: int) -> float:
    """A score that `k` of them reach and not many more; 0 where it can't be told from a sample."""
    import numpy as np

    step = len(scores) // _SAMPLE
    wanted = 2 * k // max(1, step) + 8
    if step < 2 or wanted >= _SAMPLE:
        return 0.0
    cut = float(np.partition(scores[::step], -wanted)[-wanted])
    return cut if int((scores >= cut).sum()) >= k else 0.0
