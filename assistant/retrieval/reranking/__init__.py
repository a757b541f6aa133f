"""A second look at the best papers of a search, off unless it is asked for.

    cross-encoder:FOLDER    a model that reads question and paper together, from a folder
    cross-encoder:NAME      the same, from the Hugging Face hub
    llm                     the language model that writes the answers, shown the papers as a list
    llm:BACKEND             another one, named as a backend is

What a search alone found stays found: a second look that fails changes nothing, and that is said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ...backends import Backend
from ...config import Settings
from ...errors import ConfigError, LitassistError
from ...papers import Finding, Hit, Paper, Reranked
from ...recent import Recent

MOST_READ, MOST_LISTED = 50, 20
"""How many papers a cross-encoder reads, and how many a language model is shown at once."""
_KEPT = 32


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper as a reranker sees it: its title, its text, and the sentence that fits best."""

    title: str
    text: str = ""
    snippet: str = ""


class Reranker(Protocol):
    """Scores papers for a question with question and paper side by side."""

    name: str
    weight: float
    """What its scores count, 0 to 1; the rest is the search's own."""

    def scores(self, question: str, papers: Sequence[Candidate]) -> Sequence[float]:
        """A score from 0 to 1 for each paper, in order. LitassistError when there are none to be had."""


def checked(spec: str) -> str:
    """The reranker's name as it is used, "" for none. ConfigError for a name that means none of the kinds."""
    spec = spec.strip()
    kind, _, rest = spec.partition(":")
    if not spec or spec in ("none", "off") or (kind == "llm" and (rest or spec == "llm")):
        return "" if spec in ("none", "off") else spec
    if kind == "cross-encoder" and rest.strip():
        return spec
    raise ConfigError(
        f"There is no reranker '{spec}': use cross-encoder:FOLDER, cross-encoder:HUB-NAME, llm (the model "
        "that writes the answers) or llm:BACKEND; leave it empty for none."
    )


def order(first: Sequence[float], scores: Sequence[float], weight: float) -> list[int]:
    """The places in the order of both scores together, best first; of equals the one that was first stays so."""
    both = [(1 - weight) * a + weight * b for a, b in zip(first, scores, strict=True)]
    return sorted(range(len(both)), key=lambda i: (-both[i], i))


def candidates(hits: Sequence[Hit], papers: Callable[[Sequence[str]], Sequence[Paper]]) -> list[Candidate]:
    """The hits as a reranker sees them; of a long text without an abstract, the passage that fits best."""
    known = {paper.id: paper for paper in papers([hit.paper_id for hit in hits])}
    texts = [known[hit.paper_id].abstract if hit.paper_id in known else "" for hit in hits]
    return [Candidate(hit.title, text or hit.snippet, hit.snippet) for hit, text in zip(hits, texts, strict=True)]


class Reranking:
    """The second look that the settings ask for. Cheap to make, and false where they ask for none. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._spec = checked(settings.reranker)
        self._settings = settings
        self._lock = threading.Lock()
        self._cross_encoder: Reranker | None = None
        self._known: Recent[object, tuple[float, ...]] = Recent(_KEPT)

    def __bool__(self) -> bool:
        return bool(self._spec)

    @property
    def candidates(self) -> int:
        """How many of the best papers are looked at; 0 where no second look is asked for."""
        return 0 if not self._spec else MOST_LISTED if self._spec.startswith("llm") else MOST_READ

    @property
    def name(self) -> str:
        """The reranker as the settings name it; "" where there is none."""
        return self._spec

    def reranker(self, model: Backend | None = None) -> Reranker:
        """What does the looking; `model` is the language model at hand, if one is. ConfigError, MissingExtra or
        BackendRefused when it can't be used."""
        kind, _, rest = self._spec.partition(":")
        if kind == "llm":
            from .listwise import Listwise, backend_for

            return Listwise(backend_for(rest, model, self._settings))
        with self._lock:
            if self._cross_encoder is None:
                from .cross_encoder import open_cross_encoder

                self._cross_encoder = open_cross_encoder(rest)
            return self._cross_encoder

    def __call__(
        self, question: str, hits: Sequence[Hit], papers: Callable[[Sequence[str]], Sequence[Paper]],
        model: Backend | None = None,
    ) -> tuple[list[Hit], list[Finding]]:
        """The hits in their new order, and what went wrong with it, if anything did.

        The first `candidates` of them are looked at. The scores of the search are dealt out anew in the
        new order, so they still fall and still say how well the question is met at all. `papers` gives
        papers by their ids.
        """
        if not self or len(hits) < 2:
            return list(hits), []
        seen = list(hits[: self.candidates])
        try:
            reranker = self.reranker(model)
            scores = self._scores(reranker, question, candidates(seen, papers))
        except LitassistError as error:
            said = f"The papers stand in the order of the search alone: {error}"
            return list(hits), [Finding("reranking_failed", self._spec, said)]
        places = order([hit.score for hit in seen], scores, reranker.weight)
        moved = [
            replace(seen[i], rank=rank, score=seen[rank - 1].score,
                    reranked=Reranked(reranker.name, seen[i].rank, round(float(scores[i]), 4)))
            for rank, i in enumerate(places, 1)
        ]
        return [*moved, *hits[len(seen) :]], []

    def _scores(self, reranker: Reranker, question: str, candidates: Sequence[Candidate]) -> tuple[float, ...]:
        key = (reranker.name, question, tuple(candidates))
        if (known := self._known.get(key)) is not None:
            return known
        found = tuple(float(score) for score in reranker.scores(question, candidates))
        self._known.put(key, found)
        return found
