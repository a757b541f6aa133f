"""A paper as far as made questions need it: what it is called, its sentences, what it counts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..papers import Paper
from ..queries import name_by_form
from ..text import sentences, terms
from ..text.quantities import quantities


def words(text: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Probe:
    """A question made from the library. `kind` names its template, `paper_id` the paper it is about."""

    question: str
    answerable: bool
    kind: str
    paper_id: str | None = None
    fact: str = ""
    """The words that the sentence it was cut from has in the asked place; empty where nothing is to be found."""

    @property
    def generic(self) -> bool:
        """Whether it asks a paper of the library for a generic thing, an attribute or a yes or no that is not there."""
        return not self.answerable and self.kind in ("attribute", "thing", "predicate")

    @property
    def near(self) -> bool:
        """Whether it has no answer and yet is about a paper of the library."""
        return not self.answerable and self.paper_id is not None


@dataclass(frozen=True, slots=True)
class Read:
    """A paper as far as questions need it."""

    paper: Paper
    subject: str
    named: bool
    """Whether the subject is a name of the paper's own and not its title."""
    sentences: tuple[str, ...]
    terms: frozenset[str]
    rare: frozenset[str]
    """Terms that at most three papers of the library hold, or one in fifty."""
    text: str

    def mentions(self, words: str) -> bool:
        """Whether it holds the words as they stand, or any content word of them."""
        return words.lower() in self.text or bool(self.terms & set(terms(words)))

    def holds_all(self, words: str) -> bool:
        own = set(terms(words))
        return bool(own) and own <= self.terms


_COINED = re.compile(
    r"\b(?:introduc\w+|propos\w+|present\w*|develop\w*|call(?:ed)?|nam(?:e|ed|ely)|dubbed|termed)\s+(?:the\s+)?"
    r"([A-Z][\w+-]{2,20})(?=[\s,.;:(])"
)


def read_papers(papers: Sequence[Paper]) -> list[Read]:
    """The papers that have an abstract worth asking about, by id, each with its subject.

    A name stands for a paper only if no other paper of the library holds it; else its title does.
    """
    chosen = [p for p in sorted(papers, key=lambda p: p.id) if len(p.abstract.split()) >= 20]
    texts = [" ".join(f"{p.title} {p.abstract}".lower().split()) for p in chosen]
    held = [frozenset(terms(text)) for text in texts]
    counts = Counter(term for own in held for term in own)
    rare = {term for term, count in counts.items() if count <= max(3, len(chosen) // 50)}
    found = []
    for paper, text, own in zip(chosen, texts, held, strict=True):
        name = _own_name(paper)
        if name and sum(_holds(t, name.lower()) for t in texts) > 1:
            name = ""
        title = " ".join(paper.title.split()).rstrip(".?!")
        lines = tuple(" ".join(paper.abstract[a:b].split()) for a, b in sentences(paper.abstract))
        subject = name or f'the paper "{title}"'
        found.append(Read(paper, subject, bool(name), lines, own, own & rare, text))
    return found


def _holds(text: str, name: str) -> bool:
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _own_name(paper: Paper) -> str:
    """What the paper calls its own system: the title's word before a colon, or one coined in the abstract."""
    head, colon, _ = paper.title.partition(":")
    if colon and len(head.split()) == 1 and name_by_form(head) and len(head) > 2 and _holds(paper.abstract, head):
        return head
    coined = [m[1] for m in _COINED.finditer(paper.abstract) if name_by_form(m[1])]
    return coined[0] if coined else ""


_COUNTED = re.compile(r"\s+((?:[a-z][a-z-]+\s+){0,2}[a-z]{3,}(?<!ss)s)\b(?![-\w])")
_NOT_COUNTED = words("times points percent folds orders years days hours weeks months was has is this its as thus")
_LINKS = words("of and or in on for with to by from at than more less over under the a an are which that while")


def counted(sentence: str) -> Iterator[tuple[str, str]]:
    """(number, counted noun phrase) of a sentence."""
    for quantity in quantities(sentence):
        if quantity.unit or (quantity.word and quantity.value <= 1) or re.fullmatch(r"(?:19|20)\d\d", quantity.text):
            continue
        found = _COUNTED.match(sentence, quantity.end)
        if found is None:
            continue
        words = found[1].split()
        while words and words[0] in _LINKS:
            words = words[1:]
        if words and not _LINKS & set(words) and words[-1] not in _NOT_COUNTED:
            yield quantity.text, " ".join(words)


TRIED_ON = re.compile(
    r"\b(?:on|using)\s+(?:the\s+)?([A-Z][\w+.-]*(?:\s[A-Z][\w+.-]*){0,2})\s+(dataset|benchmark|corpus|data\s?set|task)s?\b"
)
