"""A follow-up made a question that stands alone, and the papers it is about. Pure but for what it asks of `Known`.

What is spoken of is what the answers showed, in their order. A list stays what "the second one" means while only its
papers are spoken of; after a refusal nothing is assumed; a fragment that names something else starts a new topic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..language import either, listed, pattern, words
from ..papers import Answer, Paper, Turn, normalised_title
from ..text import terms, tokens
from ..text.naming import names
from ..text.own_names import own_name
from .known import Known
from .requests import on_answer
from .topic import topic_of
from .words import LONGEST, asking, bare, has, without_start

_TURNS = 8
"""Turns that are looked back."""
_PLAIN = "the paper"
_LONGEST_NAME = 6
"""Words of a name that is put in place of a pronoun; a longer one is put behind the question."""
_NAMES = 12
"""Names in an answer's text that are looked up."""
_THING = either("question.refers.things")
_PRONOUN = rf"\b{either('question.refers.pronouns')}\b"
_THIS_THING = rf"\b(?:the\s+)?{either('question.refers.demonstratives')}\s+(?:new\s+)?{_THING}\b"
_THE_THING = rf"\bthe\s+{_THING}\b(?!\s+{either('question.refers.not_the')}\b)(?!['’\-])"
_BARE = (
    rf"\b{either('question.refers.before_bare')}\s+(?:this|that|these|those)"
    r"(?=\s*(?:[?,.;!]|$|\s\w))(?!\s+\w+\s+(?:of|that)\b)"
)
_REFERENCE = re.compile(rf"{_THIS_THING}|{_THE_THING}|{_PRONOUN}|{_BARE}", re.I)
_OTHER_THING = rf"{either('question.refers.ordinal_things')}\b"
_ORDINAL = re.compile(
    rf"\b(?:the\s+)?(?P<which>{either('question.refers.ordinals', 'question.refers.last', 'question.refers.former')})"
    rf"(?:\s+(?:of\s+(?:them|these|those)|{_OTHER_THING})|(?=\s*(?:[?.,;:!]|$)))"
    rf"|\bthe\s+(?P<one>latter|former)\b"
    rf"|(?:\b(?:paper|number|no\.?|study|result)\s*|[#\[])(?P<number>\d)(?:\]|\b)",
    re.I,
)
_SEVERAL = re.compile(
    rf"\bthe\s+(?:first|top)\s+(?P<count>{either('question.refers.counts')})\b(?:\s+(?:of\s+(?:them|these|those)|{_OTHER_THING}))?",
    re.I,
)
_OTHER = re.compile(rf"\bthe\s+other\s+{_OTHER_THING}", re.I)
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
        self._known = known
        self._shown: dict[int, list[Paper]] = {}

    def shown(self, at: int) -> list[Paper]:
        """The papers that a turn's answer showed, in its order; none for a refusal."""
        if at not in self._shown:
            self._shown[at] = self._papers(self.turns[at])
        return self._shown[at]

    def _papers(self, turn: Turn) -> list[Paper]:
        if isinstance(turn.answer, Answer):
            ids = [c.paper_id for c in turn.answer.citations]
            if not ids and getattr(turn.answer, "decision", "") == "shortlist":
                ids = [r.paper_id for r in turn.answer.related]
            return self._known.papers(list(dict.fromkeys(ids))) if ids else []
        text = turn.answer[:LONGEST]
        near = self._known.nearest(f"{turn.question} {text}") if text.strip() else []
        close = {p.id for p in near}
        placed = [(_place(text, p.title), p) for p in self._known.titled(text)]
        for name in names(f"x {text}")[:_NAMES]:
            # Another paper may bear the name by chance: "LLM" is somebody's own.
            placed += [(text.find(name), p) for p in self._known.named(name) if p.id in close]
        found = {p.id: p for _, p in sorted(placed, key=lambda one: one[0])}
        if not found:
            return near[:1]
        return list(found.values())

    @cached_property
    def last(self) -> list[Paper]:
        """The papers last spoken of; none after a refusal. A turn that only thanked counts for nothing."""
        for at in reversed(range(len(self.turns))):
            answer = self.turns[at].answer
            if papers := self.shown(at):
                return papers
            if isinstance(answer, Answer) and answer.abstained:
                return []
        return []

    @cached_property
    def list_at(self) -> int | None:
        """The turn whose list is what "the second one" means: the earliest since when only its papers came up."""
        found, later = None, set[str]()
        for at in reversed(range(len(self.turns))):
            ids = {p.id for p in self.shown(at)}
            if len(ids) > 1:
                if not later <= ids:
                    break
                found = at
            later |= ids
        return found

    @cached_property
    def listing(self) -> list[Paper]:
        """The papers of that list."""
        return self.shown(self.list_at) if self.list_at is not None else []

    @cached_property
    def pair(self) -> list[Paper]:
        """The papers that "the former" and "the latter" are of: those of the latest answer with several."""
        several = (self.shown(at) for at in reversed(range(len(self.turns))))
        return next((papers for papers in several if len(papers) > 1), [])

    def words(self) -> set[str]:
        """The words of the last turn and of the papers it spoke of."""
        turn = self.turns[-1]
        return set(
            tokens(" ".join([turn.question, turn.text[:LONGEST], *(f"{p.title} {p.abstract}" for p in self.last)]))
        )


