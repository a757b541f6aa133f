"""The way of a question: stand-alone question → papers → evidence → sentences → verdicts → Answer.

`stream` gives the events as they come about, `ask` the answer alone. The stages hand over plain values;
each lives in a room of its own.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import backends, conversation, prompts, retrieval
from .abstention import Answerability, answerable
from .config import Settings
from .embeddings import Embedder, count_tokens
from .errors import BackendError, UsageError
from .evidence import Evidence, ambiguous, weighed
from .extractive import compose
from .index import Index
from .library import Library
from .library_questions import (
    Said,
    asks_for_record,
    library_answer,
    papers_named,
    record_answer,
    summary_evidence,
    topic_asked,
)
from .making import Making
from .papers import (
    Answer,
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
)
from .quantities import quantities
from .queries import Question, read_question
from .sides import own_name
from .understanding import Understanding, Understood, joined
from .verification import Verdict, verdict
from .writing import Checked, Draftsman

WIDE, LOOKED = 40, 16
"""Papers looked at for a list or a comparison, and for any other question."""
_HISTORY_TOKENS = 1500
_RELATED = 3
_RECENT = 4096
_OF_THE_WHOLE = ("little_about_this", "other_words")
"""Findings about the whole library, which a follow-up on known papers does not ask."""
_IN_FRONT = re.compile(r"\s*(?:(?:In|According to)\s+)?[“\"]", re.I)


class Answering:
    """Answers questions over one library. Safe to use from several threads."""

    def __init__(self, library: Library, index: Index, embedder: Embedder, settings: Settings) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self.understanding = Understanding(library, index, embedder)
        self._recent: dict[str, Any] = {}
        """Vectors of titles, questions and drafted sentences, which the library does not keep."""
        self._lock = threading.Lock()

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None,
        backend: str | None = None,
    ) -> Answer:
        """The answer. Raises BackendError only when the backend failed before any text was written."""
        for event in self.stream(question, history=history, filters=filters, backend=backend):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None,
        backend: str | None = None,
    ) -> Iterator[Event]:
        """`Retrieved`, a `Text` per checked sentence, `Replaced` when text is withdrawn, last `Done`.

        UsageError for an empty question, ConfigError or BackendRefused for a backend that can't be used.
        """
        if not question.strip():
            raise UsageError("The question is empty; ask something.")
        spec = backend or self._settings.backend
        model = backends.open_backend(spec, self._settings)
        return self._events(question, list(history), filters or Filters(), model)

    # ------------------------------------------------------------------ the chain

    def _events(
        self, asked: str, history: list[Turn], filters: Filters, model: backends.Backend | None
    ) -> Iterator[Event]:
        making = Making(" ".join(asked.split()), model.name if model else "extractive", time.perf_counter())
        alone, question = self._understood(asked, history, model, making)
        said = library_answer(question, self._library, joined(filters, question.filters, self._library))
        if said is not None:
            yield Retrieved(())
            yield from self._from_library(said, making)
            yield self._done(making)
            return
        read = self.understanding.read(alone.question, filters)
        question = self._reread(question, alone, read)
        hits, question, evidence, judged = self._evidence(question, alone, read.filters, read.also)
        making.findings += [f for f in read.findings if not (alone.about and f.kind in _OF_THE_WHOLE)]
        making.retrieve_s = time.perf_counter() - making.started
        yield Retrieved(tuple(hits))
        meant = self._papers_meant(question, alone, hits)
        record = record_answer(question, meant)
        if record is not None:
            yield from self._from_record(record, making, meant)
        elif not judged.answerable:
            yield from self._abstention(judged, evidence, making)
        else:
            making.missing = judged.missing
            making.findings += ambiguous(question, hits, self._library)
            making.by_line = question.kind in ("list", "compare")
            yield from self._written(question, evidence, model, making)
        yield self._done(making)

    def _done(self, making: Making) -> Done:
        return Done(making.answer(Fingerprint(index=self._index.fingerprint, settings=self._settings.fingerprint)))

    def _understood(
        self, asked: str, history: list[Turn], model: backends.Backend | None, making: Making
    ) -> tuple[conversation.Standalone, Question]:
        """The question for itself, and as read."""
        papers = conversation.spoken_of(history, self._titled, self._found, self._library.papers) if history else []
        alone = conversation.standalone(asked, history, papers)
        if model is not None and alone.question != alone.asked:
            alone = replace(alone, question=self._condensed(alone, history, model, making))
        return alone, read_question(alone.question)

    def _reread(self, question: Question, alone: conversation.Standalone, read: Understood) -> Question:
        """The question without limits that can't be kept, with slips put right, and for papers if on a topic."""
        dropped = {o.text for o in question.limits} - {o.text for o in read.limits}
        right = read.corrected(alone.question)
        if dropped or right != alone.question:
            question = read_question(right, ignored=dropped)
        return question if alone.about else self._topic(question)

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

    def _titled(self, text: str) -> list[Paper]:
        return conversation.titles_in(text, self._library.papers())

    def _found(self, text: str) -> list[Paper]:
        hits = retrieval.search(self._library, self._index, self._embedder, text, k=1)
        return self._library.papers([h.paper_id for h in hits])

    def _topic(self, question: Question) -> Question:
        """A question for the papers on a topic, out of "how many papers do I have on it"."""
        topic = topic_asked(question)
        if not topic:
            return question
        return replace(read_question(f"Which papers are about {topic}?"), filters=question.filters)

    def _evidence(
        self, question: Question, alone: conversation.Standalone, limits: Filters, also: Mapping[str, float]
    ) -> tuple[list[Hit], Question, list[Evidence], Answerability]:
        """Hits, the question they are for, evidence, and whether it answers.

        A follow-up looks into the papers it is about first, and into the whole library when they do not
        answer.
        """
        if alone.about:
            own = read_question(alone.asked)
            # The paper is known: its name in the question would only draw to the sentences that repeat it.
            own = replace(own, kind=question.kind)
            within = joined(limits, Filters(paper_ids=tuple(alone.about)), self._library)
            hits, evidence, judged = self._judged(own, within)
            if judged.answerable:
                return hits, own, evidence, judged
            wider = self._judged(question, limits, also)
            if wider[2].answerable and not wider[2].missing:
                return wider[0], question, wider[1], wider[2]
            return hits, own, evidence, judged
        hits, evidence, judged = self._judged(question, limits, also)
        return hits, question, evidence, judged

    def _judged(
        self, question: Question, limits: Filters, also: Mapping[str, float] | None = None
    ) -> tuple[list[Hit], list[Evidence], Answerability]:
        wide = question.kind in ("list", "compare")
        most = self._settings.papers_per_answer
        hits = retrieval.search(
            self._library, self._index, self._embedder, question.search_text or question.text,
            k=max(WIDE if wide else LOOKED, most),
            filters=limits, phrases=question.phrases, excluded=question.excluded, also=also,
        )
        hits, evidence = weighed(
            question, hits, self._library, self._similarity, keep=None if wide else most
        )
        if question.kind == "summary" and evidence:
            paper = self._summarised(question, evidence)
            if paper is not None:
                evidence = summary_evidence(paper) or evidence
        return hits, evidence, answerable(question, evidence, hits)

    def _summarised(self, question: Question, evidence: Sequence[Evidence]) -> Paper | None:
        """The paper that a summary is asked of: the one named, else the one that comes first."""
        near = list({e.paper.id: e.paper for e in evidence}.values())
        named = papers_named(question, near)
        return (named or near)[0] if named or near else None

    def _papers_meant(
        self, question: Question, alone: conversation.Standalone, hits: Sequence[Hit]
    ) -> list[Paper]:
        """The papers whose record is asked for; none for any other question."""
        if not asks_for_record(question):
            return []
        if alone.about:
            return self._library.papers(alone.about)
        found = self._library.papers([h.paper_id for h in hits])
        order = {h.paper_id: h.rank for h in hits}
        return papers_named(question, sorted(found, key=lambda p: order[p.id]))[:3]

    # ------------------------------------------------------------------ ways to answer

    def _from_library(self, said: Sequence[Said], making: Making) -> Iterator[Text]:
        making.by_line = len(said) > 2
        for one in said:
            yield making.add(Checked(one.text, tuple(_title(p) for p in one.papers)))

    def _from_record(
        self, record: tuple[list[Said], tuple[str, ...]], making: Making, meant: Sequence[Paper]
    ) -> Iterator[Text]:
        said, making.missing = record
        if said:
            yield from self._from_library(said, making)
            return
        making.abstained = True
        making.related = tuple(Related(p.id, p.title, p.title) for p in meant[:_RELATED])
        yield making.add(Checked(f"Your library does not say: no {'; no '.join(making.missing)} is on record."))

    def _abstention(self, judged: Answerability, evidence: Sequence[Evidence], making: Making) -> Iterator[Text]:
        """What was looked for, and what the nearest papers do say; nothing is cited."""
        making.abstained = True
        making.missing = judged.missing
        best: dict[str, Evidence] = {}
        for one in evidence:
            best.setdefault(one.paper.id, one)
        making.related = tuple(
            Related(e.paper.id, e.paper.title, e.text) for e in list(best.values())[:_RELATED]
        )
        yield making.add(Checked("Your library does not answer this."))
        if judged.reason:
            yield making.add(Checked(judged.reason))
        if making.related:
            nearest = "; ".join(f"“{r.title}”" for r in making.related)
            yield making.add(Checked(f"The nearest it has: {nearest}. Would one of these help?"))

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
            judged = self._check(draft.text, cited, making)
            yield making.add(Checked(draft.text, cited, judged.verdict, tuple(judged.missing)))

    def _by_model(
        self, question: Question, evidence: Sequence[Evidence], model: backends.Backend, making: Making
    ) -> Iterator[Event]:
        def check(text: str, cited: Sequence[Evidence]) -> Verdict:
            return self._check(text, cited, making)

        desk = Draftsman(model, question, evidence, check, count_tokens, self._settings)
        kept: list[Checked] = []
        for checked in desk.sentences():
            kept.append(checked)
            yield making.add(checked)
        making.usage = model.usage
        making.prompt = " ".join(desk.used)
        if desk.error is not None:
            if not kept:
                raise desk.error
            making.error = str(desk.error)
        making.findings += desk.findings
        reason = "" if desk.error else _too_little(desk, kept, compose(question, evidence), question, evidence)
        if not reason:
            return
        making.findings.append(Finding("draft_replaced", " ".join(c.text for c in kept), reason))
        if kept:
            making.withdraw()
            yield Replaced(f"The model's draft was withdrawn: {reason}. The papers' own sentences follow.")
        yield from self._extractive(question, evidence, making)

    # ------------------------------------------------------------------ checks

    def _check(self, text: str, cited: Sequence[Evidence], making: Making) -> Verdict:
        started = time.perf_counter()
        try:
            claim = _untitled(text, cited)
            return verdict(claim, _sources(claim, cited), self._similarity)
        finally:
            making.verify_s += time.perf_counter() - started

    def _similarity(self, one: Sequence[str], other: Sequence[str]) -> Any:
        """Cosines of two lists of texts; vectors that the library has are taken from there."""
        texts = list(dict.fromkeys([*one, *other]))
        rows = self._vectors(texts)
        at = {text: k for k, text in enumerate(texts)}
        return rows[[at[t] for t in one]] @ rows[[at[t] for t in other]].T

    def _vectors(self, texts: Sequence[str]) -> Any:
        import numpy as np

        keys = [hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest()[:32] for t in texts]
        with self._lock:
            known = {key: self._recent[key] for key in keys if key in self._recent}
        stored = self._library.vectors(self._embedder.fingerprint, [key for key in keys if key not in known])
        known |= {key: np.frombuffer(row, "<f2").astype(np.float32) for key, row in stored.items()}
        new = {key: t for key, t in zip(keys, texts, strict=True) if key not in known}
        if new:
            made = dict(zip(new, self._embedder.encode(list(new.values())), strict=True))
            known |= made
            with self._lock:
                self._recent.update(made)
                while len(self._recent) > _RECENT:
                    del self._recent[next(iter(self._recent))]
        return np.array([known[key] for key in keys], np.float32)


