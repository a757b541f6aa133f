"""What runs a model's file: OpenVINO where it is installed and works, else ONNX Runtime.

Their vectors agree to a cosine above .999, so the runtime is no part of a fingerprint.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..errors import ConfigError, EmbeddingError, first_line
from ..machine import cores
from .weights import Weights, has_openvino

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)
_BROKEN = (ImportError, OSError, RuntimeError, AttributeError)
"""What comes of importing a runtime that does not fit this machine: a library that is missing, or of another make."""


class Raw(Protocol):
    """Token ids, mask and, where a model takes them, segments to the model's first output."""

    def __call__(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        """The first output."""


Loaded = TypeVar("Loaded")
Forward = Callable[["np.ndarray", "np.ndarray"], tuple["np.ndarray", "np.ndarray"]]
"""Token ids and mask to unit vectors, and to the vectors of the tokens: these until the next call. One caller at a
time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A loaded encoder: so many forwards that can run side by side, and by what."""

    forwards: tuple[Forward, ...]
    runtime: str


def loaded(model: Path) -> Raw:
    """The model in a file, ready to run. One caller at a time.

    ConfigError when the file can't be loaded, EmbeddingError when nothing is there to run it.
    """
    def by_openvino() -> Raw:
        ready = compiled(str(model), latency=True)
        return _openvino_raw(ready.create_infer_request(), _names(ready))

    return _by_either(model, None, by_openvino, lambda: _onnx_raw(_session(model, 0)))


def running(weights: Weights, *, runtime: str | None = None, threads: int = 0) -> Running:
    """The encoder in its plain form, ready to run on as many threads (0: as suits the machine).

    ConfigError when its file can't be loaded, EmbeddingError when nothing is there to run it.
    """
    def by_openvino() -> Running:
        ready = compiled(str(weights.model), threads=threads)
        names = _names(ready)
        return Running(tuple(_pooling(_openvino_raw(request, names), weights.pooling) for request in _requests(ready)),
                       "openvino")

    def by_onnx() -> Running:
        # One session may be run from several threads at once.
        side_by_side = threads or min(cores(), 8)
        raw = _onnx_raw(_session(weights.model, 1))
        return Running((_pooling(raw, weights.pooling),) * side_by_side, "onnxruntime")

    return _by_either(weights.model, runtime, by_openvino, by_onnx)


def _by_either(
    model: Path, runtime: str | None, by_openvino: Callable[[], Loaded], by_onnx: Callable[[], Loaded]
) -> Loaded:
    """What OpenVINO makes of a file, or where it is missing or fails ONNX Runtime, which reads no other kind of file
    than .onnx; `runtime` asks for one of the two alone."""
    failure: Exception | None = None
    if runtime in (None, "openvino") and openvino_works():
        try:
            return by_openvino()
        except (RuntimeError, OSError, MemoryError) as error:
            failure = error
    if runtime in (None, "onnxruntime") and model.suffix != ".xml":
        if failure is not None:
            log.warning("OpenVINO can't load %s, so ONNX Runtime is tried: %s", model, first_line(failure))
        if not (why := _onnxruntime_fails()):
            try:
                return by_onnx()
            except Exception as error:  # noqa: BLE001  (its errors have nothing but that in common)
                failure = failure or error
        elif failure is None:
            raise EmbeddingError(
                f"No vectors can be computed: neither OpenVINO nor ONNX Runtime can be used on this machine ({why}). "
                "No paper is harmed. Install litassist again, or onnxruntime alone."
            )
    if failure is None:
        raise EmbeddingError(
            f"OpenVINO can't be used on this machine, and nothing else runs {model.name}. No paper is harmed. Install "
            "openvino again."
        )
    raise ConfigError(f"The model in {model} can't be loaded: {first_line(failure)}") from None


def running_quantised(model: Path, *, threads: int = 0) -> Running:
    """An OpenVINO model that gives unit vectors itself, and its tokens' vectors beside them, ready to run.

    RuntimeError when it can't be loaded.
    """
    ready = compiled(str(model), threads=threads)
    return Running(tuple(_vectors(request) for request in _requests(ready)), "openvino-int8")


def compiled(model: Any, *, threads: int = 0, latency: bool = False) -> Any:
    """An OpenVINO model (or its file) made ready for this processor.

    What is not int8 runs in bfloat16 where the processor can (cosine .99997). `latency` serves one caller
    with all cores, else several callers have some each.
    """
    core = openvino_core()
    options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY" if latency else "THROUGHPUT",
                               # Bound to cores, two processes wait for the same ones while others idle.
                               "ENABLE_CPU_PINNING": False,
                               "INFERENCE_PRECISION_HINT": "bf16" if "BF16" in abilities() else "f32",
                               # Rounding activations as they come costs short texts more than it gains.
                               "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    if threads:
        options |= {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads}
    return core.compile_model(model, "CPU", options)


@lru_cache(maxsize=1)
def openvino_core() -> Any:
    """OpenVINO, loaded once; it tells nobody."""
    # Importing openvino sends an event to its makers where this package is found; without it, none.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino.Core()


@lru_cache(maxsize=1)
def openvino_works() -> bool:
    """Whether OpenVINO is installed and runs on this machine: loaded once to see it."""
    if not has_openvino():
        return False
    try:
        openvino_core()
        abilities()
    except _BROKEN as error:
        log.warning("OpenVINO is installed but does not work here, so ONNX Runtime is used: %s", first_line(error))
        return False
    return True


def _onnxruntime_fails() -> str:
    """Why ONNX Runtime can't be used on this machine; empty when it can."""
    try:
        import onnxruntime  # noqa: F401
    except _BROKEN as error:
        return first_line(error)
    return ""


def abilities() -> tuple[str, ...]:
    """What this processor does in hardware, in OpenVINO's words: INT8, BF16 …"""
    return tuple(openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def _names(ready: Any) -> set[str]:
    return {name for port in ready.inputs for name in port.names}


def _requests(ready: Any) -> list[Any]:
    # OpenVINO makes its table of types at the first use. Two threads that both come first wait for one another for
    # ever: one has the interpreter's lock and wants the table, the other makes the table and wants the lock.
    ready.inputs[0].get_element_type().to_dtype()
    return [ready.create_infer_request() for _ in range(max(1, ready.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")))]


def _vectors(request: Any) -> Forward:
    import numpy as np

    def forward(ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True, share_outputs=True)
        return np.array(found[0], np.float32), found[1]

    return forward


def _openvino_raw(request: Any, wanted: set[str]) -> Raw:
    import numpy as np

    def forward(ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        inputs = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in wanted:
            inputs["token_type_ids"] = np.zeros_like(ids) if types is None else types
        return request.infer(inputs, share_inputs=True, share_outputs=True)[0]

    return forward


def _session(model: Path, threads: int) -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _onnx_raw(session: Any) -> Raw:
    import numpy as np

    wanted = {port.name for port in session.get_inputs()}

    def forward(ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        inputs = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in wanted:
            inputs["token_type_ids"] = np.zeros_like(ids) if types is None else types
        return session.run(None, inputs)[0]

    return forward


def _pooling(raw: Raw, pooling: str) -> Forward:
    import numpy as np

    def forward(ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hidden = raw(ids, mask)
        if pooling == "cls":
            found = hidden[:, 0].astype(np.float32)
        else:
            weight = mask[..., None].astype(np.float32)
            found = (hidden * weight).sum(axis=1) / weight.sum(axis=1)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12), hidden

    return forward
