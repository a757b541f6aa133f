"""The sentences of the papers found that bear on a question, ranked, each with the reason.

The papers are judged again here, by their sentences: which one answers, which ones fit a list, which
stand for a side of a comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..papers import Finding, Hit, Paper
from ..queries import Asked, Question
from ..text import term_set
from ..text.quantities import quantities
from .asking import SAYS_NOTHING as SAYS_NOTHING
from .asking import says_nothing_more as says_nothing_more
from .choosing import best_fitting_first, choose, weigh
from .judged import BY_TYPE, Judged, Scored, Similarity, best_first, judge
from .sides import in_full, named_sides

MOST = 40
"""Sentences gathered at most."""
_FROM_OTHERS = 4
"""Sentences kept of a paper that is not answered from."""


class Papers(Protocol):
    """What is needed of a library."""

    def papers(self, paper_ids: Iterable[str] | None = None) -> list[Paper]:
        """The papers with these ids, without their pages."""
        ...

    def whole(self, paper_ids: Iterable[str]) -> list[Paper]:
        """The papers with these ids, with the pages of those that have a full text."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that bears on the question: `paper.text(field, page)[start:end] == text`.

    `fit` is how well its paper answers the question, 0 to 1; `chosen` whether the paper is one to
    answer from. `answers` are the numbers of the question's parts (`Question.asks`, from 0) that it
    holds the asked-for type of answer for, `bears` its score for each part.
    """

    n: int
    paper: Paper
    field: str
    page: int | None
    start: int
    end: int
    text: str
    score: float
    reasons: tuple[str, ...] = ()
    fit: float = 0.0
    chosen: bool = True
    side: str = ""
    answers: tuple[int, ...] = ()
    bears: tuple[float, ...] = ()
    similarity: float = 0.0
    """The sentence's own similarity to the question."""
    role: str = "other"
    """What the sentence does in its text: see `roles`."""
    covered: float = 0.0
    """The share of the question's words that the paper holds."""
    beyond: float = 0.0
    """The sentence's similarity to the question without the names that its paper bears."""


def weighed(
    question: Question, hits: Sequence[Hit], library: Papers, similarity: Similarity, *, keep: int | None = None
) -> tuple[list[Hit], list[Evidence]]:
    """The hits in the order in which their sentences answer the question, and the evidence of the first `keep`.

    Lists and comparisons keep the order of the search, which is about topics. Ties keep it too. The evidence is
    numbered from 1: papers to answer from come first, sentence by sentence by score (for lists and comparisons in
    turn, one of each paper before a second of any).
    """
    judged = _judged(question, hits, library, similarity)
    if question.kind not in ("list", "compare"):
        judged.sort(key=best_fitting_first)
    judged = judged[: keep or len(judged)]
    ordered = [replace(one.hit, rank=n) for n, one in enumerate(judged, start=1)]
    return ordered, _evidence(judged, question, similarity) if judged else []


def _judged(question: Question, hits: Sequence[Hit], library: Papers, similarity: Similarity) -> list[Judged]:
    """The papers found, in the order of the hits, with their sentences scored."""
    found = {p.id: p for p in library.whole([h.paper_id for h in hits])}
    judged = [Judged(hit, found[hit.paper_id]) for hit in hits if hit.paper_id in found]
    if judged:
        judge(judged, question, similarity)
        weigh(judged, question)
    return judged


def _evidence(judged: list[Judged], question: Question, similarity: Similarity) -> list[Evidence]:
    found = [one.paper for one in judged]
    sides = [
        replace(side, name=short) for short in question.sides
        for side in named_sides([in_full(short, question.text, found)], found)
    ]
    choose(judged, question, sides)
    _answer_counts([one for one in judged if one.chosen], question, similarity)
    judged.sort(key=lambda one: (not one.chosen, -one.fit if one.chosen else 0.0, one.hit.rank))
    kept = [(one, one.sentences if one.chosen else one.sentences[:_FROM_OTHERS]) for one in judged]
    if question.kind in ("list", "compare"):
        ranked = _in_turn(kept)
    else:
        ranked = [(one, scored) for one, own in kept for scored in own]
    return [_told(n, one, scored, question) for n, (one, scored) in enumerate(ranked[:MOST], start=1)]


