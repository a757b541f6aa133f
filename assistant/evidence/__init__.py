"""The sentences of the papers found compete together by one learned score; papers and the question follow from it.

In come a `QuestionPlan` and papers as numbers (`Matches`, made by `retrieval.matching`); out come sentences with
chances (`Gathered`), and the features that decide whether they answer. Pure, over text, language and models.
"""

from .answer_types import QUANTITIES, answer_quantity, answer_type_score
from .candidates import Candidate, candidates
from .deciding import DECISION_FEATURES, SEVERAL_FEATURES, decision_features, several_features
from .features import (
    LEARNED_FEATURES,
    PAPER_FEATURES,
    SENTENCE_FEATURES,
    Cover,
    Matches,
    PaperMatch,
    learned_features,
    paper_features,
    sentence_features,
)
from .gathering import Evidence, Gathered, PaperEvidence, by_paper, gather, gathered
from .missing import asking_words, missing_terms, word_matches
from .selection import NEXT_FEATURES, next_features

__all__ = [
    "DECISION_FEATURES", "LEARNED_FEATURES", "NEXT_FEATURES", "PAPER_FEATURES", "QUANTITIES",
    "SENTENCE_FEATURES", "SEVERAL_FEATURES", "Candidate", "Cover", "Evidence", "Gathered", "Matches",
    "PaperEvidence", "PaperMatch", "answer_quantity", "answer_type_score", "asking_words", "by_paper",
    "candidates", "decision_features", "gather", "gathered", "learned_features", "missing_terms",
    "next_features", "paper_features", "sentence_features", "several_features", "word_matches",
]  # fmt: skip
