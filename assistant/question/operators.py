"""Limits that a question states: operators (`author:`, `year:`, …), phrases, excluded words, plain years.

Pure. Nothing here fails: an operator that can't be read stays what it is, words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from ..language import either
from ..papers import Filters, normalised_title
from .plan import Limit
from .years import PLAIN_YEARS, YearsOf

_LONGEST_NAME = 12
LONGEST = 20_000
"""Characters of a question that are read for limits; what follows is words."""

_VALUE = r'(?:"([^"\n]{1,200})"|“([^”\n]{1,200})”|([^\s"“”,;?!]{1,100}))'
_OPERATOR = re.compile(rf"(?<![\w:])({either('question.limits.operators')}):{_VALUE}", re.I)
_MARK = re.compile(r"(?<![\w:])is:(read|unread)\b(?!\s*:)", re.I)
_YEARS = re.compile(r"(?:(\d{4})?(?:\.\.|…|-|–)(\d{4})?|([<>]=?)(\d{4})|(\d{4}))")
_PHRASE = re.compile(r'(?<!\w)(-?)(?:"([^"\n]{1,300})"|“([^”\n]{1,300})”)(?!\w)')
_EXCLUDED = re.compile(r"(?:(?<=\s)|^)-(?=[^\W\d_])([\w][\w'-]{0,60})(?=[\s,;.?!]|$)")

_WORK = re.compile(rf"\b{either('question.limits.work')}\b", re.I)
IN_VENUE = re.compile(rf"\b(?:{either('question.limits.in_venue')}\s+)?(?:in|at|by)\s+(?:the\s+)?(?=[A-Z])", re.I)
_MAY_SAY_YEARS = re.compile(rf"\d{{4}}|{either('question.limits.year_words')}", re.I)


@dataclass(frozen=True, slots=True)
class Limits:
    """What `limits` found: each limit with its words, and the text without them."""

    limits: tuple[Limit, ...]
    rest: str

    @property
    def filters(self) -> Filters:
        """The filters that they make."""
        return filters_of(self.limits)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What is to stand word for word."""
        return _values(self.limits, "phrase")

    @property
    def excluded(self) -> tuple[str, ...]:
        """What must not stand."""
        return _values(self.limits, "excluded")


def limits(text: str, ignored: Collection[str] = (), venues: Collection[str] = ()) -> Limits:
    """The limits stated in `text`, and `rest`: the text without operators and excluded words.

    Phrases stay in the rest (without their quotation marks), plain years go. A limit whose words
    are in `ignored` is read as words. Several years intersect; a reversed range is turned round. Of
    `venues`, the names of known ones, those that the text says papers are in ("in Nature") are limits.
    """
    rest, tail = text[:LONGEST], text[LONGEST:]
    made: list[Limit] = []

    def take(pattern: re.Pattern[str], read: Callable[[re.Match[str]], Limit | None]) -> str:
        def put(m: re.Match[str]) -> str:
            one = read(m)
            if one is None or one.text in ignored:
                return m[0]
            made.append(one)
            return f" {one.value} " if one.kind == "phrase" else " "

        return pattern.sub(put, rest)

    for pattern, read in _OPERATORS:
        rest = take(pattern, read)
    for way in PLAIN_YEARS if _MAY_SAY_YEARS.search(rest) else ():
        if not way.of_work or _WORK.search(rest):
            rest = take(way.pattern, partial(_plain_years, way.years))
    if venues:
        rest = _venues_named(rest, venues, ignored, made)
    if made:
        rest = re.sub(r"\s+(?=[?.,;!])", "", " ".join(rest.split()))
    return Limits(tuple(made), rest + tail)


def filters_of(limits: Collection[Limit]) -> Filters:
    """The filters that limits make: the years meet, and of one kind any value may match."""
    years = [one.years for one in limits if one.kind == "year"]
    return Filters(
        year_from=max((low for low, _ in years if low is not None), default=None),
        year_to=min((high for _, high in years if high is not None), default=None),
        read=next((one.value == "read" for one in reversed(tuple(limits)) if one.kind == "is"), None),
        **{f"{kind}s": _values(limits, kind) for kind in ("author", "source", "tag", "collection", "venue")},
    )


def _values(limits: Collection[Limit], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.value for one in limits if one.kind == kind))


def _operator(m: re.Match[str]) -> Limit | None:
    kind = m[1].lower().rstrip("s")
    value = next(v for v in m.groups()[1:] if v is not None).strip()
    if kind != "year":
        return Limit(m[0], kind, value) if (value := value.rstrip(".)]")) else None
    found = _YEARS.fullmatch(value if value.endswith("..") else value.rstrip("."))
    if not found or not any(found.groups()):
        return None
    low, high, sign, bound, one = found.groups()
    if sign:
        year = int(bound)
        years = {"<": (None, year - 1), "<=": (None, year), ">": (year + 1, None), ">=": (year, None)}[sign]
        return _year_limit(m[0], *years)
    low, high = one or low, one or high
    return _year_limit(m[0], int(low) if low else None, int(high) if high else None)


def _phrase(m: re.Match[str]) -> Limit | None:
    value = " ".join((m[2] or m[3]).split())
    return Limit(m[0], "excluded" if m[1] else "phrase", value) if any(c.isalnum() for c in value) else None


def _plain_years(years_of: YearsOf, m: re.Match[str]) -> Limit | None:
    years = years_of(m)
    return _year_limit(m[0].strip(), *years, plain=True) if years else None


def _year_limit(text: str, low: int | None, high: int | None, plain: bool = False) -> Limit:
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Limit(text, "year", str(low) if low == high else f"{low or ''}..{high or ''}", plain, (low, high))


_OPERATORS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Limit | None]], ...] = (
    (_OPERATOR, _operator),
    (_MARK, lambda m: Limit(m[0], "is", m[1].lower())),
    (_PHRASE, _phrase),
    (_EXCLUDED, lambda m: Limit(m[0], "excluded", m[1])),
)
"""Ways to write a limit, tried in this order; what one matched is gone for the next."""


def _venues_named(text: str, venues: Collection[str], ignored: Collection[str], made: list[Limit]) -> str:
    """The text without the venues that it says papers are in; each is put into `made`.

    A venue is meant by its whole name, or by the short form that stands in it (NeurIPS); its first letter
    is a capital.
    """
    folded = {normalised_title(name) for name in venues} - {""}
    short = {word.casefold() for name in venues for word in re.findall(r"\w+", name) if _short_form(word)}
    at = 0
    while m := IN_VENUE.search(text, at):
        at = m.end()
        ends = [at + word.end() for word in re.finditer(r"[^\s,;?!]+", text[at : at + 200])][:_LONGEST_NAME]
        names = [text[at:end].rstrip(".)") for end in reversed(ends) if text[at].isupper()]
        known = (n for n in names if normalised_title(n) in folded or (_short_form(n) and n.casefold() in short))
        name = next(known, "")
        said = text[m.start() : at + len(name)].strip()
        if name and said not in ignored:
            made.append(Limit(said, "venue", name, plain=True))
            text = f"{text[: m.start()]} {text[at + len(name) :]}"
            at = m.start()
    return text


def _short_form(word: str) -> bool:
    return word.isalnum() and sum(c.isupper() for c in word) >= 2
