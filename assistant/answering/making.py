"""An answer while it is made: sentences as they come, citations numbered in order of first use."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from ..citations import marked, neutral
from ..evidence import Evidence
from ..papers import Answer, Citation, Finding, Fingerprint, Related, Sentence, Text, Timings, Usage
from .writing import Checked


@dataclass(slots=True)
class Making:
    """An answer while it is made."""

    question: str
    backend: str
    started: float
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    abstained: bool = False
    confidence: float | None = None
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    retrieve_s: float = 0.0
    write_s: float = 0.0
    verify_s: float = 0.0
    prompt: str = ""
    by_line: bool = False
    rows: list[str] = field(default_factory=list)
    """The row of each sentence; empty where its paper makes the line."""

    def add(self, checked: Checked, row: str = "") -> Text:
        """The event for one more sentence; citations are numbered in order of first use."""
        new: list[Citation] = []
        numbers = []
        for one in checked.evidence:
            known = next((c for c in self.citations if _same_place(c, one)), None)
            if known is None:
                known = _citation(len(self.citations) + 1, one)
                self.citations.append(known)
                new.append(known)
            if known.n not in numbers:
                numbers.append(known.n)
        sentence = Sentence(neutral(checked.text), tuple(numbers), checked.verdict, tuple(checked.missing))
        self.sentences.append(sentence)
        self.rows.append(row)
        return Text(sentence, tuple(new))

    def withdraw(self) -> None:
        """Take back every sentence so far, and its citations."""
        self.sentences.clear()
        self.rows.clear()
        self.citations.clear()

    def answer(self, fingerprint: Fingerprint) -> Answer:
        """The answer as it stands; `fingerprint` without the prompt, which is known here."""
        return Answer(
            question=self.question, answer=self._text(),
            abstained=self.abstained, sentences=tuple(self.sentences), citations=tuple(self.citations),
            related=self.related, findings=tuple(self.findings), missing=self.missing,
            confidence=self.confidence, error=self.error,
            backend=self.backend, usage=self.usage,
            timings=Timings(
                round(self.retrieve_s, 4), round(self.write_s, 4), round(self.verify_s, 4),
                round(time.perf_counter() - self.started, 4),
            ),
            fingerprint=replace(fingerprint, prompt=self.prompt),
        )

    def _text(self) -> str:
        """The sentences with their markers; by line, those of one row, else of one paper, share a line."""
        parts: list[str] = []
        before: str | None = None
        for sentence, row in zip(self.sentences, self.rows, strict=True):
            paper = self.citations[sentence.citations[0] - 1].paper_id if sentence.citations else None
            line = row or paper
            if parts:
                parts.append(" " if not self.by_line or (line is not None and line == before) else "\n")
            parts.append(marked(sentence.text, sentence.citations))
            before = line
        return "".join(parts)


def _citation(n: int, one: Evidence) -> Citation:
    paper = one.paper
    return Citation(
        n, paper.id, paper.title, one.text, one.field, one.start, one.end, one.page, paper.authors, paper.year,
        paper.link, paper.kind,
    )


def _same_place(citation: Citation, one: Evidence) -> bool:
    return (citation.paper_id, citation.field, citation.page, citation.start, citation.end) == (
        one.paper.id, one.field, one.page, one.start, one.end,
    )
