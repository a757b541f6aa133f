"""Words of a page put together to lines, and lines in the order in which they are read. Pure.

Columns are found from where lines begin: in columns many lines share a left edge, and nearly all
that begin left of the next edge end before it. What crosses the space between columns (titles, wide
tables) parts the page into bands; each band is read column by column.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from .page import PageWords, Word

_T = TypeVar("_T")
Columns = tuple[tuple[float, float], ...]
"""The left and right edge of each column, from the left."""

_CELL_GAP = 1.2
"""In em. A wider gap parts cells of a table, or columns; gaps between words of justified text stay below."""


@dataclass(frozen=True)
class Line:
    """Words that stand on one line, from the left; `column` counts from 0, -1 for one across columns."""

    words: tuple[Word, ...]
    column: int = 0
    turn: int = 0

    @cached_property
    def left(self) -> float:
        return min(w.left for w in self.words)

    @cached_property
    def right(self) -> float:
        return max(w.right for w in self.words)

    @cached_property
    def top(self) -> float:
        return min(w.top for w in self.words)

    @cached_property
    def bottom(self) -> float:
        return max(w.bottom for w in self.words)

    @cached_property
    def size(self) -> float:
        """The size that most of its letters have."""
        return _most((round(w.size, 1), len(w.text)) for w in self.words)

    @cached_property
    def font(self) -> str:
        """The font that most of its letters have."""
        return _most((w.font, len(w.text)) for w in self.words)

    @cached_property
    def base(self) -> float:
        return _most((w.base, len(w.text)) for w in self.words)

    @property
    def bold(self) -> bool:
        return sum(len(w.text) for w in self.words if w.bold) > 0.6 * sum(len(w.text) for w in self.words)

    @property
    def width(self) -> float:
        return self.right - self.left

    @cached_property
    def text(self) -> str:
        """Its words; raised signs that refer to something elsewhere are left out."""
        return " ".join(w.text for w in self.read)

    @cached_property
    def read(self) -> tuple[Word, ...]:
        # A small raised number that stands by itself is a footnote's sign.
        kept = tuple(w for w in self.words if not self._sign(w))
        return kept or self.words

    def _sign(self, w: Word) -> bool:
        small = w.size < 0.85 * self.size and self.base - w.base > 0.15 * self.size
        return small and len(w.text) <= 3 and not any(c.isalpha() and ord(c) < 0x2000 for c in w.text)

    @property
    def label(self) -> str:
        """The bold words that a paragraph begins with as a heading of its own; empty where there are none."""
        words, bold = self.read, 0
        while bold < len(words) and (words[bold].bold or not any(c.isalpha() for c in words[bold].text)):
            bold += 1
        if not 0 < bold < len(words) or bold > 12 or not words[bold].text[:1].isupper():
            return ""
        text = " ".join(w.text for w in words[:bold])
        return text if sum(c.isalpha() for c in text) >= 5 and text[-1].isalnum() else ""

    @property
    def signed(self) -> bool:
        """Whether a footnote's sign stands at its beginning."""
        return len(self.words) > 1 and self._sign(self.words[0])

    @property
    def cells(self) -> int:
        """The parts that wide gaps cut it into."""
        em = _CELL_GAP * self.size
        return 1 + sum(b.left - a.right > em for a, b in pairwise(self.words))


def _most(pairs: Iterable[tuple[_T, int]]) -> _T:
    count: Counter[_T] = Counter()
    for value, weight in pairs:
        count[value] += weight
    return max(count, key=lambda v: (count[v], str(v)))


# --------------------------------------------------------------------------- lines as they are drawn


def segments(words: Sequence[Word], turn: int = 0) -> list[Line]:
    """The words cut into stretches without a wide gap, in the order they are drawn; unseen words are left out."""
    found: list[list[Word]] = []
    for word in words:
        if word.unseen or word.turn != turn or not word.text:
            continue
        if found and _goes_on(found[-1], word):
            found[-1].append(word)
        else:
            found.append([word])
    return [Line(tuple(run), turn=turn) for run in found]


