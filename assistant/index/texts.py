"""What of a paper is searched by words, what gets a vector, and a digest of both. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from ..papers import Paper, Passage
from ..text import sentences
from .vectors import ABSTRACT, PASSAGE, SENTENCE, TITLE

_LONG_ABSTRACT = 6000
_LONG_SENTENCE, _SHORT_STRETCH = 400, 40
_STOP = re.compile(r"(?<=[.?!])\s+")
_LAYOUT = "5"
"""Part of a paper's digest: a new value has every paper indexed anew."""


def indexed_texts(paper: Paper, passages: Sequence[Passage]) -> Iterator[tuple[int, int, int, int, str]]:
    """What of a paper gets a vector: (kind, start, end, page, text), passages first, then sentences."""
    for kind in (PASSAGE, SENTENCE):
        for start, end, page, text in texts_of(kind, paper, passages):
            yield kind, start, end, page, text


def texts_of(kind: int, paper: Paper, passages: Sequence[Passage]) -> Iterator[tuple[int, int, int, str]]:
    """The passages of a paper that get a vector, or the sentences: (start, end, page, text), in reading order."""
    yield from _passages(paper, passages) if kind == PASSAGE else _sentences(paper, passages)


def _passages(paper: Paper, passages: Sequence[Passage]) -> Iterator[tuple[int, int, int, str]]:
    if 0 < len(paper.abstract) <= _LONG_ABSTRACT and any(p.field == "abstract" for p in passages):
        # One vector for all of it, though the encoder may not read the last lines: its sentences stand for those.
        # Measured better than the best of several windows.
        passages = [
            Passage(paper.id, "abstract", 0, len(paper.abstract), paper.abstract),
            *(p for p in passages if p.field != "abstract"),
        ]
    for p in passages:
        page = {"title": TITLE, "abstract": ABSTRACT}.get(p.field, p.page or 0)
        # A passage is read under its title, as its reader would; the title alone stands for itself.
        text = p.text if p.field == "title" else f"{paper.title.rstrip(' .')}. {p.text}"
        yield p.start, p.end, page, text


def _sentences(paper: Paper, passages: Sequence[Passage]) -> Iterator[tuple[int, int, int, str]]:
    # The title is one of the sentences, often the one that says it best.
    if paper.title and not any(p.field == "title" for p in passages):
        yield 0, len(paper.title), TITLE, paper.title
    for start, end in _stretches(paper.abstract):
        yield start, end, ABSTRACT, paper.abstract[start:end]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """The sentences of a text. In one without capitals, and in one of unlikely length, every stop ends one."""
    plain = text.islower()
    for start, end in sentences(text):
        if end - start <= _LONG_SENTENCE and not plain:
            yield start, end
            continue
        first = start
        for stop in _STOP.finditer(text, start, end):
            if stop.start() - first >= _SHORT_STRETCH and end - stop.end() >= _SHORT_STRETCH:
                yield first, stop.start()
                first = stop.end()
        yield first, end


def bodies(paper: Paper, passages: Sequence[Passage]) -> list[str]:
    """What is searched by words: title, abstract and keywords as one, then each passage of full text.

    The title counts once more in a field of its own: measured better than apart from the abstract.
    """
    whole = " ".join((paper.title, paper.abstract, *paper.keywords)).strip()
    return [whole, *(p.text for p in passages if p.field == "page")]


def digest(paper: Paper, passages: Sequence[Passage]) -> str:
    parts = [_LAYOUT, paper.title, str(paper.year), *bodies(paper, passages)]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
