"""What a question asks for that the papers it would be answered from do not hold, in words.

Two things are looked at. The noun asked for ("which optimiser") must stand in the papers: as the word or one
of its family, by an instance ("Adam"), or as a word of nearly its meaning. And no other word of a short
question may be foreign to them: one without which the question comes nearer to their sentences, and to which
no word of theirs is close.

A long question describes its paper in words of its own, so there nothing is concluded from a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..papers import Paper
from ..queries import Asked, Question
from ..text import STOP_WORDS, sentences, token_spans, tokens
from ..text.naming import name_by_form
from ..text.stemming import stem
from .classes import instance_of, says_little, singulars
from .sides import owns

Similarity = Callable[[list[str], list[str]], Any]

SHORT = 9
"""Content words of a question that is taken at its word."""
LOSS = 0.065
"""How much nearer the question comes to the papers without a foreign word, at least."""
CLOSE = 0.6
"""The similarity from which a word of the papers may stand for one of the question."""
ASKED_LOSS, ASKED_CLOSE = -0.03, 0.65
"""The same two for the noun asked for, which has to be there."""
NEAR, NEAR_LOSS = 0.6, 0.045
"""From this similarity of a sentence to the question on, it may say the noun in other words: more loss is needed."""
_MOST_PAPERS = 3
_OF = r"(?:by|to|on|in|with|for|from|at|of|under|over|into|against|through)"
_AUX = r"is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|might|must"
_BEFORE = re.compile(r"(?:in|on|of|for|from|to|with|by|at|into|over|about|as|and|or|the|a|an)$", re.I)
_NOUN_PHRASE = re.compile(
    rf"^(?:and\s+|but\s+)?(?:{_OF}\s+)?(which|what)\s+(?!(?:{_AUX}|of|the|an?)\s)((?:[\w@.'’-]+\s+){{1,4}}?)"
    rf"({_AUX}|of|in|on|for|from|with|used)\b", re.I,
)
_OPENS = re.compile(rf"^(?:and\s+|but\s+)?(?:{_OF}\s+)?(which|what)\s+(?!(?:{_AUX}|of|the|an?)\s)([\w@.'’-]+)", re.I)
_IS = re.compile(
    r"^(?:and\s+)?what\s+(?:is|are|was|were)\s+(?:the|an?|its|their)\s+((?:[\w@.-]+\s+){0,3}?[\w@.-]+)\s+"
    r"(?:of|in|for|used|behind)\b", re.I,
)
_LANGUAGE_MODEL = re.compile(rf"^(?:and\s+)?(?:{_OF}\s+)?(?:which|what)\s+(?:large\s+)?language\s+models?\b", re.I)
_WHAT_ABOUT = re.compile(
    r"^(?:and\s+|but\s+)?(?:what|how)\s+about\s+(?:the|its|their)\s+((?:[\w@.-]+\s+){0,2}?[\w@.-]+?)\s*[?.!]*$", re.I
)
_ABOUT = re.compile(
    r"^what\s+(?:does|do|did)\s+.+?\s(?:say|report|tell|state|mention|write|claim|find|conclude|reveal|show)\s+(?:us\s+)?"
    r"(?:about|on|regarding|concerning)\s+(?:the\s+|an?\s+|its\s+|their\s+)?((?:[\w@.'’-]+\s+){0,2}[\w@.'’-]+?)\s*[?.!]*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Unheld:
    """Words of a question that its papers do not hold; `part` is the number of the part (`Question.asks`).

    `asked` marks the noun asked for. `loss` is how much nearer the question would come without them.
    """

    words: str
    part: int
    asked: bool
    loss: float


def unheld(
    question: Question, papers: Sequence[Paper], similarity: Similarity, *, told: Sequence[str] = (),
    known: bool = False,
) -> list[Unheld]:
    """The words of `question` that none of the papers holds, those asked for first; empty where all are there.

    `papers` are those it would be answered from, best first; `told` the sentences of their pages that come
    near the question: a word may stand on any page, its meaning is looked for in these and the abstracts.
    `known` says that the paper was settled before the question, so that the question need not describe it.
    """
    if not papers or question.kind in ("summary", "compare", "greeting", "library", "empty"):
        return []
    page = _Page(papers[:_MOST_PAPERS], told, similarity)
    count = len({stem(t) for t in tokens(question.search_text) if t not in STOP_WORDS})
    named = known or any(owns(p, n) for p in papers[:_MOST_PAPERS] for n in question.names)
    if count > SHORT and not named:
        return []
    found = [one for k, asked in enumerate(question.asks) if (one := _asked_for(asked, k, page, named)) is not None]
    if count <= SHORT and not known and not any(u.asked for u in found) and not _instanced(question, page):
        found += _foreign(question, page)
    return found


class _Page:
    """What the papers hold: their words and sentences."""

    def __init__(self, papers: Sequence[Paper], told: Sequence[str], similarity: Similarity) -> None:
        self._similarity = similarity
        self.text = "\n".join(_text(p) for p in papers)
        self.sentences = [s for p in papers for s in (p.title, *(p.abstract[a:b] for a, b in sentences(p.abstract)))]
        self.sentences += told
        words = dict.fromkeys(tokens("\n".join((*(f"{p.title}\n{p.abstract}" for p in papers), *told))))
        self._words = [w for w in words if w not in STOP_WORDS and len(w) > 1 and not w[0].isdigit()]
        own = [_held_in(_text(p)) for p in papers]
        self._own, self._stems, self._families = (frozenset[str]().union(*(o[k] for o in own)) for k in range(3))

    def holds(self, word: str) -> bool:
        """Whether the word, or one of its family, stands in the papers."""
        # By its stem alone a tokenizer would be held by tokens.
        by_stem = not re.search(r"i[sz]ers?$", word) and stem(word) in self._stems
        return by_stem or family(word) in self._families

    def says(self, word: str) -> bool:
        """Whether the word itself stands in the papers, in the singular or the plural."""
        return any(american(form) in self._own for form in (word, f"{word}s", *singulars(word)))

    def nearest(self, text: str) -> float:
        """The similarity of the sentence that comes nearest to a text."""
        return max(float(x) for x in self._similarity([text], self.sentences)[0])

    def closest(self, word: str) -> float:
        """The similarity of the papers' word that comes nearest in meaning; words of its own stem were looked at."""
        row = self._similarity([word], self._words)[0] if self._words else []
        return max((float(x) for x, w in zip(row, self._words, strict=True) if stem(w) != stem(word)), default=0.0)

    def loss(self, text: str, start: int, end: int) -> float:
        """How much nearer the text comes to the papers' best sentences without its part from start to end."""
        rest = " ".join(f"{text[:start]} {text[end:]}".split())
        if not any(t not in STOP_WORDS for t in tokens(rest)):
            return 0.0
        rows = self._similarity([text, rest], self.sentences)
        whole, without = (sorted((float(x) for x in row), reverse=True)[:3] for row in rows)
        return (sum(without) - sum(whole)) / max(1, len(whole))


