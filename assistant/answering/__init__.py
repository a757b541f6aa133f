"""The way of a question: stand-alone question → papers → evidence → sentences → verdicts → Answer.

`stream` gives the events as they come about. The stages hand over plain values; each lives in a room of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from .. import backends, calibration, prompts
from ..config import Settings
from ..embeddings import count_tokens
from ..embeddings.lenient import Lenient
from ..errors import BackendError
from ..evidence import Evidence, ambiguous
from ..index import Index
from ..library import Library
from ..papers import (
    Done,
    Event,
    Filters,
    Finding,
    Fingerprint,
    Hit,
    Paper,
    Related,
    Replaced,
    Retrieved,
    Text,
    Turn,
    Usage,
)
from ..queries import Question, read_question
from ..queries.operators import limits as stated
from ..retrieval.reranking import Reranking
from ..retrieval.understanding import Understanding, Understood, joined
from ..text import sentences
from ..verification import Verdict, verdict
from . import conversation
from .abstention import Answerability
from .ahead import ahead
from .extractive import compose
from .judging import Judge, lowered
from .library_questions import (
    WHICH_PAPER,
    Said,
    asks_for_record,
    lacking,
    library_answer,
    record_answer,
)
from .lists import Named, also_naming, by_name_only, listed, looked_for, untitled_only
from .looking import RELATED, Looking
from .making import Making
from .repeated import Repeated, key_of
from .scope import EMPTY, filters_given, history_given, nothing_to_use, text_given
from .similarity import Similarity
from .standing import sources, too_little, untitled
from .topics import Listing, listing_asked
from .writing import Checked, Draftsman

Made = Callable[[str, Sequence[Turn], Filters], Iterator[Event]]
_HISTORY_TOKENS = 1500
_NEARBY, _SHARED = 0.35, 0.5
"""A sentence's similarity to the question, and the share of its words that a paper holds, for it to be near."""
_OF_THE_WHOLE = ("little_about_this", "other_words")
"""Findings about the whole library, which a follow-up on known papers does not ask."""


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
        self._looking = Looking(library, index, embedder, settings, self._similarity, reranking.candidates)
        self.repeated = Repeated(lambda: index.state)

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None,
        backend: str | None = None, fresh: bool = False, made: Made | None = None,
    ) -> Iterator[Event]:
        """`Retrieved`, a `Text` per checked sentence, `Replaced` when text is withdrawn, last `Done`.

        The same question asked again gets the events of its answer again (`cached`), unless it is to be
        `fresh` or something changed that shaped it. An answer without a model is `made` by what is given,
        else by `made` here.
        UsageError for an empty question or arguments of the wrong kind, PaperNotFound for a limit to a
        paper that is not there, ConfigError or BackendRefused for a backend that can't be used.
        """
        asked, turns = text_given(question), history_given(history)
        limits = filters_given(filters, self._library)
        spec = (backend or self._settings.backend).strip()
        words = " ".join(asked.split())
        key = key_of(words, turns, limits, spec, self._settings.fingerprint, self._library.meta(calibration.KEY),
                     reranker=self._reranking.name)
        if not fresh and (told := self.repeated.events(key)) is not None:
            return told
        model = backends.open_backend(spec, self._settings)
        events = self._events(asked, turns, limits, model) if model else (made or self.made)(asked, turns, limits)
        return self.repeated.keeping(key, events)

    def made(self, asked: str, history: Sequence[Turn], filters: Filters) -> Iterator[Event]:
        """The events of an extractive answer, made now; the arguments have been looked at."""
        return self._events(asked, list(history), filters, None)

    def forget(self) -> None:
        """Drop the answers and vectors that are kept in memory."""
        self.repeated.forget()
        self._similarity.forget()

    # ------------------------------------------------------------------ the chain

    def _events(
        self, asked: str, history: list[Turn], filters: Filters, model: backends.Backend | None
    ) -> Iterator[Event]:
        making = Making(" ".join(asked.split()), model.name if model else "extractive", time.perf_counter())
        asked, making.findings[:] = self.understanding.in_english(asked)
        alone, question = self._understood(asked, history, model, making)
        said = library_answer(question, self._library, joined(filters, question.filters, self._library))
        if said is not None:
            yield Retrieved(())
            yield from self._from_library(said, making)
            yield self._done(making)
            return
        if not self._library.count():
            yield from self._nothing(EMPTY, making)
            return
        if trouble := self._index.trouble():
            making.findings.append(Finding("vectors_unavailable", "", trouble))
        alone, question, filters = self._of_authors(alone, question, filters, making)
        read = self.understanding.read(alone.question, filters)
        question = self._reread(question, alone, read)
        if nothing := nothing_to_use(self._library, read.filters):
            yield from self._nothing(nothing, making)
            return
        if unclear := self._looking.unclear(question, alone, read.filters):
            yield from self._nothing(WHICH_PAPER, making, unclear)
            return
        if (own := read_question(alone.asked)) and alone.about and asks_for_record(own):
            yield Retrieved(())
            yield from self._from_record(own, self._library.papers(alone.about), making)
            yield self._done(making)
            return
        listing = None if alone.about else listing_asked(stated(read.corrected(alone.question)).rest)
        if listing is not None and listing.kind != "which":
            question = replace(read_question(f"Which papers are about {listing.topic}?"), filters=question.filters,
                               phrases=question.phrases, excluded=question.excluded)
        again = partial(self._seen_again, model, making)
        hits, question, evidence, judged = self._looking.evidence(question, alone, read.filters, read.also, again)
        making.findings += [f for f in read.findings if not (alone.about and f.kind in _OF_THE_WHOLE)]
        if trouble := self._embedder.trouble:
            making.findings.append(Finding("vectors_unavailable", "", trouble))
        making.retrieve_s = time.perf_counter() - making.started
        making.confidence = round(judged.confidence, 4)
        told = self._told(question, hits, evidence, judged, listing, read.filters, model, making)
        # A model is asked before the papers are shown: whoever shows them takes his time.
        told = told if model is None else ahead(told)
        yield Retrieved(tuple(hits))
        yield from told
        yield self._done(making)

    def _told(
        self, question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], judged: Answerability,
        listing: Listing | None, limits: Filters, model: backends.Backend | None, making: Making,
    ) -> Iterator[Event]:
        """What is answered once the papers are found."""
        meant = self._looking.papers_meant(question, hits)
        naming = self._looking.naming(listing, question, limits) if listing else None
        if meant:
            yield from self._from_record(question, meant, making)
        elif listing and naming and by_name_only(listing, naming, evidence, judged.answerable):
            yield from self._listed(listing, naming, evidence, judged, making)
        elif not judged.answerable:
            yield from self._abstention(question, judged, evidence, making)
        else:
            if naming and naming.evidence:
                evidence = untitled_only(evidence, {e.paper.id for e in naming.evidence})
            making.missing = judged.missing
            making.findings += ambiguous(question, hits, self._library)
            making.by_line = question.kind in ("list", "compare")
            yield from self._written(question, evidence, model, making)
            if listing and naming:
                also, more = also_naming(listing, naming, {c.paper_id for c in making.citations})
                making.findings += more
                yield from self._said(also, making)

    def _done(self, making: Making) -> Done:
        return Done(making.answer(Fingerprint(index=self._index.fingerprint, settings=self._settings.fingerprint)))

    def _understood(
        self, asked: str, history: list[Turn], model: backends.Backend | None, making: Making
    ) -> tuple[conversation.Standalone, Question]:
        """The question for itself, and as read."""
        looking, papers = self._looking, list[Paper]()
        if history:
            papers = conversation.spoken_of(history, looking.titled, looking.found, self._library.papers)
        alone = conversation.standalone(asked, history, papers)
        if model is not None and alone.question != alone.asked:
            alone = replace(alone, question=self._condensed(alone, history, model, making))
        return alone, read_question(alone.question)

    def _of_authors(
        self, alone: conversation.Standalone, question: Question, filters: Filters, making: Making
    ) -> tuple[conversation.Standalone, Question, Filters]:
        """The question without the names of authors whose papers it asks for, and the limit that they make."""
        by = None if alone.about else self._looking.by_authors(alone.question, filters)
        if by is None:
            return alone, question, filters
        making.findings.append(Finding("limit", by.name, f"Only papers by {by.name} were looked at."))
        limits = joined(filters, Filters(authors=(by.name,)), self._library)
        return replace(alone, question=by.rest, asked=by.rest), read_question(by.rest), limits

    def _reread(self, question: Question, alone: conversation.Standalone, read: Understood) -> Question:
        """The question without limits that can't be kept, with slips put right."""
        dropped = {o.text for o in question.limits} - {o.text for o in read.limits}
        right = read.corrected(alone.question)
        if dropped or right != alone.question:
            question = read_question(right, ignored=dropped)
        return question

    def _condensed(
        self, alone: conversation.Standalone, history: list[Turn], model: backends.Backend, making: Making
    ) -> str:
        """The model's wording of the stand-alone question where it may be used, else ours."""
        said = conversation.history_text(history, count_tokens, min(_HISTORY_TOKENS, model.context_tokens // 3))
        system, user = prompts.load("condense").render(
            history=prompts.as_data_lines(said), question=prompts.as_data(alone.asked)
        )
        try:
            worded = "".join(model.stream(system, user)).strip()
        except BackendError as error:
            # The answer's own call will meet the same failure, or not: the follow-up is understood without.
            making.findings.append(Finding("follow_up", alone.asked, str(error)))
            return alone.question
        return worded if conversation.plausible(worded, alone.asked, f"{said} {alone.question}") else alone.question

    def _seen_again(
        self, model: backends.Backend | None, making: Making, text: str, hits: Sequence[Hit]
    ) -> list[Hit]:
        """The hits after the second look that the settings ask for, if they ask for one."""
        hits, findings = self._reranking(text, hits, self._library.papers, model)
        making.findings += [f for f in findings if f not in making.findings]
        making.usage = model.usage if model else making.usage
        return hits

    # ------------------------------------------------------------------ ways to answer

    def _from_library(self, said: Sequence[Said], making: Making) -> Iterator[Text]:
        making.by_line = len(said) > 2
        yield from self._said(said, making)

    def _said(self, said: Sequence[Said], making: Making) -> Iterator[Text]:
        for one in said:
            yield making.add(Checked(one.text, one.evidence or tuple(_title(p) for p in one.papers)))

    def _nothing(self, why: str, making: Making, papers: Sequence[Paper] = ()) -> Iterator[Event]:
        """An abstention before anything is looked for, with papers to choose from."""
        yield Retrieved(())
        making.abstained = True
        making.related = tuple(Related(p.id, p.title, _opening(p)) for p in papers)
        yield making.add(Checked(why))
        yield self._done(making)

    def _from_record(self, question: Question, meant: Sequence[Paper], making: Making) -> Iterator[Text]:
        said, making.missing = record_answer(question, meant)
        if said:
            yield from self._from_library(said, making)
            return
        making.abstained = True
        making.related = tuple(Related(p.id, p.title, _opening(p)) for p in meant[:RELATED])
        yield making.add(Checked(lacking(making.missing)))

    def _listed(
        self, listing: Listing, found: Named, evidence: Sequence[Evidence], judged: Answerability, making: Making
    ) -> Iterator[Text]:
        """The plain list of the papers on a topic; an abstention where none names it or comes near it."""
        said = listed(listing, found, [e for e in evidence if e.chosen] if judged.answerable else [])
        if said:
            making.by_line = True
            yield from self._said(said, making)
            return
        making.abstained = True
        making.missing = (listing.topic,)
        making.related = _nearest(evidence)
        there = "in your library" if found.whole else "of those that come nearest"
        there = "that can be searched just now" if (unread := self._index.standing().unread()) else there
        yield making.add(Checked(f"No paper {there} names “{listing.topic}” in its title or abstract."))
        if unread:
            yield making.add(Checked(unread))

    def _abstention(
        self, question: Question, judged: Answerability, evidence: Sequence[Evidence], making: Making
    ) -> Iterator[Text]:
        """What was looked for; what the nearest papers say stands beside it, and nothing is cited."""
        making.abstained = True
        making.missing, reason = looked_for(question, judged.missing, judged.reason)
        making.related = _nearest(evidence)
        why = f": {reason[0].lower()}{reason[1:]}" if reason else "."
        what = "Your library does not answer this"
        if unread := self._index.standing().unread():
            what = "What can be searched of your library just now does not answer this"
        elif self._embedder.trouble:
            what = "Searched by words alone, your library does not answer this"
        yield making.add(Checked(what + why))
        if unread:
            yield making.add(Checked(unread))
        if making.related:
            yield making.add(Checked("The nearest papers are given with their words; would one of them help?"))

    def _written(
        self, question: Question, evidence: Sequence[Evidence], model: backends.Backend | None, making: Making
    ) -> Iterator[Event]:
        started = time.perf_counter()
        if model is None:
            yield from self._extractive(question, evidence, making)
        else:
            yield from self._by_model(question, evidence, model, making)
        making.write_s = time.perf_counter() - started - making.verify_s

    def _extractive(self, question: Question, evidence: Sequence[Evidence], making: Making) -> Iterator[Text]:
        by_number = {e.n: e for e in evidence}
        for draft in compose(question, evidence):
            cited = tuple(by_number[n] for n in draft.numbers)
            # The name of a side in front is the question's; which paper it is was settled before.
            claim = draft.text.removeprefix(f"{draft.side}: ") if draft.side else draft.text
            judged = self._check(claim, cited, making)
            yield making.add(Checked(draft.text, cited, judged.verdict, tuple(judged.missing)), draft.aspect)

    def _by_model(
        self, question: Question, evidence: Sequence[Evidence], model: backends.Backend, making: Making
    ) -> Iterator[Event]:
        # A model of its own: the writer may be in the middle of a sentence.
        second = backends.open_backend(self._settings.judge or "extractive", self._settings)
        judge = Judge(second) if second else None

        def check(text: str, cited: Sequence[Evidence]) -> Verdict:
            judged = self._check(text, cited, making)
            if judge is None or judged.verdict == "unsupported":
                return judged
            return lowered(judged, judge.opinion(text, [(e.paper.title, e.text) for e in cited]))

        desk = Draftsman(model, question, evidence, check, count_tokens, self._settings)
        kept: list[Checked] = []
        for checked in desk.sentences():
            kept.append(checked)
            yield making.add(checked)
        making.usage = model.usage
        making.prompt = " ".join(desk.used)
        if judge is not None:
            making.usage = _together(model.usage, judge.backend.usage)
            making.prompt += f" {prompts.load('judge').label}" if judge.asked else ""
            if judge.error is not None:
                making.findings.append(Finding("judge_failed", "", f"The second opinion failed: {judge.error}"))
        if desk.error is not None:
            if not kept:
                raise desk.error
            making.error = str(desk.error)
        making.findings += desk.findings
        reason = "" if desk.error else too_little(desk, kept, compose(question, evidence), question, evidence)
        if not reason:
            return
        said = f"The model's draft gave way to the papers' own sentences: {reason}."
        making.findings.append(Finding("draft_replaced", " ".join(c.text for c in kept), said))
        if kept:
            making.withdraw()
            yield Replaced(f"The model's draft was withdrawn: {reason}. The papers' own sentences follow.")
        yield from self._extractive(question, evidence, making)

    # ------------------------------------------------------------------ checks

    def _check(self, text: str, cited: Sequence[Evidence], making: Making) -> Verdict:
        started = time.perf_counter()
        try:
            claim = untitled(text, cited)
            return verdict(claim, sources(claim, cited), self._similarity)
        finally:
            making.verify_s += time.perf_counter() - started


# --------------------------------------------------------------------------- small parts


def _together(one: Usage, other: Usage) -> Usage:
    cost = None if one.cost_usd is None or other.cost_usd is None else one.cost_usd + other.cost_usd
    return Usage(one.input_tokens + other.input_tokens, one.output_tokens + other.output_tokens, cost)


def _nearest(evidence: Sequence[Evidence]) -> tuple[Related, ...]:
    """The papers that come nearest, each with its best sentence; after the first those alone that come near at all."""
    best: dict[str, Evidence] = {}
    for one in evidence:
        best.setdefault(one.paper.id, one)
    first, *others = best.values() if best else (None,)
    near = [e for e in others if e is not None and (e.similarity >= _NEARBY or e.covered >= _SHARED)]
    return tuple(Related(e.paper.id, e.paper.title, e.text) for e in [first, *near][:RELATED] if e is not None)


def _opening(paper: Paper) -> str:
    """The first sentence of the abstract, else the title."""
    return next((paper.abstract[start:end] for start, end in sentences(paper.abstract)), paper.title)


def _title(paper: Paper) -> Evidence:
    return Evidence(0, paper, "title", None, 0, len(paper.title), paper.title, 1.0)
