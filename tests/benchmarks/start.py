"""From a cold process to the help text, to the first evidence and to the whole answer."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from . import ROOT, Options, Report, benchmark, shared

QUESTION = "What does dense retrieval gain over BM25?"
HEAVY = ("chromadb", "langchain", "langchain_core", "openai", "streamlit", "openvino", "onnxruntime", "tantivy",
         "numpy", "tokenizers", "tiktoken", "pypdf", "matplotlib")
# As after an install: the modules are compiled.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
_COMMAND = (sys.executable, "-c", "import sys; from assistant.cli import main; sys.argv[0] = 'litassist'; main()")


@benchmark("start", "cold process: --help, wrong usage, and ask to its first sentence and to its end")
def start(options: Options) -> Report:
    """Rows per command: seconds to the first line and to the end, and what of the heavy packages was loaded."""
    report = Report(["command", "first line s", "end s", "processor s", "loads"])
    with tempfile.TemporaryDirectory(prefix="litassist-start-") as folder:
        home = ("--home", folder)
        subprocess.run([*_COMMAND, *home, "ingest", str(shared() / "corpora" / "daily_papers")], cwd=ROOT, check=True,
                       env=_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The floor: this interpreter, doing nothing; and with what an answer can't do without.
        for name, command in (
            ("python, nothing else", (sys.executable, "-c", "print()")),
            ("python with numpy, tantivy, tokenizers, openvino", (
                sys.executable, "-c", "import sys; sys.modules['openvino_telemetry'] = None; "
                                      "import numpy, tantivy, tokenizers, openvino; print()")),
            ("litassist --help", (*_COMMAND, "--help")),
            ("litassist nonsense", (*_COMMAND, "nonsense")),
            ("litassist ask", (*_COMMAND, *home, "ask", QUESTION)),
            ("litassist search", (*_COMMAND, *home, "search", QUESTION)),
        ):
            _run(command)
            runs = [_run(command) for _ in range(max(3, options.runs))]
            first, end, spent = (statistics.median(values) for values in zip(*runs, strict=True))
            report.rows.append([name, first, end, spent, _loaded(command) if "litassist" in name else ""])
    report.notes.append("the files are in the system's cache, the library is the four pages, the encoder's quick form "
                        "is used where it was made before")
    return report


def _run(command: Sequence[str]) -> tuple[float, float, float]:
    """Seconds to the first line, to the end, and of processor time."""
    before = os.times()
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=_ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first = time.perf_counter() - began
        process.stdout.read()
    end = time.perf_counter() - began
    after = os.times()
    return first, end, after.children_user + after.children_system - before.children_user - before.children_system


def _loaded(command: Sequence[str]) -> str:
    """Which of the heavy packages the command loads, in words."""
    tell = f"\nfinally:\n    print('loaded', *({{m.partition('.')[0] for m in sys.modules}} & set({HEAVY!r})))"
    code = f"import sys\ntry:\n    {command[2].partition('; ')[2]}{tell}"
    done = subprocess.run([command[0], "-c", code, *command[3:]], cwd=ROOT, env=_ENVIRONMENT, capture_output=True,
                          text=True, check=False)
    last = next((line for line in reversed(done.stdout.splitlines()) if line.startswith("loaded")), "loaded")
    return ", ".join(sorted(last.split()[1:])) or "nothing heavy"