def _told(n: int, one: Judged, scored: Scored, question: Question) -> Evidence:
    span = scored.span
    similar = one.similar[0][scored.at]
    return Evidence(
        n, one.paper, span.field, span.page, span.start, span.end, span.text, scored.score,
        _reasons(span.text, term_set(question.search_text), [question.asks[k] for k in scored.answers], similar),
        one.fit, one.chosen, one.side, scored.answers, scored.bears, similar, scored.role, one.covered,
        one.beyond[0][scored.at],
    )


def paper_values(
    question: Question, hits: Sequence[Hit], library: Papers, similarity: Similarity
) -> list[tuple[Paper, dict[str, float], dict[str, float]]]:
    """Each paper found, in the order of the hits, with what `fit` and what `membership` weigh of it."""
    judged = _judged(question, hits, library, similarity)
    return [(one.paper, one.values, one.shares) for one in judged]


def ambiguous(question: Question, hits: Sequence[Hit], library: Papers) -> list[Finding]:
    """A finding for each name in the question that stands for several of the papers found."""
    found = library.papers([h.paper_id for h in hits])
    order = {h.paper_id: h.rank for h in hits}
    found.sort(key=lambda p: order.get(p.id, 0))
    out = []
    for side in named_sides(question.sides or question.names, found):
        if len(side.papers) > 1 and side.by_name:
            titles = "; ".join(f"“{p.title}”" for p in side.papers)
            out.append(
                Finding("ambiguous_name", side.name, f"“{side.name}” names {len(side.papers)} papers here: {titles}")
            )
    return out


def _reasons(text: str, wanted: frozenset[str], answered: Sequence[Asked], similarity: float) -> tuple[str, ...]:
    shared = sorted(wanted & term_set(text))
    out = []
    if shared:
        out.append("shares " + ", ".join(shared[:6]))
    out += [f"holds the {a.wants} asked for" for a in answered]
    if similarity >= 0.4:
        out.append(f"similar in meaning ({similarity:.2f})")
    return tuple(out) or ("near other evidence",)


_SAME_THING = 0.5
"""The similarity from which two short noun phrases are taken to count the same ("people", "participants")."""


def _answer_counts(chosen: Sequence[Judged], question: Question, similarity: Similarity) -> None:
    """Lets numbers answer "how many X" where the paper calls X otherwise, by the meaning of what is counted."""
    for k, asked in enumerate(question.asks):
        sentences = [scored for one in chosen for scored in one.sentences]
        if asked.wants != "number" or not asked.focus or any(k in scored.answers for scored in sentences):
            continue
        counted = [
            (scored, " ".join(re.split(r"[,;:()]", scored.span.text[q.end :])[0].split()[:4]))
            for scored in sentences
            for q in quantities(scored.span.text)
            if not q.unit and not (q.word and q.value <= 1)
        ]
        counted = [(scored, words) for scored, words in counted if words]
        if not counted:
            continue
        row = similarity([asked.focus], [words for _, words in counted])[0]
        best = max(range(len(counted)), key=lambda i: float(row[i]))
        if float(row[best]) < _SAME_THING:
            continue
        found = counted[best][0]
        found.answers, found.score = (*found.answers, k), found.score + BY_TYPE
        for one in chosen:
            one.sentences.sort(key=best_first)


def _in_turn(kept: Sequence[tuple[Judged, Sequence[Scored]]]) -> list[tuple[Judged, Scored]]:
    """The best sentence of each chosen paper, then the second of each, …; then the rest paper by paper."""
    chosen = [(one, own) for one, own in kept if one.chosen]
    longest = max((len(own) for _, own in chosen), default=0)
    turns = [(one, own[i]) for i in range(longest) for one, own in chosen if i < len(own)]
    return turns + [(one, scored) for one, own in kept if not one.chosen for scored in own]
