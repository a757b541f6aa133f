"""Search, filters, evidence and memory at one size after another: the same code, real questions, cost against size.

`--size N` measures one size; without it 10,000 and 100,000. Libraries are made at first (see `_sized`) in
`--set folder=DIR` and used again. A million takes `--size 1000000 --set chroma=no`: Chroma adds some 900 vectors
a second and would hold two gigabytes, and at that size no search asks it.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.papers import Filters
from assistant.retrieval import search

from . import Options, Report, benchmark, percentile

SIZES = (10_000, 100_000)
SHARES = (1, 10, 50)
_QUESTIONS, _EXACT_QUESTIONS = 100, 20


@benchmark("search", "hybrid and filtered search, recall and memory by size; --size, --set folder=DIR, --set chroma=no")
def searching(options: Options) -> Report:
    """A row per size: p50 and p95 of a search, of filtered ones beside it, recall@10, memory of a process."""
    sizes = [options.size] if options.size else list(SIZES)
    folder = Path(options.given.get("folder") or Path(tempfile.gettempdir()) / "litassist-sized")
    report = Report(["papers", "p50 ms", "p95 ms", *(f"{s} % pass: p95 ms" for s in SHARES), "recall@10",
                     "first search s", "private MB", "mapped MB"])
    for size in sizes:
        # A process of its own, so that memory is of one library.
        command = [sys.executable, "-m", f"{__package__}.search", str(folder), str(size), str(options.runs),
                   options.given.get("chroma", "yes")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        found = json.loads(done.stdout.splitlines()[-1])
        report.rows.append([size, *found["row"]])
        report.notes.append(f"{size:,} papers: {found['note']}")
    report.notes.append(f"recall@10: of the first ten by exact scores of every paper, {_EXACT_QUESTIONS} questions")
    report.notes.append("private: memory of the process's own; mapped: pages of the index's files, which the system "
                        "takes back when it needs them")
    if len(report.rows) > 1:
        first, last = report.rows[0], report.rows[-1]
        per = (last[0] - first[0]) / 100_000
        more = [(last[place] - first[place]) / per for place in (2, 8, 9)]
        report.notes.append("for every 100,000 papers more: {:+.1f} ms at p95, {:+.0f} MB private, {:+.0f} MB mapped"
                            .format(*more))
    if options.plot:
        _draw(report, options.plot)
    return report


def _measured(folder: Path, size: int, runs: int, chroma: bool) -> dict[str, Any]:
    from ._sized import YEARS, Sized

    made = Sized(folder, size, chroma=chroma)
    made.close()
    sized = Sized(folder, size)
    questions = sized.questions(_QUESTIONS)
    began = time.perf_counter()
    search(sized.library, sized.index, sized.embedder, questions[0])
    first = time.perf_counter() - began

    def timed(filters: Filters | None) -> list[float]:
        return _times(lambda q: search(sized.library, sized.index, sized.embedder, q, filters=filters), questions, runs)

    timed(None)  # what a first question alone pays for
    plain = timed(None)
    limited = [timed(Filters(year_from=YEARS.stop - s)) for s in SHARES]
    private, mapped = _memory()
    recall = _recall(sized, questions[:_EXACT_QUESTIONS])
    row = [1e3 * percentile(plain, 0.5), 1e3 * percentile(plain, 0.95), *(1e3 * percentile(t, 0.95) for t in limited),
           recall, first, private, mapped]
    took = ", ".join(f"{k} {v:.0f}" if isinstance(v, float) and v > 2 else f"{k} {v}" for k, v in sized.made.items())
    disk = sum(f.stat().st_size for f in sized.home.rglob("*") if f.is_file()) / 1e9
    sized.close()
    return {"row": [round(float(v), 3) for v in row], "note": f"made with {took}; {disk:.2f} GB on disk"}


def _times(function: Callable[[str], Any], questions: Sequence[str], runs: int) -> list[float]:
    taken: list[float] = []
    for _ in range(runs):
        for question in questions:
            began = time.perf_counter()
            function(question)
            taken.append(time.perf_counter() - began)
    return taken


def _recall(sized: Any, questions: Sequence[str]) -> float:
    """The share of the exact first ten that a search gives, by the same recipe."""
    from assistant.retrieval import ranking

    view = sized.index.view()
    every = copy.copy(view)
    every.exact = True
    shares = []
    for question in questions:
        right = ranking(every, sized.embedder, question, 10)
        shares.append(len(set(right) & set(ranking(view, sized.embedder, question, 10))) / max(1, len(right)))
    return sum(shares) / len(shares)


def _memory() -> tuple[float, float]:
    """Megabytes of this process's own, and of mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    sizes = (line.partition(":")[::2] for line in lines if line.endswith("kB"))
    kilobytes = {name: int(value.split()[0]) for name, value in sizes}
    return kilobytes["RssAnon"] / 1e3, kilobytes["RssFile"] / 1e3


def _draw(report: Report, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.5))
    sizes = [r[0] for r in report.rows]
    for place, name in enumerate(report.columns[2:6], 2):
        left.plot(sizes, [r[place] for r in report.rows], marker="o", label=name)
    right.plot(sizes, [r[8] for r in report.rows], marker="o", label="private MB")
    right.plot(sizes, [r[9] for r in report.rows], marker="o", label="mapped MB")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlabel("papers")
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] != "no")))
