"""Retrieval alone, measured over a benchmark folder: corpus.jsonl, queries.jsonl, qrels.tsv.

The corpus becomes a library of its own in a temporary folder, and nothing is merged there. Measures
are trec_eval's, through pytrec_eval; a query without results counts with 0.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import retrieval
from ..config import Settings
from ..embeddings import Embedder, open_embedder
from ..errors import BackendError, ReadError, UsageError
from ..index import Index
from ..library import Library
from ..papers import Hit, Paper
from ..question import parse
from ..retrieval import RECIPE, Recipe
from ..retrieval.reranking import Reranking, checked
from .remembered import cache_folder, remembering

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[str, int, int | None], None]

MEASURES = ("ndcg@10", "recall@10", "recall@100", "mrr@10")
SEED = 20_240_607
_RESAMPLES = 2_000
_FLIPS = 10_000

STEPS: tuple[tuple[str, Recipe], ...] = (
    ("words only", Recipe(words=1.0, sentences=0.0, hubs=0.0, parts=0.0, tokens=0.0)),
    ("vectors only", Recipe(words=0.0, sentences=0.0, hubs=0.0, parts=0.0, tokens=0.0)),
    ("words and vectors", replace(RECIPE, sentences=0.0, hubs=0.0, parts=0.0, tokens=0.0)),
    ("+ best sentence", replace(RECIPE, hubs=0.0, parts=0.0, tokens=0.0)),
    ("+ hubs damped", replace(RECIPE, parts=0.0, tokens=0.0)),
    ("+ parts of the question", replace(RECIPE, tokens=0.0)),
    ("+ tokens compared", RECIPE),
)
"""What `--ablate` compares: each step adds one part, and the last is what a search does by itself. Where a reranker
is set, it is one step more."""
LEFT_OUT: tuple[tuple[str, Recipe], ...] = (("(feedback, not used)", replace(RECIPE, feedback=0.3)),)
"""What was tried and is not part of a search, each held against it."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A benchmark: papers, questions by id, and graded judgements by question and document."""

    papers: tuple[Paper, ...]
    documents: Mapping[str, str]
    """Document id by paper id."""
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of an ablation: the measures with 95 % intervals, and the change from the row before."""

    name: str
    measures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    change: float | None = None
    """Of nDCG@10, from the row above; None in rows that are no step from it."""
    p_value: float | None = None
    """Of that change: paired randomisation test, two-sided."""

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        return {
            "name": self.name, **{k: round(v, 4) for k, v in self.measures.items()},
            "intervals": {k: [round(low, 4), round(high, 4)] for k, (low, high) in self.intervals.items()},
            "change": None if self.change is None else round(self.change, 4),
            "p_value": None if self.p_value is None else round(self.p_value, 4),
        }


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What was measured."""

    name: str
    documents: int
    queries: int
    measures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    query_ms: Mapping[str, float]
    steps: tuple[Step, ...] = ()
    embedder: str = ""
    reranker: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What `bench --json` prints."""
        found: dict[str, Any] = {
            "queries": self.queries, **{k: round(v, 4) for k, v in self.measures.items()},
            "query_ms": {k: round(v, 2) for k, v in self.query_ms.items()},
            "documents": self.documents, "name": self.name, "embedder": self.embedder,
            "reranker": self.reranker,
            "intervals": {k: [round(low, 4), round(high, 4)] for k, (low, high) in self.intervals.items()},
        }
        if self.steps:
            found["ablation"] = [step.to_dict() for step in self.steps]
        return found


def bench(
    folder: str | Path, *, settings: Settings | None = None, ablate: bool = False, progress: Progress | None = None,
    cache: Path | None = None,
) -> BenchReport:
    """Search measured over the collection in `folder`, in a library made for it and thrown away.

    `query_ms` is a whole search for ten papers, warm, the question's encoding included. Vectors of the
    corpus are kept in `cache` (the platform's cache folder) for the next time. ReadError when the folder
    is no benchmark.
    """
    settings = settings or Settings()
    collection = read_collection(Path(folder))
    embedder = open_embedder(settings)
    if checked(settings.reranker):
        Reranking(settings).reranker()  # to measure without it would be to measure something else
    with tempfile.TemporaryDirectory(prefix="litassist-bench-", ignore_cleanup_errors=True) as home:
        library = Library.open(Path(home))
        kept = remembering(embedder, cache or cache_folder())
        index = Index.open(Path(home), library, kept)
        reranking = Reranking(settings)
        try:
            library.add(collection.papers, progress=progress)
            index.update(progress=progress)
            view = index.view()
            embedder.encode(["warm"])
            runs: dict[str, list[str]] = {}
            alone: dict[str, list[str]] = {}
            times: list[float] = []
            for done, (query, text) in enumerate(collection.queries.items(), 1):
                started = time.perf_counter()
                found = retrieval.search(library, index, embedder, text, k=max(10, reranking.candidates),
                                         aspects=parse(text).queries[1:])
                again = _looked_at_again(reranking, text, found, library) if reranking else []
                times.append(1000 * (time.perf_counter() - started))
                alone[query] = retrieval.ranking(view, embedder, text, 100)
                runs[query] = [*again, *(i for i in alone[query] if i not in again)]
                if progress:
                    progress("queries", done, len(collection.queries))
            measured = measures(collection, runs)
            steps = _ablation(collection, view, embedder, alone, progress) if ablate else ()
            if steps and reranking:
                before = measures(collection, alone)["ndcg@10"]
                steps = (*steps, _step(f"+ reranker ({reranking.name})", measured, before))
        finally:
            index.close()
            library.close()
    ordered = sorted(times)
    return BenchReport(
        name=Path(folder).resolve().name, documents=len(collection.papers), queries=len(collection.queries),
        measures={name: float(values.mean()) for name, values in measured.items()},
        intervals={name: _interval(values) for name, values in measured.items()},
        query_ms={"p50": ordered[len(ordered) // 2], "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]},
        steps=steps, embedder=embedder.fingerprint, reranker=reranking.name,
    )


# --------------------------------------------------------------------------- the collection


def read_collection(folder: Path) -> Collection:
    """The benchmark in a folder; questions without a relevant document are left out. ReadError if it is none."""
    if not folder.is_dir():
        raise ReadError(f"There is no folder {folder}.")
    papers: list[Paper] = []
    documents: dict[str, str] = {}
    for line, row in _rows(folder / "corpus.jsonl"):
        name = _text(row, "id", folder / "corpus.jsonl", line)
        title, abstract = str(row.get("title") or ""), str(row.get("abstract") or row.get("text") or "")
        # An identifier of its own keeps every document a paper of its own, equal titles or not.
        paper = Paper(title=title, abstract=abstract, doi=f"10.5555/{hashlib.sha256(name.encode()).hexdigest()[:20]}")
        if paper.id in documents:
            raise ReadError(f"{folder / 'corpus.jsonl'}, line {line}: the id {name!r} is there twice.")
        documents[paper.id] = name
        papers.append(paper)
    texts = {
        _text(row, "id", folder / "queries.jsonl", line): _text(row, "text", folder / "queries.jsonl", line)
        for line, row in _rows(folder / "queries.jsonl")
    }
    judgements = _judgements(folder / "qrels.tsv")
    queries = {q: text for q, text in texts.items() if any(r > 0 for r in judgements.get(q, {}).values())}
    if not papers or not queries:
        raise ReadError(f"{folder} holds no {'documents' if not papers else 'judged questions'} to measure with.")
    return Collection(tuple(papers), documents, queries, judgements)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for line, text in enumerate(file, 1):
                if not text.strip():
                    continue
                row = json.loads(text)
                if not isinstance(row, dict):
                    raise ReadError(f"{path}, line {line}: a JSON object is expected.")
                yield line, row
    except OSError as error:
        raise ReadError(f"{path} can't be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ReadError(f"{path} is no UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise ReadError(f"{path}, line {line if 'line' in locals() else 1}: no JSON ({error.msg}).") from None


def _text(row: dict[str, Any], key: str, path: Path, line: int) -> str:
    value = row.get(key)
    if value is None or isinstance(value, dict | list):
        raise ReadError(f"{path}, line {line}: '{key}' is missing.")
    return str(value)


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ReadError(f"{path} can't be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ReadError(f"{path} is no UTF-8 text.") from None
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        parts = line.split("\t")
        try:
            query, document, relevance = parts[0], parts[1], int(parts[2])
        except (IndexError, ValueError):
            raise ReadError(f"{path}, line {number}: query-id, doc-id and a whole number are expected, "
                            "parted by tabs.") from None
        found.setdefault(query, {})[document] = relevance
    return found


# --------------------------------------------------------------------------- measuring


def measures(collection: Collection, runs: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """Each measure's value for each question, in the order of the questions. `runs` holds paper ids, best first."""
    import numpy as np
    import pytrec_eval

    judged = {q: {d: max(0, r) for d, r in collection.judgements[q].items()} for q in collection.queries}
    ranked = {
        # Falling whole numbers for scores: trec_eval would break ties by name.
        q: {collection.documents[p]: float(len(runs.get(q, ())) - place) for place, p in enumerate(runs.get(q, ()))}
        for q in collection.queries
    }
    first_ten = {q: dict(list(row.items())[:10]) for q, row in ranked.items()}
    deep = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut_10", "recall_10,100"}).evaluate(ranked)
    top = pytrec_eval.RelevanceEvaluator(judged, {"recip_rank"}).evaluate(first_ten)
    of = {"ndcg@10": (deep, "ndcg_cut_10"), "recall@10": (deep, "recall_10"), "recall@100": (deep, "recall_100"),
          "mrr@10": (top, "recip_rank")}
    return {
        name: np.array([found.get(query, {}).get(key, 0.0) for query in collection.queries])
        for name, (found, key) in of.items()
    }


def _ablation(
    collection: Collection, view: Any, embedder: Embedder, full: Mapping[str, Sequence[str]], progress: Progress | None
) -> tuple[Step, ...]:
    steps: list[Step] = []
    before: np.ndarray | None = None
    recipes = (*STEPS, *LEFT_OUT)
    for place, (name, recipe) in enumerate(recipes):
        runs = full if recipe == RECIPE else {
            query: retrieval.ranking(view, embedder, text, 100, recipe) for query, text in collection.queries.items()
        }
        found = measures(collection, runs)
        now = found["ndcg@10"]
        steps.append(_step(name, found, before if place > 1 else None))
        # The first two are no steps: fusion is held against the better of them. What is left out follows all steps.
        if place < len(STEPS) and (place != 1 or before is None or now.mean() > before.mean()):
            before = now
        if progress:
            progress("ablation", place + 1, len(recipes))
    return tuple(steps)


def _step(name: str, found: Mapping[str, np.ndarray], before: np.ndarray | None) -> Step:
    """A row from each question's measures, and nDCG@10 of the row above, where there is one to compare with."""
    now = found["ndcg@10"]
    return Step(
        name, {k: float(v.mean()) for k, v in found.items()}, {k: _interval(v) for k, v in found.items()},
        None if before is None else float((now - before).mean()), None if before is None else paired_p(now, before),
    )


def _looked_at_again(reranking: Reranking, text: str, hits: list[Hit], library: Library) -> list[str]:
    """The ids in the reranker's order. BackendError where it failed: the figures would not be its own."""
    found, findings = reranking(text, hits, library.papers)
    if findings:
        raise BackendError(f"The reranker failed, so nothing was measured. {findings[0].detail.split(': ', 1)[-1]}")
    return [hit.paper_id for hit in found]


def _interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean, seeded."""
    import numpy as np

    draws = np.random.default_rng(SEED).integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def paired_p(a: np.ndarray, b: np.ndarray) -> float:
    """The chance of a mean difference this great if signs were random: paired randomisation, two-sided, seeded."""
    import numpy as np

    difference = a - b
    if not difference.any():
        return 1.0
    rng = np.random.default_rng(SEED)
    greater = 0
    for _ in range(_FLIPS // 1000):
        signs = rng.integers(0, 2, (1000, len(difference))) * 2 - 1
        greater += int((abs((signs * difference).mean(axis=1)) >= abs(difference.mean()) - 1e-12).sum())
    return (greater + 1) / (_FLIPS + 1)


# --------------------------------------------------------------------------- showing


def summary_lines(report: BenchReport) -> list[str]:
    """The report for a terminal."""
    lines = [f"{report.name}: {report.queries} questions over {report.documents} papers ({report.embedder}"
             + (f", {report.reranker})" if report.reranker else ")")]
    for name in MEASURES:
        low, high = report.intervals[name]
        lines.append(f"  {name:<11} {report.measures[name]:.3f}  ({low:.3f} to {high:.3f})")
    lines.append(f"  a search takes {report.query_ms['p50']:.0f} ms (median), {report.query_ms['p95']:.0f} ms (95 %)")
    return lines + (["", *table_lines(report)] if report.steps else [])


def table_lines(report: BenchReport) -> list[str]:
    """The ablation as a Markdown table, one line each."""
    lines = ["| part | nDCG@10 | 95 % interval | recall@100 | change | p |", "|---|---|---|---|---|---|"]
    for step in report.steps:
        low, high = step.intervals["ndcg@10"]
        change = "" if step.change is None else f"{step.change:+.4f}"
        p = "" if step.p_value is None else f"{step.p_value:.3f}" if step.p_value >= 0.001 else "< .001"
        lines.append(f"| {step.name} | {step.measures['ndcg@10']:.4f} | {low:.3f} to {high:.3f} "
                     f"| {step.measures['recall@100']:.4f} | {change} | {p} |")
    return lines


def write_chart(report: BenchReport, path: Path) -> None:
    """Draw the ablation's nDCG@10 with intervals as a picture (PNG or SVG, by the file's ending).

    UsageError when the report has no ablation, or the ending is another.
    """
    if not report.steps:
        raise UsageError("A chart shows an ablation: add --ablate.")
    if path.suffix.lower() not in (".png", ".svg"):
        raise UsageError(f"A chart is written as .png or .svg, not '{path.suffix}'.")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.9 + 0.42 * len(report.steps)), layout="constrained")
    axis = figure.subplots()
    for place, step in enumerate(report.steps):
        value, (low, high) = step.measures["ndcg@10"], step.intervals["ndcg@10"]
        last = place == len(report.steps) - 1
        axis.barh(place, value, color="#d9822b" if last else "#3b7dd8", height=0.62)
        axis.plot([low, high], [place, place], color="#222222", linewidth=1.2)
        axis.text(high + 0.005, place, f"{value:.3f}", va="center", fontsize=8)
    axis.set_yticks(range(len(report.steps)), [step.name for step in report.steps])
    axis.invert_yaxis()
    axis.set_xlim(0, min(1.0, max(step.intervals["ndcg@10"][1] for step in report.steps) * 1.15))
    axis.set_xlabel("nDCG@10, with 95 % intervals")
    axis.set_title(f"{report.name}: each part's worth", loc="left", fontsize=10)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise ReadError(f"{path} can't be written ({error.strerror}).") from None