def _goes_on(run: list[Word], word: Word) -> bool:
    last = run[-1]
    size = max(last.size, word.size, 0.1)
    if abs(word.base - last.base) > (0.15 if min(last.size, word.size) > 0.9 * size else 0.5) * size:
        return False
    return -0.5 * size < word.left - last.right < _CELL_GAP * size


def columns(found: Sequence[Line], width: float) -> Columns:
    """The columns that the lines stand in; one column where there is no sign of several."""
    if not found:
        return ((0.0, width),)
    wide = [s for s in found if s.width >= 0.18 * width]
    edges: list[list[float]] = []
    for left in sorted(s.left for s in wide):
        if edges and left - edges[-1][-1] <= 2.0:
            edges[-1].append(left)
        else:
            edges.append([left])
    common = [min(e) for e in edges if len(e) >= max(5, 0.1 * len(wide))]
    starts = common[:1]
    for edge in common[1:]:
        before = [s for s in wide if starts[-1] - 3 <= s.left < edge - 3]
        ending = [s for s in before if s.right <= edge - 4]
        if len(ending) >= 5 and len(ending) >= 0.75 * len(before):
            starts.append(edge)
    spans: list[tuple[float, float]] = []
    for n, start in enumerate(starts):
        end = starts[n + 1] - 4 if n + 1 < len(starts) else width
        rights = sorted(s.right for s in wide if s.left >= start - 3 and s.right <= end)
        spans.append((start, rights[int(0.95 * (len(rights) - 1))] if rights else end))
    return tuple(spans) or ((min(s.left for s in found), max(s.right for s in found)),)


def parted(found: Sequence[Line], spans: Columns) -> list[Line]:
    """The lines, those cut in two that go on where the next column begins: a narrow space between columns that
    are drawn row by row looks like one between words."""
    edges = [left for left, _ in spans[1:]]
    made: list[Line] = []
    for line in found:
        start = 0
        for n in range(1, len(line.words)):
            before, word = line.words[n - 1], line.words[n]
            gap = word.left - before.right
            if gap > 0.6 * line.size and any(abs(word.left - edge) <= 1.5 for edge in edges):
                made.append(Line(line.words[start:n], turn=line.turn))
                start = n
        made.append(Line(line.words[start:], turn=line.turn) if start else line)
    return made


def columns_of_page(found: Sequence[Line], width: float, whole: Columns) -> Columns:
    """The page's own columns if it has several; else those of the document where the page's lines keep to them."""
    own = columns(found, width)
    if len(own) > 1:
        enough = all(sum(_within(s, c) for s in found) >= 8 for c in own)
        if enough or len(whole) > 1:
            return own
        return (own[0][0], own[-1][1]),
    if len(whole) > 1:
        wide = [s for s in found if s.width >= 0.18 * width]
        crossing = sum(_crosses(s, whole) for s in wide)
        if wide and crossing <= 0.6 * len(wide):
            return whole
    return own


def _within(s: Line, column: tuple[float, float]) -> bool:
    return s.left >= column[0] - 3 and s.right <= column[1] + 6


def _crosses(s: Line, spans: Columns) -> bool:
    return any(s.left < right - 2 and s.right > left + 2 for (_, right), (left, _) in pairwise(spans))


# --------------------------------------------------------------------------- the order of reading


def in_order(found: Sequence[Line], spans: Columns, width: float) -> list[Line]:
    """The lines of one direction of writing, whole, in the order of reading."""
    if len(spans) == 1:
        return [_one_line(row, 0) for row in _rows(found)]
    rows = _rows(found)
    across = [any(_spans(s, spans, width) for s in row) for row in rows]
    _fill_in(rows, across, spans)
    ordered: list[Line] = []
    band: dict[int, list[Line]] = defaultdict(list)

    def flush() -> None:
        for n in sorted(band):
            ordered.extend(_one_line(row, n) for row in _rows(band[n]))
        band.clear()

    for row, wide in zip(rows, across, strict=True):
        if wide:
            flush()
            ordered.append(_one_line(row, -1))
        else:
            for s in row:
                band[_column(s, spans)].append(s)
    flush()
    return ordered


