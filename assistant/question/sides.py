"""The things that a question compares, and what a list must be without. Pure."""

from __future__ import annotations

import re

from ..language import either, words
from ..text.naming import name_by_form, names
from .words import has

MOST = 5
_LEADS = 2
_LONGEST = 10
"""Words of a side at most; what is longer describes."""
_OF_WORD = r"[^\s,;:?!()\[\]\"“”|+]"
_WORD = rf"(?<!{_OF_WORD})(?![^\w\s]+(?!\S)){_OF_WORD}++"
"""A word, as in `words_of`: no dash or another mark that parts phrases."""
_BEFORE = re.compile(
    rf"(?:(?!{either('question.sides.starts')}(?!\S)){_WORD}\s++){{0,{_LONGEST - 1}}}"
    rf"(?!{either('question.sides.starts')}(?!\S)){_WORD}\s*+$",
    re.I,
)
"""The noun phrase that ends a text."""
_AFTER = re.compile(rf"\s*{_WORD}(?:\s+(?!{either('question.sides.ends')}(?!\S)){_WORD}){{0,{_LONGEST - 1}}}", re.I)
"""The noun phrase at the start of a text."""
_WHOLE = re.compile(rf"\s*{_WORD}(?:\s+{_WORD}){{0,{_LONGEST - 1}}}")
_VERSUS = re.compile(rf"\s+{either('question.sides.versus')}(?:\s+|$)", re.I)
_BETWEEN = re.compile(rf"{either('question.sides.difference')}\b.*?\bbetween\s+(?P<rest>.*)", re.I)
_DIFFER = re.compile(
    rf"^(?P<left>\s*\S+\s.*?)\s{either('question.sides.differ')}(?:\s+{_WORD}){{0,2}}?\s+(?:from|to)\s+(?P<right>.*)",
    re.I,
)
_APART = re.compile(rf"\b{either('question.sides.apart')}\s+(?P<left>.+?)(?:\s+apart)?\s+from\s+(?P<right>.*)", re.I)
_TOGETHER = re.compile(
    rf"^(?:{_WORD}\s+){{0,5}}?(?:do|did|are|were)\s+(?P<left>(?:(?!and\s){_WORD}\s+)+)and\s+"
    rf"(?P<right>(?:(?!and\s){_WORD}\s+)+?){either('question.sides.together')}\b",
    re.I,
)
_COMPARE = re.compile(
    rf"\b(?P<word>{either('question.sides.compare')})\s+(?P<with>(?:to|with|against)\b)?(?P<rest>.*)", re.I
)
_EITHER = re.compile(
    rf"^(?P<left>{_WORD}(?:\s+{_WORD}){{0,3}}?)\s+{either('question.sides.loose')}\s+(?P<right>{_WORD}(?:\s+{_WORD}){{0,3}})"
    rf"\s*[:,?](?=.*\b(?:{either('question.cues.each')}|which)\b)",
    re.I,
)
"""Two names and what is asked of each; "Hints and clues: …" compares nothing."""
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
    for read in (_versus, _between, _differ, _together, _compare, _either, _by_and_by):
        sides = tuple(map(_trimmed, read(text)))
        if 2 <= len(sides) <= MOST and _are_things(sides):
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


def _versus(text: str) -> list[str]:
    """The sides of "A vs B vs C", "A compared with B"."""
    first, *others = _VERSUS.split(text)
    return [_side(_BEFORE, first), *(_side(_WHOLE, one) for one in others[:-1]), _side(_AFTER, (others or [""])[-1])]


def _between(text: str) -> list[str]:
    """The sides of "the difference between A and B"."""
    found = _BETWEEN.search(text)
    return _joined(found["rest"], r"(?:and|with|to)") if found else []


def _differ(text: str) -> list[str]:
    """The sides of "how does A differ from B", "what sets A apart from B"."""
    if found := _DIFFER.search(text):
        return [_side(_BEFORE, found["left"]), _side(_AFTER, found["right"])]
    found = _APART.search(text)
    return [found["left"], _side(_AFTER, found["right"])] if found else []


def _together(text: str) -> list[str]:
    """The sides of "how do A and B differ", "do A and B agree", "what do A and B have in common"."""
    found = _TOGETHER.search(text)
    return [found["left"], found["right"]] if found else []


def _compare(text: str) -> list[str]:
    """The sides of "compare A with B"."""
    found = _COMPARE.search(text)
    before = text[: found.start()].split() if found else []
    if not found or (found["word"].lower() == "comparison" and len(before) > _LEADS):
        return []  # "in the comparison of A and B" says where, not what is asked
    if not found["with"]:
        return _joined(re.sub(r"^(?:how|of|between)\s+", "", found["rest"], flags=re.I), either("question.sides.joins"))
    left = _side(_BEFORE, text[: found.start()]).strip()
    if left.lower() in words("question.refers.pronouns"):
        # "What is A and how does it compare to B": the name before is the other side.
        left = next((word for word in re.findall(_WORD, text[: found.start()]) if name_by_form(word)), "")
    return [left, _side(_AFTER, found["rest"])]


def _either(text: str) -> list[str]:
    """The sides of "A or B: which …", "A against B: …", where each is a name."""
    found = _EITHER.search(text)
    sides = [found["left"], found["right"]] if found else []
    return sides if all(any(c.isupper() for c in side.split()[0]) for side in sides) else []


def _by_and_by(text: str) -> list[str]:
    """The sides of "by A and by B", each a name or a paper."""
    found = _BY_AND_BY.search(text)
    sides = [found[2], found[3]] if found else []
    return sides if all(names(f"x {s}") or has("question.nouns.one_paper", s) for s in sides) else []


def _joined(rest: str, joins: str) -> list[str]:
    """The sides at the start of `rest`: what stands before the first word that joins, and after it."""
    found = re.match(rf"([^;:?!\[\]|+]{{1,300}}?)\s+{joins}\s+(.*)", rest, re.I)
    return [*(part for part in found[1].split(",") if part.strip()), _side(_AFTER, found[2])] if found else []


def _side(phrase: re.Pattern[str], text: str) -> str:
    found = phrase.search(text) if phrase is _BEFORE else phrase.match(text)
    return found[0] if found else ""


def _are_things(sides: tuple[str, ...]) -> bool:
    first = {side.split()[0].lower() for side in sides if side}
    return (
        all(any(c.isalnum() for c in side) and len(side.split()) <= _LONGEST for side in sides)
        and len({side.casefold() for side in sides}) == len(sides)
        and not first & (words("question.sides.unnamed") | words("question.refers.demonstratives"))
    )


def _trimmed(side: str) -> str:
    return _BARE.sub("", _ARTICLE.sub("", side.strip(" \"'“”.,;:?!()"))).strip()
