"""How much a question is worth: one call, or a plan, a reading of each paper, and a second search."""

from __future__ import annotations

from ....evidence import Gathered
from ....question import QuestionPlan

EFFORTS = ("auto", "fast", "thorough")
_TOP = 3
"""Papers whose best sentence shows whether full texts are involved."""


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
