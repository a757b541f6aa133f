"""The things that a question compares, and what a list must be without. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from ..language import either, pattern, words
from ..text.naming import name_by_form, names
from .words import Word, has, phrase, words_of

MOST = 5
_LEADS = 2
_LONGEST = 10
"""Words of a side at most; what is longer describes."""
_BARE = re.compile(rf"\s+(?:{either('question.nouns.one_paper')}|{either('question.nouns.papers')}|ones?)$", re.I)
_ARTICLE = re.compile(r"^(?:(?:the|a|an|both|either)\s+)+", re.I)
_LACKING = re.compile(rf"\b{either('question.sides.lacking')}\s+(?:(?:any|a|an|the)\s+)?([^?.!;]{{2,80}})", re.I)
_THINGS = re.compile(rf"\s+{either('question.sides.things')}\W*$", re.I)
_BY_AND_BY = re.compile(
    r"\b(by|in|for|of|from)\s+((?:the\s+)?[^,?]{1,80}?)\s+and\s+\1\s+((?:the\s+)?[^,?]{1,80}?)"
    rf"(?=\s+{either('question.sides.behind')}\b|\s*[?.!;,]|\s*$)",
    re.I,
)


def compared(text: str) -> tuple[str, ...]:
    """The things compared, two to five, as written; empty where the question compares nothing by name."""
    run = words_of(text)
    for read in (_versus, _between, _differ, _together, _compare, _either):
        sides = tuple(_trimmed(phrase(side, text)) for side in read(run))
        if 2 <= len(sides) <= MOST and _are_things(sides):
            return sides
    if (found := _BY_AND_BY.search(text)) is not None:
        sides = (_trimmed(found[2]), _trimmed(found[3]))
        papers = pattern("question.nouns.one_paper")
        if _are_things(sides) and all(names(f"x {s}") or papers.search(s) for s in found.groups()[1:]):
            return sides
    return ()


def negated(text: str) -> tuple[str, str]:
    """What a list must be without, and the text without the words that say so; ("", text) where nothing is left out.

    What a paper need not have ("do not need labels") is told by papers that say so, and is no limit.
    """
    found = _LACKING.search(text)
    if not found:
        return "", text
    return " ".join(_THINGS.sub("", found[1]).split()), f"{text[: found.start()]} {text[found.end() :]}"


def _versus(run: list[Word]) -> list[list[Word]]:
    """The sides of "A vs B vs C", "A compared with B"."""
    marks = [(k, n) for k in range(1, len(run) - 1) if (n := _marker(run, k))]
    if not marks or len(marks) >= MOST:
        return []
    first, _ = marks[0]
    sides = [_before(run, first)]
    for place, (k, n) in enumerate(marks):
        end = marks[place + 1][0] if place + 1 < len(marks) else len(run)
        sides.append(_after(run[k + n : end], whole=place + 1 < len(marks)))
    return sides


def _marker(run: list[Word], at: int) -> int:
    """How many words the marker at a place has: 1 for "vs", 2 for "compared with"; 0 where none stands."""
    for size in (2, 1, 3):
        if " ".join(w.low for w in run[at : at + size]) in words("question.sides.versus"):
            return size
    return 0


def _between(run: list[Word]) -> list[list[Word]]:
    """The sides of "the difference between A and B"."""
    if not any(w.low in words("question.sides.difference") for w in run):
        return []
    for k, word in enumerate(run):
        if word.low == "between":
            return _joined(run[k + 1 :], ("and", "with", "to"))
    return []


def _differ(run: list[Word]) -> list[list[Word]]:
    """The sides of "how does A differ from B", "what sets A apart from B"."""
    for k, word in enumerate(run):
        if word.low not in ("from", "to") or not k:
            continue
        before = next(
            (j for j in range(k - 1, max(-1, k - 4), -1) if run[j].low in words("question.sides.differ")), None
        )
        if before is not None and before > 1:
            return [_before(run, before), _after(run[k + 1 :])]
        verb = next((j for j in range(k - 1, -1, -1) if run[j].low in words("question.sides.apart")), None)
        if verb is not None and word.low == "from":
            return [run[verb + 1 : k - (run[k - 1].low == "apart")], _after(run[k + 1 :])]
    return []


def _together(run: list[Word]) -> list[list[Word]]:
    """The sides of "how do A and B differ", "do A and B agree", "what do A and B have in common"."""
    start = next((k for k, w in enumerate(run[:6]) if w.low in ("do", "did", "are", "were")), None)
    if start is None:
        return []
    for k in range(start + 3, len(run)):
        if run[k].low in words("question.sides.together"):
            inner = run[start + 1 : k]
            joins = [j for j, w in enumerate(inner) if w.low == "and"]
            if len(joins) == 1 and not any(w.mark for w in inner):
                return [inner[: joins[0]], inner[joins[0] + 1 :]]
            return []
    return []


def _compare(run: list[Word]) -> list[list[Word]]:
    """The sides of "compare A with B"."""
    for k, word in enumerate(run):
        if word.low in words("question.sides.compare"):
            rest = run[k + 1 :]
            if word.low == "comparison" and k > _LEADS:
                return []  # "in the comparison of A and B" says where, not what is asked
            if rest and rest[0].low in ("to", "with", "against"):
                # "What is A and how does it compare to B": the name before is the other side.
                left = _before(run, k)
                if len(left) == 1 and left[0].low in words("question.refers.pronouns"):
                    left = [w for w in run[:k] if name_by_form(w.text)][:1]
                return [left, _after(rest[1:])] if left else []
            if rest and rest[0].low in ("how", "of", "between"):
                rest = rest[1:]
            return _joined(rest, tuple(words("question.sides.joins") - {"or"}))
    return []


def _either(run: list[Word]) -> list[list[Word]]:
    """The sides of "A or B: which …", "A against B: …", where each is a name."""
    end = next((k for k, w in enumerate(run) if w.text in ":,?"), len(run))
    head = run[:end]
    joins = [k for k, w in enumerate(head) if w.low in words("question.sides.loose")]
    if len(joins) != 1 or not 0 < joins[0] < len(head) - 1 or end == len(run):
        return []
    sides = [head[: joins[0]], head[joins[0] + 1 :]]
    # "Hints and clues: …" compares nothing unless each is asked about.
    each = any(w.low in words("question.cues.each") | {"which"} for w in run[end:])
    named = all(side[0].text[:1].isupper() or any(c.isupper() for c in side[0].text) for side in sides)
    return sides if each and named and max(map(len, sides)) <= 4 else []


def _joined(rest: list[Word], joins: tuple[str, ...]) -> list[list[Word]]:
    """The sides at the start of `rest`: what stands before the first word that joins, and after it."""
    for k, word in enumerate(rest[: 2 * _LONGEST]):
        if word.low in joins and k:
            left = rest[:k]
            commas = [j for j, w in enumerate(left) if w.text == ","]
            if commas:
                cuts = [-1, *commas, len(left)]
                return [
                    *(left[a + 1 : b] for a, b in pairwise(cuts) if b > a + 1),
                    _after(rest[k + 1 :]),
                ]
            return [left, _after(rest[k + 1 :])]
        if word.mark and word.text not in ",()":
            return []
    return []


def _before(run: list[Word], at: int) -> list[Word]:
    """The noun phrase that ends before a place."""
    start = at
    while (
        start > 0
        and at - start < _LONGEST
        and not run[start - 1].mark
        and run[start - 1].low not in words("question.sides.starts")
    ):
        start -= 1
    return run[start:at]


def _after(rest: list[Word], whole: bool = False) -> list[Word]:
    """The noun phrase at the start of `rest`; all of it where another side follows."""
    for k, word in enumerate(rest[:_LONGEST]):
        if word.mark or (k and not whole and word.low in words("question.sides.ends")):
            return rest[:k]
    return rest[:_LONGEST]


def _are_things(sides: tuple[str, ...]) -> bool:
    first = {side.split()[0].lower() for side in sides if side}
    return (
        all(any(c.isalnum() for c in side) and len(side.split()) <= _LONGEST for side in sides)
        and len({side.casefold() for side in sides}) == len(sides)
        and not first & (words("question.sides.unnamed") | words("question.refers.demonstratives"))
    )


def _trimmed(side: str) -> str:
    return _BARE.sub("", _ARTICLE.sub("", side.strip(" \"'“”.,;:?!()"))).strip()


def compares(text: str) -> bool:
    """Whether the question has a word of comparing."""
    return has("question.cues.compare", text)
