"""A sentence encoder from a folder of files: tokenizer, transformer, pooling, unit length.

OpenVINO runs it where it is installed, else ONNX Runtime does, from the same file: their vectors
agree to a cosine above .999, so the runtime is no part of a fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, EmbeddingError

if TYPE_CHECKING:
    import numpy as np

MAX_TOKENS = 512
"""Longer texts are cut. A packaged tokenizer may be set to 128, which costs retrieval dearly."""
_MAX_CHARACTERS = 24 * MAX_TOKENS
_AT_ONCE = 1024

Tokens = tuple["np.ndarray", "np.ndarray"]
Forward = Callable[..., "np.ndarray"]
"""From ids and mask (and which of two texts each token is of, else 0) to the model's first output."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of an encoder. `checksums` (file name → SHA-256) are checked before anything is loaded."""

    name: str
    model: Path
    tokenizer: Path
    pooling: str = "mean"
    max_tokens: int = MAX_TOKENS
    checksums: tuple[tuple[Path, str], ...] = ()

    def fingerprint(self) -> str:
        """The name, a hash over weights and tokenizer, pooling and length: whatever shapes a vector."""
        known = dict(self.checksums)
        both = "".join(known.get(p) or sha256(p) for p in (*_model_files(self.model), self.tokenizer))
        return f"{self.name}@{hashlib.sha256(both.encode()).hexdigest()[:12]}/{self.pooling}{self.max_tokens}"


