"""The hard facts of a claim that no source holds: numbers with units, counts of what is cited, names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import combinations
from unicodedata import combining, normalize

from .. import language
from ..text.naming import holds_name, name_by_form, names
from ..text.quantities import Quantity, quantities, same_value
from ..text.stemming import stem
from .wording import exchanges, verbatim_share, wording

_SMALL = 12
"""Up to here a number without a unit may be the sentence's own count."""
_POINT = re.compile(r"(?<=\d)·(?=\d)")
_HYPHEN = re.compile(r"(?<=\d)[-‐‑–](?=[a-z]{3}|\s(?:to|or|and)\s\d)")
"""The hyphen of "4-week" and "3- to 4-week", which is a space in "4 weeks"."""
_SPREAD = re.compile(r"\s?±\s?\d+(?:\.\d+)?")
_JOINED = re.compile(
    r"/|(?<=[a-z]{3})[-–](?=[A-Z][a-z])|(?<=\w{3})[-–](?=[a-z]{4,}|[a-z]+\d)|(?<=\w)–(?=[A-Z])|(?<=[A-Z]{4})-(?=[A-Z]{4})"
)
"""Between names that are joined: "PaO2/FIO2", "cyclin-Cdk", "CH6-directed", "NMDAR–AMPAR"."""
_STRAY = re.compile(r"\s?[¨¯´¸˘˙˚˛˜˝ˇˆ](?=\w)|[¨¯´¸˘˙˚˛˜˝ˇˆ]")
"""An accent that a PDF has beside its letter in place of on it."""
_WORD_BEFORE = re.compile(r"[a-z]{4,}[A-Z]*s?")
_TOLERANCE = 0.06
"""How far "about 40" may lie from the source's number; a bound ("more than 40") may lie four times as far."""


def missing_numbers(claim: str, text: str, nearest: str, cited: int) -> list[str]:
    """The numbers of the claim that the text does not hold, as they stand in the claim.

    `nearest` is the sentence of the text that is nearest to the claim, `cited` the number of papers cited.
    """
    typed = claim
    claim, text = (_HYPHEN.sub(" ", _POINT.sub(".", one)) for one in (claim, text))
    have = [*quantities(text), *quantities(_SPREAD.sub("", text))]
    percents = any(h.unit == "%" for h in have)
    shares = [m.span() for m in _shares().finditer(claim)]
    out = []
    for q in quantities(claim):
        if (q.word and q.value <= 1) or claim[: q.start].lower().endswith("half a "):
            continue
        if counts_citations(claim, q):
            if q.value > cited and not any(same(q, h) for h in have):
                out.append(typed[q.start : q.end])
        elif any(same(q, h) or _rounded(claim, q, h) or _unit_in_short(q, h, text) for h in have) or (
            (percents and any(a <= q.start < b for a, b in shares)) or _worked_out(claim, q, quantities(text))
        ):
            continue
        elif not own_count(q) or _other_number(claim, q, text, have):
            out.append(typed[q.start : q.end])
    return out or _missing_shares(claim, text, have) or _exchanged_numbers(claim, nearest)


def same(a: Quantity, b: Quantity) -> bool:
    """Whether a claim's quantity is the source's: "5" may stand for "5 %", but "5 points" and "5 ms" are no "5 %"."""
    return same_value(a.value, b.value) and a.unit in ("", b.unit)


@cache
def _shares() -> re.Pattern[str]:
    """ "A fifth of", "two thirds of", "three in five", "nine out of ten"."""
    parts = "|".join(language.table("checking.fractions"))
    return re.compile(rf"\b(\w+)[\s-](?:({parts})s?\s+of\b|(?:in|out\s+of)\s+(?:every\s+)?(\w+))", re.I)


def _missing_shares(claim: str, text: str, have: list[Quantity]) -> list[str]:
    """The shares of a hundred in words ("a fifth of", "three in five") that no percentage of the text is near to."""
    percents = [h.value for h in have if h.unit == "%"]
    out = []
    for m in _shares().finditer(claim) if percents else ():
        of = [q.value for word in (m[1], m[3] or "") for q in quantities(word)[:1]]
        part = language.listed(f"checking.fractions.{m[2].lower()}")[0] if m[2] else ""
        share = float(part) * (of[0] if of else 1) if part else 100 * of[0] / of[1] if len(of) == 2 and of[1] else 0.0
        if 0 < share <= 100 and m[0].lower() not in text.lower() and all(abs(share - p) > share / 6 for p in percents):
            out.append(m[0])
    return out


def own_count(q: Quantity) -> bool:
    """Whether the number may be the sentence's own count of things ("three methods")."""
    return not q.unit and float(q.value).is_integer() and 2 <= q.value <= _SMALL and "." not in q.text


def counts_citations(claim: str, q: Quantity) -> bool:
    """Whether the number counts papers."""
    after = wording(claim[q.end : q.end + 60]).words[:3]
    things = language.words("checking.cited_things")
    return own_count(q) and any(w in things for w in after)


@cache
def _before(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){language.either(f'checking.{kind}')}\s*(?:an?\s+|the\s+)?[$€£]?$", re.I)


