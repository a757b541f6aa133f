"""The quick form of the encoder: made once, near enough to the plain one, and never trusted unseen."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.config import Settings
from assistant.embeddings import builtin_weights, forms, open_embedder, quantised
from assistant.embeddings.encoder import Encoder
from assistant.embeddings.weights import Weights

pytest.importorskip("openvino")

CALIBRATION = [
    "Dense retrieval finds passages by meaning, with one vector for each passage and one for the question.",
    "The kidney filters the blood, and what it holds back decides the balance of salts. " * 4,
    "A survey", "We measure how often the heads of a transformer can be removed without loss: half of them.",
    "Cells were grown for 12 days at 37 degrees; 40% of them divided.", "Une phrase en français.",
    "Aeroelastic models of heated high speed aircraft obey similarity laws.",
    "Participants (n = 57) were asked to recall words; those who slept recalled 14% more.",
]
OTHERS = [
    "Microstructural development of the newborn's cerebral white matter was assessed by diffusion imaging. " * 3,
    "Which laws must be obeyed by models of aircraft?", "",
    "Retrieval with sparse vectors can be read by people, and ranks as well as dense vectors do.",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder with the quick form in it, made by the process's own entry, after one that was interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(root))
        patch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(root / name))
        patch.setattr(forms, "_texts", lambda: CALIBRATION)
        patch.setattr("os.nice", lambda _: 0)
        # Timings say nothing here: other tests run beside this one.
        seconds = iter([2.0, 1.0] * 3)
        patch.setattr(forms, "_timed", lambda *_: next(seconds))
        weights = builtin_weights()
        left = forms.folder(weights)
        left = left.parent / f"{left.name}.999.part"
        left.mkdir(parents=True)
        (left / "model.bin").write_bytes(b"half")
        assert forms.main(_given(weights)) == 0
        assert not left.exists()
        yield root


def _given(weights: Weights) -> str:
    return json.dumps({**asdict(weights), "model": str(weights.model), "tokenizer": str(weights.tokenizer),
                       "checksums": [[str(p), d] for p, d in weights.checksums]})


@pytest.fixture
def copied(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The quick form's folder in a cache of its own, to be broken."""
    shutil.copytree(cache, tmp_path / "cache")
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / "cache" / name))
    return forms.folder(builtin_weights())


def quick() -> Encoder:
    return Encoder(builtin_weights(), quick=True)


def test_the_quick_form_is_near_the_plain_one(cache: Path) -> None:
    encoder, plain = quick(), Encoder(builtin_weights())
    cosines = (encoder.encode(OTHERS) * plain.encode(OTHERS)).sum(axis=1)
    assert encoder.runtime == forms.RUNTIME
    assert plain.runtime == "openvino"
    assert cosines.mean() > forms.MEAN_COSINE
    assert cosines.min() > forms.LEAST_COSINE
    assert encoder.fingerprint == plain.fingerprint


def test_a_text_has_one_vector_whatever_stands_beside_it(cache: Path) -> None:
    other = quick()
    together, alone = quick().encode(OTHERS), [other.encode([text])[0] for text in OTHERS]
    assert (together * np.array(alone)).sum(axis=1).min() > 0.9999


def test_what_is_known_of_it_is_told(cache: Path) -> None:
    told = forms.state(builtin_weights())
    assert told["cosine"] > forms.MEAN_COSINE
    assert told["times"] == 2.0
    assert "refused" not in told


@pytest.mark.parametrize("break_it", ["model.bin", "model.xml", "vectors", "nothing", "list", "empty note",
                                      "no file", "fewer vectors"])
