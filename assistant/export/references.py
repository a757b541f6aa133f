"""Formatted references in APA, IEEE and Nature style, by citeproc."""
from __future__ import annotations

from collections.abc import Sequence

from ..papers import Paper

STYLES = ("apa", "ieee", "nature")


def references(papers: Sequence[Paper], style: str) -> list[str]:
    return []
