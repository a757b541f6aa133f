"""The retrieval benchmark: trec_eval's measures over a folder, nothing merged, bad folders named plainly."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from cross_encoders import cross_encoder
from word_vectors import WordVectors

from assistant.config import Settings
from assistant.errors import LitassistError, ReadError, UsageError
from assistant.evaluation import benchmark
from assistant.evaluation.benchmark import bench, paired_p, read_collection

DOCUMENTS = [
    ("a", "Kidney stones", "Stones form in the kidney. They hurt."),
    ("b", "Kidney stones", "A second paper of this title, about surgery of the kidney."),
    ("c", "Graph search", "Paths in graphs are searched breadth first."),
    ("d", "Malaria", "The parasite lives in red blood cells."),
]
QUERIES = [("1", "surgery of the kidney"), ("2", "graph paths searched"), ("3", "unjudged"), ("4", "parasite in blood")]
JUDGEMENTS = [("1", "b", 2), ("1", "a", 1), ("2", "c", 1), ("4", "a", 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    made.mkdir()
    rows = [json.dumps({"id": i, "title": t, "abstract": a}) for i, t, a in DOCUMENTS]
    (made / "corpus.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    questions = [json.dumps({"id": i, "text": t}) for i, t in QUERIES]
    (made / "queries.jsonl").write_text("\n".join(questions), encoding="utf-8")
    lines = ["query-id\tdoc-id\trelevance", *(f"{q}\t{d}\t{r}" for q, d, r in JUDGEMENTS)]
    (made / "qrels.tsv").write_text("\n".join(lines), encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def _words_for_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "open_embedder", lambda settings: WordVectors())


def test_the_measures_are_those_worked_out_by_hand(folder: Path, tmp_path: Path) -> None:
    report = bench(folder, cache=tmp_path / "cache").to_dict()
    assert (report["queries"], report["documents"]) == (3, 4)
    # Question 4's judged paper is not the one about parasites: it comes after "d", if at all.
    assert report["recall@100"] == pytest.approx(1, abs=0.34)
    assert report["mrr@10"] <= (1 + 1 + 0.5) / 3 + 1e-4
    assert report["ndcg@10"] <= (1 + 1 + 1 / math.log2(3)) / 3 + 1e-4
    assert report["query_ms"].keys() == {"p50", "p95"}


def test_measures_by_hand(folder: Path) -> None:
    collection = read_collection(folder)
    name = {document: paper for paper, document in collection.documents.items()}
    found = benchmark.measures(collection, {"1": [name["a"], name["b"]], "2": [name["c"]]})
    gains = (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))
    np.testing.assert_allclose(found["ndcg@10"], [gains, 1, 0], atol=1e-6)
    np.testing.assert_allclose(found["mrr@10"], [1, 1, 0])
    np.testing.assert_allclose(found["recall@10"], [1, 1, 0])


def test_equal_titles_stay_apart(folder: Path, tmp_path: Path) -> None:
    assert len({paper.id for paper in read_collection(folder).papers}) == 4
    assert bench(folder, cache=tmp_path / "cache").documents == 4


def test_an_ablation_shows_each_parts_worth(folder: Path, tmp_path: Path) -> None:
    report = bench(folder, ablate=True, cache=tmp_path / "cache")
    assert [step.name for step in report.steps] == [name for name, _ in (*benchmark.STEPS, *benchmark.LEFT_OUT)]
    assert report.steps[len(benchmark.STEPS) - 1].measures == report.measures
    assert report.steps[0].p_value is None
    assert 0 < (report.steps[-1].p_value or 0) <= 1
    assert len(benchmark.table_lines(report)) == 2 + len(report.steps)
    for ending in ("png", "svg"):
        benchmark.write_chart(report, tmp_path / f"chart.{ending}")
        assert (tmp_path / f"chart.{ending}").stat().st_size > 1000
    with pytest.raises(UsageError, match="png"):
        benchmark.write_chart(report, tmp_path / "chart.doc")


def test_a_reranker_is_a_row_of_its_own_and_what_is_measured(folder: Path, tmp_path: Path) -> None:
    spec = f"cross-encoder:{cross_encoder(tmp_path / 'model', words=('kidneys', 'water', 'graphs'))}"
    plain = bench(folder, ablate=True, cache=tmp_path / "cache")
    report = bench(folder, settings=Settings(reranker=spec), ablate=True, cache=tmp_path / "cache")
    assert [step.name for step in report.steps] == [*(step.name for step in plain.steps), f"+ reranker ({spec})"]
    assert report.steps[-1].measures == report.measures
    assert report.steps[len(benchmark.STEPS) - 1].measures == plain.measures
    assert report.steps[-1].change == pytest.approx(report.measures["ndcg@10"] - plain.measures["ndcg@10"])
    assert 0 < (report.steps[-1].p_value or 0) <= 1
    assert report.reranker == report.to_dict()["reranker"] == spec


def test_nothing_is_measured_with_a_reranker_that_fails(folder: Path, tmp_path: Path) -> None:
    for spec in (f"cross-encoder:{tmp_path}", "llm"):
        with pytest.raises(LitassistError):
            bench(folder, settings=Settings(reranker=spec), cache=tmp_path / "cache")


def test_vectors_are_remembered_between_runs(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[WordVectors] = []
    monkeypatch.setattr(benchmark, "open_embedder", lambda settings: made.append(WordVectors()) or made[-1])
    first = bench(folder, cache=tmp_path / "cache")
    second = bench(folder, cache=tmp_path / "cache")
    assert any("Stones form" in text for text in made[0].encoded)
    assert not any("Stones form" in text for text in made[1].encoded)
    assert first.measures == second.measures


@pytest.mark.parametrize(("file", "content", "says"), [
    ("corpus.jsonl", None, "can't be read"),
    ("corpus.jsonl", '{"id": "a"}\n{"id": "a"}', "twice"),
    ("corpus.jsonl", '{"id": "a"}\nnot json', "line 2"),
    ("queries.jsonl", '["a"]', "object"),
    ("queries.jsonl", '{"id": "1"}', "'text' is missing"),
    ("queries.jsonl", "", "judged questions"),
    ("qrels.tsv", "h\n1\tb", "line 2"),
    ("qrels.tsv", "h\n1\tb\tmuch", "whole number"),
])
def test_a_folder_that_is_no_benchmark_is_named(folder: Path, file: str, content: str | None, says: str) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(ReadError, match=says):
        bench(folder)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no folder"):
        bench(tmp_path / "none")


def test_the_paired_test_tells_chance_from_change() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(100)
    assert paired_p(base, base) == 1
    assert paired_p(base + 0.1, base) < 0.001
    assert paired_p(base + rng.normal(0, 0.1, 100), base) > 0.01
