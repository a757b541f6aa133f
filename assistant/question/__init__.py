"""A question, its conversation and its limits, read once into one frozen `QuestionPlan`.

The only room that sees the asker's words. It imports text and language alone; what it must know of a library
(which titles, names, venues and authors there are) it is given through `Known`.
"""

from .known import Known
from .plan import FORMS, WANTS, LibraryRequest, Limit, Part, QuestionPlan
from .read import parse

__all__ = ["FORMS", "WANTS", "Known", "LibraryRequest", "Limit", "Part", "QuestionPlan", "parse"]
