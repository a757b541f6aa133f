"""Where a question is looked for: the papers it means or names, and the evidence in those that a search finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import calibration, retrieval
from ..config import Settings
from ..embeddings import Embedder
from ..evidence import Evidence, weighed
from ..evidence.sides import owns
from ..evidence.unheld import unheld
from ..index import Index
from ..index.view import View
from ..library import Library
from ..papers import Filters, Hit, Paper, normalised_title
from ..queries import Question, read_question
from ..queries.authorship import Authorship, authorships
from ..retrieval.understanding import joined
from ..text import tokens
from . import conversation
from .abstention import NEAR_ENOUGH, Answerability, answerable
from .apart import apart, defining, together
from .library_questions import asks_for_record, papers_named, refers_to_a_paper, summary_evidence
from .lists import Named, named
from .similarity import Similarity
from .topics import Listing, beginnings, wordings_of

if TYPE_CHECKING:
    import numpy as np

_GONE_THROUGH = 1000
"""Papers up to which all are looked at for those that name a topic."""
_USUAL = 5000
"""Papers of a library up to which all that may name a topic are looked at, however many they are."""
_READ = 100
"""In a larger one so many of them are: those that come first by words. The rest is counted by the words' index."""
WIDE, LOOKED = 40, 16
"""Papers looked at for a list or a comparison, and for any other question."""
RELATED = 3
"""Papers shown beside an answer that can't be given."""
_THE_PAPER = re.compile(
    r"\bthe\s+((?:[\w’'-]+\s+){0,6}[\w’'-]+)\s+(?:paper|study|survey|article|thesis|dissertation|authors)\b", re.I
)
_TITLE_WORDS = 3
"""Fewer words than this may stand in a question without meaning the paper that they are the title of."""
SeenAgain = Callable[[str, Sequence[Hit]], list[Hit]]


