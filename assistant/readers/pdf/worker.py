"""The process that opens PDFs: requests come as JSON lines, replies go back as JSON lines.

PDFs are opened here and nowhere else, so that a file that crashes a parser, fills the memory or never
ends takes this process down and not the program. It holds one file at a time and ends with its input.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import logging
import os
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdfium2 import PdfDocument

_MOST = 64 << 20
MEMORY = 3 << 30
"""Bytes of address space; a page of a paper takes some 100 MB with everything loaded."""
# What a parser throws at a damaged file, beside its own errors.
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


class Session:
    """The file that is open."""

    def __init__(self) -> None:
        self.document: PdfDocument | None = None
        self._named: tuple[str, str | None] = ("", None)
        self._second: PdfReader | None = None

    def open(self, path: str, password: str | None) -> dict[str, Any]:
        """`pages`, `about` (what the file states), `lost` (bookmarks); or `refused`: locked, wrong, damaged."""
        import pypdfium2 as pdfium

        self.close()
        self._named = path, password
        for secret in dict.fromkeys((None, password)):
            try:
                self.document = pdfium.PdfDocument(path, password=secret)
                return {"pages": len(self.document), **_document_information(path, secret)}
            except pdfium.PdfiumError as error:
                locked = getattr(error, "err_code", None) == 4
        # PDFium tries no owner password, and gives up on damage that pypdf can mend.
        mended, locked = _mended(path, password, locked)
        if mended is not None:
            with contextlib.suppress(pdfium.PdfiumError):
                self.document = pdfium.PdfDocument(mended)
                return {"pages": len(self.document), **_document_information(path, password)}
        return {"refused": ("wrong" if password else "locked") if locked else "damaged"}

    def page(self, number: int, look: bool) -> dict[str, Any]:
        """The words of a page."""
        from . import pdfium

        page = self._page(number)
        try:
            found = pdfium.words(page, number, look=look)
        finally:
            page.close()
        state = self._state(number)
        if state and not found["words"] and not found["pictures"]:
            return {"failed": state}
        return {**found, "damaged": state == "damaged"}

    def _state(self, number: int) -> str:
        """What pypdf finds wrong with a page's content, which PDFium passes over in silence: `missing`, `damaged`."""
        from pypdf.errors import PyPdfError
        from pypdf.generic import ArrayObject, NullObject, StreamObject

        try:
            if self._second is None:
                self._second = _reader(*self._named)
            contents = self._second.pages[number - 1].get("/Contents")
            inner = contents.get_object() if contents is not None else None
            for part in inner if isinstance(inner, ArrayObject) else [inner]:
                stream = part.get_object() if part is not None else None
                if isinstance(stream, StreamObject):
                    if stream.get("/Filter") == "/FlateDecode" and not _sound(stream._data):
                        return "damaged"
                elif stream is not None and not isinstance(stream, NullObject):
                    return "missing"
        except (PyPdfError, *_DAMAGE):
            return "missing"
        return ""

    def picture(
        self, number: int, boxes: list[list[float]], width: int, ink: str, around: bool
    ) -> dict[str, Any]:
        """The page as PNG in base64."""
        from . import drawing

        page = self._page(number)
        try:
            return {"png": base64.b64encode(drawing.picture(page, boxes, width, ink, around)).decode()}
        finally:
            page.close()

    def _page(self, number: int) -> Any:
        if self.document is None:
            raise ValueError("no file is open")
        return self.document[number - 1]

    def close(self) -> None:
        """Let go of the file."""
        if self.document is not None:
            self.document.close()
        self.document = self._second = None


def _sound(data: bytes) -> bool:
    """Whether a compressed stream unpacks to what was packed; PDFium takes what comes and does not say."""
    unpacked = zlib.decompressobj()
    size = 0
    try:
        while data and not unpacked.eof and size < _MOST:
            size += len(unpacked.decompress(data, 1 << 20))
            data = unpacked.unconsumed_tail
    except zlib.error:
        return False
    return True


def _reader(path: str, password: str | None) -> PdfReader:
    """The file through pypdf, unlocked. ValueError when the password is not right."""
    from pypdf import PdfReader

    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not any(reader.decrypt(p) for p in ("", password) if p is not None):
        raise ValueError("locked")
    return reader


def _mended(path: str, password: str | None, locked: bool) -> tuple[bytes | None, bool]:
    """The file written anew by pypdf, unlocked; and whether it is a password that is missing."""
    import io

    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not any(reader.decrypt(p) for p in ("", password) if p is not None):
            return None, True
        out = io.BytesIO()
        PdfWriter(clone_from=reader).write(out)
        return out.getvalue(), False
    except (PyPdfError, *_DAMAGE):
        return None, locked


def _document_information(path: str, password: str | None) -> dict[str, Any]:
    """What the file states beside its pages: `about`, and `lost`, the bookmarks that lead nowhere and their number."""
    from pypdf.errors import PyPdfError

    from .bookmarks import leading_nowhere

    try:
        reader = _reader(path, password)
    except (PyPdfError, *_DAMAGE):
        return {"about": {}, "lost": (0, 0)}
    try:
        lost = leading_nowhere(reader)
    except (PyPdfError, *_DAMAGE):
        lost = (0, 0)
    return {"about": _about(reader), "lost": lost}


def _about(reader: PdfReader) -> dict[str, str]:
    """What the file's two kinds of metadata state; nothing for what is damaged."""
    from pypdf.errors import PyPdfError

    found: dict[str, str] = {}
    try:
        info: dict[str, Any] = dict(reader.metadata or {})
        found = {str(k).lstrip("/").lower(): str(v)[:20_000] for k, v in info.items() if isinstance(v, str)}
        if xmp := reader.xmp_metadata:
            creators = [str(c) for c in (xmp.dc_creator or []) if str(c).strip()]
            if creators:
                found["creators"] = "; ".join(creators)[:20_000]
            title = next((str(v) for v in (xmp.dc_title or {}).values() if str(v).strip()), "")
            if title:
                found.setdefault("title", title)
            stated = xmp.dc_identifier
            if stated and "10." in str(stated):
                found.setdefault("doi", str(stated))
    except (PyPdfError, *_DAMAGE):
        pass
    return found


def main() -> None:
    """Serve requests until the input ends."""
    # What a library prints must not get between the replies.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    serve(sys.stdin.buffer, replies)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer each request with a line: what was asked for, or `failed`."""
    import pypdfium2 as pdfium
    from pypdf.errors import PyPdfError

    session = Session()
    for line in requests:
        request = json.loads(line)
        call = getattr(session, request.pop("do"))
        try:
            reply = call(**request) or {}
        except (pdfium.PdfiumError, PyPdfError, *_DAMAGE) as error:
            reply = {"failed": type(error).__name__}
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


if __name__ == "__main__":
    main()