def standalone(asked: str, history: Sequence[Turn], known: Known) -> Standalone:
    """The question for itself; as it is where it refers to nothing before it."""
    if not history or not any(c.isalnum() for c in asked) or len(asked) > LONGEST:
        return Standalone(asked)
    talk = Conversation(history, known)
    text = _without_thanks(asked)
    if wanted := on_answer(text):
        return Standalone(asked, _ids(talk.last), True, wanted)
    for read in (_several, _ordinal, _of_them, _like_it, _fragment, _refers, _leans):
        if (found := read(text, talk, known)) is not None:
            return found
    return Standalone(text)


# --------------------------------------------------------------------------- ways to refer


def _several(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """ "The first two"."""
    found = _SEVERAL.search(text)
    if not found:
        return None
    counts = listed("question.refers.counts")
    count = counts.index(found["count"].lower()) // 2 + 2
    if len(talk.listing) < count:
        return None
    named = " and ".join(_name(p) for p in talk.listing[:count])
    return Standalone(f"{text[: found.start()]}{named}{text[found.end() :]}", _ids(talk.listing[:count]), True)


def _ordinal(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """ "The second one", "the latter", "[2]", "the other one"."""
    found = _ORDINAL.search(text) or _OTHER.search(text)
    if not found:
        return None
    paper = _meant(found, talk)
    rest = bare(f"{text[: found.start()]} {text[found.end() :]}", "question.refers.fragment_words")
    if paper is None:
        # One of a list that is not there: nothing is meant.
        return None if rest else Standalone(text)
    title = paper.title
    if rest:
        return _told(text, found, title, (paper.id,))
    return Standalone(_carried(talk, title), (paper.id,), True, plain=_carried(talk, _PLAIN))


def _meant(found: re.Match[str], talk: Conversation) -> Paper | None:
    if "which" not in found.re.groupindex:
        others = [p for p in talk.pair if p.id not in {one.id for one in talk.last}]
        return others[0] if len(others) == 1 else None
    if found["number"]:
        at = int(found["number"]) - 1
        return talk.listing[at] if 0 <= at < len(talk.listing) else None
    which = (found["which"] or found["one"]).lower()
    papers = talk.pair if which in ("latter", "former") else talk.listing
    if which in words("question.refers.last"):
        return papers[-1] if papers else None
    at = 0 if which in words("question.refers.former") else listed("question.refers.ordinals").index(which)
    return papers[at] if at < len(papers) else None


def _of_them(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """ "Which of them …": the whole list is meant."""
    papers = talk.listing or talk.last
    if not papers or not has("question.refers.of_several", text):
        return None
    return Standalone(text, _ids(papers), True)


def _like_it(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """ "Which other papers are similar?": to the one last spoken of."""
    found = pattern("question.requests.similar").search(text)
    if (
        not found
        or not talk.last
        or bare(f"{text[: found.start()]} {text[found.end() :]}", "question.requests.similar_words")
    ):
        return None
    return Standalone(text, _ids(talk.last[:1]), True)


def _fragment(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """ "And X?", "What about X?", "why?", "in mice?"."""
    opened = pattern("question.refers.fragments").match(text)
    size = len(text.split())
    short = size <= 5 and _PREPOSITION.match(text) and not asking(text)[0]
    if not short and not (opened and size <= 14):
        return None
    rest = without_start(text, "question.refers.about_other").rstrip(" ?.!") if opened else text.rstrip(" ?.!")
    if (found := _elsewhere(rest, talk, known)) is not None:
        return found
    if not talk.last:
        return Standalone(rest if opened and terms(rest) else text)
    first = talk.last[0]
    reference = _reference(text, talk)
    if reference:
        return _put(rest, talk)
    if short or (opened and _PREPOSITION.match(rest)):
        before = talk.turns[-1].question.rstrip("?!. ")
        return Standalone(f"{before} {rest}?", _about(text, talk), True)
    if not terms(rest) or pattern("question.refers.fragments").fullmatch(rest):
        return Standalone(f"{rest or text}: {talk.turns[-1].question}", _about(text, talk), True)
    return Standalone(f"{rest[:1].upper()}{rest[1:]} ({_name(first)})?", _about(text, talk), True, plain=f"{rest}?")


def _elsewhere(rest: str, talk: Conversation, known: Known) -> Standalone | None:
    """A new topic that a fragment names: a paper's own name, or words that the papers spoken of have not."""
    spoken = {p.id for p in talk.last}
    if owners := [p for name in names(f"x {rest}") for p in known.named(name)]:
        if {p.id for p in owners} & spoken:
            return None
        if asking(rest)[0] and len(rest.split()) > 3:
            return (
                Standalone(f"{rest}? ({talk.turns[-1].question})", (owners[0].id,), True)
                if talk.last
                else Standalone(rest)
            )
        return Standalone(_carried(talk, rest) if talk.last else rest, (owners[0].id,), bool(talk.last))
    own = set(terms(rest))
    plain = (
        not asking(rest)[0]
        and not _PREPOSITION.match(rest)
        and not _REFERENCE.search(rest)
        and not has("question.comparatives", rest)
    )
    if not 0 < len(own) <= 4 or not plain or any(own <= set(terms(f"{p.title} {p.abstract}")) for p in talk.last):
        return None
    return Standalone(rest) if known.holds_words(rest) else None


def _refers(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """A pronoun, "this paper", "the authors"."""
    if not talk.last or _reference(text, talk) is None:
        return None
    return _put(text, talk)


def _leans(text: str, talk: Conversation, known: Known) -> Standalone | None:
    """A short question without a subject of its own, in the words of the paper last spoken of."""
    own = terms(topic_of(text))
    if (
        not talk.last
        or names(f"x {text}")
        or not 0 < len(own) <= 4
        or not asking(text)[0]
        or has("question.nouns.plural_papers", text)
    ):
        return None
    there = set(terms(f"{talk.last[0].title} {talk.last[0].abstract}"))
    if 2 * sum(t in there for t in own) < len(own) or sum(t in there for t in own) < 1:
        return None
    return Standalone(f"{text.rstrip('?!. ')} ({_name(talk.last[0])})?", (talk.last[0].id,), True, plain=text)


def _reference(text: str, talk: Conversation) -> re.Match[str] | None:
    """The first words that refer to what was said before; None where what they mean stands in the question."""
    empty = [m.span() for m in pattern("question.refers.empty_it").finditer(text)]
    spoken: set[str] | None = None
    for found in _REFERENCE.finditer(text):
        if any(start <= found.start() < end for start, end in empty):
            continue
        before = text[: found.start()]
        spoken = talk.words() if spoken is None else spoken
        new = any(not set(tokens(name)) <= spoken for name in names(before))
        return None if new or _subject_before(before) else found
    return None


def _subject_before(text: str) -> bool:
    """Whether a thing is described before the pronoun, which then means it: "Which encoder ties …, and is it …"."""
    described = terms(text)
    return len(described) >= 6 or (len(described) >= 3 and bool(re.search(r"[,;:]|\band\b|\b(?:if|when)\b", text)))


# --------------------------------------------------------------------------- wording


def _about(text: str, talk: Conversation) -> tuple[str, ...]:
    """The papers meant: all of the last answer by "they" and "these", else the first."""
    return _ids(talk.last if has("question.refers.plural", text) else talk.last[:1])


def _ids(papers: Sequence[Paper]) -> tuple[str, ...]:
    return tuple(p.id for p in papers)


def _without_thanks(asked: str) -> str:
    """The text without thanks before it; the text itself where there is nothing else."""
    found = re.match(rf"(?:{either('question.thanks')}[\s,!.]+)+(?=\S)", asked, re.I)
    return asked[found.end() :] if found and re.search(r"[!,.]", found[0]) else asked


def _carried(talk: Conversation, name: str) -> str:
    """The last question that asked something of one paper, asked of another; its name alone where there was none."""
    for at in reversed(range(len(talk.turns))):
        if at == talk.list_at:
            break
        question = talk.turns[at].question
        ordinal = _ORDINAL.search(question)
        if ordinal and bare(
            f"{question[: ordinal.start()]} {question[ordinal.end() :]}", "question.refers.fragment_words"
        ):
            return f"{question[: ordinal.start()]}{name}{question[ordinal.end() :]}"
        for paper in talk.shown(at):
            for called in (paper.title, own_name(paper.title, paper.abstract)):
                if called and called in question:
                    return question.replace(called, name, 1)
    return name


def _name(paper: Paper) -> str:
    """What to call a paper: the name before its title's colon, the name of what it puts forward, else its title."""
    head, colon, _ = paper.title.partition(":")
    if colon and 1 <= len(head.split()) <= 4:
        return head.strip()
    return own_name(paper.title, paper.abstract) or paper.title


def _told(text: str, said: re.Match[str], put: str, about: tuple[str, ...]) -> Standalone:
    """The text with a name in place of the words that refer to it."""
    start, end = said.span()
    plain = f"{text[:start]}{_PLAIN if put else said[0]}{text[end:]}"
    return Standalone(f"{text[:start]}{put}{text[end:]}", about, True, plain=plain)


def _put(text: str, talk: Conversation) -> Standalone:
    """The text with the paper's name where it refers to it."""
    reference, name = _reference(text, talk), _name(talk.last[0])
    about = _about(text, talk)
    if reference is None or len(name.split()) > _LONGEST_NAME:
        return Standalone(f"{text.rstrip('?!. ')} ({name})?", about, True, plain=text)
    said = reference[0]
    if said.lower() in words("question.refers.possessive"):
        put = f"{name}'s"
    elif re.fullmatch(_PRONOUN, said, re.I) or (
        re.fullmatch(_THIS_THING, said, re.I) and not has("question.refers.people", said)
    ):
        put = name
    elif re.match(r"(?:the|these|those)\s", said, re.I):
        put = f"{said} of {name}"
    else:
        put = re.sub(r"\b(?:this|that|these|those)\b", name, said, flags=re.I)
    return Standalone(f"{text[: reference.start()]}{put}{text[reference.end() :]}", about, True, plain=text)


def _place(text: str, title: str) -> int:
    """Where a title stands in a text, as nearly as its first words tell."""
    first = " ".join(normalised_title(title).split()[:1])
    return text.lower().find(title.lower()) if title.lower() in text.lower() else text.lower().find(first)
