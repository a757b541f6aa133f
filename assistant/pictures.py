"""The picture of a page of a PDF, with the words of a quote marked on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import PictureLocked, PictureMissing, UsageError
from .library import Library
from .papers import Paper

if TYPE_CHECKING:
    from .readers import pdf

WIDTH = 1_240
"""Pixels: a page of A4 at 150 to the inch."""
INK = "#b45309"


class PagePicture(bytes):
    """A page as PNG. `boxes` are the places of the quote in points from the top left; none where none was
    asked for, or its words were not found on the page."""

    boxes: tuple[pdf.Box, ...] = ()


def page_picture(
    library: Library,
    paper_id: str,
    page: int,
    *,
    quote: str = "",
    start: int | None = None,
    end: int | None = None,
    width: int = WIDTH,
    password: str | None = None,
    around: bool = False,
) -> PagePicture:
    """The page of the paper's PDF, with the quote (or what stands at `start` to `end` of the page's text) boxed.

    With `around` only the part of the page that the quote stands in, larger.
    PictureMissing says why there is none: no PDF, no such page, the file was moved or changed, it is locked.
    """
    if not 100 <= width <= 4_000:
        raise UsageError(f"The picture's width must be between 100 and 4000 pixels, not {width}.")
    paper = library.paper(paper_id)
    path = _file(library, paper)
    from .readers import pdf  # which no answer needs

    text = paper.text("page", page)
    before = ""
    if start is not None and end is not None:
        if not 0 <= start < end <= len(text):
            raise UsageError(f"Page {page} has no text from {start} to {end}: its text ends at {len(text)}.")
        quote, before = text[start:end], text[:start]
    elif quote and (at := text.find(quote)) >= 0:
        before = text[:at]
    try:
        made = pdf.picture(path, page, quote, before, width=width, ink=INK, password=password, around=around)
    except pdf.NoPicture as error:
        kind = PictureLocked if error.locked else PictureMissing
        raise kind(f"Page {page} of “{paper.title}” can't be shown: {error}") from None
    picture = PagePicture(made[0])
    picture.boxes = tuple(made[1])
    return picture


def _file(library: Library, paper: Paper) -> Path:
    """The PDF, the very file that was read."""
    if not paper.file:
        why = "its text did not come from a PDF." if paper.pages else "the library holds no full text of it."
        again = " Read its PDF in (again), and its pages can be shown." if paper.pages else " Read its PDF in."
        raise PictureMissing(f"No page of “{paper.title}” can be shown: {why}{again}")
    path, was = library.file(paper.file)
    if path is None:
        where = f"its PDF is no longer at {was}" if was else "the place of its PDF is not known in this library"
        raise PictureMissing(f"No page of “{paper.title}” can be shown: {where}. Its text is unharmed; read the PDF in "
                             "again from where it is now, and its pages can be shown.")  # fmt: skip
    from .readers import pdf

    try:
        same = pdf.digest(path) == paper.file
    except OSError as error:
        raise PictureMissing(f"No page of “{paper.title}” can be shown: {path} can't be read ({error.strerror}). "
                             "Its text is unharmed.") from error  # fmt: skip
    if not same:
        raise PictureMissing(f"No page of “{paper.title}” can be shown: {path} was changed since it was read. "
                             "Its text is unharmed; read the PDF in again.")  # fmt: skip
    return path
