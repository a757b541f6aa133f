"""Steps whose vectors are there at once are followed by larger ones, long ones by smaller; none is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from word_vectors import WordVectors

from assistant.index import Index, pace
from assistant.index.pace import FEWEST, FIRST, MOST, Pace
from assistant.index.steps import Steps
from assistant.library import Library
from assistant.papers import Paper


def test_quick_steps_grow_and_long_ones_shrink() -> None:
    found = Pace()
    for _ in range(20):
        found.took(0.0)
    assert found.papers == MOST
    found.took(1.0)
    assert found.papers == MOST
    for _ in range(20):
        found.took(60.0)
    assert found.papers == FEWEST
    assert FEWEST < FIRST < MOST


def test_a_rebuild_with_known_vectors_takes_fewer_and_larger_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    write = Steps.write_vectors
    monkeypatch.setattr(Steps, "write_vectors", lambda self, build, waiting, kind: (
        taken.append(len(waiting)), write(self, build, waiting, kind))[1])
    monkeypatch.setattr(pace, "_QUICK_S", 60.0)
    embedder = WordVectors()
    with Library.open(tmp_path) as library:
        index = Index.open(tmp_path, library, embedder)
        library.add(Paper(f"Paper {n}", f"It is about thing{n}.", doi=f"10.1000/{n}") for n in range(300))
        index.update()
        assert taken == [64, 128, 108, 300]
        taken.clear()
        encoded = len(embedder.encoded)
        assert index.rebuild() == 0
        assert taken == [64, 128, 108, 64, 128, 108]
        assert len(embedder.encoded) == encoded
        assert index.verify() == []
        index.close()