class Looking:
    """Finds papers and evidence for questions to one library. Safe to use from several threads."""

    def __init__(
        self, library: Library, index: Index, embedder: Embedder, settings: Settings, similarity: Similarity,
        candidates: int,
    ) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._similarity = similarity
        self._candidates = candidates
        """Papers that a second look is taken at."""

    def titled(self, text: str) -> list[Paper]:
        """The papers whose titles stand in a text."""
        near = self._library.titled(conversation.possible_titles(text))
        return conversation.titles_in(text, near)

    def found(self, text: str) -> list[Paper]:
        """The paper that a search finds best; none in an empty library."""
        hits = retrieval.search(self._library, self._index, self._embedder, text, k=1)
        return self._library.papers([h.paper_id for h in hits])

    def unclear(self, question: Question, alone: conversation.Standalone, limits: Filters) -> list[Paper]:
        """The latest papers to choose from, where a question is about a paper and says not which; else none."""
        if alone.about or not refers_to_a_paper(question):
            return []
        ids = self._library.matching(limits)[-RELATED:] if limits else self._library.last(RELATED)
        return self._library.papers(ids)[::-1] if len(ids) > 1 else []

    def by_authors(self, text: str, limits: Filters) -> Authorship | None:
        """Whose papers a text asks for, where somebody of that name wrote some within the limits; else None."""
        for one in authorships(text):
            own = joined(limits, Filters(authors=(one.name,)), self._library)
            wanted = set(tokens(one.name))
            written = self._library.papers(self._library.matching(own)[:WIDE])
            if any(wanted <= set(tokens(author)) for paper in written for author in paper.authors):
                return one
        return None

    def naming(self, listing: Listing, question: Question, limits: Filters) -> Named:
        """The papers that name the topic and hold to the limits."""
        papers, held = self._papers_naming(listing.topic, limits)
        without = [tokens(words) for words in question.excluded]
        if without and held is not None:
            held = 0  # those of them that hold what is left out are not counted
        kept = [p for p in papers if not any(retrieval.holds(p, words) for words in without)]
        return named(listing, kept, held)

    def _papers_naming(self, topic: str, limits: Filters) -> tuple[Sequence[Paper], int | None]:
        """The papers within the limits that may name the topic: all of a small library. Of a large one that has
        many, those that come first, and how many hold it by the words' index; else None for their number."""
        view = self._index.view()
        if len(view) <= _GONE_THROUGH:
            return self._library.papers(self._library.matching(limits)) if limits else self._library.papers(), None
        allowed = self._index.passing(view, limits)
        return self._near(view, allowed, wordings_of(topic, lambda near: self._near(view, allowed, near)[0]))

    def _near(
        self, view: View, allowed: np.ndarray | None, wordings: Sequence[str]
    ) -> tuple[Sequence[Paper], int | None]:
        """The papers that may hold one of the wordings, as `_papers_naming` gives them."""
        import numpy as np

        found = view.beginning([beginnings(wording) for wording in wordings], allowed)
        if len(found) <= _READ or len(view) <= _USUAL:
            return self._library.papers([name for name in view.names(found) if name]), None
        held = np.isin(found, np.concatenate([view.holding(tokens(wording)) for wording in wordings]))
        weights = retrieval.term_weights(view, " ".join(wordings))
        scores = view.lexical(weights, np.sort(found[held] if held.sum() >= _READ else found))[found]
        order = np.lexsort((view.arrival(found), -scores, ~held))[:_READ]
        names = view.names(found[order])
        papers = {paper.id: paper for paper in self._library.papers([name for name in names if name])}
        return [papers[name] for name in names if name in papers], int(held.sum())

    def evidence(
        self, question: Question, alone: conversation.Standalone, limits: Filters, also: Mapping[str, float],
        again: SeenAgain,
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
            hits, evidence, judged = self._judged(own, within, again)
            if judged.answerable:
                return hits, own, evidence, judged
            wider = self._judged(question, limits, again, also)
            if wider[2].answerable and not wider[2].missing:
                return wider[0], question, wider[1], wider[2]
            return hits, own, evidence, judged
        hits, evidence, judged = self._judged(question, limits, again, also)
        if (meant := self._titled_in(question, hits)) is not None:
            own = replace(read_question(conversation.without_title(question.text, meant.title)), kind=question.kind)
            within = joined(limits, Filters(paper_ids=(meant.id,)), self._library)
            near = max((e.fit for e in evidence if e.paper.id == meant.id), default=0.0)
            hits, evidence, judged = self._judged(own, within, again)
            return hits, own, evidence, judged.as_near_as(near)
        if (described := self._described_in(question, hits)) is not None:
            within = joined(limits, Filters(paper_ids=(described.id,)), self._library)
            near = max((e.fit for e in evidence if e.paper.id == described.id), default=0.0)
            hits, evidence, judged = self._judged(question, within, again)
            return hits, question, evidence, judged.as_near_as(near)
        if (owner := self._named_in(question, hits, evidence, judged, limits)) is not None:
            within = joined(limits, Filters(paper_ids=(owner.id,)), self._library)
            hits, evidence, judged = self._judged(question, within, again)
            return hits, question, evidence, judged
        parts = apart(question)
        if parts and (not judged.answerable or judged.missing or defining(parts)):
            each = together(question, parts, [self._judged(p, limits, again) for p in parts])
            hits, evidence, judged = each or (hits, evidence, judged)
        return hits, question, evidence, judged

    def _titled_in(self, question: Question, hits: Sequence[Hit]) -> Paper | None:
        """The one paper near whose whole title the question holds, where it asks for one paper's words; else None."""
        if question.kind not in ("fact", "howto") or asks_for_record(question):
            return None
        found = self._library.papers([h.paper_id for h in hits[:RELATED]])
        if not found and question.phrases:
            # A title in quotation marks is a title, even where it is printed otherwise.
            found = self.found(question.search_text)
        titled = conversation.titles_in(question.text, found)
        if len(titled) != 1 or len(titled[0].title.split()) < _TITLE_WORDS:
            return None
        return titled[0] if conversation.without_title(question.text, titled[0].title) != question.text else None

    def _described_in(self, question: Question, hits: Sequence[Hit]) -> Paper | None:
        """The paper meant by "the mode interpolation paper": the one found with these words in its title; else None."""
        if question.kind not in ("fact", "howto"):
            return None
        found = self._library.papers([h.paper_id for h in hits])
        for m in _THE_PAPER.finditer(question.text):
            words = m[1].split()
            for start in range(len(words)):
                said = normalised_title(" ".join(words[start:]))
                bearing = [p for p in found if f" {said} " in f" {normalised_title(p.title)} "]
                if len(bearing) == 1 and len(said.split()) > 1:
                    return bearing[0]
        return None

    def _named_in(
        self, question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence], judged: Answerability,
        limits: Filters,
    ) -> Paper | None:
        """The paper that a question names by its own name, where others came first that do not answer; else None."""
        if (judged.answerable and not judged.missing) or question.kind not in ("fact", "howto") or not question.names:
            return None
        chosen = {e.paper.id: e.paper for e in evidence if e.chosen}
        if any(_entitled(p, n) for p in chosen.values() for n in question.names) or asks_for_record(question):
            return None
        near = {h.paper_id for h in hits}
        found: list[tuple[str, Paper]] = []
        for name in question.names:
            # Other words of a question may outweigh the name that says whose paper is meant.
            holding = self._holding(name)
            allowed = holding & set(self._library.matching(limits)) if limits else holding
            owners = [p for p in self._library.papers(near | allowed) if owns(p, name)]
            found += [(name, owners[0])] if len(owners) == 1 else []
        best = next((p for n, p in found if _entitled(p, n)), found[0][1] if found else None)
        return best if best is not None and list(chosen) != [best.id] else None

    def _holding(self, name: str) -> set[str]:
        """The papers in which a name occurs that only few papers hold."""
        view = self._index.view()
        found = view.holding(tokens(name))
        return {i for i in view.names(found) if i} if len(found) <= WIDE else set()

    def _judged(
        self, question: Question, limits: Filters, again: SeenAgain, also: Mapping[str, float] | None = None
    ) -> tuple[list[Hit], list[Evidence], Answerability]:
        wide = question.kind in ("list", "compare")
        most = self._settings.papers_per_answer
        text = question.search_text or question.text
        count = max(WIDE if wide else LOOKED, most)
        hits = retrieval.search(
            self._library, self._index, self._embedder, text, k=max(count, self._candidates),
            filters=limits, phrases=question.phrases, excluded=question.excluded, also=also,
            aspects=question.aspects,
        )
        hits = again(text, hits)[:count]
        hits, evidence = weighed(
            question, hits, self._library, self._similarity, keep=None if wide else most
        )
        if question.kind == "summary" and evidence:
            paper = self._summarised(question, evidence)
            if paper is not None:
                evidence = summary_evidence(paper) or evidence
        # A threshold measured on this very library is better than the one that was shipped.
        own = calibration.threshold_of(self._library.meta(calibration.KEY), self._settings.fingerprint)
        threshold = NEAR_ENOUGH if own is None else own
        papers = list({e.paper.id: e.paper for e in evidence if e.chosen}.values())
        told = [e.text for e in evidence if e.chosen and e.field == "page"]
        lacking = unheld(question, papers, self._similarity, told=told, known=len(hits) == 1)
        return hits, evidence, answerable(question, evidence, hits, threshold=threshold, unheld=lacking)

    def _summarised(self, question: Question, evidence: Sequence[Evidence]) -> Paper | None:
        """The paper that a summary is asked of: the one named, else the one that comes first."""
        near = list({e.paper.id: e.paper for e in evidence}.values())
        named = papers_named(question, near)
        return (named or near)[0] if named or near else None

    def papers_meant(self, question: Question, hits: Sequence[Hit]) -> list[Paper]:
        """The papers whose record is asked for; none for any other question."""
        if not asks_for_record(question):
            return []
        found = self._library.papers([h.paper_id for h in hits])
        order = {h.paper_id: h.rank for h in hits}
        return papers_named(question, sorted(found, key=lambda p: order[p.id]))[:3]


def _entitled(paper: Paper, name: str) -> bool:
    """Whether a name is the paper's own and stands in its title."""
    return name.casefold() in paper.title.casefold() and owns(paper, name)
