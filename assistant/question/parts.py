"""The parts of a question: what each wants, and the noun it hangs on. Pure.

"What latency does X achieve, and on which board?" wants an amount (noun "latency") and a name (noun "board"). A
fragment without a verb ("X, FID with guidance?") is read by the value it names.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..language import either, pattern, words
from ..text.naming import names
from .plan import Part
from .words import asking, has, words_of

MOST = 8
_WH = either("question.asks")
_AUX = either("question.auxiliaries")
_PREPOSITION = either("question.prepositions")
_VALUES = words("question.nouns.values")
_ADJECTIVE = either("question.parts.measured")
_SPLIT = re.compile(
    rf"(?:\s*[,;]\s*(?:and|or|but)\s+|\s+and\s+|\s*;\s*)(?=(?:{_PREPOSITION}\s+)?{_WH}\b)"
    rf"|\s*,\s*(?=(?:{_PREPOSITION}\s+)?(?:what|how)\b)"
    rf"|\s*,\s*(?:and|or|but)\s+(?={either('question.opening_auxiliaries')}\s+\w)"
    r"|(?<=[?!])\s+(?=\S)",
    re.I,
)
_OPENING = re.compile(rf"^(?:(?:and|but|so|also)\s+)*(?:{_PREPOSITION}\s+)?({_WH})\b\s*", re.I)
_ANY_WH = re.compile(rf"\b({_WH})\b\s*", re.I)
_VALUES_ASKED = (
    ("factor", pattern("question.parts.factor")),
    ("percentage", pattern("question.parts.percentage_count")),
    ("percentage", re.compile(rf"\bwh(?:at|ich)\s+(?:\w+\s+)?{either('question.parts.percentage')}\b(?:\s+of)?", re.I)),
    ("number", re.compile(r"\bhow\s+many\b(?:\s+of\s+(?:the|its|their|these|those)\b)?", re.I)),
    # A noun whose size is a value: "how big is the gain".
    ("amount", re.compile(
        r"\bhow\s+\w+\s+(?:is|are|was|were)\s+(?:the|its|their)\s+(?=(?:[\w-]+\s+){0,4}?"
        rf"{either('question.nouns.changes')}\b)", re.I,
    )),
    ("amount", re.compile(rf"\bhow\s+(?:\w+ly\s+)?{_ADJECTIVE}\b", re.I)),
    ("amount", re.compile(r"\bwhat\s+(?:do|does|did|would|will)\b.{0,200}?\bcost\b", re.I)),
)  # fmt: skip
"""Ways to ask for a value, tried in this order; what is counted or measured follows."""
_COUNT = re.compile(
    rf"\b(?:(?:what|which)\s+(?:is|are|was|were)\s+the\s+)?(?:\w+\s+){{0,2}}?{either('question.nouns.counts')}", re.I
)
_EMBEDDED = re.compile(rf"\bhow\s+(?:many|{_ADJECTIVE})\b", re.I)
"""A question within the question, where that opens with another word that asks."""
_OPENS_OTHERWISE = re.compile(rf"^(?:(?:and|but)\s+)?(?:(?:who|which|what|why|where)\b|{_AUX}\s+(?!it\b))", re.I)
_CONDITION = re.compile(rf"{either('question.parts.condition')}\b", re.I)
_DEFINES = re.compile(
    rf"^(?:so\s+)?what(?:\s+is|\s+are|['’]?s)\s+(?!{either('question.parts.no_term')}\b)(?!\w+ed\b)"
    r"(?:an?\s+)?\S+(?:\s+\S+){0,3}?\s*\?*$",
    re.I,
)
_NO_DEFINITION = re.compile(r"(?:what|which)\s+(?:is|are)\s+the\b|(?:what|which)\s+are\b|what\s+is\s+an?\b", re.I)
_FRAME = re.compile(rf"(?:{_PREPOSITION}|according\s+to|regarding)\b", re.I)
"""Opens what says where or of what something is asked, and asks nothing."""
_ALSO_ASKED = re.compile(r"\s+(?:\+|plus|&)\s+")


def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of a question, in order; one at least."""
    pieces = [p.strip(" ,") for p in _SPLIT.split(text) if p and any(c.isalnum() for c in p)]
    if len(pieces) > 1 and _FRAME.match(pieces[0]) and not _ANY_WH.search(pieces[0]) and pieces[0][-1] not in "?!":
        # "In the study, how many took part" asks one thing.
        pieces[:2] = [f"{pieces[0]}, {pieces[1]}"]
    if len(pieces) == 1 and not _ANY_WH.search(text):
        halves = _ALSO_ASKED.split(pieces[0])
        if len(halves) > 1 and all(_value(half) for half in halves):
            pieces = halves
    found = [part_of(p) for p in pieces[:MOST]]
    for k, one in enumerate(found[1:], 1):
        # "How many papers …, and for how many is there full text?" counts papers both times.
        if one.wants == found[k - 1].wants == "number" and not one.noun:
            found[k] = replace(one, noun=found[k - 1].noun)
    return tuple(found) or (Part(text),)


