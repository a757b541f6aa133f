"""Records counted by us and by two others: `python -m tests.reference_counts [FOLDER]`.

For each file of a folder of reference files: our papers and rejected records, what a plain count of the
format's marks gives (`@type{`, `TY  -`, `<PubmedArticle`, objects of a list), and what another parser gives:
`pybtex` and `bibtexparser`, `rispy`, `nbib`, `citeproc` or `xml.etree`. Parsers that are not installed are left
out (`uv run --with pybtex --with nbib python -m tests.reference_counts`). Every difference is listed with its
reason: where papers and records rejected for want of a title add up to the count, that is the reason; the others
are explained one by one in `EXPLAINED`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.readers import decoding
from tests.reference_table import outcome

EXPLAINED = {
    "input.json": "it is an object of named lists, whose records are counted together",
    "output.json": "it is an object of named lists, whose records are counted together",
    "MedlinePlainImporterTestMultipleEntries.txt": "two of its records have no PMID and begin with their title",
}
_NO_WORKS = ("comment", "preamble", "string", "xdata", "set", "control", "ieeetranbstctl")
_UNTITLED = ("this entry has no title", "this record has no title", "this item has no title", "record is empty")


def _text(path: Path) -> str:
    found = decoding.encoding(path)
    return path.read_text(encoding=found.name, errors="replace")


def by_marks(path: Path, text: str) -> tuple[str, int] | None:
    """What a count of the format's own marks gives, and what was counted."""
    if text.lstrip()[:1] in "{[" and path.suffix == ".json":
        return "objects", len(_objects(text))
    if "<PubmedArticleSet" in text or "<PubmedArticle" in text:
        return "elements", len(re.findall(r"<Pubmed(?:Book)?Article[ >]", text))
    if "<feed" in text[:500]:
        return "elements", len(re.findall(r"<entry[ >]", text))
    if re.search(r"<rec-number|<ref-type", text):
        return "elements", len(re.findall(r"<record[ >]", text))
    if re.search(r"^\s{0,4}TY {1,3}-", text, re.M):
        return "TY lines", len(re.findall(r"^\s{0,4}TY {1,3}-", text, re.M))
    if re.search(r"^PMID ?- ?\d", text, re.M):
        return "PMID lines", len(re.findall(r"^PMID ?-", text, re.M))
    if re.search(r"^PT [A-Z]\s*$", text, re.M):
        return "PT lines", len(re.findall(r"^PT [A-Z]", text, re.M))
    if re.search(r"^%0(?: |$)", text, re.M):
        return "%0 lines", len(re.findall(r"^%0(?: |$)", text, re.M))
    kinds = [k.lower() for k in re.findall(r"^[ \t]*@[ \t]*(\w+)[ \t\r\n]*[{(]", text, re.M)]
    return ("@ marks", sum(k not in _NO_WORKS for k in kinds)) if kinds else None


