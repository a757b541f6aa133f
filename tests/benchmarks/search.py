"""Search, filters, recall and memory at one size after another: the same code, real questions, cost against size.

    python -m tests.benchmarks search                                      342, 10,000 and 100,000 papers
    python -m tests.benchmarks search --set sizes=10000,100000,1000000 --set chroma=no --set folder=DIR --plot FILE

Libraries are made at first (see `_sized`), in a process of their own, and used again. `--set chroma=no` leaves
Chroma out of the making: it takes some thousands of vectors a second, and up to 3,000,000 passages no search asks it,
since going through the passages' bytes is quicker (`index.view.SCANNED_PASSAGES`; both are measured by `neighbours`).
What is measured is the product's own way at each of these sizes.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.papers import Filters
from assistant.retrieval import search

from . import ROOT, Options, Report, benchmark, percentile, seconds
from ._sized import prepared

SIZES = (342, 10_000, 100_000)
SHARES = (1, 10, 50)
LARGE = 10_000
"""From so many papers on candidates are chosen: a slope over smaller ones would be another way's."""
_QUESTIONS, _EXACT_QUESTIONS = 100, 20


@benchmark("search", "hybrid and filtered search, recall, memory; --size or --set sizes=…, folder=DIR, chroma=no")
def searching(options: Options) -> Report:
    """A row per size: p50 and p95 of a search, p95 of filtered ones, recall@10, opening, memory of a process."""
    given = options.given.get("sizes", "")
    sizes = [options.size] if options.size else [int(s) for s in given.split(",") if s] or list(SIZES)
    folder = Path(options.given.get("folder") or Path(tempfile.gettempdir()) / "litassist-sized")
    report = Report(["papers", "p50 ms", "p95 ms", *(f"{s} % pass: p95 ms" for s in SHARES), "recall@10", "open s",
                     "first search s", "private MB", "mapped MB", "memory read ms"])
    for size in sizes:
        cost = prepared(folder, size, chroma=options.given.get("chroma") != "no")
        found = _child(folder, size, options.runs)
        report.rows.append([size, *found["row"]])
        report.notes.append(f"{size:,} papers: {_making(cost)}; {found['disk']:.2f} GB on disk")
    report.notes.append(f"{_QUESTIONS} claims of SciFact, {options.runs} times each, from the text to ten papers with "
                        "their words and best sentence; the encoder remembers none of them")
    report.notes.append(f"recall@10: of the first ten by exact scores of every paper, {_EXACT_QUESTIONS} questions")
    report.notes.append("memory read: the passages' bytes read once, with nothing made of them: the limit of a search "
                        "that goes through them all")
    report.notes.append("private: memory of the process's own; mapped: pages of the index's files, which the system "
                        "takes back when it needs them")
    large = [row for row in report.rows if row[0] >= LARGE]
    if len(large) > 1:
        report.notes += _growth(report.columns, large)
    if options.plot:
        _draw(report, options.plot)
    return report


def _child(*given: Any) -> dict[str, Any]:
    """What a process of its own says, so that memory is of one library and of what it does with it."""
    command = [sys.executable, "-m", f"{__package__}.search", *map(str, given)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[2:])} failed")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _making(cost: dict[str, Any]) -> str:
    chroma = "" if cost["chroma"] else ", without Chroma"
    return (f"stored in {cost['stored_s']:,.0f} s, words in {cost['words_s']:,.0f} s, vectors{chroma} in "
            f"{cost['vectors_s']:,.0f} s (by a model with cosine {cost['likeness']} to real passages), "
            f"{cost['peak_mb']:,.0f} MB at the peak")


