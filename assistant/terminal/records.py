"""Hits, papers and reports as plain lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..papers import Hit, IngestReport, Paper
from .lines import one_line, wrapped

if TYPE_CHECKING:
    from ..retrieval.lookalikes import Lookalike
    from ..retrieval.understanding import Understood


def hit_lines(hits: list[Hit]) -> list[str]:
    """Each hit: rank, title, id, what matched, its best sentence."""
    if not hits:
        return ["Nothing found."]
    lines = []
    for hit in hits:
        year = f" ({hit.year})" if hit.year else ""
        lines += wrapped(f"{hit.rank:>2}. {hit.title}{year}")
        matched = ", ".join(hit.matched) or "meaning only"
        again = f"   {hit.reranked.by}: {hit.reranked.score:.2f}, was {hit.reranked.before}." if hit.reranked else ""
        part = f"   for “{hit.aspect}”" if hit.aspect else ""
        lines += wrapped(f"{hit.paper_id}   score {hit.score:.3f}   matched: {matched}{part}{again}", "    ")
        if hit.snippet:
            lines += wrapped(hit.snippet, "    ")
    return lines


def understood_lines(asked: Understood) -> list[str]:
    """How a query was read, where that is more than its words: limits, corrections, notes."""
    lines = []
    if asked.limits:
        names = {"phrase": "the phrase", "excluded": "without"}
        shown = "; ".join(f"{names.get(o.kind, o.kind)} {o.value}" for o in asked.limits)
        lines += wrapped(f"Limited to: {shown}")
    if asked.aspects:
        parts = "; ".join(f"“{aspect}”" for aspect in asked.aspects)
        lines += wrapped(f"Searched as a whole and in {len(asked.aspects)} parts: {parts}")
    return lines + [line for note in asked.notes for line in wrapped(note)]


def lookalike_lines(pairs: Sequence[Lookalike]) -> list[str]:
    """Pairs of papers that may be one, and what to do about them."""
    if not pairs:
        return ["No two papers look like one work."]
    lines = []
    for pair in pairs:
        lines.append(f"titles {pair.title:.0%} alike, abstracts {pair.text:.0%}:")
        for paper_id, title in zip((pair.one, pair.other), pair.titles, strict=True):
            lines += wrapped(f"{paper_id}   {title}", "    ")
    return [*lines, "", "One work: litassist papers merge ID ID. Two works: litassist papers merge --apart ID ID."]


def paper_lines(paper: Paper, former_ids: Sequence[str] = ()) -> list[str]:
    """One paper in full."""
    lines = [*wrapped(paper.title), ""]
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
    return [*lines, "", *(wrapped(paper.abstract) if paper.abstract else ["No abstract: found by its title only."])]


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
            lines += wrapped(f"{'note' if item.kept else 'not read'}: {item.source}{where}: {item.reason}")
    for (kept, reason), count in told.items():
        if count > _ALIKE:
            what = "notes" if kept else "not read"
            lines += wrapped(f"and {count - _ALIKE_SHOWN:,} more {what}: {reason} (--json names them all)")
    return lines
