"""Mutated files of every kind: never a crash, never a hang (the suite's time limit), and only whole values come out."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from mutants import MAKERS, mutated

from assistant.papers import Paper, Rejected
from assistant.readers import read


def _check(folder: Path, count: int, seed: int) -> None:
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        name = rng.choice(list(MAKERS))
        path = folder / (name if rng.random() < 0.9 else rng.choice(list(MAKERS)))
        path.write_bytes(mutated(MAKERS[name](rng), rng))
        items = list(read(path))
        path.unlink()
        assert items, f"file {number} of seed {seed} gave neither a paper nor a reason"
        for item in items:
            if isinstance(item, Paper):
                assert item.title.strip()
                assert item.title == " ".join(item.title.split())
                assert item.year is None or 1000 <= item.year <= 2100
                assert item.link is None or item.link.startswith(("http://", "https://"))
                assert re.fullmatch(r"[a-z-]{3,20}", item.kind)
                hash(item)
                assert item.appearances
                for text in (item.title, item.abstract, *item.authors, *item.keywords, *item.tags, *item.collections,
                             item.venue or "", item.note, *(p.text for p in item.pages)):  # fmt: skip
                    text.encode("utf-8")
                    assert "\0" not in text
            else:
                assert isinstance(item, Rejected)
                assert item.reason
                assert "\n" not in item.reason
                (item.reason + item.where).encode("utf-8")
                assert len(item.reason) < 500


def test_mutated_files_never_break_reading(tmp_path: Path) -> None:
    _check(tmp_path, 300, seed=1)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twenty_thousand_mutated_files_never_break_reading(tmp_path: Path) -> None:
    _check(tmp_path, 20_000, seed=2)
