"""Which of the papers found answer a question: how well each fits, which are chosen, for which side. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..queries import Question
from ..text import term_set, terms
from ..text.naming import holds_name, name_by_form
from ..text.stemming import stem
from .asking import SAYS_NOTHING
from .fit import bar, fit, mean_of_best, membership, odds
from .judged import Judged
from .sides import NamedSide, named_sides

_FIT_SPREAD, _PARTS = 2.0, 10.0
"""How well a paper fits, and how well it covers each clause of the question, in the order of the papers."""
_LIKE_AN_ABSTRACT = 6
"""Sentences of the pages whose words count as the abstract's do, those nearest in meaning."""
_TITLE_ALONE = 0.75
_ALIKE = 1.5
"""How far behind, in log odds of the fit, another bearer of a name still counts as meant."""


def weigh(judged: Sequence[Judged], question: Question) -> None:
    """Gives each paper its `fit` to the question, and its `membership` in a list that is asked for.

    Their weights are in `fit`.
    """
    wanted = {t: _forms(t) for t in dict.fromkeys(terms(question.search_text))}
    pages = [_near(one) for one in judged]
    told = map(_words, judged, pages)
    held = [{t for t, forms in wanted.items() if not forms.isdisjoint(words)} for words in told]
    rarity = {t: math.log(1 + (len(judged) + 1) / (0.5 + sum(t in own for own in held))) for t in wanted}
    total = sum(rarity.values()) or 1.0
    strict = [n for n in question.names if name_by_form(n.split()[0]) or len(n.split()) > 1] or list(question.names)
    for one, near, own in zip(judged, pages, held, strict=True):
        full = "\n".join((one.paper.title, one.paper.abstract, *near)) if strict else ""
        # A title alone is like the best of many sentences, not like their mean.
        like = _TITLE_ALONE if all(span.field == "title" for span in one.spans) else 1.0
        one.values = {
            "retrieval": one.hit.score,
            "sentences": like * mean_of_best(one.similar[0]),
            "sentences_first": like * mean_of_best(one.similar[1]),
            "title": one.title_similarity[0],
            "title_first": one.title_similarity[1],
            "words": sum(weight for t, weight in rarity.items() if t in own) / total,
            "names": sum(holds_name(full, n) for n in strict) / len(strict) if strict else 0.0,
        }
        one.fit = fit(one.values)
        one.covered = len(own) / max(1, len(wanted))
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


def best_fitting_first(one: Judged) -> tuple[float, int]:
    """What papers are ordered by where one is asked for: how well they fit, then their place in the search."""
    return (-odds(one.fit) * _FIT_SPREAD - _PARTS * one.parts, one.hit.rank)


def _near(one: Judged) -> list[str]:
    """The sentences of its pages that come nearest to the question."""
    pages = [k for k, span in enumerate(one.spans) if span.field == "page"]
    return [one.spans[k].text for k in sorted(pages, key=lambda k: (-one.similar[0][k], k))[:_LIKE_AN_ABSTRACT]]


def _words(one: Judged, near: Sequence[str]) -> frozenset[str]:
    """The words with which a paper speaks of the question: of title and abstract, and of what is near on its pages."""
    own = [span.text for span in one.spans if span.field == "abstract"]
    return frozenset().union(*map(term_set, (one.paper.title, *own, *near)))


def _forms(term: str) -> frozenset[str]:
    """A term, and what it is a comparative of: "easier" is held by "easy"."""
    if term.endswith("ier"):
        return frozenset((term, stem(f"{term[:-3]}y")))
    return frozenset((term, stem(term[:-2]))) if term.endswith("er") and len(term) > 5 else frozenset((term,))


def choose(judged: Sequence[Judged], question: Question, sides: Sequence[NamedSide]) -> None:
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
    said = term_set(question.search_text) - {t for n in question.names for t in terms(n)} - SAYS_NOTHING
    for side in named_sides(question.names, [one.paper for one in judged]):
        owners = [by_id[p.id] for p in side.papers] if side.by_name else []
        if len(owners) > 1 and ranked[0] in owners:
            for one in owners:
                one.chosen = one.chosen or not said or odds(one.fit) >= odds(ranked[0].fit) - _ALIKE
