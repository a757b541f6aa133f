"""LaTeX as bibliographies have it, to plain text."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from ..text import repaired

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

_TEX = re.compile(r"[\\{}~$]|--|``|''")
_LOGO = re.compile(r"\\((?:La|Bib|pdf)?TeX)(?![A-Za-z])(?:\{\}|\\(?= ))?")
# A formula that is only a raised or lowered sign, as in chemistry: Cu$_2$O.
_SMALL = re.compile(r"\$\s?[_^]\s?(?:\{([\w+-]{1,12})\}|(\w))\s?\$")
_BARRED = re.compile(r"\$\s?\\(?:bar|overline)\s?\{?(\w)\}?\s?\$")
# A parser takes milliseconds; an abstract is left to `repaired`, which knows what abstracts have.
_MAX_PARSED = 500
_MAX_DEPTH = 25


def plain(text: str) -> str:
    """The text with accents, symbols and commands as characters, and without grouping braces.

    Formulas stay as they are, for `repaired` to read. What no LaTeX parser takes loses its braces only.
    """
    if not _TEX.search(text):
        return text
    # An accent over nothing is the sign itself.
    text = re.sub(r"\\([\^~])\{\s?\}", r"\1", text)
    if len(text) > _MAX_PARSED or _depth(text) > _MAX_DEPTH:
        return _without_braces(repaired(text))
    return _parsed(text)


@functools.lru_cache(1024)
def _parsed(text: str) -> str:
    from pylatexenc.latexwalker import LatexWalkerError

    text = _LOGO.sub(r"\1", text)
    text = _SMALL.sub(lambda m: m[1] or m[2], text)
    text = _BARRED.sub("\\1\u0305", text)
    # A percent sign would begin a comment, and take the rest of the line with it.
    escaped = re.sub(r"(?<!\\)([%#&])", r"\\\1", text)
    try:
        return _without_braces(_to_text().latex_to_text(escaped))
    except (LatexWalkerError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return _without_braces(repaired(text))


def _without_braces(text: str) -> str:
    """Braces dropped outside of formulas, where they only group."""
    if "{" not in text and "}" not in text:
        return text
    parts = re.split(r"(\$[^$\n]{1,300}\$)", text)
    return "".join(p if i % 2 else re.sub(r"(?<!\\)[{}]", "", p) for i, p in enumerate(parts))


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "{[") - (char in "}]")
        deepest = max(deepest, depth)
    return max(deepest, text.count("$") // 20, text.count("\\begin") * 3)


@functools.cache
def _to_text() -> LatexNodes2Text:
    import logging

    from pylatexenc.latex2text import LatexNodes2Text

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    return LatexNodes2Text(math_mode="verbatim", keep_comments=True, strict_latex_spaces=False)
