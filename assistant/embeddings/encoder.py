"""A sentence encoder: texts to unit vectors, from the files that its `Weights` name.

Two forms give the vectors of one fingerprint. The plain one runs the file as it is. The quick one is made
from it once (`forms`), stands at a mean cosine of .995 or more to it, and takes its place as soon as it is
there. So a vector of one form may be compared with one of the other (the differences are a tenth of those
that decide a ranking), but which form made a vector is not told: a text that has its vector keeps it.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, first_line
from ..recent import Recent
from . import forms, tokens
from .batches import Batches, Read, urgent
from .runtimes import Running, openvino_works, running
from .weights import MAX_TOKENS, Weights

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)
_MAX_CHARACTERS = 24 * MAX_TOKENS
_AT_ONCE = 1024
_RECENT, _RECENT_CODES, _RECENT_QUESTIONS = 8192, 1024, 64
_WORD = re.compile(r"\w+")
_WORTH_MAKING = 256
"""So many texts in one process are worth making the quick form for; a question alone is not."""

Look = Callable[[int, Sequence[int], "np.ndarray"], object]
"""Takes the place of a text among those that are encoded, its token ids, and a row for each."""


class Encoder:
    """Texts to unit vectors. Cheap to make; the weights are loaded at the first text. Thread-safe.

    The latest vectors are kept by the hash of their text, whichever paper or library it is in. They go with
    the process: on disk only libraries keep vectors, in their own folders and in what they share, and what is removed
    goes from both.
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
        self._recent: Recent[bytes, np.ndarray] = Recent(_RECENT)
        self._codes: Recent[bytes, bytes] = Recent(_RECENT_CODES)
        self._asked: Recent[bytes, tokens.Asked] = Recent(_RECENT_QUESTIONS)
        self._counting: Any = None
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
        keys = [_key(text) for text in texts]
        known = self._recent.known(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            known |= self._made(new)
        return np.array([known[key] for key in keys], np.float32)

    def coded(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bytes]]:
        """What `encode` gives, and the packed tokens of each text, one after another."""
        import numpy as np

        if not texts:
            return self.encode(texts), []
        keys = [_key(text) for text in texts]
        vectors, codes = self._recent.known(keys), self._codes.known(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in codes or key not in vectors}
        if new:
            names = list(new)

            def read(i: int, ids: Sequence[int], rows: np.ndarray) -> None:
                codes[names[i]] = tokens.packed(rows[tokens.kept(self._counting, ids)].astype(np.float32)).tobytes()

            vectors |= self._made(new, read)
            self._codes.update({key: codes[key] for key in names})
        return np.array([vectors[key] for key in keys], np.float32), [codes[key] for key in keys]

    def token_places(self, text: str) -> list[tuple[int, int]]:
        """Where in `text` the tokens stand whose vectors `coded` gives, in their order."""
        self._load()
        encoded = self._tokenizer.encode(_clean(text))
        offsets = encoded.offsets
        return [offsets[i] for i in tokens.kept(self._counting, encoded.ids)]

    def asked(self, question: str) -> tokens.Asked:
        """The tokens of a question that is looked for; its vector is kept for `encode`."""
        import numpy as np

        key = _key(question)
        if (known := self._asked.get(key)) is not None:
            return known
        self._load()
        read: list[np.ndarray] = []
        self._made({key: question}, lambda _, __, rows: read.append(np.array(rows, np.float32)))
        text = _clean(question)
        words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
        places: list[int] = []
        said: list[str] = []
        at = 0
        for i, (start, end) in enumerate(self._tokenizer.encode(text).offsets):
            while at < len(words) and words[at][1] <= start:
                at += 1
            if start < end and at < len(words) and words[at][0] <= start:
                places.append(i)
                said.append(text[slice(*words[at])])
        rows = read[0][places[: tokens.MOST_ASKED]]
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        found = tokens.Asked(tokens.turned(rows), tuple(said[: tokens.MOST_ASKED]))
        self._asked.put(key, found)
        return found

    def warm(self) -> None:
        """Load what is needed for the first text, and begin to make the quick form where it is missing."""
        self._load()
        self.encode(["warm"])
        self._make()

    def forget(self) -> None:
        """Drop the vectors that are kept in memory."""
        for kept in (self._recent, self._codes, self._asked):
            kept.clear()

    def described(self) -> str:
        """In which form the vectors are computed here, in a sentence; nothing is made for that."""
        name = self._weights.name
        if not self._quick or not openvino_works():
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

    def _made(self, new: dict[bytes, str], read: Look | None = None) -> dict[bytes, np.ndarray]:
        """The vectors of texts that are not known, by their keys; the latest are kept. `read` sees their tokens."""
        self._load()
        items = list(new.items())
        made: dict[bytes, np.ndarray] = {}
        for start in range(0, len(items), _AT_ONCE):
            part = items[start : start + _AT_ONCE]
            coded = [e.ids for e in self._tokenizer.encode_batch([_clean(text) for _, text in part])]
            rows = self._batches.encoded(coded, short=urgent(len(items)), read=_from(start, coded, read))
            self._dimension = rows.shape[1]
            # Each for itself: a row that is kept for long would keep those made with it.
            made.update((key, row.copy()) for (key, _), row in zip(part, rows, strict=True))
            self._encoded += len(part)
            if self._encoded >= _WORTH_MAKING:
                self._make()
        self._recent.update(made)
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
            self._tokenizer, self._counting = tokenizer, tokens.counting(tokenizer.get_vocab())
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


def _from(start: int, coded: Sequence[Sequence[int]], read: Look | None) -> Read | None:
    return None if read is None else lambda i, rows: read(start + i, coded[i], rows)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _clean(text: str) -> str:
    # Lone surrogates (from broken PDFs) can't be given to the tokenizer; nor need it read what is cut anyway.
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode()
