"""Many people at one server process, beside one asker whose encoder works on one thread."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import Options, Report, benchmark, percentile, shared

SEED = 20_260_101
_SENTENCES = 8
Ask = Callable[[str], Any]


@benchmark("askers", "20 at once against one with a one-threaded encoder: whole questions, and the encoder alone")
def askers(options: Options) -> Report:
    """Rows per number of askers: rate, the ratio to one asker with one thread, latencies, errors.

    `--size` sets how many ask at once. The last rows are taken while papers are read into the same library.
    """
    from assistant import Settings, open_assistant

    many = options.size or 20
    rows = (shared() / "questions" / "daily_papers_dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(row)["question"] for row in rows]
    report = Report(["what", "askers", "encoder", "per second", "× one", "p50 ms", "p95 ms", "errors"])
    with tempfile.TemporaryDirectory(prefix="litassist-askers-") as folder:
        settings = Settings(home=Path(folder))
        with open_assistant(settings=settings) as all_threads:
            all_threads.ingest([shared() / "corpora" / "daily_papers"])
            _settled(all_threads)
            with open_assistant(settings=replace(settings, encoder_threads=1)) as one_thread:
                texts = _texts(all_threads)
                for what, measured in (
                    ("whole questions", lambda a: (lambda q: a.ask(q, fresh=True), questions)),
                    (f"encoding a question and {_SENTENCES} sentences", lambda a: (_encoding(a, texts), questions)),
                ):
                    _compared(report, what, measured, one_thread, all_threads, many, options)
            _while_reading(report, all_threads, questions, many)
            report.notes.append(f"encoder: {all_threads._embedder.runtime}; {len(all_threads.papers())} papers, "
                                f"{len(questions)} questions, each asker another order; nothing from a cache")
    return report


def _compared(
    report: Report, what: str, measured: Callable[[Any], tuple[Ask, Sequence[str]]], one_thread: Any, all_threads: Any,
    many: int, options: Options,
) -> None:
    cases = {(1, "one thread"): one_thread, (1, "all threads"): all_threads, (many, "all threads"): all_threads}
    found: dict[tuple[int, str], list[tuple[float, list[float], int]]] = {case: [] for case in cases}
    for assistant in (one_thread, all_threads):
        ask, questions = measured(assistant)
        for question in questions:  # what is read once for all questions has been read
            ask(question)
    for _ in range(options.runs):
        for (count, threads), assistant in cases.items():
            ask, questions = measured(assistant)
            found[count, threads].append(_asked(assistant, ask, questions, count))
    rate = {case: statistics.median(r for r, _, _ in runs) for case, runs in found.items()}
    for (count, threads), runs in found.items():
        times = [t for _, times, _ in runs for t in times]
        report.rows.append([
            what, count, threads, rate[count, threads], rate[count, threads] / rate[1, "one thread"],
            1000 * statistics.median(times), 1000 * percentile(times, 0.95), sum(errors for _, _, errors in runs),
        ])


def _while_reading(report: Report, assistant: Any, questions: Sequence[str], many: int) -> None:
    """Rows of one asker and of many while papers are read in; they are read until the last has asked."""
    from assistant import Paper

    rows = (shared() / "benchmarks" / "scifact_train" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    papers = [Paper(title=r["title"], abstract=r["abstract"]) for r in map(json.loads, rows)]
    over, read = threading.Event(), [0]

    def reading() -> None:
        for at in range(0, len(papers), 100):
            if over.is_set():
                return
            read[0] += assistant.ingest_papers(papers[at : at + 100]).added

    thread = threading.Thread(target=reading)
    thread.start()
    try:
        for count in (1, many):
            rate, times, errors = _asked(assistant, lambda q: assistant.ask(q, fresh=True), questions, count)
            report.rows.append(["whole questions while papers are read", count, "all threads", rate, None,
                                1000 * statistics.median(times), 1000 * percentile(times, 0.95), errors])
    finally:
        over.set()
        thread.join()
    report.notes.append(f"{read[0]} papers of SciFact were read in meanwhile")


def _asked(assistant: Any, ask: Ask, questions: Sequence[str], count: int) -> tuple[float, list[float], int]:
    """Questions per second, the seconds that each took, and how many failed: so many askers, 40 questions at least."""
    assistant._embedder._recent.clear()
    assistant._answering._similarity._recent.clear()
    each = max(2, -(-40 // count))
    times: list[float] = []
    errors: list[Exception] = []
    gate = threading.Barrier(count + 1)

    def work(number: int) -> None:
        own = random.Random(SEED + number).sample(list(questions), min(each, len(questions)))
        gate.wait()
        for question in own:
            began = time.perf_counter()
            try:
                ask(question)
            except Exception as error:  # noqa: BLE001  (counted, whatever it is)
                errors.append(error)
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return len(times) / (time.perf_counter() - began), times, len(errors)


def _encoding(assistant: Any, texts: Sequence[str]) -> Ask:
    """What an answer brings to the encoder: its question, and sentences of a draft that no library holds."""
    drafts = random.Random(SEED)
    lock = threading.Lock()

    def ask(question: str) -> Any:
        with lock:
            own = [f"{text} {drafts.random():.6f}" for text in drafts.sample(list(texts), _SENTENCES)]
        return assistant._embedder.encode([question, *own])

    return ask


def _texts(assistant: Any) -> list[str]:
    from assistant.text import sentences

    return [p.abstract[a:b] for p in assistant.papers() for a, b in sentences(p.abstract)]


def _settled(assistant: Any) -> None:
    """Wait until every vector is there and the encoder has the form that it will have."""
    from assistant.embeddings import builtin_weights, forms

    weights = builtin_weights()
    quick = assistant.settings.encoder == "quick" and forms.possible(weights) and forms.made(weights)
    for _ in range(1200):
        if not assistant.status().pending and (not quick or assistant._embedder.runtime == forms.RUNTIME):
            return
        time.sleep(0.1)
