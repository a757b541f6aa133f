"""Libraries of any size, made through the real code of real sentences, the same for the same seed.

Each paper stands for a real abstract: its sentences are drawn from that abstract and from the ones nearest to
it in meaning, some opened by a common phrase, so that a paper keeps to one subject and few are alike.

Their vectors are a model, so that a million cost minutes and not days. A sentence has its real vector (with a
little noise where it was given an opening). A paper's passage has the sum of its sentences' and its title's
vectors plus noise of such a length that the sum and the passage have the cosine that real abstracts have to
the sum of their own sentences; it is measured on the pool, and stands with the library. Questions have their
real vectors. All goes through Library.add and Index.update, vectors by content hash like any other.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.index import Index
from assistant.index.neighbours import Neighbours
from assistant.library import Library
from assistant.papers import Paper
from assistant.text import sentences

from . import shared

SEED = 20
_POOL = 2000
_NEAR = 6
_OPENINGS = (
    "", "We find that ", "In this study, ", "Our results suggest: ", "As reported before, ", "In contrast, ",
    "Notably, ", "In a second experiment, ", "It was observed that ", "Taken together, ", "In our cohort, ",
    "By comparison, ", "According to this analysis, ", "Under these conditions, ", "In summary, ", "Here we note: ",
)
_NUMBER = re.compile(r" \((\d+)\)")
_NOISE = 0.25
YEARS = range(1925, 2025)
"""Papers have these years in turn, so that a range of years lets just so many per cent pass."""


class Pool:
    """Real titles and sentences with their real vectors: of the first abstracts of SciFact, and of its claims."""

    def __init__(self, folder: Path, size: int = _POOL) -> None:
        import numpy as np

        from assistant.config import Settings
        from assistant.embeddings import open_embedder

        lines = (shared() / "benchmarks" / "scifact_train" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines[:size]]
        self.titles = [r["title"] for r in rows]
        self.papers = [[r["abstract"][a:b] for a, b in sentences(r["abstract"])] for r in rows]
        queries = (shared() / "benchmarks" / "scifact_train" / "queries.jsonl").read_text(encoding="utf-8")
        self.questions = [json.loads(line)["text"] for line in queries.splitlines()]
        self.embedder = open_embedder(Settings())
        every = list(dict.fromkeys([s for p in self.papers for s in p] + self.titles))
        whole = [f"{t.rstrip(' .')}. {' '.join(p)}" for t, p in zip(self.titles, self.papers, strict=True)]
        file = folder / f"pool-{size}.npz"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            np.savez(file, every=self.embedder.encode(every), whole=self.embedder.encode(whole),
                     questions=self.embedder.encode(self.questions))
        kept = np.load(file)
        self.place = {text: i for i, text in enumerate(every)}
        self.vectors, self.whole = kept["every"], kept["whole"]
        self.asked = dict(zip(self.questions, kept["questions"], strict=True))
        sums = np.stack([
            self.vectors[[self.place[s] for s in p] + [self.place[t]]].sum(axis=0)
            for t, p in zip(self.titles, self.papers, strict=True)
        ])
        sums /= np.linalg.norm(sums, axis=1, keepdims=True)
        self.likeness = float((sums * self.whole).sum(axis=1).mean())
        near = self.whole @ self.whole.T
        self.near = np.argsort(-near, axis=1)[:, :_NEAR]

    def paper(self, n: int) -> tuple[Paper, list[tuple[str, str]]]:
        """Paper `n`, and its sentences, each with its opening."""
        chance = random.Random(SEED * 10_000_019 + n)
        home = n % len(self.papers)
        around = [s for i in self.near[home] for s in self.papers[int(i)]] or ["Nothing is known."]
        # As many sentences as the real abstract has, half of them its own.
        count = max(1, min(16, len(self.papers[home])))
        own = chance.sample(self.papers[home], count // 2) if count > 1 else []
        said = [(chance.choice(_OPENINGS), s) for s in [*own, *chance.choices(around, k=count - len(own))]]
        text = " ".join(opening + sentence for opening, sentence in said)
        title = f"{self.titles[home].rstrip(' .')} ({n})"
        return Paper(title, text, year=YEARS[n % len(YEARS)], doi=f"10.5555/sized.{n}",
                     authors=(f"Author{n % 997} Family{n % 4999}",)), said


class Modelled:
    """An embedder that knows the vectors of the pool, and by the model those of what is made of it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.fingerprint = f"sized/{pool.embedder.fingerprint}"
        self.dimension = pool.vectors.shape[1]

    def encode(self, texts: Sequence[str]) -> Any:
        """One unit row per text. What is not of the pool is encoded for real."""
        import numpy as np

        pool = self.pool
        out = np.empty((len(texts), self.dimension), np.float32)
        noise: list[int] = []
        lengths: list[float] = []
        real: list[int] = []
        for i, text in enumerate(texts):
            numbered = _NUMBER.search(text)
            if numbered and numbered.end() + 1 < len(text):
                n = int(numbered[1])
                _, said = pool.paper(n)
                places = [pool.place[s] for s in (*(s for _, s in said), pool.titles[n % len(pool.titles)])]
                whole = pool.vectors[places].sum(axis=0)
                out[i] = whole / max(float(np.linalg.norm(whole)), 1e-9)
                noise.append(i)
                lengths.append((1 / pool.likeness**2 - 1) ** 0.5)
            elif numbered:
                out[i] = pool.vectors[pool.place[pool.titles[int(numbered[1]) % len(pool.titles)]]]
                noise.append(i)
                lengths.append(0.05)
            elif text in pool.asked:
                out[i] = pool.asked[text]
            elif (place := pool.place.get(text)) is not None:
                out[i] = pool.vectors[place]
            elif rest := next((text[len(o) :] for o in _OPENINGS[1:] if text.startswith(o) and text[len(o) :]
                               in pool.place), ""):
                out[i] = pool.vectors[pool.place[rest]]
                noise.append(i)
                lengths.append(_NOISE)
            else:
                real.append(i)
        if real:
            out[real] = pool.embedder.encode([texts[i] for i in real])
        if noise:
            made = np.stack([_noise(texts[i], self.dimension) for i in noise])
            out[noise] += made * np.array(lengths, np.float32)[:, None]
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def _noise(text: str, dimension: int) -> Any:
    import numpy as np

    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
    row = np.random.Generator(np.random.SFC64(seed)).standard_normal(dimension, np.float32)
    return row / np.linalg.norm(row)


