"""A few sentences: the answering words first, then what an ideal answer rests on besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...evidence import QUANTITIES, Evidence, Gathered, PaperEvidence, answer_quantity, next_features
from ...models import logistic
from ...papers import Text
from ...question import QuestionPlan
from ...text.naming import short_forms
from ..builder import AnswerBuilder
from ..engines import Material
from ..polarity import polarity
from ..quoting import ADDRESS, before, leans, quote, quoted, short_title, stretch

MOST = 4
"""Sentences of an answer at most."""
MOST_OF_A_VALUE = 2
"""Sentences where a number, a name or a date is asked for."""
_CONSIDERED = 20
"""The likeliest sentences, among which those after the first are looked for."""
_LONG_QUOTE = 45
"""Words from which a sentence is cut to the clauses that answer: shorter ones lose more of the answer than words."""


def sentences(material: Material, builder: AnswerBuilder) -> Iterator[Text]:
    """The claims of an answer, each a quote with its paper named where it changes."""
    plan = material.plan
    brief = plan.form == "value"
    chosen = choose(material.gathered, MOST_OF_A_VALUE if brief else MOST, "added_to_value" if brief else "added")
    named = ""
    for k, one in enumerate(chosen):
        lead = _lead(plan, chosen) if k == 0 else ""
        title = "" if one.paper.id == named else f"In “{short_title(one.paper)}”: "
        named = one.paper.id
        whole = quote(one)
        value = _value(plan, one) if brief else ""
        words = (*material.gathered.matches.words, *((value,) if value else ()))
        cut = stretch(whole, _LONG_QUOTE, words)
        yield builder.add("claim", f"{lead}{title}{quoted(cut, whole)}", (cut,))


def choose(gathered: Gathered, most: int = MOST, threshold: str = "added") -> list[Evidence]:
    """The sentences of an answer: the likeliest first, then others while each is likely enough beside those chosen,
    by the named threshold of `models/next_sentence.json`.

    A sentence that leans on the one before it brings that along, or gives way to the next best.
    """
    model = logistic("next_sentence")
    enough = model.thresholds[threshold]
    pool = gathered.sentences
    by_paper = {p.paper.id: p for p in gathered.papers}
    first = next((s for s in pool[:3] if not leans(quote(s).text)), pool[0])
    chosen = [first]
    while len(chosen) < most:
        known = {c.text for c in chosen}
        rest = [s for s in pool[:_CONSIDERED] if s.text not in known and ADDRESS not in s.text]
        if not rest:
            break
        chances = model.chances([next_features(gathered, chosen, s) for s in rest])
        best = max(range(len(rest)), key=lambda k: float(chances[k]))
        if float(chances[best]) < enough:
            break
        chosen.append(rest[best])
    return _in_order([s for s in chosen if s is first or _understood(s, chosen, by_paper[s.paper.id])], first)


def _understood(one: Evidence, chosen: Sequence[Evidence], paper: PaperEvidence) -> bool:
    """Whether a sentence can be read beside those chosen: it stands alone, or follows the one that it leans on."""
    if not leans(quote(one).text):
        return True
    earlier = before(one, paper)
    return earlier is not None and earlier in chosen


def _in_order(chosen: Sequence[Evidence], first: Evidence) -> list[Evidence]:
    """The first sentence, then those of its paper as they stand there, then other papers' likewise.

    What stands after the first in its paper follows it: it may lean on it.
    """
    papers = list(dict.fromkeys(s.paper.id for s in chosen))
    rest = [s for s in chosen if s is not first]
    earlier = lambda s: s.paper.id == first.paper.id and s.order < first.order  # noqa: E731
    return [first, *sorted(rest, key=lambda s: (papers.index(s.paper.id), earlier(s), s.order))]


def _lead(plan: QuestionPlan, chosen: Sequence[Evidence]) -> str:
    """What stands in front: "Yes" or "No" where that is sure, or the value asked for."""
    wants = [part.wants for part in plan.parts]
    if wants == ["yesno"] or (plan.form == "yesno" and "yesno" in wants):
        word, _ = polarity(plan.question, [s.text for s in chosen])
        return f"{word}: " if word else ""
    if len(plan.parts) == 1 and (value := _value(plan, chosen[0])):
        return f"{value}. "
    return ""


def _value(plan: QuestionPlan, one: Evidence) -> str:
    """The quantity of a sentence that answers one of the parts; "" where none clearly does."""
    for part in plan.parts:
        if part.wants in QUANTITIES:
            value = answer_quantity(part, one.text, short_forms(one.paper.abstract))
            if value is not None:
                return value.text
    return ""
