"""The sentences of the papers found that bear on a question, ranked, each with the reason.

The papers are judged again here, by their sentences: which one answers, which ones fit a list, which
stand for a side of a comparison.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..papers import Finding, Hit, Paper
from ..queries import Asked, Question
from ..text import terms
from ..text.naming import holds_name, name_by_form, same_name, short_forms
from ..text.quantities import quantities
from ..text.stemming import stem
from .asked import QUANTITIES, holds
from .fit import bar, fit, mean_of_best, membership, odds
from .relevance import relevance
from .roles import finds, roles
from .sides import NamedSide, named_sides, own_name, owns
from .spans import Span, spans_of

Similarity = Callable[[list[str], list[str]], Any]
"""Cosines between two lists of texts, as a matrix: `similarity(a, b)[i][j]`."""

MOST = 40
"""Sentences gathered at most."""
_FIT_SPREAD, _PARTS = 2.0, 10.0
"""How well a paper fits, and how well it covers each clause of the question, in the order of the papers."""
_FROM_OTHERS = 4
"""Sentences kept of a paper that is not answered from."""
_LIKE_AN_ABSTRACT = 6
"""Sentences of the pages whose words count as the abstract's do, those nearest in meaning."""


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


def gather(
    question: Question, hits: Sequence[Hit], library: Papers, similarity: Similarity, *, limit: int = MOST
) -> list[Evidence]:
    """The evidence for a question out of the papers found, numbered from 1, best first.

    Papers to answer from come first, sentence by sentence by score (for lists and comparisons in
    turn, one of each paper before a second of any). Empty when there are no hits.
    """
    return weighed(question, hits, library, similarity, limit=limit)[1]


def weighed(
    question: Question, hits: Sequence[Hit], library: Papers, similarity: Similarity, *, keep: int | None = None,
    limit: int = MOST,
) -> tuple[list[Hit], list[Evidence]]:
    """The hits in the order in which their sentences answer the question, and the evidence of the first `keep`.

    Lists and comparisons keep the order of the search, which is about topics. Ties keep it too.
    """
    found = {p.id: p for p in library.whole([h.paper_id for h in hits])}
    judged = [_Judged(hit, found[hit.paper_id]) for hit in hits if hit.paper_id in found]
    if not judged:
        return [], []
    judged = _judged(judged, question, similarity)[: keep or len(judged)]
    ordered = [replace(one.hit, rank=n) for n, one in enumerate(judged, start=1)]
    return ordered, _evidence(judged, question, similarity, limit)


def _judged(judged: list[_Judged], question: Question, similarity: Similarity) -> list[_Judged]:
    """The papers with their sentences scored, those that answer best first."""
    asks = [a.text for a in question.asks]
    queries = [question.search_text or question.text, *asks]
    parts = clauses(queries[0])
    for one in judged:
        one.spans = spans_of(one.paper, question, one.hit.passage)
        one.names = tuple(n for n in question.names if holds_name(f"{one.paper.title} {own_name(one.paper)}", n))
        one.owned = tuple(n for n in one.names if owns(one.paper, n) or same_name(n, own_name(one.paper)))
        one.asked = tuple(q if question.kind == "compare" else _unnamed(q, one.owned) for q in queries)
    bare = [q for q in dict.fromkeys(q for one in judged for q in one.asked) if q not in queries]
    texts = [one.paper.title for one in judged] + [s.text for one in judged for s in one.spans]
    matrix = similarity([*queries, *parts, *bare], texts)
    row_of = {q: len(queries) + len(parts) + k for k, q in enumerate(bare)} | {q: k for k, q in enumerate(queries)}
    rows = [[float(matrix[i][j]) for j in range(len(texts))] for i in range(len(queries))]
    at = len(judged)
    for k, one in enumerate(judged):
        one.title_similarity = (rows[0][k], rows[1][k])
        one.similar = [row[at : at + len(one.spans)] for row in rows]
        places = range(at, at + len(one.spans))
        one.beyond = [[float(matrix[row_of[q]][j]) for j in places] for q in one.asked]
        own = [k, *range(at, at + len(one.spans))]
        best = [max(float(matrix[i][j]) for j in own) for i in range(len(queries), len(queries) + len(parts))]
        one.parts = sum(best) / max(1, len(best))
        at += len(one.spans)
        _score(one, question)
    _fit(judged, question)
    if question.kind not in ("list", "compare"):
        judged.sort(key=lambda one: (-odds(one.fit) * _FIT_SPREAD - _PARTS * one.parts, one.hit.rank))
    return judged


