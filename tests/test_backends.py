"""Backends: what a user is told when a model misbehaves, and what never leaves this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from servers import Reply, scripted

from assistant import backends, errors, open_assistant
from assistant.config import Settings

FAST = Settings(timeout_s=20)
IMPATIENT = Settings(timeout_s=0.6)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "RETRIES", 0)


def said(spec: str, settings: Settings = FAST, schema: dict | None = None) -> str:
    backend = backends.open_backend(spec, settings)
    assert backend is not None
    return "".join(backend.stream("be brief", "question", schema=schema))


def test_extractive_is_no_language_model() -> None:
    assert backends.open_backend("extractive", FAST) is None
    assert "works" in backends.check_backend("extractive", FAST)


def test_text_and_usage_come_through() -> None:
    with scripted("It works [1].") as server:
        backend = backends.open_backend(server.spec, FAST)
        assert "".join(backend.stream("s", "u")) == "It works [1]."
        assert (backend.usage.input_tokens, backend.usage.output_tokens, backend.usage.cost_usd) == (11, 5, None)
        assert not backend.outcome.truncated
        assert "works" in backends.check_backend(server.spec, FAST)


def test_a_draft_cut_off_by_the_limit_is_known_as_such() -> None:
    with scripted(Reply("It wor", finish="length")) as server:
        backend = backends.open_backend(server.spec, FAST)
        assert "".join(backend.stream("s", "u")) == "It wor"
        assert backend.outcome.truncated


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401), errors.BackendRefused),
        (Reply(status=403), errors.BackendRefused),
        (Reply(status=404), errors.BackendError),
        (Reply(status=429), errors.BackendBusy),
        (Reply(status=503), errors.BackendBusy),
        (Reply(status=500), errors.BackendError),
        (Reply(status=400), errors.BackendError),
        (Reply("", stalls=True), errors.BackendTimeout),
        (Reply(raw=b"data: {nonsense\n\n"), errors.BackendError),
        (Reply(raw=b"<html>not a model</html>"), errors.BackendError),
        (Reply(raw=b""), errors.BackendError),
    ],
)
def test_each_failure_is_one_plain_sentence_without_secrets(
    reply: Reply, kind: type[errors.BackendError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITASSIST_API_KEY", "sk-secret")
    with scripted(reply) as server, pytest.raises(kind) as caught:
        said(server.spec, IMPATIENT if reply.stalls else FAST)
    told = str(caught.value)
    assert told.endswith(".")
    assert "\n" not in told
    assert "sk-secret" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("how", ["dies", "stalls"])
def test_what_was_written_before_the_end_is_delivered(how: str) -> None:
    with scripted(Reply("The first sentence. ", **{how: True})) as server:
        backend = backends.open_backend(server.spec, IMPATIENT if how == "stalls" else FAST)
        got: list[str] = []
        with pytest.raises(errors.BackendTimeout if how == "stalls" else errors.BackendUnreachable):
            got.extend(backend.stream("s", "u"))
    assert "".join(got) == "The first sentence. "


def test_nothing_listening_is_said_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(errors.BackendUnreachable):
        said(f"openai-compatible:m@http://127.0.0.1:{port}/v1")


def test_openai_variables_never_travel_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "private-to-openai")
    monkeypatch.delenv("LITASSIST_API_KEY", raising=False)
    with scripted("ok") as server:
        said(server.spec)
        assert "private-to-openai" not in str(server.headers)
        monkeypatch.setenv("LITASSIST_API_KEY", "for-this-host")
        said(server.spec)
        assert server.headers[-1]["authorization"] == "Bearer for-this-host"
        assert "private-to-openai" not in str(server.headers)


def test_a_login_in_the_address_is_not_in_the_name() -> None:
    backend = backends.open_backend("openai-compatible:m@http://me:sk-secret@127.0.0.1:9/v1", FAST)
    assert "sk-secret" not in backend.name


def test_a_server_that_refuses_constrained_output_is_asked_in_free_text() -> None:
    schema = {"type": "object", "properties": {}}
    with scripted(Reply("plain text", refuses_schema=True)) as server:
        assert said(server.spec, schema=schema) == "plain text"
        assert said(server.spec, schema=schema) == "plain text"
        asked = ["response_format" in r for r in server.requests]
    assert asked == [True, False, False], "the refusal is remembered"


def test_thoughts_of_a_reasoning_model_are_not_part_of_the_answer() -> None:
    with scripted("<think>hm, [1] or [2]?</think>\nIt is so [1].") as server:
        assert said(server.spec).strip() == "It is so [1]."
    with scripted("<b>bold</b> start") as server:
        assert said(server.spec) == "<b>bold</b> start"


def test_a_model_that_never_stops_is_stopped() -> None:
    with scripted("word " * 3000) as server:
        assert len(said(server.spec, Settings(timeout_s=5, max_answer_tokens=10))) < 600


@pytest.mark.parametrize(
    "spec", ["", "openai", "openai:", "nonsense:model", "openai-compatible:model", "gguf:/no/such/file"]
)
def test_a_name_that_cannot_be_used_says_why(spec: str) -> None:
    with pytest.raises(errors.ConfigError) as caught:
        backends.open_backend(spec, FAST)
    assert "backend" in str(caught.value) or "model" in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "variable"), [("openai:gpt-4o-mini", "OPENAI_API_KEY"), ("anthropic:claude-x", "ANTHROPIC_API_KEY")]
)
def test_a_missing_key_is_named(spec: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (variable, "LANGSMITH_API_KEY", "LANGSMITH_GATEWAY_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(errors.BackendRefused, match=variable):
        backends.open_backend(spec, FAST)


@pytest.mark.parametrize(
    ("spec", "variable", "least"),
    [("openai:gpt-4o-mini", "OPENAI_API_KEY", 100_000), ("anthropic:claude-sonnet-4-5", "ANTHROPIC_API_KEY", 100_000)],
)
def test_known_models_have_known_windows(spec: str, variable: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "sk-x")
    assert backends.open_backend(spec, FAST).context_tokens >= least
    assert backends.open_backend(spec, Settings(context_tokens=2048)).context_tokens == 2048


def test_openai_itself_is_reached_through_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted("hello") as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        assert said("openai:gpt-4o-mini") == "hello"
        assert server.headers[-1]["authorization"] == "Bearer sk-x"


def test_ollama_that_does_not_run_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    with pytest.raises(errors.BackendUnreachable, match="ollama"):
        said("ollama:llama3.2")


def test_local_servers_are_found_and_their_absence_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import http.server
    import threading

    class Lists(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

        def do_GET(self) -> None:
            body = {
                "/api/tags": b'{"models": [{"name": "llama3.2:3b"}, {"name": "nomic-embed-text"}]}',
                "/v1/models": b'{"data": [{"id": "qwen"}, {"id": "text-embedding-x"}]}',
            }[self.path]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lists)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        assert backends.local_servers(ollama=url, lm_studio=url) == [
            "ollama:llama3.2:3b", f"openai-compatible:qwen@{url}/v1",
        ]
        for name, value in (("OLLAMA_HOST", url), ("VLLM_BASE_URL", url), ("LLAMACPP_BASE_URL", "http://127.0.0.1:9")):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LMSTUDIO_BASE_URL", "http://127.0.0.1:9")
        assert backends.local_servers() == ["ollama:llama3.2:3b", f"openai-compatible:qwen@{url}/v1"]
    finally:
        server.shutdown()
        server.server_close()
    assert backends.local_servers(ollama=url, lm_studio=url) == []


def test_without_the_package_a_model_file_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    with pytest.raises(errors.MissingExtra, match=r"litassist\[gguf\]"):
        backends.open_backend(f"gguf:{tmp_path / 'm.gguf'}", FAST)


def test_a_file_that_is_no_model_is_said_so(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra 'gguf' is not installed")
    (tmp_path / "m.gguf").write_text("no model")
    with pytest.raises(errors.ConfigError, match=r"m\.gguf"):
        backends.open_backend(f"gguf:{tmp_path / 'm.gguf'}", FAST)


@pytest.mark.parametrize(
    "spec", ["openai-compatible:some@http://127.0.0.1:9/v1", "gguf:/no/such/file.gguf", "openai:gpt-4o"]
)
def test_after_warming_an_answer_waits_for_no_import(spec: str, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom assistant import Settings, open_assistant\n"
        "with open_assistant(settings=Settings(home=sys.argv[1], backend=sys.argv[2], workers=0)) as opened:\n"
        "    opened.warm(wait=True, client=False)\n"
        "    assert 'openai' not in sys.modules, 'a worker asks no model'\n"
        "    opened.warm(wait=True)\n"
        "    assert {'openai', 'langchain_openai', 'langsmith'} <= set(sys.modules)\n"
        "    assert 'xllamacpp' not in sys.modules, 'no model file is loaded'\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path), spec], capture_output=True, text=True,
                          check=False, env={**os.environ, "OPENAI_API_KEY": "sk-none"})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("spec", ["openai:gpt-4o", "nobody:model", "openai-compatible:nothing", "extractive"])
def test_what_is_wrong_with_a_model_is_kept_for_the_question(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with open_assistant(settings=Settings(home=tmp_path, backend=spec, workers=0)) as opened:
        opened.warm(wait=True)
