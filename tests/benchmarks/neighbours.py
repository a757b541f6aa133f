"""The nearest passages of a question, by Chroma's graph and by going through the passages' bytes, beside the limit.

Up to `index.view.SCANNED_PASSAGES` passages a search goes through their bytes; beyond, it asks Chroma, which holds
all passages at every size. The vectors are those of made papers (see `_modelled`); each way is measured in a fresh
process, after the one that wrote has ended. The limit is a read of the bytes from memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import ROOT, Options, Report, benchmark, percentile

_SIZE, _QUESTIONS, _NEAREST, _BATCH = 100_000, 100, 50, 5000


@benchmark("neighbours", "nearest passages by Chroma and by a scan in bytes; --size N passages, --set folder=DIR")
def neighbours(options: Options) -> Report:
    """A row per way: passages/s added, first answer, p50 and p95 of the nearest 50, recall, memory of the asker."""
    size = options.size or _SIZE
    report = Report(["way", "passages", "added/s", "first s", "p50 ms", "p95 ms", "recall@50", "private MB",
                     "mapped MB"])
    pools = Path(options.given.get("folder") or Path(tempfile.gettempdir()) / "litassist-sized")
    with tempfile.TemporaryDirectory(prefix="litassist-neighbours-") as folder:
        rates = _child("write", folder, size, pools, options.runs)
        for way in ("Chroma", "scan in bytes", "memory read (the limit)"):
            found = _child(way, folder, size, pools, options.runs)
            report.rows.append([way, size, rates.get(way), found["first"], found["p50"], found["p95"],
                                found.get("recall"), found["private"], found["mapped"]])
    report.notes.append(f"{_QUESTIONS} claims of SciFact; recall of the nearest {_NEAREST} against half-precision "
                        "products with every passage")
    report.notes.append(f"the process that wrote into Chroma held {rates['peak_mb']:,.0f} MB at its peak, "
                        f"Chroma's files {rates['disk_gb']:.2f} GB")
    return report


def _child(way: str, *given: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", f"{__package__}.neighbours", way, *map(str, given)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{way} failed")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _written(folder: Path, size: int, pools: Path) -> dict[str, Any]:
    import resource

    import numpy as np

    from assistant.index.neighbours import Neighbours
    from assistant.index.products import in_bytes

    from ._modelled import Modelled, Pool

    pool = Pool(pools)
    embedder = Modelled(pool)
    chroma = Neighbours(folder / "chroma", "passages")
    scanned = graph = 0.0
    for start in range(0, size, _BATCH):
        some = range(start, min(start + _BATCH, size))
        papers = [pool.paper(n) for n in some]
        vectors = embedder.encode([f"{p.title}. {p.abstract}" for p in papers])
        began = time.perf_counter()
        small, scales = in_bytes(vectors)
        for name, data in (("vectors", vectors.astype(np.float16)), ("bytes", small), ("scales", scales)):
            with (folder / name).open("ab") as file:
                file.write(data.tobytes())
                file.flush()
                os.fsync(file.fileno())
        between = time.perf_counter()
        chroma.put([f"{n + 1}.0" for n in some], vectors)
        scanned += between - began
        graph += time.perf_counter() - between
    chroma.finished()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    chroma.close()
    np.save(folder / "asked.npy", embedder.encode(pool.questions[:_QUESTIONS]))
    disk = sum(f.stat().st_size for f in (folder / "chroma").rglob("*") if f.is_file()) / 1e9
    return {"Chroma": size / graph, "scan in bytes": size / scanned, "peak_mb": peak, "disk_gb": disk}


def _asked(way: str, folder: Path, size: int, runs: int) -> dict[str, Any]:
    import numpy as np

    from assistant.index.neighbours import Neighbours
    from assistant.index.products import exact, scanned

    from .search import _memory, _times

    questions = np.load(folder / "asked.npy")
    shape = (size, questions.shape[1])
    small, scales = np.memmap(folder / "bytes", np.int8, "r", shape=shape), np.fromfile(folder / "scales", np.float32)
    chroma = Neighbours(folder / "chroma", "passages")

    def by_chroma(vector: Any) -> list[int]:
        return [int(name.split(".")[0]) - 1 for name, _ in chroma.nearest(vector, _NEAREST)]

    def by_scan(vector: Any) -> list[int]:
        return list(np.argpartition(-scanned(small, scales, vector), _NEAREST)[:_NEAREST])

    def by_reading(vector: Any) -> list[int]:
        small.view(np.uint64).max()
        return []

    ways: dict[str, Callable[[Any], list[int]]] = {
        "Chroma": by_chroma, "scan in bytes": by_scan, "memory read (the limit)": by_reading,
    }
    ask = ways[way]
    began = time.perf_counter()
    ask(questions[0])
    first = time.perf_counter() - began
    for vector in questions:
        ask(vector)
    taken = _times(ask, questions, runs)
    private, mapped = _memory()
    found = {"first": first, "p50": 1e3 * percentile(taken, 0.5), "p95": 1e3 * percentile(taken, 0.95),
             "private": private, "mapped": mapped}
    if way != "memory read (the limit)":
        vectors = np.memmap(folder / "vectors", np.float16, "r", shape=shape)
        right = [set(np.argpartition(-exact(vectors, v), _NEAREST)[:_NEAREST].tolist()) for v in questions]
        shares = [len(set(ask(v)) & r) / _NEAREST for v, r in zip(questions, right, strict=True)]
        found["recall"] = round(float(np.mean(shares)), 4)
    chroma.close()
    return {name: round(float(value), 4) for name, value in found.items()}


if __name__ == "__main__":
    what, at, count, pools_at, times = sys.argv[1:]
    place = Path(at)
    said = _written(place, int(count), Path(pools_at)) if what == "write" else _asked(what, place, int(count),
                                                                                     int(times))
    print(json.dumps(said))
