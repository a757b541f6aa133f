"""Who writes an answer: the papers' own sentences, or a language model. One protocol, two engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...evidence import Gathered
from ...papers import Event, Hit, Turn
from ...question import QuestionPlan
from ..builder import AnswerBuilder
from ..decision import Decision


@dataclass(frozen=True, slots=True)
class Material:
    """What an engine writes from: the plan, the papers found, their evidence, and whether it answers."""

    plan: QuestionPlan
    hits: tuple[Hit, ...]
    gathered: Gathered
    decision: Decision
    similarity: Similarity
    """Cosines of two lists of texts."""


Similarity = Callable[[Sequence[str], Sequence[str]], Any]
Search = Callable[[QuestionPlan, str], Material]
"""The material for another query under the same plan and limits."""


class Engine(Protocol):
    """Writes the answer to one question."""

    def write(
        self, material: Material, history: tuple[Turn, ...], search: Search, builder: AnswerBuilder
    ) -> Iterator[Event]:
        """The events of the answer after the papers were found, each block added to `builder` before its event.

        It sets the builder's `decision`, `confidence`, `form`, `related` and `missing`. Stage events may come between.
        """
        ...
