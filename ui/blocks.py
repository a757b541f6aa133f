"""HTML for what an answer says, by its shape: prose, rows, tables, sides, gaps, and the papers to choose among.

Every word that came from a paper or a model is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from markup import byline, esc, in_library, shortened

from assistant import Answer, Block, Citation, Paper
from assistant.papers import Related
from assistant.shapes import NO_VALUE, Group, Row, groups, sureness, unsure

VERDICTS = {
    "partial": ("◐", "partly supported", "Part of this sentence was not found in its source; it is underlined."),
    "unsupported": ("✗", "not supported", "This was not found in the source. Don't rely on it."),
}
SHOWN_FIRST = 140
"""Characters of a value, or of a yes or no, up to which it stands large before the rest."""
PageUrl = Callable[[str], str]


def underlined(text: str, missing: Iterable[str]) -> str:
    """The escaped text with each missing piece underlined where it first stands; case is ignored."""
    spans: list[tuple[int, int]] = []
    for piece in missing:
        found = re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", text, re.I) or re.search(re.escape(piece), text, re.I)
        if piece and found:
            spans.append(found.span())
    out, at = [], 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        start = max(start, at)
        out.append(esc(text[at:start]))
        out.append(f'<u class="la-missing" title="Not found in the source">{esc(text[start:end])}</u>')
        at = end
    return "".join(out) + esc(text[at:])


def sentence(value: Block, prefix: str, quotes: dict[int, Citation], there: str = "") -> str:
    """A block's words with numbers that lead to the highlighted quotes, and a mark where something is wrong; the words
    lead `there`, if anywhere."""
    symbol, word, why = VERDICTS.get(value.verdict, VERDICTS["unsupported"])
    fine = value.verdict == "supported"
    missing = value.missing or ((value.text,) if value.verdict == "unsupported" else ())
    marks = []
    for n in value.citations:
        cited = quotes.get(n)
        tip = f"{cited.title}: “{shortened(cited.quote, 220)}”" if cited else "No such source"
        marks.append(f'<a class="la-cite" href="#{prefix}-{n}" title="{esc(tip)}" aria-label="Source {n}">{n}</a>')
    if not fine:
        marks.append(f'<span class="la-warn" title="{esc(why)}">{symbol} {word}</span>')
    body = esc(value.text) if fine else underlined(value.text, missing)
    if there:
        body = f'<a class="la-paperlink" href="{esc(there)}" target="_blank" rel="noopener">{body}</a>'
    # A number alone at the start of a line says nothing; a mark in words is too long to be held to the last one.
    gap = "\u00a0" if fine else " "
    after = f'{gap}<span class="la-marks">{"".join(marks)}</span>' if marks else ""
    return f'<span class="la-s">{body}{after}</span>'


def answer(
    values: Iterable[Block], prefix: str, citations: Sequence[Citation], form: str = "text",
    page_url: PageUrl = lambda _: "",
) -> str:
    """The blocks of an answer, each kind as it reads best; `page_url` gives the address of a paper's page."""
    drawing = _Drawing(prefix, {c.n: c for c in citations}, page_url)
    rest, parts = list(values), []
    if form in ("value", "yesno") and _opens(rest):
        parts = [f'<p class="la-value">{drawing.said(rest.pop(0))}</p>']
    parts += [drawing.group(group) for group in groups(rest)]
    return f'<div class="la-answer">{"".join(parts)}</div>'


def _opens(values: Sequence[Block]) -> bool:
    """Whether it opens with a value, or a yes or no, short enough to stand by itself."""
    return bool(values) and values[0].kind in ("claim", "link") and len(values[0].text) <= SHOWN_FIRST


