"""What comes back of real records: `python -m tests.round_trips [FOLDER] [--all]`.

Every record of a folder of reference files is exported in each format and read again. The table gives
the share of papers that come back equal in every field, and the fields that did not, with an example of
each; `--all` lists every difference. `different` says what counts as equal.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from assistant.export import FORMATS, exported, suffix_of
from assistant.papers import Paper
from assistant.readers import read

NOT_COMPARED = {"appearances", "pages", "raw_title", "raw_abstract", "authors", "author_names", "url", "key", "read",
                "file"}  # fmt: skip
"""Where it was read, full texts and raw forms; `compared` has its own words for names, links and keys."""
# What a format has no place for, in the words that the README uses.
NO_PLACE = {"ris": {"tags", "collections", "braces", "event"}}


def compared(paper: Paper) -> dict[str, Any]:
    """The paper's fields as they are compared: names in parts, the link that it leads to."""
    row = {f.name: getattr(paper, f.name) for f in fields(Paper) if f.name not in NOT_COMPARED}
    row |= {"names": [n.sorted for n in paper.names], "link": paper.link}
    row["braces"] = re.sub(r"\s+", " ", paper.raw_title).strip() if "{" in paper.raw_title else ""
    return row


def different(paper: Paper, back: Paper, style: str, *, from_bibtex: bool = False) -> list[str]:
    """The fields in which they differ, beyond what `style` has no place for."""
    before, after = compared(paper), compared(back)
    if style != "bibtex" or not from_bibtex:
        del before["braces"], after["braces"]
    if style == "ris":
        # A line each: a note's blank lines and an abstract's paragraphs have no place.
        for row in (before, after):
            row["abstract"] = " ".join(row["abstract"].split())
            row["note"] = [" ".join(x.split()) for x in row["note"].splitlines() if x.strip()]
            row["keywords"] = list(dict.fromkeys((*row["keywords"], *row["tags"])))
    if paper.raw_kind.partition(":")[0] != style.partition("-")[0]:
        # A word of another format comes back as this one's, which may be coarser.
        del before["raw_kind"], after["raw_kind"]
    skipped = NO_PLACE.get(style, set())
    return [name for name in before if name not in skipped and before[name] != after[name]]


def returned(papers: Sequence[Paper], style: str, folder: Path) -> list[Paper]:
    """The papers as they are read from their export."""
    file = folder / f"out{suffix_of(style)}"
    file.write_text(exported(papers, style), encoding="utf-8")
    return [p for p in read(file) if isinstance(p, Paper)]


def records(folder: Path, largest: int = 1 << 30) -> Iterator[tuple[Path, list[Paper]]]:
    """The papers of each file of a folder that is not larger than `largest` bytes."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "MANIFEST.tsv"):
        if path.stat().st_size > largest:
            continue
        if papers := [p for p in read(path) if isinstance(p, Paper)]:
            yield path, papers


def main(arguments: list[str]) -> None:
    """Print the table."""
    given = [a for a in arguments if not a.startswith("-")]
    data = Path(os.environ.get("LITASSIST_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")
    every = list(records(Path(given[0]) if given else data / "samples" / "references"))
    with tempfile.TemporaryDirectory() as spare:
        for style in FORMATS:
            total = equal = 0
            fields_differing: Counter[str] = Counter()
            examples: defaultdict[str, list[str]] = defaultdict(list)
            for path, papers in every:
                back = returned(papers, style, Path(spare))
                total += len(papers)
                if len(back) != len(papers):
                    fields_differing["(lost)"] += len(papers) - len(back)
                    examples["(lost)"].append(str(path))
                    continue
                for paper, again in zip(papers, back, strict=True):
                    names = different(paper, again, style, from_bibtex=path.suffix == ".bib")
                    equal += not names
                    fields_differing.update(names)
                    before, after = compared(paper), compared(again)
                    for name in names:
                        examples[name].append(f"{path.name} {paper.key}: {before[name]!r} -> {after[name]!r}")
            print(f"{style}: {equal} of {total} equal in every field ({100 * equal / max(1, total):.2f} %)")
            for name, count in fields_differing.most_common():
                print(f"  {name}: {count}")
                for text in examples[name] if "--all" in arguments else examples[name][:2]:
                    print(f"    {text[:400]}")


if __name__ == "__main__":
    main(sys.argv[1:])