def _evidence(judged: list[_Judged], question: Question, similarity: Similarity, limit: int) -> list[Evidence]:
    sides = named_sides(question.sides, [one.paper for one in judged])
    _choose(judged, question, sides)
    _answer_counts([one for one in judged if one.chosen], question, similarity)
    judged.sort(key=lambda one: (not one.chosen, -one.fit if one.chosen else 0.0, one.hit.rank))
    for one in judged:
        kept = one.evidence if one.chosen else one.evidence[:_FROM_OTHERS]
        one.evidence = [replace(e, fit=one.fit, chosen=one.chosen, side=one.side, covered=one.covered) for e in kept]
    ranked = _in_turn(judged) if question.kind in ("list", "compare") else [e for one in judged for e in one.evidence]
    return [replace(e, n=i + 1) for i, e in enumerate(ranked[:limit])]


def paper_values(
    question: Question, hits: Sequence[Hit], library: Papers, similarity: Similarity
) -> list[tuple[Paper, dict[str, float], dict[str, float]]]:
    """Each paper found, in the order of the hits, with what `fit` and what `membership` weigh of it."""
    found = {p.id: p for p in library.whole([h.paper_id for h in hits])}
    judged = [_Judged(hit, found[hit.paper_id]) for hit in hits if hit.paper_id in found]
    if judged:
        _judged(list(judged), question, similarity)
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


_CLAUSE = re.compile(r"[,;]\s*(?:(?:and|but|or)\s+)?|\s+and\s+(?:also\s+)?|\s+(?:that|when|where|while|by)\s+")


def clauses(text: str) -> list[str]:
    """The question's clauses in order, none shorter than three words but the first; the text itself when it has one."""
    found: list[str] = []
    for part in (p.strip(" ?.") for p in _CLAUSE.split(text[:2000])):
        if found and len(part.split()) < 3:
            found[-1] = f"{found[-1]} {part}".strip()
        elif part:
            found.append(part)
    return found[:12]


# --------------------------------------------------------------------------- one paper, judged


class _Judged:
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
        self.evidence: list[Evidence] = []
        self.fit = 0.0
        self.chosen = False
        self.side = ""


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
}
"""Added by what is asked: ways of doing a thing stand in methods, whether it is so in results."""
_ABLE = re.compile(r"(?:(?:can|could|may|might)\s+(?:an?|any|some|one|we|i|you)|is\s+there|are\s+there)\b", re.I)
_BY_TYPE = 2.0
_BY_NAME = 2.0


def _score(one: _Judged, question: Question) -> None:
    """Gives `one` its evidence, best first.

    A statement is scored as a claim; a question by the words and the meaning it shares with a sentence,
    the asked-for type of answer and names it holds, and the sentence's role in the abstract. The paper's
    own name settles which paper is meant, so it says nothing about the sentence.
    """
    texts = [s.text for s in one.spans]
    claim = is_claim(question)
    whole, *parts = (
        relevance(text, one.paper.title, texts, row, question=not claim)
        for text, row in zip(one.asked, one.beyond, strict=True)
    )
    shorts = short_forms(one.paper.abstract)
    wanted = set(terms(question.search_text))
    does = roles(texts)
    # A sentence need not repeat the name of its own paper's thing.
    beyond = [replace(a, names=tuple(n for n in a.names if n not in one.names)) for a in question.asks]
    others = [
        a if question.kind == "compare" else replace(a, names=tuple(n for n in a.names if n not in one.owned))
        for a in question.asks
    ]
    rated = [a.wants == "yesno" for a in question.asks]
    answering = [_by_want(a, question) for a in question.asks]
    asks_code = bool(re.search(r"\b(?:code|url|link|available|github|website|download)\b", question.text, re.I))
    made = []
    for i, span in enumerate(one.spans):
        held = [holds(a, span.text, shorts) for a in beyond]
        role = 0.0 if claim or (asks_code and does[i] == "code") else _BY_ROLE[does[i]]
        bears = tuple(
            part[i]
            + role
            + answering[k].get("result" if rated[k] and finds(span.text) and does[i] != "background" else does[i], 0.0)
            + _BY_TYPE * _type_weight(a) * h
            + _BY_NAME * _named_share(a, span.text)
            for k, (part, a, h) in enumerate(zip(parts, others, held, strict=True))
        )
        score = whole[i] if claim else 0.5 * (whole[i] + role) + 0.5 * max(bears)
        answers = tuple(k for k, h in enumerate(held) if h >= 0.8 and question.asks[k].wants in QUANTITIES)
        made.append(
            Evidence(
                0,
                one.paper,
                span.field,
                span.page,
                span.start,
                span.end,
                span.text,
                score,
                _reasons(span.text, wanted, [question.asks[k] for k in answers], one.similar[0][i]),
                answers=answers,
                bears=bears,
                similarity=one.similar[0][i],
                beyond=one.beyond[0][i],
                role=does[i],
            )
        )
    one.evidence = sorted(made, key=lambda e: (-e.score, e.field, e.page or 0, e.start))


