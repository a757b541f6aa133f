"""The weights by which papers are chosen, measured on labelled questions, and fitted with one left out.

    python -m assistant.evaluation.fitting QUESTIONS.jsonl [HOME]

QUESTIONS is a question set (see `questions`) over the library in HOME (else the usual home). For questions
with one right paper: the share where it comes first, by the search alone, by the weights as they are
(`assistant.evidence.fit`), and by weights fitted to the other questions. For lists: the mean F1 of the
papers chosen, likewise. Then the weights fitted to all of them. Follow-ups, which need their history, and
questions without an answer take no part. Nothing is changed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import LitassistError
from ..evidence import paper_values
from ..evidence.fit import FIT, MEMBER, bar, membership
from ..papers import Paper
from ..queries import read_question
from .questions import LabelledQuestion, read_questions, title_key

if TYPE_CHECKING:
    from ..assistant import Assistant
    from ..embeddings import Embedder

LOOKED, WIDE = 16, 40
"""Papers looked at for a question with one answer, and for a list; as in answering."""
_RIDGE_ONE, _RIDGE_LIST = 3.0, 1.0
_STEPS = 300
_FEWEST = 3


@dataclass(frozen=True)
class Rows:
    """A question's papers in the order of the search, a row of values for each, and which of them are right."""

    id: str
    values: Any
    right: Any
    scores: Any
    missed: int = 0
    """Right papers that the search did not find among those looked at."""


class _Shelf:
    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def papers(self, paper_ids: Iterable[str] | None = None) -> list[Paper]:
        return [self._assistant.paper(i) for i in paper_ids or ()]

    whole = papers


def rows_of(
    assistant: Assistant, embedder: Embedder, questions: Sequence[LabelledQuestion]
) -> tuple[list[Rows], list[Rows]]:
    """The rows of the questions for one paper, and those of the lists."""
    import numpy as np

    def similarity(one: Sequence[str], other: Sequence[str]) -> Any:
        return embedder.encode(list(one)) @ embedder.encode(list(other)).T

    single: list[Rows] = []
    lists: list[Rows] = []
    for labelled in questions:
        question = read_question(labelled.question)
        gold = {title_key(t) for t in labelled.gold_titles}
        if labelled.history or not labelled.answerable or not gold or question.kind in ("compare", "summary"):
            continue
        several = question.kind == "list"
        hits = assistant.search(question.search_text, k=WIDE if several else LOOKED, literal=True)
        found = paper_values(question, hits, _Shelf(assistant), similarity)
        if not found or (not several and len(gold) > 1):
            continue
        keys = [title_key(p.title) for p, _, _ in found]
        fine = gold | {title_key(t) for t in labelled.acceptable_titles}
        weighed = [[(shares if several else values)[n] for n in (MEMBER if several else FIT)]
                   for _, values, shares in found]
        rows = Rows(
            labelled.id, np.array(weighed), np.array([k in (fine if several else gold) for k in keys]),
            np.array([values["retrieval"] for _, values, _ in found]), len(gold - set(keys)),
        )
        (lists if several else single).append(rows)
    return single, lists


def fitted(train: Sequence[Rows], ridge: float, *, several: bool) -> tuple[Any, float]:
    """(weights, bar) of a conditional logit over each question's papers, or of a plain one for lists; the same
    every time. The bar of the former is 0."""
    import numpy as np

    usable = [r for r in train if r.right.any()]
    rows = np.concatenate([r.values for r in usable])
    right = np.concatenate([r.right for r in usable]).astype(float)
    group = np.concatenate([[i] * len(r.right) for i, r in enumerate(usable)])
    centre, scale = rows.mean(0), rows.std(0) + 1e-9
    rows = (rows - centre) / scale
    if several:
        rows = np.hstack([rows, np.ones((len(rows), 1))])
    weights = np.zeros(rows.shape[1])
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    held = np.ones_like(weights)
    if several:
        held[-1] = 0.0
    for step in range(1, _STEPS + 1):
        odds = rows @ weights
        if several:
            slope = ridge * held * weights - rows.T @ (right - 1 / (1 + np.exp(-odds)))
        else:
            share = np.exp(odds - odds.max())
            share = share / np.bincount(group, share, len(usable))[group]
            slope = ridge * weights - rows.T @ (right - share)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope * slope
        weights -= 0.1 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    own = weights[: len(scale)] / scale
    return own, float(centre @ own - weights[-1]) if several else 0.0


def first_right(rows: Sequence[Rows], scored: Sequence[Any]) -> float:
    """The share of the questions whose best-scored paper is the right one; ties go to the search's order."""
    import numpy as np

    return sum(bool(r.right[int(np.argmax(s))]) for r, s in zip(rows, scored, strict=True)) / len(rows)


def mean_f1(rows: Sequence[Rows], chosen: Sequence[Any]) -> float:
    """The mean F1 of the papers chosen for the lists."""
    total = 0.0
    for r, picked in zip(rows, chosen, strict=True):
        right = int((r.right & picked).sum())
        total += 2 * right / max(1, int(picked.sum()) + int(r.right.sum()) + r.missed)
    return total / len(rows)


def _belonging(weighed: Any) -> Any:
    """Which papers are chosen of a list, by their membership: as in answering, the best one always."""
    import numpy as np

    picked = weighed >= bar([float(x) for x in weighed])
    picked[int(np.argmax(weighed))] = True
    return picked


def report(single: Sequence[Rows], lists: Sequence[Rows]) -> list[str]:
    """The figures as plain lines, then the weights fitted to all questions."""
    import numpy as np

    lines: list[str] = []
    for name, rows, several in (("one paper", single, False), ("lists", lists, True)):
        if len(rows) < _FEWEST:
            lines.append(f"{name}: {len(rows)} questions, too few to say anything.")
            continue
        ridge = _RIDGE_LIST if several else _RIDGE_ONE
        others = [fitted([o for o in rows if o is not r], ridge, several=several) for r in rows]
        weights, at = fitted(rows, ridge, several=several)
        if several:
            present = [[membership(dict(zip(MEMBER, v, strict=True))) for v in r.values] for r in rows]
            now = [_belonging(np.array(weighed)) for weighed in present]
            left_out = [_belonging(r.values @ w - b) for r, (w, b) in zip(rows, others, strict=True)]
            lines.append(f"{name}: {len(rows)} questions, mean F1 of the papers chosen: as it is "
                         f"{mean_f1(rows, now):.3f}, fitted with one left out {mean_f1(rows, left_out):.3f}")
        else:
            now = [r.values @ np.array(list(FIT.values())) for r in rows]
            left_out = [r.values @ w for r, (w, _) in zip(rows, others, strict=True)]
            lines.append(f"{name}: {len(rows)} questions, right paper first: by the search "
                         f"{first_right(rows, [r.scores for r in rows]):.3f}, as it is {first_right(rows, now):.3f}, "
                         f"fitted with one left out {first_right(rows, left_out):.3f}")
        lines += [f'    "{n}": {w:.2f},' for n, w in zip(MEMBER if several else FIT, weights, strict=True)]
        lines += [f"    bar {at:.2f}"] if several else []
    return lines


def main(arguments: list[str]) -> int:
    """Print the report for the question set named."""
    from ..assembly import open_assistant
    from ..embeddings import open_embedder

    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        questions = read_questions(arguments[0])
        with open_assistant(home=arguments[1] if len(arguments) == 2 else None, create=False) as assistant:
            found = rows_of(assistant, open_embedder(assistant.settings), questions)
        print("\n".join(report(*found)))
    except LitassistError as error:
        print(f"fitting: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
