"""The steps by which a model reads before it writes: plan, gather from each paper, look again for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ....errors import BackendError
from ....evidence import Gathered
from ....papers import Event, Finding, Stage, Turn
from ....prompts import as_data
from ....question import QuestionPlan
from ....text.naming import holds_name, names
from ....text.quantities import quantities, same_value
from .. import Material, Search
from .calls import Calls, OutOfCalls, done_at_once
from .conversation import conversation
from .draft import ENOUGH, NOTES, PLAN
from .filling import fill, with_sections
from .loose_json import as_text, as_texts, as_truth, under, value_in
from .notes import Notes, notes_in
from .pack import Pack
from .readings import grouped, is_bare
from .replies import without_thoughts

MOST_CALLS = 15
AT_ONCE = 4
_FIRST, _THEN, _AGAIN = 2, 5, 2
"""Calls in which the nearest papers are read, then the others, then those of a second search: with plan, enough,
answer, two readings by the check and a revision they make `MOST_CALLS`."""
_QUERIES, _MORE_QUERIES = 4, 2
_NEAREST, _MOST_READ, _MORE_READ = 6, 20, 6
_ANSWERS, _HELPS = 9, 3
"""Scores, of ten, from which a paper alone answers the question, and from which it is shown to the writer."""
_LEAST_SHOWN = 3
"""Papers that are shown where none helps."""
_LEADING = 3
"""Papers that the question itself finds first, which are read before those that other searches find."""
_BEST = 4
"""Sentences that stand for a paper that could not be read by the model."""
_TOP = 3
"""Papers whose best sentence shows whether full texts are involved."""
_RANK = 60
"""Softens the difference between ranks where several searches are joined."""


def is_thorough(effort: str, plan: QuestionPlan, gathered: Gathered, backend: str) -> bool:
    """Whether the model works in several steps; `auto` goes by the question, and a local model file stays fast."""
    if effort != "auto":
        return effort == "thorough"
    if backend.startswith("gguf:"):
        return False
    best = gathered.best_first[:_TOP]
    return (
        plan.several
        or gathered.several > 0.5
        or len(plan.parts) > 1
        or bool(plan.needs_model)
        or any(paper.sentences and paper.sentences[0].field == "page" for paper in best)
    )


@dataclass(slots=True)
class Research:
    """One question looked into. `room` is what papers may take of the model's window, in tokens."""

    calls: Calls
    search: Search
    count: Callable[[str], int]
    room: int
    plan: QuestionPlan
    parts: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    pack: Pack = field(default_factory=Pack)
    """Every paper found, in the order it was found."""
    chances: dict[tuple[int, int], float] = field(default_factory=dict)
    ranks: dict[int, float] = field(default_factory=dict)
    leading: int = 0
    """The papers that are read first: those with these numbers at most."""
    notes: dict[int, Notes] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    """What was searched for once more."""
    searches: list[str] = field(default_factory=list)
    seen: dict[int, set[int]] = field(default_factory=dict)
    """The sentences of each paper that the model was shown."""

    def run(self, material: Material, history: Sequence[Turn]) -> Generator[Event, None, None]:
        """Read what bears on the question; `chosen` then says what was found."""
        self._take(material)
        self.leading = min(_LEADING, len(self.pack.numbers))
        self.searches.append(self.plan.search_text)
        for query in self._planned(material, history):
            self._look(query)
        first = self._by_rank(self.pack.numbers)[:_MOST_READ]
        yield from self._read(first[:_NEAREST], _FIRST)
        if self._is_answered(material):
            return
        yield from self._read(first[_NEAREST:], _THEN)
        yield Stage("Looking for what is missing")
        self.again = tuple(self._queries_for_missing())
        for query in self.again:
            self._look(query)
        # A paper that was read is read again only for passages that were not in it then.
        new = [n for n in self.pack.numbers if n not in self.notes or set(self._best(n)) - self.seen.get(n, set())]
        if self.again and new:
            yield from self._read(self._by_rank(new)[:_MORE_READ], _AGAIN)

    def _look(self, query: str) -> None:
        self.searches.append(query)
        self._take(self.search(self.plan, query))

    def _by_rank(self, numbers: Iterable[int]) -> list[int]:
        return sorted(numbers, key=lambda n: (n > self.leading, -self.ranks[n]))

    def _is_answered(self, material: Material) -> bool:
        """Whether no more than one paper is asked for, and one that was read answers every part."""
        several = self.plan.several or max(self.plan.many, material.gathered.several) > 0.5
        one = not several and not self.plan.needs_model
        return one and any(note.read and note.score >= _ANSWERS for note in self.notes.values())

    def chosen(self) -> tuple[Pack, dict[tuple[int, int], float]]:
        """The papers that help, best first, and what their sentences are worth; all that was found where none helps."""
        # In an order that does not hang on which call was done first: the same replies give the same answer.
        ranked = sorted(self._by_rank(sorted(self.notes)), key=lambda n: -self.notes[n].score)
        least = _HELPS if any(note.read for note in self.notes.values()) else 1
        helping = [n for n in ranked if self.notes[n].score >= least]
        if not helping:
            best = (ranked or self._by_rank(self.pack.numbers))[: _LEAST_SHOWN if least == _HELPS else _MOST_READ]
            pack = Pack(paper for n in best if (paper := self.pack.paper(n)))
            own = ((self.pack.sentences(n)[k], chance) for (n, k), chance in self.chances.items() if n in best)
            return pack, {place: chance for one, chance in own if (place := pack.at(one))}
        pack = Pack(paper for n in helping if (paper := self.pack.paper(n)))
        worth: dict[tuple[int, int], float] = {}
        for n in helping:
            for rank, one in enumerate(self.notes[n].evidence):
                if place := pack.at(one):
                    worth[place] = self.notes[n].score - rank / 100
        return pack, worth

    @property
    def said(self) -> str:
        """What whoever writes must know of the reading: that no paper helps; else ""."""
        scores = [note.score for note in self.notes.values() if note.read]
        return (
            f"None of the {len(scores)} papers read was found to help with this question; the nearest are shown."
            if scores and max(scores) < _HELPS and not any(n.score >= _HELPS for n in self.notes.values()) else ""
        )

    # ------------------------------------------------------------------ plan

    def _planned(self, material: Material, history: Sequence[Turn]) -> list[str]:
        """What else to search for; the question as read where the model can't say."""
        titles = "\n".join(f"- {as_data(hit.title)[:160]}" for hit in material.hits[:12]) or "(none)"
        parts = tuple(part.text for part in self.plan.parts)
        self.parts = parts if len(parts) > 1 else (self.plan.question,)
        try:
            reply = self.calls.ask(
                "plan", PLAN, asked=as_data(self.plan.asked), titles=titles,
                conversation=conversation(history, self.room // 4, self.count),
            )
        except BackendError as error:
            if self.calls.used <= 1 and not isinstance(error, OutOfCalls):
                self.findings.append(Finding("step_failed", "", f"The question was searched for as typed: {error}"))
            return list(self.plan.queries[1:_QUERIES])
        value = value_in(without_thoughts(reply))
        if not isinstance(value, dict):
            return list(self.plan.queries[1:_QUERIES])
        alone = " ".join(as_text(value.get("question")).split())[:1000]
        if alone and keeps_facts(self.plan.asked, alone):
            self.plan = replace(self.plan, question=alone)
        self.parts = tuple(as_texts(value.get("parts")))[:8] or self.parts
        wanted = (*([alone] if alone and self.plan.follows else []), *as_texts(under(value, "queries")))
        return _new(wanted, self.plan.queries[:1])[:_QUERIES]

    def _take(self, material: Material) -> None:
        """Join what a search found to what is there, by reciprocal ranks."""
        for paper in material.gathered.papers:
            n = self.pack.add(paper.paper)
            self.ranks[n] = self.ranks.get(n, 0.0) + 1 / (_RANK + paper.rank)
            for one in paper.sentences:
                if place := self.pack.at(one):
                    self.chances[place] = max(one.chance, self.chances.get(place, 0.0))

    def _best(self, n: int) -> tuple[int, ...]:
        """The sentences of a paper that most likely answer, by what the searches so far say."""
        own = {k: chance for (m, k), chance in self.chances.items() if m == n}
        return tuple(sorted(sorted(own, key=lambda k: -own[k])[:_BEST]))

    # ------------------------------------------------------------------ gather

    def _read(self, numbers: Sequence[int], most: int) -> Generator[Event, None, None]:
        """Have papers read, several at once; one that could not be is taken by its best sentences."""
        bare = {n for n in numbers if is_bare(self.pack.paper(n))}
        self.notes.update((n, self._by_chance(n)) for n in bare)
        numbers = [n for n in numbers if n not in bare]
        if not numbers:
            return
        groups = grouped(self.pack, numbers, most)
        worth = with_sections(self.pack, self.chances, " ".join((self.plan.question, *self.parts)))
        yield Stage("Reading papers", 0, len(numbers))
        done, failed = 0, list[str]()
        views: list[tuple[list[int], Pack]] = []
        for group in groups:
            view = self.pack.unshown()
            few = len(self.pack.numbers) <= 3 or all(self._is_asked_about(n) for n in group)
            fill(view, worth, self.room, self.count, numbers=group, whole=few)
            self.seen.update((n, set(view.shown(n)) | self.seen.get(n, set())) for n in group)
            views.append((group, view))
        for (group, view), said in done_at_once(lambda one: self._gather(one[1]), views, AT_ONCE):
            if isinstance(said, BackendError):
                failed.append(str(said))
            read = {} if isinstance(said, BackendError) else notes_in(said, view)
            for n in group:
                self.notes[n] = read.get(n) or self._by_chance(n)
            done += len(group)
            yield Stage("Reading papers", done, len(numbers))
        if failed:
            told = f"{len(failed)} of {len(groups)} readings failed; the best sentences by the built-in score stand in"
            self.findings.append(Finding("step_failed", "", f"{told}: {failed[0]}"))

    def _gather(self, view: Pack) -> str:
        return self.calls.ask(
            "gather", NOTES, papers=view.all_text(), question=as_data(self.plan.question), parts=_bullets(self.parts),
        )

    def _is_asked_about(self, n: int) -> bool:
        paper = self.pack.paper(n)
        return paper is not None and paper.id in self.plan.about

    def _by_chance(self, n: int) -> Notes:
        own = [self.pack.sentences(n)[k] for k in self._best(n)]
        chance = max((self.chances[n, k] for k in self._best(n)), default=0.0)
        return Notes(max(1, round(10 * chance)), tuple(own)) if own else Notes(0, ())

    # ------------------------------------------------------------------ enough?

    def _queries_for_missing(self) -> list[str]:
        """What to search for once more; nothing where it is enough, or where the model can't say."""
        told = "\n".join(
            f"- {as_data(paper.title)[:160]} " + (
                f"({note.score}/10): {as_data(note.says or note.evidence[0].text)[:400]}"
                if note.read else "(not read; its title and nearest sentences go to the writer)"
            )
            for n, note in sorted(self.notes.items()) if note.score > 0 and (paper := self.pack.paper(n))
        )
        try:
            reply = self.calls.ask(
                "enough", ENOUGH, notes=told or "(nothing that helps)", question=as_data(self.plan.question),
                parts=_bullets(self.parts), searches=_bullets(self.searches), read=self._count_of_read(),
            )
        except BackendError:
            return []
        value = value_in(without_thoughts(reply))
        if not isinstance(value, dict):
            return []
        self.missing = tuple(as_texts(under(value, "missing")))
        if as_truth(value.get("enough")):
            return []
        return _new(as_texts(under(value, "queries")), self.searches)[:_MORE_QUERIES]

    def _count_of_read(self) -> str:
        """How many papers were read, how many did not help, and whether there are full texts, in words."""
        read = [n for n, note in self.notes.items() if note.read]
        none = sum(not self.notes[n].score for n in read)
        full = sum(bool(paper.pages) for n in self.pack.numbers if (paper := self.pack.paper(n)))
        texts = f"full texts of {full}" if full else "no full text, abstracts only"
        return f"{len(read)} papers read, {none} of them scored 0; {len(self.pack.numbers)} found, {texts}"


def keeps_facts(asked: str, other: str) -> bool:
    """Whether a question put in other words keeps the names and numbers of the one that was typed."""
    values = [q.value for q in quantities(other)]
    return all(holds_name(other, name) for name in names(asked)) and all(
        any(same_value(q.value, value) for value in values) for q in quantities(asked) if not q.word
    )


def _new(queries: Iterable[str], before: Sequence[str]) -> list[str]:
    """The queries that say something else than those `before`, each once."""
    known = {" ".join(q.casefold().split()) for q in before}
    found: list[str] = []
    for query in queries:
        query = " ".join(query.split())[:400]
        if query and query.casefold() not in known:
            known.add(query.casefold())
            found.append(query)
    return found


def _bullets(parts: Sequence[str]) -> str:
    return "\n".join(f"- {as_data(part)}" for part in parts)