def _rounded(claim: str, q: Quantity, held: Quantity) -> bool:
    """Whether the claim says that its number is rounded, or a bound, and the source's agrees."""
    if q.unit != held.unit and not (not q.unit and q.word):
        return False
    before, size = claim[max(0, q.start - 24) : q.start], max(abs(q.value), abs(held.value))
    off = (held.value - q.value) / size if size else 0.0
    # "About 83 % of these and 85 % of those" rounds both.
    said = re.search(rf"(?<!\w){language.either('checking.about')}\s*\d", claim[: q.start], re.I)
    if _before("about").search(before) or (said and abs(off) <= _TOLERANCE / 4):
        return abs(off) <= _TOLERANCE
    if _before("at_least").search(before):
        return 0 <= off <= 4 * _TOLERANCE
    return bool(_before("at_most").search(before)) and -4 * _TOLERANCE <= off <= 0


def _worked_out(claim: str, q: Quantity, have: Sequence[Quantity]) -> bool:
    """Whether the number follows from the text's: a sum, a difference, a product of small ones, what a share leaves."""
    before = claim[max(0, q.start - 24) : q.start]
    if q.unit == "times":
        pairs = [(a.value, b.value) for a, b in combinations(have, 2) if a.unit == b.unit and a.value * b.value > 0]
        ratios = [max(a / b, b / a) / q.value for a, b in pairs]
        most = 2.0 if _before("at_least").search(before) else 1 + 2 * _TOLERANCE
        return any(1 - 2 * _TOLERANCE <= r <= most for r in ratios)
    values = [h.value for h in have if h.unit == q.unit]
    made = [c for a, b in combinations(values, 2) for c in (a + b, abs(a - b))]
    made += [sum(values[k : k + 3]) for k in range(len(values) - 2)]
    near = _TOLERANCE * abs(q.value) if _before("about").search(before) else 1e-9
    if q.unit == "%":
        whole = [h.value for h in have if not h.unit and h.value > 0]
        made += [100 - a for a in values]
        if any(abs(100 * a / b - q.value) <= max(near, 0.5) for a in whole for b in whole if a < b):
            return True
    elif not q.unit:
        small = [v for v in values if 2 <= v <= _SMALL and v.is_integer()]
        made += [a * b for a, b in combinations(small, 2)] + [a - 1 for a in values]
        made += [h.value / 100 * a for h in have if h.unit == "%" for a in values] if near > 1e-6 else []
    return any(abs(c - q.value) <= near for c in made)


def _unit_in_short(q: Quantity, held: Quantity, text: str) -> bool:
    """Whether the source has the number with a unit that begins like the claim's ("6 mo", "30-year")."""
    after = re.match(r"[-\s]?([a-z]+)", text[held.end : held.end + 12])
    return bool(q.unit and not held.unit and after and same_value(q.value, held.value) and q.unit.startswith(after[1]))


def _other_number(claim: str, q: Quantity, text: str, have: list[Quantity]) -> bool:
    """Whether the text counts the same things and comes to another number."""
    mine = wording(claim[q.end : q.end + 60]).stems[:2]
    return bool(mine) and any(
        not h.unit and not same_value(h.value, q.value)
        and any(s in mine and len(s) > 2 for s in wording(text[h.end : h.end + 60]).stems[:2])
        for h in have
    )


def _exchanged_numbers(claim: str, source: str) -> list[str]:
    """Numbers of the claim that stand where the source has another one, the words round them being the same."""
    out = []
    for mine, theirs in exchanges(claim, source) if verbatim_share(claim, source) >= 0.5 else ():
        if len(mine) == len(theirs) == 1:
            one, two = quantities(mine[0]), quantities(theirs[0])
            if one and two and not same_value(one[0].value, two[0].value):
                out.append(mine[0])
    return out


def missing_names(claim: str, paper: str) -> list[str]:
    """The names of the claim that stand nowhere in the papers it cites, in any spelling or spelt out."""
    bare = _bare(paper)
    claim, paper = (normalize("NFKC", text) for text in (claim, paper))  # "Met¹⁴⁹" is "Met149"
    held = wording(paper).kept

    def holds(name: str) -> bool:
        return any(holds_name(paper, one) or holds_name(bare, _bare(one)) for one in (name, name.removesuffix("s")))

    out = []
    # The first word counts if it is a name by its form.
    for name in names(f"x {claim}" if name_by_form((claim.split() or [""])[0]) else claim):
        parts = [p for p in name.split() if not p[:1].isdigit()]
        if re.fullmatch(r"[a-zµ][A-Z]", name) or holds_name(paper, re.sub(r"-[a-z]{3,}$", "", name)):
            continue  # a unit (mV), or a name with a word added to it ("IL-10-deficient")
        # A plain word in front of a name ("microRNAs miR-142-5p") is no part of it.
        own = [p for p in parts if not _WORD_BEFORE.fullmatch(p)] or parts
        if all(holds(piece) for p in own for piece in _JOINED.split(p)):
            continue
        ordinary = not any(name_by_form(p) for p in parts)
        if ordinary and all(stem(w) in held for w in wording(name).words):
            continue
        after = re.search(rf"{re.escape(name)} ([a-z]{{4,}})", claim)
        if after and re.search(rf"\b{re.escape(name[0])}\. {after[1]}", paper):
            continue  # a genus: "P. aeruginosa"
        out.append(name)
    return out


@lru_cache(maxsize=4096)
def _bare(text: str) -> str:
    """The text without accents, those beside their letters too."""
    return "".join(c for c in normalize("NFKD", _STRAY.sub("", text)) if not combining(c))


def is_soft(name: str) -> bool:
    """Whether something missing is a name by its capitals alone: who reads may know it in other words."""
    words = name.split()
    return bool(words) and all(w[:1].isupper() and not name_by_form(w) and not quantities(w) for w in words)
