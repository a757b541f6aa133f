"""Mutated files of every kind: never a crash, never a hang (the suite's time limit), and only whole values come out.

The mutations know the formats: they cut, repeat, swap and corrupt pieces at the places that matter.
The same seed gives the same files.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.papers import Paper, Rejected
from assistant.readers import read


def _entries(rng: random.Random) -> list[tuple[str, str]]:
    words = ["boats", "paper", "drift", "wind", "pond", "water", "folding", "sheet", "river", "of", "the", "in", "with"]
    return [
        (" ".join(rng.choices(words, k=rng.randint(3, 12))).title(),
         " ".join(" ".join(rng.choices(words, k=14)).capitalize() + "." for _ in range(rng.randint(1, 9))))
        for _ in range(rng.randint(1, 6))
    ]  # fmt: skip


def _page(rng: random.Random) -> bytes:
    glue = rng.choice(["\n", "\r\n", "\n\n", "\r\n\r\n"])
    head = ["new", "Get trending papers in your email inbox!", "byAK and the research community", "Mar 20"]
    return glue.join([*head, *(part for e in _entries(rng) for part in e)]).encode()


def _html(rng: random.Random) -> bytes:
    rows = "".join(f"<article><h3>{t}</h3><p>{a}</p></article>" for t, a in _entries(rng))
    return f"<html><body><p>Get trending papers in your email inbox!</p>{rows}</body></html>".encode()


def _csv(rng: random.Random) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=rng.choice(",;\t"))
    writer.writerow(["Title", "Abstract", "Authors", "Year", "DOI"])
    for title, abstract in _entries(rng):
        writer.writerow([title, abstract, "Doe, J.; Roe, R.", "2020", "10.1000/x.1"])
    return out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))


def _json(rng: random.Random) -> bytes:
    authors = [{"name": "J. Doe"}, None, 3]
    rows = [{"title": t, "abstract": a, "authors": authors, "year": [2020]} for t, a in _entries(rng)]
    if rng.random() < 0.5:
        return "\n".join(json.dumps(r) for r in rows).encode()
    return json.dumps(rng.choice([rows, {"results": rows}])).encode()


def _markdown(rng: random.Random) -> bytes:
    title, abstract = _entries(rng)[0]
    body = f"## Abstract\n\n{abstract}\n\n## Introduction\n\n{abstract * 20}\n"
    return f"---\ntitle: {title}\n---\n# {title}\n\n{body}".encode()


def _pdf(rng: random.Random) -> bytes:
    from test_readers_pdf import FIRST, SECOND, pdf_bytes

    return pdf_bytes([FIRST, SECOND][: rng.randint(1, 2)], "/Title (Drift of Folded Boats)")


MAKERS: dict[str, Callable[[random.Random], bytes]] = {
    "a.txt": _page, "b.html": _html, "c.csv": _csv, "d.json": _json, "e.md": _markdown, "f.pdf": _pdf,
}  # fmt: skip
_PIECES = [
    b'"', b"'", b"{", b"}", b"[", b"]", b"<", b">", b"\\", b"$", b",", b"\n", b"\r", b"\n\n", b"\0", b"\xff",
    b"\xc3", b"\xf0\x9f",
    b"\xef\xbb\xbf", b"\xff\xfe", b"null", b"NaN", b"1e999", b'""', b"<p>", b"</div>",
    b"<!--", b"<script>", b"\\em{", b"\\frac{",
    b"``", b"$$", b"\xe2\x80\xae", b"\xed\xa0\x80", b"Subscribe",
    b"Tr", b"3 Tr", b" obj", b"endobj", b"stream", b"999999999999",
    b"-1", b"0 R", b"/Kids", b"<<", b">>",
    b"%PDF-1.4", b"title", b"abstract", b";;;;", b"\t", b"{" * 200, b"[" * 300, b"A" * 2_000,
]  # fmt: skip


def _mutated(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6, 12])):
        at, to = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
        match rng.randrange(7):
            case 0:
                data[at:at] = rng.choice(_PIECES)
            case 1:
                data[at : min(to, at + 60)] = b""
            case 2:
                data[at:at] = data[at : min(to, at + 400)] * rng.randint(1, 3)
            case 3:
                del data[rng.choice([at, to]) :]
            case 4 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case 5:
                piece = rng.choice(_PIECES)
                data = bytearray(bytes(data).replace(piece, rng.choice(_PIECES), rng.randint(1, 5)))
            case 6:
                del data[: min(at, 300)]
    return bytes(data[:200_000])


def _check(folder: Path, count: int, seed: int) -> None:
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        name = rng.choice(list(MAKERS))
        path = folder / (name if rng.random() < 0.9 else rng.choice(list(MAKERS)))
        path.write_bytes(_mutated(MAKERS[name](rng), rng))
        items = list(read(path))
        assert items, f"file {number} of seed {seed} gave neither a paper nor a reason"
        for item in items:
            if isinstance(item, Paper):
                assert item.title.strip()
                assert item.title == " ".join(item.title.split())
                assert item.appearances
                for text in (item.title, item.abstract, *item.authors, *(p.text for p in item.pages)):
                    text.encode("utf-8")
                    assert "\0" not in text
            else:
                assert isinstance(item, Rejected)
                assert item.reason
                assert "\n" not in item.reason
                (item.reason + item.where).encode("utf-8")
                assert len(item.reason) < 500


def test_mutated_files_never_break_reading(tmp_path: Path) -> None:
    _check(tmp_path, 150, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_five_thousand_mutated_files_never_break_reading(tmp_path: Path) -> None:
    _check(tmp_path, 5_000, seed=2)
