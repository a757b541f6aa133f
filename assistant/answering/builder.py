"""An answer while it is built: blocks, claims, numbered citations, findings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..citations import marked, neutral
from ..evidence import Evidence
from ..papers import Answer, Block, Citation, Finding, Fingerprint, Related, Sentence, Text, Timings, Usage

CLAIMS = ("claim", "cell")
"""The kinds of block that assert something."""


@dataclass(slots=True)
class AnswerBuilder:
    """One answer being built. Not safe to use from several threads."""

    question: str
    backend: str
    started: float
    form: str = "text"
    decision: str = "answered"
    confidence: float | None = None
    blocks: list[Block] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    retrieve_s: float = 0.0
    write_s: float = 0.0
    verify_s: float = 0.0
    prompts: list[str] = field(default_factory=list)
    """Labels of the prompts used."""

    def add(
        self, kind: str, text: str, evidence: Sequence[Evidence] = (), *, verdict: str = "supported",
        missing: Sequence[str] = (), paper_id: str = "", column: str = "", breaks: bool = False,
    ) -> Text:
        """One more block, as its event; citations are numbered in order of first use, one for each place quoted."""
        numbers: list[int] = []
        new: list[Citation] = []
        for one in evidence:
            place = (one.paper.id, one.field, one.page, one.start, one.end)
            same = (c for c in self.citations if (c.paper_id, c.field, c.page, c.start, c.end) == place)
            known = next(same, None)
            if known is None:
                known = _citation(len(self.citations) + 1, one)
                self.citations.append(known)
                new.append(known)
            if known.n not in numbers:
                numbers.append(known.n)
        block = Block(kind, neutral(text), tuple(numbers), verdict, paper_id, column, tuple(missing), breaks)
        self.blocks.append(block)
        return Text(_sentence(block), tuple(new), block)

    def withdraw(self) -> None:
        """Take back every block so far, and its citations."""
        self.blocks.clear()
        self.citations.clear()

    def seconds(self) -> float:
        """Seconds since the question came."""
        return time.perf_counter() - self.started

    def answer(self, fingerprint: Fingerprint) -> Answer:
        """The answer as it stands; `fingerprint` without the prompts, which are known here."""
        claims = [b for b in self.blocks if b.kind in CLAIMS and b.citations]
        return Answer(
            question=self.question, answer=as_text(self.blocks, self.form),
            abstained=self.decision != "answered", decision=self.decision, confidence=self.confidence,
            form=self.form, blocks=tuple(self.blocks),
            sentences=tuple(_sentence(b) for b in claims), citations=tuple(self.citations),
            related=self.related, findings=tuple(self.findings), missing=self.missing, error=self.error,
            backend=self.backend, usage=self.usage,
            timings=Timings(
                round(self.retrieve_s, 4), round(self.write_s, 4), round(self.verify_s, 4), round(self.seconds(), 4)
            ),
            fingerprint=replace(fingerprint, prompt=" ".join(dict.fromkeys(self.prompts))),
        )


def as_text(blocks: Sequence[Block], form: str = "text") -> str:
    """The blocks as plain text with their markers: paragraphs, a line a row, or a Markdown table."""
    if form == "table" and any(b.kind == "row" for b in blocks):
        return _table(blocks)
    lines: list[str] = []
    goes_on = False
    for block in blocks:
        text = marked(block.text, block.citations)
        if block.kind == "row":
            lines.append(f"- {text}:")
        elif lines and (block.kind == "cell" or (goes_on and not block.breaks and block.kind != "heading")):
            lines[-1] += f" {text}"
        else:
            lines.append(text)
        goes_on = block.kind not in ("row", "cell", "heading")
    return "\n".join(lines)


def _table(blocks: Sequence[Block]) -> str:
    columns = list(dict.fromkeys(b.column for b in blocks if b.kind == "cell"))
    before, after, rows = list[str](), list[str](), list[dict[str | None, list[str]]]()
    for block in blocks:
        text = marked(block.text, block.citations)
        if block.kind == "row":
            rows.append({None: [text]})
        elif block.kind == "cell" and rows:
            rows[-1].setdefault(block.column, []).append(text)
        else:
            (after if rows else before).append(text)
    lines = ["| Paper | " + " | ".join(c or "What it says" for c in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = (" ".join(row.get(column, ())) for column in (None, *columns))
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join([*before, *lines, *after])


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def _sentence(block: Block) -> Sentence:
    return Sentence(block.text, block.citations, block.verdict, block.missing)


def _citation(n: int, one: Evidence) -> Citation:
    paper = one.paper
    return Citation(
        n, paper.id, paper.title, one.text, one.field, one.start, one.end, one.page, paper.authors, paper.year,
        paper.link, paper.kind,
    )
