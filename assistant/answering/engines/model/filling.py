"""What of the papers a model is shown: whole abstracts, and passages of full texts, as far as its window goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ....evidence import Evidence
from ....text import term_set
from .pack import Pack, place_of

Count = Callable[[str], int]
"""The tokens of a text."""

_PASSAGE_WORDS = 250
"""Words to which a passage grows around a sentence, as far as its section goes."""
_BESIDE = 14
"""Tokens of a sentence's id and its share of the lines around it."""
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
        new = [k for k in (0, *which) if k not in before]
        for k in new:
            if (n, k) not in tokens:
                tokens[n, k] = count(pack.sentences(n)[k].text) + _BESIDE
        return sum(tokens[n, k] for k in new)

    for stretch in sorted(_stretches(pack, worth, numbers or pack.numbers, whole), key=lambda s: -s.worth):
        if (price := cost(stretch.n, stretch.which)) <= left:
            pack.show(stretch.n, stretch.which)
            left -= price
    if not pack.shown_numbers:
        # A window this small holds single sentences only.
        for n, k in sorted(worth, key=lambda place: -worth[place]):
            if (not numbers or n in numbers) and (price := cost(n, (k,))) <= left:
                pack.show(n, (k,))
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
    pack: Pack, worth: Mapping[tuple[int, int], float], numbers: Iterable[int], whole: bool
) -> list[_Stretch]:
    found: list[_Stretch] = []
    for n in numbers:
        every = pack.sentences(n)
        own = {k: value for (m, k), value in worth.items() if m == n}
        best = max(own.values(), default=0.0)
        abstract = tuple(k for k, one in enumerate(every) if one.field == "abstract")
        # The first page of a paper has its abstract once more.
        again = pack.repeats(n) if any(one.field == "page" for one in every) else frozenset()
        found.append(_Stretch(n, abstract, best))
        if whole:
            found.append(_Stretch(n, tuple(k for k in range(len(every)) if k not in again), best))
        found += [
            _Stretch(n, tuple(j for j in _passage(every, k) if j not in again), value)
            for k, value in own.items() if every[k].field == "page" and k not in again
        ]
    return found


def _passage(every: Sequence[Evidence], at: int) -> tuple[int, ...]:
    """The sentences around one, in its section and on its page, to a few hundred words."""
    paper, page = every[at].paper, every[at].page
    place = place_of(paper, every[at])
    first = last = at
    words = len(every[at].text.split())

    def fits(k: int) -> bool:
        return 0 < k < len(every) and every[k].page == page and place_of(paper, every[k]) == place

    while words < _PASSAGE_WORDS:
        before, after = fits(first - 1), fits(last + 1)
        if not before and not after:
            break
        if after:
            last += 1
            words += len(every[last].text.split())
        if before and words < _PASSAGE_WORDS:
            first -= 1
            words += len(every[first].text.split())
    return tuple(range(first, last + 1))
