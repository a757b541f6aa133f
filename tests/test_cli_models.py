"""The command line with a language model: signs of life while one is slow, keys, servers that are not there, effort."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from emulators import serving
from emulators.openai_chat import Chat, failing, openai_error

from assistant import Settings, Stage, answering, open_assistant
from tests.answer_material import KESTREL, LANTERN
from tests.model_answers import GOOD, LATENCY, agreeing, model, step
from tests.servers import Reply
from tests.test_cli import litassist


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "home"
    with open_assistant(home=folder, create=True) as opened:
        opened.ingest_papers([LANTERN, KESTREL])
    return folder


def slow(seconds: float, *steps: str) -> Any:
    """A model that takes its time for these steps."""

    def reply(request: dict[str, Any]) -> Reply:
        name = step(request)
        if name in steps:
            time.sleep(seconds)
        return Reply(agreeing(request) if name == "check" else GOOD)

    return reply


def test_who_waits_at_a_terminal_sees_that_a_slow_model_is_waited_for(home: Path) -> None:
    with model({"answer": slow(6.5, "answer")}) as server:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "assistant.cli", "--home", str(home), "ask", LATENCY, "--backend", server.spec]
        env = {**os.environ, "LITASSIST_TIMEOUT_S": "2", "LITASSIST_REPLY_CACHE": "off"}
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=env, text=True)
        os.close(theirs)
        seen = bytearray()

        def look() -> None:
            with contextlib.suppress(OSError):
                while part := os.read(ours, 4096):
                    seen.extend(part)

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        said, _ = run.communicate(timeout=100)
        looking.join(10)
        os.close(ours)
    assert run.returncode == 0, seen.decode()
    assert "Lanternfish lowers latency by 37% on the LongRead suite" in said
    assert "tokens, cost unknown" in said
    shown = seen.decode()
    assert "Waiting for the model (" in shown, shown
    assert shown.index("Writing …") < shown.index("Waiting for the model (") < shown.index("Checking …")
    assert shown.rstrip().endswith("\x1b[2K"), "the line is wiped at the end"
    assert "Waiting" not in said


def test_a_reader_that_takes_long_is_waited_for_and_shows_that_it_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_SILENT_S", 1.0)
    # Longer than `timeout_s`: a model on this machine gets five times that for its first word.
    with model({"answer": GOOD}) as writer, model({"check": slow(4.0, "check")}) as reader:
        settings = Settings(home=home, backend=writer.spec, judge=reader.spec, timeout_s=1.5, cache=tmp_path,
                            reply_cache=False, effort="fast", workers=0)
        with open_assistant(settings=settings) as opened:
            events = list(opened.stream(LATENCY))
    names = [e.name for e in events if isinstance(e, Stage)]
    assert any(n.startswith("Waiting for the model (") for n in names[names.index("Checking") :]), names
    answer = events[-1].answer
    assert not [f for f in answer.findings if f.kind in ("check_incomplete", "backend_failed")]
    assert len(reader.requests) == 1
    assert "37%" in answer.answer


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (failing(401, openai_error("Incorrect API key provided: sk-wrong-0123456789.", code="invalid_api_key")),
         ("refused the key", "Incorrect API key provided", "OPENAI_API_KEY")),
        (failing(404, openai_error("The model `gpt-x` does not exist.", None, "model_not_found")), ("no such model",)),
        (Chat(text="", finish="content_filter"), ("content filter",)),
    ],
    ids=["key", "model", "filter"],
)
def test_a_model_that_can_not_answer_costs_only_the_model(home: Path, answer: Any, says: tuple[str, ...]) -> None:
    with serving(answer) as server:
        done = litassist("ask", LATENCY, "--backend", "openai:gpt-x", home=home, OPENAI_API_KEY="sk-wrong-0123456789",
                         OPENAI_BASE_URL=f"{server.url}/v1", LITASSIST_REPLY_CACHE="off")
    assert "37%" in done.stdout
    flat = " ".join(done.stdout.split())
    for words in says:
        assert words in flat
    assert "0123456789" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        ("ollama:llama3.2", "ollama:llama3.2 can't be reached"), ("lmstudio:m", "lmstudio:m can't be reached"),
        ("openai-compatible:m@127.0.0.1:9", "can't be reached. Check that it runs at http://127.0.0.1:9/v1"),
    ],
)
def test_a_server_that_is_not_there_is_named_with_where_it_should_be(home: Path, backend: str, says: str) -> None:
    done = litassist("ask", LATENCY, "--backend", backend, home=home, OLLAMA_HOST="127.0.0.1:9",
                     LMSTUDIO_BASE_URL="http://127.0.0.1:9/v1")
    assert "37%" in done.stdout
    assert says in " ".join(done.stdout.split())


def test_effort_and_backend_stand_before_the_command_or_after_it(home: Path) -> None:
    for before, after in (([], ["--effort", "thorough"]), (["--effort", "thorough"], [])):
        with model({"answer": GOOD}) as server:
            litassist(*before, "--backend", "openai:never-used", "ask", LATENCY, *after, "--backend", server.spec,
                      home=home, LITASSIST_REPLY_CACHE="off")
            assert step(server.requests[0]) == "plan"
    assert "'auto', 'fast', 'thorough'" in litassist("--effort", "lots", "ask", LATENCY, home=home, code=2).stderr
    assert "auto, fast or thorough" in litassist("ask", LATENCY, home=home, code=1, LITASSIST_EFFORT="lots").stderr


@pytest.mark.parametrize(
    ("backend", "says", "code"),
    [("gpt-4o", "did you mean openai:gpt-4o", 2), ("claude", "claude:MODEL", 2), ("mistral:m", "MISTRAL_API_KEY", 1),
     ("gguf:/nowhere.gguf", "no model file", 1), ("openai-compatible:m", "needs a model and an address", 2)],
)
def test_a_name_that_can_not_be_used_is_one_line_with_what_to_do(
    home: Path, backend: str, says: str, code: int
) -> None:
    done = litassist("ask", LATENCY, "--backend", backend, home=home, code=code, MISTRAL_API_KEY="")
    assert done.stdout == ""
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_built_in_engine_is_known_in_any_case(home: Path) -> None:
    assert "37%" in litassist("ask", LATENCY, "--backend", "Extractive", home=home).stdout
