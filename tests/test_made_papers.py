"""The papers that benchmarks at size are made of: the same every time, and their vectors a function of the text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks import Options, Report, percentile, search
from benchmarks._modelled import YEARS, Modelled, Pool

from assistant.chunking import passages
from assistant.index.texts import indexed_texts
from assistant.papers import Paper

_PAPERS = 40


@pytest.fixture(scope="module")
def pool(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Pool:
    patch = pytest.MonkeyPatch()
    patch.setenv("LITASSIST_TEST_DATA", str(shared))
    try:
        return Pool(tmp_path_factory.mktemp("pool"), 12)
    finally:
        patch.undo()


def texts(paper: Paper) -> list[str]:
    return [text for *_, text in indexed_texts(paper, passages(paper))]


def test_papers_are_the_same_every_time_and_no_two_are_alike(pool: Pool) -> None:
    once, again = ([pool.paper(n) for n in range(_PAPERS)] for _ in range(2))
    assert once == again
    assert len({paper.id for paper in once}) == len({paper.title for paper in once}) == _PAPERS
    assert {paper.year for paper in once} == set(list(YEARS)[:_PAPERS])


def test_a_vector_is_of_its_text_whatever_it_is_encoded_with(pool: Pool) -> None:
    embedder = Modelled(pool)
    every = [text for n in range(_PAPERS) for text in texts(pool.paper(n))]
    whole = embedder.encode(every)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-5)
    for at in range(0, len(every), 37):
        np.testing.assert_allclose(embedder.encode([every[at]])[0], whole[at], atol=1e-6)


def test_nothing_that_is_made_has_to_be_encoded(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("encode", "coded"):
        monkeypatch.setattr(type(pool.embedder), name, lambda self, given: pytest.fail(f"encoded: {given}"))
    embedder = Modelled(pool)
    for n in range(0, 20_000, 97):
        embedder.coded(texts(pool.paper(n)))


def test_a_paper_has_the_tokens_of_all_that_it_says(pool: Pool) -> None:
    embedder = Modelled(pool)
    paper = pool.paper(5)
    vectors, (whole, *parts) = embedder.coded(texts(paper))
    assert sorted(b"".join(parts)) == sorted(whole)
    assert parts[1] in whole
    assert len(whole) % (embedder.dimension // 8) == 0
    np.testing.assert_allclose(vectors, embedder.encode(texts(paper)), atol=1e-6)


def test_a_paper_is_near_to_what_it_says(pool: Pool) -> None:
    embedder = Modelled(pool)
    papers = [pool.paper(n) for n in range(12)]
    vectors = embedder.encode([texts(paper)[0] for paper in papers])
    said = embedder.encode([texts(paper)[2] for paper in papers])
    cosines = vectors @ said.T
    assert np.diag(cosines).mean() > 0.5
    assert np.diag(cosines).mean() > cosines.mean() + 0.1


def test_the_slope_is_the_power_of_size() -> None:
    sizes = [10_000, 100_000, 1_000_000]
    assert search.slope(sizes, [3e-4 * n for n in sizes]) == pytest.approx(1)
    assert search.slope(sizes, [n**0.25 for n in sizes]) == pytest.approx(0.25)
    assert search.slope(sizes, [7, 7, 7]) == pytest.approx(0)


def test_the_growth_is_said_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cost = {"chroma": True, "stored_s": 1, "words_s": 1, "vectors_s": 1, "likeness": 0.9, "peak_mb": 1}
    monkeypatch.setattr(search, "prepared", lambda folder, size, chroma: cost)
    monkeypatch.setattr(search, "_child", lambda folder, size, runs: {"disk": 1.0, "row": [
        size**0.5, 2 * size**0.5, 3, 3, 3, 1.0, 0.1, 0.1, size / 1000, 100, 0.1]})
    report: Report = search.searching(Options(given={"sizes": "100,10000,1000000"}, plot=tmp_path / "cost.png"))
    assert [row[0] for row in report.rows] == [100, 10_000, 1_000_000]
    assert any("p50 ms 0.50, p95 ms 0.50" in note for note in report.notes)
    assert any("+100 MB private" in note for note in report.notes)
    assert (tmp_path / "cost.png").stat().st_size > 5000


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile(range(100), 0.95) == 94
    assert percentile([7], 0.95) == 7
