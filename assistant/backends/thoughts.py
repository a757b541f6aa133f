"""A model's text without its thoughts, wherever a template or a server leaves them in it.

Tagged (`<think>…</think>`), in channels (gpt-oss), or with the closing tag alone, where the template had opened it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@cache
def marks() -> dict[str, Any]:
    """The table of marks: of thoughts, of answers, of ends, and the words for why a reply ended."""
    return tomllib.loads((Path(__file__).parent / "marks.toml").read_text(encoding="utf-8"))


@dataclass(slots=True)
class Thoughts:
    """Takes text as it comes and gives what is meant for the reader.

    `waits`: keep everything back until a closing tag or the end shows where the thoughts stop. `constrained`: text
    that begins as JSON is no thought.
    """

    waits: bool = False
    constrained: bool = False
    thought: bool = False
    """Whether the model thought in its text."""
    half: bool = False
    """Whether the thoughts ended with a tag that nothing had opened."""
    _kept: str = ""
    _closing: str = ""
    _state: str = "start"

    def feed(self, piece: str) -> Iterator[str]:
        """What can be shown now that `piece` has come."""
        self._kept += piece
        while True:
            before = (self._state, self._kept)
            if self._state == "start":
                self._begin()
            elif self._state == "thinking":
                self._think()
            else:
                text, self._kept = self._without_ends(self._kept, last=False)
                if text:
                    yield text
                return
            if (self._state, self._kept) == before:
                return

    def end(self) -> Iterator[str]:
        """What is left when no more comes; thoughts that never ended are no text."""
        if self._state == "thinking" and not self._closing.startswith("assistant"):
            return
        text = self._without_ends(self._kept, last=True)[0]
        if self._state == "start" and text.strip() and any(o.startswith(text.strip()) for o, _ in marks()["pairs"]):
            text = ""
        if text:
            yield text

    def _begin(self) -> None:
        opening = self._kept.lstrip()
        if not opening:
            return
        for opener, closer in marks()["pairs"]:
            # "analysis" is a word too: it opens a channel only where a capital follows at once.
            bare = opener.isalpha()
            if opening.startswith(opener) and (not bare or opening[len(opener) : len(opener) + 1].isupper()):
                self._state, self._closing, self._kept = "thinking", closer, opening[len(opener) :]
                self.thought = True
                return
        for dropped in marks()["dropped"]:
            if opening.startswith(dropped):
                self._kept = opening[len(dropped) :]
                return
        for closer in (c for _, c in marks()["pairs"] if c.startswith(("</", "[/"))):
            if closer in opening:
                self._kept = opening.split(closer, 1)[1].lstrip()
                self.thought = self.half = True
                return
        starts = [*(o for o, _ in marks()["pairs"]), *marks()["dropped"]]
        if any(o.startswith(opening) for o in starts):
            return
        if not self.waits or (self.constrained and opening.startswith("{")):
            self._state = "text"
            # A space before the first word says nothing once a thought went before it.
            self._kept = opening if self.thought else self._kept

    def _think(self) -> None:
        at = self._kept.find(self._closing)
        if at >= 0:
            self._state, self._kept = "start", self._kept[at + len(self._closing) :]
            self.waits = False
        elif self._closing.startswith("assistant"):
            return
        else:
            # Only what may be the beginning of the closing tag matters.
            self._kept = self._kept[-len(self._closing) :]

    def _without_ends(self, text: str, *, last: bool) -> tuple[str, str]:
        """The text without the marks that end a message, and what may be the beginning of one."""
        for mark in marks()["ends"]:
            text = text.replace(mark, "")
        at = text.rfind("<|")
        if last or at < 0 or len(text) - at > 12:
            kept = 1 if not last and text.endswith("<") else 0
            return (text[:-1], "<") if kept else (text, "")
        return text[:at], text[at:]
