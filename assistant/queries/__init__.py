"""What was asked: limits, the kind of question, what each part asks for, names, the sides of a comparison.

Pure. Every string is a question; nothing here fails.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from ..papers import Filters
from ..text import terms
from ..text.naming import name_by_form as name_by_form
from ..text.naming import names as names
from .aspects import aspects_of
from .kinds import compared, kind_of, negated, without_furniture
from .measures import ADJECTIVES, measure_of
from .operators import Limit, limits

KINDS = ("fact", "howto", "list", "compare", "summary", "library", "greeting", "empty")
WANTS = (
    "number",
    "percentage",
    "factor",
    "amount",
    "name",
    "person",
    "date",
    "place",
    "yesno",
    "manner",
    "reason",
    "any",
)

_PAPERS = frozenset(terms("paper papers work study article publication preprint author approach method system library"))
_LONGEST = 4_000
"""Characters that are parsed for parts and names; a longer question is searched whole all the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a question asks: its words, the type of answer wanted, and the noun it hangs on.

    `focus` is the noun phrase after "how many", "which", "what" ("German personal name compounds");
    empty where there is none. `names` are the names in this part.
    """

    text: str
    wants: str
    focus: str = ""
    names: tuple[str, ...] = ()
    measure: str = ""
    """What "how fast", "how large" … asks for; see `measures`."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read. `search_text` is `text` without limits and without question furniture."""

    text: str
    search_text: str
    filters: Filters = field(default_factory=Filters)
    limits: tuple[Limit, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    kind: str = "fact"
    asks: tuple[Asked, ...] = ()
    sides: tuple[str, ...] = ()
    """The two or more things compared, as written."""
    names: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    """What a question over several things asks about, as texts to search for beside the whole."""
    lacking: str = ""
    """What the papers of a list must be without; also among `excluded` where the question names a topic besides."""

    @property
    def wants(self) -> tuple[str, ...]:
        """The types of answer wanted, one for each part."""
        return tuple(a.wants for a in self.asks)


def read_question(text: str, *, ignored: Collection[str] = ()) -> Question:
    """The question in `text`. `ignored` are words of limits (`Limit.text`) that the asker took off again."""
    found = limits(text, ignored)
    rest = found.rest
    head = _SLIP.sub(lambda m: _MEANT[m[0].lower()], " ".join(_clean(rest[:_LONGEST]).split()))
    head = _THEN.sub("than", _DOSE.sub(r"\1does", head))
    kind = kind_of(head)
    sides = compared(head)
    if sides and kind in ("fact", "howto", "list"):
        kind = "compare"
    lacking, topic = negated(head) if kind == "list" else ("", head)
    excluded = found.excluded
    if lacking and set(terms(without_furniture(topic))) - _PAPERS:
        excluded, head = (*excluded, lacking), " ".join(topic.split())
    search_text = without_furniture(head) if len(rest) <= _LONGEST else _clean(rest)
    return Question(
        text=text,
        search_text=search_text,
        filters=found.filters,
        limits=found.limits,
        phrases=found.phrases,
        excluded=excluded,
        kind=kind,
        asks=_asks(head),
        sides=sides,
        names=names(head),
        aspects=aspects_of(head) if len(rest) <= _LONGEST else (),
        lacking=lacking,
    )


_MEANT = {
    slip: word
    for word, slips in {
        "which": "wich whcih whihc wihch whitch hwich whick", "what": "waht wath hwat whta whath", "how": "hwo hoow",
        "when": "wehn whne hwen", "where": "wher whree wehre hwere", "who": "woh",
    }.items()
    for slip in slips.split()
}
"""Slips in the word that asks, by which the kind of a question is told."""
_DOSE = re.compile(r"^((?:[Hh]ow|[Ww]hy|[Ww]here|[Ww]hen)\s+|[Ww]hat\s+(?=dose\s+[A-Z]))dose\b")
_THEN = re.compile(
    r"(?:(?<=\bbetter\s)|(?<=\bworse\s)|(?<=\bfaster\s)|(?<=\bslower\s)|(?<=\blarger\s)|(?<=\bsmaller\s)"
    r"|(?<=\bhigher\s)|(?<=\blower\s)|(?<=\bmore\s)|(?<=\bless\s))then\b", re.I
)
"""A slip for "than"."""
_SLIP = re.compile(rf"^(?:{'|'.join(_MEANT)})\b", re.I)


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() and c not in "¿¡" else " " for c in text)


