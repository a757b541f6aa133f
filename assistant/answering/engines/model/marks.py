"""The marks by which a model cites in its text, in every usual form, and the text without them.

`[3.7]`, `[3.7, 4.1]`, `[3.7-3.9]`, `[3]`, 【3.7†source】, `[^3]`, `(evidence 3.7)`, `(3.7)` at the end, `<sup>3</sup>`,
`<evidence n="3">`, superscripts, `\\cite{key}`, `(Okafor et al., 2023)`. A number that was never shown is no mark of
ours unless it stands as one: `[0, 1]` and `[2019]` are text and stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ....language import either
from ....papers import surname
from ....text import folded
from .pack import Pack

_OPEN, _CLOSE = r"[\[［【〔]", r"[\]］】〕]"
_ONE = r"(?<![\d.])[1-9１-９]\d{0,2}(?:[.:]\d{1,5})?(?![\d%])"
_DASH = r"\s*[-‐‑–—−]\s*"
_BETWEEN = r"\s*(?:[,;，、]|and|&|\s)\s*"
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SENTENCE = re.compile(r"(\d+)\s*,?\s*sentence\s*#?(\d+)", re.I)
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d[a-z]?\b")
_CITE = re.compile(r"~?\\[cC]ite[a-z]*\*?(?:\[[^\]]*\])*\{([^{}]*)\}")
_NAME = r"[^\W\d_][\w'’-]+"
_NARRATIVE = re.compile(rf"({_NAME})(?:\s+(?:et\s+al\.?,?|(?:and|&)\s+{_NAME}))?\s*\((?:1[89]|20)\d\d[a-z]?\)")
_ROUND = re.compile(r"\(([^()]{4,200})\)|\[([^\[\]]{4,200})\]")
_TIDY_SPACE = re.compile(r"(?<=\S)\s+(?=[.!?;:,](?:\s|$|[\"'”’)]))")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its marks, the ids it cites that were shown, and what it cites that was not."""

    text: str
    cites: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_marks(text: str, pack: Pack, keys: dict[str, int] | None = None) -> Marked:
    """The marks of a text, each id once, in order; `keys` are the numbers of papers by citation key."""
    places: list[tuple[int, tuple[str, ...]]] = []
    unknown: dict[str, None] = {}

    def note(match: re.Match[str], written: str) -> str:
        written = _SENTENCE.sub(r"\1.\2", _digits(written))
        for item in re.findall(rf"{_ONE}(?:{_DASH}{_ONE})?", written):
            item = item.replace(":", ".")
            known = pack.known(item)
            places.append((match.start(), known))
            if not known:
                unknown[item] = None
        return " "

    def keyed(match: re.Match[str]) -> str:
        for key in re.split(r"[,;\s]+", match[1].strip()):
            n = (keys or {}).get(key)
            known = pack.known(str(n)) if n else pack.known(key.replace(":", "."))
            places.append((match.start(), known))
            if not known:
                unknown[key] = None
        return " "

    def shown_only(match: re.Match[str]) -> str:
        items = re.findall(_ONE, _digits(match[1]))
        if items and all(pack.known(item.replace(":", ".")) for item in items):
            return note(match, match[1])
        return match[0]

    def named(match: re.Match[str]) -> str:
        found = _papers_named(match[1] or match[2], pack)
        places.extend((match.start(), (str(n),)) for n in found)
        return " " if found else match[0]

    def narrative(match: re.Match[str]) -> None:
        places.extend((match.start(), (str(n),)) for n in _papers_named(match[0], pack))

    left = _CITE.sub(keyed, text)
    left = _tagged().sub(lambda m: note(m, m[0]), left)
    left = _bracketed().sub(lambda m: note(m, m[1]), left)
    for match in _NARRATIVE.finditer(left):
        narrative(match)
    left = _ROUND.sub(named, left)
    left = _AT_END.sub(shown_only, left)
    left = _RAISED.sub(shown_only, left)
    cites = dict.fromkeys(one for _, known in sorted(places, key=lambda p: p[0]) for one in known)
    changed = left != text
    return Marked(_tidy(left) if changed else text.strip(), tuple(cites), tuple(unknown))


_AT_END = re.compile(rf"[(]\s*({_ONE}(?:(?:{_BETWEEN}|{_DASH}){_ONE})*)\s*[)](?=\s*(?:[.!?;,]|$|[(\[]))")
_RAISED = re.compile(r"((?<=[^\W\d_]|[.,;)%])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?:[,˒⋅ ⁻⁻][⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})*)(?=[\s.,;!?)]|$)")


@cache
def _item() -> str:
    before = rf"(?:(?:{either('answering.marks.before')}|\#|\^)\.?\s*[=:#]?\s*[\"']?\s*)"
    return rf"{before}?{_ONE}[\"']?(?:{_DASH}{before}?{_ONE})?"


@cache
def _bracketed() -> re.Pattern[str]:
    """Marks in square brackets, inside round ones, in round ones with a word before the number, or unclosed."""
    items = rf"{_item()}(?:{_BETWEEN}{_item()})*"
    word = rf"(?:{either('answering.marks.before')})\.?\s*[=:#]?\s*"
    dagger = r"\s*(?:†[^\]］】〕]*)?"
    square = rf"{_OPEN}\s*{items}{dagger}{_CLOSE}"
    return re.compile(
        rf"((?:[(]\s*(?:{word})?{square}(?:\s*[,;]?\s*{square})*\s*[)])|{square}|[(]\s*{word}{items}\s*[)]"
        rf"|{_OPEN}\s*{items}(?=[\s.!?;:,]*$))",
        re.I,
    )


@cache
def _tagged() -> re.Pattern[str]:
    tags = either("answering.marks.tags")
    return re.compile(rf"<\s*({tags})\b[^<>]*>[^<>]{{0,40}}<\s*/\s*\1\s*>|<\s*{tags}\b[^<>]*\d[^<>]*/?>", re.I)


def _papers_named(written: str, pack: Pack) -> list[int]:
    """The shown papers that "Okafor et al., 2023; Ruiz 2021" names; none where one of them is not among the shown."""
    found: list[int] = []
    for item in re.split(r";|(?<=\d)[a-z]?,(?=\s*[^\W\d_])", written):
        year = _YEAR.search(item)
        if not year:
            return []
        words = {folded(w) for w in re.findall(r"[^\W\d_][\w'’-]+", item)}
        fitting = [
            n for n in pack.shown_numbers
            if (paper := pack.paper(n)) and paper.year in (None, int(year[0][:4]))
            and any(folded(surname(author).split()[-1]) in words for author in paper.authors[:6] if surname(author))
        ]
        if not fitting:
            return []
        found.append(fitting[0])
    return found


def _digits(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c for c in text.translate(_SUPERSCRIPT))


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    text = re.sub(r"\(\s*\)|\[\s*\]", "", text)
    text = _TIDY_SPACE.sub("", text)
    return re.sub(r"\s*[,;]\s*(?=[.!?]$)", "", text).strip()
