"""The shape of an answer: how its blocks stand together, and what is said about it; for pages, terminals and files.

Pure. `groups` puts blocks into paragraphs, headings and rows; whoever draws them decides how each looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .papers import Answer, Block, Stage, Usage

SURE = 0.8
"""From this confidence on an answer is given without a word on how sure it is."""
NO_VALUE = "–"
"""What stands where no paper says anything in a cell."""
SHORTLISTED = 3
"""Papers that a shortlist shows, at most."""
_MARKERS = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")
_STAGES = {
    "plan": "understanding the question", "search": "searching", "gather": "reading papers", "write": "writing",
    "check": "checking every sentence",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list or table: its head (None where cells come without one) and its cells in order."""

    head: Block | None
    cells: tuple[Block, ...] = ()

    def under(self, column: str) -> tuple[Block, ...]:
        """Its cells in this column."""
        return tuple(c for c in self.cells if c.column == column)


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks that stand together: a `paragraph`, a `heading`, a `gap`, or `rows`."""

    kind: str
    blocks: tuple[Block, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its rows in order of first appearance, none for a plain list."""
        return tuple(dict.fromkeys(c.column for row in self.rows for c in row.cells if c.column))

    @property
    def look(self) -> str:
        """How its rows are drawn: as a `list`, a `table`, or `sides` (several columns, each row in one of them)."""
        columns = self.columns
        if not columns:
            return "list"
        one_each = all(len({c.column for c in row.cells if c.column}) <= 1 for row in self.rows)
        return "sides" if len(columns) > 1 and one_each else "table"


def groups(blocks: Iterable[Block]) -> list[Group]:
    """The blocks as they stand together, in order."""
    out: list[Group] = []
    for block in blocks:
        last = out[-1] if out else None
        if block.kind in ("row", "cell"):
            rows = last.rows if last and last.kind == "rows" else ()
            if block.kind == "row" or not rows:
                rows = (*rows, Row(block) if block.kind == "row" else Row(None, (block,)))
            else:
                rows = (*rows[:-1], Row(rows[-1].head, (*rows[-1].cells, block)))
            group = Group("rows", rows=rows)
            goes_on = bool(last and last.kind == "rows")
        elif block.kind in ("heading", "gap"):
            group, goes_on = Group(block.kind, (block,)), False
        else:
            goes_on = bool(last and last.kind == "paragraph" and not block.breaks)
            group = Group("paragraph", (*last.blocks, block) if last and goes_on else (block,))
        out[-1 if goes_on else len(out) :] = [group]
    return out


def blocks_of(answer: Answer) -> tuple[Block, ...]:
    """The answer's blocks; of an answer from before there were any, its sentences, or its lines where it has none."""
    if answer.blocks:
        return answer.blocks
    if not answer.sentences:
        return tuple(Block("link", line.strip(), breaks=True) for line in answer.answer.splitlines() if line.strip())
    bare, at, out = _MARKERS.sub("", answer.answer), 0, []
    for one in answer.sentences:
        words = _MARKERS.sub("", one.text)
        start = bare.find(words, at)
        new = start >= 0 and "\n" in bare[at:start]
        at = start + len(words) if start >= 0 else at
        out.append(Block("claim", one.text, one.citations, one.verdict, missing=one.missing, breaks=new))
    return tuple(out)


def faulty(block: Block) -> bool:
    """Whether something is wrong with it, so that it gets a mark."""
    return block.verdict != "supported"


def unsure(answer: Answer) -> str:
    """What a shortlist says: that it does not know which paper is meant."""
    said = [b.text for b in answer.blocks if b.kind in ("claim", "link", "gap")] or answer.answer.splitlines()[:1]
    if text := " ".join(" ".join(said).split()):
        return text
    if len(answer.related) == 1:
        return "I am not sure that this is the paper you mean."
    return "I am not sure which of these you mean."


def sureness(answer: Answer) -> str:
    """How sure an answer is, in words ("about 60 % sure"); "" where it is sure, or nothing was answered."""
    if answer.decision != "answered" or answer.abstained or answer.confidence is None or answer.confidence >= SURE:
        return ""
    return f"about {max(10, round(answer.confidence * 10) * 10)}\u00a0% sure"


def care(answer: Answer) -> str:
    """How its sentences were checked, in words; "" where it makes no claim."""
    if answer.abstained or not answer.citations:
        return ""
    if answer.form == "library":
        return "from your library's records"
    kinds = {f.kind for f in answer.findings}
    if answer.backend in ("", "extractive") or "draft_replaced" in kinds:
        return "quoted word for word"
    return f"numbers and names checked, {'not ' if 'not_read' in kinds else ''}read for meaning"


def usage_words(usage: Usage) -> str:
    """The tokens that an answer took and what they cost, in words; "" where it took none."""
    tokens = usage.input_tokens + usage.output_tokens
    if not tokens:
        return ""
    if usage.cost_usd is None:
        return f"{tokens:,} tokens, cost unknown"
    return f"{tokens:,} tokens, ${usage.cost_usd:.4f}" + (f" at prices of {usage.prices_of}" if usage.prices_of else "")


def stage_words(stage: Stage) -> str:
    """What is being done, in words, with how far it is where that is known."""
    name = _STAGES.get(stage.name, stage.name.replace("_", " "))
    return f"{name} {stage.done} of {stage.of}" if stage.of > 1 else name


def quotes_of(quote: str, quotes: Sequence[str], most: int) -> list[str]:
    """The quotes to show of a paper, at most so many, the single one where there are no others."""
    return list(dict.fromkeys(q for q in (quotes or [quote]) if q))[:most]
