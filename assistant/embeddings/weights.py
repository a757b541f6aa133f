"""The files of an encoder, and what is known of them without loading any."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ConfigError, EmbeddingError

MAX_TOKENS = 512
"""Longer texts are cut. A packaged tokenizer may be set to 128, which costs retrieval dearly."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of an encoder. `checksums` (file, SHA-256) are checked before anything is loaded."""

    name: str
    model: Path
    tokenizer: Path
    pooling: str = "mean"
    max_tokens: int = MAX_TOKENS
    checksums: tuple[tuple[Path, str], ...] = ()
    heads: int | None = None
    """Attention heads of a BERT encoder in an ONNX file; None where that is not known."""

    def fingerprint(self) -> str:
        """The name, a hash over weights and tokenizer, pooling and length: whatever shapes a vector."""
        return f"{self.name}@{self.digest()[:12]}/{self.pooling}{self.max_tokens}"

    def digest(self) -> str:
        """A hash over weights and tokenizer, in hex."""
        known = dict(self.checksums)
        files = (*_model_files(self.model), self.tokenizer)
        both = "".join(known.get(p) or _hashed(p, *_stamp(p)) for p in files)
        return hashlib.sha256(both.encode()).hexdigest()

    def check(self) -> None:
        """EmbeddingError when a file is not what it should be."""
        for path, expected in self.checksums:
            if sha256(path) != expected:
                raise EmbeddingError(
                    f"{path.name} of the built-in encoder is not the file it should be (its SHA-256 differs), so it "
                    "was not loaded. Nothing in the library was changed. Install the package again."
                )


@lru_cache(maxsize=64)
def _hashed(path: Path, _changed: int, _size: int) -> str:
    return sha256(path)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


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
    model = next((p for p in places if p.is_file() and (p.suffix != ".xml" or has_openvino())), None)
    if model is None:
        raise ConfigError(f"{folder} holds no encoder: model.onnx or openvino_model.xml is expected there.")
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise ConfigError(f"{folder} holds no tokenizer.json, so its encoder can't be used.")
    config, pooling = _json(folder / "config.json"), _json(folder / "1_Pooling" / "config.json")
    bert = config.get("model_type") == "bert" and config.get("hidden_act") == "gelu" and model.suffix == ".onnx"
    heads = config.get("num_attention_heads")
    return Weights(
        name=name, model=model, tokenizer=tokenizer,
        pooling="cls" if pooling.get("pooling_mode_cls_token") else "mean",
        max_tokens=min(MAX_TOKENS, int(config.get("max_position_embeddings") or MAX_TOKENS)),
        heads=heads if bert and isinstance(heads, int) and heads > 0 else None,
    )


def has_openvino() -> bool:
    """Whether OpenVINO is installed; it is not loaded for that."""
    return find_spec("openvino") is not None


def _model_files(model: Path) -> tuple[Path, ...]:
    return (model, model.with_suffix(".bin")) if model.suffix == ".xml" else (model,)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
