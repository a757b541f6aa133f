"""A sentence encoder: texts to unit vectors, from the files that its `Weights` name.

Two forms give the vectors of one fingerprint. The plain one runs the file as it is. The quick one is made
from it once (`forms`), stands at a mean cosine of .995 or more to it, and takes its place as soon as it is
there. So a vector of one form may be compared with one of the other (the differences are a tenth of those
that decide a ranking), but which form made a vector is not told: a text that has its vector keeps it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from . import forms
from .batches import Batches, urgent
from .runtimes import Running, first_line, running
from .weights import MAX_TOKENS, Weights

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)
_MAX_CHARACTERS = 24 * MAX_TOKENS
_AT_ONCE = 1024
_RECENT = 8192
_WORTH_MAKING = 256
"""So many texts in one process are worth making the quick form for; a question alone is not."""


class Encoder:
    """Texts to unit vectors. Cheap to make; the weights are loaded at the first text. Thread-safe.

    The latest vectors are kept by the hash of their text, whichever paper or library it is in. They go with
    the process: on disk only a library's own folder holds vectors, so that what is removed there is gone.
    """

    def __init__(
        self, weights: Weights, *, runtime: str | None = None, threads: int = 0, quick: bool = False
    ) -> None:
        self._weights = weights
        self._runtime, self._threads = runtime, threads
        self._quick = quick and runtime in (None, "openvino") and forms.possible(weights)
        self._loading = threading.Lock()
        self._tokenizer: Any = None
        self._running: Running | None = None
        self._batches = Batches(self._form, weights.max_tokens)
        self._recent: dict[bytes, np.ndarray] = {}
        self._recent_lock = threading.Lock()
        self._dimension: int | None = None
        self._fingerprint: str | None = None
        self._encoded = 0
        self._making: threading.Thread | None = None

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

    @property
    def runtime(self) -> str:
        """What computes the vectors now: `openvino-int8`, `openvino`, `onnxruntime`; "" before the first text."""
        return self._running.runtime if self._running else ""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit row per text, float32, in order. No texts give an array without rows."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        with self._recent_lock:
            known = {key: self._recent[key] for key in keys if key in self._recent}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            known |= self._made(new)
        return np.array([known[key] for key in keys], np.float32)

    def warm(self) -> None:
        """Load what is needed for the first text, and begin to make the quick form where it is missing."""
        self._load()
        self.encode(["warm"])
        self._make()

    def described(self) -> str:
        """In which form the vectors are computed here, in a sentence; nothing is made for that."""
        name = self._weights.name
        if not self._quick:
            return f"{name} computes vectors in its plain form."
        said = forms.state(self._weights)
        if "cosine" in said and "refused" not in said:
            return (f"{name} computes vectors in its quick form: 8-bit numbers, mean cosine {said['cosine']:.4f} "
                    f"to the plain form, {said['times']:.1f} times as fast.")
        if "refused" in said:
            return f"{name} computes vectors in its plain form: the quick one is of no use here, {said['refused']}."
        return (f"{name} computes vectors in its plain form; the quick one is made in the background once the page or "
                "a chat is open, or many papers are read.")

    # ------------------------------------------------------------------ the work

    def _made(self, new: dict[bytes, str]) -> dict[bytes, np.ndarray]:
        """The vectors of texts that are not known, by their keys; the latest are kept."""
        self._load()
        items = list(new.items())
        made: dict[bytes, np.ndarray] = {}
        for start in range(0, len(items), _AT_ONCE):
            part = items[start : start + _AT_ONCE]
            coded = [e.ids for e in self._tokenizer.encode_batch([_clean(text) for _, text in part])]
            rows = self._batches.encoded(coded, short=urgent(len(items)))
            self._dimension = rows.shape[1]
            made.update((key, row) for (key, _), row in zip(part, rows, strict=True))
            self._encoded += len(part)
            if self._encoded >= _WORTH_MAKING:
                self._make()
        with self._recent_lock:
            self._recent.update(list(made.items())[-_RECENT:])
            while len(self._recent) > _RECENT:
                del self._recent[next(iter(self._recent))]
        return made

    def _form(self) -> Running:
        assert self._running is not None
        return self._running

    def _load(self) -> None:
        if self._running is not None:
            return
        with self._loading:
            if self._running is not None:
                return
            self._weights.check()
            from tokenizers import Tokenizer

            try:
                tokenizer = Tokenizer.from_file(str(self._weights.tokenizer))
            except Exception as error:  # noqa: BLE001  (tokenizers raises bare Exception)
                raise ConfigError(f"{self._weights.tokenizer} is no tokenizer: {first_line(error)}") from None
            tokenizer.no_padding()
            tokenizer.enable_truncation(self._weights.max_tokens)
            self._tokenizer = tokenizer
            quick = forms.opened(self._weights, tokenizer, self._threads) if self._quick else None
            self._running = quick or running(self._weights, runtime=self._runtime, threads=self._threads)

    def _make(self) -> None:
        """Begin to make the quick form in the background, once, unless it is there."""
        if not self._quick or self.runtime == forms.RUNTIME:
            return
        with self._loading:
            if self._making is None:
                self._making = threading.Thread(target=self._exchange, daemon=True, name="encoder-making")
                self._making.start()

    def _exchange(self) -> None:
        if forms.made(self._weights) and (quick := forms.opened(self._weights, self._tokenizer, self._threads)):
            self._running = quick
            log.info("the quick form of %s is in use", self._weights.name)


def _clean(text: str) -> str:
    # Lone surrogates (from broken PDFs) can't be given to the tokenizer; nor need it read what is cut anyway.
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode()
