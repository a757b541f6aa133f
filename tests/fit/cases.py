"""Labelled questions as cases for fitting: each with the papers a search finds, as numbers, and what is right.

The question sets and corpora lie in a data folder (`DATA/questions`, `DATA/corpora`, `DATA/benchmarks`); further
questions, written for this purpose by reading the same abstracts, lie beside this file and name papers by id and
evidence by the number of the sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.config import Settings
from assistant.embeddings import open_embedder
from assistant.embeddings.lenient import lenient
from assistant.evaluation.judgements import folded
from assistant.evaluation.questions import title_key
from assistant.evidence import Matches
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Answer, Citation, Paper, Turn
from assistant.question import QuestionPlan

HERE = Path(__file__).resolve().parent / "questions"
PUBMED_PRESENT = 350
FORMS = {"single": "text", "howto": "text", "limits": "text", "followup": "text", "fact": "value", "yesno": "yesno",
         "multi": "list", "summary": "list", "compare": "comparison", "table": "table", "define": "definition"}


@dataclass
class Case:
    """One labelled question over one library."""

    set: str
    id: str
    question: str
    kind: str
    answerable: bool
    gold: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    """Papers nearly asked of, where nothing answers."""
    evidence: frozenset[tuple[str, str]] = frozenset()
    """(paper id, sentence), the sentence folded to its words."""
    facts: tuple[tuple[str, ...], ...] = ()
    """Each fact with its wordings."""
    history: tuple[Turn, ...] = ()
    polarity: str = ""
    pair: str = ""
    plan: QuestionPlan | None = None
    matches: Matches | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its set and id: no other case has both."""
        return f"{self.set}/{self.id}"

    @property
    def papers(self) -> frozenset[str]:
        """The papers that tie it to other questions."""
        return frozenset((*self.gold, *self.near))


def words_of(text: str) -> str:
    """A text as its words, for comparing sentences."""
    return "".join(c if c.isalnum() else " " for c in folded(text)).split().__str__()


def labels(case: Case) -> list[np.ndarray]:
    """For each paper of a case which of its sentences an ideal answer rests on."""
    assert case.matches is not None
    return [
        np.array([float((p.paper.id, words_of(s.text)) in case.evidence) for s in p.sentences])
        for p in case.matches.papers
    ]


def facts_in(case: Case, text: str) -> list[bool]:
    """Which facts of a case stand in a text."""
    low = folded(text)
    return [any(folded(w) in low for w in wordings) for wordings in case.facts]


# --------------------------------------------------------------------------- libraries


class Corpus:
    """A library made of papers for fitting, kept in a folder between runs."""

    def __init__(self, home: Path, sources: Sequence[Path] = (), papers: Sequence[Paper] = ()) -> None:
        from assistant.ingest import ingest, ingest_papers

        settings = Settings(home=home)
        self.library = Library.open(home, create=True)
        self.embedder = open_embedder(settings)
        self.index = Index.open(home, self.library, self.embedder, None)
        if not self.library.count():
            if sources:
                ingest(sources, self.library, self.index)
            else:
                ingest_papers(papers, self.library, self.index)
        self.asked = lenient(self.embedder, lambda: self.index.width)
        self.by_title = {title_key(p.title): p.id for p in self.library.papers()}


def read_set(path: Path, corpus: Corpus) -> list[Case]:
    """The cases of a question set in the data folder's form."""
    cases = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        row = json.loads(line)
        ids = lambda titles: tuple(dict.fromkeys(  # noqa: E731
            corpus.by_title[title_key(t)] for t in titles if title_key(t) in corpus.by_title))
        evidence = frozenset(
            (corpus.by_title[title_key(e["title"])], words_of(e["sentence"]))
            for e in row.get("evidence", ()) if "sentence" in e and title_key(e["title"]) in corpus.by_title
        )
        variants = row.get("key_fact_variants") or {}
        cases.append(Case(
            path.stem, row["id"], row["question"], row["type"], row["answerable"], ids(row.get("gold_titles", ())),
            ids(row.get("acceptable_titles", ())), (), evidence,
            tuple((f, *variants.get(f, ())) for f in row.get("key_facts", ())),
            tuple(_turn(h, corpus) for h in row.get("history") or ()), row.get("polarity", ""), row.get("pair") or "",
        ))
    return cases


