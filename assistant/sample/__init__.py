"""The built-in sample: 40 landmark papers, each with a summary written for this package.

The texts are summaries, not the papers' own abstracts, and every record says so (`kind` is
`summary`). Titles, authors, years, venues and identifiers are those of the papers.
"""

from __future__ import annotations

import json
from importlib import resources

from assistant.papers import Appearance, Paper

SOURCE = "built-in sample"
"""The name that the sample's papers carry as their source."""

DEMO_QUESTION = "How much does dense passage retrieval improve top-20 retrieval accuracy over BM25?"
"""The question that a first visit is shown; one summary answers it with figures."""

_QUESTIONS = (
    DEMO_QUESTION,
    "What BLEU score does the Transformer reach on WMT 2014 English-to-German translation?",
    "How should model size and training tokens grow in compute-optimal training?",
    "By how much does LoRA reduce the number of trainable parameters?",
    "Which retrieval methods generalise best to new domains without further training?",
    "What FID does the denoising diffusion probabilistic model reach on CIFAR-10?",
    "How does the propensity score remove bias in observational studies?",
    "Which methods learn causal structure from observational data?",
)


def papers() -> list[Paper]:
    """The sample's papers in their printed order, positions counted from 1."""
    text = resources.files(__name__).joinpath("papers.jsonl").read_text(encoding="utf-8")
    return [_paper(json.loads(line), n) for n, line in enumerate(text.splitlines(), 1)]


def questions() -> list[str]:
    """Questions that the sample answers, `DEMO_QUESTION` first."""
    return list(_QUESTIONS)


def _paper(row: dict, position: int) -> Paper:
    return Paper(
        title=row["title"], raw_title=row["title"], abstract=row["abstract"], raw_abstract=row["abstract"],
        authors=tuple(row["authors"]), year=row["year"], venue=row["venue"], arxiv_id=row.get("arxiv_id"),
        doi=row.get("doi"), url=row.get("url"), kind=row["kind"], keywords=tuple(row["keywords"]),
        appearances=(Appearance(SOURCE, position),),
    )
