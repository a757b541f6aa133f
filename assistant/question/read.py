"""A question, its conversation and its limits, read once into one plan. Nothing fails: every text is a question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..papers import Filters, Turn
from ..text.naming import names
from .authors import authorships
from .conversation import Standalone, standalone
from .foreign import in_english
from .form import form_of
from .known import Known
from .operators import IN_VENUE, Limits, limits
from .parts import parts_of
from .plan import Limit, QuestionPlan
from .requests import needs_model, request_of
from .sides import compared, negated
from .topic import columns_of, queries_of, search_text, topic_of
from .words import LONGEST, has, tidy

_ROUNDS = 20
_FEW = 0.3
"""The chance that several papers are asked for, at most, where one is named."""


def parse(
    text: str,
    history: Sequence[Turn] = (),
    filters: Filters | None = None,
    known: Known | None = None,
    *,
    ignored: Collection[str] = (),
) -> QuestionPlan:
    """The plan of a question. `filters` are the caller's limits; `ignored` are words of limits (`Limit.text`) that the
    asker took off again."""
    known = known or Known()
    asked = " ".join(text.split())
    english, language, findings = in_english(asked, known.has_term)
    alone = standalone(english, history, known)
    made = _plan(asked, alone, filters or Filters(), known, ignored)
    return replace(made, language=language, findings=findings)


def _plan(asked: str, alone: Standalone, given: Filters, known: Known, ignored: Collection[str]) -> QuestionPlan:
    """The plan of a question that stands alone."""
    stated = _limits(alone.plain or alone.question, known, ignored)
    rest = stated.rest
    head, tail = tidy(rest[:LONGEST]), rest[LONGEST:]
    whole = tidy(_limits(alone.question, known, ignored).rest) if alone.plain else head
    parts = parts_of(head)
    sides = compared(head)
    form, many = form_of(head, parts, sides)
    about, columns = columns_of(head) if form == "table" else (head, ())
    excluded = stated.excluded
    if form in ("list", "table"):
        lacking, without = negated(about)
        if lacking and topic_of(without).strip():
            excluded, about = (*excluded, lacking), " ".join(without.split())
    topic = topic_of(about)
    request = None if alone.on_answer else request_of(head, known, alone.about, bool(stated.filters))
    question = whole
    if request is not None:
        form, topic = "library", request.topic
        if request.about == "papers" and stated.filters and request_of(whole, known) is None:
            question = "Which papers?"
    elif form in ("text", "definition") and sides and has("question.cues.compare", head):
        form, many = "comparison", max(many, 1 - _FEW)
    elif form == "text" and len(alone.about) > 1 and has("question.refers.of_several", head):
        form, many = "list", max(many, 1 - _FEW)
    elif form == "list" and (len(alone.about) == 1 or _of_one(head, known)):
        form, many = "text", min(many, _FEW)
    first = topic if form in ("list", "table", "definition") else search_text(about)
    return QuestionPlan(
        asked=asked,
        question=question + tail,
        form=form,
        many=many,
        parts=parts,
        queries=queries_of(first + tail, head, sides, parts if form not in ("list", "table") else ()),
        topic=topic + tail,
        names=names(whole),
        sides=sides,
        columns=columns,
        filters=known.both(given, stated.filters) if given and stated.filters else given or stated.filters,
        limits=stated.limits,
        phrases=stated.phrases,
        excluded=excluded,
        about=alone.about,
        follows=alone.follows,
        on_answer=alone.on_answer,
        request=request,
        needs_model=needs_model(head),
    )


def _of_one(text: str, known: Known) -> bool:
    """Whether a question names one paper and asks for no works: "summarise WarmNest"."""
    if has("question.nouns.plural_papers", text):
        return False
    return bool(known.titled(text)) or any(known.named(name) for name in names(f"x {text}")[:3])


def _limits(text: str, known: Known, ignored: Collection[str]) -> Limits:
    """The limits that a text states, read until what is left states none."""
    venues = known.venues() if IN_VENUE.search(text[:LONGEST]) else ()
    made: tuple[Limit, ...] = ()
    for _ in range(_ROUNDS):
        stated = limits(text, ignored, venues)
        made += stated.limits
        if stated.rest == text:
            break
        text = stated.rest
    for one in authorships(text[:LONGEST]):
        if one.said not in ignored and known.authors(one.name):
            return Limits((*made, Limit(one.said, "author", one.name, plain=True)), one.rest + text[LONGEST:])
    return Limits(made, text)
