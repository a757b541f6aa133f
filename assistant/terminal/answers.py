"""An answer as plain lines: its blocks by their shape, its sources, what came close, what the reader should know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from ..papers import Answer, Block, Citation, Done, Event, Related, Replaced, Stage, Text
from ..shapes import (
    NO_VALUE,
    SHORTLISTED,
    Group,
    Row,
    blocks_of,
    groups,
    quotes_of,
    stage_words,
    sureness,
    unsure,
    usage_words,
)
from .lines import one_line, wrapped
from .progress import waiting_for
from .tables import table_lines, width

MARKS = {"supported": "", "partial": "  (partly supported)", "unsupported": "  (NOT SUPPORTED by its source)"}
_QUOTES = 2
"""Quotes shown of a paper of a shortlist."""


def marked_text(block: Block) -> str:
    """The text with its markers and, where something is wrong, its verdict in words."""
    return block.text + "".join(f" [{n}]" for n in block.citations) + MARKS.get(block.verdict, MARKS["unsupported"])


def block_lines(block: Block, indent: str = "") -> list[str]:
    """A claim, link or gap with its markers, its verdict in words, and what its sources lack."""
    lines = wrapped(("○ " if block.kind == "gap" else "") + marked_text(block), indent)
    if block.missing and block.verdict != "supported":
        lines += wrapped("not in the source: " + "; ".join(block.missing), indent + "    ")
    return lines


def group_lines(group: Group) -> list[str]:
    """Blocks that stand together, without the empty line before them."""
    if group.kind == "rows":
        drawn = {"list": _list, "table": _table, "sides": _sides}[group.look]
        return drawn(group)
    if group.kind == "heading":
        text = one_line(group.blocks[0].text)
        return [*wrapped(text), "─" * min(40, len(text))]
    return [line for block in group.blocks for line in block_lines(block)]


def _list(group: Group) -> list[str]:
    return [line for row in group.rows for line in _item(row)]


def _item(row: Row, column: str | None = None) -> list[str]:
    cells = row.cells if column is None else row.under(column)
    head = wrapped("- " + marked_text(row.head), "") if row.head else []
    return [*head, *(line for cell in cells for line in block_lines(cell, "    " if head else "  "))]


def _sides(group: Group) -> list[str]:
    lines: list[str] = []
    for column in group.columns:
        lines += [*([""] if lines else []), *wrapped(f"{column}:")]
        for row in group.rows:
            lines += _item(row, column) if row.under(column) else []
    rest = [block for row in group.rows for block in row.under("")]
    return lines + [line for block in rest for line in block_lines(block)]


def _table(group: Group) -> list[str]:
    columns = group.columns
    heads = [marked_text(row.head) if row.head else "" for row in group.rows]
    cells = [[" ".join(marked_text(c) for c in row.under(name)) or NO_VALUE for name in columns] for row in group.rows]
    if any(row.under("") for row in group.rows):
        columns = (*columns, "")
        cells = [[*c, " ".join(marked_text(b) for b in r.under(""))] for c, r in zip(cells, group.rows, strict=True)]
    named = any(heads)
    rows = [[head, *row] if named else row for head, row in zip(heads, cells, strict=True)]
    if lines := table_lines(["Paper", *columns] if named else list(columns), rows, width()):
        return lines
    lines = []
    for head, row in zip(heads, cells, strict=True):
        lines += wrapped("- " + head) if head else []
        for name, text in zip(columns, row, strict=True):
            lines += wrapped(f"{name}: {text}" if name else text, "    ")
    return lines


# --------------------------------------------------------------------------- the whole


def answer_lines(answer: Answer) -> list[str]:
    """The whole answer as lines: what it says, sources, near misses, findings."""
    if answer.decision == "shortlist":
        return shortlist_lines(answer) + note_lines(answer)
    lines: list[str] = []
    for group in groups(blocks_of(answer)):
        lines += [*([""] if lines else []), *group_lines(group)]
    return (lines or [""]) + source_lines(answer)


def shortlist_lines(answer: Answer) -> list[str]:
    """That it is not sure which paper is meant, and each with its best quotes."""
    lines = wrapped(unsure(answer))
    for n, related in enumerate(answer.related[:SHORTLISTED], 1):
        lines += ["", *wrapped(f"{n}. {related.title}"), *_quotes(related)]
        lines += wrapped(f"--paper {related.paper_id}", "    ")
    return [*lines, "", "To ask one of them alone, ask again with its --paper."] if answer.related else lines


def _quotes(related: Related) -> list[str]:
    shown = quotes_of(related.quote, [q.text for q in related.quotes], _QUOTES)
    return [line for quote in shown for line in wrapped(f"“{quote}”", "    ")]


def source_lines(answer: Answer) -> list[str]:
    """What follows the text of an answer."""
    lines = ["", f"({said[0].upper()}{said[1:]}.)"] if (said := sureness(answer)) else []
    if answer.citations:
        lines += ["", "Sources"]
        # What the answer quotes need not be read twice: of these the papers are named, each once.
        quoted = [c for c in answer.citations if c.quote in answer.answer]
        for said, same in groupby(quoted, key=_named):
            lines += wrapped(f"[{', '.join(str(c.n) for c in same)}] {said}")
        lines += [line for c in answer.citations if c not in quoted for line in citation_lines(c)]
    if missing := [m for m in answer.missing if m not in answer.answer]:
        lines += ["", *wrapped("Not found in the library: " + "; ".join(missing))]
    if answer.related:
        lines += ["", "Nearest papers"]
        for related in answer.related:
            lines += [*wrapped(f"- {related.title}"), *wrapped(f"“{related.quote}”", "    ")]
    return lines + note_lines(answer)


def note_lines(answer: Answer) -> list[str]:
    """Findings, and the failure that cut an answer short."""
    lines: list[str] = []
    for finding in answer.findings:
        lines += ["", *wrapped(f"Note: {finding.detail}")] if finding.detail else []
    if answer.error:
        lines += ["", *wrapped(f"The answer is incomplete: {answer.error}")]
    if spent := usage_words(answer.usage):
        lines += ["", *wrapped(f"({spent[0].upper()}{spent[1:]}.)")]
    return lines


def citation_lines(citation: Citation) -> list[str]:
    """A citation: number, title, who and when, and the quoted words."""
    return [*wrapped(f"[{citation.n}] {_named(citation)}"), *wrapped(f"“{citation.quote}”", "    ")]


def _named(citation: Citation) -> str:
    who = citation.authors[0] + (" et al." if len(citation.authors) > 1 else "") if citation.authors else ""
    about = ", ".join(
        str(x)
        for x in (
            who,
            citation.year,
            "a summary" if citation.kind == "summary" else None,
            f"page {citation.page}" if citation.page else None,
            citation.url,
        )
        if x
    )
    return citation.title + (f" ({about})" if about else "")


# --------------------------------------------------------------------------- as it comes


def streamed(events: Iterable[Event], echo: Callable[[str], None]) -> Answer:
    """The answer, its blocks printed as they come; rows once all of them are there, since they align."""
    drawn = _Drawn(echo)
    answer = Answer(question="")
    try:
        for event in events:
            waiting_for(f"{stage_words(event)} …" if isinstance(event, Stage) else "")
            if isinstance(event, Text):
                one = event.sentence
                drawn.add(event.block or Block("claim", one.text, one.citations, one.verdict, missing=one.missing))
            elif isinstance(event, Replaced):
                drawn.withdraw(event.reason)
            elif isinstance(event, Done):
                answer = event.answer
    finally:
        waiting_for("")
    if not drawn.some:
        lines = answer_lines(answer)
    elif answer.decision == "shortlist":
        # That it is not sure has been said already.
        lines = [*shortlist_lines(answer)[len(wrapped(unsure(answer))) :], *note_lines(answer)]
    else:
        lines = [*drawn.rest(), *source_lines(answer)]
    for line in lines:
        echo(line)
    return answer


class _Drawn:
    """Blocks on their way to the terminal. Sentences go there one by one; rows wait for the rows after them."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        self._echo = echo
        self._blocks: list[Block] = []
        self._waiting: list[Block] = []
        self.some = False
        """Whether blocks came, and were not withdrawn."""

    def add(self, block: Block) -> None:
        """Print the block, or keep it until its rows are complete."""
        self.some = True
        if block.kind in ("row", "cell"):
            self._waiting.append(block)
            return
        self._print(self.rest())
        together = len(groups([*self._blocks[-1:], block])) == 1
        self._print([*([""] if self._blocks and not together else []), *group_lines(groups([block])[0])])
        self._blocks.append(block)

    def rest(self) -> Sequence[str]:
        """The lines of the rows that wait."""
        waiting, self._waiting = self._waiting, []
        lines = [line for group in groups(waiting) for line in group_lines(group)]
        first = not self._blocks
        self._blocks += waiting
        return lines if first or not lines else ["", *lines]

    def withdraw(self, reason: str) -> None:
        """Say that all so far is withdrawn."""
        self._echo(f"\n({one_line(reason)})\n")
        self._blocks, self._waiting, self.some = [], [], False

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._echo(line)
