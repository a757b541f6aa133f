"""The JSON in a model's text: alone, fenced, amid prose or cut off; and its parts under any usual name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ....language import listed, words

_FENCE = re.compile(r"```[a-zA-Z0-9]*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.S)
_COMMA = re.compile(r",(?=\s{0,80}[}\]])")
_LONGEST = 400_000
_STARTS = 20
"""Places in a text at which JSON is looked for."""
_STOPS = 40
"""Places before a cut at which what stands complete may end."""


def value_in(text: str) -> Any:
    """The first JSON object or list in the text, as far as it goes; None where there is none."""
    text = text[:_LONGEST]
    for source in (*(m[1] for m in _FENCE.finditer(text)), text):
        for start in _starts(source):
            found = _read(source[start:])
            if found:
                return found
    return None


def _starts(text: str) -> Iterator[int]:
    """Where JSON may begin: a brace before a key or the end, a bracket before a brace or a string."""
    for count, found in enumerate(re.finditer(r"\{(?=\s*[\"'}])|\[(?=\s*[\[{\"])", text)):
        if count >= _STARTS:
            return
        yield found.start()


def _read(text: str) -> Any:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        pass
    whole, stops = _scanned(text)
    if whole is not None:
        try:
            return json.loads(_COMMA.sub("", whole), strict=False)
        except (ValueError, RecursionError):
            return None
    # It was cut off: what stood complete before the cut is kept.
    for end, closing in reversed(stops[-_STOPS:]):
        try:
            return json.loads(_COMMA.sub("", text[:end]) + closing, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _scanned(text: str) -> tuple[str | None, list[tuple[int, str]]]:
    """The text up to where the first bracket closes; else the ends of inner values, each with what then is open."""
    stack: list[str] = []
    stops: list[tuple[int, str]] = []
    inside = escaped = False
    for at, char in enumerate(text):
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
            continue
        if char == '"':
            inside = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
        elif char in "}]":
            if not stack or stack.pop() != char:
                return None, stops
            if not stack:
                return text[: at + 1], stops
            stops.append((at + 1, "".join(reversed(stack))))
    return None, stops


def under(row: dict[str, Any], name: str) -> Any:
    """What stands in a row under any of the names that models use for a part; None where nothing does."""
    low = {str(key).strip().lower(): value for key, value in row.items()}
    return next((low[key] for key in listed(f"answering.keys.{name}") if key in low), None)


def as_text(value: Any) -> str:
    """A value as one text."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    return ""


def as_texts(value: Any) -> list[str]:
    """A value as texts: of a list each item, of an object in it its id or text, of a text that text."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list | tuple):
        return [text] if (text := as_text(value)) else []
    found = []
    for item in value:
        if isinstance(item, dict):
            item = under(item, "cites") if under(item, "cites") is not None else under(item, "text")
        if isinstance(item, list):
            found += as_texts(item)
        elif text := as_text(item):
            found.append(text)
    return found


def as_number(value: Any) -> int:
    """The first whole number in a value; 0 where there is none."""
    if isinstance(value, bool):
        return 0
    found = re.search(r"\d+", as_text(value))
    return int(found[0]) if found else 0


def as_truth(value: Any) -> bool | None:
    """Whether a value says yes; None where it says neither."""
    if isinstance(value, bool):
        return value
    said = as_text(value).lower().strip(" .!")
    return True if said in words("answering.keys.yes") else False if said in words("answering.keys.no") else None
