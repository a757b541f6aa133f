"""Questions that are asked in one breath and have nothing to do with each other. Pure.

"What is X? What is Y?" is answered from the paper on X and the paper on Y; "what is X, and how fast is it?"
stays a question about one paper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..evidence import Evidence
from ..evidence.sides import owns
from ..papers import Hit
from ..queries import Asked, Question, read_question
from .abstention import Answerability
from .thing_asked import asks

Found = tuple[list[Hit], list[Evidence], Answerability]
"""What was found for a question: papers, their sentences, and whether these answer it."""

_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|their|them|this|that|these|those|he|she|his|her|both|either|each|same"
    r"|the\s+(?:paper|authors?|method|approach|model|study|system|work|former|latter|other))\b", re.I,
)
_DEFINES = re.compile(r"(?:and\s+)?what\s+(?:is|are)\s+(?!(?:the|its|their)\b)\S+(?:\s+\S+){0,4}$", re.I)
_FAR_BELOW = -10.0


def apart(question: Question) -> list[Question]:
    """The questions that `question` holds, each for itself; empty where they may belong together."""
    if question.kind not in ("fact", "howto") or not 2 <= len(question.asks) <= 4:
        return []
    if not all(_for_itself(a) for a in question.asks):
        return []
    parts = [read_question(f"{a.text.rstrip('?!. ')}?") for a in question.asks]
    alike = all(p.kind in ("fact", "howto") and len(p.asks) == 1 for p in parts)
    return [replace(p, filters=question.filters, excluded=question.excluded) for p in parts] if alike else []


def defining(parts: Sequence[Question]) -> bool:
    """Whether each part asks what a thing is, which a paper on the other can hardly tell."""
    return bool(parts) and all(_DEFINES.match(p.asks[0].text.rstrip("?!. ")) for p in parts)


def together(question: Question, parts: Sequence[Question], found: Sequence[Found]) -> Found | None:
    """What was found for the parts as found for the whole; None unless two papers at least answer two parts.

    Where each part asks what a thing is, one that is answered is enough: the others are missing.

    A part counts that is answered in full: what a word means by any paper, anything else by the paper whose
    name it holds.
    """
    good = [k for k, (_, evidence, judged) in enumerate(found)
            if judged.answerable and not judged.missing and _meant(parts[k], evidence)]
    papers = {e.paper.id for k in good for e in found[k][1] if e.chosen}
    lacking = 0 < len(good) < len(parts) and defining(parts)
    if len(papers) < 2 and not lacking:
        return None
    merged: dict[tuple[str, str, int | None, int], Evidence] = {}
    for k in good:
        for e in (e for e in found[k][1] if e.chosen):
            key = (e.paper.id, e.field, e.page, e.start)
            before = merged.get(key)
            bears = list(before.bears) if before else [_FAR_BELOW] * len(question.asks)
            bears[k] = e.bears[0] if e.bears else e.score
            answers = (*(before.answers if before else ()), *((k,) if e.answers else ()))
            best = e if before is None or e.score > before.score else before
            merged[key] = replace(best, answers=answers, bears=tuple(bears))
    evidence = [replace(e, n=n) for n, e in enumerate(merged.values(), start=1)]
    hits: dict[str, Hit] = {}
    for place in range(max(len(h) for h, _, _ in found)):
        for own, _, _ in (found[k] for k in good):
            if place < len(own):
                hits.setdefault(own[place].paper_id, own[place])
    missing = tuple(dict.fromkeys(m for k, (_, _, j) in enumerate(found) if k not in good for m in j.missing))
    least = min(found[k][2].confidence for k in good)
    judged = Answerability(True, missing, "", least * len(good) / len(parts))
    return [replace(h, rank=n) for n, h in enumerate(hits.values(), start=1)], evidence, judged


def _for_itself(asked: Asked) -> bool:
    """Whether the part names what it asks about: it points back to nothing."""
    if not asks(asked.text) or _POINTS_BACK.search(asked.text):
        return False
    return bool(_named(asked)) or bool(_DEFINES.match(asked.text.rstrip("?!. ")))


def _named(asked: Asked) -> list[str]:
    """The names in a part that it asks about, not for."""
    return [n for n in asked.names if n not in asked.focus]


def _meant(part: Question, evidence: Sequence[Evidence]) -> bool:
    asked = part.asks[0]
    if _DEFINES.match(asked.text.rstrip("?!. ")):
        return True
    return any(owns(e.paper, n) for e in evidence if e.chosen for n in _named(asked))