# --------------------------------------------------------------------------- parts, and what each wants

_WH = r"(?:which|what|how|who|whom|whose|when|where|why)"
_PREPOSITION = r"(?:by|to|on|in|with|for|from|at|of|under|over|into|against|through)"
_SPLIT = re.compile(
    rf"(?:\s*[,;]\s*(?:and|or|but)\s+|\s+and\s+|\s*;\s*)(?=(?:{_PREPOSITION}\s+)?{_WH}\b)"
    rf"|\s*,\s*(?=(?:{_PREPOSITION}\s+)?(?:what|how)\b)"
    r"|\s*,\s*(?:and|or|but)\s+(?=(?:is|are|was|were|do|does|did|can|could|has|have|should)\s+\w)"
    r"|(?<=[?!])\s+(?=\S)",
    re.I,
)
_FRAMES = re.compile(
    rf"(?:with|by|in|for|on|from|under|at|within|among|according\s+to|regarding)\b(?!.*\b{_WH}\b)[^?!]*", re.I
)
"""What stands before a question and says where or of what it is asked."""
_AUX = r"(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|might|must|be|been|being)"
_FOCUS_END = re.compile(
    rf"(?:{_AUX}|of|in|on|for|to|that|which|who|with|from|by|at|as|per|among|across|over|between|during|within|against|and|or|when|where|than|it|they|its|their"
    rf"|this|these|those|he|she|we|you|i|"
    r"used|given|reported|proposed|based|called|named|achieve[sd]?|reach(?:es|ed)?|need(?:s|ed)?|ha[sd]|use[sd]?)$",
    re.I,
)
_CONDITION = re.compile(
    r"(?:is|are|do|does|can|should|must|may|might|would|to)\b(?!.*\b(?:publish\w*|releas\w*|appear\w*|dated?|from|held)\b)",
    re.I,
)
"""What follows "when" where it asks under what condition and not for a date."""
_KIND_OF = re.compile(
    r"^(?:(?:typical|main|different|distinct|new|exact|particular|specific|common)\s+)*(?:kinds?|types?|sorts?"
    r"|forms?|variet(?:y|ies)|numbers?|names?|amounts?)\s+of\s+",
    re.I,
)
_OPENING = re.compile(rf"^(?:and\s+|but\s+|so\s+|also\s+)*(?:{_PREPOSITION}\s+)?({_WH})\b\s*", re.I)
_OF_CHANGE = (
    "gains?|improvements?|increases?|drops?|reductions?|differences?|gaps?|effects?|errors?|shares?|rates?|scores?|accuracy"
    "|correlations?|advantages?|speed-?ups?|boosts?|decreases?"
)
_HOW_BIG = re.compile(
    r"\bhow\s+(?:big|large|small|high|low|great|strong)\s+(?:is|are|was|were)\s+(?:the|its|their)\s+"
    rf"(?=(?:[\w-]+\s+){{0,4}}?(?:{_OF_CHANGE})\b)", re.I
)
"""A noun whose size is a value: "how big is the gain"."""
_UNITS = (
    "speedup speed-up acceleration latency throughput runtime time duration memory size scale length width depth "
    "cost price fee budget salary wage income score "
    "scores accuracy precision recall perplexity error loss rate rates ratio correlation coefficient temperature "
    "threshold gain improvement "
    "increase decrease reduction dimension dimensions dimensionality bleu rouge f1 auc auroc rmse mae mse ndcg mrr "
    "map wer "
    "resolution frequency power energy age dose sensitivity specificity complexity kappa variance value values "
    "percentage percent share "
    "proportion fraction number amount quantity count total average mean median"
)
MEASURES = frozenset(_UNITS.split())
"""Nouns whose value is a number: "what latency" asks for one."""