def _objects(text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    for key in ("message", "data", "items", "results", "papers", "references", "recommendedPapers"):
        if isinstance(value, dict) and isinstance(value.get(key), dict | list):
            inner = value[key]
            if isinstance(inner, list) or "title" in inner or "items" in inner:
                value = inner
    items = value if isinstance(value, list) else [value]
    parts = ("attachment", "note", "annotation")
    return [v for v in items if not (isinstance(v, dict) and v.get("itemType") in parts)]


def by_parser(path: Path, text: str) -> dict[str, int]:
    """What other parsers count; -1 for one that gives up on the file."""
    counters: dict[str, Callable[[str], int]] = {}
    marks = by_marks(path, text)
    kind = marks[0] if marks else ""
    if kind == "@ marks":
        counters = {"pybtex": _pybtex, "bibtexparser": _bibtexparser}
    elif kind == "TY lines":
        counters = {"rispy": _rispy}
    elif kind == "PMID lines":
        counters = {"nbib": _nbib}
    elif kind == "elements":
        counters = {"xml.etree": _etree}
    elif path.parent.name == "csl_json" or "csl" in path.name:
        counters = {"citeproc": _citeproc}
    found: dict[str, int] = {}
    for name, count in counters.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[name] = count(text)
        except ImportError:
            continue
        except Exception:  # noqa: BLE001 - that it gives up is what is to be told
            found[name] = -1
    return found


def _pybtex(text: str) -> int:
    from pybtex import errors
    from pybtex.database.input.bibtex import Parser

    errors.set_strict_mode(False)

    class Counter(Parser):
        """Counts what it is given: two entries of one key are two."""

        seen = 0

        def process_entry(self, kind: str, *rest: Any) -> None:
            Counter.seen += kind.lower() not in _NO_WORKS

    with errors.capture():
        # A brace that never closes ends its reading, with what it has seen so far.
        Counter().parse_string(text)
    return Counter.seen


def _bibtexparser(text: str) -> int:
    import logging

    from bibtexparser.model import DuplicateBlockKeyBlock, Entry
    from bibtexparser.splitter import Splitter

    logging.getLogger("bibtexparser.splitter").setLevel(logging.CRITICAL)
    found = Splitter(text).split().blocks
    blocks = [b.ignore_error_block if isinstance(b, DuplicateBlockKeyBlock) else b for b in found]
    return sum(isinstance(b, Entry) and b.entry_type.lower() not in _NO_WORKS for b in blocks)


def _rispy(text: str) -> int:
    import rispy

    return len(rispy.loads(text))


def _nbib(text: str) -> int:
    import nbib

    return len(nbib.read(text))


def _etree(text: str) -> int:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", "", text, flags=re.S).encode())
    names = ("PubmedArticle", "PubmedBookArticle", "entry", "record")
    return sum(e.tag.rpartition("}")[2] in names for e in root.iter())


def _citeproc(text: str) -> int:
    from citeproc.source.json import CiteProcJSON

    return len(CiteProcJSON(_objects(text)))


def main(arguments: list[str]) -> None:
    """Print a row per format and a line per difference."""
    data = Path(os.environ.get("LITASSIST_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")
    folder = Path(arguments[0]) if arguments else data / "samples" / "references"
    totals: dict[str, Counter[str]] = {}
    lines: list[str] = []
    unexplained = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "MANIFEST.tsv"):
        papers, rejected, _ = outcome(path)
        text = _text(path)
        marks = by_marks(path, text)
        others = by_parser(path, text)
        name = path.relative_to(folder).as_posix()
        total = totals.setdefault(name.split("/")[0], Counter())
        untitled = sum(_times(r.reason) for r in rejected if any(u in r.reason for u in _UNTITLED) and not r.kept)
        left_out = sum(_times(r.reason) for r in rejected if not r.kept)
        total.update({"files": 1, "papers": len(papers), "rejected": left_out})
        total.update({"marks": marks[1] if marks else 0, **{k: max(v, 0) for k, v in others.items()}})
        counts = {**({marks[0]: marks[1]} if marks else {}), **others}
        if set(counts.values()) <= {len(papers)}:
            continue
        said = ", ".join(f"{k} {v}" if v >= 0 else f"{k} gives up" for k, v in counts.items())
        why = _reason(name, len(papers), untitled, counts)
        if not why and not papers and len(rejected) == 1:
            why = f"it holds no papers: {rejected[0].reason}"
        unexplained += not why
        lines.append(f"{name}: {len(papers)} papers, {untitled} without a title ({said}): {why or '?'}")
    for form, total in totals.items():
        print(f"{form:22}" + "  ".join(f"{k} {v}" for k, v in total.items()))
    print(f"\nfiles in which the counts differ: {len(lines)}, unexplained: {unexplained}")
    for line in lines:
        print("  " + line)


def _times(reason: str) -> int:
    """How many records a line speaks of: those beyond the first fifty are counted in one."""
    found = re.match(r"(\d+) more like this", reason)
    return int(found[1]) if found else 1


def _reason(name: str, papers: int, untitled: int, counts: dict[str, int]) -> str:
    if told := EXPLAINED.get(name.rpartition("/")[2]):
        return told
    differing = {k: v for k, v in counts.items() if v != papers}
    whole = papers + untitled
    if all(v <= whole for v in differing.values()) and max(counts.values(), default=0) in (whole, papers, -1):
        fewer = [k for k, v in differing.items() if v < whole]
        told = [f"{untitled} have no title and are rejected, each with a line"] if untitled else []
        return "; ".join(told + ([f"{' and '.join(fewer)} can't read all of it"] if fewer else []))
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
