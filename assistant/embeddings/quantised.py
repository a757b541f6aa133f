"""The static int8 form of a BERT encoder: its layers built anew from an ONNX file's weights, for OpenVINO.

The exporters' graphs run in floating point, however their weights are stored. Here the four matrix products of
each layer take 8-bit activations, with ranges seen on calibration texts; attention, layer norm and embeddings
stay in floating point. Measured, and so done:

- Ranges are per tensor after each channel was moved to its middle and scaled (Outlier Suppression+, Wei et al.
  2023; SmoothQuant, Xiao et al. 2023, strength 0.6); the weights take up the scale, the biases the shift.
- After GELU one channel or two in each layer are far beyond the rest and their weights are too, so nothing can be
  moved into them: what goes beyond `GELU_FAR` is multiplied apart, in floating point, and the range of the rest
  is cut at `GELU_CUT` (mean cosine .998 instead of .997, for a twelfth of the time).
- Biases take up the mean error of the rounded weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .runtimes import openvino_core

if TYPE_CHECKING:
    import numpy as np

STRENGTH = 0.6
GELU_CUT, GELU_FAR = 6.0, 8.0
_EPSILON = 1e-12
_PARTS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
          "intermediate.dense", "output.dense")

Ranges = dict[str, tuple["np.ndarray", "np.ndarray", "np.ndarray"]]
"""Lowest, highest and mean value of each channel, by the name of the place in the graph."""


class NotBert(ValueError):
    """The file holds no BERT encoder, or one laid out in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The weights of a BERT encoder."""

    count: int
    heads: int
    words: tuple[np.ndarray, np.ndarray | None]
    """Word vectors, and their scales where they are stored as int8."""
    positions: np.ndarray
    """Position vectors, with the vector of the first segment added."""
    matrices: dict[str, np.ndarray]
    """Weights, rows in and columns out, by the name of their layer and part."""
    vectors: dict[str, np.ndarray]
    """Biases and the weights of layer norms."""

    @property
    def width(self) -> int:
        """The length of a hidden vector."""
        return int(self.words[0].shape[1])


def layers(model: Path, heads: int) -> Layers:
    """The weights in an ONNX file. NotBert when they are not there under the names that BERT gives them."""
    import numpy as np

    nodes = openvino_core().read_model(str(model)).get_ordered_ops()
    vectors: dict[str, np.ndarray] = {}
    matrices: dict[str, np.ndarray] = {}
    tables: list[tuple[np.ndarray, np.ndarray | None]] = []
    segments: np.ndarray | None = None
    for node in nodes:
        name = str(node.get_friendly_name())
        kind = node.get_type_name()
        if kind == "Constant":
            if name.endswith((".bias", "LayerNorm.weight")):
                vectors[_plain(name)] = np.array(node.data, np.float32)
            elif name.endswith("token_type_embeddings.weight"):
                segments = np.array(node.data, np.float32)
            elif name.endswith(("word_embeddings.weight", "position_embeddings.weight")):
                tables.append((np.array(node.data, np.float32), None))
            elif name.endswith(("word_embeddings.weight_q", "position_embeddings.weight_q")):
                scale = next((n for n in nodes if n.get_friendly_name() == f"{name[:-1]}scale"), None)
                if scale is None:
                    raise NotBert(name)
                tables.append((np.array(node.data), np.array(scale.data, np.float32)))
        elif kind == "Add":
            sides = [node.input_value(i).get_node() for i in (0, 1)]
            bias = next((s for s in sides if s.get_friendly_name().endswith(".bias")), None)
            product = next((s for s in sides if s.get_type_name() == "MatMul"), None)
            if bias is not None and product is not None:
                key = _plain(str(bias.get_friendly_name())).removesuffix(".bias")
                matrix = _constant(product.input_value(1).get_node())
                matrices[key] = matrix.T if product.get_attributes().get("transpose_b") else matrix
    count = sum(name.endswith("intermediate.dense.bias") for name in vectors)
    words, positions = max(tables, key=lambda t: len(t[0]), default=None), min(tables, key=lambda t: len(t[0]),
                                                                               default=None)
    wanted = [f"encoder.layer.{i}.{part}" for i in range(count) for part in _PARTS]
    if not count or words is None or positions is None or segments is None or set(wanted) != set(matrices):
        raise NotBert(model.name)
    width = words[0].shape[1]
    if width % heads:
        raise NotBert(model.name)
    table = positions[0].astype(np.float32) * (1 if positions[1] is None else positions[1]) + segments[:1]
    return Layers(count, heads, words, table.astype(np.float32), matrices, vectors)


def _plain(name: str) -> str:
    """The name from `embeddings.` or `encoder.` on: what stands before it differs from export to export."""
    for part in ("embeddings.LayerNorm", "encoder.layer."):
        if (at := name.find(part)) >= 0:
            return name[at:]
    return name


def _constant(node: Any) -> np.ndarray:
    """The matrix that a chain of constant steps gives: int8 weights, widened and scaled."""
    import numpy as np

    kind = node.get_type_name()
    if kind == "Constant":
        return np.array(node.data)
    inputs = [_constant(node.input_value(i).get_node()) for i in range(node.get_input_size())]
    if kind == "Convert":
        return inputs[0].astype(np.float32)
    if kind == "Multiply":
        return (inputs[0].astype(np.float32) * inputs[1]).astype(np.float32)
    if kind == "Transpose":
        return inputs[0].transpose(inputs[1])
    raise NotBert(kind)


def graph(
    weights: Layers, pooling: str, ranges: Ranges | None = None, *, observe: bool = False
) -> tuple[Any, list[str]]:
    """An OpenVINO model from `input_ids` and `attention_mask` to unit vectors, and to the vectors of the tokens.

    With `ranges` in int8, else in floating point. With `observe` the lowest, highest and mean values of
    the inputs of each matrix product are further outputs, three for each of the places that are returned.
    """
    import openvino
    from openvino import opset13 as op

    ids = op.parameter([-1, -1], openvino.Type.i64, name="input_ids")
    mask = op.parameter([-1, -1], openvino.Type.i64, name="attention_mask")
    for port, name in ((ids, "input_ids"), (mask, "attention_mask")):
        port.output(0).set_names({name})
    built = _Graph(weights, ranges)
    x = built.embedded(ids)
    head = weights.width // weights.heads
    split, whole = built.integers(0, 0, weights.heads, head), built.integers(0, 0, weights.width)
    bias = op.multiply(op.subtract(built.number(1), op.convert(op.unsqueeze(mask, built.integers(1, 2)), "f32")),
                       built.number(-65504))
    for i in range(weights.count):
        at = f"encoder.layer.{i}."
        query, key, value = built.products(x, f"{i}.in", [at + part for part in _PARTS[:3]])
        turned = op.multiply(op.transpose(op.reshape(query, split, True), built.integers(0, 2, 1, 3)),
                             built.number(head**-0.5))
        # Written out in this form, the plugin makes one kernel of scores, softmax and sum.
        keys = op.transpose(op.reshape(key, split, True), built.integers(0, 2, 3, 1))
        values = op.transpose(op.reshape(value, split, True), built.integers(0, 2, 1, 3))
        seen = op.matmul(op.softmax(op.add(op.matmul(turned, keys, False, False), bias), -1), values, False, False)
        joined = op.reshape(op.transpose(seen, built.integers(0, 2, 1, 3)), whole, True)
        (out,) = built.products(joined, f"{i}.attended", [at + _PARTS[3]])
        x = built.normed(op.add(out, x), at + "attention.output.LayerNorm")
        (wide,) = built.products(x, f"{i}.between", [at + _PARTS[4]])
        (narrow,) = built.products(op.gelu(wide, "erf"), f"{i}.gelu", [at + _PARTS[5]])
        x = built.normed(op.add(narrow, x), at + "output.LayerNorm")
    tokens = op.result(x)
    if pooling == "cls":
        x = op.gather(x, built.integer(0), built.integer(1))
    else:
        shown = op.convert(op.unsqueeze(mask, built.integers(-1)), "f32")
        x = op.reduce_sum(op.multiply(x, shown), built.integers(1), False)
    results = [op.result(op.normalize_l2(x, built.integers(1), _EPSILON, "add")), tokens]
    if observe:
        results += [op.result(f(node, built.integers(0, 1), False)) for node in built.places.values()
                    for f in (op.reduce_min, op.reduce_max, op.reduce_mean)]
    return openvino.Model(results, [ids, mask], "encoder"), list(built.places)


class _Graph:
    def __init__(self, weights: Layers, ranges: Ranges | None) -> None:
        self._weights, self._ranges = weights, ranges
        self.places: dict[str, Any] = {}
        """The input of each group of matrix products."""

    # ---- constants

    def number(self, value: float) -> Any:
        return self._of(value, "float32")

    def integer(self, value: int) -> Any:
        return self._of(value, "int64")

    def integers(self, *values: int) -> Any:
        return self._of(list(values), "int64")

    def row(self, values: np.ndarray) -> Any:
        return self._of(values.reshape(1, 1, -1), "float32")

    @staticmethod
    def _of(value: Any, kind: str) -> Any:
        import numpy as np
        from openvino import opset13 as op

        return op.constant(np.asarray(value, kind))

    # ---- parts

    def embedded(self, ids: Any) -> Any:
        from openvino import opset13 as op

        table, scales = self._weights.words
        words = op.gather(op.constant(table), ids, self.integer(0))
        if scales is not None:
            words = op.multiply(op.convert(words, "f32"), op.gather(op.constant(scales), ids, self.integer(0)))
        length = op.gather(op.shape_of(ids), self.integers(1), self.integer(0))
        places = op.slice(op.constant(self._weights.positions), self.integers(0), length, self.integers(1),
                          self.integers(0))
        return self.normed(op.add(words, op.unsqueeze(places, self.integer(0))), "embeddings.LayerNorm")

    def normed(self, x: Any, name: str) -> Any:
        from openvino import opset13 as op

        found = op.mvn(x, self.integers(-1), True, _EPSILON, "inside_sqrt")
        vectors = self._weights.vectors
        return op.add(op.multiply(found, self.row(vectors[f"{name}.weight"])), self.row(vectors[f"{name}.bias"]))

    def products(self, x: Any, place: str, names: list[str]) -> list[Any]:
        """The products of one input with several matrices, biases added."""
        import numpy as np
        from openvino import opset13 as op

        self.places[place] = x
        matrices = [self._weights.matrices[name] for name in names]
        biases = [self._weights.vectors[f"{name}.bias"] for name in names]
        if self._ranges is None:
            return [op.add(op.matmul(x, op.constant(m), False, False), self.row(b))
                    for m, b in zip(matrices, biases, strict=True)]
        low, high, mean = self._ranges[place]
        apart: list[Any] = []
        if place.endswith(".gelu") and (far := np.flatnonzero(high > GELU_FAR)).size:
            few = op.gather(x, op.constant(far.astype(np.int64)), self.integer(2))
            apart = [op.matmul(few, op.constant(m[far]), False, False) for m in matrices]
            matrices = [np.where(np.isin(np.arange(len(m)), far)[:, None], 0, m).astype(np.float32) for m in matrices]
            high, mean = np.where(high > GELU_FAR, 0, high), np.where(high > GELU_FAR, 0, mean)
        fitted = fit(low, high, mean, matrices, scaled=not place.endswith(".gelu"))
        if fitted.scaled:
            x = op.add(op.multiply(x, self.row(1 / fitted.scale)), self.row(-fitted.zero / fitted.scale))
            least, most = -128 * fitted.step, 127 * fitted.step
        else:
            least, most = (float(fitted.zero[0] + k * fitted.step) for k in (-128, 127))
        x = op.fake_quantize(x, self.number(least), self.number(most), self.number(-128 * fitted.step),
                             self.number(127 * fitted.step), 256)
        found = []
        for matrix, bias in zip(matrices, biases, strict=True):
            rounded, scales, shift = fitted.rounded(matrix)
            exact = op.multiply(op.convert(op.constant(rounded), "f32"), op.constant(scales))
            found.append(op.add(op.matmul(x, exact, False, False), self.row(bias + shift)))
        return [op.add(one, more) for one, more in zip(found, apart, strict=True)] if apart else found


@dataclass(frozen=True, slots=True)
class Fit:
    """How an input is brought to 8 bits: `(x - zero) / scale` is a multiple of `step`, -128 to 127 times."""

    zero: np.ndarray
    scale: np.ndarray
    step: float
    mean: np.ndarray
    """The mean of the input, as it is after scaling."""
    scaled: bool

    def rounded(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The matrix as int8, the scale of each column, and what the bias must take up."""
        import numpy as np

        wide = matrix * self.scale[:, None]
        scales = np.maximum(np.abs(wide).max(axis=0, keepdims=True), _EPSILON) / 127
        rounded = np.clip(np.rint(wide / scales), -127, 127)
        shift = self.zero @ matrix + self.mean @ (wide - rounded * scales)
        return rounded.astype(np.int8), scales.astype(np.float32), shift.astype(np.float32)


