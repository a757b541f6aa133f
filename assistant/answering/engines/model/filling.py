"""What of the papers a model is shown: whole abstracts, and of full texts passages that grow to whole sections.

What is near the question is shown to the end of its section, with the sections beside it, before papers that are less
near get room; of a paper that is far from it beside the best, no more than the abstract.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ....evidence import Evidence
from ....text import term_set
from .pack import Pack

Count = Callable[[str], int]
"""The tokens of a text."""

_PASSAGE_WORDS, _SECTION_WORDS = 250, 1500
"""Words to which a passage grows around a sentence, as far as its section goes: at first, and where there is room."""
_SECTION, _BESIDE_IT = 0.9, 0.5
"""What the rest of a section is worth beside the sentence in it, and what the sections before and after it are."""
_NEAR, _FAR = 0.2, 0.02
"""Shares of the best sentence's worth: from the first on a section is shown whole, below the other no passage is."""
_BESIDE = 14
"""Tokens of a sentence's id and its share of the lines around it."""
_ABOVE = 1 << 30
"""The section of a title and an abstract."""
_MARGIN = 0.94
"""Tokens are counted by one model's measure and read by another's."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Sentences of a paper that are shown together, and what they are worth."""

    n: int
    which: tuple[int, ...]
    worth: float


def budget(window: int, prompt: int, answer: int) -> int:
    """The tokens that papers may take in a window, beside the prompt and the answer."""
    return max(0, int((window - prompt - answer) * _MARGIN))


def fill(
    pack: Pack, worth: Mapping[tuple[int, int], float], room: int, count: Count, *, numbers: Sequence[int] = (),
    whole: bool = False,
) -> None:
    """Show of the papers (those with these `numbers`, else all) what is worth most, as far as `room` tokens go.

    `worth` is by paper and sentence. Abstracts are shown whole, full texts in passages of some hundred words around
    their best sentences; all of them if they are to be shown `whole` and fit.
    """
    left = room
    tokens: dict[tuple[int, int], int] = {}

    def cost(n: int, which: Sequence[int]) -> int:
        before = set(pack.shown(n))
        new = [k for k in sorted({0, *which}) if k not in before]
        for k in new:
            if (n, k) not in tokens:
                tokens[n, k] = count(pack.sentences(n)[k].text) + _BESIDE
        return sum(tokens[n, k] for k in new)

    wanted = {place: value for place, value in worth.items() if not numbers or place[0] in numbers}
    for stretch in sorted(_stretches(pack, wanted, numbers, whole), key=lambda s: -s.worth):
        if (price := cost(stretch.n, stretch.which)) <= left:
            pack.show(stretch.n, stretch.which)
            left -= price
        elif not pack.shown_numbers:
            # A window this small holds single sentences only.
            for k in _best_first(wanted, stretch.n):
                if (price := cost(stretch.n, (k,))) <= left:
                    pack.show(stretch.n, (k,))
                    left -= price


def with_sections(
    pack: Pack, worth: Mapping[tuple[int, int], float], question: str
) -> dict[tuple[int, int], float]:
    """The same, with the beginning of each section whose heading has a word of the question, worth its paper's best."""
    wanted = term_set(question)
    found = dict(worth)
    for n in {n for n, _ in worth}:
        paper = pack.paper(n)
        named = [s for s in paper.sections if wanted & term_set(s.title)] if paper else []
        best = max(value for (m, _), value in worth.items() if m == n)
        for section in named:
            after = (
                k for k, one in enumerate(pack.sentences(n))
                if one.page == section.page and one.start >= section.start + len(section.title)
            )
            if (k := next(after, None)) is not None:
                found[n, k] = max(best, found.get((n, k), 0.0))
    return found


def _stretches(
    pack: Pack, worth: Mapping[tuple[int, int], float], numbers: Sequence[int], whole: bool
) -> Iterator[_Stretch]:
    top = max(worth.values(), default=0.0)
    for n in numbers or pack.numbers:
        every = pack.sentences(n)
        own = {k: value for (m, k), value in worth.items() if m == n}
        best = max(own.values(), default=0.0)
        pages = any(one.field == "page" for one in every)
        abstract = tuple(k for k, one in enumerate(every) if one.field == "abstract")
        if abstract or not pages:
            yield _Stretch(n, abstract, best)
        # The first page of a paper has its abstract once more; headers, licences and blind text come again and again.
        again = pack.repeats(n) if pages else frozenset()
        if whole:
            yield _Stretch(n, tuple(k for k in range(len(every)) if k not in again), best)
        divided = _divided(pack, n)
        for k, value in own.items():
            # Where certain papers are to be read, each is shown by its best passage at least.
            if every[k].field != "page" or k in again or (value <= _FAR * top and not (numbers and value == best)):
                continue
            for which, share in _grown(divided, every, k, near=value >= _NEAR * top):
                if left := tuple(j for j in which if j not in again):
                    yield _Stretch(n, left, share * value)


def _best_first(worth: Mapping[tuple[int, int], float], n: int) -> list[int]:
    own = {k: value for (m, k), value in worth.items() if m == n}
    return sorted(own, key=lambda k: -own[k])


def _grown(
    divided: Sequence[int], every: Sequence[Evidence], at: int, *, near: bool
) -> Iterator[tuple[range, float]]:
    """The sentences around one, wider and wider, and the share of its worth that they have."""
    yield _passage(divided, every, at, _PASSAGE_WORDS), 1.0
    if near:
        section = _passage(divided, every, at, _SECTION_WORDS)
        yield section, _SECTION
        for k in (section.start - 1, section.stop):
            if 0 < k < len(every) and every[k].field == "page":
                yield _passage(divided, every, k, _SECTION_WORDS), _BESIDE_IT


def _divided(pack: Pack, n: int) -> list[int]:
    """For each sentence of a paper the number of its section; pages before the first, or without any, count as such."""
    paper = pack.paper(n)
    heads = [(one.page, one.start) for one in paper.sections] if paper else []
    found = []
    for one in pack.sentences(n):
        at = bisect_right(heads, (one.page or 0, one.start)) if one.field == "page" else 0
        found.append(at or (-(one.page or 0) if one.field == "page" else _ABOVE))
    return found


def _passage(divided: Sequence[int], every: Sequence[Evidence], at: int, most: int) -> range:
    """The sentences around one, as far as its section goes, to so many words."""
    first = last = at
    words = len(every[at].text.split())
    while words < most:
        before = first > 0 and divided[first - 1] == divided[at]
        after = last + 1 < len(every) and divided[last + 1] == divided[at]
        if not before and not after:
            break
        if after:
            last += 1
            words += len(every[last].text.split())
        if before and words < most:
            first -= 1
            words += len(every[first].text.split())
    return range(first, last + 1)
