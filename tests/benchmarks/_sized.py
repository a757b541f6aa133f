"""Libraries of any size, made through the real code of recombined papers (see `_modelled`), kept and used again.

All goes through Library.add and Index.update, the vectors by content hash like any other.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.index import Index
from assistant.index.neighbours import Neighbours
from assistant.index.steps import tokens_of
from assistant.library import Library
from assistant.papers import Paper

from . import ROOT
from ._modelled import MODEL, YEARS, Modelled, Pool

__all__ = ["YEARS", "Sized", "made", "prepared"]

_TOLD_S = 60.0
_BATCH = 1000


class Sized:
    """The library of `size` papers in a folder, which is `prepared`."""

    def __init__(self, folder: Path, size: int) -> None:
        self.pool = Pool(folder)
        self.embedder = Modelled(self.pool)
        self.home = _home(folder, size)
        self.library = Library.open(self.home)
        self.index = Index.open(self.home, self.library, self.embedder)

    def questions(self, count: int) -> list[str]:
        """So many real claims, spread over all."""
        every = self.pool.questions
        return [every[i * len(every) // count] for i in range(min(count, len(every)))]

    def close(self) -> None:
        """Let go of the files."""
        self.index.close()
        self.library.close()


def prepared(folder: Path, size: int, *, chroma: bool = True) -> dict[str, Any]:
    """`made` in a process of its own: what it leaves in memory is no part of a search."""
    command = [sys.executable, "-m", __name__, str(folder), str(size), "yes" if chroma else "no"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"the library of {size:,} papers could not be made in {folder}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def made(folder: Path, size: int, *, chroma: bool = True) -> dict[str, Any]:
    """What making the library of `size` papers cost: seconds of each stage, memory. Made if it is not there.

    What a stopped run has done is not done again. Without `chroma` vectors and tokens go into the index's own
    copies alone, which is where a search looks for them at any size up to `assistant.index.view.SCANNED_PASSAGES`;
    Chroma's own cost is measured by the benchmark `neighbours`, and the library would hold the tokens once more.
    """
    home = _home(folder, size)
    note = home / "made.json"
    told: dict[str, Any] = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    if told.get("model") != MODEL and home.exists():
        shutil.rmtree(home)
        told = {}
    if told.keys() >= {name for name, _ in _STAGES}:
        return told
    pool = Pool(folder)
    told = {"papers": size, "chroma": chroma, "likeness": round(pool.likeness, 3), "model": MODEL} | told
    put = Neighbours.put
    if not chroma:
        Neighbours.put = lambda self, ids, vectors: None  # type: ignore[method-assign]
    library = Library.open(home) if chroma else _Lean.open(home)
    index = Index.open(home, library, Modelled(pool))
    note.write_text(json.dumps(told), encoding="utf-8")
    try:
        for stage, work in _STAGES:
            if stage in told:
                continue  # by a run that was stopped after it
            began = time.perf_counter()
            work(library, index, pool, size)
            told[stage] = round(time.perf_counter() - began, 1)
            peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
            told["peak_mb"] = max(peak, told.get("peak_mb", 0))
            note.write_text(json.dumps(told), encoding="utf-8")
    finally:
        Neighbours.put = put  # type: ignore[method-assign]
        index.close()
        library.close()
    return told


class _Lean(Library):
    """A library that does not keep the tokens: of a million papers they take ten gigabytes."""

    def put_vectors(
        self, fingerprint: str, vectors: Mapping[str, bytes], paper_ids: Mapping[str, str] | None = None
    ) -> None:
        if fingerprint != tokens_of(fingerprint.partition("+")[0]):
            super().put_vectors(fingerprint, vectors, paper_ids)


def _stored(library: Library, index: Index, pool: Pool, size: int) -> None:
    library.add(_papers(pool, size), progress=_telling(), batch=_BATCH)


def _worded(library: Library, index: Index, pool: Pool, size: int) -> None:
    index.update(vectors=False)


def _vectored(library: Library, index: Index, pool: Pool, size: int) -> None:
    index.update(_telling())


_STAGES = (("stored_s", _stored), ("words_s", _worded), ("vectors_s", _vectored))


def _home(folder: Path, size: int) -> Path:
    return folder / f"papers-{size}"


def _papers(pool: Pool, size: int) -> Iterator[Paper]:
    for n in range(size):
        yield pool.paper(n)


def _telling() -> Callable[[str, int, int | None], None]:
    """Says on standard error, once a minute, how far it is: a million take long."""
    last = time.monotonic()

    def told(stage: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last > _TOLD_S:
            last = time.monotonic()
            print(f"{stage}: {done:,}", file=sys.stderr, flush=True)

    return told


if __name__ == "__main__":
    print(json.dumps(made(Path(sys.argv[1]), int(sys.argv[2]), chroma=sys.argv[3] != "no")))