def _turn(row: dict[str, str], corpus: Corpus) -> Turn:
    return Turn(row["question"], row["answer"])


def read_own(path: Path, corpus: Corpus) -> list[Case]:
    """The cases written for fitting."""
    papers = {p.id: p for p in corpus.library.papers()}
    from assistant.text import sentences

    cases = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        row = json.loads(line)
        evidence = set()
        for paper_id, number in row["evidence"]:
            abstract = papers[paper_id].abstract
            start, end = sentences(abstract)[number]
            evidence.add((paper_id, words_of(abstract[start:end])))
        answerable = row["answerable"]
        cases.append(Case(
            f"own_{path.stem}", row["id"], row["question"], row["type"], answerable, tuple(row["gold"]),
            tuple(row["acceptable"]) if answerable else (), () if answerable else tuple(row["acceptable"]),
            frozenset(evidence), tuple((f,) for f in row["facts"]) if answerable else (),
            polarity={"mixed": "maybe"}.get(row.get("polarity") or "", row.get("polarity") or ""),
            pair=row.get("pair") or "",
        ))
    return cases


def abstracts(data: Path, name: str, home: Path) -> Corpus:
    """A library of some hundred abstracts of a public collection, of which further questions are asked."""
    wanted = set((HERE / f"{name}.ids").read_text(encoding="utf-8").split())
    rows = _rows(data / "benchmarks" / name / "corpus.jsonl")
    return Corpus(home, papers=[Paper(title=r["title"], abstract=r["abstract"]) for r in rows if r["id"] in wanted])


def pubmed(data: Path, home: Path) -> tuple[Corpus, list[Case]]:
    """PubMedQA: a library of 350 abstracts with their conclusions, and all 500 questions."""
    folder = data / "benchmarks" / "pubmedqa"
    answers = {r["doc_id"]: r for r in _rows(folder / "answers.jsonl")}
    docs = {r["id"]: r for r in _rows(folder / "corpus.jsonl")}
    order = sorted(docs, key=lambda i: hashlib.sha256(i.encode()).hexdigest())
    present = set(order[:PUBMED_PRESENT])
    papers = [
        Paper(title=f"Record {i}", abstract=f"{docs[i]['abstract']} {answers[i]['conclusion']}", pmid=i)
        for i in order if i in present
    ]
    corpus = Corpus(home, papers=papers)
    from assistant.text import sentences

    cases = []
    for i in order:
        row = answers[i]
        there = i in present
        paper_id = f"pmid:{i}"
        conclusion = row["conclusion"]
        evidence = frozenset((paper_id, words_of(conclusion[a:b])) for a, b in sentences(conclusion)) if there else ()
        cases.append(Case(
            "pubmedqa", i, row["question"], "yesno" if there else "unanswerable", there,
            (paper_id,) if there else (), evidence=frozenset(evidence), polarity=row["decision"],
            extra={"conclusion": conclusion},
        ))
    return corpus, cases


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        yield json.loads(line)


def without_gold(case: Case) -> Case | None:
    """The same question where the papers that answer it are not in the library; None where nothing is left."""
    assert case.matches is not None
    gone = {*case.gold, *case.acceptable}
    left = tuple(p for p in case.matches.papers if p.paper.id not in gone)
    if len(left) < 3:
        return None
    matches = replace(case.matches, papers=left)
    return replace(case, id=f"{case.id}-absent", kind="unanswerable", answerable=False, gold=(), acceptable=(),
                   near=case.gold, evidence=frozenset(), facts=(), matches=matches)


__all__ = ["FORMS", "Answer", "Case", "Citation", "Corpus", "facts_in", "labels", "pubmed", "read_own",
           "read_set", "without_gold", "words_of"]
