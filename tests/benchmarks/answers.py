"""An extractive answer from the question to the last verdict, at the daily papers' size and at any other."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import Options, Report, benchmark, percentile, shared

_QUESTIONS = 50
_TOPICS = ("breast cancer", "microRNA", "stem cells", "quality of life", "GFAP", "insulin", "heart failure", "PCR")
"""What papers of a made library name, from a few of them to every tenth."""
_OF_A_KIND = {
    "which papers": [f"Which papers study {topic}?" for topic in _TOPICS],
    "which since": [f"Which papers since 2020 study {topic}?" for topic in _TOPICS],
    "how many": [f"How many papers are about {topic}?" for topic in _TOPICS],
    "all papers": [f"List all papers on {topic}" for topic in _TOPICS],
    "search, in quotation marks": ['"breast cancer"', '"stem cells"', '"cells were" insulin', '"in the"', '"learned"'],
    "search, left out": ["cells -cancer", "cancer -cells", "breast cancer -cancer", "insulin -mice", "cells -the"],
}
"""Questions of each kind, of which a made library is asked all; the first of a topic reads what the next find read."""
_SEARCHED = ("search, in quotation marks", "search, left out")


@benchmark("answers", "extractive answers, p50 and p95 by part; --size N for a made library, --set folder=DIR")
def answering(options: Options) -> Report:
    """A row for the whole answer and for each part of it, in milliseconds; in a made library one for each kind of
    question that many papers could answer too."""
    from assistant.assistant import Assistant
    from assistant.config import Settings

    library, index, embedder, questions, close = _sized(options) if options.size else _daily()
    chain = Assistant(Settings(), library, index, embedder)
    for question in questions[:5]:
        chain.ask(question)
    parts: dict[str, list[float]] = {"retrieved to verified": [], "retrieved": [], "written": [], "verified": []}
    answered = 0
    for question in questions:
        # Asked in other words than before: the same words would come from the cache of questions.
        began = time.perf_counter()
        answer = chain.ask(question)
        parts["retrieved to verified"].append(time.perf_counter() - began)
        for name, seconds in (("retrieved", answer.timings.retrieve_s), ("written", answer.timings.write_s),
                              ("verified", answer.timings.verify_s)):
            parts[name].append(seconds)
        answered += not answer.abstained
    report = Report(["part", "p50 ms", "p95 ms"])
    for name, taken in parts.items():
        report.rows.append([name, 1e3 * percentile(taken, 0.5), 1e3 * percentile(taken, 0.95)])
    if options.size:
        for kind, asked in _OF_A_KIND.items():
            of_kind = [_seconds(chain.search if kind in _SEARCHED else chain.ask, question) for question in asked]
            report.rows.append([kind, 1e3 * percentile(of_kind, 0.5), 1e3 * percentile(of_kind, 0.95)])
    report.notes.append(f"{library.count():,} papers, {len(questions)} questions, each asked once; {answered} answered")
    close()
    return report


def _seconds(asks: Callable[[str], Any], question: str) -> float:
    began = time.perf_counter()
    asks(question)
    return time.perf_counter() - began


def _daily() -> tuple[Any, Any, Any, list[str], Any]:
    import json

    from assistant.config import Settings
    from assistant.embeddings import open_embedder
    from assistant.index import Index
    from assistant.ingest import ingest
    from assistant.library import Library

    folder = tempfile.TemporaryDirectory()
    home = Path(folder.name)
    library, embedder = Library.open(home), open_embedder(Settings())
    index = Index.open(home, library, embedder)
    ingest([shared() / "corpora" / "daily_papers"], library, index)
    rows = [line for file in sorted((shared() / "questions").glob("*.jsonl"))
            for line in file.read_text(encoding="utf-8").splitlines()]
    questions = [json.loads(row).get("question", "") for row in rows]
    return library, index, embedder, [q for q in dict.fromkeys(questions) if q][:_QUESTIONS], folder.cleanup


def _sized(options: Options) -> tuple[Any, Any, Any, list[str], Any]:
    from ._sized import Sized, prepared

    folder = Path(options.given.get("folder") or Path(tempfile.gettempdir()) / "litassist-sized")
    prepared(folder, options.size or 0, chroma=options.given.get("chroma") != "no")
    sized = Sized(folder, options.size or 0)
    asked = [f"Is it true that {q[0].lower()}{q[1:].rstrip('.')}?" for q in sized.questions(_QUESTIONS)]
    return sized.library, sized.index, sized.embedder, asked, sized.close