def part_of(part: str) -> Part:
    """What one part wants."""
    wants, noun = _wanted(part)
    return Part(part, wants, noun, names(part))


def _wanted(part: str) -> tuple[str, str]:
    opens = _OPENS_OTHERWISE.match(part)
    if opens and (inner := _EMBEDDED.search(part, opens.end() + 3)):
        # "Who works out how much it costs" asks who.
        apart = part[: inner.start()].rstrip()[-1:] in ",;" and re.match(r"what\b|which\b", part, re.I)
        if not apart:
            return _by_opening(f"{part[: inner.start()]}in what way{part[inner.end() :]}")
    for wants, way in _VALUES_ASKED:
        if found := way.search(part):
            return wants, _noun(part[found.end() :])
    if has("question.parts.limits", part):
        return "limits", ""
    if _DEFINES.match(part) or (has("question.cues.define", part) and not _NO_DEFINITION.match(part)):
        return "definition", ""
    if found := _COUNT.search(part):
        return "number", _noun(part[found.end() :])
    return _by_opening(part)


def _by_opening(part: str) -> tuple[str, str]:
    """What is wanted by the word that asks; by the value named, where none does."""
    word, at = asking(part)
    if word in words("question.opening_auxiliaries"):
        return "yesno", ""
    # "Whose" further on asks nothing: "a cell whose shell is grown in place".
    opened = _OPENING.search(part[at:]) or next((w for w in _ANY_WH.finditer(part) if w[1].lower() != "whose"), None)
    if opened is None:
        return ("amount", value) if (value := _value(part)) else ("any", "")
    word, rest = opened[1].lower(), opened.string[opened.end() :]
    if word in ("who", "whom", "whose"):
        return "person", ""
    first = rest.split(" ", 1)[0].lower()
    if first in words("question.nouns.dates") or (
        word == "when" and (not _CONDITION.match(rest) or has("question.parts.of_date", rest))
    ):
        return "date", ""
    if word in ("when", "where", "why", "how"):
        return {"when": "any", "where": "place", "why": "reason", "how": "manner"}[word], ""
    return _by_noun(part, re.sub(r"^about\s+(?:its|their|the)\s+", "", rest, flags=re.I))


def _by_noun(part: str, rest: str) -> tuple[str, str]:
    """What "which" or "what" wants by the noun that follows."""
    noun, of_its_own = _noun(rest), True
    if not noun and (defined := re.match(rf"{_AUX}\s+(?:(?:the|its|their)\s+)?", rest, re.I)):
        noun = _noun(rest[defined.end() :])
        # "What is intrinsic dimension" asks what it is, "what is the dimension" for its value.
        of_its_own = bool(re.search(r"\b(?:the|its|their)\s", defined[0], re.I)) or "’s" in rest or "'s" in rest
        noun = "" if names(f"x {noun}") else noun
    first, last = (noun.lower().split() or [""])[0], (noun.lower().split() or [""])[-1]
    if first in words("question.nouns.people"):
        return "person", noun
    if first in words("question.nouns.places"):
        return "place", noun
    if of_its_own and (last.split("-")[-1] in _VALUES or _metric(last)):
        return "amount", noun
    return ("name", noun) if noun and of_its_own else ("any", noun if of_its_own else "")


def _value(text: str) -> str:
    """The value that a fragment without a word that asks names: "sample size", "FID"; "" where it names none."""
    if found := _COUNT.search(text):
        return _noun(text[found.end() :])
    run = words_of(text)
    for k, word in enumerate(run):
        if word.low in _VALUES or _metric(word.low):
            before = run[k - 1] if k and not run[k - 1].mark else None
            plain = before is not None and before.low in words("question.parts.ends") | words("question.parts.skipped")
            return word.text if before is None or plain or before.text[:1].isupper() else f"{before.text} {word.text}"
    return ""


def _metric(word: str) -> bool:
    """Whether the word is a metric with its cut-off (`MRR@10`) or a known one with a number (`F1`)."""
    return "@" in word or word.rstrip("0123456789.-") in words("question.nouns.metrics")


def _noun(rest: str) -> str:
    """The noun phrase at the start of `rest`: up to five words, ended by a verb or preposition known to end one."""
    found: list[str] = []
    for word in re.findall(r"[^\s,;:?!()\"“”]+|[,;:?!()]", rest.strip()[:300])[:9]:
        if not any(c.isalnum() for c in word) or (word.lower() in words("question.parts.ends") and not word.isupper()):
            break
        if word.lower() in words("question.parts.skipped"):
            continue
        found.append(word.removesuffix("'s").removesuffix("’s").rstrip("."))
        if len(found) == 5:
            break
    return " ".join(found)
