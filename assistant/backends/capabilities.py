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
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from .failures import Failure
from .names import Place

_writing = threading.Lock()
_LIMITS = ("max_tokens", "max_completion_tokens")


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
    thinks_long: bool = False
    """Whether the usual room was too little for its thoughts."""
    half_thoughts: bool | None = None
    """Whether thoughts end with a tag that nothing opened."""
    most_tokens: int | None = None
    """The longest answer that may be asked for."""
    window: int | None = None
    refused: tuple[str, ...] = ()
    """What was refused, in the order of the refusals; for people who look into the file."""

    def without(self, names: Iterable[str], said: str = "") -> Record:
        """The record once these parts of a request are known to be refused."""
        new: dict[str, Any] = {}
        refused = [*self.refused]
        for name in names:
            if name == "limit":
                refused += filter(None, [self.limit])
                new["limit"] = next((n for n in _LIMITS if n not in refused), "")
            elif name == "form":
                object_left = self.form == "schema" and re.search(r"json_schema|response_format", said)
                new["form"] = "object" if object_left else "text"
            else:
                new[name] = False
        return replace(self, refused=tuple(dict.fromkeys([*refused, *names])), **new)


def record_of(place: Place, folder: Path) -> Record:
    """What is known of the model: what the table of providers says, and what was learned since."""
    known = Record(place.known_as, limit=place.limit, form=place.form, counts=place.counts, thinks=place.thinks)
    try:
        kept = json.loads(_file(place, folder).read_text(encoding="utf-8"))
        names = {f.name for f in fields(Record)}
        values: dict[str, Any] = {k: v for k, v in kept.items() if k in names and v is not None}
        values["refused"] = tuple(values.get("refused", ()))
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


def learned_from(failure: Failure, record: Record, sent: Iterable[str], tokens: int) -> tuple[Record, bool]:
    """What a failure says of the model, and whether the same may go well now. `sent` are the parts that it refused."""
    if failure.kind == "whole" or (failure.kind == "verify" and record.streams):
        return record.without(["streams"]), True
    if failure.kind == "too_much_room":
        most = failure.most_tokens()
        return (replace(record, most_tokens=most), True) if most and most < tokens else (record, False)
    if failure.kind == "overflow":
        told = failure.numbers()[0]
        window = told if told and told >= 512 else record.window
        new = replace(record, window=window)
        # The limit of the reply may be what did not fit; else what was sent is too long by itself.
        if window is not None and window == record.window and failure.counts_the_reply():
            new = replace(record, most_tokens=window // 4)
        return new, new != record and failure.counts_the_reply()
    parts = refused_parts(failure, sent) if failure.kind in ("invalid", "other", "model") else []
    return (record.without(parts, failure.text), True) if parts else (record, False)


def guesses(constrained: bool) -> list[list[str]]:
    """What to leave out, one after another, when a request is refused without a word on what is wrong with it."""
    form = ["form"] if constrained else []
    return [*([form] if form else []), ["temperature"], ["temperature", "counts", "keep_alive", *form]]


def refused_parts(failure: Failure, sent: Iterable[str]) -> list[str]:
    """Which parts of what was sent a refusal names, by its parameter, else by its words; none where it names none."""
    sent = list(sent)
    named = failure.parameter.split(".")[0].split("[")[0]
    if _parts().get(named) in sent:
        return [_parts()[named]]
    found: dict[str, None] = {}
    for field_name, part in _parts().items():
        if part in sent and re.search(rf"(?<![\w.]){field_name}(?!\w)", failure.text.lower()):
            found[part] = None
    # "stream" is an everyday word.
    meant = re.search(r"[\"'`]stream[\"'`]|stream(?:ing)? (?:is )?not|not support(?:ed)? stream", failure.text.lower())
    if not meant:
        found.pop("streams", None)
    return list(found)


@cache
def _parts() -> dict[str, str]:
    """What a field of a request, as a refusal names it, is called here."""
    table: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "fields.toml").read_text(encoding="utf-8"))
    return {name: part for part, names in table.items() for name in names}
