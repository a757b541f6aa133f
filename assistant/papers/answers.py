"""Questions and answers, and what is told while an answer is made."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .finding import Hit

VERDICTS = ("supported", "partial", "unsupported")
DECISIONS = ("answered", "shortlist", "declined")
BLOCKS = ("claim", "link", "gap", "heading", "row", "cell")


@dataclass(frozen=True, slots=True)
class Citation:
    """A pointer to exact words: `paper.text(field, page)[start:end] == quote`, always."""

    n: int
    paper_id: str
    title: str
    quote: str
    field: str = "abstract"
    start: int = 0
    end: int = 0
    page: int | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    url: str | None = None
    kind: str = "article"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, without its markers, and the verdict on it.

    `missing` holds the pieces (numbers, names, words) of the sentence that its sources lack, as
    they stand in `text`, so that a page can underline them.
    """

    text: str
    citations: tuple[int, ...] = ()
    verdict: str = "supported"
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an answer as a page draws it.

    `claim` says something that its citations hold, `link` only joins, `gap` says what no paper says, `heading` names
    what follows; a `row` begins the row of a paper (`paper_id`) in a list or table, and its `cell`s follow, each under
    its `column` (a side, in a comparison).
    """

    kind: str
    text: str
    citations: tuple[int, ...] = ()
    verdict: str = "supported"
    paper_id: str = ""
    column: str = ""
    missing: tuple[str, ...] = ()
    breaks: bool = False
    """Whether it begins a new paragraph."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of a paper: `paper.text(field, page)[start:end] == text`."""

    text: str
    field: str = "abstract"
    page: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Related:
    """A paper that came close, with words of it; `quote` is the first of `quotes`."""

    paper_id: str
    title: str
    quote: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the reader should know: `kind` as `unknown_citation`, the sentence, and the detail."""

    kind: str
    sentence: str
    detail: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the backend counted; cost in US dollars, None where it is not known.

    `cached_tokens` are those of replies that were kept from earlier: they cost nothing and count nowhere else.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    cached_tokens: int = 0
    prices_of: str = ""
    """The month of the prices that the cost was reckoned with; empty where the provider said it."""

    def __add__(self, other: Usage) -> Usage:
        """Both together; the cost is unknown as soon as that of one which took tokens is."""
        costs = [usage.cost_usd for usage in (self, other) if usage != Usage()]
        known = [usd for usd in costs if usd is not None]
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens,
            sum(known) if known and len(known) == len(costs) else None, self.cached_tokens + other.cached_tokens,
            self.prices_of or other.prices_of,
        )


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent in each stage."""

    retrieve_s: float = 0.0
    write_s: float = 0.0
    verify_s: float = 0.0
    total_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What shaped the answer: prompt, index and settings, each as name@version#hash or a hash."""

    prompt: str = ""
    index: str = ""
    settings: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose every sentence points at exact words, or an honest abstention.

    `answer` is the blocks as text, with their markers. `abstained` is true only when nothing asked was
    answered (`decision` is `shortlist` or `declined`): then `citations` is empty and `related` names near misses.
    `missing` lists what was asked for and not found. `error` is set when a backend failed after text had been written.
    """

    question: str
    answer: str = ""
    abstained: bool = False
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    related: tuple[Related, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    decision: str = "answered"
    """`answered`, `shortlist` (unsure: at most three papers in `related`, nothing asserted) or `declined`."""
    confidence: float | None = None
    """The calibrated chance that the answer is right, 0 to 1; None where nothing was to be decided."""
    form: str = "text"
    """`text`, `list`, `table`, `comparison`, `yesno`, `value`, `definition` or `library`."""
    blocks: tuple[Block, ...] = ()
    """What a page draws, in order; `sentences` are the claims among it."""
    error: str | None = None
    backend: str = "extractive"
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    cached: bool = False
    """Whether it was given before, to the same question, and nothing that shaped it has changed."""

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values: what `ask --json` prints."""
        return jsonable(asdict(self))

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Answer:
        """The answer that `to_dict` gave; unknown fields are ignored, absent ones take defaults."""
        return cls(
            question=row["question"], answer=row.get("answer", ""), abstained=bool(row.get("abstained")),
            sentences=tuple(_load(Sentence, s) for s in row.get("sentences", ())),
            citations=tuple(_load(Citation, c) for c in row.get("citations", ())),
            related=tuple(_related(r) for r in row.get("related", ())),
            findings=tuple(_load(Finding, f) for f in row.get("findings", ())),
            missing=tuple(row.get("missing", ())), confidence=row.get("confidence"), error=row.get("error"),
            decision=row.get("decision") or ("declined" if row.get("abstained") else "answered"),
            form=row.get("form", "text"), blocks=tuple(_load(Block, b) for b in row.get("blocks", ())),
            backend=row.get("backend", ""),
            usage=_load(Usage, row.get("usage", {})), timings=_load(Timings, row.get("timings", {})),
            fingerprint=_load(Fingerprint, row.get("fingerprint", {})), cached=bool(row.get("cached")),
        )


def _related(row: dict[str, Any]) -> Related:
    quotes = tuple(_load(Quote, q) for q in row.get("quotes", ()))
    return Related(row["paper_id"], row["title"], row.get("quote", ""), quotes)


def _load(kind: Any, row: dict[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items() if k in known})


def jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(v) for v in value]
    return value


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and its answer (an `Answer`, or its text)."""

    question: str
    answer: Answer | str = ""

    @property
    def text(self) -> str:
        """The answer's text."""
        return self.answer if isinstance(self.answer, str) else self.answer.answer


@dataclass(frozen=True, slots=True)
class Retrieved:
    """First event: the papers found."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done while a longer answer is made: `done` of `of` steps; a reader may ignore it."""

    name: str
    done: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """One whole, checked sentence, and the citations that it is the first to use; `block` is the same as drawn."""

    sentence: Sentence
    citations: tuple[Citation, ...] = ()
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """All text so far is withdrawn; the reason is fit to show."""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """Last event, always: the answer."""

    answer: Answer


Event = Retrieved | Stage | Text | Replaced | Done
