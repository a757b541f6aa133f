"""A cross-encoder: a model that reads question and paper as one text and says how well they fit.

From a folder in the Hugging Face layout, or the hub. Its ONNX or OpenVINO file is run by the runtimes
that are there anyway; a folder with safetensors alone needs the package sentence-transformers.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...embeddings.hub import hub_folder
from ...embeddings.runtimes import loaded
from ...embeddings.weights import MAX_TOKENS, weights_in
from ...errors import ConfigError, EmbeddingError, MissingExtra, first_line
from ...models import values
from . import Candidate

if TYPE_CHECKING:
    import numpy as np

_WEIGHT: float = values("search")["second_look"]["cross_encoder"]
"""With a first ranking as good as this one a small cross-encoder alone is a step back (ms-marco-MiniLM over BM25:
.69 nDCG@10 on SciFact), so both count."""
_BATCH = 8
_CHARACTERS = 24 * MAX_TOKENS
_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_HUB_FILES = ("*.json", "model.onnx", "onnx/model.onnx", "openvino/openvino_model.*")
_HUB_WEIGHTS = ("*.json", "model*.safetensors", "vocab.txt", "*.model")

Logits = Callable[[Sequence[tuple[str, str]]], "np.ndarray"]


def open_cross_encoder(place: str) -> CrossEncoder:
    """The cross-encoder in a folder or, where there is no such folder, of that name on the hub. Weights are loaded
    at the first question. ConfigError says what is missing, MissingExtra which package."""
    folder = Path(place).expanduser()
    if folder.is_dir():
        return CrossEncoder(f"cross-encoder:{folder.name}", folder)
    if not _HUB_NAME.fullmatch(place):
        raise ConfigError(f"There is no folder {place} to load a cross-encoder from.")
    instead = "use cross-encoder:FOLDER"
    found = hub_folder(place, _HUB_FILES, "cross-encoder", instead)
    if not _exported(found):
        found = hub_folder(place, _HUB_WEIGHTS, "cross-encoder", instead, needed="*.safetensors")
    return CrossEncoder(f"cross-encoder:{place}", found)


class CrossEncoder:
    """Scores of papers for a question. Thread-safe."""

    weight = _WEIGHT

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._lock = threading.Lock()
        self._logits: Logits | None = None

    def scores(self, question: str, papers: Sequence[Candidate]) -> list[float]:
        """The model's own sureness for each paper, 0 to 1: each pair by itself, whatever else is in the list."""
        import numpy as np

        if not papers:
            return []
        asked = _clean(question)
        pairs = [(asked, _clean(f"{p.title}. {p.text or p.snippet}" if p.title else p.text)) for p in papers]
        with self._lock:
            if self._logits is None:
                self._logits = _exported_logits(self._folder) if _exported(self._folder) else _torch(self._folder)
            try:
                logits = self._logits(pairs)
            except Exception as error:  # noqa: BLE001  (each runtime has errors of its own)
                raise EmbeddingError(f"{self.name} failed on {len(pairs)} papers: {first_line(error)}.") from None
        if logits.ndim == 1:
            logits = logits[:, None]
        if logits.ndim != 2 or len(logits) != len(pairs) or logits.shape[1] > 2 or not np.isfinite(logits).all():
            raise ConfigError(f"{self.name} is no cross-encoder: it should give one number for question and paper.")
        # Of two numbers the second says that they fit.
        sure = logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]
        return [float(score) for score in 1 / (1 + np.exp(-np.clip(sure.astype(np.float64), -60, 60)))]


def _exported(folder: Path) -> bool:
    places = ("model.onnx", "onnx/model.onnx", "openvino_model.xml", "openvino/openvino_model.xml")
    return any((folder / place).is_file() for place in places)


def _exported_logits(folder: Path) -> Logits:
    """The model's file, run by OpenVINO or ONNX Runtime."""
    import numpy as np
    from tokenizers import Tokenizer

    weights = weights_in(folder, folder.name)
    try:
        tokenizer: Any = Tokenizer.from_file(str(weights.tokenizer))
    except Exception as error:  # noqa: BLE001  (tokenizers raises bare Exception)
        raise ConfigError(f"{weights.tokenizer} is no tokenizer: {error}") from None
    tokenizer.no_padding()
    # The longer of the two is cut, which is the paper, but for a pasted question.
    tokenizer.enable_truncation(weights.max_tokens, strategy="longest_first")
    forward = loaded(weights.model)
    padding = _padding(folder, tokenizer)

    def logits(pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        coded = tokenizer.encode_batch(list(pairs))
        order = sorted(range(len(coded)), key=lambda i: len(coded[i].ids))
        rows: dict[int, np.ndarray] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            width = max(len(coded[i].ids) for i in batch)
            ids = np.full((len(batch), width), padding, np.int64)
            mask, types = np.zeros_like(ids), np.zeros_like(ids)
            for row, i in enumerate(batch):
                size = len(coded[i].ids)
                ids[row, :size], mask[row, :size], types[row, :size] = coded[i].ids, 1, coded[i].type_ids
            found = np.array(forward(ids, mask, types), np.float32)
            rows |= {i: found[row] for row, i in enumerate(batch)} if len(found) == len(batch) else {}
        return np.array([rows[i] for i in range(len(coded))] if len(rows) == len(coded) else [])

    return logits


def _padding(folder: Path, tokenizer: Any) -> int:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("pad_token_id")
    except (OSError, ValueError, AttributeError):
        found = None
    return found if isinstance(found, int) and 0 <= found < tokenizer.get_vocab_size() else 0


def _torch(folder: Path) -> Logits:
    """The model's safetensors, run by sentence-transformers."""
    if not any(folder.glob("*.safetensors")):
        raise ConfigError(f"{folder} holds no cross-encoder: model.onnx or model.safetensors is expected there.")
    try:
        import torch
        from sentence_transformers import CrossEncoder as Model
    except ImportError:
        raise MissingExtra(f"The cross-encoder in {folder}, which has no ONNX file,", "rerank") from None
    try:
        model = Model(str(folder), max_length=MAX_TOKENS)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ConfigError(f"The cross-encoder in {folder} can't be loaded: {first_line(error)}") from None

    def logits(pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        import numpy as np

        plain = torch.nn.Identity()  # the numbers as they are: models differ in what they do to them by themselves
        found = model.predict(list(pairs), batch_size=_BATCH, activation_fn=plain, show_progress_bar=False)
        return np.asarray(found, np.float32)

    return logits


def _clean(text: str) -> str:
    return text[:_CHARACTERS].encode("utf-8", "replace").decode()