def sha256(path: Path) -> str:
    """The file's SHA-256, in hex."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"The encoder's file {path} can't be read ({error.strerror}).") from None


def weights_in(folder: Path, name: str) -> Weights:
    """The encoder's files in a folder laid out as sentence-transformers and its exports lay them out.

    `model.onnx` or `openvino_model.xml`, in the folder or in `onnx/` or `openvino/`, and
    `tokenizer.json`. ConfigError says what is missing.
    """
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder} to load an encoder from.")
    places = [folder / p for p in ("openvino_model.xml", "openvino/openvino_model.xml", "model.onnx",
                                   "onnx/model.onnx", "model.xml")]
    model = next((p for p in places if p.is_file() and (p.suffix != ".xml" or _has_openvino())), None)
    if model is None:
        raise ConfigError(f"{folder} holds no encoder: model.onnx or openvino_model.xml is expected there.")
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise ConfigError(f"{folder} holds no tokenizer.json, so its encoder can't be used.")
    config, pooling = _json(folder / "config.json"), _json(folder / "1_Pooling" / "config.json")
    return Weights(
        name=name, model=model, tokenizer=tokenizer,
        pooling="cls" if pooling.get("pooling_mode_cls_token") else "mean",
        max_tokens=min(MAX_TOKENS, int(config.get("max_position_embeddings") or MAX_TOKENS)),
    )


class Encoder:
    """Texts to unit vectors. Cheap to make; the weights are loaded at the first text. Thread-safe."""

    def __init__(self, weights: Weights, *, runtime: str | None = None) -> None:
        self._weights = weights
        self._wanted = runtime
        self._lock = threading.Lock()
        self._tokenizer: Any = None
        self._forward: Forward | None = None
        self._dimension: int | None = None
        self._fingerprint: str | None = None
        self.runtime = ""

    @property
    def fingerprint(self) -> str:
        """What shapes the vectors, as one string; weights are not loaded for it."""
        if self._fingerprint is None:
            self._fingerprint = self._weights.fingerprint()
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        if self._dimension is None:
            self.encode(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit row per text, float32, in order. No texts give an array without rows."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        rows: list[np.ndarray] = []
        with self._lock:
            self._load()
            for start in range(0, len(texts), _AT_ONCE):
                rows.append(self._encode(texts[start : start + _AT_ONCE]))
        found = np.concatenate(rows)
        self._dimension = found.shape[1]
        return found

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        assert self._forward is not None
        coded = [e.ids for e in self._tokenizer.encode_batch([_clean(t) for t in texts])]
        order = sorted(range(len(coded)), key=lambda i: len(coded[i]))
        vectors: np.ndarray | None = None
        start = 0
        while start < len(order):
            # Small batches of equal lengths: padding is work for nothing, and so are many tokens at once.
            size = 16 if len(coded[order[start]]) < 96 else 8
            batch = order[start : start + size]
            start += size
            width = -(-max(len(coded[i]) for i in batch) // 8) * 8
            width = min(width, self._weights.max_tokens)
            ids = np.zeros((len(batch), width), np.int64)
            mask = np.zeros((len(batch), width), np.int64)
            for row, i in enumerate(batch):
                ids[row, : len(coded[i])] = coded[i]
                mask[row, : len(coded[i])] = 1
            try:
                hidden = self._forward(ids, mask)
            except RuntimeError as error:
                raise EmbeddingError(f"The encoder failed on {len(batch)} texts: {_first_line(error)}") from None
            pooled = _pooled(hidden, mask, self._weights.pooling)
            if vectors is None:
                vectors = np.empty((len(coded), pooled.shape[1]), np.float32)
            vectors[batch] = pooled
        assert vectors is not None
        return vectors

    def _load(self) -> None:
        if self._forward is not None:
            return
        for path, expected in self._weights.checksums:
            if sha256(path) != expected:
                raise EmbeddingError(
                    f"{path.name} of the built-in encoder is not the file it should be (its SHA-256 differs), so it "
                    "was not loaded. Nothing in the library was changed. Install the package again."
                )
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._weights.tokenizer))
        except Exception as error:  # noqa: BLE001  (tokenizers raises bare Exception)
            raise ConfigError(f"{self._weights.tokenizer} is no tokenizer: {_first_line(error)}") from None
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._weights.max_tokens)
        self._tokenizer = tokenizer
        self._forward, self.runtime = loaded(self._weights.model, self._wanted)


def loaded(model: Path, runtime: str | None = None) -> tuple[Forward, str]:
    """The model in a file, ready to run, and by which runtime: the one named, else OpenVINO where it is installed.

    ConfigError when the file can't be loaded.
    """
    use_openvino = runtime == "openvino" or (runtime is None and _has_openvino())
    try:
        forward = (_openvino if use_openvino else _onnxruntime)(model)
    except RuntimeError as error:
        raise ConfigError(f"The model in {model} can't be loaded: {_first_line(error)}") from None
    return forward, "openvino" if use_openvino else "onnxruntime"


def _openvino(model: Path) -> Forward:
    import numpy as np

    # Importing openvino sends an event to its makers where this package is found; without it, none.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino
    import platformdirs

    core = openvino.Core()
    cache = Path(platformdirs.user_cache_dir("litassist", appauthor=False)) / "openvino"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        core.set_property({"CACHE_DIR": str(cache)})
    except OSError:
        cache = None  # type: ignore[assignment]  # a read-only home: compile at each start
    compiled = core.compile_model(str(model), "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    wanted = {name for port in compiled.inputs for name in port.names}
    request = compiled.create_infer_request()

    def forward(ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        inputs = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in wanted:
            inputs["token_type_ids"] = np.zeros_like(ids) if types is None else types
        return request.infer(inputs, share_inputs=True, share_outputs=True)[0]

    return forward


def _onnxruntime(model: Path) -> Forward:
    import numpy as np
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    wanted = {port.name for port in session.get_inputs()}

    def forward(ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        inputs = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in wanted:
            inputs["token_type_ids"] = np.zeros_like(ids) if types is None else types
        return session.run(None, inputs)[0]

    return forward


def _pooled(hidden: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    import numpy as np

    if pooling == "cls":
        found = hidden[:, 0].astype(np.float32)
    else:
        weight = mask[..., None].astype(np.float32)
        found = (hidden * weight).sum(axis=1) / weight.sum(axis=1)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def _has_openvino() -> bool:
    from importlib.util import find_spec

    return find_spec("openvino") is not None


def _model_files(model: Path) -> tuple[Path, ...]:
    return (model, model.with_suffix(".bin")) if model.suffix == ".xml" else (model,)


def _clean(text: str) -> str:
    # Lone surrogates (from broken PDFs) can't be given to the tokenizer; nor need it read what is cut anyway.
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode()


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
