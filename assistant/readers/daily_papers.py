"""Saved listing pages of Hugging Face Daily Papers: titles, each followed by its abstract.

The pages have no markup left, so a title is told from an abstract by what stands around it. What
can't be told is reported rather than guessed: a wrong pair would be a wrong citation later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..language import either
from ..papers import Appearance, Paper, Rejected
from ..text import repaired

_MONTH = either("calendar.short_months")
# What the page prints around its papers. Matched against a whole line, case and space folded.
_FURNITURE = re.compile(
    rf"{either('listing_page.furniture')}|get trending papers in your email inbox.*|by\s?ak(?: and .*)?"
    r"|search results for .*|©.*|\d{1,5}|[+·] ?\d+|(?:[·•] ?)?\d+ authors"
    rf"|(?:{either('calendar.short_days')}day,? )?{_MONTH}[a-z]*\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?"
    rf"|\d{{1,2}} {_MONTH}[a-z]*\.?(?: \d{{4}})?|\d{{4}}-\d\d-\d\d"
)
# Lines that no other kind of file has: one of them near the top makes the file a saved page.
_SIGNATURE = re.compile(
    r"[Gg]et trending papers in your email inbox.*|[Bb]y\s?AK and the research community"
    r"|Subscribe[A-Z0-9].*"
)
_GLUED = re.compile(r"^Subscribe(?=[^\sa-z])")
_SECTION = re.compile(
    rf"(?:\d+(?:\.\d+)*\.? )?{either('headings.common', 'headings.paper', 'headings.telling')}\b.{{0,30}}", re.I
)
_CLOSED = re.compile(r"""[.!?…。！？]["'”’)\]}]*$""")

TITLE_CHARS = 300
"""The longest line that can be a title: titles of 200 characters exist, one-sentence abstracts of 300 hardly."""
ABSTRACT_CHARS = 300


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    text: str


def is_furniture(line: str) -> bool:
    """Whether the line is part of the page around the papers."""
    return bool(_FURNITURE.fullmatch(" ".join(line.split()).lower()))


