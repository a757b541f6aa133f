"""HTML for papers and what stands around an answer. Every word that came from a paper or a model is escaped.

The page hands these strings to `st.html`, which shows text as text: no markdown, no mathematics, no
image or link but the ones made here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from assistant import Answer, Citation, Hit, Paper
from assistant.papers import Finding
from assistant.shapes import care, usage_words

FINDINGS = {
    "unknown_citation": "Unknown citation",
    "contradiction": "Contradicts its source",
    "draft_replaced": "Draft replaced",
    "ambiguous_name": "A name of several papers",
    "limit": "Limit",
    "did_you_mean": "Spelling",
    "spelt_out": "Short form",
    "other_words": "Other words",
    "other_language": "Other language",
    "little_about_this": "Little about this",
    "vectors_unavailable": "Part of the index is missing",
    "more_papers": "Not all are shown",
    "stopped": "Stopped",
    "interrupted": "Interrupted",
    "not_read": "Not read for meaning",
}

_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
_JOINER = "\u2060"


def plain(text: object) -> str:
    """`text` for a place that reads markdown (labels, titles, messages), so that it shows as written.

    Punctuation is escaped. Emoji codes, icon codes and typographic arrows are replaced only after
    escapes are gone, so a word joiner, which has no width, breaks those up.
    """
    escaped = _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
    return re.sub(r"(\\[:<>=~-])(?=\S)", rf"\1{_JOINER}", escaped)


def esc(text: object) -> str:
    """`text` escaped for HTML, quotes too."""
    return html.escape(str(text), quote=True)


def shortened(text: str, limit: int) -> str:
    """`text` in one line of at most `limit` characters, cut at a word and marked by an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:") + "…"


def byline(authors: Sequence[str], year: int | None) -> str:
    """"Karpukhin and others, 2020": at most two names; what is unknown is left out."""
    names = [a.split(",")[0] if "," in a else (a.split() or [a])[-1] for a in authors if a.strip()]
    who = f"{names[0]} and others" if len(names) > 2 else " and ".join(names)
    return ", ".join(part for part in (who, str(year) if year else "") if part)


def safe_link(url: str | None) -> str | None:
    """The address if it is a web address, else None."""
    return url if url and re.match(r"(?i)https?://[^\s]+$", url) else None


def link(url: str | None, label: str) -> str:
    """A link that opens apart and tells the site nothing; empty for anything but a web address."""
    address = safe_link(url)
    if not address:
        return ""
    return f'<a class="la-link" href="{esc(address)}" target="_blank" rel="noopener noreferrer">{esc(label)} ↗</a>'


def on_page(page_url: str, citation: Citation) -> str:
    """A link to the printed page that a quote stands on, opened apart; nothing for a quote from elsewhere."""
    if not page_url or citation.field != "page" or not citation.page:
        return ""
    there = f"{page_url}&page={citation.page}&start={citation.start}&end={citation.end}"
    return f'<a class="la-link" href="{esc(there)}" target="_blank" rel="noopener">See it on page {citation.page}</a>'


def in_library(page_url: str) -> str:
    """A link to a paper's own page, opened apart so that the conversation stays."""
    opened = f'href="{esc(page_url)}" target="_blank" rel="noopener"'
    return f'<a class="la-link" {opened}>In your library</a>' if page_url else ""


def card(paper: Paper, held: str) -> str:
    """One paper in short: title, byline, what it carries of the reader's own, and its abstract whole."""
    who = ", ".join(paper.authors[:6]) + (" and others" if len(paper.authors) > 6 else "")
    about = " · ".join(esc(x) for x in (who, paper.year, paper.venue, held, "read" if paper.read else "") if x)
    labels = "".join(f'<span class="la-kind">{esc(name)}</span>' for name in (*paper.tags, *paper.collections))
    note = f'<p class="la-note">{esc(paper.note)}</p>' if paper.note else ""
    text = f'<p class="la-text">{esc(paper.abstract)}</p>' if paper.abstract else ""
    return (f'<div class="la-card" id="la-card"><span class="la-title">{esc(paper.title)}</span>'
            f'<span class="la-by">{about} {labels}</span>{text}{note}</div>')


