"""The quick form of an encoder: where it is kept, how it is made, and whether it may be used.

It lies in the user's cache folder, under a key of weights, OpenVINO's version and processor:

    litassist/encoders/KEY/  model.xml  model.bin  made.json

It is made in a process of its own (1 GB at the peak), in a folder beside it that takes its name when all is
written: one that was interrupted is never seen, and of several that make it at once, one does. What can't be
made or does not agree with the plain form well enough is noted as refused and not tried again; what is
damaged (other files than were made, other vectors than they gave) is thrown away; what can't be loaded now, for want
of memory, stays for another time. Nothing of this ever fails a question: the plain form serves.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, EmbeddingError, first_line
from .batches import Batches
from .runtimes import Running, abilities, compiled, openvino_core, openvino_works, running, running_quantised
from .weights import Weights, has_openvino, sha256

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)
RUNTIME = "openvino-int8"
MEAN_COSINE, LEAST_COSINE = 0.995, 0.98
"""How near the vectors of the quick form must be to the plain one's, on average and each."""
_VERSION = 3
_KEPT = 3
_SECONDS = 600
_MAKE = f"import sys; from {__name__} import main; sys.exit(main(sys.argv[1]))"


def possible(weights: Weights) -> bool:
    """Whether a quick form of these weights can be made here at all; nothing is loaded for that."""
    return bool(weights.heads) and has_openvino() and weights.model.suffix == ".onnx"


def folder(weights: Weights) -> Path:
    """Where the quick form of these weights lies, or would lie, on this machine."""
    import platformdirs

    core = openvino_core()
    from openvino import get_version

    shaping = [_VERSION, weights.digest(), weights.pooling, weights.heads, get_version(),
               core.get_property("CPU", "FULL_DEVICE_NAME"), *sorted(abilities())]
    key = hashlib.sha256(json.dumps(shaping).encode()).hexdigest()[:16]
    root = Path(platformdirs.user_cache_dir("litassist", appauthor=False))
    return root / "encoders" / f"{weights.digest()[:12]}-{key}"


class Damaged(ValueError):
    """The quick form is not what was made, and of no use to anybody."""


def opened(weights: Weights, tokenizer: Any, threads: int = 0) -> Running | None:
    """The quick form, ready to run; None where it is not there, was refused, can't be loaded now, or is damaged (and
    then removed).

    Before it is used its files are compared with their checksums, and its vectors of some texts with the
    plain form's.
    """
    if not openvino_works():
        return None
    place = folder(weights)
    said = _said(place)
    if said is None or "refused" in said:
        return None
    try:
        files, texts, expected = _noted(said)
        if any(_differs(place / name, digest) for name, digest in files.items()):
            raise Damaged("its files are not those that were made")
        found = running_quantised(place / "model.xml", threads=threads)
        given = vectors(found, tokenizer, texts, weights.max_tokens)
        if given.shape != expected.shape:
            raise Damaged("its note made.json holds other vectors than it gives")
        mean, least = agreement(given, expected)
        # Not a number is no agreement either.
        if not (mean >= MEAN_COSINE and least >= LEAST_COSINE):
            raise Damaged(f"its vectors are off (mean cosine {mean:.4f}, least {least:.4f})")
    except Damaged as error:
        log.warning("the quick form of %s is not used and will be made again: %s", weights.name, error)
        shutil.rmtree(place, ignore_errors=True)
        return None
    except (EmbeddingError, RuntimeError, OSError, MemoryError) as error:
        log.warning("the quick form of %s can't be loaded now and is not used: %s", weights.name, first_line(error))
        return None
    return found


def _noted(said: dict[str, Any]) -> tuple[dict[str, str], list[str], np.ndarray]:
    """The files with their checksums, the texts to try and their vectors, as the note has them. Damaged without."""
    import numpy as np

    files, texts = said.get("files"), said.get("texts")
    try:
        expected = np.asarray(said.get("vectors"), np.float32)
    except (TypeError, ValueError):
        raise Damaged("its note made.json holds no vectors") from None
    if not (isinstance(files, dict) and {"model.xml", "model.bin"} <= files.keys() and isinstance(texts, list) and texts
            and all(isinstance(text, str) for text in texts) and expected.ndim == 2 and len(expected) == len(texts)):
        raise Damaged("its note made.json lacks what was written there")
    return files, texts, expected


def _differs(file: Path, digest: object) -> bool:
    """Whether a file is missing or another; OSError when it can't be read just now."""
    if not file.is_file():
        return True
    with file.open("rb") as opened_file:
        return hashlib.file_digest(opened_file, "sha256").hexdigest() != digest


