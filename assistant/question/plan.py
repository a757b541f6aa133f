"""What a question asks, read once: the frozen plan that every later stage works from."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..papers import Filters, Finding

FORMS = ("text", "list", "table", "comparison", "yesno", "value", "definition", "library")
"""The forms an answer can take. `text`: a few sentences; `list`: a row for each paper that fits; `library`: what the
library's records say (counts, years, authors, venues)."""

WANTS = (
    "number", "percentage", "factor", "amount", "name", "person", "date", "place", "yesno", "manner", "reason",
    "definition", "limits", "any",
)  # fmt: skip
"""The kinds of answer that a part of a question can want."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks."""

    text: str
    wants: str = "any"
    noun: str = ""
    """The noun phrase that a name or number is wanted for: "datasets" of "on which datasets"."""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that a question states: the words that made it, its kind, and the value in short.

    Give `text` back in `ignored` to have those words read as words.
    """

    text: str
    kind: str
    value: str
    plain: bool = False
    """Made from plain words ("since 2020"), not from an operator."""
    years: tuple[int | None, int | None] = (None, None)
    """The first and the last year of a limit on years."""


@dataclass(frozen=True, slots=True)
class LibraryRequest:
    """What is asked of the library's records instead of the papers' words.

    `about` is what is wanted: count, papers, oldest, newest, all_authors, venues, years, topics, read_first; of papers
    meant: authors, year, venue, link, abstract, similar; or greeting, help, empty.
    """

    about: str
    topic: str = ""
    """Limits the papers meant to those on a topic; empty for all that pass the plan's filters."""
    paper_ids: tuple[str, ...] = ()
    """The papers meant, where the conversation or the question names them."""


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """A question as read, with its conversation and its limits. No later stage reads the asker's words again."""

    asked: str
    """As typed, white space collapsed."""
    question: str
    """Complete in itself: pronouns and ordinals replaced, limits taken out."""
    form: str = "text"
    many: float = 0.0
    """The chance, by the wording alone, that several papers are asked for."""
    parts: tuple[Part, ...] = ()
    """What is asked, in order; one at least."""
    queries: tuple[str, ...] = ()
    """What is searched for: the whole question without its furniture first, then each side or aspect."""
    topic: str = ""
    """What the question is about, without the words that ask."""
    names: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    """The two or more things compared, as written."""
    columns: tuple[str, ...] = ()
    """The columns that a table is asked for, as written."""
    filters: Filters = field(default_factory=Filters)
    """The caller's limits and the question's together."""
    limits: tuple[Limit, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    """The ids of the papers that a follow-up is about, the first meant first; empty where it stands alone."""
    follows: bool = False
    """Whether it leans on the conversation."""
    language: str = "en"
    needs_model: str = ""
    """What is asked for that only a language model can write ("an explanation", "a related-work paragraph"), or ""."""
    on_answer: str = ""
    """A request on the last answer itself (table, shorter, translate, related_work …), or ""."""
    request: LibraryRequest | None = None
    """Set where `form` is `library`."""
    findings: tuple[Finding, ...] = ()
    """What the asker should know about how the question was read."""
    also: tuple[tuple[str, float], ...] = ()
    """Texts whose words are searched for beside the question's, each with their weight: spelt-out short forms."""

    @property
    def search_text(self) -> str:
        """What the search is asked."""
        return self.queries[0] if self.queries else self.question

    @property
    def several(self) -> bool:
        """Whether the form has a row or a column for each of several papers."""
        return self.form in ("list", "table", "comparison")