def _rows(found: Sequence[Line]) -> list[list[Line]]:
    """The stretches by baseline, from the top; small ones (indices, exponents) join the line that they stand at."""
    rows: list[list[Line]] = []
    rest: list[Line] = []
    for s in sorted(found, key=lambda s: (s.base, s.left)):
        near = [row for row in rows[-6:] if abs(row[0].base - s.base) <= 0.3 * min(row[0].size, s.size)]
        if near:
            near[-1].append(s)
        else:
            rows.append([s])
    if len(rows) < 2:
        return rows
    kept: list[list[Line]] = []
    for n, row in enumerate(rows):
        neighbours = [r for r in (rows[n - 1] if n else None, rows[n + 1] if n + 1 < len(rows) else None) if r]
        small = [s for s in row if any(_hangs_on(s, r) for r in neighbours)]
        if len(small) == len(row) and all(len(s.text) <= 12 for s in small):
            rest.extend(small)
        else:
            kept.append(row)
    for s in rest:
        best = min(kept, key=lambda r: abs((r[0].top + r[0].bottom) / 2 - (s.top + s.bottom) / 2), default=None)
        if best is None:
            kept.append([s])
        else:
            best.append(s)
    return kept


def _hangs_on(s: Line, row: list[Line]) -> bool:
    for other in row:
        if s.size >= 0.85 * other.size:
            continue
        overlap = min(s.bottom, other.bottom) - max(s.top, other.top)
        apart = max(other.left - s.right, s.left - other.right)
        if overlap >= 0.4 * (s.bottom - s.top) and apart < 0.6 * other.size:
            return True
    return False


def _spans(s: Line, spans: Columns, width: float) -> bool:
    """Whether it stands across columns; a short stretch that leans over an edge belongs to its column."""
    if not _crosses(s, spans):
        return False
    if s.width >= 0.3 * width:
        return True
    middle = (s.left + s.right) / 2
    gaps = [(a[1] + b[0]) / 2 for a, b in pairwise(spans)]
    return min(abs(middle - gap) for gap in gaps) < 0.12 * width


def _fill_in(rows: list[list[Line]], across: list[bool], spans: Columns) -> None:
    """Rows that belong to what stands across the columns, though no part of them does: a table's, a last line."""
    for n in range(1, len(rows)):
        row, above = rows[n], rows[n - 1]
        if across[n] or not across[n - 1]:
            continue
        step = row[0].base - above[0].base
        size = row[0].size
        last_line = (
            len(row) == 1 and abs(row[0].size - above[0].size) < 0.05 * size and step <= 1.45 * size
            and abs(row[0].left - min(s.left for s in above)) <= 2.5 and row[0].right < spans[0][1] - size
        )  # fmt: skip
        following = next((m for m in range(n + 1, min(n + 4, len(rows))) if across[m]), None)
        full = any(s.width >= 0.75 * (spans[_column(s, spans)][1] - spans[_column(s, spans)][0]) for s in row)
        between = following is not None and not full and rows[following][0].base - above[0].base <= 6 * size
        if last_line or (between and step <= 2.6 * size):
            across[n] = True


def _column(s: Line, spans: Columns) -> int:
    middle = (s.left + s.right) / 2
    return min(range(len(spans)), key=lambda n: max(spans[n][0] - middle, middle - spans[n][1], 0.0))


def _one_line(row: list[Line], column: int) -> Line:
    words = sorted((w for s in row for w in s.words), key=lambda w: w.left)
    return Line(tuple(words), column, row[0].turn)


def directions(page: PageWords) -> list[int]:
    """The directions that its text runs in, the one with most letters first; slanted text (a watermark) is left out."""
    count: Counter[int] = Counter()
    for word in page.words:
        if word.turn >= 0 and not word.unseen:
            count[word.turn] += len(word.text)
    return [turn for turn, _ in count.most_common()]
