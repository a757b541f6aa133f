"""The files of the words' index as tantivy lays them down: which there should be, and whether one is whole."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

_PARTS = ("term", "idx", "pos", "fast", "fieldnorm", "store")


def segments(folder: Path) -> list[dict[str, Any]]:
    """The segments that the index says it is made of, in its order: `segment_id`, `max_doc`, `deletes`."""
    found: list[dict[str, Any]] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]
    return found


def files(folder: Path) -> set[Path]:
    """The files of those segments."""
    found: set[Path] = set()
    for segment in segments(folder):
        name = segment["segment_id"].replace("-", "")
        found.update(folder / f"{name}.{part}" for part in _PARTS)
        if segment["deletes"]:
            found.add(folder / f"{name}.{segment['deletes']['opstamp']}.del")
    return found


def whole(path: Path) -> bool:
    """Whether a file of tantivy's is as it was written. It ends with its checksum as JSON, that JSON's length, 1337."""
    try:
        data = path.read_bytes()
        length, magic = struct.unpack("<II", data[-8:])
        return bool(magic == 1337 and json.loads(data[-8 - length : -8])["crc"] == zlib.crc32(data[: -8 - length]))
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return False
