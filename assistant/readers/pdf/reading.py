"""Blocks to texts: words that a line's end broke put together, paragraphs, sections, references. Pure.

A page's text is its body in the order of reading, then captions and tables, then footnotes, each
paragraph parted by a blank line: so a sentence that goes round a figure or into the next column is whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...language import words
from ...papers import Page, Section
from ...text import repaired
from .blocks import REFERENCES, Block, PageBlocks, Type
from .lines import Columns, Line

_PREFIXES = words("text.hyphens.first")
_ENDINGS = words("text.hyphens.second")
_BEGINNINGS = words("text.hyphens.joined")
_ENDS = re.compile(r"[.!?:][\"'”’»)\]]*$")
_STOPS = re.compile(r"[.!?][\"'”’»)\]]*$")
_ITEM = re.compile(r"(?:[•▪◦‣∙·■□●○–—*]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[).])\s+(?=\S)")
_LINK = re.compile(r"(?:https?://|www\.|doi\.org|10\.\d{4,9}/)\S*$", re.I)
_ENTRY = re.compile(r"\[[\w+ .-]{1,12}\]\s|\d{1,3}\.\s+(?=\D)|\(\d{1,3}\)\s")


# --------------------------------------------------------------------------- lines to text


def vocabulary(pages: Iterable[PageBlocks]) -> Counter[str]:
    """How often each word, hyphenated compounds whole, stands inside a line of the document."""
    count: Counter[str] = Counter()
    for page in pages:
        for block in page.blocks:
            for line in block.lines:
                for word in line.text.split()[:-1]:
                    count.update(w.lower() for w in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", word))
                last = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-)", line.text.rsplit(" ", 1)[-1])
                if not line.text.endswith(("-", "\u2010", "\u00ad")):
                    count.update(w.lower() for w in last)
    return count


def run_on(text: str, following: str, words: Counter[str]) -> str:
    """`text` with the next line added; a word broken at its end is put together, a compound keeps its hyphen."""
    if not text:
        return following
    if text.endswith("\u00ad"):
        return text[:-1] + following
    if (link := _LINK.search(text)) and re.match(r"[\w/.~%?=&#-]", following) and (
        # A link goes on where it was broken behind one of its signs.
        re.search(r"[/_=?&#%~-]$", link[0]) or (link[0].endswith(".") and re.match(r"[a-z\d]+[./]", following))
    ):
        return text + following
    if re.search(r"https?:$", text) and following.startswith("//"):
        return text + following
    broken = re.search(r"([^\W\d_]+)[-\u2010]$", text)
    if broken and (right := re.match(r"[^\W\d_]+", following)):
        left, begun = broken[1], right[0]
        plain, compound = words[(left + begun).lower()], words[f"{left}-{begun}".lower()]
        if plain != compound:
            keeps = compound > plain
        else:
            keeps = begun[0].isupper() or left.isupper() or left.endswith("ly") or left.lower() in _PREFIXES or (
                len(left) > 2 and begun.lower() in _ENDINGS and left.lower() not in _BEGINNINGS
            ) or (
                # Two words of the document, neither of which is a mere beginning or end.
                min(len(left), len(begun)) >= 4 and left.lower() not in _BEGINNINGS
                and min(words[left.lower()], words[begun.lower()]) > 1
            )  # fmt: skip
        return (text if keeps else text[:-1]) + following
    if re.search(r"\w[-\u2010]$", text) and re.match(r"\w", following):
        return text + following
    return f"{text} {following}"


def _paragraphs(block: Block, spans: Columns, words: Counter[str]) -> list[tuple[str, bool]]:
    """The paragraphs of a block, and of each whether it begins as one (an indent, a list's sign)."""
    left, right = (spans[0][0], spans[-1][1]) if block.column < 0 else spans[min(block.column, len(spans) - 1)]
    left = min([left, *(x.left for x in block.lines)])
    found: list[tuple[str, bool]] = []
    before: Line | None = None
    marked = sum(bool(x.label) for x in block.lines) <= max(1, 0.4 * len(block.lines))
    for line in block.lines:
        size = line.size
        item = bool(_ITEM.match(line.text))
        indented = line.left > left + 0.6 * size
        label = line.label if marked and (before is None or _STOPS.search(before.text)) else ""
        if label:
            found += [(label, True), (line.text[len(label) :].strip(), True)]
        elif before is None:
            found.append((line.text, item or indented))
        elif item and (_ENDS.search(before.text) or before.right < right - 2 * size or _ITEM.match(found[-1][0])):
            found.append((line.text, True))
        elif _STOPS.search(before.text) and (
            before.right < right - 1.5 * size or (indented and before.left <= left + 0.6 * size)
        ):
            found.append((line.text, indented))
        else:
            found[-1] = (run_on(found[-1][0], line.text, words), found[-1][1])
        before = line
    return found


def _rows(blocks: Sequence[Block]) -> list[str]:
    """A table's rows; where it stands across columns, the parts of each row are put together again."""
    lines = [line for block in blocks for line in block.lines]
    if len({b.column for b in blocks}) < 2:
        return [line.text for line in lines]
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda x: (x.base, x.left)):
        if rows and abs(rows[-1][0].base - line.base) <= 0.4 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [" ".join(x.text for x in sorted(row, key=lambda x: x.left)) for row in rows]


