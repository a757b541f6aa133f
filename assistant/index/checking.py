"""Library, words, copy and Chroma held against one another, paper by paper."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..errors import SearchIndexError
from ..papers import Paper, Passage
from .steps import KINDS, tokens_of, vector_hash
from .texts import bodies, digest, indexed_texts
from .vectors import PASSAGE

if TYPE_CHECKING:
    import numpy as np

    from ..library import Library
    from .build import Build

Spot = tuple[int, int, int, int]
"""The kind of a text that has a vector, where it starts and ends, and its page."""
_WORDS = "has other words in the index than in the library"
_OTHER = "has other vectors in the copy than were made for it"
_UNLIKE = "has vectors in the copy that are not those of its text"
_DAMAGED = "has damaged vectors in the copy"
_TOKENS = "has tokens in the copy that are not those of its text"
_SHOWN = 20
_AT_ONCE = 500


def problems(library: Library, build: Build, embedder: Embedder) -> list[str]:
    """What is wrong, one sentence each, at most twenty of a kind; empty when all is well.

    Papers that still wait in the outbox are no problem: the next update brings them.
    """
    import numpy as np

    found = [f"The index's list of papers is damaged ({line}); rebuild it." for line in build.damage()]
    build.reload()
    ids = set(library.ids())
    waiting = {item.paper_id for item in library.pending()}
    known = build.known(None)
    settled = ids - waiting
    here = sorted(settled & known.keys())
    _say(found, sorted(settled - known.keys()), "is not in the index")
    _say(found, sorted(known.keys() - ids - waiting), "is in the index, but not in the library")
    try:
        documents = build.words.documents()
        found += build.words.damaged()
    except SearchIndexError as error:
        return [*found, str(error)]
    numbers = {name: held.number for name, held in known.items()}
    _say(found, [n for n in here if numbers[n] not in documents], "can't be found by its words")
    # Of those that wait, what has its words has them whole; one that was written anew meanwhile has another number.
    coming = [n for n in sorted(ids & waiting & known.keys()) if numbers[n] not in documents]
    again = build.numbers(coming) if coming else {}
    _say(found, [n for n in coming if again.get(n) == numbers[n]], "can't be found by its words")
    for what in KINDS.values():
        _say(found, sorted(build.waiting(here, what)), f"has no vectors of its {what}")

    made_by = build.said("embedder")
    if made_by and made_by != embedder.fingerprint:
        found.append(f"The vectors were made by {made_by}; the embedder is now {embedder.fingerprint}.")
    copy = build.copy()
    try:
        rows, vectors = copy.rows(), copy.vectors()
        (scanned, small), tokens = copy.passages(), copy.tokens()
    except SearchIndexError as error:
        return [*found, str(error)]
    names = {number: name for name, number in numbers.items() if name in settled}
    if len(rows) and (rows["number"].min() < 0 or rows["number"].max() >= build.next_number()):
        return [*found, "The copy of the vectors is damaged; rebuild the index."]
    order = np.argsort(rows["number"], kind="stable")
    wrong: dict[str, list[str]] = {what: [] for what in (_WORDS, _OTHER, _UNLIKE, _DAMAGED, _TOKENS)}
    unfinished = build.waiting(here, "sentences").keys()
    for part in _in_parts(here):
        held = _papers_with_passages(library, part)
        wanted = {paper.id: _hashes(paper, passages) for paper, passages in held}
        hashes = {one for of_paper in wanted.values() for one in of_paper.values()}
        stored = library.vectors(embedder.fingerprint, hashes)
        packed = library.vectors(tokens_of(embedder.fingerprint), hashes)
        for paper, passages in held:
            number = numbers[paper.id]
            if known[paper.id].digest != digest(paper, passages) or (
                number in documents and documents[number] != len(bodies(paper, passages))
            ):
                wrong[_WORDS].append(paper.id)
            if paper.id not in unfinished:
                low, high = np.searchsorted(rows["number"], [number, number + 1], sorter=order)
                mine = np.sort(order[low:high])
                if what := _compared(wanted[paper.id], stored, rows[mine], vectors[mine]):
                    wrong[what].append(paper.id)
                elif not _same_tokens(wanted[paper.id], packed, rows[mine], tokens):
                    wrong[_TOKENS].append(paper.id)
    for what, papers in wrong.items():
        _say(found, papers, what)
    _compare_bytes(found, rows, vectors, scanned, small, names)

    behind = build.behind()
    if behind == 0:
        return found  # emptied, and to be filled again
    if trouble := build.neighbours.unsound():
        return [*found, trouble]
    try:
        going = {*(numbers[name] for name in waiting & known.keys()), *(number for number, _ in build.left())}
        _compare_chroma(found, build, rows, vectors, names, behind, going)
    except (SearchIndexError, sqlite3.Error) as error:
        found.append(str(error))
    return found


def _in_parts(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _papers_with_passages(library: Library, names: list[str]) -> list[tuple[Paper, list[Passage]]]:
    """Those of the papers that the library still holds, with their passages."""
    papers = [paper for paper in library.papers(names, keep=False) if paper.id in names]
    by_paper: dict[str, list[Passage]] = {}
    for passage in library.passages_of(papers):
        by_paper.setdefault(passage.paper_id, []).append(passage)
    return [(paper, by_paper.get(paper.id, [])) for paper in papers]


def _hashes(paper: Paper, passages: list[Passage]) -> dict[Spot, str]:
    """Where each text of the paper stands that gets a vector, and what that is kept under."""
    return {
        (kind, start, end, page): vector_hash(text) for kind, start, end, page, text in indexed_texts(paper, passages)
    }


def _spots(rows: np.ndarray) -> list[Spot]:
    return list(zip(*(rows[name].tolist() for name in ("kind", "start", "end", "page")), strict=True))


def _compared(hashes: dict[Spot, str], stored: dict[str, bytes], rows: np.ndarray, vectors: np.ndarray) -> str:
    """What is wrong with a paper's rows of the copy; empty when nothing is."""
    import numpy as np

    spots = _spots(rows)
    if set(spots) != hashes.keys() or len(spots) != len(hashes):
        return _OTHER
    if not np.all(abs(np.linalg.norm(vectors.astype(np.float32), axis=1) - 1) < 0.02):
        return _DAMAGED
    for spot, vector in zip(spots, vectors, strict=True):
        made = stored.get(hashes[spot])
        if made is not None and made != np.asarray(vector, "<f2").tobytes():
            return _UNLIKE
    return ""