def made(weights: Weights) -> bool:
    """Whether the quick form lies there, after making it in a process of its own if need be.

    That process goes on when this one ends: it is niced, and done within a minute.
    """
    if not openvino_works():
        return False
    if _said(folder(weights)) is None:
        if not sys.executable or getattr(sys, "frozen", False):
            return False
        given = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(weights).items()}
        given["checksums"] = [[str(path), digest] for path, digest in weights.checksums]
        here = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(p for p in (here, os.environ.get("PYTHONPATH", "")) if p)
        try:
            done = subprocess.run(
                [sys.executable, "-c", _MAKE, json.dumps(given)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=_SECONDS, check=False,
                start_new_session=True, env={**os.environ, "PYTHONPATH": path},
            )
        except (OSError, subprocess.SubprocessError) as error:
            log.info("the quick form of %s was not made: %s", weights.name, error)
            return False
        if done.returncode:
            log.info("the quick form of %s was not made: %s", weights.name, done.stderr.strip()[-300:])
    said = _said(folder(weights))
    return said is not None and "refused" not in said


def state(weights: Weights) -> dict[str, Any]:
    """What is known of the quick form here: `cosine`, `least`, `times` (as fast as plain), or `refused`; else empty."""
    said = _said(folder(weights)) if possible(weights) and openvino_works() else None
    return {k: v for k, v in (said or {}).items() if k in ("cosine", "least", "times", "seconds", "refused")}


# ------------------------------------------------------------------------- making


def make(weights: Weights, texts: Sequence[str] | None = None) -> dict[str, Any]:
    """The quick form made and noted; what is noted. Another process that makes it is waited for.

    `texts` (the built-in sample's by default) give the ranges, and some of them the comparison. OSError when
    the cache folder can't be written.
    """
    from filelock import FileLock

    place = folder(weights)
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_suffix(".lock"), timeout=_SECONDS):
        said = _said(place)
        if said is not None:
            return said
        for left in place.parent.glob(f"{place.name}.*.part"):
            shutil.rmtree(left, ignore_errors=True)
        # What lies under the name without a readable note is nothing.
        shutil.rmtree(place, ignore_errors=True)
        part = place.parent / f"{place.name}.{os.getpid()}.part"
        part.mkdir()
        try:
            said = _made_in(part, weights, list(texts) if texts is not None else _texts())
            (part / "made.json").write_text(json.dumps(said), encoding="utf-8")
            part.rename(place)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        _prune(place)
        return said


def _made_in(part: Path, weights: Weights, texts: list[str]) -> dict[str, Any]:
    import numpy as np
    from tokenizers import Tokenizer

    from . import quantised

    began = time.perf_counter()
    weights.check()
    tokenizer = Tokenizer.from_file(str(weights.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(weights.max_tokens)
    # Every fourth is kept for the comparison: the ranges know nothing of them.
    compared = texts[::4]
    coded = [e.ids for e in tokenizer.encode_batch([t for i, t in enumerate(texts) if i % 4])]
    try:
        layers = quantised.layers(weights.model, weights.heads or 1)
        ranges = quantised.observed(layers, weights.pooling, coded, compiled)
        model, _ = quantised.graph(layers, weights.pooling, ranges)
    except quantised.NotBert as error:
        return {"refused": f"no BERT encoder in a form that is known here ({error})"}
    import openvino

    openvino.save_model(model, str(part / "model.xml"), compress_to_fp16=False)
    plain, quick = running(weights, runtime="openvino"), running_quantised(part / "model.xml")
    times = [[_timed(form, tokenizer, compared, weights.max_tokens) for form in (plain, quick)] for _ in range(3)]
    expected = vectors(plain, tokenizer, compared, weights.max_tokens)
    mean, least = agreement(vectors(quick, tokenizer, compared, weights.max_tokens), expected)
    faster = float(np.median([p for p, _ in times]) / np.median([q for _, q in times]))
    said: dict[str, Any] = {"cosine": round(mean, 5), "least": round(least, 5), "times": round(faster, 2)}
    if mean < MEAN_COSINE or least < LEAST_COSINE:
        said["refused"] = "its vectors are too far from the plain form's"
    elif faster < 1:
        said["refused"] = "it is no faster than the plain form on this processor"
    if "refused" in said:
        (part / "model.xml").unlink()
        (part / "model.bin").unlink()
        return said
    shown = sorted(range(len(compared)), key=lambda i: len(compared[i]))[:4]
    return {
        **said, "seconds": round(time.perf_counter() - began, 1),
        "files": {name: sha256(part / name) for name in ("model.xml", "model.bin")},
        "texts": [compared[i] for i in shown], "vectors": [[round(float(x), 6) for x in expected[i]] for i in shown],
    }


def vectors(form: Running, tokenizer: Any, texts: Sequence[str], max_tokens: int) -> np.ndarray:
    """One row per text, by this form."""
    batches = Batches(lambda: form, max_tokens)
    try:
        return batches.encoded([e.ids for e in tokenizer.encode_batch(list(texts))], short=False)
    finally:
        batches.close()


def agreement(found: Any, expected: Any) -> tuple[float, float]:
    """The mean and the least cosine of two arrays of unit rows."""
    import numpy as np

    cosines = (np.asarray(found, np.float32) * np.asarray(expected, np.float32)).sum(axis=1)
    return float(cosines.mean()), float(cosines.min())


def _timed(form: Running, tokenizer: Any, texts: Sequence[str], max_tokens: int) -> float:
    began = time.perf_counter()
    vectors(form, tokenizer, texts, max_tokens)
    return time.perf_counter() - began


def _texts() -> list[str]:
    """Abstracts, titles and sentences of the built-in sample: texts of every length that is met."""
    from .. import sample
    from ..text import sentences

    papers = sample.papers()
    several = [[p.abstract, p.title, *(p.abstract[a:b] for a, b in sentences(p.abstract)[1:2])] for p in papers]
    return [text for three in several for text in three]


def _said(place: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((place / "made.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _prune(place: Path) -> None:
    """Forms of the same weights for other versions and processors, but for the latest, are removed."""
    others = [p for p in place.parent.glob(f"{place.name.split('-')[0]}-*") if p.is_dir() and not p.suffix]
    others.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in others[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
        old.with_suffix(".lock").unlink(missing_ok=True)


def main(given: str) -> int:
    """Make the quick form of the weights that are given as JSON; the exit status."""
    if hasattr(os, "nice"):
        os.nice(10)
    raw = json.loads(given)
    weights = Weights(**{**raw, "model": Path(raw["model"]), "tokenizer": Path(raw["tokenizer"]),
                         "checksums": tuple((Path(path), digest) for path, digest in raw["checksums"])})
    try:
        make(weights)
    except (OSError, RuntimeError, ConfigError, EmbeddingError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0

