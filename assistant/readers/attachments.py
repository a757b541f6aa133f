"""Files that an export links to: the PDF beside it becomes the paper's full text.

Only files within the export's own folder are opened. An export is something one is sent, and it
should not be able to name any file on the machine, nor one on somebody's server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from ..papers import Paper, Rejected

_MOST_FILES = 4


@dataclass(frozen=True, slots=True)
class Linked:
    """A paper, and the PDFs and other files that its record names, as written there."""

    paper: Paper
    files: tuple[str, ...]
    others: tuple[str, ...] = ()


def with_full_texts(
    items: Iterable[Paper | Linked | Rejected],
    folder: Path,
    source: str,
    password: str | None,
    linked: set[Path] | None = None,
) -> Iterator[Paper | Rejected]:
    """The items, each paper with the text of its first PDF that can be read.

    What a PDF could not give is a line of its own; files that are not there, or lie outside of
    `folder`, are counted in one line each. Files that belong to a record are added to `linked`.
    """
    missing: list[str] = []
    outside: list[str] = []
    for item in items:
        if not isinstance(item, Linked):
            yield item
            continue
        paper = item.paper
        if linked is not None:
            linked.update(p for n in item.others[:100] if (p := inside(folder, n)))
        for name in item.files[:_MOST_FILES]:
            path = inside(folder, name)
            if path is None:
                outside.append(name)
                continue
            if not path.is_file():
                missing.append(name)
                continue
            paper, notes = with_pdf(paper, path, source, name, password)
            yield from notes
            if linked is not None:
                linked.add(path)
            if paper.pages:
                break
        yield paper
    if missing:
        yield Rejected(source, "", _count_line(missing, "is not beside it", "are not beside it"), kept=True)
    if outside:
        yield Rejected(
            source,
            "",
            _count_line(outside, "lies outside of its folder", "lie outside of its folder") + "; read it by itself",
            kept=True,
        )


def with_pdf(
    paper: Paper, path: Path, source: str, name: str, password: str | None
) -> tuple[Paper, list[Rejected]]:
    """The paper with the PDF's pages, and its abstract where the record has none; and what was wrong with the PDF."""
    from . import pdf

    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            return paper, [Rejected(source, name[-120:], "the linked file is not a PDF", kept=True)]
    notes: list[Rejected] = []
    for item in pdf.papers(path, source, password):
        if isinstance(item, Rejected):
            notes.append(Rejected(source, f"{name[-120:]} {item.where}".strip(), item.reason, kept=True))
        else:
            abstract = (paper.abstract, paper.raw_abstract) if paper.abstract else (item.abstract, item.raw_abstract)
            paper = replace(
                paper, pages=item.pages, file=item.file, abstract=abstract[0], raw_abstract=abstract[1],
                doi=paper.doi or item.doi,
            )  # fmt: skip
    return paper, notes


def inside(folder: Path, name: str) -> Path | None:
    """The path of a file named in an export in `folder`; None where it would lie outside of it."""
    text = name.replace("\\", "/").strip()
    if "\0" in text or text.startswith("//") or re.match(r"(?i)(?!file:)[a-z][a-z0-9+.-]+:", text) or len(text) > 4_000:
        return None
    text = unquote(re.sub(r"(?i)^file:/*(?=/)", "", text)) if text.lower().startswith("file:") else text
    root = folder.resolve()
    try:
        path = (root / text).resolve()
        return path if path.is_relative_to(root) else None
    except (OSError, RuntimeError, ValueError):
        return None


def with_files(paper: Paper, names: Iterable[str]) -> Paper | Linked:
    """The paper with the files named in its record; as it is when there are none."""
    every = tuple(dict.fromkeys(names))
    pdfs = tuple(n for n in every if n.lower().endswith(".pdf"))
    return Linked(paper, pdfs, tuple(n for n in every if n not in pdfs)) if every else paper


def file_names(field: str) -> tuple[str, ...]:
    """The files in a `file` field as Zotero, JabRef, Mendeley, BibDesk and Calibre write it."""
    found: list[str] = []
    for entry in re.split(r"(?<!\\);", field[:20_000]):
        parts = [re.sub(r"\\([:;\\_{}&%#])", r"\1", p).strip() for p in re.split(r"(?<!\\):", entry)]
        # A drive's letter is followed by a colon that need not be escaped.
        joined = [f"{a}:{b}" for a, b in pairwise(parts) if re.fullmatch("[A-Za-z]", a) and b[:1] in "/\\"]
        paths = [p for p in (joined or parts) if re.search(r"\.[A-Za-z0-9]{2,5}$", p)]
        if paths:
            # "Full Text.pdf:files/12/Full Text.pdf:application/pdf": the first is the name shown.
            found.append(max(paths, key=lambda p: ("/" in p or "\\" in p, len(p))))
    return tuple(dict.fromkeys(found))


def _count_line(names: list[str], one: str, many: str) -> str:
    first = names[0][-100:]
    if len(names) == 1:
        return f"1 linked PDF {one}: “{first}”"
    return f"{len(names)} linked PDFs {many} (the first: “{first}”)"
