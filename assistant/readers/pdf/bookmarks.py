"""The bookmarks of a PDF, and how many of them lead nowhere. Part of the worker's process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST = 5_000
_ELSEWHERE = frozenset((
    "/GoToR", "/GoToE", "/GoToDp", "/GoTo3DView", "/Launch", "/Thread", "/URI", "/Sound", "/Movie", "/Hide", "/Named",
    "/SubmitForm", "/ResetForm", "/ImportData", "/JavaScript", "/SetOCGState", "/Rendition", "/Trans",
    "/RichMediaExecute",
))  # fmt: skip
"""The kinds of action, as the PDF standard names them, that do something else than go to a page of the file."""


def leading_nowhere(reader: PdfReader) -> tuple[int, int]:
    """How many bookmarks name a place that the file does not hold, of how many; those that name none are headings."""
    lost = count = 0
    seen: set[int] = set()
    outline = _whole(reader.trailer["/Root"]).get("/Outlines")
    waiting = [_whole(outline).get("/First")] if _is_dict(outline) else []
    # Walked by hand: a ring of bookmarks, each the next of another, would never end otherwise.
    while waiting and count < _MOST:
        item = waiting.pop()
        key = getattr(item, "idnum", None) or id(item)
        if item is None or key in seen or not _is_dict(item):
            continue
        seen.add(key)
        node = _whole(item)
        count += 1
        lost += not _leads(node, reader)
        waiting += [node.get("/Next"), node.get("/First")]
    return lost, count


def _leads(node: Any, reader: PdfReader) -> bool:
    """Whether a bookmark leads to a page, out of the file, or was never meant to lead anywhere."""
    place = node.get("/Dest")
    if place is None:
        action = _whole(node.get("/A"))
        if action is None:
            return True
        kind = action.get("/S") if _is_dict(action) else None
        if kind != "/GoTo":
            return kind in _ELSEWHERE
        place = action.get("/D")
    place = _whole(place)
    if isinstance(place, str | bytes):
        place = reader.named_destinations.get(place if isinstance(place, str) else place.decode("latin-1"))
        return place is not None and _is_page(place.get("/Page"), reader)
    if _is_dict(place):
        place = _whole(place.get("/D"))
    return isinstance(place, list) and bool(place) and _is_page(place[0], reader)


def _is_page(value: Any, reader: PdfReader) -> bool:
    page = _whole(value)
    if isinstance(page, int):
        return 0 <= page < len(reader.pages)
    return _is_dict(page) and page.get("/Type") == "/Page"


def _is_dict(value: Any) -> bool:
    return isinstance(_whole(value), dict)


def _whole(value: Any) -> Any:
    """What is meant where something is referred to; None for null and for what is not there."""
    from pypdf.generic import NullObject

    found = value.get_object() if hasattr(value, "get_object") else value
    return None if isinstance(found, NullObject) else found
