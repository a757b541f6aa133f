"""A provider's embedding model: asked in batches, waited for where it limits the rate, told of in its own words."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import BackendError, BackendUnknown, ConfigError, EmbeddingError, first_line
from .batches import waiting

if TYPE_CHECKING:
    import numpy as np

_BATCH = 128
_PATIENCE_S = 900.0
"""How long a rate limit is waited for, where papers are being read; a question waits no longer than `timeout_s`."""
_PASSING = ("rate", "overload", "timeout", "died")
_WHY = {
    "key": "the key is missing or was refused; set it in the environment",
    "permission": "this key may not use the model",
    "quota": "the account has nothing left to spend",
    "rate": "its rate limit is reached; try again later",
    "overload": "it is overloaded; try again later",
    "model": "it does not know this model",
    "address": "it does not know this model",
    "overflow": "a text is too long for it",
    "timeout": "it did not answer in time",
    "died": "the connection broke off",
    "unreachable": "nothing answers there",
    "proxy": "the proxy wants a login",
}


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
        patience = time.monotonic() + (_PATIENCE_S if len(texts) > 1 else self._timeout_s)
        with waiting():
            for start in range(0, len(texts), _BATCH):
                # Providers refuse the empty text.
                rows += self._batch([t.strip() or "." for t in texts[start : start + _BATCH]], patience)
        found = np.asarray(rows, np.float32)
        if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
            raise EmbeddingError(f"{self._spec} gave something else than one vector for each text.")
        self._dimension = found.shape[1]
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)

    def _batch(self, texts: list[str], patience: float) -> list[list[float]]:
        """The vectors of one batch; what came before is not asked for again."""
        from ..backends.failures import failure_of

        attempt = 0
        while True:
            try:
                rows: list[list[float]] = self._model.embed_documents(texts)
                return rows
            except Exception as error:  # noqa: BLE001  (each provider has errors of its own)
                failure = failure_of(error)
                limited = failure.kind in ("rate", "overload")
                wait = failure.retry_after if failure.retry_after is not None else min(0.5 * 2**attempt, 60.0)
                attempt += 1
                late = time.monotonic() + wait > patience
                if late or failure.kind not in _PASSING or (not limited and attempt > 1):
                    raise EmbeddingError(_what_failed(self._spec, error)) from None
            time.sleep(wait)


def _provider_model(spec: str, timeout_s: float) -> Any:
    from ..backends.names import place_of

    try:
        place = place_of(spec)
    except BackendUnknown:
        if spec.startswith("openai-compatible"):
            raise ConfigError(
                f"'{spec}' should read openai-compatible:MODEL@URL; the URL begins with http."
            ) from None
        place = None
    except BackendError as error:
        raise ConfigError(str(error)) from None
    try:
        if place is not None and place.speaks == "openai":
            return _openai(place, timeout_s)
        from langchain.embeddings import init_embeddings

        provider, _, rest = spec.partition(":")
        return init_embeddings(rest, provider=place.provider if place is not None else provider)
    except ImportError as error:
        raise ConfigError(f"The embedder '{spec}' needs a package that is not installed: {first_line(error)}") from None
    except Exception as error:  # noqa: BLE001  (each provider has errors of its own)
        raise ConfigError(_what_failed(spec, error)) from None


def _openai(place: Any, timeout_s: float) -> Any:
    from langchain_openai import OpenAIEmbeddings
    from pydantic import SecretStr

    from ..backends.clients import http_library
    from ..backends.wire import Wire

    # Texts go as they are: to count their tokens, LangChain would download a file from another host.
    return OpenAIEmbeddings(
        model=place.model, base_url=place.url, api_key=SecretStr(place.key), check_embedding_ctx_length=False,
        chunk_size=_BATCH, timeout=timeout_s, max_retries=0, default_query=dict(place.query) or None,
        http_client=Wire(place, listens=False).client(http_library("openai")), openai_proxy=None,
    )


def _what_failed(spec: str, error: Exception) -> str:
    from ..backends.failures import failure_of

    failure = failure_of(error)
    why = _WHY.get(failure.kind, type(error).__name__)
    words = f" (“{failure.words.rstrip('.')}”)" if failure.words and failure.status else ""
    return f"The embedder {spec} failed: {why}{words}. Nothing in the library was changed."
