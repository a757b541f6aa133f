"""What a question holds against what ("does A outperform B?"), and whether a sentence tells of the two. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..papers import Paper
from ..text import terms
from ..text.naming import holds_name, names, same_name
from .sides import own_name, owns

_AUX = r"(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had)"
_BEATS = (
    r"(?:outperform|outdo|beat|surpass|exceed|defeat|outrank|improve\s+(?:up)?on|win\s+against|do\s+better\s+than"
    r"|work\s+better\s+than|perform\s+better\s+than)\w*"
)
_MORE = (
    r"(?:(?:\w+ly\s+)?(?:(?:better|worse|fewer|more|less)(?:\s+[\w-]+){0,3}|\w{2,}er)\s+than|superior\s+to|inferior\s+to"
    r"|(?:preferred|liked\s+better)\s+(?:over|to|than))"
)
_ASKS = re.compile(rf"^{_AUX}\s+(?P<one>.{{1,120}}?)\s+(?:{_BEATS}|{_MORE})\s+(?P<other>.{{1,120}})$", re.I)
_TAIL = re.compile(r"\s+(?:on|at|for|in|when|with|under|by|during|across|if|as|because|after|to)\s.*$", re.I)
_NOT_ONE_THING = re.compile(
    r"(?:the\s+)?(?:other|others|existing|previous|prior|earlier|past|traditional|conventional|standard|common|usual|competing"
    r"|alternative|similar|related|state[-\s]of[-\s]the[-\s]art|all|most|many|any|the\s+rest|baselines?|rivals?|competitors?"
    r"|chance|random|before|humans?|people|expected|it|them|that|this|those|these|current|known|strong|best|larger|smaller)\b",
    re.I,
)
_TELLS = re.compile(
    r"\b(?:better|worse|best|\w{2,}er\s+than|more|less|fewer|superior\w*|inferior\w*|outperform\w*|surpass\w*|exceed\w*|beats?"
    r"|improv\w*|reduc\w*|increas\w*|advantage\w*|on\s+par|comparable|compar\w+|than|prefer\w*|over|versus|vs\.?|against"
    r"|competitive|matches|higher|lower|faster|slower)(?!\w)", re.I,
)


def rivals(text: str) -> tuple[str, str] | None:
    """The two things that a question holds against each other, as written; None where it names no two.

    "Existing methods", "chance" and the like are no one thing: any finding tells of them.
    """
    asked = _ASKS.match(" ".join(text.split()).rstrip("?!. "))
    if asked is None:
        return None
    other = _TAIL.sub("", re.sub(r"^(?:an?|the)\s+", "", asked["other"].strip(), flags=re.I))
    one = re.sub(r"^(?:an?|the)\s+", "", asked["one"].strip(), flags=re.I)
    return None if not terms(other) or not terms(one) or _NOT_ONE_THING.match(other) else (one, other)


def tells_of_both(one: str, other: str, paper: Paper, sentences: Sequence[str]) -> bool:
    """Whether a sentence of the paper rates `one` against `other`; it need not repeat what is the paper's own."""
    own = any(owns(paper, n) or same_name(n, own_name(paper)) for n in names(f"x {one}"))
    return any(_TELLS.search(s) and _holds(other, s) and (own or _holds(one, s)) for s in sentences)


def _holds(thing: str, sentence: str) -> bool:
    """Whether the sentence holds every name in a thing, or most of its words where it has none."""
    called = names(f"x {thing}")
    if called:
        return all(holds_name(sentence, n) for n in called)
    wanted = set(terms(thing))
    return 2 * len(wanted & set(terms(sentence))) > len(wanted)
