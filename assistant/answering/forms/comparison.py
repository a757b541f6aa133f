"""The sides of a comparison beside each other: a row for each, with its papers' words, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator

from ...evidence import PaperEvidence
from ...papers import Text
from ...text import term_set, terms
from ...text.own_names import owns
from ..builder import AnswerBuilder
from ..engines import Material, Search
from ..quoting import leans, quote, quoted, short_title, stretch

_SENTENCES = 2
"""Sentences for each side."""
_SIDE_WORDS = 35


def compare(material: Material, search: Search, builder: AnswerBuilder) -> Iterator[Text]:
    """A row for each side; nothing where no side has a paper."""
    sides = [(side, _paper(side, material, search)) for side in material.plan.sides]
    if not any(paper for _, paper in sides):
        return
    for side, paper in sides:
        if paper is None:
            builder.missing = (*builder.missing, side)
            yield builder.add("gap", f"No paper found is about {side}.", breaks=True)
            continue
        yield builder.add("row", side, paper_id=paper.paper.id, column=side)
        lead = "" if side.lower() in paper.paper.title.lower() else f"In “{short_title(paper.paper)}”: "
        chosen = [s for s in paper.sentences if not leans(quote(s).text)][:_SENTENCES] or list(paper.sentences[:1])
        for one in sorted(chosen, key=lambda s: s.order):
            whole = quote(one)
            cut = stretch(whole, _SIDE_WORDS, material.gathered.matches.words)
            yield builder.add("cell", f"{lead}{quoted(cut, whole)}", (cut,), paper_id=paper.paper.id, column=side)
            lead = ""


def _paper(side: str, material: Material, search: Search) -> PaperEvidence | None:
    """The paper that stands for a side: its own by name, else the likeliest that the search for that side names.

    A name that several papers bear is settled by the question's other words: the likeliest of them.
    """
    found = search(material.plan, _query(side, material)).gathered
    papers = [*found.papers, *(p for p in material.gathered.papers if p.paper.id not in
                               {q.paper.id for q in found.papers})]
    own = [p for p in papers if owns(p.paper.title, p.paper.abstract, side)]
    if own:
        return max(own, key=lambda p: p.chance)
    wanted = set(terms(side))
    holding = [p for p in papers if wanted and
               len(wanted & term_set(f"{p.paper.title}\n{p.paper.abstract}")) >= 0.5 * len(wanted)]
    return holding[0] if holding else None


def _query(side: str, material: Material) -> str:
    return next((query for query in material.plan.queries[1:] if query.startswith(side)), side)
