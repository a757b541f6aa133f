"""Bytes to text: which encoding a file has, and its lines, bounded in length and in memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 65_536
"""How much of a file is looked at to tell what it is."""
MAX_LINE = 4_000_000
"""The longest line that is read, in characters; a longer one is skipped with a reason."""

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name, and how many bytes of the file it does not explain."""

    name: str
    stray_bytes: int = 0


def is_binary(head: bytes) -> bool:
    """Whether these first bytes of a file can't be text in any encoding that is read."""
    if any(head.startswith(bom) for bom, _ in BOMS) or wide_without_mark(head):
        return False
    return b"\x00" in head or len(_CONTROL.findall(head)) > len(head) / 50


def wide_without_mark(head: bytes) -> str | None:
    """The UTF-16 byte order when every other byte is zero, as in unmarked UTF-16 of Western text."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.7 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and odd < half * 0.05 else None


def encoding(path: Path) -> Encoding:
    """The encoding of the whole file: UTF-8 or -16 or -32, GBK and its like, else Windows-1252.

    A file that is mostly UTF-8 but not all of it counts as UTF-8 with stray bytes.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        for bom, name in BOMS:
            if head.startswith(bom):
                return Encoding(name, _stray(path, "utf-8") if name == "utf-8-sig" else 0)
        if wide := wide_without_mark(head):
            return Encoding(wide)
        decoder = codecs.getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return Encoding("utf-8")
        except UnicodeDecodeError:
            pass
    return _legacy(path)


def _legacy(path: Path) -> Encoding:
    sample = _telling(path)
    stray = sum(c >= 0x80 for c in _SEQUENCE.sub(b"", sample))
    if len(_SEQUENCE.findall(sample)) >= max(1, stray):
        return Encoding("utf-8", _stray(path, "utf-8"))
    high = sum(c >= 0x80 for c in sample)
    paired = sum(len(m) for m in re.findall(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe]){2,}", sample) if max(m) >= 0x80)
    if high and paired >= 0.6 * high:
        from charset_normalizer import from_bytes

        wide = ["gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp949"]
        best = from_bytes(sample, cp_isolation=[*wide, "cp1252", "cp1251", "koi8_r", "cp1253"]).best()
        if best and best.encoding in ("euc_kr", "cp949", "johab") and not _is_hangul(sample):
            return Encoding("gb18030")
        if best and best.encoding != "cp1252":
            return Encoding("gb18030" if best.encoding in ("gb2312", "gbk", "hz") else best.encoding)
    return Encoding("cp1252")


def _is_hangul(sample: bytes) -> bool:
    """Whether text in a Korean encoding is mostly Hangul; a few Chinese words decode to rare signs instead."""
    pairs = re.findall(rb"[\x81-\xfe][\x41-\xfe]", sample)
    return sum(0xB0 <= p[0] <= 0xC8 and p[1] >= 0xA1 for p in pairs) >= 0.9 * len(pairs)


def _telling(path: Path) -> bytes:
    """Up to 64 KB of the file's lines that are not plain ASCII."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < HEAD_BYTES and (line := file.readline(HEAD_BYTES)):
            if not line.isascii():
                found.append(line)
                size += len(line)
    return b"".join(found)


def _stray(path: Path, name: str) -> int:
    """How many bytes of the file are not valid in this encoding."""
    count = 0
    decoder = codecs.getincrementaldecoder(name)(errors="surrogateescape")
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            count += sum("\udc80" <= c <= "\udcff" for c in decoder.decode(chunk) if c > "\x7f")
    return count + sum("\udc80" <= c <= "\udcff" for c in decoder.decode(b"", final=True))


def _as_windows(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(bytes([c]).decode("cp1252", errors="replace") for c in bad), error.end


codecs.register_error("litassist-windows", _as_windows)


def decoded(head: bytes, name: str) -> str:
    """The text of a file's first bytes; a character cut at the end is left out."""
    decoder = codecs.getincrementaldecoder(name)(errors="litassist-windows")
    return decoder.decode(head)


def lines(path: Path, name: str) -> Iterator[tuple[int, str | None]]:
    """Each line of the file with its number from 1, without its end; None for one that is too long."""
    with path.open(encoding=name, errors="litassist-windows", newline=None) as file:
        number = 0
        while line := file.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and not line.endswith("\n"):
                while (rest := file.readline(MAX_LINE)) and not rest.endswith("\n"):
                    pass
                yield number, None
            else:
                yield number, line.removesuffix("\n")
