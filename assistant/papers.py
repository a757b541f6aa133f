"""The plain values every room hands to the next: papers, passages, citations, answers.

Frozen, standard library only. Identity (`paper_id`) and merging (`same_work`, `merged`) live here
too, because they are properties of papers and of nothing else.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

# --------------------------------------------------------------------------- papers


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where a paper was read: the source's name and the entry's position in it, from 1."""

    source: str
    position: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a full text: its number from 1, its repaired text, and the text as extracted."""

    number: int
    text: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `title` and `abstract` are repaired for reading; `raw_*` hold what was read."""

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    pmid: str | None = None
    url: str | None = None
    kind: str = "article"
    """The record's type as the field calls it; `summary` marks the built-in sample's own words."""
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    note: str = ""
    raw_title: str = ""
    raw_abstract: str = ""
    pages: tuple[Page, ...] = ()
    appearances: tuple[Appearance, ...] = ()

    @property
    def id(self) -> str:
        """The paper's id: see `paper_id`."""
        return paper_id(self)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources it was read from, each once, in order of appearance."""
        return tuple(dict.fromkeys(a.source for a in self.appearances))

    @property
    def link(self) -> str | None:
        """A web address for the paper: its own URL, else one made from an identifier, else None."""
        if self.url and self.url.lower().startswith(("http://", "https://")):
            return self.url
        if self.arxiv_id:
            return f"https://arxiv.org/abs/{self.arxiv_id}"
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return None

    def text(self, field: str = "abstract", page: int | None = None) -> str:
        """The repaired text that a citation's offsets count in.

        `field` is `title`, `abstract` or `page` (then `page` is the page's number). A page that
        does not exist gives the empty string; another field raises ValueError.
        """
        if field == "title":
            return self.title
        if field == "abstract":
            return self.abstract
        if field == "page":
            return next((p.text for p in self.pages if p.number == page), "")
        raise ValueError(f"no such field: {field}")

    def to_dict(self) -> dict[str, Any]:
        """The paper as JSON values, with `id`, `link` and `sources`; page texts are left out."""
        row = asdict(self)
        row["pages"] = len(self.pages)
        return {"id": self.id, **row, "link": self.link, "sources": list(self.sources)}


# --------------------------------------------------------------------------- identity

_ARXIV = re.compile(
    r"(?:arxiv[:./]|abs/|pdf/)?\s*((?:\d{4}\.\d{4,5}(?!\d))|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(v\d+)?", re.I
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.I)
_BRACES = re.compile(r"[{}]")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_GREEK = frozenset(unicodedata.name(chr(c)).rsplit(" ", 1)[-1].lower() for c in range(0x3B1, 0x3CA))
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.I)
_PMID = re.compile(r"(?:pmid:?\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/)?0*(\d{1,9})/?", re.I)


def normalised_doi(value: str | None) -> str | None:
    """The bare lower-case DOI in `value` (a DOI, a doi.org link, `doi:…`), or None."""
    found = _DOI.search(value or "")
    return found.group(0).rstrip(".,;)>]}\"'").lower() if found else None


def normalised_arxiv(value: str | None) -> str | None:
    """The arXiv id in `value` without its version (links, `arXiv:…` and 10.48550 DOIs too), or None."""
    text = (value or "").strip()
    doi = _ARXIV_DOI.search(text)
    if doi:
        text = doi.group(1)
    text = re.sub(r"(?i)^https?://(?:[a-z.]*\.)?arxiv\.org/", "", text)
    found = _ARXIV.match(text)
    return found.group(1).lower() if found else None


def normalised_pmid(value: str | None) -> str | None:
    """The digits of a PubMed id, or None."""
    found = _PMID.fullmatch((value or "").strip())
    return found.group(1) if found else None


def normalised_title(title: str) -> str:
    """The title for comparison: LaTeX commands, accents, case, punctuation and space folded away.

    A Greek chi equals the word "chi", and so on for every letter with a Unicode name. A title of
    symbols only keeps them, so that two different ones do not become equal.
    """
    if "\\" not in title and title.isascii():
        return " ".join(_NOT_ALNUM.sub(" ", _BRACES.sub("", title.lower())).split()) or " ".join(title.split())
    text = re.sub(r"\\([a-zA-Z]+)\s*", lambda m: m[1] + " " if m[1].lower() in _GREEK else " ", title)
    text = unicodedata.normalize("NFKD", text)
    out = []
    for char in text:
        if unicodedata.combining(char):
            continue
        if "\u0370" <= char <= "\u03ff" and char.isalpha():
            out.append(" " + unicodedata.name(char, "").rsplit(" ", 1)[-1].lower() + " ")
        elif char in "{}":
            continue
        else:
            out.append(char.casefold() if char.isalnum() else " ")
    folded = " ".join("".join(out).split())
    return folded or " ".join(title.split())


def surname(author: str) -> str:
    """The folded family name of "Given Family" or "Family, Given"; empty for an empty name."""
    name = author.split(",")[0] if "," in author else (author.split() or [""])[-1]
    return normalised_title(name) if name.strip() else ""


def paper_id(paper: Paper) -> str:
    """The paper's stable id, a function of its strongest identifier alone.

    `arxiv:…`, else `doi:…`, else `pmid:…`, else `title:` with 16 hex digits over the normalised
    title (and first author and year where known, so that two different papers of one title differ).
    The same record gives the same id on every machine.
    """
    if strongest := next(iter(identifiers(paper).items()), None):
        return ":".join(strongest)
    parts = [normalised_title(paper.title)]
    if paper.authors or paper.year:
        parts += [surname(paper.authors[0]) if paper.authors else "", str(paper.year or "")]
    return "title:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def identifiers(paper: Paper) -> dict[str, str]:
    """Its identifiers by kind (`arxiv`, `doi`, `pmid`, in this order), normalised; a 10.48550 DOI counts as arXiv."""
    found: dict[str, str] = {}
    arxiv = normalised_arxiv(paper.arxiv_id)
    doi = normalised_doi(paper.doi)
    if doi and _ARXIV_DOI.search(doi):
        arxiv, doi = arxiv or normalised_arxiv(doi), None
    for kind, value in (("arxiv", arxiv), ("doi", doi), ("pmid", normalised_pmid(paper.pmid))):
        if value:
            found[kind] = value
    return found


def same_work(a: Paper, b: Paper) -> bool:
    """Whether two records are silently one paper.

    True on a shared identifier, or on equal normalised titles when no identifiers of one kind, no
    first authors and no years (± 2) conflict.
    """
    ids_a, ids_b = identifiers(a), identifiers(b)
    shared = ids_a.keys() & ids_b.keys()
    if any(ids_a[k] == ids_b[k] for k in shared):
        return True
    if shared or normalised_title(a.title) != normalised_title(b.title):
        return False
    if a.authors and b.authors and surname(a.authors[0]) != surname(b.authors[0]):
        return False
    return not (a.year and b.year and abs(a.year - b.year) > 2)


def merged(*records: Paper) -> Paper:
    """One paper out of one or more records of it; the same in whatever order they come.

    The record with a DOI (published) wins over one without, then the one with the longer abstract;
    empty fields are filled from the next; the longest abstract is kept, though a summary's own words
    never replace the paper's; identifiers, appearances, keywords, tags and collections are united.
    A record alone comes back as it was, with its appearances in order.
    """
    appearances = tuple(sorted({a for r in records for a in r.appearances}, key=lambda x: (x.source, x.position)))
    ranked = sorted(set(records), key=_precedence, reverse=True)
    first = ranked[0]
    if len(ranked) == 1:
        return replace(first, appearances=appearances)
    values: dict[str, Any] = {}
    for f in fields(Paper):
        given = (v for r in ranked if (v := getattr(r, f.name)) not in (None, "", ()))
        values[f.name] = next(given, getattr(first, f.name))
    words = max(ranked, key=lambda p: (bool(p.abstract), p.kind != "summary", len(p.abstract), _precedence(p)))
    values |= {"abstract": words.abstract, "raw_abstract": words.raw_abstract, "kind": _kind(ranked, words)}
    named = next(r for r in ranked if r.title or r is ranked[-1])
    values |= {"title": named.title, "raw_title": named.raw_title}
    values["pages"] = max(ranked, key=lambda p: (len(p.pages), _precedence(p))).pages
    ids: dict[str, str] = {}
    for record in ranked:
        ids = {**identifiers(record), **ids}
    values |= {"arxiv_id": ids.get("arxiv"), "doi": ids.get("doi") or values["doi"], "pmid": ids.get("pmid")}
    for name in ("keywords", "tags", "collections"):
        values[name] = tuple(dict.fromkeys(v for r in ranked for v in getattr(r, name)))
    values |= {"appearances": appearances, "note": "\n".join(sorted({r.note for r in ranked if r.note}))}
    return Paper(**values)


def _precedence(p: Paper) -> tuple[Any, ...]:
    # The last item makes the order total: two records that differ at all never tie.
    return ("doi" in identifiers(p), len(p.abstract), len(p.authors), len(p.pages), len(p.title), repr(p))


def _kind(ranked: list[Paper], words: Paper) -> str:
    # A summary is called one wherever its words are shown, and nowhere else.
    if words.kind == "summary" and words.abstract:
        return "summary"
    kinds = [r.kind for r in ranked if r.kind != "summary"]
    # "misc" only says that a format had no word for it.
    kinds = [k for k in kinds if k != "misc"] or kinds or ["article"]
    if kinds[0] in ("article", "preprint"):
        return next((k for k in kinds if k not in ("article", "preprint")), kinds[0])
    return kinds[0]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that could not be read: the source, where in it (line, key, page; may be empty), why.

    With `kept` it is a note: what it speaks of was read all the same, and should be looked over.
    """

    source: str
    where: str
    reason: str
    kept: bool = False


# --------------------------------------------------------------------------- passages and filters


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a paper's repaired text: `paper.text(field, page)[start:end] == text`."""

    paper_id: str
    field: str
    start: int
    end: int
    text: str
    page: int | None = None

    @property
    def id(self) -> str:
        """Stable within a library: the paper's id, the field or page, the offsets."""
        where = self.field if self.page is None else f"{self.field}{self.page}"
        return f"{self.paper_id}#{where}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may be used. Empty means no limit; within one field any value may match.

    Years are inclusive, and a paper without a year passes no year limit. Authors match by folded
    part of a name; sources, tags and collections by folded equality or, for sources, by a part.
    """

    year_from: int | None = None
    year_to: int | None = None
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    paper_ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) not in (None, ()) for f in fields(self))

    def allows(self, paper: Paper) -> bool:
        """Whether `paper` passes every limit set."""
        if self.paper_ids and paper.id not in self.paper_ids:
            return False
        if self.year_from is not None and (paper.year is None or paper.year < self.year_from):
            return False
        if self.year_to is not None and (paper.year is None or paper.year > self.year_to):
            return False
        return (
            _any_part(self.authors, paper.authors)
            and _any_part(self.sources, paper.sources)
            and _any_equal(self.tags, paper.tags)
            and _any_equal(self.collections, paper.collections)
        )

    def to_dict(self) -> dict[str, Any]:
        """The limits that are set, as JSON values."""
        return {k: v for k, v in asdict(self).items() if v not in (None, ())}


def _any_part(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    folded = [f" {normalised_title(h)} " for h in have]
    return not wanted or any(f" {normalised_title(w)} " in h for w in wanted for h in folded)


def _any_equal(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    return not wanted or bool({w.casefold() for w in wanted} & {h.casefold() for h in have})


# --------------------------------------------------------------------------- what a search gives


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the question that a hit holds, and its share of the hit's score, 0 to 1."""

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper found: rank from 1, fused score in 0 to 1, its best sentence, and why it matched."""

    rank: int
    paper_id: str
    title: str
    score: float
    year: int | None = None
    snippet: str = ""
    matched: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    dense_share: float = 0.0
    passage: Passage | None = None
    """The best passage, with offsets; None for a paper that has a title only."""

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON values."""
        return {
            "rank": self.rank, "paper_id": self.paper_id, "title": self.title, "score": round(self.score, 6),
            "year": self.year, "snippet": self.snippet, "matched": list(self.matched),
            "terms": [{"text": t.text, "share": round(t.share, 4)} for t in self.terms],
            "dense_share": round(self.dense_share, 4),
        }


# --------------------------------------------------------------------------- answers

VERDICTS = ("supported", "partial", "unsupported")


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
class Related:
    """A paper that came close, with words of it."""

    paper_id: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the reader should know: `kind` as `unknown_citation`, the sentence, and the detail."""

    kind: str
    sentence: str
    detail: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the backend counted; cost in US dollars, None where it is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None


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

    `answer` is the sentences with their markers. `abstained` is true only when nothing asked was
    answered: then `citations` is empty and `related` names near misses. `missing` lists what was
    asked for and not found. `error` is set when a backend failed after text had been written.
    """

    question: str
    answer: str = ""
    abstained: bool = False
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    related: tuple[Related, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    confidence: float | None = None
    """How surely the evidence answers the question, 0 to 1: the number abstention was decided on, if any."""
    error: str | None = None
    backend: str = "extractive"
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)
    fingerprint: Fingerprint = field(default_factory=Fingerprint)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values: what `ask --json` prints."""
        return _jsonable(asdict(self))

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Answer:
        """The answer that `to_dict` gave; unknown fields are ignored, absent ones take defaults."""
        return cls(
            question=row["question"], answer=row.get("answer", ""), abstained=bool(row.get("abstained")),
            sentences=tuple(_load(Sentence, s) for s in row.get("sentences", ())),
            citations=tuple(_load(Citation, c) for c in row.get("citations", ())),
            related=tuple(_load(Related, r) for r in row.get("related", ())),
            findings=tuple(_load(Finding, f) for f in row.get("findings", ())),
            missing=tuple(row.get("missing", ())), confidence=row.get("confidence"), error=row.get("error"),
            backend=row.get("backend", ""),
            usage=_load(Usage, row.get("usage", {})), timings=_load(Timings, row.get("timings", {})),
            fingerprint=_load(Fingerprint, row.get("fingerprint", {})),
        )


def _load(kind: Any, row: dict[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items() if k in known})


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(v) for v in value]
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


# --------------------------------------------------------------------------- what stream() yields


@dataclass(frozen=True, slots=True)
class Retrieved:
    """First event: the papers found."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One whole, checked sentence, and the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """All text so far is withdrawn; the reason is fit to show."""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """Last event, always: the answer."""

    answer: Answer


Event = Retrieved | Text | Replaced | Done


# --------------------------------------------------------------------------- what an ingest gives


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. `papers` counts the papers now in the library, `entries` the records read."""

    entries: int = 0
    papers: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()
    without_abstract: tuple[str, ...] = ()
    """Titles of the papers read in this run that have no abstract: found by title only."""
    embedded: int = 0
    """Texts that had to be encoded; 0 when everything was known."""
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return _jsonable(asdict(self))
