"""What the lines of a document are: headings, body text, captions and what they stand at, footnotes, references. Pure.

Told from the document itself: the size that most of its letters have is that of its body text; what
stands at the top or bottom of many pages is a running header or footer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...language import either
from .lines import Columns, Line, columns, columns_of_page, directions, in_order, parted, segments
from .margins import running
from .page import PageWords

CAPTION = re.compile(
    rf"{either('printed.captions')}\s*"
    r"(?:[A-Z]{0,2}\.?\d{1,3}(?:\.\d{1,2})?[a-z]?|[IVXL]{1,6})(?P<stop>\s*[.:|–—-])?(?=\s|$)",
    re.I,
)
REFERENCES = re.compile(
    r"(?:\d{1,2}\.?|[IVX]{1,5}\.)?\s*(?:references?(?: cited| and notes| list)?|bibliography|literature(?: cited)?|"
    r"works cited|r\s?e\s?f\s?e\s?r\s?e\s?n\s?c\s?e\s?s)\s*:?",
    re.I,
)
_AFTER_REFERENCES = re.compile(
    rf"{either('headings.after_references')}(?!\w)|authors?['’ ]|[A-Z](?:\.\d+)*\.?\s+[A-Z][a-z]", re.I
)
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-Z]\.?)\s+(?=\S)")
_NAMED = re.compile(rf"{either('headings.common', 'headings.paper', 'headings.printed')}\s*:?", re.I)
_CONTENTS = re.compile(r"^\d.*[^\d.]\s\d{1,4}$|(?:\.\s?){4,}")
"""A line of a table of contents."""
_IMPRINT = re.compile(
    rf"©|\(c\) ?(?:19|20)\d\d|{either('printed.imprint')}|is[bs]n\b|correspond(?:ence|ing) ", re.I
)


@dataclass(frozen=True)
class Block:
    """Lines that belong together, and what they are.

    `body`, `heading`, `caption`, `table`, `figure` (its lettering), `footnote`, `reference`, `margin` (running
    headers, footers, page numbers, imprint) or `side` (turned text).
    """

    lines: tuple[Line, ...]
    role: str = "body"

    @cached_property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        return max(self.lines, key=lambda x: len(x.text)).size

    @property
    def column(self) -> int:
        return self.lines[0].column

    @property
    def top(self) -> float:
        return min(x.top for x in self.lines)

    @property
    def bottom(self) -> float:
        return max(x.bottom for x in self.lines)

    @property
    def bold(self) -> bool:
        return all(w.bold for x in self.lines for w in x.words if any(c.isalpha() for c in w.text))

    def as_a(self, role: str) -> Block:
        return Block(self.lines, role)


@dataclass(frozen=True)
class PageBlocks:
    """A page's blocks in the order of reading, and the columns they stand in."""

    page: PageWords
    columns: Columns
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Type:
    """How the document's body text is set."""

    size: float
    font: str
    leading: float


def documents_blocks(pages: Sequence[PageWords]) -> tuple[list[PageBlocks], Type]:
    """The blocks of every page, and the document's type. Pages keep their order."""
    cut: list[list[Line]] = []
    turns: list[list[int]] = []
    for page in pages:
        ways = directions(page)
        turns.append(ways)
        cut.append(segments(page.words, ways[0]) if ways else [])
    margins = running(pages, cut)
    inner = [[s for s in found if id(s) not in margins] for found in cut]
    kind = _type(line for found in inner for line in found)
    width = Counter(round(p.width) for p in pages).most_common(1)[0][0] if pages else 0
    alike = [s for p, found in zip(pages, inner, strict=True) if round(p.width) == width for s in found]
    whole = columns(alike, width)
    made = []
    # Where captions have a style of their own, a sentence that begins with "Table 4." is none.
    starts = [s for found in inner for s in found if CAPTION.match(s.text)]
    styled = sum(_set_apart(s, kind) for s in starts) >= 2
    for page, found, every, ways in zip(pages, inner, cut, turns, strict=True):
        across = page.width if not ways or ways[0] in (0, 180) else page.height
        spans = columns_of_page(found, across, whole)
        cut_up = _blocks(in_order(parted(found, spans), spans, across), spans)
        blocks = _roles(cut_up, spans, kind, page, first=page is pages[0], styled=styled)
        edge = [Block((s,), "margin") for s in every if id(s) in margins]
        aside = [Block((s,), "side") for turn in ways[1:] for s in segments(page.words, turn)]
        made.append(PageBlocks(page, spans, (*blocks, *edge, *aside)))
    return _with_references(made), kind