def _growth(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """How the figures grow with size, in sentences."""
    first, last = rows[0], rows[-1]
    slopes = ", ".join(f"{columns[at]} {slope([r[0] for r in rows], [r[at] for r in rows]):.2f}" for at in range(1, 6))
    per = (last[0] - first[0]) / 100_000
    more = [(last[at] - first[at]) / per for at in (2, 9, 10)]
    return [
        f"cost as a power of size, from {first[0]:,} to {last[0]:,} (1 would be in proportion): {slopes}",
        "for every 100,000 papers more: {:+.1f} ms at p95, {:+.0f} MB private, {:+.0f} MB mapped".format(*more),
    ]


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The exponent of the power of size that fits the values best: a line through their logarithms."""
    import numpy as np

    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0])


# ---------------------------------------------------------------------- in a process of its own


def _measured(folder: Path, size: int, runs: int) -> dict[str, Any]:
    from ._sized import YEARS, Sized

    sized = Sized(folder, size)
    questions = sized.questions(_QUESTIONS)
    sized.embedder.encode(["warm"])
    opened = seconds(sized.index.view)
    first = seconds(lambda: search(sized.library, sized.index, sized.embedder, questions[0]))

    def timed(filters: Filters | None) -> list[float]:
        return _times(lambda q: search(sized.library, sized.index, sized.embedder, q, filters=filters), questions, runs,
                      before=sized.pool.embedder.forget)

    timed(None)  # what a first question alone pays for
    plain = timed(None)
    limits = [Filters(year_from=YEARS.stop - s) for s in SHARES]
    # Warm like the searches without a limit: what passes one lies on other pages of the files.
    limited = [(timed(limit), timed(limit))[1] for limit in limits]
    private, mapped = _memory()
    recall = _recall(sized, questions[:_EXACT_QUESTIONS])
    row = [1e3 * percentile(plain, 0.5), 1e3 * percentile(plain, 0.95), *(1e3 * percentile(t, 0.95) for t in limited),
           recall, opened, first, private, mapped]
    limit = _memory_read(sized.home)
    disk = sum(f.stat().st_size for f in sized.home.rglob("*") if f.is_file()) / 1e9
    sized.close()
    return {"row": [round(float(v), 3) for v in (*row, limit)], "disk": disk}


def _times(
    function: Callable[[Any], Any], questions: Sequence[Any], runs: int, before: Callable[[], None] = lambda: None
) -> list[float]:
    """Seconds of each call; `before` is called before each, and not counted."""
    taken: list[float] = []
    for _ in range(runs):
        for question in questions:
            before()
            taken.append(seconds(lambda q=question: function(q)))
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


def _memory_read(home: Path) -> float:
    """Milliseconds that a read of all passages' bytes takes, when they are in memory already."""
    import numpy as np

    file = next(home.glob("index/build-*/passages.i8"))
    words = np.memmap(file, np.uint64, "r")
    words.max()
    return 1e3 * sorted(seconds(words.max) for _ in range(5))[2]


def _memory() -> tuple[float, float]:
    """Megabytes of this process's own, and of mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    sizes = (line.partition(":")[::2] for line in lines if line.endswith("kB"))
    kilobytes = {name: int(value.split()[0]) for name, value in sizes}
    return kilobytes["RssAnon"] / 1e3, kilobytes["RssFile"] / 1e3


# ---------------------------------------------------------------------- the picture


def _draw(report: Report, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    sizes = [r[0] for r in report.rows]
    for at, name in enumerate(report.columns[1:6], 1):
        name = name if at > 2 else f"no filter: {name}"
        left.plot(sizes, [r[at] for r in report.rows], marker="o", label=name, linestyle="-" if at < 3 else "--")
    for at, name in ((9, "private"), (10, "mapped")):
        right.plot(sizes, [r[at] for r in report.rows], marker="o", label=name)
    right.plot(sizes, [r[9] + r[10] for r in report.rows], color="grey", linestyle=":", label="both")
    for axes, title, unit in ((left, "a search, warm", "ms"), (right, "memory of the process", "MB")):
        axes.set(xscale="log", yscale="log", xlabel="papers", ylabel=unit, title=title)
        axes.grid(True, which="both", alpha=0.2)
        axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