def _same_tokens(hashes: dict[Spot, str], packed: dict[str, bytes], rows: np.ndarray, tokens: np.ndarray) -> bool:
    """Whether the tokens in the copy are those that were made for the paper's texts."""
    for spot, row in zip(_spots(rows), rows, strict=True):
        made = packed.get(hashes[spot])
        first, last = int(row["token"]), int(row["token"]) + int(row["tokens"])
        if made is not None and row["kind"] == PASSAGE and tokens[max(first, 0) : last].tobytes() != made:
            return False
    return True


def _compare_bytes(
    found: list[str], rows: np.ndarray, vectors: np.ndarray, scanned: np.ndarray, small: np.ndarray,
    names: dict[int, str],
) -> None:
    """The passages in bytes, which stand in the order of the copy's, against those."""
    import numpy as np

    at = np.flatnonzero(rows["kind"] == PASSAGE)
    if len(at) != len(scanned) or (rows["number"][at] != scanned["number"]).any():
        found.append("The copy of the vectors in bytes is not of the papers that it should be of; rebuild the index.")
        return
    unlike: set[int] = set()
    for start in range(0, len(at), 4096):
        part = slice(start, start + 4096)
        there = small[part].astype(np.float32) * scanned["scale"][part, None]
        cosines = (there * vectors[at[part]].astype(np.float32)).sum(axis=1)
        unlike.update(scanned["number"][part][~(cosines > 0.97)].tolist())
    _say(found, sorted(names[n] for n in unlike if n in names), "has other vectors in bytes than in the copy")


def _compare_chroma(
    found: list[str], build: Build, rows: Any, vectors: Any, names: dict[int, str], behind: int | None,
    going: set[int],
) -> None:
    """What is wrong with Chroma, but for the papers of the numbers `going`: their turn comes with the next update."""
    import numpy as np

    passing = {str(number) for number in going}
    place: dict[str, int] = {}
    seen: Counter[int] = Counter()
    for i in np.flatnonzero(rows["kind"] == PASSAGE).tolist()[:behind]:
        number = int(rows["number"][i])
        if number in names:
            place[f"{number}.{seen[number]}"] = i
        seen[number] += 1
    different: set[str] = set()
    extra = 0
    missing = set(place)
    for ids, held in build.neighbours.vectors():
        ours = [(j, place[name]) for j, name in enumerate(ids) if name in place]
        extra += sum(name not in place and name.partition(".")[0] not in passing for name in ids)
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
        # A Chroma index can count right and answer wrong: ask it for vectors that it holds. Its search is
        # approximate, and among papers that are all equally far from one another it misses many.
        sample = [place[name] for name in sorted(place)[:: max(1, len(place) // 20)]]
        answers = [build.neighbours.nearest(np.asarray(vectors[i], np.float32), 5) for i in sample]
        found_there = sum(bool(near) and max(cosine for _, cosine in near) > 0.99 for near in answers)
        if not found_there or any(len(near) < min(5, len(place)) for near in answers):
            found.append("Chroma holds the vectors, but does not find them; `litassist rebuild` mends it.")


def _say(found: list[str], papers: list[str], what: str) -> None:
    found += [f"{paper} {what}." for paper in papers[:_SHOWN]]
    if len(papers) > _SHOWN:
        found.append(f"… and {len(papers) - _SHOWN} more: {what}.")
