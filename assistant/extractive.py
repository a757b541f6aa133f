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
from .papers import Paper
from .queries import Question
from .sides import own_name

WORDS = 120
"""The longest answer from one paper, in words."""
_WORDS_PER_LINE = 62
"""The longest line for one paper of a list, or one side of a comparison."""


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
    chosen = [e for e in evidence if e.chosen]
    papers = list({e.paper.id: e.paper for e in chosen}.values())
    if not papers:
        return []
    if question.kind == "summary":
        return [d for p in papers[:1] for d in _summary([e for e in chosen if e.paper.id == p.id])]
    if question.kind == "list" or (len(papers) > 1 and question.kind != "compare"):
        return [d for p in papers for d in _line(question, [e for e in chosen if e.paper.id == p.id])]
    if question.kind == "compare" and len(papers) > 1:
        return [
            d for p in papers for d in _line(question, [e for e in chosen if e.paper.id == p.id], by_side=True)
        ]
    return _one_paper(question, chosen)


# --------------------------------------------------------------------------- one paper


def _one_paper(question: Question, evidence: Sequence[Evidence]) -> list[Draft]:
    picked = _answering(question, evidence)
    enough = _settled(question, evidence)
    budget = WORDS - 10
    for e in _introducing(evidence):
        if not any(own_name(e.paper) in p.text for p in picked):
            _take(picked, e, budget)
    if not enough:
        for e in evidence:
            if len(picked) >= 6:
                break
            _take(picked, e, budget)
    first = picked[0]
    rest = sorted(picked[1:], key=_place)
    return [
        Draft(_readable(e.text, e.paper if k == 0 else None, after=k > 0), (e.n,)) for k, e in enumerate([first, *rest])
    ]