def _asks(text: str) -> tuple[Asked, ...]:
    """The parts of a question, in order; one part at least."""
    parts = [p.strip() for p in _SPLIT.split(text) if p and any(c.isalnum() for c in p)]
    if len(parts) > 1 and _FRAMES.fullmatch(parts[0]):
        # "In the study, how many took part" asks one thing.
        parts[:2] = [f"{parts[0]}, {parts[1]}"]
    found = [_asked(p) for p in parts[:8]]
    for k, one in enumerate(found[1:], 1):
        # "How many papers …, and for how many is there full text?" counts papers both times.
        if one.wants == found[k - 1].wants == "number" and not one.focus:
            found[k] = replace(one, focus=found[k - 1].focus)
    return tuple(found) or (Asked(text, "any"),)


def _asked(part: str) -> Asked:
    own = names(part)
    if opens := _OPENS_OTHERWISE.match(part):
        # "Who works out how much it costs" asks who.
        how = part[opens.end() :]
        return replace(_asked(f"{opens[0]}{_EMBEDDED.sub('in what way', how)}"), text=part)
    if found := re.search(
        r"\bhow\s+many\s+times\s+(?:as|more|faster|larger|smaller|better|less|slower|easier|cheaper)\b"
        r"|\b(?:by\s+)?what\s+factor\b|"
        r"\b(?:what|which)\s+(?:\w+\s+)?speed-?up\b|\bhow\s+much\s+(?:faster|easier|slower|cheaper)\b",
        part,
        re.I,
    ):
        return Asked(part, "factor", _focus(part[found.end() :]) if "many times" not in found[0].lower() else "", own)
    if re.search(
        r"\b(?:what|which)\s+(?:\w+\s+)?(?:share|percentage|percent|proportion|fraction)\b"
        r"|\bhow\s+many\s+(?:percent|percentage\s+points|points)\b",
        part,
        re.I,
    ):
        found = re.search(r"\b(?:share|percentage|percent|proportion|fraction|points)\b(?:\s+of)?", part, re.I)
        return Asked(part, "percentage", _focus(part[found.end() :]) if found else "", own)
    if found := re.search(r"\bhow\s+many\b", part, re.I):
        counted = re.sub(r"^\s+of\s+(?:the|its|their|these|those)\s+", " ", part[found.end() :], flags=re.I)
        return Asked(part, "number", _counted(_focus(counted)), own)
    if found := _HOW_BIG.search(part):
        return Asked(part, "amount", _focus(part[found.end() :]), own)
    if found := re.search(
        rf"\bhow\s+(?:\w+ly\s+)?(much|high|low|strong|{ADJECTIVES})\b",
        part,
        re.I,
    ):
        focus = _focus(part[found.end() :]) if found[1].lower() == "much" else ""
        return Asked(part, "amount", focus, own, measure_of(part))
    if measure_of(part) == "price":
        return Asked(part, "amount", "", own, "price")
    if found := re.search(
        r"\b(?:what|which)\s+(?:is|are|was|were)\s+the\s+(?:\w+\s+){0,3}?(?:number|amount|size|count)\s+of\b",
        part,
        re.I,
    ):
        return Asked(part, "number", _focus(part[found.end() :]), own)
    opened = _OPENING.search(part) or re.search(rf"\b({_WH})\b\s*", part, re.I)
    if opened is None:
        if re.match(rf"{_AUX}\b", part, re.I):
            return Asked(part, "yesno", "", own)
        return Asked(part, "any", "", own)
    word, rest = opened[1].lower(), part[opened.end() :]
    if re.match(rf"{_AUX}\b", part, re.I) and opened.start() > 0:
        return Asked(part, "yesno", "", own)
    if word in ("who", "whom", "whose"):
        return Asked(part, "person", "", own)
    if (word == "when" and not _CONDITION.match(rest)) or re.match(r"(?:year|date|month|day)\b", rest, re.I):
        return Asked(part, "date", "", own)
    if word == "when":
        return Asked(part, "any", "", own)
    if word == "where":
        return Asked(part, "place", "", own)
    if word == "why":
        return Asked(part, "reason", "", own)
    if word == "how":
        return Asked(part, "manner", "", own)
    rest = re.sub(r"^about\s+(?:its|their|the)\s+", "", rest, flags=re.I)
    focus = _focus(rest)
    of_its_own = True
    if not focus and (defined := re.match(rf"{_AUX}\s+(?:the\s+|its\s+|their\s+)?", rest, re.I)):
        focus = _focus(rest[defined.end() :])
        # "What is intrinsic dimension" asks what it is, "what is the dimension" for its value.
        of_its_own = bool(re.search(r"\b(?:the|its|their)\s", defined[0], re.I)) or "’s" in rest or "'s" in rest
        focus = "" if names(f"x {focus}") else focus
    if re.match(r"(?:author|researcher|people|person|team|group)s?\b", focus, re.I):
        return Asked(part, "person", focus, own)
    if re.match(r"(?:country|city|place|university|institution|hospital|region)s?\b", focus, re.I):
        return Asked(part, "place", focus, own)
    words = re.findall(r"[\w@.+-]+", focus.lower())
    if re.match(r"loss(?:es)?\s+(?:and|functions?|terms?)\b", rest, re.I):
        return Asked(part, "name", focus, own)
    if words and of_its_own and (words[-1].split("-")[-1] in MEASURES or _metric(words[-1])):
        return Asked(part, "amount", focus, own)
    return Asked(part, "name" if focus and of_its_own else "any", focus if of_its_own else "", own)


