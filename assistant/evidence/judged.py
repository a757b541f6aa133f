"""The sentences of the papers found, scored for a question. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..papers import Hit, Paper
from ..queries import Asked, Question
from ..text.naming import holds_name, same_name, short_forms
from .asked import COUNTED, HOW_WELL, QUANTITIES, holds
from .asking import clauses, is_claim, unnamed
from .relevance import relevance
from .roles import finds, roles
from .sides import own_name, owns
from .spans import Span, spans_of

Similarity = Callable[[list[str], list[str]], Any]
"""Cosines between two lists of texts, as a matrix: `similarity(a, b)[i][j]`."""


@dataclass(slots=True)
class Scored:
    """A sentence with its score. `answers` and `bears` are as in `Evidence`, `at` its place among the spans."""

    span: Span
    score: float
    answers: tuple[int, ...]
    bears: tuple[float, ...]
    role: str
    at: int


class Judged:
    """A paper found, its sentences and their scores, while it is being judged."""

    def __init__(self, hit: Hit, paper: Paper) -> None:
        self.hit = hit
        self.paper = paper
        self.spans: list[Span] = []
        self.parts = 0.0
        self.names: tuple[str, ...] = ()
        self.owned: tuple[str, ...] = ()
        self.asked: tuple[str, ...] = ()
        self.beyond: list[list[float]] = []
        self.similar: list[list[float]] = []
        self.title_similarity = (0.0, 0.0)
        self.covered = 0.0
        self.values: dict[str, float] = {}
        self.shares: dict[str, float] = {}
        self.membership = 0.0
        self.sentences: list[Scored] = []
        """Best first."""
        self.fit = 0.0
        self.chosen = False
        self.side = ""


def judge(judged: Sequence[Judged], question: Question, similarity: Similarity) -> None:
    """Gives each paper its sentences, scored, and their similarities to the question, its parts and its clauses."""
    asks = [a.text for a in question.asks]
    queries = [question.search_text or question.text, *asks]
    parts = clauses(queries[0])
    for one in judged:
        one.spans = spans_of(one.paper, question, one.hit.passage)
        called = f"{one.paper.title} {own_name(one.paper)}"
        one.names = tuple(n for n in question.names if holds_name(called, n) or owns(one.paper, n))
        one.owned = tuple(n for n in one.names if owns(one.paper, n) or same_name(n, own_name(one.paper)))
        one.asked = tuple(q if question.kind == "compare" else unnamed(q, one.owned) for q in queries)
    bare = [q for q in dict.fromkeys(q for one in judged for q in one.asked) if q not in queries]
    texts = [one.paper.title for one in judged] + [s.text for one in judged for s in one.spans]
    rows = _rows(similarity([*queries, *parts, *bare], texts))
    row_of = dict(zip(bare, rows[len(queries) + len(parts) :], strict=True)) | dict(zip(queries, rows, strict=False))
    of_parts = rows[len(queries) : len(queries) + len(parts)]
    at = len(judged)
    for k, one in enumerate(judged):
        one.title_similarity = (rows[0][k], rows[1][k])
        places = slice(at, at + len(one.spans))
        one.similar = [row[places] for row in rows[: len(queries)]]
        one.beyond = [row_of[q][places] for q in one.asked]
        one.parts = sum(max(row[k], *row[places]) for row in of_parts) / max(1, len(of_parts))
        at += len(one.spans)
        _score(one, question)


def _rows(matrix: Any) -> list[list[float]]:
    return matrix.tolist() if hasattr(matrix, "tolist") else [[float(x) for x in row] for row in matrix]


_BY_ROLE = {
    "contribution": 1.0,
    "method": 0.5,
    "result": 0.3,
    "other": 0.0,
    "background": -0.6,
    "question": -1.5,
    "code": -2.5,
}
_ANSWERING = {
    "manner": {"contribution": -0.2, "method": 0.5, "result": -0.5, "other": 0.3},
    "yesno": {"contribution": -0.6, "method": -0.3, "result": 0.7},
    "how well": {"contribution": -1.2, "method": -0.5, "result": 0.7},
}
"""Added by what is asked: ways of doing a thing stand in methods, whether it is so in results."""
_ABLE = re.compile(r"(?:(?:can|could|may|might)\s+(?:an?|any|some|one|we|i|you)|is\s+there|are\s+there)\b", re.I)
BY_TYPE = 2.0
"""Added to a sentence that holds the type of answer asked for."""
_BY_NAME = 2.0
_BY_COMPOUND = 2.0
"""Added to one that holds what the question writes as one word ("text-to-image"), whose parts alone say less."""
_COMPOUND = re.compile(r"(?<![\w-])[^\W\d_]{2,}(?:-[^\W\d_]+)+(?![\w-])")


def _score(one: Judged, question: Question) -> None:
    """Gives `one` its sentences, best first.

    A statement is scored as a claim; a question by the words and the meaning it shares with a sentence,
    the asked-for type of answer and names it holds, and the sentence's role in the abstract. The paper's
    own name settles which paper is meant, so it says nothing about the sentence.
    """
    texts = [s.text for s in one.spans]
    claim = is_claim(question)
    # A question of one part asks the same as a whole.
    by_text = {
        text: relevance(text, one.paper.title, texts, row, question=not claim)
        for text, row in dict(zip(one.asked, one.beyond, strict=True)).items()
    }
    whole, *parts = (by_text[text] for text in one.asked)
    shorts = short_forms(one.paper.abstract)
    does = roles(texts, sum(s.field != "page" for s in one.spans))
    # A sentence need not repeat the name of its own paper's thing.
    beyond = [_without(a, one.names) for a in question.asks]
    others = [a if question.kind == "compare" else _without(a, one.owned) for a in question.asks]
    rated = [a.wants == "yesno" or bool(HOW_WELL.search(a.text)) for a in question.asks]
    answering = [_by_want(a, question) for a in question.asks]
    types = [BY_TYPE * _type_weight(a) for a in question.asks]
    compounds = [_compounds(a) for a in others]
    code_asked = asks_code(question) or asks_terms(question)
    made = []
    for i, span in enumerate(one.spans):
        held = [holds(a, span.text, shorts) for a in beyond]
        role = 0.0 if claim or (code_asked and does[i] == "code") else _BY_ROLE[does[i]]
        bears = tuple([
            parts[k][i]
            + role
            + answering[k].get("result" if rated[k] and finds(span.text) and does[i] != "background" else does[i], 0.0)
            + types[k] * held[k]
            + _BY_NAME * _named_share(a, span.text)
            + _BY_COMPOUND * _compound_share(compounds[k], span.text)
            for k, a in enumerate(others)
        ])
        score = whole[i] if claim else 0.5 * (whole[i] + role) + 0.5 * max(bears)
        answers = tuple([k for k, h in enumerate(held) if h >= 0.8 and question.asks[k].wants in QUANTITIES])
        made.append(Scored(span, score, answers, bears, does[i], i))
    one.sentences = sorted(made, key=best_first)


def best_first(one: Scored) -> tuple[float, str, int, int]:
    """What sentences of one paper are ordered by: the score, then where they stand."""
    return (-one.score, one.span.field, one.span.page or 0, one.span.start)


def asks_code(question: Question | Asked) -> bool:
    """Whether a question or a part of one asks where a paper's code or data is."""
    return bool(_CODE.search(question.text))


