"""A model's draft, piece by piece, as whole sentences with their citations.

Pure. The draft is free text with markers, or JSON `{"sentences": [{"text", "citations"}]}`; which of the
two is seen from its first character. A sentence comes out only once what follows shows that it is whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ..citations import Cited, markers_moved, parse
from ..text import sentences

IN_TEXT = "- Put the number in brackets at the end of each sentence, as in: The method halves the cost [2]."
IN_JSON = '- Answer with JSON: {"sentences": [{"text": "One sentence without markers.", "citations": [2]}]}'
"""The line of a prompt that says in which form the answer is wanted."""

_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)]|#+)\s+")
_FENCE = re.compile(r"```\w*")
_LEAD = re.compile(r"^\s*(?:answer|final answer|response)\s*:\s*", re.I)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\(\s*(?:https?:|www\.|data:|javascript:|/|#)[^)]*\)", re.I)
_LIST_HEAD = re.compile(r"^\s*(?:#+\s*)?\**\s*(?:references|sources|citations)\s*\**\s*:?\s*\**\s*$", re.I)
_PART_OF_MARKER = re.compile(r"^[\s\[［【〔\]］】〕(\d,;\-–†]*$")
_WHOLE = re.compile(r"[.!?…。][\"'”’»)\]]*$")
_DECODER = json.JSONDecoder()


def answer_schema(numbers: Collection[int], most: int = 8) -> dict[str, Any]:
    """A JSON schema in which only the evidence shown can be cited."""
    sentence = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "citations": {"type": "array", "items": {"type": "integer", "enum": sorted(numbers)}},
        },
        "required": ["text", "citations"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": sentence}},
        "required": ["sentences"],
        "additionalProperties": False,
    }


class Draft:
    """Reads one draft. Feed it every piece, then `end` it; each gives the sentences that became whole."""

    def __init__(self, shown: Collection[int]) -> None:
        self._shown = shown
        self._rest = ""
        self._raw = ""
        self._json: bool | None = None
        self._in_list = False
        self._any = False
        self._over = False
        """A list of references has begun: what follows is no answer."""

    def feed(self, piece: str) -> list[Cited]:
        """The sentences that this piece completes."""
        self._rest += piece
        self._raw += piece
        if self._json is None:
            start = self._rest.lstrip()
            if not start or "```json".startswith(start):
                return []
            self._json = start.startswith(("{", "```json"))
        return list(self._objects() if self._json else self._lines(end=False))

    def end(self, truncated: bool = False) -> list[Cited]:
        """The sentences left; of a draft cut off by the model's limit, an unfinished last one is dropped."""
        if self._json:
            found = list(self._objects())
            return found if self._any or truncated else self._other_json()
        found = list(self._lines(end=True))
        tail = markers_moved(self._rest).strip()
        self._rest = ""
        if tail and not self._over and not _LIST_HEAD.match(tail):
            last = list(self._split(tail))
            if truncated and last and not _WHOLE.search(last[-1].text):
                last.pop()
            found += last
        return found

    # ------------------------------------------------------------------ free text

    def _lines(self, *, end: bool) -> Iterator[Cited]:
        while True:
            self._rest = markers_moved(self._rest)
            line, newline, after = self._rest.partition("\n")
            if newline and (end or (after.strip() and not _PART_OF_MARKER.match(after))):
                self._rest = after
                yield from self._line(line)
                continue
            if newline:
                return
            spans = sentences(self._rest)
            if len(spans) < 2:
                return
            tail = self._rest[spans[1][0]:]
            if len(tail) < 2 or _PART_OF_MARKER.match(tail):
                return
            head, self._rest = self._rest[: spans[1][0]], tail
            yield from self._line(head)

    def _line(self, line: str) -> Iterator[Cited]:
        if _LIST_HEAD.match(line):
            self._over = True
        if not self._over and line.strip():
            yield from self._split(line)

    def _split(self, text: str, numbers: Iterable[int] = ()) -> Iterator[Cited]:
        text = _LEAD.sub("", _BULLET.sub("", _FENCE.sub("", text)))
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)).replace("**", "").replace("`", "")
        for start, end in sentences(text):
            one = parse(text[start:end], self._shown)
            given = dict.fromkeys([*numbers, *one.numbers, *one.unknown])
            whole = Cited(
                one.text, tuple(n for n in given if n in self._shown), tuple(n for n in given if n not in self._shown)
            )
            if any(c.isalnum() for c in whole.text) or whole.unknown:
                self._any = True
                yield whole

    # ------------------------------------------------------------------ JSON

    def _objects(self) -> Iterator[Cited]:
        """Each complete object of the list of sentences."""
        if not self._in_list:
            _, bracket, after = self._rest.partition("[")
            if not bracket:
                return
            self._in_list, self._rest = True, after
        while (at := self._rest.find("{")) >= 0:
            try:
                row, length = _DECODER.raw_decode(self._rest[at:])
            except ValueError:
                return
            self._rest = self._rest[at + length :]
            yield from self._row(row)

    def _row(self, row: Any) -> Iterator[Cited]:
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            return
        given = row.get("citations")
        numbers = [n for n in given if type(n) is int] if isinstance(given, list) else []
        yield from self._split(markers_moved(row["text"]), numbers)

    def _other_json(self) -> list[Cited]:
        """A draft in another shape: the text of its strings."""
        try:
            whole, _ = _DECODER.raw_decode(self._raw[self._raw.index("{") :])
        except ValueError:
            return []
        return [c for text in _strings(whole) for c in self._split(markers_moved(text))]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
