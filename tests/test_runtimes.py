"""What runs the encoder: OpenVINO where it works, else ONNX Runtime, and without either the words alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import assistant as public
from assistant import Paper, Settings
from assistant.embeddings import builtin_weights, runtimes
from assistant.errors import ConfigError, EmbeddingError

FERN = Paper(title="Ferns on Basalt", abstract="Ferns settle on basalt within 14 months. Moss comes first.")
REEF = Paper(title="Reefs in Cold Water", abstract="Cold water reefs grow 2 mm a year. They need currents.")
ASK = """
import sys
from assistant import Settings, open_assistant
from assistant.embeddings import builtin_weights
from assistant.embeddings.encoder import Encoder
with open_assistant(settings=Settings(home=sys.argv[1], workers=0)) as opened:
    answer = opened.ask("How soon do ferns settle on basalt?", fresh=True)
    print("ANSWER", answer.answer)
    print("FOUND", [f.detail for f in answer.findings if f.kind == "vectors_unavailable"])
    print("FIRST", opened.search("ferns basalt")[0].title)
    print("SOUND", opened.doctor().problems)
    print("BY", opened._embedder.runtime)
    print("SAID", opened.encoder())
"""


def _asked(home: Path, folder: Path, **packages: str) -> dict[str, str]:
    """What another process says of the library in `home` where these packages are what this code makes them."""
    for name, code in packages.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(code)
    path = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run([sys.executable, "-c", ASK, str(home)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with public.open_assistant(settings=Settings(home=folder, workers=0)) as opened:
        opened.ingest_papers([FERN, REEF])
    return folder


@pytest.mark.parametrize("code", [
    "raise ImportError('libopenvino.so.2520: cannot open shared object file')",
    "raise OSError('DLL load failed')",
    "def get_version(): return '1'\nclass Core:\n    def __init__(self): raise RuntimeError('no plugin')",
], ids=["import", "library", "core"])
def test_an_openvino_that_does_not_work_leaves_it_to_onnx_runtime(home: Path, tmp_path: Path, code: str) -> None:
    told = _asked(home, tmp_path, openvino=code)
    assert "14 months" in told["ANSWER"]
    assert told["BY"] == "onnxruntime"
    assert (told["FOUND"], told["SOUND"], told["FIRST"]) == ("[]", "()", FERN.title)
    assert told["SAID"].endswith("plain form.")


def test_without_either_papers_are_found_by_their_words_and_it_is_said(home: Path, tmp_path: Path) -> None:
    broken = "raise ImportError('not for this machine')"
    told = _asked(home, tmp_path, openvino=broken, onnxruntime=broken)
    assert told["FIRST"] == FERN.title
    assert "by their words alone" in told["FOUND"]
    assert "not for this machine" in told["FOUND"]
    assert "14 months" in told["ANSWER"] or told["ANSWER"].startswith("I am not sure")
    assert told["SOUND"] == "()"


def test_a_paper_that_came_meanwhile_is_found_by_its_words_too(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    with public.open_assistant(settings=Settings(home=own, workers=0)) as opened:
        # Stored, and no more: neither words nor vectors.
        opened._library.add([FERN, REEF])
    broken = "raise ImportError('not for this machine')"
    told = _asked(own, tmp_path / "packages", openvino=broken, onnxruntime=broken)
    assert told["FIRST"] == FERN.title


def test_a_model_that_openvino_cant_load_is_run_by_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("compile_model: no memory")

    monkeypatch.setattr(runtimes, "compiled", fails)
    assert runtimes.running(builtin_weights()).runtime == "onnxruntime"
    with pytest.raises(ConfigError, match="no memory"):
        runtimes.running(builtin_weights(), runtime="openvino")


@pytest.mark.parametrize("works", [True, False])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    monkeypatch.setattr(runtimes, "openvino_works", lambda: works)
    file = tmp_path / "model.onnx"
    file.write_text("no model")
    with pytest.raises(ConfigError, match=r"model\.onnx can't be loaded"):
        runtimes.loaded(file)


def test_what_only_openvino_reads_is_said_where_it_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "openvino_works", lambda: False)
    with pytest.raises(EmbeddingError, match=r"nothing else runs openvino_model\.xml"):
        runtimes.loaded(tmp_path / "openvino_model.xml")
