"""The plain values every room hands to the next: papers, passages, citations, answers.

Frozen, standard library only. Identity (`paper_id`) and merging (`same_work`, `merged`) live here
too, because they are properties of papers and of nothing else.
"""

from .answers import (
    BLOCKS,
    DECISIONS,
    VERDICTS,
    Answer,
    Block,
    Citation,
    Done,
    Event,
    Finding,
    Fingerprint,
    Quote,
    Related,
    Replaced,
    Retrieved,
    Sentence,
    Stage,
    Text,
    Timings,
    Turn,
    Usage,
)
from .finding import NO_PAPER, Filters, Hit, Passage, Reranked, Term
from .identifiers import normalised_arxiv, normalised_doi, normalised_pmid, normalised_title, surname
from .kinds import CSL_WORDS, NUMBERED, raw_kind_of, word_for
from .merging import merged, origins
from .names import Name, name_shown, name_sorted
from .reports import IngestReport, Rejected
from .works import SUMMARY_NOTE, Appearance, Page, Paper, Section, identifiers, paper_id, papers_in_words, same_work

__all__ = [
    "BLOCKS",
    "CSL_WORDS",
    "DECISIONS",
    "NO_PAPER",
    "NUMBERED",
    "SUMMARY_NOTE",
    "VERDICTS",
    "Answer",
    "Appearance",
    "Block",
    "Citation",
    "Done",
    "Event",
    "Filters",
    "Finding",
    "Fingerprint",
    "Hit",
    "IngestReport",
    "Name",
    "Page",
    "Paper",
    "Passage",
    "Quote",
    "Rejected",
    "Related",
    "Replaced",
    "Reranked",
    "Retrieved",
    "Section",
    "Sentence",
    "Stage",
    "Term",
    "Text",
    "Timings",
    "Turn",
    "Usage",
    "identifiers",
    "merged",
    "name_shown",
    "name_sorted",
    "normalised_arxiv",
    "normalised_doi",
    "normalised_pmid",
    "normalised_title",
    "origins",
    "paper_id",
    "papers_in_words",
    "raw_kind_of",
    "same_work",
    "surname",
    "word_for",
]
