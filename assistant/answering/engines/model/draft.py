"""What a language model wrote, as plain values, before anything of it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = ("claim", "link", "gap", "heading", "row", "cell")


@dataclass(frozen=True, slots=True)
class Piece:
    """One block as the model wrote it, without its markers; `cites` are ids that were shown: "3.7", or "3"."""

    kind: str
    text: str
    cites: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """What it cites that was never shown."""
    paragraph: bool = False
    column: str = ""
    paper: int = 0
    """The number of the paper that a row is about; 0 for none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole reply: whether the model says that the papers answer, what is missing, and its blocks."""

    pieces: tuple[Piece, ...] = ()
    answerable: str = ""
    """`yes`, `partly`, `no`, or "" where it does not say."""
    missing: tuple[str, ...] = ()
    words: str = field(default="", compare=False)
    """The reply as it came, without thoughts."""

    @property
    def declines(self) -> bool:
        """Whether it says that the papers do not answer, or states nothing but what is missing."""
        nothing = not any(piece.cites or piece.unknown for piece in self.pieces)
        return self.answerable == "no" or (nothing and any(piece.kind == "gap" for piece in self.pieces))


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "integer"}

ANSWER = _object(
    answerable={"type": "string", "enum": ["yes", "partly", "no"]},
    missing=_TEXTS,
    blocks={
        "type": "array",
        "items": _object(
            kind={"type": "string", "enum": list(KINDS)}, text=_TEXT, cites=_TEXTS, paragraph={"type": "boolean"},
            column=_TEXT, paper=_NUMBER,
        ),
    },
)
"""The form of an answer."""

PLAN = _object(question=_TEXT, queries=_TEXTS, parts=_TEXTS)
NOTES = _object(papers={"type": "array", "items": _object(paper=_NUMBER, score=_NUMBER, ids=_TEXTS, says=_TEXT)})
ENOUGH = _object(enough={"type": "boolean"}, missing=_TEXTS, queries=_TEXTS)
REVISED = _object(sentences={"type": "array", "items": _object(i=_NUMBER, text=_TEXT, cites=_TEXTS)})
