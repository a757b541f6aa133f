"""Papers recombined of real sentences, and a model of their vectors: the same for the same seed.

Each paper stands for a real abstract: its sentences are drawn from that abstract and from the ones nearest to
it in meaning, some opened by a common phrase, so that a paper keeps to one subject and few are alike.

Their vectors are a model, so that a million cost minutes and not days. A sentence has its real vector (with a
little noise where it was given an opening). A paper's passage has the sum of its sentences' and its title's
vectors plus noise of such a length that the sum and the passage have the cosine that real abstracts have to
the sum of their own sentences; it is measured on the pool, and stands with the library. Its tokens are those of
its title and sentences, each as encoded by itself. What is not of the pool, as questions are, is encoded for real.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.chunking import passages
from assistant.index.texts import indexed_texts
from assistant.index.vectors import ABSTRACT, SENTENCE
from assistant.papers import Paper

from . import shared

MODEL = 2
"""A library made by another one is made anew."""
SEED = 20
YEARS = range(1925, 2025)
"""Papers have these years in turn, so that a range of years lets just so many per cent pass."""
_POOL = 2000
_NEAR = 6
_OPENINGS = (
    "", "We find that ", "In this study, ", "Our results suggest: ", "As reported before, ", "In contrast, ",
    "Notably, ", "In a second experiment, ", "It was observed that ", "Taken together, ", "In our cohort, ",
    "By comparison, ", "According to this analysis, ", "Under these conditions, ", "In summary, ", "Here we note: ",
)
_OPENED = re.compile("|".join(re.escape(o) for o in _OPENINGS[1:]))
_NUMBERED = re.compile(r" \((\d+)\)(?=\. |$)")
_NOISE, _TITLE_NOISE = 0.25, 0.05
_BANK = 1 << 20


class Pool:
    """Real titles and sentences with their real vectors: of the first abstracts of SciFact, and of its claims."""

    def __init__(self, folder: Path, size: int = _POOL) -> None:
        import numpy as np

        from assistant.config import Settings
        from assistant.embeddings import open_embedder

        given = shared() / "benchmarks" / "scifact_train"
        rows = [json.loads(line) for line in (given / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:size]]
        kept = [(r["title"], found) for r in rows if (found := _steady(r["abstract"]))]
        self.titles = [title for title, _ in kept]
        self.papers = [found for _, found in kept]
        queries = (given / "queries.jsonl").read_text(encoding="utf-8")
        self.questions = [json.loads(line)["text"] for line in queries.splitlines()]
        self.embedder: Any = open_embedder(Settings())
        every = list(dict.fromkeys([s for p in self.papers for s in p] + self.titles))
        file = folder / f"pool-{MODEL}-{size}.npz"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            whole = [f"{t.rstrip(' .')}. {' '.join(p)}" for t, p in kept]
            np.savez(file, every=self.embedder.encode(every), whole=self.embedder.encode(whole))
        vectors = np.load(file)
        self.place = {text: i for i, text in enumerate(every)}
        self.vectors, self.whole = vectors["every"], vectors["whole"]
        self.codes = _codes(folder / f"tokens-{MODEL}-{size}.npz", self.embedder, every)
        sums = np.stack([
            self.vectors[[self.place[s] for s in p] + [self.place[t]]].sum(axis=0) for t, p in kept
        ])
        sums /= np.linalg.norm(sums, axis=1, keepdims=True)
        self.likeness = float((sums * self.whole).sum(axis=1).mean())
        near = self.whole @ self.whole.T
        self.near = np.argsort(-near, axis=1)[:, :_NEAR]

    def said(self, n: int) -> list[tuple[str, str]]:
        """The sentences of paper `n`, each with its opening."""
        chance = random.Random(SEED * 10_000_019 + n)
        home = n % len(self.papers)
        around = [s for i in self.near[home].tolist() for s in self.papers[i]]
        # As many sentences as the real abstract has, half of them its own.
        count = min(16, len(self.papers[home]))
        own = chance.sample(self.papers[home], count // 2) if count > 1 else []
        return [(chance.choice(_OPENINGS), s) for s in [*own, *chance.choices(around, k=count - len(own))]]

    def paper(self, n: int) -> Paper:
        """Paper `n`."""
        text = " ".join(opening + sentence for opening, sentence in self.said(n))
        title = f"{self.titles[n % len(self.titles)].rstrip(' .')} ({n})"
        return Paper(title, text, year=YEARS[n % len(YEARS)], doi=f"10.5555/sized.{n}",
                     authors=(f"Author{n % 997} Family{n % 4999}",))


class Modelled:
    """An embedder that knows the vectors of the pool, and by the model those of what is made of it."""

    def __init__(self, pool: Pool) -> None:
        import numpy as np

        self.pool = pool
        self.fingerprint = f"sized-{MODEL}/{pool.embedder.fingerprint}"
        self.dimension = pool.vectors.shape[1]
        self._bank = np.random.default_rng(SEED).standard_normal(_BANK + self.dimension, np.float32)

    def encode(self, texts: Sequence[str]) -> Any:
        """One unit row per text. What is not of the pool is encoded for real."""
        import numpy as np

        pool = self.pool
        out = np.zeros((len(texts), self.dimension), np.float32)
        places = np.zeros(len(texts), np.int64)
        noise = np.zeros(len(texts), np.float32)
        sums: list[tuple[int, list[int]]] = []
        real: list[int] = []
        for i, text in enumerate(texts):
            if (place := pool.place.get(text)) is not None:
                places[i] = place
            elif (opened := _OPENED.match(text)) and (place := pool.place.get(text[opened.end() :])) is not None:
                places[i], noise[i] = place, _NOISE
            elif (n := self._number(text)) is not None:
                title = pool.place[pool.titles[n % len(pool.titles)]]
                if text.endswith(")"):
                    places[i], noise[i] = title, _TITLE_NOISE
                else:
                    sums.append((i, [title, *(pool.place[s] for _, s in pool.said(n))]))
                    noise[i] = (1 / pool.likeness**2 - 1) ** 0.5
            else:
                real.append(i)
        out[:] = pool.vectors[places]
        for i, parts in sums:
            whole = pool.vectors[parts].sum(axis=0)
            out[i] = whole / max(float(np.linalg.norm(whole)), 1e-9)
        some = np.flatnonzero(noise)
        if len(some):
            out[some] += self._noise([texts[i] for i in some]) * noise[some, None]
        if real:
            out[real] = pool.embedder.encode([texts[i] for i in real])
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)

    def coded(self, texts: Sequence[str]) -> tuple[Any, list[bytes]]:
        """The same rows, and the packed tokens of each text."""
        return self.encode(texts), [self._codes(text) for text in texts]

    def asked(self, question: str) -> Any:
        """The tokens of a question, as the real encoder shows them."""
        return self.pool.embedder.asked(question)

    def token_places(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens stand, about: an opening and a paper's number have tokens here and none in `coded`."""
        return list(self.pool.embedder.token_places(text))

    def _codes(self, text: str) -> bytes:
        pool = self.pool
        rest = text if text in pool.place else _OPENED.sub("", text, count=1)
        if (place := pool.place.get(rest)) is not None:
            return pool.codes[place]
        if (n := self._number(text)) is None:
            return bytes(pool.embedder.coded([text])[1][0])
        said = [] if text.endswith(")") else [s for _, s in pool.said(n)]
        return b"".join(pool.codes[pool.place[part]] for part in (pool.titles[n % len(pool.titles)], *said))

    def _number(self, text: str) -> int | None:
        """The number of the paper whose title this is, or begins with; None for other texts."""
        found = next(_NUMBERED.finditer(text), None)
        while found:
            n = int(found[1])
            if text[: found.start()] == self.pool.titles[n % len(self.pool.titles)].rstrip(" ."):
                return n
            found = _NUMBERED.search(text, found.end())
        return None

    def _noise(self, texts: Sequence[str]) -> Any:
        """A unit row for each text: two stretches of one long row of normals, at places that the text's hash names."""
        import numpy as np

        digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
        at = np.frombuffer(digests, "<u4").reshape(-1, 2) % _BANK
        windows = np.lib.stride_tricks.sliding_window_view(self._bank, self.dimension)
        made = windows[at[:, 0]] + windows[at[:, 1]]
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def _codes(file: Path, embedder: Any, texts: Sequence[str]) -> list[bytes]:
    """The packed tokens of the texts, kept in a file."""
    import numpy as np

    if not file.exists():
        made = [np.frombuffer(code, np.uint8) for code in embedder.coded(texts)[1]]
        np.savez(file, codes=np.concatenate(made), sizes=[len(code) for code in made])
    kept = np.load(file)
    ends = np.cumsum(kept["sizes"])
    codes = kept["codes"].tobytes()
    return [codes[end - size : end] for end, size in zip(ends.tolist(), kept["sizes"].tolist(), strict=True)]


def _steady(text: str) -> list[str]:
    """The sentences of an abstract that stay whole whatever stands before and after: they can be recombined."""
    longest = max(_OPENINGS, key=len)
    found = []
    for sentence in _sentences(text):
        around = (f"It was {longest}so.", longest + sentence, sentence, "It is.")
        if _sentences(" ".join(around)) == list(around):
            found.append(sentence)
    return found


def _sentences(text: str) -> list[str]:
    """The sentences as the index cuts them."""
    paper = Paper("A title", text, doi="10.5555/one")
    cut = indexed_texts(paper, passages(paper))
    return [part for kind, _, _, page, part in cut if kind == SENTENCE and page == ABSTRACT]
