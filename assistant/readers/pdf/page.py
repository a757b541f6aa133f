"""What a PDF page shows, as plain values: words with their boxes, sizes and fonts, and the size of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_BOLD = re.compile(r"bold|black|heavy|medi(?!um)|semib|demi|(?:cm|sf)(?:ss)?bx|-b\b|tb\b|\bbd", re.I)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; from the page's top left corner, in points (1/72 inch)."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is drawn. Its box stands as if its text ran from left to right; `shown` turns it back.

    `mark` is what was set raised behind it and is no part of it (footnote signs, affiliations).
    `unseen` says why it can't be seen on the page, empty for a word that can.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    font: str = ""
    turn: int = 0
    mark: str = ""
    unseen: str = ""

    @property
    def bold(self) -> bool:
        """Whether its font calls itself bold."""
        return bool(_BOLD.search(self.font))


@dataclass(frozen=True, slots=True)
class PageWords:
    """One page as it is shown: its width and height in points, and its words in the order they are drawn.

    `pictures` says whether it draws any; `recognised` that its words are an invisible layer which
    text recognition laid over a scan; `unmapped` is the share of letters whose fonts do not say what they
    are; `damaged` says that part of what it draws is lost.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...] = ()
    pictures: bool = False
    recognised: bool = False
    unmapped: float = 0.0
    damaged: bool = False

    def shown(self, word: Word) -> Box:
        """The word's box on the page as it is shown."""
        return turned_back((word.left, word.top, word.right, word.bottom), word.turn, self.width, self.height)


def turned_back(box: Box, turn: int, width: float, height: float) -> Box:
    """A box in the upright frame of text that runs at `turn` degrees, as it stands on the page."""
    left, top, right, bottom = box
    if turn == 90:  # upwards
        return top, height - right, bottom, height - left
    if turn == 180:
        return width - right, height - bottom, width - left, height - top
    if turn == 270:  # downwards
        return width - bottom, left, width - top, right
    return box


def upright(box: Box, turn: int, width: float, height: float) -> Box:
    """The inverse of `turned_back`."""
    left, top, right, bottom = box
    if turn == 90:
        return height - bottom, left, height - top, right
    if turn == 180:
        return width - right, height - bottom, width - left, height - top
    if turn == 270:
        return top, width - right, bottom, width - left
    return box


def from_json(row: dict[str, Any]) -> PageWords:
    """The page that a worker sent."""
    fonts = row["fonts"]
    words = tuple(
        Word(text, left, top, right, bottom, base, size, fonts[font], turn, mark, unseen)
        for text, left, top, right, bottom, base, size, font, turn, mark, unseen in row["words"]
    )
    return PageWords(
        row["number"], row["width"], row["height"], words, row["pictures"], row["recognised"], row["unmapped"],
        row.get("damaged", False),
    )  # fmt: skip
