"""The built-in writer: an answer in the papers' own sentences, chosen and ordered to answer the question. Pure.

It invents nothing. A sentence may lose an opening connective, and a paper's "we" becomes "the authors";
the citation keeps the exact words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..evidence import SAYS_NOTHING, Evidence, says_nothing_more
from ..evidence.asked import COUNTED, QUANTITIES, count_asked, items
from ..evidence.judged import asks_code, asks_terms
from ..evidence.roles import finds
from ..evidence.sides import own_name
from ..papers import Paper
from ..queries import Question
from ..text import term_set, terms
from ..text.naming import holds_name, same_name
from ..text.quantities import quantities
from .enumerations import goes_on, head_alone, mark
from .wording import dangles, readable

WORDS = 120
"""The longest answer from one paper, in words."""
_SHORT = 70
"""The longest answer to a question about a named thing, beyond the sentences that answer its parts."""
_TOLD = 100
"""The same where it is asked how or why: that takes more to tell."""
_PER_LINE = 100
"""The longest line for one paper of a list."""
_PER_SIDE = 110
"""The longest row for one side of a comparison."""

_WITH_LISTS = 150
"""The longest answer where a list that it begins is gone on with."""
_FAR_BEHIND = 2.6
"""A finding this far behind the best sentence follows it."""
_BESIDE_IT = 3.0
"""A sentence this far behind the best one says nothing to what is asked."""
_SAYS_LITTLE = 8
"""A sentence of fewer words is not added to an answer, only taken as one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence of an answer, the numbers of its evidence, and its row and side in a comparison."""

    text: str
    numbers: tuple[int, ...]
    aspect: str = ""
    side: str = ""


def compose(question: Question, evidence: Sequence[Evidence]) -> list[Draft]:
    """The answer to `question` from its evidence, sentence by sentence; empty without evidence.

    One paper: at most about `WORDS` words, the sentence that answers first. A list: a line per paper.
    A comparison: a row per aspect, its sides in the order asked. Only papers marked as chosen are used.
    """
    by_paper: dict[str, list[Evidence]] = {}
    for e in evidence:
        if e.chosen:
            by_paper.setdefault(e.paper.id, []).append(e)
    if not by_paper:
        return []
    if question.kind == "summary":
        own = next(iter(by_paper.values()))
        return _drafts(question, _summary(own), own)
    if question.kind == "compare" and len(by_paper) > 1:
        sides = sorted(by_paper.values(), key=lambda own: _side_asked(question, own[0].side))
        return _comparison(question, sides)
    if question.kind == "list" or len(by_paper) > 1:
        return [
            d
            for own in by_paper.values()
            for d in _drafts(question, _row(question, own, _PER_LINE, 3), own, full=True)
        ]
    own = next(iter(by_paper.values()))
    if question.kind == "compare" and says_nothing_more(question):
        return _drafts(question, _row(question, own, _PER_SIDE, 5), own)
    return _drafts(question, _one_paper(question, own), own)


_ASPECTS = {"method": "how it works", "result": "what came of it"}
_WHAT = "what it is"


def _comparison(question: Question, sides: Sequence[Sequence[Evidence]]) -> list[Draft]:
    """A row per aspect: what each side is, how it works, what came of it; first the row that answers best."""
    cells: dict[str, list[Draft]] = {}
    place: dict[str, int] = {}
    for own in sides:
        side = own[0].side or own_name(own[0].paper)
        groups: dict[str, list[Evidence]] = {}
        for k, e in enumerate(_row(question, own, _PER_SIDE, 4)):
            aspect = _ASPECTS.get(e.role, _WHAT)
            groups.setdefault(aspect, []).append(e)
            place[aspect] = min(place.get(aspect, k), k)
        said: set[tuple[int, ...]] = set()
        for aspect in sorted(groups, key=lambda a: place[a]):
            drafts = _drafts(question, groups[aspect], own, aspect, side)
            cells.setdefault(aspect, []).extend(d for d in drafts if d.numbers not in said)
            said |= {d.numbers for d in drafts}
    order = [_WHAT, *_ASPECTS.values()]
    return [d for aspect in sorted(cells, key=lambda a: (place[a], order.index(a))) for d in cells[aspect]]


def _side_asked(question: Question, side: str) -> int:
    """The place of a side in the question; what stands for no side comes last."""
    return question.sides.index(side) if side in question.sides else len(question.sides)


def _drafts(
    question: Question,
    picked: Sequence[Evidence],
    evidence: Sequence[Evidence],
    aspect: str = "",
    side: str = "",
    *,
    full: bool = False,
) -> list[Draft]:
    """The first sentence as picked, the others in the paper's order, each after the one it points back to.

    The paper is named in front: by what it puts forward where that has a name, by its title with `full`.
    A sentence that holds the name needs nothing in front.
    """
    picked, shortened = _whole_lists(question, picked, evidence)
    first = [*_antecedents(picked[0], evidence), picked[0]]
    rest = {e.n: e for p in picked[1:] for e in (*_antecedents(p, evidence), p)}
    ordered = [*first, *sorted((e for e in rest.values() if e not in first), key=_place)]
    paper = picked[0].paper
    asked = side if side and len(side.split()) <= 3 and holds_name(f"{paper.title}. {paper.abstract}", side) else ""
    name = "" if full else asked or _short_name(paper, question)
    items = {o.n for e in ordered for o in goes_on(e, ordered)}
    out = []
    for k, e in enumerate(ordered):
        named = bool(name) and not aspect and holds_name(e.text, name)
        text = readable(shortened.get(e.n, e.text), e.paper.title if k == 0 and not named else None, name)
        if e.n in items and mark(e.text):
            text = f"{mark(e.text)} {text}"
        out.append(Draft(text, (e.n,), aspect, side))
    return out


def _whole_lists(
    question: Question, picked: Sequence[Evidence], evidence: Sequence[Evidence]
) -> tuple[list[Evidence], dict[int, str]]:
    """What was picked with every list in it whole, and the sentences that end before a list, by number.

    A list that was begun goes on where there is room; else its sentence ends before it, and where it
    can't, it is left out unless it is the answer. Where only numbers are asked for, its items are not.
    """
    counts = all(a.wants in QUANTITIES for a in question.asks) and question.kind not in ("list", "compare")
    out: list[Evidence] = []
    shortened: dict[int, str] = {}
    used = sum(len(e.text.split()) for e in picked)
    for e in picked:
        more = [o for o in goes_on(e, evidence) if o not in picked]
        words = sum(len(o.text.split()) for o in more)
        head = head_alone(e.text) if more else ""
        if head and not (e.answers and quantities(e.text[len(head) :])) and (counts or used + words > _WITH_LISTS):
            shortened[e.n] = head
        elif more and used + words > _WITH_LISTS and e is not picked[0] and not e.answers:
            used -= len(e.text.split())
            continue
        elif more:
            used += words
        out += [o for o in (e, *(() if e.n in shortened else more)) if o not in out]
    return out, shortened


def _short_name(paper: Paper, question: Question) -> str:
    """What to call the paper: the name of what it puts forward, where its title or the question has it too."""
    name = own_name(paper)
    known = name and (name in paper.title or any(same_name(name, n) for n in (*question.names, *question.sides)))
    return name if known else ""


def _antecedents(e: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The sentences before `e` without which it can't be understood, in order: two at most."""
    out: list[Evidence] = []
    while len(out) < 2:
        first = out[0] if out else e
        before = _before(first, evidence)
        if before is None or not dangles(first.text, before.text):
            break
        out.insert(0, before)
    return out


