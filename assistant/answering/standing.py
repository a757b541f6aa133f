"""What a sentence is checked against, and when a model's draft must give way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..evidence import Evidence
from ..evidence.sides import own_name
from ..queries import Question
from ..text.quantities import quantities
from .writing import Checked, Draftsman

_IN_FRONT = re.compile(r"\s*(?:(?:In|According to)\s+)?[“\"]", re.I)


def sources(claim: str, cited: Sequence[Evidence]) -> list[str]:
    """What a sentence is checked against: the words cited, and the names of what their papers put forward.

    Titles are among them only for a claim that still names a paper in front: then it is another paper's.
    """
    names = [e.paper.title for e in cited] if _IN_FRONT.match(claim) else []
    for paper in {e.paper.id: e.paper for e in cited}.values():
        head, colon, _ = paper.title.partition(":")
        names += [head.strip()] if colon and len(head.split()) <= 3 else []
        names += [own_name(paper)]
    return [*(e.text for e in cited), *(name for name in dict.fromkeys(names) if name)]


def untitled(text: str, cited: Sequence[Evidence]) -> str:
    """The sentence without the titles of the papers it cites: whose words they are is no claim of theirs."""
    for title in dict.fromkeys(e.paper.title.strip() for e in cited if e.field != "title"):
        quoted = rf"[\"“']?{re.escape(title)}[\"”']?"
        text = re.sub(rf"^\s*(?:(?:In|According to)\s+)?{quoted}\s*[:,]\s*", "", text, count=1, flags=re.I)
        text = re.sub(quoted, "the paper", text, flags=re.I)
    return text


def too_little(
    desk: Draftsman, kept: Sequence[Checked], ours: Sequence[Any], question: Question, evidence: Sequence[Evidence]
) -> str:
    """Why the draft must give way to the extractive answer; empty when it may stand."""
    good = [c for c in kept if c.verdict != "unsupported"]
    if not good:
        return "the model found no answer in the evidence" if desk.declined else "none of its sentences is supported"
    if 2 * len(good) < desk.drafted:
        return f"only {len(good)} of its {desk.drafted} sentences are supported"
    by_number = {e.n: e for e in evidence}
    wanted = {k for draft in ours for n in draft.numbers for k in by_number[n].answers}
    held = {k for c in good if quantities(c.text) for e in c.evidence for k in e.answers}
    if wanted - held:
        asked = next(question.asks[k] for k in sorted(wanted - held))
        return f"it leaves out what was asked for ({asked.focus or asked.text})"
    cited = {e.paper.id for c in good for e in c.evidence}
    answering = {by_number[n].paper.id for draft in ours for n in draft.numbers}
    if question.kind not in ("list", "compare") and not cited & answering:
        return "it speaks of other papers than the one that answers"
    return ""