def _answering(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence for each part of the question, the first part's first."""
    picked: list[Evidence] = []
    usable = [e for e in evidence if not _about_code(e.text, question)] or list(evidence)
    for k, _ in enumerate(question.asks):
        best = max(usable, key=lambda e: (k in e.answers, e.bears[k] if k < len(e.bears) else e.score, -e.n))
        if best not in picked:
            picked.append(best)
    return picked or [usable[0]]


def _settled(question: Question, evidence: Sequence[Evidence]) -> bool:
    """Whether every part asks for a quantity that a sentence holds: then nothing need be added."""
    return all(
        a.wants in QUANTITIES and any(k in e.answers for e in evidence) for k, a in enumerate(question.asks)
    )


def _introducing(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentence that first names what the paper puts forward, if there is one."""
    name = own_name(evidence[0].paper)
    found = [e for e in sorted(evidence, key=_place) if name and name in e.text]
    return found[:1]


def _take(picked: list[Evidence], e: Evidence, budget: int) -> None:
    if e in picked or _words(e.text) < 4 or sum(_words(p.text) for p in picked) + _words(e.text) > budget:
        return
    if _CODE.search(e.text) or any(_repeats(e.text, p.text) for p in picked):
        return
    picked.append(e)


# --------------------------------------------------------------------------- lists, comparisons, summaries


def _line(question: Question, evidence: Sequence[Evidence], by_side: bool = False) -> list[Draft]:
    """One paper's line: the sentence that says what it does and the one that fits the question best."""
    usable = [e for e in evidence if not _about_code(e.text, question)] or list(evidence)
    order = sorted(usable, key=lambda e: (-(e.score + _CONTRIBUTES * bool(_CONTRIBUTION.search(e.text))), e.n))
    picked: list[Evidence] = order[:1]
    for e in order[1:]:
        if len(picked) < 3:
            _take(picked, e, _WORDS_PER_LINE + (20 if by_side else 0))
    picked = [picked[0], *sorted(picked[1:], key=_place)]
    aspect = (picked[0].side or own_name(picked[0].paper)) if by_side else ""
    return [
        Draft(_readable(e.text, e.paper if k == 0 else None, after=k > 0), (e.n,), aspect) for k, e in enumerate(picked)
    ]


_CONTRIBUTES = 2.0


def _summary(evidence: Sequence[Evidence]) -> list[Draft]:
    """What a paper does and finds, in its own order."""
    order = sorted(evidence, key=lambda e: (-(2.0 * bool(_CONTRIBUTION.search(e.text)) + bool(_RESULT.search(e.text))), e.start))
    picked = order[:1]
    for e in order[1:]:
        _take(picked, e, WORDS - 10)
    picked.sort(key=_place)
    return [Draft(_readable(e.text, e.paper if k == 0 else None, after=k > 0), (e.n,)) for k, e in enumerate(picked)]


# --------------------------------------------------------------------------- sentences made readable

_CONTRIBUTION = re.compile(
    r"\b(?:we|this\s+(?:paper|work|article|study|thesis|dissertation|survey)|here)\b[^.]{0,60}?\b(?:propos|present|introduc|develop|design|"
    r"explor|study|studies|survey|investigat|address|describ|construct|formulat|show|demonstrat|provid|analy[sz]|is\s+about)\w*",
    re.I,
)
_RESULT = re.compile(r"\b(?:results?|experiments?|outperform\w*|achiev\w*|improv\w*|we\s+(?:show|find|demonstrate)|evaluat\w*)\b", re.I)
_CODE = re.compile(r"https?://|www\.|\b(?:code|project\s+page|codebase|source\s+code|demo)\b.{0,60}\b(?:available|released?|at|found|here|accessed)\b", re.I)
_CONNECTIVE = re.compile(
    r"^(?:(?:however|moreover|furthermore|in\s+addition|additionally|besides|also|thus|therefore|hence|consequently|finally|lastly|notably|"
    r"specifically|in\s+particular|concretely|to\s+this\s+end|to\s+(?:address|tackle|overcome|alleviate|remedy|achieve)\s+(?:this|these)(?:\s+\w+){0,3}|"
    r"as\s+a\s+result|in\s+this\s+(?:paper|work|study|article|contribution)|here|in\s+light\s+of\s+this|on\s+the\s+other\s+hand|"
    r"remarkably|encouragingly|interestingly|importantly|surprisingly|meanwhile|first(?:ly)?|second(?:ly)?|third(?:ly)?|then|overall|and|but|yet|so)\s*,\s*|"
    r"\(?(?:\d|i{1,3}|iv|v|[a-d])\)\s*)+",
    re.I,
)  # fmt: skip
_PERSON = (
    (re.compile(r"\b[Ww]e\s+are\b"), "the authors are"),
    (re.compile(r"\b(?:W|w)e\b"), "the authors"),
    (re.compile(r"\b(?:O|o)urselves\b"), "themselves"),
    (re.compile(r"\b(?:O|o)urs\b"), "theirs"),
    (re.compile(r"\bOur\b|\bour\b"), "their"),
    (re.compile(r"(?<=\s)us\b(?!\.)"), "them"),
)
_THIS = re.compile(r"\b(?:[Tt]his|[Oo]ur)\s+(paper|work|article|study|thesis|dissertation|survey)\b")
_DEICTIC = re.compile(
    r"^(?:it|its|they|their|these|those|this|such|the\s+(?:method|model|approach|framework|algorithm|system|proposed\s+\w+|authors|latter|former)|"
    r"the\s+paper)\b",
    re.I,
)


def _readable(text: str, paper: Paper | None, after: bool = False) -> str:
    """The sentence as it stands in an answer; `paper` is named in front of it.

    Connectives at its beginning go, the paper's "we" becomes "the authors", and a sentence that speaks
    of "this method" is preceded by the paper's name.
    """
    out = _CONNECTIVE.sub("", text.strip(), count=1) or text.strip()
    out = _THIS.sub(lambda m: f"the {m[1]}", out)
    for pattern, word in _PERSON:
        out = pattern.sub(word, out)
    if not re.search(r"[.!?…][\"'”’)\]]*$", out):
        out = out.rstrip(",;:") + "."
    if paper is None:
        return _capital(out)
    lead = f"In “{paper.title.strip()}”"
    if re.match(r"the\s+(?:authors|paper|work|article|study|thesis|dissertation)\b", out, re.I):
        return f"{lead}, {out[0].lower()}{out[1:]}"
    return f"{lead}: {_capital(out)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+(?:\s|,)", text) else text


def _about_code(text: str, question: Question) -> bool:
    return bool(_CODE.search(text)) and not re.search(r"\b(?:code|url|link|available|github|website|download)\b", question.text, re.I)


def _place(e: Evidence) -> tuple[int, int, int]:
    return (0 if e.field != "page" else 1, e.page or 0, e.start)


def _repeats(a: str, b: str) -> bool:
    one, two = set(a.lower().split()), set(b.lower().split())
    return len(one & two) >= 0.8 * min(len(one), len(two))


def _words(text: str) -> int:
    return len(text.split())
