"""The way of a paper: read, merged with what is there and committed; encoded and indexed while others are read."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .config import Settings
from .errors import LibraryError, ReadError, UsageError
from .index.following import Following
from .library import BATCH, Library
from .papers import IngestReport, Paper, Rejected
from .text import STOP_WORDS

if TYPE_CHECKING:
    from .index import Index

Progress = Callable[[str, int, int | None], None]
_T = TypeVar("_T")
_TOLD_S = 0.5
_ANSWERS = 20
"""Looked-up records per committed step: a service is slow, and what it answered should not have to be asked again."""


def ingest(
    paths: Iterable[str | Path],
    library: Library,
    index: Index,
    *,
    progress: Progress | None = None,
    password: str | None = None,
) -> IngestReport:
    """What was read from files and folders into the library.

    What can't be read is a line in the report. ReadError, with the first reasons, when there was
    nothing else. Stopped anywhere, what was committed stays and the next start finishes it.
    """
    from . import readers  # with its many formats; who only asks needs none

    def remember(digest: str, path: Path) -> None:
        # Where a PDF lies serves to show its pages; not to know it must not cost its text.
        with contextlib.suppress(LibraryError, OSError):
            library.remember_file(digest, path)

    read = (item for path in paths for item in readers.read(path, password=password))
    with readers.pdf.telling(remember):
        report = _stored(read, library, index, progress)
    if not report.entries:
        raise ReadError(_nothing_read(report.rejected))
    return report


def ingest_papers(
    papers: Iterable[Paper], library: Library, index: Index, *, progress: Progress | None = None
) -> IngestReport:
    """The same for papers already at hand; none at all is an empty report."""
    return _stored(papers, library, index, progress)


def look_up(
    identifiers: Iterable[str],
    settings: Settings,
    library: Library,
    index: Index,
    *,
    progress: Progress | None = None,
) -> IngestReport:
    """What services know of these DOIs, arXiv ids and PMIDs, read into the library.

    What can't be had is a line in the report. ReadError, with the first reasons, when there was nothing else.
    """
    from . import lookups

    asked = lookups.asked_for(identifiers)
    if not asked:
        raise UsageError("Nothing to look up: give a DOI, an arXiv id or a PMID.")
    wanted = [item for item in asked if isinstance(item, lookups.Wanted)]
    refused = [item for item in asked if isinstance(item, Rejected)]
    found = chain(lookups.found(wanted, settings, progress=progress), refused)
    report = _stored(found, library, index, progress, _ANSWERS)
    if not report.entries:
        raise ReadError(_nothing_read(report.rejected))
    return report


def look_up_abstracts(
    paper_ids: Iterable[str] | None,
    settings: Settings,
    library: Library,
    index: Index,
    *,
    progress: Progress | None = None,
) -> IngestReport:
    """What services know of those of these papers (None: of all) that have no abstract, read into the library.

    A service that has none, or fails, is a line in the report; nothing is lost by it.
    """
    from . import lookups

    chosen = None if paper_ids is None else set(library.present_ids(paper_ids))
    lacking = lookups.lacking_abstract(library.papers())
    wanted = [w for w in lacking if chosen is None or (w.paper and w.paper.id in chosen)]
    return _stored(lookups.found(wanted, settings, progress=progress), library, index, progress, _ANSWERS)


def _stored(
    read: Iterable[Paper | Rejected],
    library: Library,
    index: Index,
    progress: Progress | None,
    batch: int = BATCH,
) -> IngestReport:
    began = told = time.perf_counter()
    entries = 0
    rejected: list[Rejected] = []

    def papers() -> Iterator[Paper]:
        nonlocal entries, told
        for item in read:
            if isinstance(item, Rejected):
                rejected.append(item)
            else:
                entries += 1
                yield item
            if progress and time.perf_counter() - told > _TOLD_S:
                told = time.perf_counter()
                progress("read", entries, None)
                following.report()

    with Following(index, progress) as following:

        def stored(stage: str, count: int, total: int | None) -> None:
            following.news()
            if progress:
                progress(stage, count, total)

        done = library.add(papers(), progress=stored, batch=batch)
        embedded = following.finished()
    return IngestReport(
        entries=entries,
        papers=library.count(),
        added=len(done.added),
        updated=len(done.updated),
        unchanged=len(done.unchanged),
        rejected=tuple(rejected),
        without_abstract=tuple(library.without_text([*done.added, *done.updated, *done.unchanged])),
        embedded=embedded,
        seconds=round(time.perf_counter() - began, 3),
    )


def _nothing_read(rejected: Sequence[Rejected]) -> str:
    if not rejected:
        return "No paper was found there. The library is as it was; give a file or a folder that holds some."
    lines = [f"{r.source}{f' ({r.where})' if r.where else ''}: {r.reason}" for r in rejected[:3]]
    more = f" And {len(rejected) - 3} more." if len(rejected) > 3 else ""
    return f"Nothing could be read; the library is as it was. {'; '.join(lines)}.{more}"


# ---------------------------------------------------------------------- what such a library can be asked

_NAME = re.compile(r"[^\W\d_][\w.+-]*")
_GOES_ON = 0.8
ASKED_OF = 1000
"""Papers, from all over the library, that suggested questions are made of: more would hardly change them."""


def suggested_questions(papers: Sequence[Paper], n: int = 4) -> list[str]:
    """Questions that these papers can be asked, at most `n`, the same each time; none without papers.

    Taken from the titles: a name that stands before a colon, a pair of words that several share,
    else a title itself.
    """
    told = [p for p in papers if p.abstract] or list(papers)
    names = [name for p in _spread(told, 400) if (name := _named(p.title))]
    names = list(dict.fromkeys(_spread(names, n)))
    topics = [f"Which papers are about {topic}?" for topic in _topics(told)[: max(1, n // 4)]]
    about = [f"What is {name}?" if i % 2 == 0 else f"How does {name} work?" for i, name in enumerate(names)]
    rest = [f"What does the paper “{p.title}” show?" for p in _spread(told, n)]
    questions = [*about[:1], *topics, *about[1:], *rest]
    return list(dict.fromkeys(questions))[:n]


def _named(title: str) -> str | None:
    head, colon, tail = title.partition(": ")
    # A name has an inner capital, a digit or a hyphen: "BERT", "GPT-4"; "Introduction: …" has none.
    telling = any(c.isupper() or c.isdigit() or c == "-" for c in head[1:])
    return head if colon and tail.strip() and telling and len(head) <= 30 and _NAME.fullmatch(head) else None


def _topics(papers: Sequence[Paper]) -> list[str]:
    count: Counter[str] = Counter()
    longer: Counter[str] = Counter()
    for paper in papers:
        words = re.findall(r"[^\W\d_]{3,}", paper.title.casefold())
        count.update({f"{a} {b}" for a, b in pairwise(words) if not {a, b} & STOP_WORDS})
        triples = zip(words, words[1:], words[2:], strict=False)
        longer.update({" ".join(three) for three in triples if not {*three} & STOP_WORDS})
    # Two words that nearly always go on with the same third are a part of a name: "quantum key distribution".
    begun = ((three.rpartition(" ")[0], three) for three in longer)
    whole = {pair: three for pair, three in begun if longer[three] >= _GOES_ON * count[pair]}
    return [whole.get(pair, pair) for pair, n in sorted(count.items(), key=lambda x: (-x[1], x[0])) if n >= 3]


def _spread(items: Sequence[_T], n: int) -> list[_T]:
    return list(items) if len(items) <= n else [items[i * len(items) // n] for i in range(n)]