def _by_want(asked: Asked, question: Question) -> dict[str, float]:
    """What is added for each role by what is asked; nothing for comparisons and for "is there", "can it"."""
    if question.kind == "compare" or (asked.wants == "yesno" and _ABLE.match(asked.text)):
        return {}
    return _ANSWERING.get(asked.wants, {})


def _unnamed(text: str, own: Sequence[str]) -> str:
    """The text without the names in `own`; as it is where no more than a word would be left to ask about."""
    out = text
    for name in own:
        out = re.sub(rf"(?<![\w-]){re.escape(name)}(?:['’]s)?(?![\w-])", " ", out)
    out = " ".join(out.split())
    return out if set(terms(out)) - SAYS_NOTHING else text


def says_nothing_more(question: Question) -> bool:
    """Whether a question holds nothing but names: "how do A and B differ", "what is A"."""
    named = {t for n in (*question.names, *question.sides) for t in terms(n)}
    return bool(named) and not set(terms(question.search_text)) - named - SAYS_NOTHING


def is_claim(question: Question) -> bool:
    """Whether the question is a statement: nothing in it asks."""
    return question.kind == "fact" and question.wants == ("any",) and "?" not in question.text


def _type_weight(asked: Asked) -> float:
    return 1.0 if asked.wants in QUANTITIES else 0.4


def _named_share(asked: Asked, text: str) -> float:
    return sum(holds_name(text, n) for n in asked.names) / len(asked.names) if asked.names else 0.0


def _reasons(text: str, wanted: set[str], answered: Sequence[Asked], similarity: float) -> tuple[str, ...]:
    shared = sorted(wanted & set(terms(text)))
    out = []
    if shared:
        out.append("shares " + ", ".join(shared[:6]))
    out += [f"holds the {a.wants} asked for" for a in answered]
    if similarity >= 0.4:
        out.append(f"similar in meaning ({similarity:.2f})")
    return tuple(out) or ("near other evidence",)


_SAME_THING = 0.5
"""The similarity from which two short noun phrases are taken to count the same ("people", "participants")."""


def _answer_counts(chosen: list[_Judged], question: Question, similarity: Similarity) -> None:
    """Lets numbers answer "how many X" where the paper calls X otherwise, by the meaning of what is counted."""
    for k, asked in enumerate(question.asks):
        evidence = [e for one in chosen for e in one.evidence]
        if asked.wants != "number" or not asked.focus or any(k in e.answers for e in evidence):
            continue
        counted = [
            (e, " ".join(e.text[q.end :].split()[:4]))
            for e in evidence
            for q in quantities(e.text)
            if not q.unit and not (q.word and q.value <= 1)
        ]
        counted = [(e, words) for e, words in counted if words]
        if not counted:
            continue
        row = similarity([asked.focus], [words for _, words in counted])[0]
        best = max(range(len(counted)), key=lambda i: float(row[i]))
        if float(row[best]) < _SAME_THING:
            continue
        found = counted[best][0]
        for one in chosen:
            one.evidence = [
                replace(e, answers=(*e.answers, k), score=e.score + _BY_TYPE) if e is found else e for e in one.evidence
            ]
            one.evidence.sort(key=lambda e: (-e.score, e.field, e.page or 0, e.start))


# --------------------------------------------------------------------------- which papers


