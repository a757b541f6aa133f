"""What lies in a JSON value: the objects of a list, the value at a path, texts with their elements taken out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .entries import text_without_tags
from .records import text_of

Record = Mapping[str, Any]


def dicts(value: Any) -> list[Record]:
    return [v for v in value[:5_000] if isinstance(v, Mapping)] if isinstance(value, list) else []


def within(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def joined(value: Any) -> str:
    """A title: text, or the first of a list, with what elements it holds taken out."""
    return " ".join(text_without_tags(text_of(value)).split())


def texts(value: Any) -> str:
    """The texts of a list, or the text, in one line."""
    return " ".join(map(text_of, value[:20])) if isinstance(value, list) else text_of(value)
