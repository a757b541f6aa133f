"""The four saved pages into an empty library, from the start of the process: words, abstracts, sentences, again;
and one more paper into a large library. Beside it paper-qa's own indexing of the same texts with the same encoder.

paper-qa comes from the dependency group `benchmarks`; without it its row is left out.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import ROOT, Options, Report, benchmark, shared

_OURS = """
import json, sys, time
from pathlib import Path
began = float(sys.argv[3])
from assistant import open_assistant
stages, last = {}, None
def progress(stage, done, total):
    stages[stage] = time.time() - began
with open_assistant(home=sys.argv[1]) as assistant:
    report = assistant.ingest([Path(sys.argv[2])], progress=progress)
    print(json.dumps({**stages, "all": time.time() - began, "papers": report.papers, "embedded": report.embedded}))
"""
_ONE = """
import json, sys, time
from pathlib import Path
from assistant.papers import Paper
from tests.benchmarks._sized import Sized
sized = Sized(Path(sys.argv[1]), int(sys.argv[2]))
sized.index.view()
began = time.perf_counter()
stamp = time.time_ns()
sized.library.add([Paper(f"One more paper of {stamp}", f"It was added at {stamp}. Nothing else is known of it.")])
sized.index.update()
sized.index.view()
print(json.dumps({"s": time.perf_counter() - began}))
"""
_PAPERQA = """
import asyncio, json, sys, time
began = float(sys.argv[2])
texts = json.loads(open(sys.argv[1]).read())
from paperqa import Docs, Settings
from paperqa.types import Doc, Text
from lmi import EmbeddingModel
from assistant.config import Settings as Own
from assistant.embeddings import open_embedder
class Same(EmbeddingModel):
    name: str = "same"
    async def embed_documents(self, texts):
        return [row.tolist() for row in open_embedder(Own()).encode(texts)]
imported = time.time() - began
async def main():
    docs = Docs()
    for n, text in enumerate(texts):
        doc = Doc(docname=f"d{n}", citation=f"d{n}", dockey=f"d{n}")
        await docs.aadd_texts([Text(text=text, name=f"d{n}", doc=doc)], doc, embedding_model=Same())
asyncio.run(main())
print(json.dumps({"import": imported, "all": time.time() - began}))
"""


@benchmark("ingest", "342 papers into an empty library, process start to each stage; --set large=N,folder=… adds one")
def ingesting(options: Options) -> Report:
    """A row per stage: median seconds from the start of the process until it was done."""
    pages = shared() / "corpora" / "daily_papers"
    report = Report(["until", "seconds"])
    runs: list[dict[str, float]] = []
    again: list[float] = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as home:
            runs.append(_child(_OURS, home, str(pages), str(time.time())))
            again.append(_child(_OURS, home, str(pages), str(time.time()))["all"])
    for stage, name in (("stored", "all committed (found by words as they come)"), ("vectors", "words and abstracts"),
                        ("sentences", "sentences too"), ("all", "the process is done")):
        report.rows.append([name, statistics.median(run.get(stage, 0.0) for run in runs)])
    report.rows.append(["the same again, process and all", statistics.median(again)])
    report.notes.append(f"{runs[0]['papers']:.0f} papers, {runs[0]['embedded']:.0f} texts encoded")
    if large := options.given.get("large"):
        folder = options.given.get("folder") or str(Path(tempfile.gettempdir()) / "litassist-sized")
        taken = [_child(_ONE, folder, large)["s"] for _ in range(options.runs)]
        report.rows.append([f"one more paper in {int(large):,}", statistics.median(taken)])
    _beside(report)
    return report


def _beside(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        from assistant.library import Library
        from assistant.readers import read

        with Library.open(Path(folder)) as library:
            library.add(p for p in read(shared() / "corpora" / "daily_papers") if hasattr(p, "abstract"))
            texts = [f"{p.title}. {p.abstract}" for p in library.papers()]
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(texts), encoding="utf-8")
        try:
            found = _child(_PAPERQA, str(file), str(time.time()))
        except SystemExit as error:
            report.notes.append(f"paper-qa was left out: {str(error).strip().splitlines()[-1][:120]}")
            return
        report.rows.append(["paper-qa: texts and vectors of the same abstracts, same encoder", found["all"]])
        report.notes.append(f"of paper-qa's time {found['import']:.1f} s are its import")


def _child(script: str, *given: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", script, *given], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))