# --------------------------------------------------------------------------- around an answer


def one_of_two(title: str, paper: Paper | None, page_url: str) -> str:
    """One of two papers that look alike: its title, and what may tell it from the other."""
    about = ""
    if paper:
        source = paper.sources[0] + (f" and {len(paper.sources) - 1} more" if len(paper.sources) > 1 else "")
        named = paper.doi or paper.arxiv_id or paper.pmid or ""
        about = " · ".join(x for x in (byline(paper.authors, paper.year), paper.venue or "", named, source) if x)
    return (f'<div class="la-pair"><span class="la-title">{esc(title)}</span> {in_library(page_url)}'
            f'<span class="la-by">{esc(about)}</span></div>')


def hits(values: Sequence[Hit], heading: str, page_url: Callable[[str], str]) -> str:
    """Papers found, best first: title, why each matched, and its best sentence with the words that counted marked."""
    items = []
    for hit in values:
        year = f", {hit.year}" if hit.year else ""
        quote = f"<blockquote>{words_marked(hit.snippet, hit.matched)}</blockquote>" if hit.snippet else ""
        there = in_library(page_url(hit.paper_id))
        items.append(f'<div class="la-near"><span class="la-title">{esc(hit.title)}</span>'
                     f'<span class="la-by">{esc(reasons(hit) + year + looked_again(hit))}</span>{quote}{there}</div>')
    return f'<div class="la-related"><h4>{esc(heading)}</h4>{"".join(items)}</div>' if items else ""


def reasons(hit: Hit) -> str:
    """Why it matched, in words: each term's share of the score, and the share of the meaning."""
    parts = [f"{t.text} {t.share:.0%}" for t in hit.terms if t.share >= 0.005]
    if hit.dense_share and hit.terms:
        parts.append(f"meaning {hit.dense_share:.0%}")
    if parts:
        return ", ".join(parts)
    shared = f", in both titles: {', '.join(hit.matched)}" if hit.matched else ""
    return f"{hit.score:.0%} alike in meaning{shared}" if hit.dense_share else "passes the limits"


def looked_again(hit: Hit) -> str:
    """For which part of the question it was found, and what a second look made of it; "" for neither."""
    part = f"; for “{hit.aspect}”" if hit.aspect else ""
    if hit.reranked is None:
        return part
    return f"{part}; {hit.reranked.by} gives {hit.reranked.score:.2f} (was place {hit.reranked.before})"


def words_marked(text: str, words: Sequence[str]) -> str:
    """The escaped text with every one of the words marked where it stands, inflected or not."""
    heads = {w[: max(3, len(w) - 2)] if len(w) > 4 else w.removesuffix("s") for w in words}
    stems = sorted((re.escape(head) for head in heads if head), key=len, reverse=True)
    if not stems:
        return esc(text)
    out, at = [], 0
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(stems)})\w{{0,5}}", text, re.I):
        out += [esc(text[at : found.start()]), f"<mark>{esc(found[0])}</mark>"]
        at = found.end()
    return "".join(out) + esc(text[at:])


def findings(values: Sequence[Finding]) -> str:
    """What the reader should know about the answer, one line each."""
    values = [v for v in values if v.detail or v.sentence]
    if not values:
        return ""
    items = "".join(
        f"<li><b>{esc(FINDINGS.get(v.kind, v.kind.replace('_', ' ').capitalize()))}.</b> {esc(v.detail)}"
        + ("" if v.sentence[:40] in v.detail else f' <span class="la-note">“{esc(shortened(v.sentence, 160))}”</span>')
        + "</li>"
        for v in values
    )
    return f'<div class="la-findings"><ul>{items}</ul></div>'