def _type(lines: Iterable[Line]) -> Type:
    amount: Counter[tuple[float, str]] = Counter()
    for line in lines:
        amount[(line.size, line.font)] += len(line.text)
    if not amount:
        return Type(10.0, "", 12.0)
    sizes: Counter[float] = Counter()
    for (size, _), count in amount.items():
        sizes[size] += count
    size = max(sizes, key=lambda s: (sizes[s], s))
    font = max((f for s, f in amount if s == size), key=lambda f: amount[size, f])
    return Type(size, font, 1.2 * size)


# --------------------------------------------------------------------------- blocks and their roles


def _blocks(lines: Sequence[Line], spans: Columns) -> list[Block]:
    made: list[list[Line]] = []
    for line in lines:
        last = made[-1][-1] if made else None
        if last is not None and _one_block(last, line, spans):
            made[-1].append(line)
        else:
            made.append([line])
    return [Block(tuple(lines)) for lines in made]


def _one_block(above: Line, line: Line, spans: Columns) -> bool:
    size = max(above.size, line.size)
    step = line.base - above.base
    if above.column != line.column or not 0 < step <= 1.75 * size:
        return False
    if abs(above.size - line.size) > 0.05 * size and min(len(above.text), len(line.text)) > 3:
        return False
    if line.signed:
        return False
    right = spans[-1][1] if above.column < 0 else spans[above.column][1]
    if _heads(above, line, right) or _heads(line, above, right):
        return False
    if above.right >= right - size and step <= 1.35 * size and line.left <= above.left + 2:
        return True  # bold words at the beginning of a paragraph, which go to the end of its first line
    return _wholly_bold(above) == _wholly_bold(line) or len(above.words) == 1 or len(line.words) == 1


def _heads(line: Line, other: Line, right: float) -> bool:
    """Whether a line is a numbered heading that is told from the text beside it by capitals or by its font only."""
    if not _NUMBERED.match(line.text) or line.right > right - 1.5 * line.size or line.text.endswith((".", ",", ";")):
        return False
    letters = [c for c in line.text if c.isalpha()]
    capitals = len(letters) >= 5 and sum(c.isupper() for c in letters) >= 0.8 * len(letters)
    fonts = {w.font for w in line.words if any(c.isalpha() for c in w.text)}
    return (capitals and not other.text.isupper()) or (len(fonts) == 1 and line.font != other.font and len(letters) > 3)


def _wholly_bold(line: Line) -> bool:
    return all(w.bold for w in line.words if any(c.isalpha() for c in w.text))


def _roles(
    blocks: list[Block], spans: Columns, kind: Type, page: PageWords, *, first: bool, styled: bool
) -> list[Block]:
    roles = ["body"] * len(blocks)
    for n, block in enumerate(blocks):
        if _is_caption(block, kind, styled):
            roles[n] = "caption"
        elif is_heading(block, kind):
            roles[n] = "heading"
        elif first and block.size < 0.97 * kind.size and len(block.text) < 600 and _IMPRINT.search(block.text):
            roles[n] = "margin"
    for n, block in enumerate(blocks):
        if roles[n] == "caption":
            _absorb(blocks, roles, n, spans, kind, table=block.text[:3].casefold() in ("tab", "alg", "lis", "box"))
    _find_footnotes(blocks, roles, kind, page)
    return [block.as_a(role) for block, role in zip(blocks, roles, strict=True)]


def _is_caption(block: Block, kind: Type, styled: bool) -> bool:
    found = CAPTION.match(block.text)
    return bool(found) and (_set_apart(block.lines[0], kind) or (not styled and bool(found and found["stop"])))


def _set_apart(line: Line, kind: Type) -> bool:
    first = line.words[0]
    return abs(line.size - kind.size) > 0.03 * kind.size or first.bold or first.font != kind.font


def is_heading(block: Block, kind: Type) -> bool:
    """Whether a block is a heading: short, and set larger, bold or numbered in another font than the text."""
    text = block.text
    letters = [c for c in text if c.isalpha()]
    if not letters or len(text) > 150 or len(block.lines) > 3 or max(x.cells for x in block.lines) > 2:
        return False
    if _CONTENTS.search(text):
        return False
    if len(letters) < 0.5 * len(text.replace(" ", "")) and not REFERENCES.fullmatch(text):
        return False
    if _NAMED.fullmatch(text) and block.size >= 0.85 * kind.size and len(block.lines) == 1:
        return True
    if block.size < 0.97 * kind.size or len(letters) < 3:
        return False
    numbered = _NUMBERED.match(text)
    font = block.lines[0].font
    stops = text.rstrip().endswith((".", ",", ";")) and not text.isupper()
    if stops and not (numbered and len(text) < 90 and block.bold):
        return False
    if block.size >= 1.07 * kind.size:
        return len(text.split()) <= 20
    other = font != kind.font
    capitals = sum(c.isupper() for c in letters) >= 0.8 * len(letters) and len(letters) >= 6
    if block.bold and not re.search(r"bold", kind.font, re.I):
        return len(text.split()) <= 18
    return bool(numbered and other and len(block.lines) <= 2 and len(text.split()) <= 14) or (
        capitals and len(text.split()) <= 10 and len(block.lines) == 1
    )


