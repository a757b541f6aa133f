"""A follow-up made a question that stands alone, and the papers it is about. Pure but for what it asks of `Known`.

What is spoken of is what the answers showed, in their order. A list stays what "the second one" means while only its
papers are spoken of; after a refusal nothing is assumed; a fragment that names something else starts a new topic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from ..language import either, listed, pattern, words
from ..papers import Answer, Paper, Turn, normalised_title
from ..text import terms, tokens
from ..text.naming import names
from ..text.own_names import own_name
from .known import Known
from .requests import ids_of, on_answer
from .topic import topic_of
from .words import LONGEST, asking, bare, has, without_start

_TURNS = 8
"""Turns that are looked back."""
_NAMES = 12
"""Names in an answer's text that are looked up."""
_THING = either("question.refers.things")
_REFERENCE = re.compile(
    rf"\b(?:the\s+)?{either('question.refers.demonstratives')}\s+(?:new\s+)?{_THING}\b"
    rf"|\bthe\s+{_THING}\b(?!\s+{either('question.refers.not_the')}\b)(?!['’\-])"
    rf"|\b{either('question.refers.pronouns')}\b"
    rf"|\b{either('question.refers.before_bare')}\s+(?:this|that|these|those)"
    r"(?=\s*(?:[?,.;!]|$|\s\w))(?!\s+\w+\s+(?:of|that)\b)",
    re.I,
)
_OF_SEVERAL = rf"(?:of\s+(?:them|these|those)|{either('question.refers.ordinal_things')}\b)"
_IN_LIST = re.compile(
    rf"\b(?:the\s+)?(?P<which>{either('question.refers.ordinals', 'question.refers.last', 'question.refers.former')})"
    rf"(?:\s+{_OF_SEVERAL}|(?=\s*(?:[?.,;:!]|$)))"
    rf"|\bthe\s+(?P<one>latter|former)\b"
    rf"|(?:\b(?:paper|number|no\.?|study|result)\s*|[#\[])(?P<number>\d)(?:\]|\b)"
    rf"|\bthe\s+(?:first|top)\s+(?P<count>{either('question.refers.counts')})\b(?:\s+{_OF_SEVERAL})?"
    rf"|\bthe\s+(?P<other>other)\s+{_OF_SEVERAL}",
    re.I,
)
"""What points into a list of papers: "the second one", "the latter", "[2]", "the first two", "the other one"."""
_THANKS = re.compile(rf"^(?:{either('question.thanks')}\s*[,!.]+\s*)+(?=\S)", re.I)
_PREPOSITION = re.compile(rf"{either('question.prepositions')}\b", re.I)


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that needs no conversation, the ids of the papers it is about (the first meant first), whether it
    leans on what was said, what it wants of the last answer itself, and the question in the asker's words alone."""

    question: str
    about: tuple[str, ...] = ()
    follows: bool = False
    on_answer: str = ""
    plain: str = ""
    """The question with "the paper" where a name was put in: a title's words ask nothing. Empty: as `question`."""


class Conversation:
    """What the earlier turns spoke of."""

    def __init__(self, history: Sequence[Turn], known: Known) -> None:
        self.turns = list(history)[-_TURNS:]
        self.known = known

    @cached_property
    def shown(self) -> list[list[Paper]]:
        """The papers that the answer of each turn showed, in its order; none for a refusal."""
        return [self._papers(turn) for turn in self.turns]

    def _papers(self, turn: Turn) -> list[Paper]:
        if isinstance(turn.answer, Answer):
            ids = [c.paper_id for c in turn.answer.citations]
            if turn.answer.decision == "shortlist":
                ids = ids or [r.paper_id for r in turn.answer.related]
            return self.known.papers(list(dict.fromkeys(ids)))
        text = turn.answer[:LONGEST]
        near = self.known.nearest(f"{turn.question} {text}") if text.strip() else []
        close = {p.id for p in near}
        placed = [(_place(text, p.title), p) for p in self.known.titled(text)]
        for name in names(f"x {text}")[:_NAMES]:
            # Another paper may bear the name by chance: "LLM" is somebody's own.
            placed += [(text.find(name), p) for p in self.known.named(name) if p.id in close]
        found = {p.id: p for _, p in sorted(placed, key=lambda one: one[0])}
        return list(found.values()) or near[:1]

    @cached_property
    def last(self) -> list[Paper]:
        """The papers last spoken of; none after a refusal. A turn that only thanked counts for nothing."""
        for turn, papers in zip(reversed(self.turns), reversed(self.shown), strict=True):
            if papers or (isinstance(turn.answer, Answer) and turn.answer.abstained):
                return papers
        return []

    @cached_property
    def list_at(self) -> int | None:
        """The turn whose list is what "the second one" means: the earliest since when only its papers came up."""
        found, later = None, set[str]()
        for at in reversed(range(len(self.turns))):
            ids = {p.id for p in self.shown[at]}
            if len(ids) > 1:
                if not later <= ids:
                    break
                found = at
            later |= ids
        return found

    @property
    def listing(self) -> list[Paper]:
        """The papers of that list."""
        return self.shown[self.list_at] if self.list_at is not None else []

    @property
    def pair(self) -> list[Paper]:
        """The papers that "the former" and "the latter" are of: those of the latest answer with several."""
        return next((papers for papers in reversed(self.shown) if len(papers) > 1), [])