def follow_ups(answer: Answer, like: Sequence[str], asked: Sequence[str], most: int = 3) -> list[str]:
    """Questions that lead on from an answer: about the papers it cites (or came near), and about papers `like` the
    first. Those asked before are left out."""
    cited = list(dict.fromkeys(c.title for c in sorted(answer.citations, key=lambda c: c.n)))
    names = [f"“{title.replace('“', '‘').replace('”', '’')}”" for title in cited]
    found = [f"Summarise the paper {name}" for name in names[:2]]
    near = [r.title for r in answer.related] if not names else [t for t in like if t not in cited]
    found += [f"What does the paper “{title.replace('“', '‘').replace('”', '’')}” show?" for title in near]
    before = {" ".join(a.split()).casefold() for a in asked}
    return [f for f in dict.fromkeys(found) if f.casefold() not in before][:most]


def in_short(question: str, limit: int) -> str:
    """A question in at most about `limit` characters; of one that names a title, the title is what is shortened."""
    before, quote, rest = question.partition("“")
    title, end, after = rest.rpartition("”")
    if len(question) <= limit or not (quote and end):
        return shortened(question, limit)
    return f"{before}“{shortened(title, max(20, limit - len(before) - len(after) - 2))}”{after}"


def writer(backend: str) -> str:
    """A backend as a reader would call it: without where its server or its file is."""
    if backend in ("", "extractive"):
        return "the built-in reader"
    kind, _, name = backend.partition(":")
    if kind == "openai-compatible":
        return name.partition("@")[0] or backend
    return re.split(r"[/\\]", name)[-1] if kind == "gguf" and name else backend


def footnote(answer: Answer) -> str:
    """One quiet line: how the sentences were checked, which backend wrote, how long, how many tokens."""
    parts = [care(answer)]
    checked = [s for s in answer.sentences if s.citations or s.verdict != "supported"]
    if wrong := sum(s.verdict != "supported" for s in checked):
        parts.append(f"{wrong} of {len(checked)} sentence{'s'[: len(checked) > 1]} not fully supported")
    replaced = any(f.kind == "draft_replaced" for f in answer.findings)
    name = writer(answer.backend)
    parts.append(f"by {writer('')}, in place of a draft by {name}" if replaced else f"by {name}")
    if answer.cached:
        parts.append("as answered before (Retry writes it anew)")
    if answer.timings.total_s:
        parts.append(f"{answer.timings.total_s:.1f}\u00a0s")
    parts.append(usage_words(answer.usage))
    said = " · ".join(part for part in parts if part)
    return f'<p class="la-foot">{esc(said[:1].upper() + said[1:])}</p>'


def with_references(answer: Answer, find: Callable[[str], Paper | None]) -> str:
    """The answer as plain text followed by its references, one per number: what "copy" gives."""
    if answer.citations:
        body = answer.answer or " ".join(
            s.text + "".join(f" [{n}]" for n in s.citations) for s in answer.sentences
        )
    else:
        body = answer.answer
    lines = [body.strip()]
    for c in sorted(answer.citations, key=lambda c: c.n):
        paper = find(c.paper_id)
        authors = ", ".join(paper.authors if paper else c.authors)
        year = (paper.year if paper else c.year) or ""
        where = [paper.venue or "" if paper else "", (paper.link if paper else c.url) or ""]
        head = f"{authors} ({year}). " if authors and year else f"{authors or year}. " if authors or year else ""
        tail = ". ".join(p for p in where if p)
        title = c.title if c.title.endswith((".", "?", "!")) else c.title + "."
        page = f" Page {c.page}." if c.page else ""
        note = " (Quoted from a summary.)" if (paper.kind if paper else c.kind) == "summary" else ""
        lines.append(f"[{c.n}] {head}{title}{' ' + tail if tail else ''}{page}{note}\n    “{c.quote}”")
    return "\n\n".join([lines[0], "\n".join(lines[1:])]).strip()
