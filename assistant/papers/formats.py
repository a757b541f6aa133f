"""The names of what can be exported, and how their files are named."""

from __future__ import annotations

from pathlib import Path

FORMATS = ("bibtex", "ris", "csl-json", "markdown")
REFERENCE_STYLES = ("apa", "ieee", "nature")
STYLES = (*FORMATS, *REFERENCE_STYLES)
_SUFFIXES = {"bibtex": ".bib", "ris": ".ris", "csl-json": ".json", "markdown": ".md"}
_STYLES = {suffix: style for style, suffix in _SUFFIXES.items()} | {".txt": "apa", ".markdown": "markdown"}


def suffix_of(style: str) -> str:
    """How a file in this style is named."""
    return _SUFFIXES.get(style, ".txt")


def style_of(path: Path | None) -> str:
    """The style that a file's name asks for; `bibtex` for any other name, and for none."""
    return _STYLES.get(path.suffix.lower(), "bibtex") if path is not None else "bibtex"
