"""Passages: the stretches of a paper that are encoded and searched. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .papers import Paper, Passage
from .text import sentences

MAX_TOKENS = 450
"""The built-in encoder reads 512 tokens; the rest is room for the title that goes before a passage."""

_Span = tuple[int, int]


def estimated_tokens(text: str) -> int:
    """A cautious guess at the tokens: one for 4½ characters of ASCII or 3 of others, no fewer than the words."""
    return max(len(text.split()), (len(text) + 2) // 3 if not text.isascii() else (2 * len(text) + 8) // 9)


def passages(
    paper: Paper, *, count_tokens: Callable[[str], int] | None = None, max_tokens: int = MAX_TOKENS
) -> list[Passage]:
    """The passages of `paper`: its abstract, then its pages in order; its title when it has neither.

    A text that fits into `max_tokens` is one passage. A longer one is cut between sentences into
    windows that share one sentence with the next; a sentence that is too long by itself is cut at a
    space, or anywhere when it has none. No passage crosses a page. A paper without text has none.
    """
    if max_tokens < 1:
        raise ValueError("max_tokens must be at least 1")
    count = count_tokens or estimated_tokens
    found: list[Passage] = []
    texts: list[tuple[str, int | None, str]] = [("abstract", None, paper.abstract)]
    texts += [("page", page.number, page.text) for page in paper.pages]
    if not any(text.strip() for _, _, text in texts):
        texts = [("title", None, paper.title)]
    paper_id = paper.id
    for field, page, text in texts:
        for start, end in windows(text, count, max_tokens):
            found.append(Passage(paper_id, field, start, end, text[start:end], page))
    return found


def windows(text: str, count_tokens: Callable[[str], int], max_tokens: int) -> list[_Span]:
    """The (start, end) offsets of the windows of `text`, in order; none for a text without words."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        return []
    # A text this long can't fit, and need not be counted to know it.
    if end - start <= 40 * max_tokens and count_tokens(text[start:end]) <= max_tokens:
        return [(start, end)]
    pieces = [piece for span in sentences(text) for piece in _fitting(text, span, count_tokens, max_tokens)]
    sizes = [count_tokens(text[a:b]) for a, b in pieces]
    found: list[_Span] = []
    first = 0
    while first < len(pieces):
        last, size = first + 1, sizes[first]
        while last < len(pieces) and size + sizes[last] <= max_tokens:
            size += sizes[last]
            last += 1
        # The space between pieces counts too.
        while last - first > 1 and count_tokens(text[pieces[first][0] : pieces[last - 1][1]]) > max_tokens:
            last -= 1
        found.append((pieces[first][0], pieces[last - 1][1]))
        if last == len(pieces):
            break
        shares = last - 1 > first and sizes[last - 1] + sizes[last] <= max_tokens
        first = last - 1 if shares else last
    return found


def _fitting(text: str, span: _Span, count_tokens: Callable[[str], int], max_tokens: int) -> Iterator[_Span]:
    """The span, cut so that no piece counts more than `max_tokens` (single characters aside)."""
    start, end = span
    while start < end:
        stop = min(end, start + 40 * max_tokens)
        while stop - start > 1 and (size := count_tokens(text[start:stop])) > max_tokens:
            shorter = min(stop - start - 1, (stop - start) * max_tokens // size)
            stop = start + max(1, shorter)
        if stop < end:
            middle = start + (stop - start) // 2
            space = max(text.rfind(" ", middle, stop), text.rfind("\n", middle, stop))
            stop = space if space > start else stop
        a, b = start, stop
        while a < b and text[a].isspace():
            a += 1
        while b > a and text[b - 1].isspace():
            b -= 1
        if a < b:
            yield a, b
        start = stop
