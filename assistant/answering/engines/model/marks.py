"""The marks by which a model cites in its text, in every usual form, and the text without them.

`[3.7]`, `[3.7, 4.1]`, `[3.7-3.9]`, `[3]`, 【3.7†source】, `[^3]`, `(evidence 3.7)`, `(3.7)` at the end, `<sup>3</sup>`,
`<evidence n="3">`, superscripts, `\\cite{key}`, `(Okafor et al., 2023)`. What else stands in brackets is text and
stays: `[0, 1]`, `[2019]`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache

from ....language import either, words
from ....papers import surname
from ....text import folded
from .pack import Pack

_SQUARE = re.compile(r"[\[［【〔]([^\[\]［］【】〔〕\n]{1,160})[\]］】〕]")
_UNCLOSED = re.compile(r"[\[［【〔]([^\[\]［］【】〔〕\n]{1,60}?)([.!?;:,]?)$")
_ROUND = re.compile(r"\(([^()\n]{1,200})\)")
_RAISED = re.compile(
    r"(?:(?<=[^\W\d_]{3})|(?<=[.,;)%]))[⁰¹²³⁴-⁹]{1,3}(?:[,˒⋅⁻][⁰¹²³⁴-⁹]{1,3}){0,12}(?=[\s.,;!?)]|$)"
)
_CITE = re.compile(r"~?\\[cC]ite[a-z]{0,12}\*?(?:\[[^\]]{0,80}\]){0,2}\{([^{}]{0,300})\}")
_NAME = r"[^\W\d_][\w'’-]{1,40}"
_NARRATIVE = re.compile(rf"({_NAME})(?: (?:et al\.?,?|(?:and|&) {_NAME}))? ?\((?:1[89]|20)\d\d[a-z]?\)")
_SHORT = re.compile(r"\s*[^\W\d_]{1,2}\b")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d[a-z]?\b")
_SENTENCE = re.compile(r"(\d{1,3}) ?,? ?sentence ?#?(\d{1,5})", re.I)
_TOKEN = re.compile(r"[1-9]\d{0,2}(?:[.:]\d{1,5})?(?![\d%])|[^\W\d_]+|\S")
_DASHES = "-‐‑–—−"
_IGNORED = ",;，、&#^=:\"'."
_DONE = "\x00"
"""Stands where a mark was taken out."""
_ENDS = re.compile(rf"\s*(?:[.!?;,{_DONE}(\[]|$)")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its marks, the ids it cites that were shown, and what it cites that was not."""

    text: str
    cites: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_marks(text: str, pack: Pack, keys: dict[str, int] | None = None) -> Marked:
    """The marks of a text, each id once, in order; `keys` are the numbers of papers by citation key."""
    return _Reading(pack, keys or {}).read(" ".join(text.replace(_DONE, " ").split()))


def repeated_marks(text: str, pack: Pack, cites: Collection[str]) -> Marked:
    """The same for a block that names what it cites beside its text: only what can be nothing else is a mark.

    A number in brackets may be a figure there ("7 to 9 weeks before it (4.9)"): taken out are shown ids in square
    brackets, papers among them where the block cites them, and commands and tags of citation.
    """
    papers = {cite.partition(".")[0] for cite in cites}
    found: dict[str, None] = {}

    def note(match: re.Match[str]) -> str:
        items = _ids(match[1])
        known = [pack.known(item) for item in items]
        if not items or not all(known) or any("." not in item and item not in papers for item in items):
            return match[0]
        found.update(dict.fromkeys(one for ids in known for one in ids if "." in one))
        return _DONE

    text = " ".join(text.replace(_DONE, " ").split())
    left = _SQUARE.sub(note, _tagged().sub(_DONE, _CITE.sub(_DONE, text)))
    return Marked(_tidy(left) if left != text else text, tuple(found))


