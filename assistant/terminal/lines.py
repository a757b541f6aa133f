"""Lines of text as a terminal can show them: wrapped, without characters that would steer it."""

from __future__ import annotations

import re
import textwrap
import unicodedata

WIDTH = 96


def one_line(text: str) -> str:
    """The text on one line, without control and format characters: papers must not steer a terminal."""
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") else " " for c in text)
    return re.sub(r"\s+", " ", kept).strip()


def wrapped(text: str, indent: str = "", width: int = WIDTH) -> list[str]:
    """The text in lines of at most so many characters."""
    # Names of files and links are to be copied whole.
    return textwrap.wrap(
        one_line(text), width, initial_indent=indent, subsequent_indent=indent,
        break_on_hyphens=False, break_long_words=False,
    ) or [""]  # fmt: skip