def standalone(asked: str, history: Sequence[Turn], known: Known) -> Standalone:
    """The question for itself; as it is where it refers to nothing before it."""
    if not history or not any(c.isalnum() for c in asked) or len(asked) > LONGEST:
        return Standalone(asked)
    talk = Conversation(history, known)
    text = _THANKS.sub("", asked)
    if wanted := on_answer(text):
        return Standalone(asked, ids_of(talk.last), True, wanted)
    for read in (_in_list, _of_them, _like_it, _fragment, _refers):
        if (found := read(text, talk)) is not None:
            return found
    return Standalone(text)


# --------------------------------------------------------------------------- ways to refer


def _in_list(text: str, talk: Conversation) -> Standalone | None:
    """ "The second one", "the first two", "the latter", "[2]", "the other one"."""
    found = _IN_LIST.search(text)
    if not found:
        return None
    papers = _meant(found, talk)
    rest = _beside(found, "question.refers.fragment_words")
    if not papers:
        # One of a list that is not there: nothing is meant.
        return None if rest else Standalone(text)
    put = partial(_instead, found) if rest else partial(_carried, talk)
    if len(papers) > 1:
        return Standalone(put(" and ".join(map(_name, papers))), ids_of(papers), True)
    return Standalone(put(papers[0].title), ids_of(papers), True, plain=put("the paper"))


def _meant(found: re.Match[str], talk: Conversation) -> list[Paper]:
    """The papers that words which point into a list mean; none where there is no such list."""
    if found["other"]:
        others = [p for p in talk.pair if p not in talk.last]
        return others if len(others) == 1 else []
    if found["count"]:
        count = listed("question.refers.counts").index(found["count"].lower()) // 2 + 2
        return talk.listing[:count] if len(talk.listing) >= count else []
    which = (found["which"] or found["one"] or found["number"]).lower()
    papers = talk.pair if which in ("latter", "former") else talk.listing
    if which in words("question.refers.last"):
        return papers[-1:]
    if which.isdigit():
        return papers[int(which) - 1 : int(which)] if int(which) else []
    at = 0 if which in words("question.refers.former") else listed("question.refers.ordinals").index(which)
    return papers[at : at + 1]


def _of_them(text: str, talk: Conversation) -> Standalone | None:
    """ "Which of them …": the whole list is meant."""
    papers = talk.listing or talk.last
    return Standalone(text, ids_of(papers), True) if papers and has("question.refers.of_several", text) else None


def _like_it(text: str, talk: Conversation) -> Standalone | None:
    """ "Which other papers are similar?": to the one last spoken of."""
    found = pattern("question.requests.similar").search(text)
    if not found or not talk.last or _beside(found, "question.requests.similar_words"):
        return None
    return Standalone(text, ids_of(talk.last[:1]), True)


def _fragment(text: str, talk: Conversation) -> Standalone | None:
    """ "And X?", "What about X?", "why?", "in mice?"."""
    opened = pattern("question.refers.fragments").match(text)
    size = len(text.split())
    short = size <= 5 and _PREPOSITION.match(text) and not asking(text)[0]
    if not short and not (opened and size <= 14):
        return None
    rest = without_start(text, "question.refers.about_other").rstrip(" ?.!")
    if (found := _elsewhere(rest, talk)) is not None:
        return found
    if not talk.last:
        return Standalone(rest if opened and terms(rest) else text)
    about, before = _about(text, talk), talk.turns[-1].question
    if _reference(text, talk):
        return _named(rest, about, talk)
    if short or _PREPOSITION.match(rest):
        return Standalone(f"{before.rstrip('?!. ')} {rest}?", about, True)
    if not terms(rest) or pattern("question.refers.fragments").fullmatch(rest):
        return Standalone(f"{rest or text}: {before}", about, True)
    return _named(f"{rest}?", about, talk)