def fit(low: np.ndarray, high: np.ndarray, mean: np.ndarray, matrices: list[np.ndarray], *, scaled: bool) -> Fit:
    """How to bring an input with these ranges to 8 bits, given the matrices that it is multiplied with.

    `scaled` moves each channel to its middle and balances it with the weights; else one range holds for
    all channels, cut at `GELU_CUT`.
    """
    import numpy as np

    if scaled:
        half = np.maximum((high - low) / 2, 1e-5)
        loads = np.maximum(np.max([np.abs(m).max(axis=1) for m in matrices], axis=0), 1e-5)
        balance = half**STRENGTH / loads ** (1 - STRENGTH)
        reach = balance * (half / balance).max()
        middle = (low + high) / 2
        low, high = middle - reach, middle + reach
    else:
        low = np.full_like(low, low.min())
        high = np.full_like(high, min(float(high.max()), GELU_CUT))
    steps = (high - low) / 255
    step = float(steps.mean())
    zero, scale = low + 128 * steps, steps / step
    return Fit(zero, scale, step, (np.clip(mean, low, high) - zero) / scale, scaled)


def observed(weights: Layers, pooling: str, coded: Iterable[list[int]], compiled: Callable[[Any], Any]) -> Ranges:
    """The ranges of every place over these tokenised texts; `compiled` makes a model ready to run."""
    import numpy as np

    model, places = graph(weights, pooling, observe=True)
    request = compiled(model).create_infer_request()
    seen: dict[str, list[list[np.ndarray]]] = {place: [[], [], []] for place in places}
    for ids in coded:
        found = request.infer({"input_ids": np.array([ids], np.int64),
                               "attention_mask": np.ones((1, len(ids)), np.int64)})
        for k, place in enumerate(places):
            for j in range(3):
                seen[place][j].append(np.array(found[2 + 3 * k + j]))
    return {place: (np.min(low, axis=0), np.max(high, axis=0), np.mean(mean, axis=0))
            for place, (low, high, mean) in seen.items()}
