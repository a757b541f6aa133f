"""Library, words, copy and Chroma held against one another, paper by paper."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..errors import SearchIndexError
from .steps import KINDS
from .vectors import PASSAGE

if TYPE_CHECKING:
    from ..library import Library
    from .build import Build

_SHOWN = 20


def problems(library: Library, build: Build, embedder: Embedder) -> list[str]:
    """What is wrong, one sentence each, at most twenty of a kind; empty when all is well.

    Papers that still wait in the outbox are no problem: the next update brings them.
    """
    import numpy as np

    found: list[str] = []
    build.reload()
    ids = set(library.ids())
    waiting = {item.paper_id for item in library.pending()}
    known = build.known(None)
    settled = ids - waiting
    _say(found, sorted(settled - known.keys()), "is not in the index")
    _say(found, sorted(known.keys() - ids - waiting), "is in the index, but not in the library")
    try:
        worded = build.words.numbers()
    except SearchIndexError as error:
        return [*found, str(error)]
    numbers = {name: held.number for name, held in known.items()}
    _say(found, sorted(n for n in settled & known.keys() if numbers[n] not in worded), "can't be found by its words")
    for what in KINDS.values():
        _say(found, sorted(build.waiting(sorted(settled & known.keys()), what)), f"has no vectors of its {what}")

    made_by = build.said("embedder")
    if made_by and made_by != embedder.fingerprint:
        found.append(f"The vectors were made by {made_by}; the embedder is now {embedder.fingerprint}.")
    copy = build.copy()
    try:
        rows, vectors = copy.rows(), copy.vectors()
    except SearchIndexError as error:
        return [*found, str(error)]
    names = {number: name for name, number in numbers.items() if name in settled}
    kept = Counter(rows["number"][rows["kind"] == PASSAGE].tolist())
    counted = build.counted()
    _say(found, sorted(n for number, n in names.items() if kept[number] != counted.get(number, 0)),
         "has other vectors in the copy than were made for it")
    damaged: set[int] = set()
    for start in range(0, len(rows), 4096):
        lengths = np.linalg.norm(vectors[start : start + 4096].astype(np.float32), axis=1)
        damaged.update(rows["number"][start : start + 4096][~(abs(lengths - 1) < 0.02)].tolist())
    _say(found, sorted(names[n] for n in damaged if n in names), "has damaged vectors in the copy")

    try:
        _compare_chroma(found, build, rows, vectors, names)
    except (SearchIndexError, sqlite3.Error) as error:
        found.append(str(error))
    return found


def _compare_chroma(found: list[str], build: Build, rows: Any, vectors: Any, names: dict[int, str]) -> None:
    import numpy as np

    place: dict[str, int] = {}
    seen: Counter[int] = Counter()
    for i in np.flatnonzero(rows["kind"] == PASSAGE).tolist():
        number = int(rows["number"][i])
        if number in names:
            place[f"{number}.{seen[number]}"] = i
        seen[number] += 1
    different: set[str] = set()
    extra = 0
    missing = set(place)
    for ids, held in build.neighbours.vectors():
        ours = [(j, place[name]) for j, name in enumerate(ids) if name in place]
        extra += len(ids) - len(ours)
        missing.difference_update(ids)
        if ours:
            there = held[[j for j, _ in ours]]
            here = vectors[[i for _, i in ours]].astype(np.float32)
            close = (there * here).sum(axis=1) / np.maximum(np.linalg.norm(there, axis=1), 1e-9) > 0.99
            unlike = [i for (_, i), same in zip(ours, close, strict=True) if not same]
            different.update(names[int(rows["number"][i])] for i in unlike)
    _say(found, sorted({names[int(name.split(".")[0])] for name in missing}), "lacks vectors in Chroma")
    _say(found, sorted(different), "has other vectors in Chroma than in the copy")
    if extra:
        found.append(f"Chroma holds {extra} vectors of papers that are not in the library.")
    if place and not missing and not different:
        # A Chroma index can count right and answer wrong: ask it for vectors that it holds.
        sample = [place[name] for name in sorted(place)[:: max(1, len(place) // 20)]]
        for i in sample:
            near = dict(build.neighbours.nearest(np.asarray(vectors[i], np.float32), 5))
            if not near or max(near.values()) < 0.99:
                _say(found, [names[int(rows["number"][i])]], "is not found by Chroma although its vectors are there")


def _say(found: list[str], papers: list[str], what: str) -> None:
    found += [f"{paper} {what}." for paper in papers[:_SHOWN]]
    if len(papers) > _SHOWN:
        found.append(f"… and {len(papers) - _SHOWN} more: {what}.")
