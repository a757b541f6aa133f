"""`python -m tests.benchmarks NAME [--runs N] [--size N] [--json FILE] [--plot FILE] [--set name=value]`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

from . import BENCHMARKS, Options, Report, machine


def main() -> None:
    """Run the benchmark that is named; list them all when none is."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__package__}.{module.name}")
    names = "\n".join(f"  {name:12} {about}" for name, (about, _) in sorted(BENCHMARKS.items()))
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", epilog=f"benchmarks:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), metavar="NAME")
    parser.add_argument("--runs", type=int, default=3, help="how often each figure is taken (the median counts)")
    parser.add_argument("--size", type=int, help="how much is measured: papers, askers …")
    parser.add_argument("--json", type=Path, help="write the report here too")
    parser.add_argument("--plot", type=Path, help="draw the figures into this PNG, where a benchmark draws any")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="for one benchmark alone")
    given = parser.parse_args()
    if given.name is None:
        parser.print_help()
        return
    own = dict(one.partition("=")[::2] for one in given.set)
    report = BENCHMARKS[given.name][1](Options(max(1, given.runs), given.size, given.plot, own))
    print(f"{given.name} · {', '.join(f'{k} {v}' for k, v in machine().items())}")
    print(table(report))
    for note in report.notes:
        print(f"- {note}")
    if given.json:
        given.json.write_text(json.dumps({"benchmark": given.name, **report.to_dict()}, indent=1), encoding="utf-8")


def table(report: Report) -> str:
    """The rows under their columns, as wide as they need to be; figures stand right."""
    lines = [[str(c) for c in report.columns], *([_shown(v) for v in row] for row in report.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(report.columns))]
    numeric = [all(isinstance(row[i], int | float) for row in report.rows) for i in range(len(widths))]
    return "\n".join(
        "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in zip(line, widths, numeric, strict=True)).rstrip()
        for line in lines
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return "" if value is None else str(value)


if __name__ == "__main__":
    main()