# --------------------------------------------------------------------------- small parts


def _sources(claim: str, cited: Sequence[Evidence]) -> list[str]:
    """What a sentence is checked against: the words cited, and the names of what their papers put forward.

    Titles are among them only for a claim that still names a paper in front: then it is another paper's.
    """
    names = [e.paper.title for e in cited] if _IN_FRONT.match(claim) else []
    for paper in {e.paper.id: e.paper for e in cited}.values():
        head, colon, _ = paper.title.partition(":")
        names += [head.strip()] if colon and len(head.split()) <= 3 else []
        names += [own_name(paper)]
    return [*(e.text for e in cited), *(name for name in dict.fromkeys(names) if name)]


def _untitled(text: str, cited: Sequence[Evidence]) -> str:
    """The sentence without the titles of the papers it cites: whose words they are is no claim of theirs."""
    for title in dict.fromkeys(e.paper.title.strip() for e in cited if e.field != "title"):
        quoted = rf"[\"“']?{re.escape(title)}[\"”']?"
        text = re.sub(rf"^\s*(?:(?:In|According to)\s+)?{quoted}\s*[:,]\s*", "", text, count=1, flags=re.I)
        text = re.sub(quoted, "the paper", text, flags=re.I)
    return text


def _too_little(
    desk: Draftsman, kept: Sequence[Checked], ours: Sequence[Any], question: Question, evidence: Sequence[Evidence]
) -> str:
    """Why the draft must give way to the extractive answer; empty when it may stand."""
    good = [c for c in kept if c.verdict != "unsupported"]
    if not good:
        return "the model found no answer in the evidence" if desk.declined else "none of its sentences is supported"
    if 2 * len(good) < desk.drafted:
        return f"only {len(good)} of its {desk.drafted} sentences are supported"
    by_number = {e.n: e for e in evidence}
    wanted = {k for draft in ours for n in draft.numbers for k in by_number[n].answers}
    held = {k for c in good if quantities(c.text) for e in c.evidence for k in e.answers}
    if wanted - held:
        asked = next(question.asks[k] for k in sorted(wanted - held))
        return f"it leaves out what was asked for ({asked.focus or asked.text})"
    cited = {e.paper.id for c in good for e in c.evidence}
    answering = {by_number[n].paper.id for draft in ours for n in draft.numbers}
    if question.kind not in ("list", "compare") and not cited & answering:
        return "it speaks of other papers than the one that answers"
    return ""


def _title(paper: Paper) -> Evidence:
    return Evidence(0, paper, "title", None, 0, len(paper.title), paper.title, 1.0)
