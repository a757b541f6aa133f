"""Many people at one server process, beside one asker whose encoder works on one thread."""

from __future__ import annotations

import contextlib
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
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

    `--size` sets how many ask at once, `--set turns=N` how many of them this process works on at a time. The last
    rows are taken while papers are read into the same library.
    """
    from assistant import Settings, open_assistant
    from assistant.answering.turns import Turns
    from assistant.workers import suitable

    many = options.size or 20
    rows = (shared() / "questions" / "daily_papers_dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(row)["question"] for row in rows]
    report = Report(["what", "askers", "answered by", "per second", "× one", "p50 ms", "p95 ms", "errors"])
    with tempfile.TemporaryDirectory(prefix="litassist-askers-") as folder, contextlib.ExitStack() as opened:
        settings = Settings(home=Path(folder))

        def library(**more: Any) -> Any:
            return opened.enter_context(open_assistant(settings=replace(settings, **more)))

        here = library()
        if turns := options.given.get("turns"):
            here._asking.turns = Turns(int(turns))
        here.ingest([shared() / "corpora" / "daily_papers"])
        _settled(here)
        one, workers = library(encoder_threads=1), library(workers=suitable() or 2)
        _begun(workers)
        texts = _texts(here)
        count = workers._workers.count

        def asked(assistant: Any) -> Ask:
            return lambda question: assistant.ask(question, fresh=True)

        _compared(report, "whole questions", {
            (1, "one thread"): (one, asked(one)), (1, "this process"): (here, asked(here)),
            (many, "this process"): (here, asked(here)), (many, f"{count} workers"): (workers, asked(workers)),
        }, questions, options)
        _compared(report, f"encoding a question and {_SENTENCES} sentences", {
            (1, "one thread"): (one, _encoding(one, texts)), (1, "this process"): (here, _encoding(here, texts)),
            (many, "this process"): (here, _encoding(here, texts)),
        }, questions, options)
        _while_reading(report, here, {(1, "this process"): here, (many, "this process"): here,
                                      (many, f"{count} workers"): workers}, questions)
        report.notes.append(f"encoder: {here._embedder.runtime}; {len(here.papers())} papers, {len(questions)} "
                            "questions, each asker another order; nothing from a cache")
        report.notes += [f"a worker's memory: {_memory(p.number)}" for p in list(workers._workers._processes)[:1]]
    return report


Case = tuple[int, str]
"""How many ask, and who answers."""


def _compared(
    report: Report, what: str, cases: Mapping[Case, tuple[Any, Ask]], questions: Sequence[str], options: Options
) -> None:
    """A row for each case, beside the first of them; they take turns."""
    found: dict[Case, list[tuple[float, list[float], int]]] = {case: [] for case in cases}
    for (count, _), (assistant, ask) in cases.items():  # what is read once for all questions has been read
        _asked(assistant, ask, [*questions], count)
    for _ in range(options.runs):
        for case, (assistant, ask) in cases.items():
            found[case].append(_asked(assistant, ask, questions, case[0]))
    rate = {case: statistics.median(r for r, _, _ in runs) for case, runs in found.items()}
    first = rate[next(iter(cases))]
    for (count, by), runs in found.items():
        times = [t for _, times, _ in runs for t in times]
        report.rows.append([
            what, count, by, rate[count, by], rate[count, by] / first, 1000 * statistics.median(times),
            1000 * percentile(times, 0.95), sum(errors for _, _, errors in runs),
        ])


def _begun(assistant: Any) -> None:
    """Wait until its workers answer."""
    assistant._workers.start()
    until = time.monotonic() + 120
    while assistant._workers.ready < assistant._workers.count and time.monotonic() < until:
        time.sleep(0.05)


def _memory(number: int) -> str:
    """What a process holds, in megabytes: of its own, and in all."""
    try:
        rows = Path(f"/proc/{number}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return "not told by this system"
    told = {name: int(rest.split()[0]) // 1000 for name, _, rest in (row.partition(":") for row in rows)
            if name in ("VmRSS", "RssAnon")}
    return f"{told.get('RssAnon', 0)} MB of its own, {told.get('VmRSS', 0)} MB with the files it has mapped"


def _while_reading(report: Report, reader: Any, cases: Mapping[Case, Any], questions: Sequence[str]) -> None:
    """A row for each case while papers are read in by this process; they are read until the last has asked."""
    from assistant import Paper

    rows = (shared() / "benchmarks" / "scifact_train" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    papers = [Paper(title=r["title"], abstract=r["abstract"]) for r in map(json.loads, rows)]
    over, read = threading.Event(), [0]

    def reading() -> None:
        for at in range(0, len(papers), 100):
            if over.is_set():
                return
            read[0] += reader.ingest_papers(papers[at : at + 100]).added

    thread = threading.Thread(target=reading)
    thread.start()
    try:
        for (count, by), assistant in cases.items():
            rate, times, errors = _asked(assistant, lambda q, a=assistant: a.ask(q, fresh=True), questions, count)
            report.rows.append(["whole questions while papers are read", count, by, rate, None,
                                1000 * statistics.median(times), 1000 * percentile(times, 0.95), errors])
    finally:
        over.set()
        thread.join()
    report.notes.append(f"{read[0]} papers of SciFact were read in meanwhile")


def _asked(assistant: Any, ask: Ask, questions: Sequence[str], count: int) -> tuple[float, list[float], int]:
    """Questions per second, the seconds that each took, and how many failed: so many askers, 40 questions at least."""
    assistant.forget()
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
