"""The sides of a comparison beside each other: a row for each, with its papers' words, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ...evidence import PaperEvidence
from ...models import logistic
from ...papers import Text
from ...text import term_set, terms
from ...text.naming import holds_name, names
from ..builder import AnswerBuilder
from ..engines import Material, Search
from ..quoting import quote, quoted, short_title, stands_alone, stretch

_SENTENCES = 2
"""Sentences for each side."""
_SIDE_WORDS = 35
_LOOKED_AT = 6
"""Papers that may stand for a side."""


def compares(material: Material) -> bool:
    """Whether two papers at least are to be set beside each other: what one paper compares, its sentences tell."""
    if material.plan.form != "comparison":
        return False
    members = sorted((p.member for p in material.gathered.papers), reverse=True)
    return len(members) > 1 and members[1] >= logistic("member").thresholds["side"]


def compare(material: Material, search: Search, builder: AnswerBuilder) -> Iterator[Text]:
    """A row for each side, or, where no sides are named, for each of the two likeliest papers; nothing without any, and
    nothing where one paper compares them itself: its sentences tell."""
    if material.plan.sides:
        sides = list(zip(material.plan.sides, _papers(material, search), strict=True))
    else:
        likely = sorted(material.gathered.papers, key=lambda p: -p.member)[:2]
        sides = [(short_title(p.paper), p) for p in likely]
    distinct = {paper.paper.id for _, paper in sides if paper is not None}
    if not distinct or (len(distinct) == 1 and all(paper for _, paper in sides)):
        return
    for side, paper in sides:
        if paper is None:
            builder.missing = (*builder.missing, side)
            yield builder.add("gap", f"No paper found is about {side}.", breaks=True)
            continue
        yield builder.add("row", side, paper_id=paper.paper.id, column=side)
        title = short_title(paper.paper)
        lead = "" if side == title or side.lower() in paper.paper.title.lower() else f"In “{title}”: "
        chosen = [s for s in paper.sentences if stands_alone(s)][:_SENTENCES] or list(paper.sentences[:1])
        for one in sorted(chosen, key=lambda s: s.order):
            whole = quote(one)
            cut = stretch(whole, _SIDE_WORDS, material.gathered.matches.words)
            yield builder.add("cell", f"{lead}{quoted(cut, whole)}", (cut,), paper_id=paper.paper.id, column=side)
            lead = ""


def _papers(material: Material, search: Search) -> list[PaperEvidence | None]:
    """The papers that stand for the sides, each another one where there are enough; None for a side without one.

    A paper counts for a side by the search for that side and by the whole question; a name that several papers bear is
    so settled by the question's other words. The sides are filled so that these add up to the most.
    """
    whole = {p.paper.id: p for p in material.gathered.papers}
    worth: list[dict[str, float]] = []
    known: dict[str, PaperEvidence] = {}
    for side in material.plan.sides:
        query = next((query for query in material.plan.queries[1:] if query.startswith(side)), side)
        found = search(material.plan, query).gathered
        top = max((p.score for p in found.matches.papers), default=1.0)
        scores = {p.paper.id: p.score / top for p in found.matches.papers[:_LOOKED_AT]}
        known |= {p.paper.id: whole.get(p.paper.id, p) for p in found.papers}
        worth.append({
            paper_id: score + (whole[paper_id].member if paper_id in whole else 0.0)
            for paper_id, score in scores.items() if _speaks_of(known[paper_id], side)
        })
    best: tuple[float, tuple[str | None, ...]] = (-1.0, tuple(None for _ in worth))
    for chosen in product(*([*row, None] for row in worth)):
        named = [c for c in chosen if c is not None]
        total = sum(row[c] for row, c in zip(worth, chosen, strict=True) if c is not None)
        total -= sum(1.0 for c in set(named) if named.count(c) > 1 and not _compares_itself(known[c], material))
        if total > best[0]:
            best = total, chosen
    return [known[c] if c is not None else None for c in best[1]]


def _compares_itself(one: PaperEvidence, material: Material) -> bool:
    """Whether a paper's title names every side: it compares them itself."""
    title = term_set(one.paper.title)
    return all(set(terms(side)) & title for side in material.plan.sides)


def _speaks_of(one: PaperEvidence, side: str) -> bool:
    """Whether a paper holds what a side names; a description without a name may be in other words."""
    return all(holds_name(f"{one.paper.title}\n{one.paper.abstract}", name) for name in names(f"x {side}"))
