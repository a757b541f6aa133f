"""A model's reply → what it wrote: JSON of any shape that can be understood, else text with marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ....language import pattern, table, words
from ....text import sentences
from .draft import KINDS, Draft, Piece
from .loose_json import as_number, as_text, as_texts, as_truth, under, value_in
from .marks import Marked, read_marks, repeated_marks
from .pack import Pack
from .prose import pieces_of, unmarked

_OPENED = re.compile(r"<\s*(think(?:ing)?|thought|reasoning)\s*>|\[(THINK)\]", re.I)
_CLOSED = re.compile(r"<\s*/\s*(?:think(?:ing)?|thought|reasoning)\s*>|\[/THINK\]", re.I)
_CHANNEL = re.compile(r"<\|channel\|>\s?final\s?(?:<\|message\|>)?|assistantfinal(?=[A-Z{\[])")
_TURN = re.compile(r"<\|[a-z_]{2,20}\|>")


def draft_of(reply: str, pack: Pack, keys: dict[str, int] | None = None) -> Draft:
    """The draft in a reply; without pieces where it holds nothing of use."""
    said = without_thoughts(reply)
    value = value_in(said)
    if value is not None:
        draft = _Reader(pack, keys).draft(value)
        if draft.pieces or draft.answerable == "no" or _only_json(said):
            return replace(draft, words=said)
    pieces = pieces_of(said, pack, keys)
    declines = not any(p.cites for p in pieces) and pattern("answering.marks.unanswered").search(said)
    if declines:
        return Draft(tuple(replace(p, kind="gap") for p in pieces if p.kind == "claim"), "no", words=said)
    return Draft(pieces, words=said)


def without_thoughts(text: str) -> str:
    """The text without what a model thought aloud in it: whole tags, half tags, channels."""
    if finals := list(_CHANNEL.finditer(text)):
        text = text[finals[-1].end() :]
    while opened := _OPENED.search(text):
        closed = _CLOSED.search(text, opened.end())
        if not closed:
            text = text[: opened.start()]
            break
        text = text[: opened.start()] + text[closed.end() :]
    if halves := list(_CLOSED.finditer(text)):
        text = text[halves[-1].end() :]
    return _TURN.sub("", text).strip()


def refusal(draft: Draft) -> str:
    """The words with which the model turned the request itself down; "" where it did not."""
    if draft.answerable or any(p.cites for p in draft.pieces):
        return ""
    first = " ".join(draft.words.split())[:300]
    return first if pattern("answering.marks.refuses").search(first) else ""


def _only_json(text: str) -> bool:
    return text.lstrip("` \n")[:1] in ("{", "[")


@dataclass(slots=True)
class _Reader:
    pack: Pack
    keys: dict[str, int] | None

    def draft(self, value: Any) -> Draft:
        answerable, missing = "", tuple[str, ...]()
        if isinstance(value, dict):
            answerable = _answerable(under(value, "answerable"))
            missing = tuple(as_texts(under(value, "missing")))
        return Draft(tuple(self._pieces(value, 0)), answerable, missing)

    def _pieces(self, value: Any, depth: int) -> Iterator[Piece]:
        """The pieces in a value, however deep the model put them."""
        if depth > 5:
            return
        if isinstance(value, str):
            yield from pieces_of(value, self.pack, self.keys)
        elif isinstance(value, list):
            for item in value:
                yield from self._pieces(item, depth + 1)
        elif isinstance(value, dict):
            if self._is_block(value):
                yield from self._block(value)
            else:
                inside = under(value, "blocks")
                title = as_text(under(value, "text")) if not isinstance(inside, str) else ""
                if title and depth:
                    yield Piece("heading", title, paragraph=True)
                yield from self._pieces(inside, depth + 1)

    def _is_block(self, row: dict[str, Any]) -> bool:
        """Whether a row is one block: it has a text, and nothing in it holds blocks."""
        low = {str(key).lower(): value for key, value in row.items()}
        if low.keys() & words("answering.keys.answerable") or not as_text(under(row, "text")):
            return False
        for key in low.keys() & words("answering.keys.blocks"):
            if isinstance(low[key], list) and any(isinstance(one, dict) for one in low[key]):
                return False
        return bool(low.keys() & {"text", "sentence", *words("answering.keys.cites"), *words("answering.keys.kind")})

    def _block(self, row: dict[str, Any]) -> Iterator[Piece]:
        kind = _kind(under(row, "kind"))
        text = as_text(under(row, "text"))
        text = text if "|" in text and "\n" in text else unmarked(text)
        given: dict[str, None] = {}
        unknown: dict[str, None] = {}
        for cite in as_texts(under(row, "cites")):
            known, other = self._cited(cite)
            given.update(dict.fromkeys(known))
            unknown.update(dict.fromkeys(other))
        paragraph = bool(as_truth(under(row, "paragraph")))
        column = as_text(under(row, "column"))
        n = as_number(under(row, "paper"))
        if kind == "row":
            cells = row.get("cells")
            yield Piece("row", self._marked(kind, text, given).text, tuple(given), tuple(unknown), paragraph,
                        paper=n or _one_paper(given))
            yield from self._cells(cells, tuple(given))
            return
        if kind == "claim" and ("\n" in text or len(sentences(text)) > 1):
            yield from self._several(text, tuple(given), tuple(unknown), paragraph)
            return
        one = self._marked(kind, text, given)
        given.update(dict.fromkeys(one.cites))
        unknown.update(dict.fromkeys(one.unknown))
        if one.text:
            yield Piece(kind, one.text.strip("# ") if kind == "heading" else one.text, tuple(given), tuple(unknown),
                        paragraph or kind == "heading", column, n)

    def _marked(self, kind: str, text: str, given: Collection[str]) -> Marked:
        """A block's text without its marks: freely read only where a claim names nothing beside its text."""
        if kind in ("claim", "cell") and not given:
            return read_marks(text, self.pack, self.keys)
        return repeated_marks(text, self.pack, given or [str(n) for n in self.pack.shown_numbers])

    def _several(self, text: str, given: tuple[str, ...], unknown: tuple[str, ...], paragraph: bool) -> Iterator[Piece]:
        """A block of several sentences: each with its own marks, else with those of the block."""
        for k, piece in enumerate(pieces_of(text, self.pack, self.keys, cites=given)):
            if piece.kind in ("claim", "cell"):
                piece = replace(piece, unknown=piece.unknown or unknown)
            yield replace(piece, paragraph=paragraph) if k == 0 else piece

    def _cells(self, cells: Any, given: tuple[str, ...]) -> Iterator[Piece]:
        rows = [{"column": k, "text": v} for k, v in cells.items()] if isinstance(cells, dict) else cells
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict):
                if isinstance(row.get("text"), dict):
                    row = {"column": row.get("column"), **row["text"]}
                for piece in self._block({**row, "kind": "cell"}):
                    yield replace(piece, cites=piece.cites or given)

    def _cited(self, written: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if known := self.pack.known(written.strip(" []().")):
            return known, ()
        marked = read_marks(written if re.search(r"[\[(<【]", written) else f"[{written}]", self.pack, self.keys)
        if marked.cites or marked.unknown:
            return marked.cites, marked.unknown
        for n in self.pack.shown_numbers:
            if (found := self.pack.locate(n, written)) and (known := self.pack.known(found)):
                return known, ()
        return (), (written[:40],)


def _one_paper(cites: dict[str, None]) -> int:
    papers = {cite.partition(".")[0] for cite in cites}
    return int(papers.pop()) if len(papers) == 1 else 0


def _kind(value: Any) -> str:
    said = as_text(value).lower()
    if said in KINDS:
        return said
    return next((name for name, usual in table("answering.kinds").items() if said in usual), "claim")


def _answerable(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = as_text(value).lower().strip(" .!")
    for name in ("partly", "yes", "no"):
        if said in words(f"answering.keys.{name}"):
            return name
    return ""
