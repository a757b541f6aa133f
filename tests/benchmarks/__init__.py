"""Benchmarks: one command each, `python -m tests.benchmarks NAME`; without a name, what there is.

Every benchmark compares within one run and gives medians: figures of different machines, or of one machine
on different days, say little; their ratios say something. Real texts come from the test data
(`LITASSIST_TEST_DATA`, default `../shared`). What they compare with is in the dependency group `benchmarks`.

A benchmark is a function in a module here, registered by name:

    @benchmark("encoding", "papers encoded per second, against sentence-transformers")
    def encoding(options: Options) -> Report: ...
"""

from __future__ import annotations

import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Options:
    """What the command line gives to every benchmark."""

    runs: int = 3
    """How often each figure is taken; the median counts."""
    size: int | None = None
    """How much is measured (papers, askers …); None is the benchmark's own measure."""
    plot: Path | None = None
    """Where a benchmark that draws something puts its PNG."""
    given: Mapping[str, str] = field(default_factory=dict)
    """`--set name=value`, for what one benchmark alone knows."""


@dataclass
class Report:
    """A table, and what has to be said about it."""

    columns: Sequence[str]
    rows: list[Sequence[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"machine": machine(), "columns": list(self.columns), "rows": [list(r) for r in self.rows],
                "notes": self.notes}


Benchmark = Callable[[Options], Report]
BENCHMARKS: dict[str, tuple[str, Benchmark]] = {}


def benchmark(name: str, about: str) -> Callable[[Benchmark], Benchmark]:
    """Register a benchmark under its name, with the line that the list shows."""

    def register(function: Benchmark) -> Benchmark:
        BENCHMARKS[name] = (about, function)
        return function

    return register


def shared() -> Path:
    """The folder of real test data; SystemExit says that it is not there."""
    folder = Path(os.environ.get("LITASSIST_TEST_DATA") or ROOT.parent / "shared")
    if not folder.is_dir():
        raise SystemExit(f"no test data at {folder} (set LITASSIST_TEST_DATA)")
    return folder


def seconds(function: Callable[[], Any]) -> float:
    """Seconds that one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def alternated(functions: Mapping[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """Median seconds of each function; they take turns, so that a slow minute of the machine falls on all."""
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(runs):
        for name, function in functions.items():
            taken[name].append(seconds(function))
    return {name: statistics.median(times) for name, times in taken.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them (0 to 1) do not exceed: the nearest rank, no interpolation."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def machine() -> dict[str, Any]:
    """Processor, cores and Python: what a figure is worth nothing without."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    return {"processor": name, "cores": os.cpu_count(), "python": platform.python_version(),
            "system": platform.system()}
