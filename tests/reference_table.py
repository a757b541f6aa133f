"""What the readers make of a folder of reference files: `python -m tests.reference_table [FOLDER] [--files]`.

A row per format (the folder's subfolders): files, papers, rejected lines, the slowest file, and how
many of the papers have each field. Where a MANIFEST.tsv says what other parsers counted, the files in
which the counts differ are listed. `--files` lists every rejected line.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from assistant.papers import Paper, Rejected
from assistant.readers import read

FIELDS = (
    "abstract", "authors", "year", "date", "venue", "volume", "issue", "page_range", "publisher", "editors", "doi",
    "arxiv_id", "pmid", "isbn", "issn", "url", "keywords", "pages",
)  # fmt: skip


def outcome(path: Path) -> tuple[list[Paper], list[Rejected], float]:
    """The papers and reasons of one file, and the seconds it took."""
    began = time.perf_counter()
    items = list(read(path))
    took = time.perf_counter() - began
    return [i for i in items if isinstance(i, Paper)], [i for i in items if isinstance(i, Rejected)], took


def counted_elsewhere(stated: str) -> dict[str, int]:
    """What other parsers counted, from the manifest's last column."""
    patterns = {
        "regex": r"(\d+) @entries by regex", "bibtexparser": r"(\d+) entries,", "failed": r"(\d+) failed blocks",
        "TY lines": r"(\d+) TY lines", "rispy": r"(\d+) refs",
    }  # fmt: skip
    return {name: int(m[1]) for name, p in patterns.items() if (m := re.search(p, stated))}


def rows(folder: Path) -> tuple[list[list[str]], list[str]]:
    """The table's rows, its heads first, and a line per file whose count other parsers don't share."""
    manifest: dict[str, str] = {}
    if (folder / "MANIFEST.tsv").is_file():
        for line in (folder / "MANIFEST.tsv").read_text("utf-8").splitlines()[1:]:
            cells = line.split("\t")
            manifest[cells[0]] = cells[-1]
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    slowest: defaultdict[str, float] = defaultdict(float)
    differing: list[str] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "MANIFEST.tsv"):
        name = path.relative_to(folder).as_posix()
        form = name.split("/")[0]
        papers, rejected, took = outcome(path)
        counts[form].update({"files": 1, "papers": len(papers), "rejected": len(rejected), "empty": not papers})
        counts[form].update(f for paper in papers for f in FIELDS if getattr(paper, f))
        slowest[form] = max(slowest[form], took)
        elsewhere = counted_elsewhere(manifest.get(name, ""))
        if elsewhere and {v for k, v in elsewhere.items() if k != "failed"} != {len(papers)}:
            said = ", ".join(f"{k} {v}" for k, v in elsewhere.items())
            why = "; ".join(sorted({re.sub(r"\d+|“.*”", "…", r.reason) for r in rejected}))
            differing.append(f"{name}: {len(papers)} papers, {len(rejected)} lines ({said}) {why}")
    heads = ["files", "papers", "rejected", "empty", *FIELDS]
    table = [[form, *(str(count[h]) for h in heads), f"{slowest[form]:.2f} s"] for form, count in counts.items()]
    return [["format", *heads, "slowest"], *table], differing


def main(arguments: list[str]) -> None:
    """Print the table."""
    given = [a for a in arguments if not a.startswith("-")]
    data = Path(os.environ.get("LITASSIST_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")
    folder = Path(given[0]) if given else data / "samples" / "references"
    lines, differing = rows(folder)
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())
    print(f"\nfiles in which other parsers counted otherwise: {len(differing)}")
    for text in differing:
        print("  " + text)
    if "--files" in arguments:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            for r in outcome(path)[1]:
                print(f"{path.relative_to(folder)}: {r.where}: {r.reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