def asks_terms(question: Question) -> bool:
    """Whether a question asks what it takes to use a paper's code or data, which is told where they are."""
    return bool(_TERMS.search(question.text))


_CODE = re.compile(r"\b(?:code|url|link|available|github|website|download)\b", re.I)
_TERMS = re.compile(r"\b(?:install\w*|versions?|requires?|operating\s+systems?|platforms?|licen[cs]es?)\b", re.I)


def _without(asked: Asked, names: Sequence[str]) -> Asked:
    left = tuple(n for n in asked.names if n not in names)
    return asked if left == asked.names else replace(asked, names=left)


def _by_want(asked: Asked, question: Question) -> dict[str, float]:
    """What is added for each role by what is asked; nothing for comparisons and for "is there", "can it"."""
    if question.kind == "compare" or (asked.wants == "yesno" and _ABLE.match(asked.text)):
        return {}
    return _ANSWERING.get("how well" if HOW_WELL.search(asked.text) else asked.wants, {})


def _type_weight(asked: Asked) -> float:
    return 1.0 if asked.wants in QUANTITIES or COUNTED.match(asked.focus) or HOW_WELL.search(asked.text) else 0.4


def _compounds(asked: Asked) -> tuple[str, ...]:
    named = {part for n in asked.names for part in n.split()}
    return tuple(dict.fromkeys(m for m in _COMPOUND.findall(asked.text) if m not in named))


def _compound_share(compounds: Sequence[str], text: str) -> float:
    return sum(holds_name(text, c) for c in compounds) / len(compounds) if compounds else 0.0


def _named_share(asked: Asked, text: str) -> float:
    return sum(holds_name(text, n) for n in asked.names) / len(asked.names) if asked.names else 0.0