_EMBEDDED = re.compile(rf"\bhow\s+(?:much|many|{ADJECTIVES})\b", re.I)
"""A question within the question, where that opens with another word that asks."""
_OPENS_OTHERWISE = re.compile(
    rf"^(?:and\s+|but\s+)?(?:(?:who|which|what|why|where)\b|{_AUX}\s+(?!it\b))(?=.{{3,}}?\s{_EMBEDDED.pattern})", re.I
)


def _counted(focus: str) -> str:
    """The noun phrase counted, ended by its plural: "nurses took part" → "nurses"; "" where it opens with a verb, so
    that what is counted was named before: "and how many remained after it"."""
    words = focus.split()
    if _VERB_FIRST.match(focus):
        return ""
    for k, word in enumerate(words[:-1]):
        if _PLURAL.fullmatch(word) and not _PLURAL.fullmatch(words[k + 1]):
            return " ".join(words[: k + 1])
    return focus


_PLURAL = re.compile(r"\w{2,}[^\Wsui]s|\w+ies|people|men|women|children|data", re.I)


_VERB_FIRST = re.compile(
    r"(?:remain\w*|were|left|\w{2,}[^e\W]ed)(?:$|\s+(?:after|before|in|on|at|by|to|from|with|for|out|as|through|under|over)\b)",
    re.I,
)


def _metric(word: str) -> bool:
    """Whether the word is a metric with its cut-off (`MRR@10`) or a known one with a number (`F1`)."""
    return "@" in word or word.rstrip("0123456789.-") in (
        "bleu",
        "rouge",
        "ndcg",
        "recall",
        "precision",
        "hits",
        "hit",
        "map",
        "top",
    )


def _focus(rest: str) -> str:
    """The noun phrase at the start of `rest`: up to five words, ended by a verb or preposition known to end one."""
    rest = _KIND_OF.sub("", rest.strip())
    found: list[str] = []
    for word in re.findall(r"[^\s,;:?!()\"“”]+|[,;:?!()]", rest)[:9]:
        if not any(c.isalnum() for c in word) or (_FOCUS_END.fullmatch(word) and not word.isupper()):
            break
        if word.lower() in ("the", "a", "an", "other", "different", "such"):
            continue
        found.append(word.removesuffix("'s").removesuffix("’s").rstrip("."))
        if len(found) == 5:
            break
    return " ".join(found)
