"""The built-in writer: an answer in the papers' own sentences, chosen and ordered to answer the question. Pure.

It invents nothing. A sentence may lose an opening connective, and a paper's "we" becomes "the authors";
the citation keeps the exact words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .asked import QUANTITIES
from .evidence import Evidence
from .naming import holds_name
from .queries import Question
from .sides import own_name
from .wording import readable

WORDS = 120
"""The longest answer from one paper, in words."""
_SHORT = 70
"""The longest answer to a question about a named thing, beyond the sentences that answer its parts."""
_PER_LINE = 100
"""The longest line for one paper of a list."""
_PER_SIDE = 110
"""The longest row for one side of a comparison."""

_SAYS_LITTLE = 8
"""A sentence of fewer words is not added to an answer, only taken as one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence of an answer, the numbers of its evidence, and the row it belongs to in a comparison."""

    text: str
    numbers: tuple[int, ...]
    aspect: str = ""


def compose(question: Question, evidence: Sequence[Evidence]) -> list[Draft]:
    """The answer to `question` from its evidence, sentence by sentence; empty without evidence.

    One paper: at most about `WORDS` words, the sentence that answers first. A list: a line per paper.
    A comparison: rows by side. Only papers marked as chosen are used.
    """
    by_paper: dict[str, list[Evidence]] = {}
    for e in evidence:
        if e.chosen:
            by_paper.setdefault(e.paper.id, []).append(e)
    if not by_paper:
        return []
    if question.kind == "summary":
        return _drafts(_summary(next(iter(by_paper.values()))))
    if question.kind == "compare" and len(by_paper) > 1:
        return [
            d
            for own in by_paper.values()
            for d in _drafts(_row(question, own, _PER_SIDE, 4), own[0].side or own_name(own[0].paper))
        ]
    if question.kind == "list" or len(by_paper) > 1:
        return [d for own in by_paper.values() for d in _drafts(_row(question, own, _PER_LINE, 3))]
    return _drafts(_one_paper(question, next(iter(by_paper.values()))))


def _drafts(picked: Sequence[Evidence], aspect: str = "") -> list[Draft]:
    """The first sentence as picked, the others in the paper's order; the paper is named in front."""
    ordered = [*picked[:1], *sorted(picked[1:], key=_place)]
    return [Draft(readable(e.text, e.paper.title if k == 0 else None), (e.n,), aspect) for k, e in enumerate(ordered)]


def _one_paper(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence for each part, the one that names what the paper puts forward, then the next best."""
    usable = [e for e in evidence if e.role != "code" or e is evidence[0]] or list(evidence)
    picked: list[Evidence] = []
    for k in range(len(question.asks)):
        best = max(usable, key=lambda e: (k in e.answers, e.bears[k] if k < len(e.bears) else e.score, -e.n))
        if best not in picked:
            picked.append(best)
    picked = picked or usable[:1]
    if all(a.wants in QUANTITIES and any(k in e.answers for e in picked) for k, a in enumerate(question.asks)):
        return picked
    for e in _introducing(usable):
        if not any(own_name(e.paper) in p.text for p in picked):
            _take(picked, e, WORDS)
    own = f"{usable[0].paper.title} {own_name(usable[0].paper)}"
    named = any(holds_name(own, n) for n in question.names)
    for e in usable:
        if len(picked) < 8:
            _take(picked, e, _SHORT if named else WORDS)
    return picked


def _introducing(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentence that first names what the paper puts forward, if there is one."""
    name = own_name(evidence[0].paper)
    return [e for e in sorted(evidence, key=_place) if name and name in e.text][:1]


_LINE_ROLES = {
    "contribution": 1.5,
    "method": 0.8,
    "result": 0.0,
    "other": 0.0,
    "background": -1.0,
    "question": -2.0,
    "code": -4.0,
}
_FINDING_ASKED = re.compile(
    r"\b(?:better|best|worse|perform\w*|outperform\w*|accura\w+|fast\w*|results?|scores?|achiev\w*|improv\w*)\b", re.I
)


def _row(question: Question, evidence: Sequence[Evidence], budget: int, most: int) -> list[Evidence]:
    """One paper's line: what it does about the thing asked, then how; findings where they are asked for."""
    places = {e.n: k for k, e in enumerate(sorted(evidence, key=_place))}
    finding = 0.0 if question.kind == "list" or _FINDING_ASKED.search(question.text) else -1.8

    def worth(e: Evidence) -> float:
        return e.score + _LINE_ROLES[e.role] + (finding if e.role == "result" else 0.0)

    first = max(evidence, key=lambda e: (worth(e), -e.n))
    picked = [first]
    for e in sorted(evidence, key=lambda e: (-worth(e) - 0.5 * (0 < places[e.n] - places[first.n] <= 2), e.n)):
        if len(picked) < most and e.role != "background":
            _take(picked, e, budget + _naming(first))
    return picked


def _naming(e: Evidence) -> int:
    return len(e.paper.title.split()) + 2


def _summary(evidence: Sequence[Evidence]) -> list[Evidence]:
    """What a paper does and finds, in its own order."""
    worth = {"contribution": 3, "result": 2, "method": 2}
    picked: list[Evidence] = []
    for e in sorted(evidence, key=lambda e: (-worth.get(e.role, 0), _place(e))):
        _take(picked, e, WORDS)
    return sorted(picked or list(evidence[:1]), key=_place)


def _take(picked: list[Evidence], e: Evidence, budget: int) -> None:
    """Adds `e` where there is room, unless it says little, points to code, asks, or repeats."""
    if e in picked or len(e.text.split()) < _SAYS_LITTLE or e.role in ("code", "question"):
        return
    # Naming the paper takes room too.
    used = _naming(e) + sum(len(p.text.split()) for p in picked)
    if used + len(e.text.split()) <= budget and not any(_repeats(e.text, p.text) for p in picked):
        picked.append(e)


def _place(e: Evidence) -> tuple[int, int, int]:
    return (0 if e.field != "page" else 1, e.page or 0, e.start)


def _repeats(a: str, b: str) -> bool:
    one, two = set(a.lower().split()), set(b.lower().split())
    return len(one & two) >= 0.8 * min(len(one), len(two))