def _before(e: Evidence, evidence: Sequence[Evidence]) -> Evidence | None:
    """The sentence that stands right before `e` in its text, if it is among the evidence."""
    text = e.paper.text(e.field, e.page)
    near = [o for o in evidence if (o.field, o.page) == (e.field, e.page) and o.end <= e.start]
    last = max(near, key=lambda o: o.end, default=None)
    return last if last is not None and not text[last.end : e.start].strip() else None


def _after(e: Evidence, evidence: Sequence[Evidence]) -> Evidence | None:
    """The sentence before which `e` stands in its text, if it is among the evidence."""
    return next((o for o in evidence if o.start >= e.end and _before(o, evidence) is e), None)


def _one_paper(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence for each part, the one that names what the paper puts forward, then the next best."""
    links = [e for e in evidence if e.role == "code"] if asks_code(question) or asks_terms(question) else []
    if links and all(asks_code(a) for a in question.asks):
        return links[:1]
    usable = [e for e in evidence if e.role != "code" or e is evidence[0] or e in links] or list(evidence)
    picked: list[Evidence] = []
    for k in range(len(question.asks)):
        words = _own_words(question, k)
        best = max(usable, key=lambda e: (k in e.answers, _holds_most(e.text, words), _worth(e, k), -e.n))
        if best not in picked:
            picked.append(best)
    picked = picked or usable[:1]
    for k in range(len(question.asks)):
        if (listed := _enumerating(question, k, picked, usable)) is not None:
            _take(picked, listed, WORDS, evidence)
            if k == 0 and listed in picked and COUNTED.match(question.asks[0].focus):
                picked.remove(listed)
                picked.insert(0, listed)
    for problem in [e for e in picked if e.role == "background"]:
        # What is done about a problem is told right after it.
        done = _after(problem, evidence)
        if done is not None and done.role in ("contribution", "method"):
            _take(picked, done, WORDS, evidence)
    if question.wants[:1] == ("yesno",) and not any(_tells(e) for e in picked):
        # Whether it is so, a finding tells.
        found = [e for e in usable if _tells(e)]
        if found and len(question.asks) == 1:
            best = max(found, key=lambda e: (_worth(e, 0), -e.n))
            picked = [e for e in picked if e.role != "background"]
            picked.insert(int(bool(picked) and _worth(best, 0) < _worth(picked[0], 0) - _FAR_BEHIND), best)
    for k, asked in enumerate(question.asks):
        # "How fast" has more than one answer: in a second, and 230 times faster than another.
        for e in usable:
            if asked.measure and k in e.answers and len(picked) < 3 + k:
                _take(picked, e, WORDS, evidence)
    if all(a.wants in QUANTITIES and any(k in e.answers for e in picked) for k, a in enumerate(question.asks)):
        return picked
    for e in _introducing(usable):
        if not any(own_name(e.paper) in p.text for p in picked):
            _take(picked, e, WORDS, evidence)
    own = f"{usable[0].paper.title} {own_name(usable[0].paper)}"
    named = any(holds_name(own, n) for n in question.names)
    told = any(a.wants in ("manner", "reason") for a in question.asks)
    longest = (_TOLD if told else _SHORT) if named else WORDS
    least = max(e.score for e in picked) - _BESIDE_IT
    for e in usable:
        if len(picked) < 8 and e.role != "background" and e.score >= least:
            _take(picked, e, longest, evidence)
    return picked


def _enumerating(
    question: Question, k: int, picked: Sequence[Evidence], usable: Sequence[Evidence]
) -> Evidence | None:
    """The sentence that sets side by side the things of which part `k` asks for several, where none picked does."""
    asked = question.asks[k]
    count = count_asked(asked)
    if not count or any(items(e.text) >= count for e in picked):
        return None
    head = terms(asked.focus)[-1:]

    def about_them(e: Evidence) -> bool:
        before = _before(e, usable)
        return any(head and head[0] in term_set(o.text) for o in (e, before) if o is not None)

    found = [e for e in usable if items(e.text) >= count and e.role != "background" and about_them(e)]
    return max(found, key=lambda e: (_worth(e, k), -e.n), default=None)


def _own_words(question: Question, k: int) -> frozenset[str]:
    """The words that only part `k` of a question of several quantities has; none for any other question."""
    if len(question.asks) < 2 or any(a.wants not in QUANTITIES for a in question.asks):
        return frozenset()
    others = {t for i, a in enumerate(question.asks) if i != k for t in terms(a.text)}
    return frozenset(terms(question.asks[k].text)) - others - SAYS_NOTHING


def _holds_most(text: str, words: frozenset[str]) -> bool:
    return not words or 2 * len(words & term_set(text)) > len(words)


def _worth(e: Evidence, k: int) -> float:
    """How well the sentence answers part `k`; what others did before is seldom meant."""
    return (e.bears[k] if k < len(e.bears) else e.score) - (1.5 if e.role == "background" else 0.0)


def _tells(e: Evidence) -> bool:
    """Whether the sentence tells a finding of the paper's own."""
    return finds(e.text) and e.role != "background"


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
_WHAT_IT_IS = {"contribution": 3.0, "method": 2.0, "result": 1.0, "code": -4.0, "question": -2.0, "background": -1.0}
_FINDING_ASKED = re.compile(
    r"\b(?:better|best|worse|perform\w*|outperform\w*|accura\w+|fast\w*|results?|scores?|achiev\w*|improv\w*)\b", re.I
)


def _row(question: Question, evidence: Sequence[Evidence], budget: int, most: int) -> list[Evidence]:
    """One paper's line: what it does about the thing asked, then how; findings where they are asked for."""
    places = {e.n: k for k, e in enumerate(sorted(evidence, key=_place))}
    finding = 0.0 if question.kind == "list" or _FINDING_ASKED.search(question.text) else -1.8

    alone = question.kind == "compare" and says_nothing_more(question)

    def worth(e: Evidence) -> float:
        if alone:
            # Nothing is said about in what they differ: what each is, how it works, what comes of it.
            sides = sum(holds_name(e.text, s) for s in question.sides)
            return _WHAT_IT_IS.get(e.role, 0.0) + 0.1 * e.score - 0.15 * places[e.n] + sides
        return e.score + _LINE_ROLES[e.role] + (finding if e.role == "result" else 0.0)

    first = max(evidence, key=lambda e: (worth(e), -e.n))
    picked = [first]
    for e in sorted(evidence, key=lambda e: (-worth(e) - 0.5 * (0 < places[e.n] - places[first.n] <= 2), e.n)):
        if len(picked) < most and e.role != "background":
            _take(picked, e, budget + _naming(first), evidence)
    return picked


def _naming(e: Evidence) -> int:
    """The words that naming the paper in front takes: those of its title, or one for its own name."""
    name = own_name(e.paper)
    return 1 if name and name in e.paper.title.split(":")[0] else len(e.paper.title.split()) + 2


def _summary(evidence: Sequence[Evidence]) -> list[Evidence]:
    """What a paper does and finds, in its own order."""
    worth = {"contribution": 3, "result": 2, "method": 2}
    picked: list[Evidence] = []
    for e in sorted(evidence, key=lambda e: (-worth.get(e.role, 0), _place(e))):
        _take(picked, e, WORDS, evidence)
    return sorted(picked or list(evidence[:1]), key=_place)


def _take(picked: list[Evidence], e: Evidence, budget: int, evidence: Sequence[Evidence]) -> None:
    """Adds `e` where there is room, unless it says little, points to code, asks, or repeats.

    Room is needed for what it points back to as well.
    """
    if e in picked or len(e.text.split()) < _SAYS_LITTLE or e.role in ("code", "question"):
        return
    # Naming the paper takes room too.
    taken = {o.n: o for p in picked for o in (*_antecedents(p, evidence), p)}
    used = _naming(picked[0] if picked else e) + sum(len(o.text.split()) for o in taken.values())
    more = sum(len(o.text.split()) for o in (*_antecedents(e, evidence), e) if o.n not in taken)
    if used + more <= budget and not any(_repeats(e.text, p.text) for p in picked):
        picked.append(e)


def _place(e: Evidence) -> tuple[int, int, int]:
    return (0 if e.field != "page" else 1, e.page or 0, e.start)


def _repeats(a: str, b: str) -> bool:
    one, two = set(a.lower().split()), set(b.lower().split())
    return len(one & two) >= 0.8 * min(len(one), len(two))