@dataclass(slots=True)
class _Reading:
    pack: Pack
    keys: dict[str, int]
    cites: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)

    def read(self, text: str) -> Marked:
        left = _CITE.sub(self._keyed, text)
        left = _tagged().sub(lambda m: self._note(m, _digits(m[0])), left)
        left = _SQUARE.sub(self._square, left)
        left = _UNCLOSED.sub(lambda m: self._items(m, m[1], m[2]), left)
        for match in _NARRATIVE.finditer(left):
            self._papers(match, match[0])
        left = _ROUND.sub(self._round, left)
        left = _RAISED.sub(self._shown_only, left)
        ordered = sorted(self.cites, key=lambda c: c[0])
        cites = dict.fromkeys(one for _, known in ordered for one in known)
        return Marked(_tidy(left) if left != text else text, tuple(cites), tuple(self.unknown))

    def _note(self, match: re.Match[str], written: str) -> str:
        """Take down every id that a mark holds."""
        for item in _ids(written) or re.findall(r"(?<![\d.])[1-9]\d{0,2}(?:\.\d{1,5})?", written):
            known = self.pack.known(item)
            self.cites.append((match.start(), known))
            if not known:
                self.unknown[item] = None
        return _DONE

    def _items(self, match: re.Match[str], written: str, after: str = "") -> str:
        items = _ids(written)
        return self._note(match, written) + after if items else match[0]

    def _square(self, match: re.Match[str]) -> str:
        items = _ids(match[1])
        # "[n = 192]" is a number of people, not a mark.
        if items and (not _SHORT.match(match[1]) or all(map(self.pack.known, items))):
            return self._note(match, match[1])
        return _DONE if self._papers(match, match[1]) else match[0]

    def _round(self, match: re.Match[str]) -> str:
        """In round brackets a mark needs a word before its number, or an end of the sentence after it."""
        inside = match[1]
        if _DONE in inside:
            rest = inside.replace(_DONE, " ")
            return _DONE if not rest.strip(" ,;") or _only_words(rest) else match[0]
        items = [] if _SHORT.match(inside) else _ids(inside)
        if items and not inside.strip()[:1].isdigit():
            return self._note(match, inside)
        if items and _ENDS.match(match.string, match.end()) and all(self.pack.known(item) for item in items):
            return self._note(match, inside)
        return _DONE if self._papers(match, inside) else match[0]

    def _shown_only(self, match: re.Match[str]) -> str:
        items = _ids(_digits(match[0].replace("⁻", "-")))
        return self._note(match, "; ".join(items)) if items and all(map(self.pack.known, items)) else match[0]

    def _keyed(self, match: re.Match[str]) -> str:
        for key in re.split(r"[,;\s]+", match[1].strip()):
            n = self.keys.get(key)
            known = self.pack.known(str(n)) if n else self.pack.known(key.replace(":", "."))
            self.cites.append((match.start(), known))
            if not known:
                self.unknown[key] = None
        return _DONE

    def _papers(self, match: re.Match[str], written: str) -> bool:
        found = _papers_named(written, self.pack)
        self.cites.extend((match.start(), (str(n),)) for n in found)
        return bool(found)


def _ids(written: str) -> list[str]:
    """The ids and ranges of a mark's inside; none where anything else stands in it."""
    items: list[str] = []
    ranged = False
    known = words("answering.marks.before") | {"and"}
    inside = _SENTENCE.sub(r"\1.\2", _digits(written.partition("†")[0]))
    for token in _TOKEN.findall(inside):
        if token[0].isdigit() and token != "0" and re.fullmatch(r"[1-9]\d{0,2}(?:[.:]\d{1,5})?", token):
            one = token.replace(":", ".")
            if ranged and items:
                items[-1] += f"-{one}"
            else:
                items.append(one)
            ranged = False
        elif token in _DASHES:
            ranged = bool(items)
        elif token.isalpha():
            if token.lower() not in known:
                return []
        elif token not in _IGNORED:
            return []
    return items


def _only_words(text: str) -> bool:
    return all(token.lower() in words("answering.marks.before") or token in _IGNORED for token in _TOKEN.findall(text))


@cache
def _tagged() -> re.Pattern[str]:
    tags = either("answering.marks.tags")
    return re.compile(
        rf"< ?({tags})\b[^<>]{{0,80}}>[^<>]{{0,40}}< ?/ ?\1 ?>|< ?{tags}\b(?=[^<>]{{0,80}}\d)[^<>]{{0,80}}>", re.I
    )


def _papers_named(written: str, pack: Pack) -> list[int]:
    """The shown papers that "Okafor et al., 2023; Ruiz 2021" names; none where one of them is not among the shown."""
    found: list[int] = []
    for item in re.split(r";|(?<=\d)[a-z]?,(?=\s?[^\W\d_])", written):
        year = _YEAR.search(item)
        if not year:
            return []
        said = {folded(w) for w in re.findall(_NAME, item)}
        fitting = [
            n for n in pack.shown_numbers
            if (paper := pack.paper(n)) and paper.year in (None, int(year[0][:4]))
            and any(folded(name.split()[-1]) in said for author in paper.authors[:6] if (name := surname(author)))
        ]
        if not fitting:
            return []
        found.append(fitting[0])
    return found


def _digits(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c for c in text.translate(_SUPERSCRIPT))


def _tidy(text: str) -> str:
    text = " ".join(text.replace(_DONE, " ").split())
    text = re.sub(r"\( ?\)|\[ ?\]", "", text)
    text = re.sub(r" (?=[.!?;:,](?:\s|$|[\"'”’)]))", "", text)
    return re.sub(r"[,;](?=[.!?]$)", "", text).strip()