def _elsewhere(rest: str, talk: Conversation) -> Standalone | None:
    """A new topic that a fragment names: a paper's own name, or words that the papers spoken of have not."""
    if owners := [p for name in names(f"x {rest}") for p in talk.known.named(name)]:
        if any(p in talk.last for p in owners):
            return None
        whole = not talk.last or (asking(rest)[0] and len(rest.split()) > 3)
        return Standalone(rest if whole else _carried(talk, rest), (owners[0].id,), bool(talk.last))
    own = set(terms(rest))
    plain = not (asking(rest)[0] or _PREPOSITION.match(rest) or _REFERENCE.search(rest))
    if not 0 < len(own) <= 4 or not plain or has("question.comparatives", rest):
        return None
    spoken = any(own <= set(terms(f"{p.title} {p.abstract}")) for p in talk.last)
    return Standalone(rest) if not spoken and talk.known.holds_words(rest) else None


def _refers(text: str, talk: Conversation) -> Standalone | None:
    """A pronoun, "this paper", "the authors"; or a short question without a subject of its own, in the words of the
    paper last spoken of."""
    if not talk.last or _reference(text, talk):
        return _named(text, _about(text, talk), talk) if talk.last else None
    own = terms(topic_of(text))
    if names(f"x {text}") or has("question.nouns.plural_papers", text) or not 0 < len(own) <= 4 or not asking(text)[0]:
        return None
    there = set(terms(f"{talk.last[0].title} {talk.last[0].abstract}"))
    shared = sum(t in there for t in own)
    return _named(text, ids_of(talk.last[:1]), talk) if 2 * shared >= len(own) else None


def _reference(text: str, talk: Conversation) -> bool:
    """Whether words refer to what was said before; not where what they mean stands in the question."""
    empty = [m.span() for m in pattern("question.refers.empty_it").finditer(text)]
    for found in _REFERENCE.finditer(text):
        if any(start <= found.start() < end for start, end in empty):
            continue
        before, turn = text[: found.start()], talk.turns[-1]
        told = [turn.question, turn.text[:LONGEST], *(f"{p.title} {p.abstract}" for p in talk.last)]
        spoken = set(tokens(" ".join(told)))
        # A thing described before the pronoun is what it means: "Which encoder ties …, and is it …".
        described = len(terms(before))
        subject = described >= 6 or (described >= 3 and re.search(r"[,;:]|\band\b|\b(?:if|when)\b", before))
        return not subject and all(set(tokens(name)) <= spoken for name in names(before))
    return False


def _named(text: str, about: tuple[str, ...], talk: Conversation) -> Standalone:
    """The text as a question about papers, the name of the first behind it."""
    return Standalone(f"{text.rstrip('?!. ')} ({_name(talk.last[0])})?", about, True, plain=text)


def _name(paper: Paper) -> str:
    return own_name(paper.title, paper.abstract) or paper.title


def _about(text: str, talk: Conversation) -> tuple[str, ...]:
    """The papers meant: all of the last answer by "they" and "these", else the first."""
    return ids_of(talk.last if has("question.refers.plural", text) else talk.last[:1])


def _beside(found: re.Match[str], path: str) -> list[str]:
    """The words of a text beside a match that are not among those at a path."""
    return bare(_instead(found, " "), path)


def _instead(found: re.Match[str], put: str) -> str:
    return f"{found.string[: found.start()]}{put}{found.string[found.end() :]}"


def _carried(talk: Conversation, name: str) -> str:
    """The last question that asked something of one paper, asked of another; its name alone where there was none."""
    for at in reversed(range(len(talk.turns))):
        if at == talk.list_at:
            break
        question = talk.turns[at].question
        found = _IN_LIST.search(question)
        if found and _beside(found, "question.refers.fragment_words"):
            return _instead(found, name)
        for paper in talk.shown[at]:
            for called in (paper.title, own_name(paper.title, paper.abstract)):
                if called and called in question:
                    return question.replace(called, name, 1)
    return name


def _place(text: str, title: str) -> int:
    """Where a title stands in a text, as nearly as its first words tell."""
    first = " ".join(normalised_title(title).split()[:1])
    return text.lower().find(title.lower() if title.lower() in text.lower() else first)
