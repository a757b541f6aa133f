"""How a claim's words lie in its source: read once, aligned, verbatim or turned round. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

from .. import language
from ..text import STOP_WORDS, folded, sentences
from ..text.stemming import stem

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+(?:['’][^\W_]+)*")
_FRAME = re.compile(r"^\s*(?:(?:In|According\s+to)\s+)?(?:“([^”]{1,400})”|\"([^\"]{1,400})\")\s*[:,]\s*(?=\S)")
_MARKS = str.maketrans("’‘−–—", "''---")
_MARKER = re.compile(r"\s*\[\d+(?:\s?[,–-]\s?\d+)*\]")
_ALIKE, _OWN_WORDS = 0.55, 0.75
"""Shares of the claim's words in the source's order: from these on an opposite and a negation turn the claim."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as its words in order, lower-cased, with stems; `content` are the places of those that say something."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    content: tuple[int, ...]

    @property
    def kept(self) -> frozenset[str]:
        """The stems of all its words."""
        return frozenset(self.stems)


@lru_cache(maxsize=4096)
def wording(text: str) -> Wording:
    """The text's words; "n't" is split off, and phrases such as "not only" that negate nothing are left out."""
    out: list[str] = []
    for word in _WORD.findall(language.pattern("checking.not_negating").sub(" ", text)):
        low = folded(word)
        if low.endswith("n't") and len(low) > 3:
            out += [low[:-3], "not"]
        elif low == "cannot":
            out += ["can", "not"]
        elif low:
            out.append(low)
    stems = tuple(stem(w) for w in out)
    said = tuple(
        k for k, w in enumerate(out)
        if w not in STOP_WORDS and not w[0].isdigit() and w not in language.words("checking.telling")
    )
    return Wording(tuple(out), stems, said)


def unframed(claim: str) -> tuple[str, str]:
    """The claim without markers and a title in front of it (In “Title”: …), and that title or ""."""
    found = _FRAME.match(claim)
    plain = _MARKER.sub("", claim[found.end() :] if found else claim).strip()
    return plain, (found[1] or found[2]) if found else ""


@lru_cache(maxsize=4096)
def flat(text: str) -> str:
    """The text as its words alone: case, quotation marks, dashes and the person of the authors are no difference."""
    low = text.translate(_MARKS).lower()
    low = re.sub(r"\b(?:the authors'|our|their|its)(?!\w)", "our", low)
    low = re.sub(r"\b(?:we|us|them|the authors)\b", "we", low)
    low = re.sub(r"\b(?:this|the) (?=(?:paper|work|article|study|survey)\b)", "the ", low)
    low = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3}\b)", "", low)
    return " " + re.sub(r"[^\w%.+$€£@^/-]+", " ", low).replace(". ", " ").strip(" .") + " "


@lru_cache(maxsize=4096)
def spans(text: str) -> tuple[str, ...]:
    """The sentences of a text; the whole text where it has none."""
    return tuple(text[a:b] for a, b in sentences(text)) or ((text,) if text.strip() else ())


@lru_cache(maxsize=4096)
def clauses(text: str) -> tuple[str, ...]:
    """The parts of a text that say one thing each, cut at commas, colons, brackets and joining words."""
    joints = language.either("checking.between_clauses")
    parts = re.split(rf"[,;:()—]\s+|\s+[(—]|\s+(?={joints}\s)", text)
    return tuple(p.strip() for p in parts if p and p.strip())


@cache
def _opposites() -> frozenset[frozenset[str]]:
    """The listed pairs of opposites, as words and as stems."""
    pairs = [pair.split("/") for pair in language.listed("checking.opposites")]
    return frozenset(frozenset(map(form, pair)) for pair in pairs for form in (str, stem))


def opposed(a: str, b: str) -> bool:
    """Whether two words are opposites by the list, by stem, or by a negating prefix (stable, unstable)."""
    if a == b:
        return False
    if {a, b} in _opposites() or {stem(a), stem(b)} in _opposites():
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 4 and any(long == prefix + short for prefix in language.listed("checking.prefixes"))


def negations(words: Sequence[str]) -> list[str]:
    """Those of the words that negate."""
    listed = language.words("checking.negations")
    return [w for w in words if w in listed]


@lru_cache(maxsize=4096)
def aligned(claim: str, source: str) -> tuple[tuple[str, int, int, int, int], ...]:
    """How the claim's words become the source's: (tag, from, to, from, to) as difflib gives them, by stems."""
    one, two = wording(claim), wording(source)
    return tuple(SequenceMatcher(None, one.stems, two.stems, autojunk=False).get_opcodes())


def verbatim_share(claim: str, source: str) -> float:
    """The share of the claim's words that stand in the source in the same order."""
    same = sum(a1 - a0 for tag, a0, a1, _, _ in aligned(claim, source) if tag == "equal")
    return same / max(1, len(wording(claim).words))


def exchanges(claim: str, source: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The words that differ, the claim's and the source's, where the words on both sides of them agree."""
    one, two = wording(claim), wording(source)
    out = []
    for tag, a0, a1, b0, b1 in aligned(claim, source):
        before = a0 == 0 or b0 == 0 or one.stems[a0 - 1] == two.stems[b0 - 1]
        after = a1 >= len(one.stems) or b1 >= len(two.stems) or one.stems[a1] == two.stems[b1]
        edge = not (a1 - a0) and (a0 == 0 or a0 >= len(one.words))  # the claim begins later or ends sooner
        if tag != "equal" and before and after and not edge:
            out.append((one.words[a0:a1], two.words[b0:b1]))
    return out


def turned(claim: str, source: str) -> tuple[str, str] | None:
    """The words (of the claim, of the source) that turn a claim against the sentence whose words it uses, or None.

    Judged only where the claim is in the source's own words but for a few; "" stands for a word that one side lacks.
    """
    share = max(verbatim_share(claim, source), verbatim_share(source, claim))
    if verbatim_share(claim, source) < _ALIKE:
        return None
    swaps = {(mine, theirs) for mine, theirs in exchanges(claim, source) if len(mine) == len(theirs) == 1}
    own = wording(claim).words
    for (one,), (two,) in sorted(swaps):
        # Next to one another their order means nothing: "A and B" is "B and A".
        if ((two,), (one,)) in swaps and abs(own.index(one) - own.index(two)) > 3:
            return one, two
    blocks = [(b0, b1) for tag, _, _, b0, b1 in aligned(claim, source) if tag == "equal"]
    beside = wording(source).words[blocks[0][0] : blocks[-1][1]]
    turns = len(negations(own)) - len(negations(beside))
    for mine, theirs in exchanges(claim, source):
        pair = next(((x, y) for x in mine for y in theirs if opposed(x, y)), None)
        if pair and (turns % 2 or "without" not in pair):  # "without any" is "with no"
            return pair
        no, nay = negations(mine), negations(theirs)
        if not mine and (len(theirs) > 2 or theirs[0] == "without"):
            continue  # left out, with what it belongs to
        if share >= _OWN_WORDS and turns % 2 and len(no) % 2 != len(nay) % 2 and max(len(mine), len(theirs)) <= 6:
            return (no or [""])[0], (nay or [""])[0]
    return None


def followers(text: str, word: str) -> set[str]:
    """The stems of the first word that says something after each place of a word."""
    own = wording(text)
    after = (next((j for j in own.content if j > k), None) for k, w in enumerate(own.words) if w == word)
    return {own.stems[j] for j in after if j is not None}
