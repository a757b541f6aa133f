"""The plain values every room hands to the next: papers, passages, citations, answers.

Frozen, standard library only. Identity (`paper_id`) and merging (`same_work`, `merged`) live here
too, because they are properties of papers and of nothing else.
"""

from .answers import (
    VERDICTS,
    Answer,
    Citation,
    Done,
    Event,
    Finding,
    Fingerprint,
    Related,
    Replaced,
    Retrieved,
    Sentence,
    Text,
    Timings,
    Turn,
    Usage,
)
from .finding import Filters, Hit, Passage, Term
from .identifiers import normalised_arxiv, normalised_doi, normalised_pmid, normalised_title, surname
from .merging import merged
from .reports import IngestReport, Rejected
from .works import Appearance, Page, Paper, identifiers, paper_id, same_work

__all__ = [
    "VERDICTS",
    "Answer",
    "Appearance",
    "Citation",
    "Done",
    "Event",
    "Filters",
    "Finding",
    "Fingerprint",
    "Hit",
    "IngestReport",
    "Page",
    "Paper",
    "Passage",
    "Rejected",
    "Related",
    "Replaced",
    "Retrieved",
    "Sentence",
    "Term",
    "Text",
    "Timings",
    "Turn",
    "Usage",
    "identifiers",
    "merged",
    "normalised_arxiv",
    "normalised_doi",
    "normalised_pmid",
    "normalised_title",
    "paper_id",
    "same_work",
    "surname",
]
