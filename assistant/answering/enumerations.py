"""Lists that a paper's sentence begins and later ones go on with, so that no answer ends in the middle of one. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..evidence import Evidence

_AHEAD = 3
"""Sentences from one item to the next at most."""
_MARK = re.compile(r"(?:(?<=[\s:;,])|^)\(?(\d|i{1,3}|iv|v|[a-e])\)\s*(?=[\w“\"])", re.I)
_NUMBERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_FIRST = re.compile(
    r"^(?:the\s+first\b(?!\s+time)|first(?:ly)?,|(?:in|at|during)\s+(?:the|a)\s+first\s+(?:stage|step|phase|part)\b)",
    re.I,
)
_ANNOUNCES = re.compile(
    r"\b(?:two|three|four|five|[2-5])\s+(?:[\w-]+\s+){0,2}(?:steps|stages|phases|parts|components|modules|levels|ways|tasks)\b",
    re.I,
)
"""Says how many things are told next."""
_LAST = re.compile(r"^(?:finally|lastly|last)\b", re.I)
_AT_HEAD = r"^(?:(?:the\s+|a\s+)?{0}\b|{0}ly\b)|\b(?:a|the)\s+{0}\b"
_CANNOT_END = re.compile(
    r"(?:\b(?:following|namely|including|such\s+as|includes?|are|is|as|of|to|with|and|or)|[,;(])$", re.I
)
_SHORTEST = 5


def goes_on(e: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The later sentences that hold the rest of the list which `e` begins, in order; none where it begins none."""
    after = sorted(
        (o for o in evidence if (o.field, o.page) == (e.field, e.page) and o.start >= e.end), key=lambda o: o.start
    )
    if _ANNOUNCES.search(e.text) and after and _FIRST.match(after[0].text):
        return [after[0], *goes_on(after[0], evidence)]
    last = _last_item(e.text)
    by_word = not last and _FIRST.match(e.text) is not None
    if not last and not by_word:
        return []
    found: list[Evidence] = []
    number, at = last or 1, 0
    while number < len(_ORDINALS) or last:
        ahead = after[at : at + _AHEAD]
        k = next((i for i, o in enumerate(ahead) if _is_item(o.text, number + 1, by_word)), None)
        if k is None:
            break
        found.append(ahead[k])
        number, at = max(number + 1, _last_item(ahead[k].text)), at + k + 1
    return found


def head_alone(text: str) -> str:
    """The sentence without the first item of a list that it ends in; "" where it can't end there."""
    marks = list(_MARK.finditer(text))
    if len(marks) != 1 or _number(marks[0][1]) != 1:
        return ""
    head = text[: marks[0].start()].rstrip(" :;,–—-")
    if len(head.split()) < _SHORTEST or _CANNOT_END.search(head) or re.search(r"\bfollowing\b", head, re.I):
        return ""
    return f"{head}."


def mark(text: str) -> str:
    """The mark that a list's item begins with, as "(2)"; "" for none."""
    found = _MARK.match(text)
    return f"({found[1]})" if found else ""


def _last_item(text: str) -> int:
    """The number of the last item of a list that the sentence begins; 0 where it begins none."""
    numbers = [_number(m[1]) for m in _MARK.finditer(text)]
    return numbers[-1] if numbers and numbers[0] == 1 and numbers == list(range(1, len(numbers) + 1)) else 0


def _is_item(text: str, number: int, by_word: bool) -> bool:
    if by_word:
        ordinal = number <= len(_ORDINALS) and re.search(_AT_HEAD.format(_ORDINALS[number - 1]), text, re.I)
        return bool(ordinal or _LAST.match(text))
    found = _MARK.match(text)
    return found is not None and _number(found[1]) == number


def _number(mark: str) -> int:
    return int(mark) if mark.isdigit() else _NUMBERS[mark.lower()]