def test_a_damaged_form_is_thrown_away_and_the_plain_one_serves(copied: Path, break_it: str) -> None:
    note = copied / "made.json"
    if break_it.startswith("model"):
        held = bytearray((copied / break_it).read_bytes())
        held[len(held) // 2] ^= 1
        (copied / break_it).write_bytes(held)
    elif break_it == "vectors":
        said = json.loads(note.read_text())
        note.write_text(json.dumps({**said, "vectors": [v[::-1] for v in said["vectors"]]}))
    elif break_it == "fewer vectors":
        said = json.loads(note.read_text())
        note.write_text(json.dumps({**said, "vectors": [v[:9] for v in said["vectors"]]}))
    elif break_it == "no file":
        (copied / "model.bin").unlink()
    else:
        note.write_text({"nothing": '{"files": ', "list": "[]"}.get(break_it, "{}"))
    encoder = quick()
    assert encoder.encode(["a text"]).shape == (1, 384)
    assert encoder.runtime == "openvino"
    assert not note.exists() or break_it in ("nothing", "list")


@pytest.mark.parametrize("error", [RuntimeError("bad allocation"), MemoryError()])
def test_a_sound_form_that_cant_be_loaded_now_stays(
    copied: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(forms, "running_quantised", fails)
        encoder = quick()
        assert encoder.encode(["a text"]).shape == (1, 384)
        assert encoder.runtime == "openvino"
    assert (copied / "model.bin").is_file()
    later = quick()
    later.encode(["a text"])
    assert later.runtime == forms.RUNTIME


def test_a_note_without_anything_is_said_in_words(copied: Path, caplog: pytest.LogCaptureFixture) -> None:
    (copied / "made.json").write_text("{}")
    quick().encode(["a text"])
    assert "its note made.json" in caplog.text


def test_what_was_refused_is_neither_used_nor_tried_again(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copied / "made.json").write_text('{"refused": "too far"}')
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it was tried again"))
    assert not forms.made(builtin_weights())
    encoder = quick()
    encoder.encode(["a text"])
    assert encoder.runtime == "openvino"
    assert forms.state(builtin_weights()) == {"refused": "too far"}


def test_a_form_too_far_or_too_slow_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = builtin_weights()
    monkeypatch.setattr(forms, "_timed", lambda *_: 1.0)
    monkeypatch.setattr(forms, "agreement", lambda *_: (0.99, 0.95))
    assert "far" in forms._made_in(tmp_path, weights, CALIBRATION[2:6])["refused"]
    assert not list(tmp_path.iterdir())
    assert "BERT" in forms._made_in(tmp_path, replace(weights, heads=7), CALIBRATION[2:4])["refused"]


def test_of_several_that_make_it_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / name))
    made: list[int] = []
    both = threading.Event()

    def slowly(part: Path, *_: object) -> dict[str, Any]:
        made.append(1)
        both.wait(0.3)
        return {"cosine": 1.0}

    monkeypatch.setattr(forms, "_made_in", slowly)
    found: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: found.append(forms.make(builtin_weights()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    assert found == [{"cosine": 1.0}] * 3


def test_one_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / name))

    def fails(part: Path, *_: object) -> dict[str, Any]:
        (part / "model.bin").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(forms, "_made_in", fails)
    monkeypatch.setattr("os.nice", lambda _: 0)
    assert forms.main(_given(builtin_weights())) == 1
    assert not [p for p in (tmp_path / "litassist" / "encoders").iterdir() if p.is_dir()]


def test_where_the_cache_cant_be_written_the_plain_form_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / "file" / name))
    encoder = quick()
    encoder.warm()
    assert encoder._making is not None
    encoder._making.join(60)
    assert encoder.runtime == "openvino"
    assert len(encoder.encode(["still"])) == 1


def test_it_takes_the_plain_forms_place_once_it_is_there(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aside = copied.with_name("aside")
    copied.rename(aside)

    def made(_: Weights) -> bool:
        aside.rename(copied)
        return True

    monkeypatch.setattr(forms, "made", made)
    encoder = quick()
    before = encoder.encode(["a text"])
    assert encoder.runtime == "openvino"
    encoder.warm()
    assert encoder._making is not None
    encoder._making.join(60)
    assert encoder.runtime == forms.RUNTIME
    np.testing.assert_array_equal(encoder.encode(["a text"]), before)
    assert encoder.encode(["another"]) @ Encoder(builtin_weights()).encode(["another"]).T > 0.98


def test_a_question_alone_makes_nothing_and_much_reading_does(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Weights] = []
    monkeypatch.setattr(forms, "opened", lambda *_: None)
    monkeypatch.setattr(forms, "made", lambda weights: made.append(weights) or False)
    encoder = quick()
    encoder.encode(["one question"])
    assert not made
    encoder.encode([f"text {i}" for i in range(256)])
    assert encoder._making is not None
    encoder._making.join(20)
    assert len(made) == 1


def test_plain_means_plain(cache: Path) -> None:
    plain = open_embedder(Settings(encoder="plain"))
    assert isinstance(plain, Encoder)
    plain.warm()
    assert plain.runtime == "openvino"
    assert plain._making is None


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.booleans())
def test_eight_bits_give_nearly_the_same_product(seed: int, scaled: bool) -> None:
    random = np.random.default_rng(seed)
    spread = np.exp(random.normal(size=48)) if scaled else np.ones(48)
    x = (random.normal(size=(200, 48)) * spread + random.normal(size=48)).clip(-6, 6)
    matrix = random.normal(size=(48, 24))
    fitted = quantised.fit(x.min(0), x.max(0), x.mean(0), [matrix], scaled=scaled)
    steps = np.rint((x - fitted.zero) / fitted.scale / fitted.step)
    assert steps.min() >= -129
    assert steps.max() <= 128
    rounded, scales, shift = fitted.rounded(matrix)
    found = (steps.clip(-128, 127) * fitted.step) @ (rounded * scales) + shift
    wanted = x @ matrix
    assert np.abs(found - wanted).mean() < 0.03 * np.abs(wanted).mean() + 0.02


def test_it_is_said_which_form_computes(cache: Path, copied: Path) -> None:
    assert "quick form" in quick().described()
    (copied / "made.json").write_text('{"refused": "its vectors are too far from the plain form\'s"}')
    assert "too far" in quick().described()
    shutil.rmtree(copied)
    assert "in the background" in quick().described()
    assert quick().runtime == ""
    assert Encoder(builtin_weights()).described().endswith("plain form.")
