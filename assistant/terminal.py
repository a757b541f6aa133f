"""What the command line prints: answers, hits, papers and reports as plain lines, and progress."""

from __future__ import annotations

import re
import sys
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from .headway import Headway
from .papers import Answer, Citation, Done, Event, Hit, IngestReport, Paper, Replaced, Sentence, Text

if TYPE_CHECKING:
    from rich.progress import TaskID

    from .export import Replay
    from .retrieval.lookalikes import Lookalike
    from .retrieval.understanding import Understood

WIDTH = 96
MARKS = {"supported": "", "partial": "  (partly supported)", "unsupported": "  (NOT SUPPORTED by its source)"}


def one_line(text: str) -> str:
    """The text on one line, without control and format characters: papers must not steer a terminal."""
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") else " " for c in text)
    return re.sub(r"\s+", " ", kept).strip()


def _wrapped(text: str, indent: str = "") -> list[str]:
    # Names of files and links are to be copied whole.
    return textwrap.wrap(
        one_line(text), WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_on_hyphens=False, break_long_words=False,
    ) or [""]  # fmt: skip


def sentence_lines(sentence: Sentence) -> list[str]:
    """A sentence with its markers, its verdict in words, and what its sources lack."""
    markers = "".join(f" [{n}]" for n in sentence.citations)
    lines = _wrapped(sentence.text + markers + MARKS[sentence.verdict])
    if sentence.missing and sentence.verdict != "supported":
        lines += _wrapped("not in the source: " + "; ".join(sentence.missing), "    ")
    return lines


def citation_lines(citation: Citation) -> list[str]:
    """A citation: number, title, who and when, and the quoted words."""
    who = citation.authors[0] + (" et al." if len(citation.authors) > 1 else "") if citation.authors else ""
    about = ", ".join(
        str(x)
        for x in (
            who,
            citation.year,
            "a summary" if citation.kind == "summary" else None,
            f"page {citation.page}" if citation.page else None,
            citation.url,
        )
        if x
    )
    return [
        *_wrapped(f"[{citation.n}] {citation.title}" + (f" ({about})" if about else "")),
        *_wrapped(f"“{citation.quote}”", "    "),
    ]


def answer_lines(answer: Answer) -> list[str]:
    """The whole answer as lines: sentences, sources, near misses, findings."""
    lines = [line for sentence in answer.sentences for line in sentence_lines(sentence)]
    if not answer.sentences:
        lines = _wrapped(answer.answer)
    return lines + source_lines(answer)


def source_lines(answer: Answer) -> list[str]:
    """What follows the sentences of an answer."""
    lines: list[str] = []
    if answer.citations:
        lines += ["", "Sources"]
        for citation in answer.citations:
            lines += citation_lines(citation)
    if missing := [m for m in answer.missing if m not in answer.answer]:
        lines += ["", *_wrapped("Not found in the library: " + "; ".join(missing))]
    if answer.related:
        lines += ["", "Nearest papers"]
        for related in answer.related:
            lines += [*_wrapped(f"- {related.title}"), *_wrapped(f"“{related.quote}”", "    ")]
    for finding in answer.findings:
        lines += ["", *_wrapped(f"Note: {finding.detail}")]
    if answer.error:
        lines += ["", *_wrapped(f"The answer is incomplete: {answer.error}")]
    return lines


_STATES = {
    "moved": "stands elsewhere in it now", "changed": "is no longer in it", "gone": "is no longer in the library",
}  # fmt: skip


def replay_lines(replay: Replay) -> list[str]:
    """An exported answer beside what is answered now: in a line whether it is the same, then each difference."""
    lines = _wrapped(replay.question)
    verbatim = sum(q.state == "verbatim" for q in replay.quotes)
    said = "The answer is the same." if replay.same else "The answer differs."
    lines += ["", f"{said} Asked then: {one_line(replay.asked) or 'unknown'}."]
    if replay.quotes:
        lines.append(f"Quotes: {verbatim} of {len(replay.quotes)} still stand word for word at their place.")
    for quote in replay.quotes:
        if quote.state != "verbatim":
            what = "This paper" if quote.state == "gone" else "This quote of"
            end = f"“{quote.title}” {_STATES[quote.state]}"
            lines += _wrapped(f"- [{quote.n}] {what} {end}", "  ")
    for name, (then, now) in replay.changes.items():
        lines += _wrapped(f"- {name}: then {then or 'none'}, now {now or 'none'}", "  ")
    for head, sentences in (
        ("As before", replay.kept), ("With another verdict or other quotes", replay.differing),
        ("No longer said", replay.lost), ("New", replay.added),
    ):  # fmt: skip
        if sentences:
            lines += ["", head, *(line for text in sentences for line in _wrapped(f"- {text}", "  "))]
    if not replay.answer.sentences:
        lines += ["", "Now", *_wrapped(replay.answer.answer, "  ")]
    return lines


def streamed(events: Iterable[Event], echo: Callable[[str], None]) -> Answer:
    """The answer, its sentences printed as they come."""
    shown = False
    answer = Answer(question="")
    for event in events:
        if isinstance(event, Text):
            shown = True
            for line in sentence_lines(event.sentence):
                echo(line)
        elif isinstance(event, Replaced):
            shown = False
            echo(f"\n({one_line(event.reason)})\n")
        elif isinstance(event, Done):
            answer = event.answer
    for line in source_lines(answer) if shown else answer_lines(answer):
        echo(line)
    return answer


