"""What was learned of a model from its refusals and replies, kept on disk: each is met once.

One JSON file a model in the cache folder. A file that can't be read counts as nothing learned.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .failures import Failure
from .names import Place

_writing = threading.Lock()
_LIMITS = ("max_tokens", "max_completion_tokens")
_ELSEWHERE = {
    "format": "form", "response_format": "form", "output_config": "form", "output_format": "form", "text": "form",
    "json_schema": "form", "schema": "form", "stream_options": "counts", "stream": "streams",
    "temperature": "temperature", "max_tokens": "limit", "max_completion_tokens": "limit",
    "max_output_tokens": "limit", "num_predict": "limit", "keep_alive": "keep_alive",
}
"""What a field of a request is called here."""


@dataclass(frozen=True, slots=True)
class Record:
    """How one model takes requests, as far as is known; None where nothing was learned."""

    model: str = ""
    temperature: bool = True
    limit: str | None = None
    """The name of the field for the longest answer; empty: it takes none."""
    form: str | None = None
    """What a reply can be held to: schema, object or text."""
    streams: bool = True
    counts: bool | None = None
    keep_alive: bool = True
    thinks: bool | None = None
    half_thoughts: bool | None = None
    """Whether thoughts end with a tag that nothing opened."""
    most_tokens: int | None = None
    """The longest answer that may be asked for."""
    window: int | None = None
    refused: tuple[str, ...] = field(default=())
    """What was refused, in the order of the refusals; for people who look into the file."""

    def without(self, names: Iterable[str], said: str = "") -> Record:
        """The record once these parts of a request are known to be refused."""
        new: dict[str, Any] = {"refused": (*self.refused, *(n for n in names if n not in self.refused))}
        for name in names:
            if name == "limit":
                other = next((n for n in _LIMITS if n != self.limit and n not in self.refused), "")
                new["limit"] = other
                new["refused"] = (*new["refused"], *filter(None, [self.limit]))
            elif name == "form":
                object_left = self.form == "schema" and re.search(r"json_schema|unavailable|not support", said)
                new["form"] = "object" if object_left else "text"
            else:
                new[name] = False
        return replace(self, **new)


def record_of(place: Place, folder: Path) -> Record:
    """What is known of the model: what the table of providers says, and what was learned since."""
    known = Record(place.known_as, limit=place.limit, form=place.form, counts=place.counts, thinks=place.thinks)
    try:
        kept = json.loads(_file(place, folder).read_text(encoding="utf-8"))
        names = {f.name for f in fields(Record)}
        values = {k: tuple(v) if k == "refused" else v for k, v in kept.items() if k in names and v is not None}
        if kept.get("model") == place.known_as:
            known = replace(known, **values)
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    return known


def keep(record: Record, place: Place, folder: Path) -> None:
    """Write the record; a folder that can't be written costs only that it is learned again."""
    file = _file(place, folder)
    with _writing, contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
        part.replace(file)


def forget(place: Place, folder: Path) -> None:
    """Learn anew: the server may have been brought up to date."""
    with contextlib.suppress(OSError):
        _file(place, folder).unlink(missing_ok=True)


def _file(place: Place, folder: Path) -> Path:
    return folder / "models" / f"{hashlib.sha256(place.known_as.encode()).hexdigest()[:24]}.json"


def refused_parts(failure: Failure, sent: Iterable[str]) -> list[str]:
    """Which parts of what was sent a refusal names, by its parameter, else by its words; none where it names none."""
    sent = list(sent)
    named = failure.parameter.split(".")[0].split("[")[0]
    if named in _ELSEWHERE and _ELSEWHERE[named] in sent:
        return [_ELSEWHERE[named]]
    found: dict[str, None] = {}
    for field_name, part in _ELSEWHERE.items():
        if part in sent and re.search(rf"(?<![\w.]){field_name}(?!\w)", failure.text.lower()):
            found[part] = None
    # "stream" and "text" are everyday words, and a limit may be named as what to use instead.
    for everyday in ("streams",):
        if everyday in found and not re.search(r"[\"'`]stream[\"'`]|stream(?:ing)? (?:is )?not|not support(?:ed)? stream",
                                               failure.text.lower()):
            del found[everyday]
    return list(found)