# A book is asked one question after another.
@lru_cache(maxsize=32)
def _held_in(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words of a text: as spelt in America, by their stems, and by their families."""
    own = set(tokens(text))
    return frozenset(map(american, own)), frozenset(map(stem, own)), frozenset(map(family, own))


# --------------------------------------------------------------------------- the noun asked for


def noun_asked(text: str) -> tuple[str, ...]:
    """The words of the noun phrase after "which", "what" or "say about", as far as it is sure where it ends.

    A phrase whose end is open gives its first word after "which"; after "what" that may be a verb.
    """
    if found := _IS.match(text) or _ABOUT.match(text) or _WHAT_ABOUT.match(text):
        return tuple(found[1].split())
    if _LANGUAGE_MODEL.match(text):
        return ("language", "model")
    if found := _NOUN_PHRASE.match(text):
        phrase = found[2].split()
        verb = any(re.search(r"(?:ed|ing)$", w) for w in phrase[1:])
        if not re.fullmatch(_AUX, found[3], re.I):
            if found[1].lower() == "what":
                verb = len(phrase) > 1 or phrase[0].endswith("s")  # "what stops it from", "what helps with"
            elif says_little(phrase[0].lower()):
                return (phrase[0],)  # "which metric fell from"
        if not verb and len(phrase) <= 3:
            return tuple(phrase)
    opened = _OPENS.match(text)
    return (opened[2],) if opened and opened[1].lower() == "which" else ()


def _instanced(question: Question, page: _Page) -> bool:
    """Whether an instance of the noun that the one part of a question asks for stands in the papers."""
    nouns = [w.lower() for a in question.asks for w in noun_asked(a.text)]
    return len(question.asks) == 1 and any(
        instance_of(noun, before, page.text) for before, noun in zip(["", *nouns], nouns, strict=False)
    )


def _asked_for(asked: Asked, k: int, page: _Page, known: bool) -> Unheld | None:
    if asked.wants not in ("name", "place", "person", "any", "amount") or asked.measure:
        return None
    phrase = [w.strip("'’.,").removesuffix("'s").removesuffix("’s") for w in noun_asked(asked.text)]
    words = [w.lower() for w in phrase if w]
    if not words or any(name_by_form(w) and instance_of(w.lower(), "", "") is None for w in phrase):
        return None
    head, before = words[-1], words[-2] if len(words) > 1 else ""
    instances = instance_of(head, before, page.text)
    if instances:
        return None
    if instances is False and (not page.says(head) or (known and before == "language")):
        return Unheld(" ".join(phrase), k, True, 0.0)
    lacking = [
        w for w in words if w not in STOP_WORDS and not says_little(w) and not w[0].isdigit() and (
            not page.holds(w) or (instances is False and before in ("programming", "coding") and w == before))
    ]
    lacking = [w for w in lacking if page.closest(w) < ASKED_CLOSE]
    if not lacking:
        return None
    at = asked.text.lower().find(lacking[0])
    end = asked.text.lower().find(lacking[-1], at) + len(lacking[-1])
    loss = 0.0 if known else page.loss(asked.text, max(0, at), end)
    bare = asked.text
    for name in asked.names:
        bare = bare.replace(name, " ")  # whose paper it is says nothing about what stands in it
    least = ASKED_LOSS if known or page.nearest(bare) < NEAR else NEAR_LOSS
    return Unheld(" ".join(phrase), k, True, loss) if loss > least else None


# --------------------------------------------------------------------------- foreign words


def _foreign(question: Question, page: _Page) -> list[Unheld]:
    text = question.search_text
    named = {t for n in question.names for t in tokens(n)}
    spans = token_spans(text)
    strange = [_may_be_foreign(k, spans, named, page) for k in range(len(spans))]
    found, at = [], 0
    while at < len(spans):
        if not strange[at]:
            at += 1
            continue
        last = at
        while last + 1 < len(spans) and strange[last + 1]:
            last += 1
        first = at
        while first and _BEFORE.fullmatch(spans[first - 1][0]):
            first -= 1
        loss = page.loss(text, spans[first][1], spans[last][2])
        if loss >= LOSS and max(page.closest(spans[i][0]) for i in range(at, last + 1)) < CLOSE:
            words = text[spans[at][1] : spans[last][2]]
            part = next((k for k, a in enumerate(question.asks) if words in a.text), 0)
            found.append(Unheld(words, part, False, loss))
        at = last + 1
    return sorted(found, key=lambda one: -one.loss)


def _may_be_foreign(k: int, spans: Sequence[tuple[str, int, int]], named: set[str], page: _Page) -> bool:
    word = spans[k][0]
    if word == "made" and k + 1 < len(spans) and spans[k + 1][0] == "of":
        return not page.holds(word)  # what a thing consists of
    if word in STOP_WORDS or word in named or says_little(word) or len(word) < 3 or word[0].isdigit():
        return False
    return not page.holds(word)


# --------------------------------------------------------------------------- word families

_ENDINGS = (
    "izations", "ization", "izers", "izing", "izer", "ized", "izes", "ize",
    "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ers", "ors", "er", "or", "ed", "es", "s", "e",
    "ly",
)  # fmt: skip


@lru_cache(maxsize=32768)
def american(word: str) -> str:
    """The word as it is spelt in America: optimiser is optimizer, behaviour behavior, licence license."""
    word = re.sub(r"is(?=(?:e|ed|er|ers|es|ing|ation|ations)$)", "iz", word.lower())
    return re.sub(r"licence", "license", re.sub(r"our(?=$|s$|al$|ed$|ing$)", "or", word))


@lru_cache(maxsize=32768)
def family(word: str) -> str:
    """The beginning that a word shares with those derived from it: optimiser, optimized, optimization."""
    word = american(word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            base = word[: -len(ending)]
            if ending.startswith("iz"):
                return f"{base}iz"
            if base.endswith("at") and len(base) >= 6:
                return base[:-2]  # annotators, annotation
            return base.removesuffix("i") if len(base) > 5 else base
    return word


def _text(paper: Paper) -> str:
    return "\n".join((paper.title, paper.abstract, *(p.text for p in paper.pages)))