def hit_lines(hits: list[Hit]) -> list[str]:
    """Each hit: rank, title, id, what matched, its best sentence."""
    if not hits:
        return ["Nothing found."]
    lines = []
    for hit in hits:
        year = f" ({hit.year})" if hit.year else ""
        lines += _wrapped(f"{hit.rank:>2}. {hit.title}{year}")
        matched = ", ".join(hit.matched) or "meaning only"
        again = f"   {hit.reranked.by}: {hit.reranked.score:.2f}, was {hit.reranked.before}." if hit.reranked else ""
        part = f"   for “{hit.aspect}”" if hit.aspect else ""
        lines += _wrapped(f"{hit.paper_id}   score {hit.score:.3f}   matched: {matched}{part}{again}", "    ")
        if hit.snippet:
            lines += _wrapped(hit.snippet, "    ")
    return lines


def understood_lines(asked: Understood) -> list[str]:
    """How a query was read, where that is more than its words: limits, corrections, notes."""
    lines = []
    if asked.limits:
        names = {"phrase": "the phrase", "excluded": "without"}
        shown = "; ".join(f"{names.get(o.kind, o.kind)} {o.value}" for o in asked.limits)
        lines += _wrapped(f"Limited to: {shown}")
    if asked.aspects:
        parts = "; ".join(f"“{aspect}”" for aspect in asked.aspects)
        lines += _wrapped(f"Searched as a whole and in {len(asked.aspects)} parts: {parts}")
    return lines + [line for note in asked.notes for line in _wrapped(note)]


def lookalike_lines(pairs: Sequence[Lookalike]) -> list[str]:
    """Pairs of papers that may be one, and what to do about them."""
    if not pairs:
        return ["No two papers look like one work."]
    lines = []
    for pair in pairs:
        lines.append(f"titles {pair.title:.0%} alike, abstracts {pair.text:.0%}:")
        for paper_id, title in zip((pair.one, pair.other), pair.titles, strict=True):
            lines += _wrapped(f"{paper_id}   {title}", "    ")
    return [*lines, "", "One work: litassist papers merge ID ID. Two works: litassist papers merge --apart ID ID."]


def paper_lines(paper: Paper, former_ids: Sequence[str] = ()) -> list[str]:
    """One paper in full."""
    lines = [*_wrapped(paper.title), ""]
    rows = {
        "id": paper.id,
        "also": "; ".join(former_ids),
        "kind": paper.kind,
        "authors": "; ".join(paper.authors),
        "year": paper.date or paper.year,
        "venue": paper.venue,
        "in": ", ".join(f"{k} {v}" for k, v in (("volume", paper.volume), ("issue", paper.issue),
                                                ("pp.", paper.page_range), ("no.", paper.number)) if v),
        "editors": "; ".join(paper.editors),
        "publisher": paper.publisher if paper.publisher != paper.venue else "",
        "arXiv": paper.arxiv_id,
        "DOI": paper.doi,
        "PubMed": paper.pmid,
        "ISBN": ", ".join(paper.isbn),
        "ISSN": ", ".join(paper.issn),
        "link": paper.link,
        "tags": ", ".join(paper.tags),
        "collections": ", ".join(paper.collections),
        "note": paper.note,
        "read": "yes" if paper.read else "",
        "pages": len(paper.pages) or None,
        "read from": "; ".join(f"{a.source}, entry {a.position}" for a in paper.appearances),
    }  # fmt: skip
    lines += [f"{name:<12}{one_line(str(value))}" for name, value in rows.items() if value]
    return [*lines, "", *(_wrapped(paper.abstract) if paper.abstract else ["No abstract: found by its title only."])]


_ALIKE, _ALIKE_SHOWN = 8, 3
"""Lines with one and the same reason that are all shown, and how many are shown of more."""


def report_lines(report: IngestReport) -> list[str]:
    """What an ingest did."""
    lines = [
        f"{report.entries} {'entry' if report.entries == 1 else 'entries'} read: "
        f"{report.added} added, {report.updated} updated, "
        f"{report.unchanged} unchanged. The library holds {report.papers}. ({report.seconds:.1f} s)"
    ]
    if report.without_abstract:
        n = len(report.without_abstract)
        lines.append(f"{n} without an abstract: found by title only, and they can't be quoted.")
    told = Counter((item.kept, item.reason) for item in report.rejected)
    shown: Counter[tuple[bool, str]] = Counter()
    for item in report.rejected:
        key = (item.kept, item.reason)
        shown[key] += 1
        if told[key] <= _ALIKE or shown[key] <= _ALIKE_SHOWN:
            where = f", {item.where}" if item.where else ""
            lines += _wrapped(f"{'note' if item.kept else 'not read'}: {item.source}{where}: {item.reason}")
    for (kept, reason), count in told.items():
        if count > _ALIKE:
            what = "notes" if kept else "not read"
            lines += _wrapped(f"and {count - _ALIKE_SHOWN:,} more {what}: {reason} (--json names them all)")
    return lines


_STAGES = {"sentences": "vectors of sentences", "clearing": "clearing the files", "Chroma": "filling Chroma"}
"""What some stages of work are called; others by their own names."""
_SILENT_S = 10.0
"""Where no one looks at a terminal, a line comes after so many seconds, and not oftener."""


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A callable (stage, done, total) that shows on standard error how far work is, how fast, and what is left.

    On a terminal a line per stage that goes away at the end; elsewhere a plain line now and then, and none for
    what is done soon.
    """
    headway = Headway()
    if not sys.stderr.isatty():
        yield partial(_said, headway, [monotonic()])
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            headway.told(stage, done, total)
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES.get(stage, stage), total=total, said="")
            bar.update(tasks[stage], completed=done, total=total, said=headway.words(stage))

        yield show


def _said(headway: Headway, last: list[float], stage: str, done: int, total: int | None) -> None:
    headway.told(stage, done, total)
    if monotonic() - last[0] >= _SILENT_S:
        last[0] = monotonic()
        print(f"{_STAGES.get(stage, stage)}: {headway.words(stage)}", file=sys.stderr, flush=True)
