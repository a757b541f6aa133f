"""What a question asks for that the papers found do not hold, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..language import words
from ..models import logistic
from ..text import term_set, terms
from ..text.naming import holds_name
from .features import Matches


@dataclass(frozen=True, slots=True)
class WordMatch:
    """One word of a question and how near the papers come to it: cosines of the best token, 0 to 1."""

    word: str
    weight: float
    """Its share of the question."""
    best_paper: float
    """The nearest word of the paper that answers best."""
    any_paper: float
    """The nearest word of all papers found."""
    known: bool
    """Whether any paper of the library has the word."""


def word_matches(found: Matches, first: int = 0) -> list[WordMatch]:
    """The words of the question in order, each once; `first` is the place of the paper that answers best."""
    import numpy as np

    if not found.papers or not found.words:
        return []
    own = found.papers[first].matches.max(axis=0)
    every = np.max([p.matches.max(axis=0) for p in found.papers], axis=0)
    weights = found.weights
    matched: dict[str, WordMatch] = {}
    for k, word in enumerate(found.words):
        if weights[k] <= 0:
            continue
        other = matched.get(word)
        # Of a word in several tokens the token that is least near tells whether it is there.
        matched[word] = WordMatch(
            word, float(weights[k]) + (other.weight if other else 0.0),
            min(float(own[k]), other.best_paper if other else 1.0),
            min(float(every[k]), other.any_paper if other else 1.0), found.known[k],
        )
    return list(matched.values())


def asking_words() -> frozenset[str]:
    """Words that only ask: a library without them misses nothing."""
    return words("question.furniture.words") | words("question.requests.library_words")


def missing_terms(found: Matches) -> tuple[str, ...]:
    """The names and words of the question that no paper found holds, as typed: never one that a paper does hold."""
    texts = [t for p in found.papers for t in (p.paper.title, p.paper.abstract, *(s.text for s in p.sentences))]
    everything, held = "\n".join(texts), frozenset[str]().union(*map(term_set, texts))
    absent = [name for name in found.plan.names if not holds_name(everything, name)
              and not set(terms(name)) <= held]
    threshold = logistic("answer").thresholds["word_absent"]
    said = {term for name in absent for term in terms(name)}
    for one in word_matches(found):
        own = set(terms(one.word))
        asks = one.word.lower() in asking_words()
        if one.any_paper < threshold and not one.known and not asks and not own & (held | said):
            absent.append(one.word)
            said |= own
    return tuple(dict.fromkeys(absent))
