"""The way of a question: plan → search → gather → decide → write → check → Answer.

One road, two engines. `stream` gives the events as they come about; the stages hand over frozen values, and each
lives in a room of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from .. import backends, retrieval
from ..config import Settings
from ..embeddings import count_tokens
from ..embeddings.lenient import Lenient
from ..evidence import Evidence, gather
from ..index import Index
from ..library import Library
from ..papers import Done, Event, Filters, Finding, Fingerprint, Hit, Paper, Related, Retrieved, Stage, Text, Turn
from ..question import QuestionPlan, parse
from ..retrieval.matching import matches_of
from ..retrieval.reranking import Reranking
from ..retrieval.similarity import Similarity
from ..retrieval.understanding import Understanding
from . import scope
from .builder import AnswerBuilder
from .decision import decide
from .engines import Material
from .engines.extractive import RELATED, ExtractiveEngine
from .forms.library import library_rows
from .known import LibraryKnown
from .prefetch import prefetched
from .repeated import Repeated, key_of

Made = Callable[[str, Sequence[Turn], Filters], Iterator[Event]]
WIDE, NARROW = 24, 12
"""Papers whose sentences compete where several may be asked for, and where one is."""
_MAY_BE_SEVERAL = 0.3
"""The chance of several papers being asked for from which many are looked at: it costs time, and decides nothing."""
_SILENT_S = 5.0
"""Seconds without a word from a model after which that is said."""
_OF_THE_WHOLE = "other_words"
"""The finding about the whole library, which a follow-up on known papers does not ask of."""


class Answering:
    """Answers questions over one library. Safe to use from several threads."""

    def __init__(
        self, library: Library, index: Index, embedder: Lenient, settings: Settings, reranking: Reranking
    ) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._reranking = reranking
        self.understanding = Understanding(library, index, embedder)
        self._similarity = Similarity(library, embedder)
        self._known = LibraryKnown(library, index)
        self.repeated = Repeated(lambda: index.state)

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None,
        backend: str | None = None, effort: str | None = None, fresh: bool = False, made: Made | None = None,
    ) -> Iterator[Event]:
        """`Retrieved`, a `Text` per checked block, `Replaced` when text is withdrawn, last `Done`.

        The same question asked again gets the events of its answer again (`cached`), unless it is to be
        `fresh` or something changed that shaped it. An answer without a model is `made` by what is given,
        else by `made` here.
        UsageError for an empty question or arguments of the wrong kind, PaperNotFound for a limit to a
        paper that is not there, ConfigError or BackendRefused for a backend that can't be used.
        """
        asked, turns = scope.text_given(question), scope.history_given(history)
        limits = scope.filters_given(filters, self._library)
        spec = (backend or self._settings.backend).strip()
        settings = replace(self._settings, effort=effort) if effort else self._settings
        words = " ".join(asked.split())
        key = key_of(words, turns, limits, spec, settings.fingerprint, reranker=self._reranking.name)
        if not fresh and (events := self.repeated.events(key)) is not None:
            return events
        # Made anew, replies that were paid for before do not count either.
        model = backends.open_backend(spec, replace(settings, reply_cache=False) if fresh else settings)
        if model is None:
            return self.repeated.keeping(key, (made or self.made)(asked, turns, limits))
        return self.repeated.keeping(key, self._events(asked, turns, limits, model, settings))

    def made(self, asked: str, history: Sequence[Turn], filters: Filters) -> Iterator[Event]:
        """The events of an extractive answer, made now; the arguments have been looked at."""
        return self._events(asked, list(history), filters, None, self._settings)

    def forget(self) -> None:
        """Drop the answers and vectors that are kept in memory."""
        self.repeated.forget()
        self._similarity.forget()

    # ------------------------------------------------------------------ the stages

    def plan(self, asked: str, history: Sequence[Turn] = (), filters: Filters | None = None) -> QuestionPlan:
        """The question as read, with what the library knows of its words and limits."""
        return self.understanding.complete(parse(asked, history, filters or Filters(), self._known), filters)

    def material(self, plan: QuestionPlan, query: str = "", model: backends.Backend | None = None) -> Material:
        """The papers found for a plan, or for another query under its limits, their evidence, and the decision."""
        if query:
            plan = replace(plan, queries=(query,), question=query, about=())
        several = plan.several or plan.many >= _MAY_BE_SEVERAL
        hits, findings = self._hits(plan, WIDE if several else NARROW, model)
        plan = replace(plan, findings=(*plan.findings, *(f for f in findings if f not in plan.findings)))
        matches = matches_of(plan, hits, self._library, self._index.view(), self._embedder, self._similarity)
        gathered = gather(matches)
        return Material(plan, tuple(hits), gathered, decide(gathered), self._similarity)

    def _hits(
        self, plan: QuestionPlan, count: int, model: backends.Backend | None
    ) -> tuple[list[Hit], list[Finding]]:
        filters = replace(plan.filters, paper_ids=plan.about) if plan.about else plan.filters
        text = plan.search_text
        search = partial(
            retrieval.search, self._library, self._index, self._embedder, text,
            k=max(count, self._reranking.candidates), filters=filters, excluded=plan.excluded, also=dict(plan.also),
            aspects=plan.queries[1:],
        )
        findings: list[Finding] = []
        hits = search(phrases=plan.phrases)
        if not hits and plan.phrases:
            hits = search()
            if hits:
                said = ", ".join(f"“{phrase}”" for phrase in plan.phrases)
                why = f"No paper holds {said} word for word: searched for its words."
                findings.append(Finding("phrase", said, why))
        hits, failures = self._reranking(text, hits, self._library.papers, model)
        hits = [*hits[:count], *self._meant(plan, hits)]
        return hits, [*findings, *failures]

    def _meant(self, plan: QuestionPlan, hits: Sequence[Hit]) -> list[Hit]:
        """The papers that a follow-up is about, where they share nothing with its words: they are looked into too."""
        have = {hit.paper_id for hit in hits}
        papers = self._library.papers([i for i in plan.about if i not in have])
        return [Hit(len(hits) + k, p.id, p.title, 0.0, p.year, p.title) for k, p in enumerate(papers, start=1)]

    def _events(
        self, asked: str, history: list[Turn], filters: Filters, model: backends.Backend | None, settings: Settings
    ) -> Iterator[Event]:
        builder = AnswerBuilder(" ".join(asked.split()), model.name if model else "extractive", time.perf_counter())
        plan = self.plan(asked, history, filters)
        if plan.request is not None and not (plan.on_answer and model):
            yield Retrieved(())
            builder.form = "library"
            yield from self._from_records(plan, builder)
        elif nothing := scope.nothing_to_use(self._library, plan.filters):
            yield Retrieved(())
            builder.decision = "declined"
            yield builder.add("gap", nothing)
        else:
            yield from self._from_papers(plan, history, builder, model, settings)
        yield Done(builder.answer(Fingerprint(index=self._index.fingerprint, settings=self._settings.fingerprint)))

    def _from_papers(
        self, plan: QuestionPlan, history: list[Turn], builder: AnswerBuilder, model: backends.Backend | None,
        settings: Settings,
    ) -> Iterator[Event]:
        """What the papers say."""
        troubles = [self._index.trouble()]
        material = self._material_for(plan, model)
        builder.findings += [f for f in material.plan.findings if not (material.plan.about and f.kind == _OF_THE_WHOLE)]
        troubles.append(self._embedder.trouble)
        builder.findings += [Finding("vectors_unavailable", "", trouble) for trouble in troubles if trouble]
        builder.retrieve_s = builder.seconds()
        events = self._written(material, history, builder, model, settings)
        # A model is asked before the papers are shown: whoever shows them takes his time.
        events = events if model is None else prefetched(events, partial(_signs_of_life, model))
        yield Retrieved(material.hits)
        yield from events

    def _from_records(self, plan: QuestionPlan, builder: AnswerBuilder) -> Iterator[Text]:
        """What the library's records say; where they do not, the papers that were meant stand beside."""
        rows = library_rows(plan, self._library, self._index)
        if not any(row.answers and row.text for row in rows) or (rows and not rows[0].answers):
            builder.decision = "declined"
            builder.related = tuple(Related(p.id, p.title, p.title) for row in rows for p in row.papers)[:RELATED]
            rows = [row for row in rows if not row.answers]
        builder.findings += plan.findings
        for row in rows:
            cited = tuple(_title(paper) for paper in row.papers) if row.answers else ()
            yield builder.add("claim" if cited else "link" if row.answers else "gap", row.text, cited, breaks=True)

    def _material_for(self, plan: QuestionPlan, model: backends.Backend | None) -> Material:
        """The material of a plan; a follow-up looks into the papers it is about, and beyond them where these are
        declined."""
        material = self.material(plan, model=model)
        if plan.about and material.decision.outcome == "declined":
            wider = self.material(replace(plan, about=()), model=model)
            if wider.decision.outcome == "answered":
                return wider
        return material

    def _written(
        self, material: Material, history: list[Turn], builder: AnswerBuilder, model: backends.Backend | None,
        settings: Settings,
    ) -> Iterator[Event]:
        extractive = ExtractiveEngine(self._index.standing().unread, settings)
        started = builder.seconds()
        if model is None:
            yield from extractive.write(material, tuple(history), self._search, builder)
        else:
            from .engines.llm import LanguageModelEngine  # who asks no model loads nothing for it

            engine = LanguageModelEngine(
                model, settings, fallback=extractive, count_tokens=count_tokens, papers=self._library.whole,
            )
            yield from engine.write(material, tuple(history), self._search, builder)
        builder.write_s = builder.seconds() - started - builder.verify_s

    def _search(self, plan: QuestionPlan, query: str) -> Material:
        return self.material(plan, query)


def _signs_of_life(model: backends.Backend, tell: Callable[[Event], None]) -> None:
    """Have a silent model tell for how long it has been."""
    def waiting(seconds: float) -> None:
        if seconds >= _SILENT_S:
            tell(Stage(f"Waiting for the model ({seconds:.0f} s)"))

    model.on_wait = waiting


def _title(paper: Paper) -> Evidence:
    return Evidence(paper, "title", None, 0, len(paper.title), paper.title)
