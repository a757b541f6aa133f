"""What runs a model's file: OpenVINO where it is installed, else ONNX Runtime.

Their vectors agree to a cosine above .999, so the runtime is no part of a fingerprint.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ConfigError, first_line
from ..machine import cores
from .weights import Weights, has_openvino

if TYPE_CHECKING:
    import numpy as np


class Raw(Protocol):
    """Token ids, mask and, where a model takes them, segments to the model's first output."""

    def __call__(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        """The first output."""


Forward = Callable[["np.ndarray", "np.ndarray"], tuple["np.ndarray", "np.ndarray"]]
"""Token ids and mask to unit vectors, and to the vectors of the tokens: these until the next call. One caller at a
time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A loaded encoder: so many forwards that can run side by side, and by what."""

    forwards: tuple[Forward, ...]
    runtime: str


def loaded(model: Path) -> Raw:
    """The model in a file, ready to run. One caller at a time. ConfigError when the file can't be loaded."""
    try:
        if not has_openvino():
            return _onnx_raw(_session(model, 0))
        ready = compiled(str(model), latency=True)
        return _openvino_raw(ready.create_infer_request(), _names(ready))
    except RuntimeError as error:
        raise _unloadable(model, error) from None


def running(weights: Weights, *, runtime: str | None = None, threads: int = 0) -> Running:
    """The encoder in its plain form, ready to run on as many threads (0: as suits the machine).

    ConfigError when its file can't be loaded.
    """
    try:
        if not (has_openvino() if runtime is None else runtime == "openvino"):
            # One session may be run from several threads at once.
            side_by_side = threads or min(cores(), 8)
            raw = _onnx_raw(_session(weights.model, 1))
            return Running((_pooling(raw, weights.pooling),) * side_by_side, "onnxruntime")
        ready = compiled(str(weights.model), threads=threads)
        names = _names(ready)
        return Running(tuple(_pooling(_openvino_raw(request, names), weights.pooling) for request in _requests(ready)),
                       "openvino")
    except RuntimeError as error:
        raise _unloadable(weights.model, error) from None


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


def abilities() -> tuple[str, ...]:
    """What this processor does in hardware, in OpenVINO's words: INT8, BF16 …"""
    return tuple(openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def _unloadable(model: Path, error: Exception) -> ConfigError:
    return ConfigError(f"The model in {model} can't be loaded: {first_line(error)}")


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
