"""XML, record by record: no document types, so no entities to expand and nothing to fetch; depth and size bounded.

The declarations at a file's head are taken out before the parser sees it. What is not well-formed
costs the record it stands in: reading goes on at the next.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 256 << 20
MAX_DEPTH = 200
_MAX_BREAKS = 500
_STEP = 1 << 18
_DOCTYPE = re.compile(r"<!DOCTYPE\s(?:[^\[\]<>\"']|\"[^\"]*\"|'[^']*'){0,2000}(?:\[.{0,200000}?\]\s*)?>", re.S)
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
    "|&#(?:[0-8]|1[124-9]|2[0-9]|3[01]|x0?[0-8bcefBCEF]|x1[0-9a-fA-F]);"
)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30});")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,30}):|\s([A-Za-z_][\w.-]{0,30}):[\w.-]{1,40}\s*=")
_DECLARED = re.compile(r"\sxmlns(?::[\w.-]{1,40})?\s*=\s*(?:\"[^\"<]{0,300}\"|'[^'<]{0,300}')")


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that is not well-formed, in plain words, with its line."""

    line: int
    reason: str


def prepared(text: str) -> str | None:
    """The text without document type and forbidden characters, HTML's named characters as themselves.

    None when a document type is left that can't be told apart from the rest.
    """
    text = _ILLEGAL.sub(" ", text.removeprefix("\ufeff").lstrip())
    text = _DOCTYPE.sub("", text, count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    return _NAMED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    char = html.unescape(found[0])
    return f"&amp;{found[1]};" if char == found[0] else char.replace("<", "&lt;").replace("&", "&amp;")


def records(text: str, names: frozenset[str]) -> Iterator[Element | Broken]:
    """The outermost elements of these names, without namespaces, in order; and each place that broke one."""
    from xml.etree.ElementTree import ParseError

    ready = prepared(text)
    if ready is None:
        yield Broken(1, "its document type can't be read")
        return
    start = re.compile(rf"<(?:[\w.-]{{1,40}}:)?(?:{'|'.join(map(re.escape, sorted(names)))})(?=[\s>/])")
    at, head = 0, ""
    for _ in range(_MAX_BREAKS):
        try:
            yield from _walk(ready, at, head, names)
            return
        except _TooDeep:
            yield Broken(ready.count("\n", 0, at) + 1, "its elements are nested too deeply to be read")
            return
        except ParseError as error:
            line, column = error.position
            broken = ready.count("\n", 0, at) + line - (1 if head and line > 1 else 0)
            place = _offset(ready, at, head, line, column)
            following = start.search(ready, max(place, at + 1))
            if not head or following or start.search(ready, at, max(place, at)):
                reason = str(error).partition(":")[0]
                # Where reading went on within, the root's end tag has lost its beginning: no fault of the file.
                if not (head and following is None and "mismatched" in reason and _is_closing(ready, place)):
                    yield Broken(broken, f"the XML is not well-formed ({reason})")
            if following is None:
                return
            at, head = following.start(), head or _root(ready)


def _is_closing(text: str, place: int) -> bool:
    return text[max(0, place - 2) : place + 60].find("</") >= 0 and len(text) - place < 200


class _TooDeep(Exception):
    pass


def _walk(text: str, at: int, head: str, names: frozenset[str]) -> Iterator[Element]:
    """The records from `at` on; ParseError where the text breaks."""
    from xml.etree.ElementTree import XMLPullParser

    parser: XMLPullParser[Any] = XMLPullParser(events=("start", "end"))
    # The line break keeps the lines of the text in step with the parser's.
    parser.feed(head + "\n" if head else "")
    open_elements: list[Element] = []
    inside = 0
    position = at
    finished = False
    while not finished:
        # What is not well-formed is raised where its event would come, after those before it.
        if position < len(text):
            parser.feed(text[position : position + _STEP])
            position += _STEP
        else:
            finished = True
            parser.close()
        events: Iterator[Any] = parser.read_events()
        for event, element in events:
            named = _local(element.tag) in names
            if event == "start":
                open_elements.append(element)
                inside += named
                if len(open_elements) > MAX_DEPTH:
                    raise _TooDeep
                continue
            open_elements.pop()
            inside -= named
            if named and inside == 0:
                yield _plain(element)
                if open_elements:
                    open_elements[-1].remove(element)


def _offset(text: str, at: int, head: str, line: int, column: int) -> int:
    """The position in the text of the parser's line and column."""
    if head:
        line -= 1
    place = at
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
        if place == 0:
            return len(text)
    return min(len(text), place + column)


def _root(text: str) -> str:
    """An opening tag that declares every prefix the text uses."""
    declared = dict.fromkeys(m[0].strip() for m in _DECLARED.finditer(text[:20_000]))
    by_name = {d.partition("=")[0].strip(): d for d in declared}
    for found in _PREFIX.finditer(text[:2_000_000]):
        prefix = found[1] or found[2]
        if prefix not in ("xml", "xmlns") and len(by_name) < 100:
            by_name.setdefault(f"xmlns:{prefix}", f'xmlns:{prefix}="urn:{prefix}"')
    return f"<records {' '.join(by_name.values())}>"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _plain(element: Element) -> Element:
    """The element with the namespaces of its and its children's names dropped."""
    for e in element.iter():
        e.tag = _local(e.tag)
        if any("}" in k for k in e.attrib):
            e.attrib = {_local(k): v for k, v in e.attrib.items()}
    return element


_BLOCKS = frozenset({"p", "sec", "title", "list-item", "AbstractText", "br", "break", "disp-formula", "tr"})


def flat(element: Element | None, skip: frozenset[str] = frozenset()) -> str:
    """All text in the element in reading order, on one line; paragraphs are parted by spaces."""
    if element is None:
        return ""
    parts: list[str] = []
    _collect(element, parts, skip)
    return " ".join("".join(parts).split())


def _collect(element: Element, parts: list[str], skip: frozenset[str]) -> None:
    # Depth is bounded when the element is read.
    if element.tag not in skip:
        block = element.tag in _BLOCKS
        if block:
            parts.append(" ")
        parts.append(element.text or "")
        for child in element:
            _collect(child, parts, skip)
        if block:
            parts.append(" ")
    parts.append(element.tail or "")


def first(element: Element, *paths: str) -> str:
    """The text of the first of these paths that has any."""
    for path in paths:
        for found in element.findall(path):
            # The tail lies outside of the element.
            if text := flat_inside(found):
                return text
    return ""


def flat_inside(element: Element, skip: frozenset[str] = frozenset()) -> str:
    """`flat` without the text that follows the element."""
    tail, element.tail = element.tail, None
    text = flat(element, skip)
    element.tail = tail
    return text


def every(element: Element, path: str) -> list[str]:
    """The texts of all that is found by this path, without empty ones."""
    return [t for e in element.findall(path) if (t := flat_inside(e))]