# --------------------------------------------------------------------------- pages


class Reading:
    """The texts of a document: its `pages`, with their sections, and the references that begin on each."""

    def __init__(self, pages: Sequence[PageBlocks], kind: Type) -> None:
        self._words = vocabulary(pages)
        self._kind = kind
        self.pages: list[Page] = []
        self._entries: list[tuple[str, bool, int]] = []
        for page in pages:
            self._read(page)
        listed = self._references()
        self.pages = [replace(p, references=tuple(t for t, n in listed if n == p.number)) for p in self.pages]

    def joined(self, text: str) -> str:
        """The lines of `text` as one, words broken at their ends put together."""
        made = ""
        for line in text.splitlines():
            made = run_on(made, line, self._words)
        return made

    def _read(self, page: PageBlocks) -> None:
        body: list[str] = []
        floats: list[str] = []
        notes: list[str] = []
        heads: list[tuple[int, int]] = []
        flowing = False
        run: list[Block] = []
        for block in [*page.blocks, None]:
            if run and (block is None or block.role != "table"):
                floats += _rows(run)
                run = []
            if block is None:
                break
            if block.role == "table":
                run.append(block)
            elif block.role == "heading":
                text = " ".join(p for p, _ in _paragraphs(block, page.columns, self._words))
                heads.append((len(body), _level(text)))
                body.append(text)
                flowing = False
            elif block.role == "body":
                for n, (text, begins) in enumerate(_paragraphs(block, page.columns, self._words)):
                    if n == 0 and flowing and _goes_on(body[-1], text, begins):
                        body[-1] = run_on(body[-1], text, self._words)
                    else:
                        body.append(text)
                flowing = True
            elif block.role == "caption":
                floats.append(" ".join(p for p, _ in _paragraphs(block, page.columns, self._words)))
            elif block.role == "footnote":
                notes += [p for p, _ in _paragraphs(block, page.columns, self._words)]
            elif block.role == "reference":
                self._gather(block, page.page.number)
        side = [b.text for b in page.blocks if b.role == "side"]
        if len(" ".join(side).split()) >= 40:
            floats += side  # a table printed sideways; a stamp in the margin is shorter
        self._add(page, [*body, *floats, *notes], dict(heads))

    def _add(self, page: PageBlocks, paragraphs: list[str], heads: dict[int, int]) -> None:
        number, text = page.page.number, ""
        sections: list[Section] = []
        for n, paragraph in enumerate(paragraphs):
            better = " ".join(repaired(paragraph).split())
            if not better:
                continue
            text += "\n\n" if text else ""
            if n in heads:
                sections.append(Section(better, heads[n], number, len(text)))
            text += better
        raw = "\n".join(line.text for block in page.blocks for line in block.lines)
        self.pages.append(Page(number, text, raw, tuple(sections)))

    # ------------------------------------------------------------------ references

    def _gather(self, block: Block, page: int) -> None:
        """Notes the lines of a block of references, and of each whether it begins an entry."""
        if REFERENCES.fullmatch(block.text.strip()):
            return
        numbered = sum(bool(_ENTRY.match(x.text)) for x in block.lines)
        left = min(x.left for x in block.lines)
        hanging = sum(x.left > left + 0.5 * x.size for x in block.lines)
        for n, line in enumerate(block.lines):
            if numbered:
                begins = bool(_ENTRY.match(line.text))
            elif hanging:
                begins = line.left <= left + 0.5 * line.size
            else:
                begins = n == 0
            self._entries.append((line.text, begins, page))

    def _references(self) -> list[tuple[str, int]]:
        """The entries of the list of references, each with the page that it begins on."""
        found: list[tuple[str, int]] = []
        numbered = sum(bool(_ENTRY.match(t)) for t, _, _ in self._entries) >= max(2, 0.08 * len(self._entries))
        for text, begins, page in self._entries:
            starts = bool(_ENTRY.match(text)) if numbered else begins
            # An entry ends with a stop; a column's first line may stand at the edge without beginning one.
            if found and not (starts and (numbered or _ENDS.search(found[-1][0]) or found[-1][0][-1:].isdigit())):
                found[-1] = run_on(found[-1][0], text, self._words), found[-1][1]
            else:
                found.append((text, page))
        return [(better, page) for text, page in found if (better := " ".join(repaired(text).split()))]


def _level(heading: str) -> int:
    """1 for a section, 2 for a subsection …, by its number."""
    found = re.match(r"(?:\d{1,2}|[A-Z])((?:\.\d{1,2})*)\.?\s", heading)
    return 1 + (found[1].count(".") if found else 0)


def _goes_on(before: str, text: str, begins: bool) -> bool:
    """Whether a paragraph goes on in the next column, or behind a figure or a formula."""
    if _STOPS.search(before) or _ITEM.match(text):
        return False
    return not begins or text[:1].islower() or not _ENDS.search(before)
