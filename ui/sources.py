"""HTML for the papers that an answer cites: their texts with the quotes highlighted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markup import byline, esc, in_library, link, on_page

from assistant import Citation, Paper

CONTEXT = 700
"""Characters of a full-text page shown on either side of a quote."""


def marked(text: str, spans: Sequence[tuple[int, int, str, int]]) -> str:
    """The escaped text with each (start, end, anchor, number) highlighted; overlaps share their words."""
    out, at = [], 0
    for start, end, anchor, number in sorted(spans):
        start, end = max(start, at), max(end, at)
        out.append(esc(text[at:start]))
        out.append(f'<mark id="{esc(anchor)}">{esc(text[start:end])}<sup>{number}</sup></mark>')
        at = end
    return "".join(out) + esc(text[at:])


def place(citation: Citation, text: str) -> tuple[int, int] | None:
    """Where the quote stands in `text`: at its offsets, else where its words are found, else None."""
    if text[citation.start : citation.end] == citation.quote:
        return citation.start, citation.end
    at = text.find(citation.quote)
    return (at, at + len(citation.quote)) if at >= 0 and citation.quote else None


def source_texts(paper: Paper | None, citations: Sequence[Citation], prefix: str) -> str:
    """The texts that the citations of one paper point into, quotes highlighted, each under its name."""
    groups: dict[tuple[str, int | None], list[Citation]] = {}
    for c in citations:
        groups.setdefault((c.field, c.page), []).append(c)
    parts = []
    for (field, page), cited in groups.items():
        text = paper.text(field, page) if paper else ""
        placed = [(c, place(c, text)) for c in cited]
        spans = [(*at, f"{prefix}-{c.n}", c.n) for c, at in placed if at]
        name = {"title": "Title", "page": f"Page {page}"}.get(
            field, "Summary" if paper and paper.kind == "summary" else "Abstract"
        )
        if spans:
            if field == "page":
                low, high = max(0, min(s[0] for s in spans) - CONTEXT), max(s[1] for s in spans) + CONTEXT
                before, after = "… " if low else "", " …" if high < len(text) else ""
                shown = before + marked(text[low:high], [(a - low, b - low, i, n) for a, b, i, n in spans]) + after
            else:
                shown = marked(text, spans)
            parts.append(f'<h4>{esc(name)}</h4><p class="la-text">{shown}</p>')
        for c, at in placed:
            if not at:
                gone = "the paper's text has changed since" if paper else "this paper is no longer in the library"
                parts.append(f'<p class="la-text"><mark id="{prefix}-{c.n}">{esc(c.quote)}<sup>{c.n}</sup></mark></p>'
                             f'<p class="la-note">The quote as it was cited; {gone}.</p>')
    return "".join(parts)


def source(citations: Sequence[Citation], paper: Paper | None, prefix: str, page_url: str = "") -> str:
    """One cited paper: numbers, title, authors and year; opened, its text with the quotes highlighted."""
    first = citations[0]
    kind = paper.kind if paper else first.kind
    label = '<span class="la-kind" title="Written for the built-in sample; not the paper\'s abstract">summary</span>'
    badge = label if kind == "summary" else ""
    numbers = "".join(f'<span class="la-n">{c.n}</span>' for c in citations)
    who = byline(paper.authors if paper else first.authors, paper.year if paper else first.year)
    venue = f" · {esc(paper.venue)}" if paper and paper.venue else ""
    texts = source_texts(paper, citations, prefix)
    links = link(paper.link if paper else first.url, "Read the paper") + (in_library(page_url) if paper else "")
    if paper and paper.file:
        links += "".join({c.page: on_page(page_url, c) for c in reversed(citations)}.values())
    return (
        f'<details class="la-source"><summary><span class="la-nums">{numbers}</span>'
        f'<span class="la-title" title="{esc(first.title)}">{esc(first.title)}</span>'
        f'<span class="la-by">{esc(who)}{venue} {badge}</span></summary>'
        f'<div class="la-body">{texts}<p class="la-links">{links}</p></div></details>'
    )


def by_paper(citations: Iterable[Citation]) -> list[list[Citation]]:
    """The citations grouped by paper, papers in order of their first number."""
    groups: dict[str, list[Citation]] = {}
    for c in sorted(citations, key=lambda c: c.n):
        groups.setdefault(c.paper_id, []).append(c)
    return list(groups.values())
