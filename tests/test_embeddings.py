"""Embedders: vectors that mean something, weights that are checked, keys that stay at home."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.config import Settings
from assistant.embeddings import builtin_weights, count_tokens, open_embedder
from assistant.embeddings.encoder import Encoder
from assistant.errors import ConfigError, EmbeddingError, MissingExtra

TEXTS = [
    "Dense retrieval finds passages by meaning.",
    "The kidney filters the blood. " * 60,
    "Finding passages with vectors.",
    "",
    "Une phrase en français.",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(builtin_weights())


def test_vectors_are_unit_rows_in_the_order_of_the_texts(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    assert together.shape == (len(TEXTS), encoder.dimension)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert (together * alone).sum(axis=1).min() > 0.9999


def test_what_is_alike_is_near(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[1] + 0.1


def test_a_text_is_read_far_beyond_128_tokens(encoder: Encoder) -> None:
    start = "The model is trained on images. " * 40
    with_end, without = encoder.encode([start + "Malaria parasites infect red blood cells. " * 10, start])
    assert with_end @ without < 0.97


def test_no_text_is_too_odd(encoder: Encoder) -> None:
    odd = ["", " ", "\x00\x01", "\ud800", "a" * 100_000, "🙂" * 50, "שלום עולם", "\n" * 1000]
    assert np.isfinite(encoder.encode(odd)).all()
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_both_runtimes_give_the_same_vectors(encoder: Encoder) -> None:
    other = Encoder(builtin_weights(), runtime="onnxruntime")
    assert (encoder.encode(TEXTS) * other.encode(TEXTS)).sum(axis=1).min() > 0.999
    assert other.fingerprint == encoder.fingerprint


def test_threads_share_one_encoder(encoder: Encoder) -> None:
    expected = encoder.encode(TEXTS)
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(encoder.encode(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for vectors in found:
        np.testing.assert_allclose(vectors, expected, atol=1e-4)


def test_weights_that_are_not_the_expected_ones_are_refused() -> None:
    weights = builtin_weights()
    wrong = replace(weights, checksums=((weights.model, "0" * 64),))
    with pytest.raises(EmbeddingError, match="SHA-256"):
        Encoder(wrong).encode(["a"])


def test_opening_loads_nothing_and_nothing_phones_home() -> None:
    script = (
        "import sys\n"
        "from assistant.embeddings import open_embedder\nfrom assistant.config import Settings\n"
        "e = open_embedder(Settings()); e.fingerprint\n"
        "assert not {'openvino', 'onnxruntime', 'tokenizers', 'numpy'} & set(sys.modules), 'loaded at opening'\n"
        "e.encode(['a'])\n"
        "assert not [m for m in sys.modules if m.startswith('openvino_telemetry') and sys.modules[m]]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    weights = builtin_weights()
    (tmp_path / "minilm" / "onnx").mkdir(parents=True)
    (tmp_path / "minilm" / "onnx" / "model.onnx").symlink_to(weights.model)
    (tmp_path / "minilm" / "tokenizer.json").symlink_to(weights.tokenizer)
    (tmp_path / "minilm" / "config.json").write_text(json.dumps({"max_position_embeddings": 512}))
    return tmp_path / "minilm"


def test_an_encoder_from_a_folder(folder: Path, encoder: Encoder) -> None:
    found = open_embedder(Settings(embedder=f"path:{folder}"))
    np.testing.assert_allclose(found.encode(TEXTS[:1]), encoder.encode(TEXTS[:1]), atol=1e-4)
    assert found.fingerprint != encoder.fingerprint
    assert str(folder.parent) not in found.fingerprint


def test_an_encoder_from_the_hub_is_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked: list[tuple[str, bool]] = []

    def download(name: str, *, local_files_only: bool = False, **_: object) -> str:
        asked.append((name, local_files_only))
        if local_files_only:
            raise OSError("not in the cache")
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert open_embedder(Settings(embedder="hub:some/encoder")).encode(["a"]).shape == (1, 384)
    assert asked == [("some/encoder", True), ("some/encoder", False)]


def test_without_the_hub_package_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"litassist\[hub\]"):
        open_embedder(Settings(embedder="hub:some/encoder"))


@pytest.mark.parametrize(("spec", "says"), [
    ("nonsense", "builtin"), ("path:/no/such/folder", "no folder"), ("openai-compatible:model", "MODEL@URL"),
    ("nobody:model", "nobody"),
])
def test_an_embedder_that_is_not_there(spec: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        open_embedder(Settings(embedder=spec)).encode(["a"])


def test_a_folder_without_a_model_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.onnx"):
        open_embedder(Settings(embedder=f"path:{tmp_path}"))


class _Server(http.server.BaseHTTPRequestHandler):
    seen: list[dict[str, str]] = []  # noqa: RUF012
    status = 200

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({k.lower(): v for k, v in self.headers.items()})
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": i, "embedding": [float(len(t)), 1, 0]} for i, t in enumerate(texts)]
        reply = json.dumps({"object": "list", "data": data, "model": "m", "usage": {}}).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    _Server.seen, _Server.status = [], 200
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}/v1"
    httpd.shutdown()
    httpd.server_close()


def test_a_server_is_given_our_own_key_alone(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-belongs-elsewhere")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-belongs-elsewhere")
    monkeypatch.setenv("LITASSIST_API_KEY", "our-own")
    found = open_embedder(Settings(embedder=f"openai-compatible:m@{server}")).encode(["abc", "", "abcdef"])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert _Server.seen[0]["authorization"] == "Bearer our-own"
    assert "belongs-elsewhere" not in json.dumps(_Server.seen)


@pytest.mark.parametrize(("status", "says"), [(401, "key"), (404, "model")])
def test_a_refusal_is_one_plain_sentence(server: str, monkeypatch: pytest.MonkeyPatch, status: int, says: str) -> None:
    monkeypatch.setenv("LITASSIST_API_KEY", "our-own-secret")
    _Server.status = status
    with pytest.raises(EmbeddingError, match=says) as caught:
        open_embedder(Settings(embedder=f"openai-compatible:m@{server}")).encode(["abc"])
    assert "our-own-secret" not in str(caught.value)


def test_nothing_listening_is_one_plain_sentence() -> None:
    with pytest.raises(EmbeddingError, match="nothing answers there"):
        open_embedder(Settings(embedder="openai-compatible:m@http://127.0.0.1:9/v1")).encode(["abc"])


def test_tokens_are_counted_offline() -> None:
    assert count_tokens("") == 0
    assert count_tokens("hello world") == 2
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("word " * 2000) == pytest.approx(2000, abs=3)


def test_a_rate_limit_is_waited_for_and_what_came_before_is_not_asked_again(server: str) -> None:
    left = [3, 1]

    class Limited(_Server):
        def do_POST(self) -> None:
            left[0] -= 1
            if left[0] == 0:  # once, at the second batch
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(429)
                self.send_header("Retry-After", "0.2")
                self.end_headers()
                return
            super().do_POST()

    left[0] = 2
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Limited)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        spec = f"openai-compatible:m@http://127.0.0.1:{httpd.server_port}/v1"
        assert len(open_embedder(Settings(embedder=spec)).encode(["text"] * 300)) == 300
        assert len(_Server.seen) == 3, "three batches, each answered once"
    finally:
        httpd.shutdown()
        httpd.server_close()


def test_openais_embedder_asks_no_other_host(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # tiktoken's file, which LangChain counts tokens with, would be downloaded into this empty folder.
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own")
    monkeypatch.setenv("OPENAI_BASE_URL", server)
    assert open_embedder(Settings(embedder="openai:text-embedding-3-small")).encode(["abc"]).shape == (1, 3)
    assert _Server.seen[0]["authorization"] == "Bearer sk-own"


def test_a_rebuild_that_failed_can_be_run_again_in_the_same_process(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import Paper, open_assistant

    papers = [Paper(title=f"On lanterns {n}", abstract=f"Lantern {n} glows. It is bright at {n} metres.")
              for n in range(40)]
    with open_assistant(settings=Settings(home=tmp_path, workers=0)) as opened:
        opened.ingest_papers(papers)
    answered = _Server.do_POST

    def breaks(self: _Server) -> None:
        _Server.status = 500 if len(_Server.seen) >= 1 else 200
        answered(self)

    settings = Settings(home=tmp_path, embedder=f"openai-compatible:m@{server}", workers=0)
    with open_assistant(settings=settings) as opened:
        with monkeypatch.context() as patched:
            patched.setattr(_Server, "do_POST", breaks)
            with pytest.raises(EmbeddingError):
                opened.rebuild()
        _Server.status = 200
        opened.rebuild()
        assert opened.search("lantern 7")
