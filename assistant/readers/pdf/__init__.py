"""Papers as PDF: title, authors, abstract, sections, and the text page by page.

PDFs are opened in a process of their own (`process`, `worker`, `pdfium`), which sends words with their
boxes; lines, columns, blocks and texts are made of these (`lines`, `blocks`, `reading`, `front`).
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path

from ...papers import Appearance, Paper, Rejected
from ...text import repaired
from .blocks import PageBlocks, documents_blocks
from .front import Front, front_of
from .page import Box, PageWords
from .places import boxes_of
from .process import Document, Refused, WorkerStopped, opened
from .reading import Reading

__all__ = ["Box", "NoPicture", "digest", "papers", "picture", "telling"]

MAX_BYTES = 512 << 20
MAX_PAGES = 5_000
MAX_WORDS = 5_000_000
_STOPS = 6
"""How often the worker may have to be ended before the rest of a file is left alone."""
_FILE_S, _PAGE_S = 60.0, 3.0
"""Seconds that a file may take, and more for each page; a page of a paper takes a twentieth of a second."""
_REFUSED = {
    "locked": "this PDF needs a password",
    "wrong": "the password given does not open this PDF",
    "damaged": "this PDF is damaged and can't be opened",
}


def papers(path: Path, source: str, password: str | None = None) -> Iterator[Paper | Rejected]:
    """The paper in the file, and a line for each page that could not be read.

    A file that is locked, damaged or without text gives one Rejected that says so.
    """
    if path.stat().st_size > MAX_BYTES:
        yield Rejected(source, "", f"PDFs above {MAX_BYTES >> 20} MB are not read")
        return
    try:
        with opened(path, password) as document:
            count = document.pages
            about, lost = document.about, document.lost
            pages, failed, last = _pages(document)
    except Refused as error:
        yield Rejected(source, "", _REFUSED[str(error)])
        return
    except WorkerStopped:
        yield Rejected(source, "", "this PDF is damaged: opening it takes too long or too much memory")
        return
    if count == 0:
        yield Rejected(source, "", "this PDF has no pages")
        return
    notes = [*_notes(pages, source), *_bookmarks(*lost, source), *_left_out(failed, last, count, source)]
    if not any(_readable(page) for page in pages):
        yield Rejected(source, "", _why_no_text(pages, failed, last))
        yield from notes
        return
    paper = _paper([p for p in pages if p.unmapped < 0.5], about, source, path)
    if tell := _told.get():
        tell(paper.file, path)
    yield paper
    yield from notes


_told: ContextVar[Callable[[str, Path], None] | None] = ContextVar("told", default=None)


@contextlib.contextmanager
def telling(found: Callable[[str, Path], None]) -> Iterator[None]:
    """Inside the block `found` is called with each PDF that becomes a paper's text, its SHA-256 first, while it is
    there: what was unpacked from an archive is gone when the next file is read."""
    token = _told.set(found)
    try:
        yield
    finally:
        _told.reset(token)


def _pages(document: Document) -> tuple[list[PageWords], list[int], int]:
    """The pages that could be read, the numbers of those that could not, and the last that was tried."""
    found: list[PageWords] = []
    failed: list[int] = []
    words = number = 0
    until = time.monotonic() + _FILE_S + _PAGE_S * document.pages
    for number in range(1, min(document.pages, MAX_PAGES) + 1):
        page = document.page(number)
        if page is None:
            failed.append(number)
        else:
            found.append(page)
            words += len(page.words)
        if document.stops >= _STOPS or words > MAX_WORDS or time.monotonic() > until:
            break
    return found, failed, number


def _readable(page: PageWords) -> bool:
    return page.unmapped < 0.5 and sum(c.isalpha() for w in page.words if not w.unseen for c in w.text) >= 10


def _why_no_text(pages: list[PageWords], failed: list[int], last: int) -> str:
    if len(failed) == last:
        return "this PDF is damaged: no page of it can be read"
    if any(w.unseen for p in pages for w in p.words):
        return "this PDF has no text that can be seen"
    if any(p.unmapped >= 0.5 for p in pages):
        return "this PDF's fonts do not say which letters they show: print it to a new PDF with text recognition (OCR)"
    if any(p.pictures for p in pages):
        return "this PDF has no text: its pages are scanned images, so run text recognition (OCR) first"
    return "this PDF has no text"


def _notes(pages: list[PageWords], source: str) -> Iterator[Rejected]:
    """What should be known of pages that were read."""
    for page in pages:
        where = f"page {page.number}"
        unseen = [w for w in page.words if w.unseen and any(c.isalnum() for c in w.text)]
        if unseen:
            why = " and ".join(w for w, _ in Counter(w.unseen for w in unseen).most_common(2))
            much = f"{len(unseen)} word{'s' if len(unseen) > 1 else ''}, {why}"
            yield Rejected(source, where, f"text that can't be seen on the page was left out ({much})", kept=True)
        if page.damaged:
            yield Rejected(source, where, "this page is damaged; what could be read of it was kept", kept=True)
        if page.unmapped >= 0.5 and len(page.words) > 20:
            yield Rejected(source, where, "its fonts do not say which letters they show; it was left out", kept=True)
    scans = [p.number for p in pages if p.recognised]
    if scans:
        said = "the text is what text recognition (OCR) made of a scanned picture; look over what you quote"
        yield Rejected(source, _numbers(scans), said, kept=True)


def _bookmarks(lost: int, count: int, source: str) -> Iterator[Rejected]:
    if lost:
        some = f"{lost} of its {count} bookmarks lead{'s' if lost == 1 else ''}" if count > 1 else "its bookmark leads"
        yield Rejected(source, "", f"{some} nowhere; the text is not affected", kept=True)


def _numbers(pages: list[int]) -> str:
    return f"page {pages[0]}" if len(pages) == 1 else f"pages {pages[0]} to {pages[-1]}"


def _left_out(failed: list[int], last: int, count: int, source: str) -> Iterator[Rejected]:
    for number in failed:
        yield Rejected(source, f"page {number}", "this page is damaged; the other pages were kept", kept=True)
    if last < count:
        why = "" if last == MAX_PAGES else "; reading on takes too long or too much memory"
        yield Rejected(source, f"page {last + 1}", f"only the first {last} pages were read{why}", kept=True)


def _paper(pages: list[PageWords], about: dict[str, str], source: str, path: Path) -> Paper:
    made, kind = documents_blocks(pages)
    front = front_of(made, kind, about, path.stem)
    reading = Reading(_without_front(made, front), kind)
    abstract = reading.joined(front.abstract)
    return Paper(
        title=" ".join(repaired(front.title).split()) or path.stem,
        abstract=" ".join(repaired(abstract).split()),
        authors=front.authors,
        year=front.year,
        doi=front.doi,
        arxiv_id=front.arxiv_id,
        keywords=front.keywords,
        raw_title=front.title,
        raw_abstract=abstract,
        pages=tuple(p for p in reading.pages if p.text or p.references),
        appearances=(Appearance(source, 1),),
        file=digest(path),
    )


def _without_front(pages: list[PageBlocks], front: Front) -> list[PageBlocks]:
    """The pages with the title set apart from the text, and authors and affiliations where the abstract ends them."""
    if not pages:
        return pages
    blocks = pages[0].blocks
    head = blocks[: front.last] if sum(len(b.text.split()) for b in blocks[: front.last]) <= 400 else ()
    rest = sum(len(b.text.split()) for b in blocks if b.role == "body")
    title = [b for b in blocks if rest > 5 and all(line in front.heading for line in b.lines)]
    apart = [b for b in (*head, *title) if b.role in ("body", "heading")]
    first = tuple(replace(b, role="front") if b in apart else b for b in blocks)
    return [replace(pages[0], blocks=first), *pages[1:]]


class NoPicture(Exception):
    """Why a page can't be drawn, in words; `locked` when it needs a password."""

    def __init__(self, why: str, *, locked: bool = False) -> None:
        super().__init__(why)
        self.locked = locked


def picture(
    path: Path, number: int, quote: str, before: str = "", *, width: int, ink: str, password: str | None = None,
    around: bool = False,
) -> tuple[bytes, list[Box]]:
    """The page (or the part `around` the quote) as PNG with the quote boxed, and the boxes.

    `before` is the text in front of the quote. NoPicture says why there is none.
    """
    try:
        with opened(path, password) as document:
            if not 1 <= number <= document.pages:
                many = f"{document.pages} page{'s' if document.pages > 1 else ''}"
                raise NoPicture(f"the PDF has {many}.")
            words = document.page(number) if quote else None
            boxes = boxes_of(words, quote, before) if words else []
            png = document.picture(number, boxes, width, ink, around)
    except Refused as error:
        why = {"locked": "the PDF is locked; give its password.", "wrong": "the password does not open the PDF."}
        raise NoPicture(why.get(str(error), "the PDF is damaged."), locked=str(error) in why) from None
    except WorkerStopped:
        raise NoPicture("the PDF can't be opened.") from None
    if png is None:
        raise NoPicture("this page can't be drawn.")
    return png, boxes


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
