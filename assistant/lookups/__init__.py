"""What services know of papers: looked up when someone asks for it, and never otherwise.

A pasted identifier becomes a record; a paper without an abstract gets one where a service has it. A
service that fails costs what it would have said: one line, and the next service is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote

from ..config import Settings
from ..papers import (
    Paper,
    Rejected,
    identifiers,
    normalised_arxiv,
    normalised_doi,
    normalised_pmid,
    normalised_title,
    same_work,
    surname,
)
from .client import Client, NotFound, Unanswered
from .services import Service, same_identifier, services

__all__ = ["Wanted", "asked_for", "found", "lacking_abstract"]

Progress = Callable[[str, int, int | None], None]

NAMED = 3
"""Papers named in a line about several; the others are counted."""
_TITLE_WORDS = 6
"""A title of fewer words is not enough to know a paper by, without an author or a year."""


@dataclass(slots=True)
class Wanted:
    """One paper to be looked up: by what, what it is called in a line, and what is known of it."""

    label: str
    ids: dict[str, str]
    paper: Paper | None = None
    """The paper in the library that lacks its abstract; None for a pasted identifier."""
    found: bool = False
    abstract: bool = False
    asked: list[str] = field(default_factory=list)
    troubled: bool = False
    """Some service said nothing of it, and a line says so."""

    @property
    def kept(self) -> bool:
        """Whether there is a record of it, from the services or before."""
        return self.found or self.paper is not None


def asked_for(texts: Iterable[str]) -> list[Wanted | Rejected]:
    """The identifiers in what was pasted (DOIs, arXiv ids, PMIDs, links to them), each once, in order.

    A text may hold several, parted by blanks, commas or semicolons; what is none of these is a Rejected.
    """
    out: dict[str, Wanted | Rejected] = {}
    for text in texts:
        joined = re.sub(r"(?i)\b(doi|arxiv|pmid)\s*:?\s+(?=[\w./-]*\d)", r"\1:", text)
        # Old DOIs hold semicolons and commas themselves.
        for word in re.split(r"\s+|[,;](?=\s|$|10\.\d|(?i:arxiv:|pmid:|doi:|https?:))", joined):
            if word := word.strip(",;.<>\"'“”"):
                item = _identified(word)
                out.setdefault(item.label if isinstance(item, Wanted) else word, item)
    return list(out.values())


def _identified(word: str) -> Wanted | Rejected:
    if word.lower().startswith(("http://", "https://")):
        word = unquote(word)
    if doi := normalised_doi(word):
        arxiv = normalised_arxiv(doi) if doi.startswith("10.48550/arxiv.") else None
        return Wanted(f"arXiv:{arxiv}", {"arxiv": arxiv}) if arxiv else Wanted(doi, {"doi": doi})
    bare = re.sub(r"(?i)^arxiv:", "", word)
    bare = re.sub(r"(?i)^https?://(?:[a-z.]*\.)?arxiv\.org/[a-z]+/|\.pdf$", "", bare)
    if re.fullmatch(r"(?i)(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?", bare):
        arxiv = normalised_arxiv(bare)
        return Wanted(f"arXiv:{arxiv}", {"arxiv": arxiv or ""})
    if pmid := normalised_pmid(re.sub(r"(?i)^https?://www\.ncbi\.nlm\.nih\.gov/pubmed/", "", word)):
        return Wanted(f"PMID {pmid}", {"pmid": pmid})
    return Rejected("look-up", word[:80], "this is no DOI, arXiv id or PMID; nothing was asked")


def lacking_abstract(papers: Sequence[Paper]) -> list[Wanted]:
    """What to look up for those of a library's papers that have no abstract.

    One without identifiers is looked up by its title, unless another paper of the library has the same.
    """
    titles = [normalised_title(p.title) for p in papers]
    crowd = {title for title, times in Counter(titles).items() if times > 1}
    wanted = []
    for paper, title in zip(papers, titles, strict=True):
        if not paper.abstract and ((ids := identifiers(paper)) or title not in crowd):
            label = next(iter(ids.values()), "") or f"“{paper.title[:60]}”"
            wanted.append(Wanted(label, dict(ids), paper))
    return wanted


def found(
    wanted: Sequence[Wanted], settings: Settings, *, progress: Progress | None = None, client: Client | None = None,
    today: Callable[[], date] = date.today,
) -> Iterator[Paper | Rejected]:
    """The records that the services have for these, each as it comes, and at the end a line per trouble.

    A record that carries another identifier than was asked for, or for a paper of the library another
    title, is refused. Services are asked until one has an abstract.
    """
    with client or Client(settings.lookup_timeout_s, settings.mailto) as opened:
        run = _Run(opened, services(settings), f" on {today().isoformat()}", progress)
        yield from run.records(wanted)
    yield from run.lines(wanted)


class _Run:
    def __init__(
        self, client: Client, known: tuple[Service, ...], when: str, progress: Progress | None
    ) -> None:
        self.client, self.services, self.when, self.progress = client, known, when, progress
        self.down: dict[str, str] = {}
        self.troubles: dict[tuple[str, str], list[Wanted]] = {}
        self.done: set[int] = set()

    def records(self, wanted: Sequence[Wanted]) -> Iterator[Paper]:
        for item in wanted:
            if not item.ids:
                yield from self._by_title(item)
        # What one service says (a PMID, say) may open another, so the round goes on while anything is new.
        moved = True
        while moved:
            moved = False
            for service in self.services:
                for kind in service.kinds:
                    due = [w for w in wanted if not w.abstract and kind in w.ids and service.name not in w.asked]
                    moved = moved or bool(due)
                    for start in range(0, len(due), service.at_once):
                        yield from self._ask(service, kind, due[start : start + service.at_once])
                        self._tell(wanted)

    def _ask(self, service: Service, kind: str, due: list[Wanted]) -> Iterator[Paper]:
        for item in due:
            item.asked.append(service.name)
        if service.name in self.down:
            self._trouble(service, self.down[service.name], due)
            return
        values = [w.ids[kind] for w in due]
        try:
            papers = service.papers(self.client, kind, values, f"looked up at {service.name}{self.when}")
        except Unanswered as failure:
            if failure.lasting:
                self.down[service.name] = failure.reason
            elif len(due) > 1:
                # One bad record should not cost the others theirs.
                for half in (due[: len(due) // 2], due[len(due) // 2 :]):
                    for item in half:
                        item.asked.remove(service.name)
                    yield from self._ask(service, kind, half)
                return
            if not isinstance(failure, NotFound):
                self._trouble(service, failure.reason, due)
            return
        for item in due:
            yield from self._taken(service, kind, item, papers)

    def _taken(self, service: Service, kind: str, item: Wanted, papers: list[Paper]) -> Iterator[Paper]:
        paper = next((p for p in papers if same_identifier(p, kind, item.ids[kind])), None)
        if paper is None:
            other = next((v for p in papers for v in identifiers(p).values()), "without an identifier")
            if len(papers) == 1 and service.at_once == 1:
                self._trouble(service, f"it answered with another record ({other}), which was refused", [item])
            return
        if item.paper is not None and not _titles_agree(item.paper.title, paper.title):
            said = f"it calls this “{paper.title[:80]}”, another title than in your library; left as it was"
            self._trouble(service, said, [item])
            return
        item.found = True
        item.abstract = bool(paper.abstract)
        for name, value in identifiers(paper).items():
            item.ids.setdefault(name, value)
        yield paper

    def _by_title(self, item: Wanted) -> Iterator[Paper]:
        service = next(s for s in self.services if s.name == "Crossref")
        item.asked.append(service.name)
        if item.paper is None:
            return
        if service.name in self.down:
            self._trouble(service, self.down[service.name], [item])
            return
        try:
            papers = service.titled(self.client, item.paper.title, f"looked up at {service.name}{self.when}")
        except NotFound:
            return
        except Unanswered as failure:
            if failure.lasting:
                self.down[service.name] = failure.reason
            self._trouble(service, failure.reason, [item])
            return
        paper = next((p for p in papers if _is_surely(item.paper, p)), None)
        if paper is not None:
            item.found, item.abstract = True, bool(paper.abstract)
            item.ids.update(identifiers(paper))
            yield paper

    def _trouble(self, service: Service, reason: str, due: Iterable[Wanted]) -> None:
        for item in due:
            item.troubled = True
            self.troubles.setdefault((service.name, reason), []).append(item)

    def _tell(self, wanted: Sequence[Wanted]) -> None:
        if self.progress:
            self.done |= {n for n, w in enumerate(wanted) if w.abstract or len(w.asked) == len(self.services)}
            self.progress("looked up", len(self.done), len(wanted))

    def lines(self, wanted: Sequence[Wanted]) -> Iterator[Rejected]:
        for (name, reason), items in self.troubles.items():
            for kept, end in (
                (True, "what is known of it is kept"), (False, "nothing was added")
            ):
                if some := [w for w in items if w.kept is kept]:
                    yield Rejected(name, _named(some), f"{reason}; {end}", kept)
        silent: dict[tuple[str, bool], list[Wanted]] = {}
        for item in wanted:
            if not item.abstract and not item.troubled:
                silent.setdefault((" and ".join(item.asked), item.kept), []).append(item)
        for (names, kept), items in silent.items():
            reason = "no abstract there; found by its title only" if kept else "no such record there; nothing was added"
            yield Rejected(names or "look-up", _named(items), reason, kept)


def _named(items: Sequence[Wanted]) -> str:
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return ", ".join(w.label for w in items[:NAMED]) + more


def _titles_agree(one: str, other: str) -> bool:
    """Whether two titles share at least half of the shorter one's words: a subtitle or a misspelling is no matter."""
    a, b = set(normalised_title(one).split()), set(normalised_title(other).split())
    return not a or not b or 2 * len(a & b) >= min(len(a), len(b))


def _is_surely(known: Paper, candidate: Paper) -> bool:
    """Whether a record found by title is the paper: nothing conflicts, and more than a short title agrees."""
    if not same_work(known, candidate):
        return False
    if known.authors and candidate.authors:
        return surname(known.authors[0]) == surname(candidate.authors[0])
    return bool(known.year and candidate.year) or len(normalised_title(known.title).split()) >= _TITLE_WORDS
