"""What is left of papers that are gone, taken out of the caches' files: where it lies, not by making all anew.

Their vectors become zeros in the copy. Of the words' index only those parts are written again that hold them.
Chroma can't take a vector out of its graph's file, so its folder goes at once and is filled again from the copy,
when there is time: no search needs it below some millions of passages. index.db is packed anew.

Every step can be done twice, and the last says that all are done: one that was cut short is done again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from .steps import WORDS_AT_ONCE, Steps
from .vectors import PASSAGE
from .words import Words

if TYPE_CHECKING:
    from . import Progress
    from .build import Build

_MERGED = 8
"""So many small parts of the words' index are merged into one by tantivy itself, which leaves out what is deleted."""
_PUT_AT_ONCE = 5000


def cleared(
    build: Build, steps: Steps, removed_at: int, progress: Progress | None, stop: threading.Event | None
) -> bool:
    """Whether the files of a build are now free of papers that are gone; False when stopped, or where they can't be.

    Of the library's removals up to this generation; the build has followed them. The caller is the only writer.
    """
    if not build.neighbours.remote:
        build.empty_chroma()
    build.copy().blank(build.gone())
    return _words_cleared(build, steps, progress, stop) and build.cleared(removed_at)


def wasteful(build: Build) -> bool:
    """Whether most rows of the copy are of papers that are gone, so that it is better made anew."""
    rows = build.copy().count
    return rows > _PUT_AT_ONCE and build.rows_of_papers() < rows / 2


def _words_cleared(build: Build, steps: Steps, progress: Progress | None, stop: threading.Event | None) -> bool:
    build.words.settle(wait=True)
    # As a reader of its own: what others in this process still read would keep the old files where they are.
    words = Words(build.folder / "words")
    try:
        old = words.with_deleted()
        every = sum(map(len, old.values()))
        done = 0
        for part, numbers in old.items():
            for some in _portions(numbers):
                if stop is not None and stop.is_set():
                    return False
                if part not in words.parts():
                    break  # merged with others meanwhile, and so without what was deleted
                steps.rewrite_words(build, words, some)
                if len(some) == 1:
                    words.settle(wait=True)
                done += len(some)
                if progress:
                    progress("clearing", done, every)
        words.settle(wait=True)
        words.sweep()
        return not old.keys() & words.parts()
    finally:
        words.close()
        build.words.reload()


def _portions(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Some papers one by one, since many small parts are merged, and this one with them if it is small; then more."""
    rest = iter(numbers)
    yield from ([n] for n in islice(rest, _MERGED))
    while some := list(islice(rest, WORDS_AT_ONCE)):
        yield some


def filled(build: Build, progress: Progress | None, stop: threading.Event | None) -> bool:
    """Whether Chroma has all of the copy's passages again, put there from where the last run left off."""
    import numpy as np

    done = build.behind()
    if done is None:
        return True
    copy = build.copy()
    places, _ = copy.passages()
    numbers = np.ascontiguousarray(places["number"])
    begins = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]][: len(numbers)])
    nth = np.arange(len(numbers)) - np.repeat(begins, np.diff(np.r_[begins, len(numbers)]))
    there = np.isin(numbers, list(build.counted()))
    row = np.flatnonzero(copy.rows()["kind"] == PASSAGE) if len(numbers) else numbers
    vectors = copy.vectors()
    while done < len(numbers):
        if stop is not None and stop.is_set():
            return False
        part = np.arange(done, min(done + _PUT_AT_ONCE, len(numbers)))
        done = int(part[-1]) + 1
        part = part[there[part]]
        if len(part):
            ids = [f"{number}.{i}" for number, i in zip(numbers[part].tolist(), nth[part].tolist(), strict=True)]
            build.neighbours.put(ids, np.asarray(vectors[row[part]], np.float32))
        build.note("chroma", done)
        if progress:
            progress("Chroma", done, len(numbers))
    build.neighbours.finished()
    build.note("chroma", None)
    return True
