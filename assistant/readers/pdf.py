"""Papers as PDF: title, abstract, identifiers, and the text page by page."""

from __future__ import annotations

import binascii
import contextlib
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..papers import Appearance, Page, Paper, Rejected, normalised_arxiv, normalised_doi, normalised_title
from ..text import repaired
from . import pdf_text
from .records import authors_of

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_BYTES = 512 << 20
MAX_PAGES = 5_000
# What a parser throws at a damaged file, beside its own errors: no other call stands inside these.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    binascii.Error,
    struct.error,
    zlib.error,
    MemoryError,
)


def papers(path: Path, source: str, password: str | None = None) -> Iterator[Paper | Rejected]:
    """The paper in the file, and a line for each page that could not be read.

    A file that is locked, damaged or without text gives one Rejected that says so.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    failures = (PyPdfError, *_DAMAGE)
    if path.stat().st_size > MAX_BYTES:
        yield Rejected(source, "", f"PDFs above {MAX_BYTES >> 20} MB are not read")
        return
    with _quiet(), path.open("rb") as file:
        try:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted and not _opened(reader, password):
                yield Rejected(
                    source, "", "the password given does not open this PDF" if password else "this PDF needs a password"
                )
                return
            count = len(reader.pages)
        except failures:
            yield Rejected(source, "", "this PDF is damaged and can't be opened")
            return
        if count == 0:
            yield Rejected(source, "", "this PDF has no pages")
            return
        raws: list[tuple[int, str]] = []
        notes: list[Rejected] = []
        failed: list[int] = []
        pictures = 0
        for index in range(min(count, MAX_PAGES)):
            try:
                page = reader.pages[index]
                has_picture = pdf_text.has_picture(page)
                pictures += has_picture
                hidden = pdf_text.without_hidden(page, keep_layer=has_picture)
                raws.append((index + 1, pdf_text.spaced_text(page)))
            except failures:
                failed.append(index + 1)
                continue
            if hidden:
                unseen = "text that can't be seen on the page was left out"
                notes.append(Rejected(source, f"page {index + 1}", unseen, kept=True))
        damaged = "this page is damaged; the other pages were kept"
        notes += [Rejected(source, f"page {n}", damaged, kept=True) for n in failed]
        if count > MAX_PAGES:
            cut = f"only the first {MAX_PAGES} pages were read"
            notes.append(Rejected(source, f"page {MAX_PAGES + 1}", cut, kept=True))
        if not any(_letters(raw) for _, raw in raws):
            if len(failed) == count:
                yield Rejected(source, "", "this PDF is damaged: no page of it can be read")
            elif pictures:
                yield Rejected(
                    source,
                    "",
                    "this PDF has no text: its pages are scanned images, so run text recognition (OCR) first",
                )
            else:
                yield Rejected(source, "", "this PDF has no text that can be seen" if notes else "this PDF has no text")
            yield from notes
            return
        try:
            metadata = {k: str(v) for k, v in (reader.metadata or {}).items() if isinstance(v, str)}
        except failures:
            metadata = {}
        try:
            largest = pdf_text.largest_text(reader.pages[0])
        except failures:
            largest = ""
    yield _paper(raws, metadata, largest, source, path.stem)
    yield from notes


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The parser's own warnings are kept off the screen while it works."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _opened(reader: PdfReader, password: str | None) -> bool:
    return any(reader.decrypt(p) for p in ("", password) if p is not None)


def _letters(text: str) -> bool:
    return len(re.findall(r"[^\W\d_]", text)) >= 10


# --------------------------------------------------------------------------- what the pages say

_NO_TITLE = re.compile(
    r"(?:untitled|title|paper|manuscript|article|document\d*|main|template|microsoft word.*|powerpoint.*|proceedings.*"
    r"|.*\.(?:docx?|tex|dvi|pdf|indd|rtf|odt|ps|eps)|[\W\d_]*|\S+)",
    re.I,
)
_OWN_ARXIV = re.compile(r"arXiv:\s?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\s*\[")
_YEAR = re.compile(
    r"(?:©|\(c\)|copyright|published online:?|published:?|accepted:?)[^\n]{0,60}?\b((?:19|20)\d\d)\b"
    r"|arXiv:\S+\s+\[[^\]]+\]\s+\d+\s+\w+\s+((?:19|20)\d\d)\b|\b((?:19|20)\d\d) Association for",
    re.I,
)
_ABSTRACT = re.compile(r"(?:^|\n)\s*(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary)\b\s*[.:—–-]*\s*", re.I)
_AFTER = re.compile(
    r"\n\s*(?:(?:\d|I)?\.?\s*introduction\b|keywords?\b|key words\b|index terms\b|ccs concepts\b|acm reference"
    r"|categories and|general terms\b|\d\.?\s+background\b|communicated by)"
    r"|(?<=[.!?])\s+(?:Keywords|Index Terms|KEYWORDS)\b",
    re.I,
)


def _paper(raws: list[tuple[int, str]], metadata: dict[str, str], largest: str, source: str, stem: str) -> Paper:
    words = pdf_text.vocabulary(raws)
    joined = [(number, pdf_text.joined(raw, words), raw) for number, raw in raws]
    first = joined[0][1] if joined else ""
    raw_title = _title(metadata.get("/Title", ""), largest, first) or re.sub(r"[_\s]+", " ", stem)
    raw_abstract = _abstract([text for _, text, _ in joined[:2]])
    arxiv = _OWN_ARXIV.search(first)
    year = _YEAR.search(first)
    return Paper(
        title=" ".join(repaired(raw_title).split()) or stem,
        abstract=repaired(raw_abstract),
        authors=authors_of(metadata.get("/Author", "")),
        year=int(next(g for g in year.groups() if g)) if year else None,
        doi=_doi(first, metadata),
        arxiv_id=normalised_arxiv(arxiv[1]) if arxiv else None,
        raw_title=raw_title,
        raw_abstract=raw_abstract,
        pages=tuple(Page(number, repaired(text), raw) for number, text, raw in joined if text.strip()),
        appearances=(Appearance(source, 1),),
    )


def _title(stated: str, largest: str, first_page: str) -> str:
    """The stated title when it reads like one and stands on the first page; else the largest text there."""
    stated = " ".join(repaired(stated).split())
    plausible = 8 <= len(stated) <= 300 and not _NO_TITLE.fullmatch(stated)
    squeezed = "".join(stated.split()).casefold()
    if plausible and "".join(largest.split()).casefold() == squeezed:
        return max(stated, largest, key=lambda t: len(t.split()))  # one of them may have lost spaces
    if plausible:
        page = set(normalised_title(first_page[:6_000]).split())
        wanted = normalised_title(stated).split()
        if not page or sum(w in page for w in wanted) >= 0.6 * len(wanted):
            return stated
    return largest or (stated if plausible else "") or _first_line(first_page)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if 8 <= len(line.strip()) <= 200 and _letters(line)), "")


def _abstract(pages: list[str]) -> str:
    text = "\n".join(pages)
    if not (found := _ABSTRACT.search(text)):
        return ""
    rest = text[found.end() : found.end() + 6_000]
    ends = _AFTER.search(rest)
    part = (rest[: ends.start()] if ends else "").strip()
    return part if 150 <= len(part) <= 5_000 else ""


def _doi(first_page: str, metadata: dict[str, str]) -> str | None:
    """The DOI that the file states of itself, or the only one on its first page."""
    for key in ("/doi", "/DOI", "/WPS-ARTICLEDOI", "/Subject"):
        if doi := normalised_doi(metadata.get(key)):
            return doi
    text = re.sub(r"(10\.\d{4,9}/\S*[./-])\n(\S+)", r"\1\2", first_page)
    found = {normalised_doi(m) for m in re.findall(r"10\.\d{4,9}/\S+", text)} - {None}
    return found.pop() if len(found) == 1 else None
