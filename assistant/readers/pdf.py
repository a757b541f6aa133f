"""Papers as PDF: title, abstract, identifiers, and the text page by page."""

from __future__ import annotations

import binascii
import contextlib
import logging
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..papers import Appearance, Page, Paper, Rejected, normalised_arxiv, normalised_doi, normalised_title
from ..text import repaired
from .records import authors_of

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_BYTES = 512 << 20
MAX_PAGES = 5_000
# What a parser throws at a damaged file, beside its own errors: no other call stands inside these.
_DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, OSError, RecursionError, TypeError,
    ValueError, binascii.Error, struct.error, zlib.error, MemoryError,
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
                has_picture = _has_picture(page)
                pictures += has_picture
                hidden = _without_hidden(page, keep_layer=has_picture)
                raws.append((index + 1, page.extract_text() or ""))
            except failures:
                failed.append(index + 1)
                continue
            if hidden:
                notes.append(Rejected(source, f"page {index + 1}", "text that can't be seen on the page was left out"))
        notes += [Rejected(source, f"page {n}", "this page is damaged; the other pages were kept") for n in failed]
        if count > MAX_PAGES:
            notes.append(Rejected(source, f"page {MAX_PAGES + 1}", f"only the first {MAX_PAGES} pages were read"))
        if not any(_letters(raw) for _, raw in raws):
            if len(failed) == count:
                yield Rejected(source, "", "this PDF is damaged: no page of it can be read")
            elif pictures:
                yield Rejected(source, "", "this PDF has no text: its pages are scanned images, so run text recognition (OCR) first")
            else:
                yield Rejected(source, "", "this PDF has no text that can be seen" if notes else "this PDF has no text")
            yield from notes
            return
        try:
            metadata = {k: str(v) for k, v in (reader.metadata or {}).items() if isinstance(v, str)}
        except failures:
            metadata = {}
        try:
            largest = _largest_text(reader.pages[0])
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


def _has_picture(page: PageObject) -> bool:
    resources = page.get("/Resources")
    objects = (resources.get_object() if resources else {}).get("/XObject")
    return any(
        v.get_object().get("/Subtype") == "/Image" for v in (objects.get_object() if objects else {}).values()
    )


def _without_hidden(page: PageObject, keep_layer: bool) -> bool:
    """Whether the page had text drawn invisibly (render mode 3); it is taken out of the page.

    The invisible layer under a scanned picture is what text recognition wrote, and stays when
    `keep_layer` is set and nothing on the page is drawn visibly.
    """
    from pypdf.generic import NameObject

    content = page.get_contents()
    if content is None or b"Tr" not in content.get_data():
        return False
    mode, saved = 0, []
    kept: list[Any] = []
    hidden = shown = 0
    for operands, operator in content.operations:
        if operator == b"q":
            saved.append(mode)
        elif operator == b"Q" and saved:
            mode = saved.pop()
        elif operator == b"Tr" and operands:
            mode = int(operands[0])
        elif operator in (b"Tj", b"TJ", b"'", b'"'):
            if mode == 3:
                hidden += 1
                continue
            shown += 1
        kept.append((operands, operator))
    if not hidden or (keep_layer and not shown):
        return False
    content.operations = kept
    page[NameObject("/Contents")] = content
    return True


# --------------------------------------------------------------------------- what the pages say

_NO_TITLE = re.compile(
    r"(?:untitled|title|paper|manuscript|article|document\d*|main|template|microsoft word.*|powerpoint.*|.*\.(?:docx?|tex|dvi|pdf|"
    r"indd|rtf|odt|ps|eps)|proceedings.*|[\W\d_]*|\S+)",
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
    r"\n\s*(?:(?:\d|I)?\.?\s*introduction\b|keywords?\b|key words\b|index terms\b|ccs concepts\b|acm reference|categories and"
    r"|general terms\b|\d\.?\s+background\b|communicated by)|(?<=[.!?])\s+(?:Keywords|Index Terms|KEYWORDS)\b",
    re.I,
)


def _paper(raws: list[tuple[int, str]], metadata: dict[str, str], largest: str, source: str, stem: str) -> Paper:
    words = _vocabulary(raws)
    joined = [(number, _joined(raw, words), raw) for number, raw in raws]
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


def _vocabulary(raws: list[tuple[int, str]]) -> Counter[str]:
    """How often each word, hyphenated compounds whole, stands inside a line of the document."""
    return Counter(w.lower() for _, raw in raws for w in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-?\n)(?![\w-])", raw))


_PREFIXES = frozenset(
    ["self", "non", "multi", "cross", "semi", "low", "high", "real", "large", "fine", "long", "short", "well", "zero", "few",
     "one", "two", "three", "open", "state", "end", "single", "text", "data", "domain", "task", "time", "human", "fully"]
)


def _joined(raw: str, words: Counter[str]) -> str:
    """The text with words that a line's end broke put together; a compound keeps its hyphen."""

    def whole(m: re.Match[str]) -> str:
        left, right = m[1], m[2]
        plain, compound = words[(left + right).lower()], words[f"{left}-{right}".lower()]
        if compound > plain or (plain == compound and left.lower() in _PREFIXES):
            return f"{left}-{right}"
        return left + right

    text = raw.replace("\u00ad\n", "")
    text = re.sub(r"([^\W\d_]+)[-\u2010]\s*\n\s*([^\W\d_A-ZÀ-Þ][^\W\d_]*)", whole, text)
    return re.sub(r"([^\W\d_]-?)[-\u2010]\s*\n\s*(?=[A-Z\d])", r"\1-", text)


def _title(stated: str, largest: str, first_page: str) -> str:
    """The stated title when it reads like one and stands on the first page; else the largest text there."""
    stated = " ".join(repaired(stated).split())
    plausible = 8 <= len(stated) <= 300 and not _NO_TITLE.fullmatch(stated)
    if plausible:
        page = set(normalised_title(first_page[:6_000]).split())
        wanted = normalised_title(stated).split()
        if not page or sum(w in page for w in wanted) >= 0.6 * len(wanted):
            return stated
    return largest or (stated if plausible else "") or _first_line(first_page)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if 8 <= len(line.strip()) <= 200 and _letters(line)), "")


def _largest_text(page: PageObject) -> str:
    """The run of largest upright text on the page that has at least three words; else the empty string."""
    runs: list[list[Any]] = []  # size, y, text

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        a, b = tm[0] * cm[0] + tm[1] * cm[2], tm[0] * cm[1] + tm[1] * cm[3]
        if abs(b) > abs(a):
            return  # turned text, such as the stamp in the margin
        scaled = round(abs(size) * (a * a + b * b) ** 0.5, 1)
        if not text.strip():
            if runs:
                runs[-1][2] += " "
            return
        if runs and abs(runs[-1][0] - scaled) <= 0.02 * scaled:
            runs[-1][2] += text
        else:
            runs.append([scaled, tm[5], text])

    page.extract_text(visitor_text=visit)
    for size in sorted({r[0] for r in runs}, reverse=True)[:8]:
        text = " ".join(" ".join(r[2] for r in runs if abs(r[0] - size) <= 0.05 * size).split())
        if len(re.findall(r"[^\W\d_]{2,}", text)) >= 3:
            return re.sub(r"(?<=\w)- (?=[a-z])", "", text) if len(text) <= 300 else ""
    return ""


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