def _fit(judged: list[_Judged], question: Question) -> None:
    """Gives each paper its `fit` to the question, and its `membership` in a list that is asked for.

    Their weights are in `fit`.
    """
    wanted = set(terms(question.search_text))
    texts = [set(terms(_told(one))) for one in judged]
    rarity = {
        t: math.log(1 + (len(judged) + 1) / (0.5 + sum(bool(_forms(t) & words) for words in texts))) for t in wanted
    }
    total = sum(rarity.values()) or 1.0
    strict = [n for n in question.names if name_by_form(n.split()[0]) or len(n.split()) > 1] or list(question.names)
    for one, words in zip(judged, texts, strict=True):
        full = _told(one)
        one.values = {
            "retrieval": one.hit.score,
            "sentences": mean_of_best(one.similar[0]),
            "sentences_first": mean_of_best(one.similar[1]),
            "title": one.title_similarity[0],
            "title_first": one.title_similarity[1],
            "words": sum(rarity[t] for t in wanted if _forms(t) & words) / total,
            "names": sum(holds_name(full, n) for n in strict) / len(strict) if strict else 0.0,
        }
        one.fit = fit(one.values)
        one.covered = sum(bool(_forms(t) & words) for t in wanted) / max(1, len(wanted))
    most = max(one.hit.score for one in judged) or 1.0
    title = max(one.title_similarity[0] for one in judged) or 1.0
    covered = max(one.covered for one in judged) or 1.0
    for one in judged:
        one.shares = {
            "retrieval": one.hit.score,
            "retrieval_share": one.hit.score / most,
            "title_share": one.title_similarity[0] / title,
            "words_share": one.covered / covered,
        }
        one.membership = membership(one.shares)


def _told(one: _Judged) -> str:
    """What a paper tells about the question: title, abstract, and the sentences of its pages that come nearest."""
    pages = [k for k, span in enumerate(one.spans) if span.field == "page"]
    near = sorted(pages, key=lambda k: (-one.similar[0][k], k))[:_LIKE_AN_ABSTRACT]
    return "\n".join((one.paper.title, one.paper.abstract, *(one.spans[k].text for k in near)))


def _forms(term: str) -> set[str]:
    """A term, and what it is a comparative of: "easier" is held by "easy"."""
    if term.endswith("ier"):
        return {term, stem(f"{term[:-3]}y")}
    return {term, stem(term[:-2])} if term.endswith("er") and len(term) > 5 else {term}


def _choose(judged: list[_Judged], question: Question, sides: Sequence[NamedSide]) -> None:
    """Marks the papers to answer from, and the side each stands for."""
    by_id = {one.paper.id: one for one in judged}
    resolved = [s for s in sides if s.papers]
    if question.kind == "compare" and resolved:
        for side in resolved:
            for paper in side.papers:
                one = by_id[paper.id]
                if not one.chosen:
                    one.chosen, one.side = True, side.name
        if {one.paper.id for one in judged if one.chosen}:
            return
    ranked = sorted(judged, key=lambda one: (-one.fit, one.hit.rank))
    if question.kind in ("list", "compare"):
        lowest = bar([one.membership for one in judged])
        for one in ranked:
            one.chosen = one is ranked[0] or one.membership >= lowest
        return
    ranked[0].chosen = True
    # A name that several papers bear, asked about without more: all of them are shown.
    said = set(terms(question.search_text)) - {t for n in question.names for t in terms(n)} - SAYS_NOTHING
    for side in named_sides(question.names, [one.paper for one in judged]):
        owners = [by_id[p.id] for p in side.papers] if side.by_name else []
        if len(owners) > 1 and ranked[0] in owners:
            for one in owners:
                one.chosen = one.chosen or not said or odds(one.fit) >= odds(ranked[0].fit) - _ALIKE


SAYS_NOTHING = frozenset(
    terms(
        "work works mean means propose present know tell explain describe paper method model system do does"
        " differ difference compare comparison contrast versus"
    )
)
"""Words of a question that say nothing about what is asked."""
_ALIKE = 1.5
"""How far behind, in log odds of the fit, another bearer of a name still counts as meant."""


def _in_turn(judged: Sequence[_Judged]) -> list[Evidence]:
    """The best sentence of each chosen paper, then the second of each, …; then the rest paper by paper."""
    chosen = [one.evidence for one in judged if one.chosen]
    rest = [e for one in judged if not one.chosen for e in one.evidence]
    longest = max((len(c) for c in chosen), default=0)
    return [c[i] for i in range(longest) for c in chosen if i < len(c)] + rest
