"""A question set asked of an assistant, once each, and the report of it as plain values."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ..errors import LitassistError, PaperNotFound, ReadError, UsageError
from ..papers import Answer, Done, Event, Hit, Paper, Retrieved, Turn
from .aggregates import Judged, aggregates, by_type
from .judgements import SHOWN, Judgement, TextOf, judgement
from .questions import LabelledQuestion, read_questions, title_key

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many are done, and how many there are."""


class Askable(Protocol):
    """What is evaluated: an `Assistant`, or anything that answers like one."""

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Event]:
        """The events of an answer."""

    def papers(self) -> list[Paper]:
        """Every paper of its library."""

    def paper(self, paper_id: str) -> Paper:
        """One paper, with its page texts."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question, what came back, and the judgement on it. `answer` is None when asking failed."""

    question: LabelledQuestion
    answer: Answer | None
    hits: tuple[Hit, ...]
    judgement: Judgement
    seconds: float
    error: str | None = None

    @property
    def judged(self) -> Judged:
        """What the figures are made of."""
        return Judged(self.question, self.judgement, self.seconds, self.answer is None)

    def to_dict(self) -> dict[str, Any]:
        """The item as JSON values: what was asked, answered, cited, found, missed."""
        q, a, j = self.question, self.answer, self.judgement
        good, fine = {title_key(t) for t in q.gold_titles}, {title_key(t) for t in q.acceptable_titles}

        def label(title: str) -> str:
            key = title_key(title)
            return "gold" if key in good else "acceptable" if key in fine else "other"

        return {
            "id": q.id, "type": q.type, "question": q.question, "answerable": q.answerable,
            "history": [{"question": t.question, "answer": t.text} for t in q.history],
            "gold_titles": list(q.gold_titles), "acceptable_titles": list(q.acceptable_titles),
            "near_miss_titles": list(q.near_miss_titles), "reference": q.answer,
            "answer": a.answer if a else "", "abstained": j.abstained,
            "decision": j.decision, "form": a.form if a else "", "polarity": q.polarity,
            "confidence": a.confidence if a else None,
            "sentences": [
                {"text": s.text, "citations": list(s.citations), "verdict": s.verdict, "missing": list(s.missing)}
                for s in (a.sentences if a else ())
            ],
            "citations": [
                {"n": c.n, "paper_id": c.paper_id, "title": c.title, "quote": c.quote, "field": c.field,
                 "start": c.start, "end": c.end, "page": c.page, "label": label(c.title)}
                for c in (a.citations if a else ())
            ],
            "related": [
                {"title": r.title, "quote": r.quote, "quotes": [x.text for x in r.quotes], "label": label(r.title)}
                for r in (a.related if a else ())
            ],
            "missing": list(a.missing) if a else [],
            "findings": [
                {"kind": f.kind, "sentence": f.sentence, "detail": f.detail} for f in (a.findings if a else ())
            ],
            "hits": [
                {"rank": h.rank, "title": h.title, "score": round(h.score, 4), "label": label(h.title)}
                for h in self.hits
            ],
            "judgement": j.to_dict(),
            "seconds": round(self.seconds, 4),
            "error": self.error or (a.error if a else None),
        }  # fmt: skip


@dataclass(frozen=True)
class Report:
    """Every item of a run, in the order of the question set, and the figures over them."""

    items: tuple[Item, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    """What was asked of what: question set, backend, papers, k, when, fingerprint."""
    absent: tuple[str, ...] = ()
    """Titles that the question set names and the library lacks: its figures then measure the library too."""

    @cached_property
    def overall(self) -> dict[str, Any]:
        """The aggregates over all items."""
        return aggregates([item.judged for item in self.items])

    @cached_property
    def by_type(self) -> dict[str, dict[str, Any]]:
        """The aggregates by type of question."""
        return by_type([item.judged for item in self.items])

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values: what `eval --json` prints. No NaN in it."""
        return {
            **self.overall,
            "by_type": self.by_type,
            "about": dict(self.about),
            "absent": list(self.absent),
            "items": [item.to_dict() for item in self.items],
        }


def evaluate(
    assistant: Askable,
    questions: str | Path | Iterable[LabelledQuestion],
    *,
    k: int = SHOWN,
    progress: Progress | None = None,
    concurrency: int = 1,
) -> Report:
    """The report of asking every question once. `k` is how many found papers count as shown.

    Rankings are those that the answers were made from, so a follow-up is judged on what it became
    once its history was read. A question that fails is an item with its error; the rest goes on.
    """
    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}")
    if concurrency < 1:
        raise UsageError(f"concurrency must be at least 1, not {concurrency}")
    name = ""
    if isinstance(questions, str | Path):
        name = Path(questions).name
        questions = read_questions(questions)
    asked = list(questions)
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    papers = assistant.papers()
    text_of = _texts(assistant)
    items: list[Item] = []
    if progress:
        progress("asking", 0, len(asked))
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for item in pool.map(lambda q: _item(assistant, q, text_of, k), asked):
            items.append(item)
            if progress:
                progress("asking", len(items), len(asked))
    held = {title_key(p.title) for p in papers}
    named = dict.fromkeys(t for q in asked for t in q.gold_titles)
    answers = [i.answer for i in items if i.answer is not None]
    about = {
        "question_set": name,
        "papers": len(papers),
        "k": k,
        "backend": ", ".join(dict.fromkeys(a.backend for a in answers)),
        "fingerprint": next(({"prompt": a.fingerprint.prompt, "index": a.fingerprint.index,
                              "settings": a.fingerprint.settings} for a in answers), None),
        "started": started,
    }  # fmt: skip
    return Report(tuple(items), about, tuple(t for t in named if title_key(t) not in held))


def _item(assistant: Askable, question: LabelledQuestion, text_of: TextOf, k: int) -> Item:
    hits: tuple[Hit, ...] = ()
    answer: Answer | None = None
    error: str | None = None
    begun = time.perf_counter()
    try:
        for event in assistant.stream(question.question, history=question.history):
            if isinstance(event, Retrieved):
                hits = event.hits
            elif isinstance(event, Done):
                answer = event.answer
        if answer is None:
            error = "The stream ended without an answer."
    except LitassistError as failure:
        answer, error = None, str(failure)
    seconds = time.perf_counter() - begun
    return Item(question, answer, hits, judgement(question, answer, hits, text_of, shown=k), seconds, error)


def _texts(assistant: Askable) -> TextOf:
    papers: dict[str, Paper | None] = {}

    def text_of(paper_id: str, field: str, page: int | None) -> str | None:
        if paper_id not in papers:
            try:
                papers[paper_id] = assistant.paper(paper_id)
            except PaperNotFound:
                papers[paper_id] = None
        paper = papers[paper_id]
        try:
            return paper.text(field, page) if paper is not None else None
        except ValueError:
            return None

    return text_of


def load_report(path: str | Path) -> dict[str, Any]:
    """An earlier report as JSON values, for a comparison; ReadError when the file holds none."""
    path = Path(path)
    try:
        row = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ReadError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, ValueError, RecursionError):
        raise ReadError(f"{path} can't be read as a report; it should be the JSON that eval wrote.") from None
    items = row.get("items") if isinstance(row, dict) else None
    if not isinstance(items, list) or not all(isinstance(i, dict) and "id" in i and "judgement" in i for i in items):
        raise ReadError(f"{path} is not a report of eval: it has no judged items.")
    return row