class _Drawing:
    """Draws the groups of one answer."""

    def __init__(self, prefix: str, quotes: dict[int, Citation], page_url: PageUrl) -> None:
        self._prefix = prefix
        self._quotes = quotes
        self._page_url = page_url

    def group(self, group: Group) -> str:
        """One group as HTML."""
        if group.kind == "rows":
            return {"list": self._list, "table": self._table, "sides": self._sides}[group.look](group)
        inner = " ".join(map(self.said, group.blocks))
        if group.kind == "heading":
            return f'<h3 class="la-head">{inner}</h3>'
        return f'<p class="la-gap">{inner}</p>' if group.kind == "gap" else f"<p>{inner}</p>"

    def said(self, block: Block) -> str:
        """One block's words and marks."""
        return sentence(block, self._prefix, self._quotes)

    def _list(self, group: Group) -> str:
        return f'<ul class="la-rows">{"".join(f"<li>{self._item(row, row.cells)}</li>" for row in group.rows)}</ul>'

    def _item(self, row: Row, cells: Sequence[Block]) -> str:
        head = f'<span class="la-row">{self._name(row.head)}</span>' if row.head else ""
        return head + "".join(f"<p>{self.said(cell)}</p>" for cell in cells)

    def _name(self, head: Block) -> str:
        """The head of a row; where it names a paper, its words lead to that paper's page."""
        there = self._page_url(head.paper_id) if head.paper_id else ""
        return sentence(head, self._prefix, self._quotes, there)

    def _table(self, group: Group) -> str:
        columns = [*group.columns, *([""] if any(row.under("") for row in group.rows) else [])]
        named = any(row.head for row in group.rows)
        corner = "<td></td>" if named else ""
        head = corner + "".join(f'<th scope="col">{esc(name)}</th>' for name in columns)
        body = ""
        for row in group.rows:
            cells = f'<th scope="row">{self._name(row.head) if row.head else ""}</th>' if named else ""
            for name in columns:
                said = " ".join(map(self.said, row.under(name)))
                cells += f"<td>{said}</td>" if said else f'<td class="la-none">{NO_VALUE}</td>'
            body += f"<tr>{cells}</tr>"
        return (f'<div class="la-scroll" tabindex="0" role="group" aria-label="Table"><table class="la-cells">'
                f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")

    def _sides(self, group: Group) -> str:
        sides = ""
        for name in group.columns:
            items = "".join(f"<li>{self._item(row, row.under(name))}</li>" for row in group.rows if row.under(name))
            sides += f'<div class="la-side"><h3 class="la-head">{esc(name)}</h3><ul class="la-rows">{items}</ul></div>'
        rest = "".join(f"<p>{self.said(block)}</p>" for row in group.rows for block in row.under(""))
        return f'<div class="la-sides">{sides}</div>{rest}'


# --------------------------------------------------------------------------- how sure, and instead of an answer


def confidence(value: Answer) -> str:
    """A line on how sure the answer is; nothing where it is sure."""
    said = sureness(value)
    why = "The chance that this answers the question, measured on questions with known answers."
    return f'<p class="la-sure" title="{esc(why)}">◔ {esc(said[0].upper() + said[1:])}</p>' if said else ""


def shortlist(value: Answer) -> str:
    """What stands above the papers of a shortlist."""
    return (f'<div class="la-answer la-abstained"><p class="la-flag">◔ Not sure</p>'
            f"<p>{esc(unsure(value))}</p></div>")


def choice(value: Related, paper: Paper | None, page_url: str, most: int = 3) -> str:
    """A paper of a shortlist: title, byline, and its best words."""
    quotes = [(q.text, q.page) for q in value.quotes if q.text] or [(value.quote, None)]
    shown = "".join(
        f"<blockquote>“{esc(text)}”" + (f' <span class="la-note">page {page}</span>' if page else "") + "</blockquote>"
        for text, page in list(dict.fromkeys(quotes))[:most] if text
    )
    return f'<div class="la-near la-choice">{_titled(value, paper)}{shown}{in_library(page_url) if paper else ""}</div>'


def _titled(value: Related, paper: Paper | None) -> str:
    who = byline(paper.authors, paper.year) if paper else ""
    badge = ' <span class="la-kind">summary</span>' if paper and paper.kind == "summary" else ""
    return f'<span class="la-title">{esc(value.title)}</span><span class="la-by">{esc(who)}{badge}</span>'


def abstention(answer: Answer) -> str:
    """What an abstention says: that the library does not say, and what was looked for."""
    said = answer.answer or "Nothing in your library answers this."
    looked = ""
    if missing := [m for m in answer.missing if m not in said]:
        items = "".join(f"<li>{esc(m)}</li>" for m in missing)
        looked = f'<p class="la-note">Looked for and not found:</p><ul class="la-note">{items}</ul>'
    lines = "".join(f"<p>{esc(line)}</p>" for line in said.splitlines() if line.strip())
    return (f'<div class="la-answer la-abstained"><p class="la-flag">○ Not answered</p>'
            f"{lines}{looked}</div>")


def related(values: Sequence[Related], find: Callable[[str], Paper | None], page_url: PageUrl) -> str:
    """Papers that came close, each with words of it."""
    if not values:
        return ""
    items = []
    for value in values:
        paper = find(value.paper_id)
        quote = f"<blockquote>“{esc(value.quote)}”</blockquote>" if value.quote else ""
        there = in_library(page_url(value.paper_id))
        items.append(f'<div class="la-near">{_titled(value, paper)}{quote}{there if paper else ""}</div>')
    return f'<div class="la-related"><h4>The nearest papers</h4>{"".join(items)}</div>'


