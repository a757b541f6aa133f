"""A sentence as a quote outside its paper: exact words, the paper named, and nothing that hangs in the air. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ..evidence import Evidence, PaperEvidence
from ..language import either, listed, pattern
from ..papers import Paper
from ..text.own_names import own_name

_CONNECTIVE = re.compile(rf"(?:{either('quotes.connectives')}\s*[,:]\s*)+", re.I)
_LEANING = re.compile(rf"{either('quotes.leaning')}\b", re.I)
_STANDS_ALONE = re.compile(rf"{either('quotes.stands_alone')}\b", re.I)
_HEADING = re.compile(r"[A-Z][A-Z &/]{3,40}(?::|\s(?=[A-Z][a-z]))\s*")
"""The heading of a section in front of its first sentence: "RESULTS The …"."""
_BULLET = re.compile(r"[\s•▪–-]+|\(?(?:\d{1,2}|i{1,3}|iv|v|[a-d])\)\s+")
ADDRESS = "://"
_TITLE_WORDS = 6


def short_title(paper: Paper) -> str:
    """The paper's title in few words: what stands before its colon, else its beginning."""
    head = paper.title.split(":")[0].strip() if ":" in paper.title else paper.title.strip()
    words = head.split()
    title = head if len(words) <= _TITLE_WORDS + 2 else f"{' '.join(words[:_TITLE_WORDS]).rstrip(',;')} …"
    return title.replace("“", "‘").replace("”", "’").rstrip(".")


def row_name(paper: Paper) -> str:
    """What a row is called: the name of what the paper puts forward, where its title lacks it, and the title."""
    name, title = own_name(paper.title, paper.abstract), short_title(paper)
    return title if not name or name.lower() in title.lower() else f"{name}, {title}"


def quote(one: Evidence) -> Evidence:
    """The sentence without an opening connective, bullet or section heading: still the paper's exact words."""
    text, start = one.text, one.start
    for opening in (_BULLET, _HEADING, _CONNECTIVE):
        match = opening.match(text)
        if match and len(text) - match.end() > 20:
            text, start = text[match.end() :], start + match.end()
    return one if start == one.start else replace(one, text=text, start=start)


def leans(text: str) -> bool:
    """Whether a sentence opens on something that only the sentence before it names."""
    return bool(_LEANING.match(text)) and not _STANDS_ALONE.match(text)


def stands_alone(one: Evidence) -> bool:
    """Whether a sentence can be read without the one before it, and is no address of code or data: these close
    abstracts, and are nobody's answer but to who asks for one."""
    return not leans(quote(one).text) and ADDRESS not in one.text


def before(one: Evidence, paper: PaperEvidence) -> Evidence | None:
    """The sentence before another in the same field and page; None where it is the first."""
    earlier = [s for s in paper.sentences
               if (s.field, s.page) == (one.field, one.page) and s.order == one.order - 1 and s.end <= one.start]
    return earlier[0] if earlier else None


def stretch(one: Evidence, most: int, keep: Sequence[str] = ()) -> Evidence:
    """A sentence of more than `most` words cut to clauses that hold every word to keep that it has; exact words.

    The most that is short enough stays, or else the least. A sentence that is short enough, or that has no clause to
    cut at, stays whole; so does what turns its sense.
    """
    if len(one.text.split()) <= most:
        return one
    cuts = [0, *sorted({m.start() for m in _BREAK.finditer(one.text)}), len(one.text)]
    if len(cuts) < 3:
        return one
    clauses = list(pairwise(cuts))
    wanted = {word.lower() for word in keep}
    held = [{word for word in wanted if word in one.text[a:b].lower()} for a, b in clauses]
    needed = set().union(*held)
    # What turns a finding ("but not in men") is never cut off.
    turned = {k for k, (a, b) in enumerate(clauses) if _TURNS.search(one.text[a:b])}
    best: tuple[tuple[bool, int], int, int] | None = None
    for first in range(len(clauses)):
        for last in range(first, len(clauses)):
            a, b = clauses[first][0], clauses[last][1]
            size = len(one.text[a:b].split())
            whole = set().union(*held[first : last + 1]) >= needed and turned <= set(range(first, last + 1))
            worth = (True, size) if size <= most else (False, -size)
            if whole and size >= _SHORTEST and (best is None or worth > best[0]):
                best = worth, a, b
    if best is None:
        return one
    _, a, b = best
    text = one.text[a:b]
    lead = len(text) - len(text.lstrip(" ,;:–—"))
    text = text.strip(" ,;:–—")
    return replace(one, text=text, start=one.start + a + lead, end=one.start + a + lead + len(text))


_TURNS = pattern("evidence.cues.negation", "quotes.turns")
_SHORTEST = 8
"""Words of a stretch at least: less says nothing alone."""
_BREAK = re.compile("|".join(re.escape(mark) for mark in listed("quotes.breaks")))


def quoted(one: Evidence, whole: Evidence | None = None) -> str:
    """The words in quotation marks, their own turned to single ones; dots where the sentence goes on."""
    text = one.text.replace("“", "‘").replace("”", "’")
    if whole is not None and one.end < whole.end and not text.endswith((".", "!", "?")):
        text += " […]"
    if whole is not None and one.start > whole.start and text[:1].islower():
        text = f"[…] {text}"
    return f"“{text}”"

