"""Limits that a question states: operators (`author:`, `year:`, …), phrases, excluded words, plain years.

Pure. Nothing here fails: an operator that can't be read stays what it is, words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

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
    """What `limits` found: the filters, each limit with its words, phrases, excluded words, the rest."""

    filters: Filters
    limits: tuple[Limit, ...]
    phrases: tuple[str, ...]
    excluded: tuple[str, ...]
    rest: str


def limits(text: str, ignored: Collection[str] = (), venues: Collection[str] = ()) -> Limits:
    """The limits stated in `text`, and `rest`: the text without operators and excluded words.

    Phrases stay in the rest (without their quotation marks), plain years go. A limit whose words
    are in `ignored` is read as words. Several years intersect; a reversed range is turned round. Of
    `venues`, the names of known ones, those that the text says papers are in ("in Nature") are limits.
    """
    head, tail = text[:LONGEST], text[LONGEST:]
    made: list[Limit] = []
    named: dict[str, list[str]] = {"author": [], "source": [], "tag": [], "collection": [], "venue": []}
    span: list[int | None] = [None, None]
    phrases: list[str] = []
    excluded: list[str] = []
    read: bool | None = None

    def narrow(low: int | None, high: int | None) -> None:
        if low is not None and high is not None and low > high:
            low, high = high, low
        if low is not None:
            span[0] = low if span[0] is None else max(span[0], low)
        if high is not None:
            span[1] = high if span[1] is None else min(span[1], high)

    def operator(m: re.Match[str]) -> str:
        kind = m[1].lower().rstrip("s")
        value = next(v for v in m.groups()[1:] if v is not None).strip()
        if m[0] in ignored or not value:
            return m[0]
        if kind == "year":
            years = _years(value if value.endswith("..") else value.rstrip("."))
            if years is None:
                return m[0]
            narrow(*years)
            made.append(Limit(m[0], "year", _shown(*years)))
            return " "
        value = value.rstrip(".)]")
        if not value:
            return m[0]
        named[kind].append(value)
        made.append(Limit(m[0], kind, value))
        return " "

    def phrase(m: re.Match[str]) -> str:
        words = " ".join((m[2] or m[3] or "").split())
        if m[0] in ignored or not any(c.isalnum() for c in words):
            return m[0].replace('"', " ")
        (excluded if m[1] else phrases).append(words)
        made.append(Limit(m[0], "excluded" if m[1] else "phrase", words))
        return " " if m[1] else f" {words} "

    def without(m: re.Match[str]) -> str:
        if m[0] in ignored:
            return m[0]
        excluded.append(m[1])
        made.append(Limit(m[0], "excluded", m[1]))
        return " "

    def marked(m: re.Match[str]) -> str:
        nonlocal read
        if m[0] in ignored:
            return m[0]
        read = m[1].lower() == "read"
        made.append(Limit(m[0], "is", m[1].lower()))
        return " "

    rest = _OPERATOR.sub(operator, head)
    rest = _MARK.sub(marked, rest)
    rest = _PHRASE.sub(phrase, rest)
    rest = _EXCLUDED.sub(without, rest)
    for phrase_of_years in PLAIN_YEARS if _MAY_SAY_YEARS.search(rest) else ():

        def plain(m: re.Match[str], years_of: YearsOf = phrase_of_years.years) -> str:
            words = m[0].strip()
            years = None if words in ignored else years_of(m)
            if years is None:
                return m[0]
            narrow(*years)
            made.append(Limit(words, "year", _shown(*years), plain=True))
            return " "

        if not phrase_of_years.of_work or _WORK.search(rest):
            rest = phrase_of_years.pattern.sub(plain, rest)
    if venues:
        rest = _venues_named(rest, venues, ignored, named["venue"], made)
    if made:
        rest = re.sub(r"\s+(?=[?.,;!])", "", " ".join(rest.split()))
    filters = Filters(
        year_from=span[0],
        year_to=span[1],
        authors=tuple(named["author"]),
        sources=tuple(named["source"]),
        tags=tuple(named["tag"]),
        collections=tuple(named["collection"]),
        venues=tuple(named["venue"]),
        read=read,
    )
    return Limits(filters, tuple(made), tuple(phrases), tuple(excluded), rest + tail)


def filters_of(limits: Collection[Limit]) -> Filters:
    """The filters that limits make: the years meet, and of one kind any value may match."""
    low: int | None = None
    high: int | None = None
    named: dict[str, list[str]] = {}
    read: bool | None = None
    for one in limits:
        if one.kind == "year" and (years := _years(one.value)) is not None:
            low = years[0] if low is None else max(low, years[0] or low)
            high = years[1] if high is None else min(high, years[1] or high)
        elif one.kind == "is":
            read = one.value == "read"
        elif one.kind in ("author", "source", "tag", "collection", "venue"):
            named.setdefault(f"{one.kind}s", []).append(one.value)
    return Filters(low, high, read=read, **{kind: tuple(values) for kind, values in named.items()})


def _years(value: str) -> tuple[int | None, int | None] | None:
    found = _YEARS.fullmatch(value)
    if not found or not any(found.groups()):
        return None
    low, high, sign, bound, one = found.groups()
    if one:
        return int(one), int(one)
    if bound:
        year = int(bound)
        return {"<": (None, year - 1), "<=": (None, year), ">": (year + 1, None), ">=": (year, None)}[sign]
    return (int(low) if low else None, int(high) if high else None)


def _shown(low: int | None, high: int | None) -> str:
    return str(low) if low == high else f"{low or ''}..{high or ''}"


def _venues_named(
    text: str, venues: Collection[str], ignored: Collection[str], found: list[str], made: list[Limit]
) -> str:
    """The text without the venues that it says papers are in; each is put into `found` and `made`.

    A venue is meant by its whole name, or by the short form that stands in it (NeurIPS); its first letter
    is a capital.
    """
    folded = {normalised_title(name) for name in venues}
    short = {word.casefold() for name in venues for word in re.findall(r"\w+", name) if _short_form(word)}
    at = 0
    while m := IN_VENUE.search(text, at):
        at = m.end()
        words = list(re.finditer(r"[^\s,;?!]+", text[at : at + 200]))[:_LONGEST_NAME]
        if not text[at].isupper() or not words:
            continue
        for last in reversed(words):
            name = text[at : at + last.end()].rstrip(".)")
            key = normalised_title(name)
            if key and (key in folded or (_short_form(name) and name.casefold() in short)):
                said = text[m.start() : at + len(name)]
                if said.strip() not in ignored:
                    found.append(name)
                    made.append(Limit(said.strip(), "venue", name, plain=True))
                    text = f"{text[: m.start()]} {text[at + len(name) :]}"
                    at = m.start()
                break
    return text


def _short_form(word: str) -> bool:
    return word.isalnum() and sum(c.isupper() for c in word) >= 2
