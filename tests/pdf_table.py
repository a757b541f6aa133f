"""What the PDF reader makes of a folder of PDFs: `python -m tests.pdf_table [FOLDER] [--password WORD]`.

A row per file: pages with text, title, authors, letters of the abstract, sections, references, words that
run together, and of up to 30 sentences taken at random how many PDFium's own text has on the page they are
said to stand on, and how many were boxed where they stand. Below, what is said of each file that is no
ordinary paper.
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from assistant.papers import Paper, Rejected
from assistant.readers import pdf, read
from assistant.text import sentences

QUOTES = 30
HEADS = ["file", "pages", "title", "authors", "abstract", "sections", "references", "words", "run together", "quotes",
         "pages right", "boxed right", "seconds"]  # fmt: skip


def letters(text: str) -> str:
    """Letters and digits alone, ligatures apart, accents off: what two extractions of a page have in common."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def sampled(paper: Paper, seed: int = 7) -> list[tuple[int, int, int]]:
    """(page, start, end) of up to `QUOTES` sentences of the full text, of 40 letters or more, drawn at random."""
    every = [
        (page.number, start, end) for page in paper.pages for start, end in sentences(page.text)
        if len(letters(page.text[start:end])) >= 40
    ]  # fmt: skip
    return sorted(random.Random(seed).sample(every, min(QUOTES, len(every))))


def pages_with(path: Path, password: str | None = None) -> list[str]:
    """The letters of each page as PDFium's own text has them, without the signs that we leave out."""
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(path, password=password) as document:
        return [letters(page.get_textpage().get_text_range()) for page in document]


def stands_on(quote: str, page: str) -> bool:
    """Whether the letters of a quote stand on a page.

    A sentence may go on in the next column, or have a footnote's sign in it, so nine in ten of its stretches of 20
    letters are asked for.
    """
    wanted = letters(quote)
    pieces = [wanted[i : i + 20] for i in range(0, len(wanted) - 19, 5)]
    return bool(pieces) and sum(p in page for p in pieces) >= 0.7 * len(pieces)


def boxed_text(path: Path, number: int, boxes: list[pdf.Box], password: str | None = None) -> str:
    """What PDFium finds inside the boxes."""
    import ctypes

    import pypdfium2 as pdfium
    from pypdfium2.raw import FPDF_DeviceToPage

    found = []
    with pdfium.PdfDocument(path, password=password) as document:
        page = document[number - 1]
        text = page.get_textpage()
        size = [round(v * 10) for v in page.get_size()]
        for left, top, right, bottom in boxes:
            corners = []
            for x, y in ((left - 0.5, top), (right + 0.5, bottom)):
                there = ctypes.c_double(), ctypes.c_double()
                FPDF_DeviceToPage(page.raw, 0, 0, *size, 0, round(x * 10), round(y * 10), *there)
                corners.append([v.value for v in there])
            (x0, y0), (x1, y1) = corners
            found.append(text.get_text_bounded(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    return " ".join(found)


@cache
def common_words() -> frozenset[str]:
    """Words that occur five times or more in the abstracts of the test data; empty where there is none."""
    data = Path(os.environ.get("LITASSIST_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")
    count: Counter[str] = Counter()
    for path in [*(data / "benchmarks").glob("*/corpus.jsonl"), *(data / "corpora").glob("*/*.txt")]:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                count.update(re.findall(r"[a-z]{2,}", line.lower()))
    return frozenset(w for w, n in count.items() if n >= 5)


def run_together(paper: Paper) -> list[str]:
    """The words that are two common words without the space between them, or longer than any word."""
    known = common_words()
    words = [w for page in paper.pages for w in re.findall(r"[^\W\d_]+", page.text)]
    often = Counter(w.lower() for w in words)
    found = []
    for word in words:
        w = word.lower()
        rare = len(w) >= 8 and w not in known and often[w] < 3 and w.isascii()
        if len(w) > 24 or (rare and any(w[:i] in known and w[i:] in known for i in range(3, len(w) - 2))):
            found.append(word)
    return found


def row(path: Path, password: str | None = None) -> tuple[list[str], list[Rejected]]:
    """The file's row of the table, and what was said of it."""
    began = time.perf_counter()
    items = list(read(path, password=password))
    took = time.perf_counter() - began
    said = [i for i in items if isinstance(i, Rejected)]
    paper = next((i for i in items if isinstance(i, Paper)), None)
    if paper is None:
        return [path.name, *("–" for _ in HEADS[1:-1]), f"{took:.1f}"], said
    words = sum(len(page.text.split()) for page in paper.pages)
    quotes = sampled(paper)
    try:
        texts = pages_with(path, password)
    except Exception:  # noqa: BLE001  (a file that PDFium alone does not open)
        texts = []
    right = boxed = 0
    for number, start, end in quotes if texts else ():
        text = paper.text("page", number)
        right += stands_on(text[start:end], texts[number - 1])
        _, boxes = pdf.picture(path, number, text[start:end], text[:start], width=300, ink="#b45309", password=password)
        boxed += stands_on(text[start:end], letters(boxed_text(path, number, boxes, password)))
    glued = len(run_together(paper))
    cells = [path.name, len(paper.pages), paper.title[:60], len(paper.authors), len(paper.abstract),
             len(paper.sections), len(paper.references), words, f"{100 * glued / max(1, words):.2f} %", len(quotes),
             right, boxed, f"{took:.1f}"]  # fmt: skip
    return [str(c) for c in cells], said


def main(arguments: list[str]) -> None:
    """Print the table."""
    password = arguments[arguments.index("--password") + 1] if "--password" in arguments else None
    given = [a for a in arguments if not a.startswith("-") and a != password]
    data = Path(os.environ.get("LITASSIST_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")
    folder = Path(given[0]) if given else data / "samples" / "pdf"
    table, reasons = [HEADS], []
    for path in sorted(folder.rglob("*.pdf")) if folder.is_dir() else [folder]:
        cells, said = row(path, password)
        table.append(cells)
        reasons += [f"{path.name}{f', {r.where}' if r.where else ''}: {r.reason}" for r in said]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADS))]
    for line in table:
        print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())
    print()
    print("\n".join(reasons))


if __name__ == "__main__":
    main(sys.argv[1:])
