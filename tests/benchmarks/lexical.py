"""Words alone: this index beside bm25s and SQLite's FTS5, on the same abstracts and questions.

bm25s comes from the dependency group `benchmarks`; without it its row is left out.
"""

from __future__ import annotations

import json
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.index.words import Words
from assistant.text import STOP_WORDS

from . import Options, Report, benchmark, percentile, shared

_QUESTIONS, _FIRST = 200, 100


@benchmark("lexical", "building and asking the words' index, beside bm25s and FTS5; --size N abstracts (seeded)")
def lexical(options: Options) -> Report:
    """A row per engine: seconds to build, papers/s, p50 and p95 of the first 100 of a question, ratio of medians."""
    papers = _papers(options.size or 5_183)
    queries = (shared() / "benchmarks" / "scifact_train" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["text"] for line in queries][:_QUESTIONS]
    report = Report(["engine", "build s", "papers/s", "p50 ms", "p95 ms", "× FTS5"])
    medians: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, engine in (("FTS5", _fts5), ("bm25s", _bm25s), ("this index", _words)):
            began = time.perf_counter()
            try:
                asked = engine(papers, Path(folder))
            except ImportError:
                report.notes.append(f"{name} is not installed: see the dependency group `benchmarks`")
                continue
            built = time.perf_counter() - began
            asked(questions[0])
            taken = []
            for _ in range(options.runs):
                for question in questions:
                    began = time.perf_counter()
                    asked(question)
                    taken.append(time.perf_counter() - began)
            medians[name] = statistics.median(taken)
            report.rows.append([name, built, len(papers) / built, 1e3 * medians[name], 1e3 * percentile(taken, 0.95),
                                medians["FTS5"] / medians[name]])
    report.notes.append(f"{len(papers):,} abstracts, {len(questions)} claims, the first {_FIRST}; all with stems")
    return report


def _papers(size: int) -> list[tuple[str, str]]:
    """Real abstracts; beyond those that there are, their sentences recombined by a seed."""
    import random

    lines = (shared() / "benchmarks" / "scifact_train" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    found = [(r["title"], r["abstract"]) for r in rows][:size]
    parts = [re.split(r"(?<=[.?!])\s+", r["abstract"]) for r in rows]
    chance = random.Random(20)
    while len(found) < size:
        n = len(found)
        own, other = parts[n % len(parts)], chance.choice(parts)
        found.append((f"{rows[n % len(rows)]['title']} {n}", " ".join(chance.sample(own + other, k=len(own)))))
    return found


def _words(papers: Sequence[tuple[str, str]], folder: Path) -> Callable[[str], Any]:
    words = Words(folder / "words")
    for start in range(0, len(papers), 1000):
        part = enumerate(papers[start : start + 1000], start + 1)
        words.write(((n, title, [f"{title} {abstract}"]) for n, (title, abstract) in part), [], start + 1)
    words.settle(wait=True)

    def asked(question: str) -> Any:
        return words.scores(dict.fromkeys(words.known(words.terms(_content(question))), 1.0), _FIRST)

    return asked


def _fts5(papers: Sequence[tuple[str, str]], folder: Path) -> Callable[[str], Any]:
    db = sqlite3.connect(folder / "fts5.db")
    db.execute("CREATE VIRTUAL TABLE papers USING fts5(title, body, tokenize='porter unicode61')")
    db.executemany("INSERT INTO papers VALUES(?, ?)", papers)
    db.commit()

    def asked(question: str) -> Any:
        query = " OR ".join(f'"{w}"' for w in re.findall(r"\w+", _content(question)))
        ranked = "SELECT rowid FROM papers WHERE papers MATCH ? ORDER BY bm25(papers) LIMIT ?"
        return db.execute(ranked, (query, _FIRST)).fetchall()

    return asked


def _bm25s(papers: Sequence[tuple[str, str]], folder: Path) -> Callable[[str], Any]:
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    texts = [f"{title} {abstract}" for title, abstract in papers]
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(texts, stemmer=stemmer, show_progress=False), show_progress=False)

    def asked(question: str) -> Any:
        tokens = bm25s.tokenize(_content(question), stemmer=stemmer, show_progress=False)
        return retriever.retrieve(tokens, k=min(_FIRST, len(papers)), show_progress=False)

    return asked


def _content(question: str) -> str:
    return " ".join(w for w in question.split() if w.casefold().strip(".,?") not in STOP_WORDS)
