"""A cross-encoder small enough to be worked out by hand, in the Hugging Face layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

WORDS = ("kidney", "malaria", "graph", "speech", "protein", "grows", "mice", "vaccine", "teaching", "quantum")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SHARED, BIAS = 6.0, -9.0


def cross_encoder(folder: Path, *, labels: int = 1, words: tuple[str, ...] = WORDS) -> Path:
    """A model in `folder` whose logit is 6 for each known word that question and paper share, less 9.

    With two labels the second is that logit and the first its negative; with more it fits nothing.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: i for i, word in enumerate((*_SPECIAL, *words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # As packaged tokenizers are: cut and padded, which must not be kept.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    (folder / "onnx").mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 512, "pad_token_id": 0}))

    size = len(vocabulary)
    one_hot = np.eye(size, dtype=np.float32)
    one_hot[: len(_SPECIAL)] = 0
    weights = {
        "E": one_hot, "one": np.float32(1), "three": np.array([2], np.int64), "tokens": np.array([1], np.int64),
        "scale": np.array([[SHARED, -SHARED, 0][:labels][::-1] if labels > 1 else [SHARED]], np.float32),
        "bias": np.array([[BIAS, -BIAS, 0][:labels][::-1] if labels > 1 else [BIAS]], np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["E", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["token_type_ids"], ["second"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["one", "second"], ["first"]),
    ]
    for name in ("first", "second"):
        nodes += [
            helper.make_node("Mul", [name, "mask"], [f"{name}_seen"]),
            helper.make_node("Unsqueeze", [f"{name}_seen", "three"], [f"{name}_wide"]),
            helper.make_node("Mul", ["each", f"{name}_wide"], [f"{name}_each"]),
            helper.make_node("ReduceSum", [f"{name}_each", "tokens"], [f"{name}_counts"], keepdims=0),
            helper.make_node("Min", [f"{name}_counts", "one"], [f"{name}_has"]),
        ]
    nodes += [
        helper.make_node("Mul", ["first_has", "second_has"], ["both"]),
        helper.make_node("ReduceSum", ["both", "tokens"], ["shared"], keepdims=1),
        helper.make_node("Mul", ["shared", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["logits"]),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens_of"])
              for name in ("input_ids", "attention_mask", "token_type_ids")]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])
    graph = helper.make_graph(nodes, "by_hand", inputs, [output],
                              [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    return folder