def _is_prose(block: Block, spans: Columns, kind: Type) -> bool:
    """Whether it looks like body text: of its size, and filling its column."""
    if abs(block.size - kind.size) > 0.04 * kind.size:
        return False
    left, right = (spans[0][0], spans[-1][1]) if block.column < 0 else spans[block.column]
    widths = sorted(x.width for x in block.lines)
    wide = widths[len(widths) // 2] >= 0.7 * (right - left) or (len(widths) > 1 and widths[-1] >= 0.85 * (right - left))
    return wide and sum(x.cells > 1 for x in block.lines) <= 0.34 * len(block.lines)


def _absorb(blocks: list[Block], roles: list[str], at: int, spans: Columns, kind: Type, *, table: bool) -> None:
    """Marks what stands at a caption and is no text: a table's rows, a figure's lettering."""
    caption = blocks[at]
    ways = ((-1, 4.0), (1, 2.5)) if table else ((-1, 12.0),)
    for way, reach in ways:
        edge = caption.top if way < 0 else caption.bottom
        n = at + way
        taken = 0
        while 0 <= n < len(blocks) and roles[n] in ("body", "heading", "table", "figure"):
            block = blocks[n]
            same = block.column == caption.column or caption.column < 0 or block.column < 0
            gap = edge - block.bottom if way < 0 else block.top - edge
            if caption.column < 0 and block.column >= 0:
                gap = min(gap, 0.0)  # beside one another: the order is by column, not by height
            if not same or gap > reach * kind.size or _is_prose(block, spans, kind):
                break
            if roles[n] == "heading" and (_NUMBERED.match(block.text) or _NAMED.fullmatch(block.text)):
                break
            if way > 0 and not table:
                break
            roles[n] = "table" if table else "figure"
            edge = min(edge, block.top) if way < 0 else max(edge, block.bottom)
            taken += 1
            n += way
        if table and taken and way < 0:
            break


def _find_footnotes(blocks: list[Block], roles: list[str], kind: Type, page: PageWords) -> None:
    """Marks the small text at the foot of each column."""
    for column in {b.column for b in blocks}:
        lowest = [n for n in range(len(blocks)) if blocks[n].column == column]
        for n in sorted(lowest, key=lambda n: -blocks[n].bottom):
            block = blocks[n]
            small = block.size <= 0.94 * kind.size
            if roles[n] == "margin":
                continue
            if not small or roles[n] not in ("body", "heading") or block.top < 0.35 * page.height:
                break
            roles[n] = "footnote"


# --------------------------------------------------------------------------- references


def _with_references(pages: list[PageBlocks]) -> list[PageBlocks]:
    """The pages with the list of references marked, from its heading to the end or to what follows it."""
    heads = [
        (p, b) for p, page in enumerate(pages) for b, block in enumerate(page.blocks)
        if block.role == "heading" and REFERENCES.fullmatch(block.text.strip())
    ]  # fmt: skip
    if not heads:
        return pages
    inside, heading = False, None
    made = []
    for p, page in enumerate(pages):
        blocks = []
        for b, block in enumerate(page.blocks):
            if (p, b) in heads and (heading is None or (p, b) == heads[-1] or not inside):
                inside, heading = True, block
            elif inside and heading and _ends_references(block, heading):
                inside = False
            blocks.append(block if not inside or _no_reference(block, heading) else block.as_a("reference"))
        made.append(PageBlocks(page.page, page.columns, tuple(blocks)))
    return made


def _no_reference(block: Block, heading: Block | None) -> bool:
    if block.role == "footnote":
        # References are set small like footnotes; a footnote among them is smaller still, or has its sign.
        return block.lines[0].signed
    return block.role in ("margin", "side", "caption", "table", "figure")


def _ends_references(block: Block, heading: Block) -> bool:
    if block.role == "body" and re.match(r"publisher['’]?s note", block.text, re.I):
        return True
    if block.role != "heading":
        return False
    alike = abs(block.size - heading.size) < 0.05 * heading.size and block.lines[0].font == heading.lines[0].font
    return bool(_AFTER_REFERENCES.match(block.text)) or (alike and not re.search(r"\d{4}", block.text))
