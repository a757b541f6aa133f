"""The built-in engine: the papers' own words, chosen and ordered to answer. It invents nothing and needs no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...config import Settings
from ...models import logistic
from ...papers import Event, Quote, Related, Text, Turn
from ..builder import AnswerBuilder
from ..forms import comparison, rows, text
from ..quoting import quote, short_title
from . import Material, Search

RELATED = 3
"""Papers shown where nothing is asserted."""
_QUOTES = 4
"""Sentences of each."""


class ExtractiveEngine:
    """Writes answers out of quotes."""

    def __init__(self, unread: Callable[[], str], settings: Settings) -> None:
        self._unread = unread
        """What can't be searched yet, in a sentence; empty where all can."""
        self._settings = settings

    def write(
        self, material: Material, history: tuple[Turn, ...], search: Search, builder: AnswerBuilder
    ) -> Iterator[Event]:
        """The events of the answer: quotes in the form asked for, a shortlist, or that the library does not say."""
        plan, decision = material.plan, material.decision
        builder.form = plan.form
        builder.confidence = round(decision.confidence, 4)
        builder.missing = decision.missing
        builder.decision = decision.outcome
        if plan.on_answer:
            builder.decision, builder.related = "shortlist", related(material)
            yield builder.add("gap", "Rewriting an answer needs a language model; set one up with --backend. "
                                     "These are the papers it was about.")
            return
        if decision.outcome == "declined" or (decision.outcome == "shortlist" and not plan.needs_model):
            yield from self._unanswered(material, builder)
            return
        if plan.needs_model:
            builder.decision = "answered"
            yield builder.add("link", f"Writing {plan.needs_model} needs a language model; these are the passages that "
                                      "bear on it.")
        if comparison.compares(material) and (compared := list(comparison.compare(material, search, builder))):
            yield from compared
        elif material.decision.several or plan.needs_model:
            yield from self._rows(material, search, builder)
        else:
            builder.form = "text" if plan.form in ("list", "comparison") else plan.form
            yield from text.sentences(material, builder)

    def _rows(self, material: Material, search: Search, builder: AnswerBuilder) -> Iterator[Text]:
        builder.form = "table" if material.plan.form == "table" else "list"
        most = self._settings.papers_per_answer
        if builder.form == "table":
            return rows.table(material, search, builder, most)
        return rows.rows(material, builder, most)

    def _unanswered(self, material: Material, builder: AnswerBuilder) -> Iterator[Text]:
        """That the library does not say, or which papers may; what no paper has, and what can't be searched yet."""
        declined = builder.decision == "declined"
        builder.related = related(material, quotes=1 if declined else _QUOTES)
        lacking = ", ".join(f"“{term}”" for term in builder.missing[:5])
        said = [f"No paper found has {lacking}."] if lacking else []
        if declined:
            said.insert(0, "Your library does not answer this.")
            said += ["The nearest papers are shown with their words."] if builder.related else []
        elif len(builder.related) == 1:
            said.append("I am not sure that this paper answers; these are its nearest words.")
        elif material.decision.right > material.decision.answerable:
            title = short_title(material.gathered.best_first[0].paper)
            said.append(f"“{title}” comes nearest, but I am not sure that it says this. These are its nearest words.")
        else:
            said.append("I am not sure. One of these papers may answer; which do you mean?")
        yield builder.add("gap", " ".join(said))
        if unread := self._unread():
            yield builder.add("gap", unread)


def related(material: Material, quotes: int = _QUOTES) -> tuple[Related, ...]:
    """The papers that come nearest, best first, each with its best sentences; none that falls far behind the first."""
    papers = []
    nearest = material.gathered.best_first[:RELATED]
    floor = logistic("answer").thresholds["shown"] * max((one.chance for one in nearest), default=0.0)
    for one in (p for p in nearest if p.chance >= floor):
        best = [quote(s) for s in one.sentences[:quotes]]
        said = tuple(Quote(q.text, q.field, q.page, q.start, q.end) for q in best)
        papers.append(Related(one.paper.id, one.paper.title, said[0].text if said else one.paper.title, said))
    return tuple(papers)