class Sized:
    """A library of `size` papers in a folder, made at first and reused after. `made` says what it cost."""

    def __init__(self, folder: Path, size: int, *, chroma: bool = True) -> None:
        self.pool = Pool(folder)
        self.embedder = Modelled(self.pool)
        self.home = folder / f"papers-{size}"
        self.library = Library.open(self.home)
        self.index = Index.open(self.home, self.library, self.embedder)
        self.made: dict[str, float] = {}
        note = self.home / "made.json"
        if note.exists():
            self.made = json.loads(note.read_text())
            return
        if not chroma:
            Neighbours.put = lambda self, ids, vectors: None  # type: ignore[method-assign]
        began = time.perf_counter()
        self.library.add(self._papers(size))
        stored = time.perf_counter()
        self.index.update(vectors=False)
        worded = time.perf_counter()
        self.index.update()
        done = time.perf_counter()
        self.made = {"papers": size, "stored_s": stored - began, "words_s": worded - stored,
                     "vectors_s": done - worded, "chroma": chroma, "likeness": self.pool.likeness}
        note.write_text(json.dumps(self.made))

    def _papers(self, size: int) -> Iterator[Paper]:
        for n in range(size):
            yield self.pool.paper(n)[0]

    def questions(self, count: int) -> list[str]:
        """So many real claims, spread over all."""
        every = self.pool.questions
        return [every[i * len(every) // count] for i in range(min(count, len(every)))]

    def close(self) -> None:
        """Let go of the files."""
        self.index.close()
        self.library.close()