def is_listing(head: str) -> bool:
    """Whether a text that begins with `head` is such a page.

    Either one of its own header lines stands near the top, or long paragraphs alternate with short
    lines that are neither sentences nor section headings.
    """
    blocks = list(_blocks(enumerate(head.splitlines(), 1)))
    if not blocks:
        return False
    if any(_SIGNATURE.fullmatch(b.text) for b in blocks[:12]):
        return True
    blocks = [b for b in blocks if not is_furniture(b.text)]
    if len(blocks) > 5:
        blocks = blocks[:-1]  # the head may end inside it
    if any(b.text.startswith(("#", "\\", "@", "<", "{", "|")) or _SECTION.fullmatch(b.text) for b in blocks):
        return False
    if blocks and not _short(blocks[0].text):
        blocks = blocks[1:]  # the page may begin inside an abstract
    pairs = sum(
        _short(a.text) and len(a.text) >= 15 and len(b.text) >= ABSTRACT_CHARS and "." in b.text
        for a, b in zip(blocks[::2], blocks[1::2], strict=False)
    )
    return pairs >= 2 and pairs >= 0.8 * (len(blocks) // 2)


def _short(text: str) -> bool:
    """Whether it can be a title: short, no full stop at its end, no web address in it."""
    return len(text) <= TITLE_CHARS and not text.endswith((".", ";", ",")) and "://" not in text


def _blocks(lines: Iterable[tuple[int, str | None]]) -> Iterator[_Block]:
    """One block per line that is not blank; hard-wrapped lines of a paragraph are joined."""
    held: list[tuple[int, str]] = []
    for number, line in lines:
        if line is not None and line.strip():
            held.append((number, line.strip()))
            if (len(held) > 1 and max(len(held[-1][1]), len(held[-2][1])) > 130) or len(held) > 400:
                # Long lines are not hard-wrapped: they stand for themselves.
                yield from (_Block(n, t) for n, t in held)
                held = []
            continue
        yield from _paragraph(held)
        held = []
    yield from _paragraph(held)


def _paragraph(held: list[tuple[int, str]]) -> Iterator[_Block]:
    wrapped = len(held) > 2 and min(len(t) for _, t in held[:-1]) >= 45 and not any(is_furniture(t) for _, t in held)
    if wrapped:
        yield _Block(held[0][0], " ".join(t for _, t in held))
    else:
        yield from (_Block(n, t) for n, t in held)


def papers(lines: Iterable[tuple[int, str | None]], source: str) -> Iterator[Paper | Rejected]:
    """The page's entries in order, each a title with the abstract that follows it.

    A title without an abstract is kept by itself; text without a title is rejected with its line.
    """
    too_long: list[int] = []
    yield from _entries(_paper_blocks(_note_long(lines, too_long)), source)
    yield from (Rejected(source, f"line {n}", "the line is too long to be part of a page") for n in too_long)


def _note_long(lines: Iterable[tuple[int, str | None]], too_long: list[int]) -> Iterator[tuple[int, str | None]]:
    for number, line in lines:
        if line is None:
            too_long.append(number)
        yield number, line


def _paper_blocks(lines: Iterable[tuple[int, str | None]]) -> Iterator[_Block]:
    """The blocks that belong to papers, the glued "Subscribe" taken off."""
    for block in _blocks(lines):
        text = _GLUED.sub("", block.text)
        if not is_furniture(text) and repaired(text[:400]):  # control characters alone are no text
            yield _Block(block.line, text)


def _entries(blocks: Iterator[_Block], source: str) -> Iterator[Paper | Rejected]:
    position = paired = 0
    title: _Block | None = None
    body: list[str] = []
    block = next(blocks, None)
    while block:
        later = next(blocks, None)
        role = _role(block, later, title, bool(body), paired, position)
        if role == "title":
            if title:
                yield _paper(title, body, source, position)
            title, body = block, []
            position += 1
        elif role == "abstract":
            body = [block.text]
            paired += 1
        elif role == "more":
            body.append(block.text)
        else:
            yield Rejected(source, f"line {block.line}", f"text without a title was left out: “{_start(block.text)}”")
        block = later
    if title is None:
        return
    last = _paper(title, body, source, position)
    yield last
    reason = ""
    if not body:
        reason = f"the page ends before the abstract of “{_start(last.title)}”; its title was kept"
    elif not _CLOSED.search(last.abstract) and "://" not in last.abstract.rsplit(None, 1)[-1]:
        reason = f"the page stops inside the abstract of “{_start(last.title)}”; the part that is there was kept"
    if reason:
        yield Rejected(source, f"entry {position}", reason, kept=True)


def _paper(title: _Block, body: list[str], source: str, position: int) -> Paper:
    raw = "\n".join(body)
    return Paper(
        title=" ".join(repaired(title.text).split()),
        abstract=repaired(raw),
        raw_title=title.text,
        raw_abstract=raw,
        appearances=(Appearance(source, position),),
    )


def _role(block: _Block, later: _Block | None, title: _Block | None, has_body: bool, paired: int, position: int) -> str:
    """What the block is: `title`, `abstract`, `more` of the abstract before it, or `stray`."""
    text = block.text
    long = len(text) >= ABSTRACT_CHARS
    if title is None or has_body:
        if long and later and len(text) < 500 <= len(later.text) and not _CLOSED.search(text):
            return "title"  # an uncommonly long one, right before an abstract
        if long:
            return "stray"
        if "://" in text or re.match(r"(?:code|project page|demo|data|website)\b.{0,40}[:.]", text, re.I):
            return "more" if has_body else "stray"
        if (
            text[0].islower()
            and has_body
            and _CLOSED.search(text)
            and not (later and len(later.text) >= ABSTRACT_CHARS)
        ):
            return "stray"
        return "title"
    # A title waits for its abstract.
    if long:
        return "abstract"
    if later is None:
        # The last line of the page: where every title had its abstract, this is one cut short.
        return "abstract" if not _short(text) or (paired >= position - 1 and not _headline(text)) else "title"
    if len(later.text) >= ABSTRACT_CHARS:
        return "title"  # the long text that follows is this one's
    return "title" if _short(text) else "abstract"


def _headline(text: str) -> bool:
    """Whether it is written as titles are: most of its longer words, four at least, begin with a capital."""
    words = [w for w in re.findall(r"[^\W\d_]+", text) if len(w) > 3]
    return len(words) >= 4 and sum(w[0].isupper() for w in words) >= 0.6 * len(words)


def _start(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57].rstrip() + "…"


# --------------------------------------------------------------------------- the same page as HTML

_INLINE = (
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "code",
    "em",
    "font",
    "i",
    "mark",
    "math",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "time",
    "tt",
    "u",
    "var",
    "wbr",
)
_NOT_TEXT = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "head",
    "nav",
    "footer",
    "form",
    "button",
    "select",
    "iframe",
)


def html_lines(markup: str) -> tuple[list[tuple[int, str | None]], dict[str, str]]:
    """The page's text blocks as numbered lines with blank lines between, and links by their text.

    Markup is taken off by a library; what is hidden (`hidden`, `display:none`) is left out. The
    links are those to `/papers/ID`, whose ID is the paper's arXiv id.
    """
    from bs4 import BeautifulSoup
    from bs4.element import Comment, NavigableString, PreformattedString, Tag

    soup = BeautifulSoup(markup, "html.parser")
    ids: dict[str, str] = {}
    for anchor in soup.find_all("a", href=True):
        found = re.search(r"(?:/papers|arxiv\.org/abs)/(\d{4}\.\d{4,5})", str(anchor["href"]))
        text = " ".join(anchor.get_text(" ").split())
        if found and text:
            ids.setdefault(text, found[1])
    for tag in soup.find_all(_NOT_TEXT):
        tag.decompose()
    for tag in soup.find_all(
        lambda t: t.has_attr("hidden") or "display:none" in str(t.get("style", "")).replace(" ", "")
    ):
        if not tag.decomposed:
            tag.decompose()
    parts: list[str] = []
    stack: list[object] = [soup]
    while stack:
        node = stack.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            parts.append(node)
        elif isinstance(node, NavigableString):
            if not isinstance(node, Comment | PreformattedString):
                parts.append(re.sub(r"\s+", " ", str(node)) if not node.find_parent("pre") else str(node))
        elif isinstance(node, Tag):
            block = node.name not in _INLINE
            if block:
                stack.append("\n\n")
            stack.extend(reversed(node.contents))
            if block:
                stack.append("\n\n")
    text = re.sub(r"[^\S\n]*\n\s*", "\n\n", "".join(parts)).strip()
    return list(enumerate(text.split("\n"), 1)), ids
