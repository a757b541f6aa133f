"""The report as one HTML file: no script, nothing fetched, every text of papers and models escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from .aggregates import TITLES
from .charts import by_type_chart, latency_chart, risk_coverage_chart
from .report import about_line, at, close, interval, missed, shown, table, verdicts, warnings
from .run import Item, Report

_TILES = (
    "retrieval.hit@1", "retrieval.recall@5", "key_facts", "citations.precision", "citations.recall",
    "abstention.precision", "abstention.recall", "answered_share",
)  # fmt: skip
_BETWEEN = re.compile(r" [(](.*)[)]$")
_MARKER = re.compile(r"\[(\d{1,3})\]")

_CSS = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--paper:#fff;--card:#f6f8fa;--line:#d1d9e0;--link:#0b57d0;
--good:#1a7f37;--bad:#b3261e;--mark:#fff3c4}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa6b2;--paper:#0f1419;--card:#171d24;--line:#313a44;
--link:#8ab4f8;--good:#57c26f;--bad:#ff8a80;--mark:#4a3f14}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2.2rem 0 .7rem}
p{margin:.4rem 0}.soft{color:var(--soft)}
.note{border-left:4px solid var(--bad);padding:.3rem .8rem;background:var(--card)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.7rem;margin:1.2rem 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem;
display:flex;flex-direction:column}.tile b{margin-top:auto;font-size:1.6rem;line-height:1.2}
.tile span{display:block;font-size:.82rem;color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem;width:100%}
th,td{padding:.3rem .55rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;min-width:13rem}
thead th{border-bottom:2px solid var(--line)}
td small{display:block;color:var(--soft);font-size:.75rem}
.charts{display:flex;flex-wrap:wrap;gap:1.5rem}figure{margin:0;min-width:0;max-width:100%}svg{max-width:100%;height:auto}
figcaption{font-size:.85rem;color:var(--soft)}
.filters{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;margin:.4rem 0 .8rem}
details.item{border:1px solid var(--line);border-radius:.5rem;margin:.45rem 0;background:var(--card)}
summary{cursor:pointer;padding:.55rem .8rem}summary .q{font-weight:600}
.body{padding:.1rem .9rem .9rem;overflow-wrap:anywhere}
.chips{display:block;margin-top:.2rem;font-size:.84rem}.chips span{margin-right:.9rem;white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}
blockquote{margin:.2rem 0 .5rem;padding:.3rem .7rem;border-left:3px solid var(--line);background:var(--paper)}
ol,ul{margin:.2rem 0;padding-left:1.4rem}h3{font-size:.9rem;margin:.9rem 0 .2rem}a{color:var(--link)}
:target{background:var(--mark)}
"""


def html_page(report: Report) -> str:
    """The whole report: headline figures, table with intervals, charts, every item."""
    title = "Evaluation" + (f" · {report.about['question_set']}" if report.about.get("question_set") else "")
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(about_line(report, named=False))}</p>"]
    if report.about.get("started"):
        parts.append(f'<p class="soft">Run on {escape(str(report.about["started"]))}.</p>')
    parts += [f'<p class="note">{escape(w)}</p>' for w in warnings(report)]
    kinds: list[str] = []
    if report.items:
        kinds = list(report.by_type)
        parts += [_tiles(report), "<h2>Figures</h2>", _table(report), _charts(report), "<h2>Every question</h2>"]
        parts.append(_filters(kinds))
        parts += [_item(item, n, kinds.index(item.question.type)) for n, item in enumerate(report.items)]
    return document(title, parts, _filter_css(len(kinds)))


def document(title: str, parts: Sequence[str], css: str = "") -> str:
    """A whole page of parts that are markup already. It may load nothing from anywhere."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        f"<title>{escape(title)}</title><style>{_CSS}{css}</style></head>\n"
        "<body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def _tiles(report: Report) -> str:
    tiles = []
    for name in _TILES:
        between = interval(report.overall, name)
        tiles.append(
            f'<div class="tile"><span>{escape(TITLES[name])}</span><b>{shown(at(report.overall, name), name)}</b>'
            f"<span>{between or '&nbsp;'}</span></div>"
        )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _table(report: Report) -> str:
    head, *rows = table(report)
    out = ["".join(f'<th scope="col">{escape(c)}</th>' for c in head)]
    for row in rows:
        cells = "".join("<td>" + _BETWEEN.sub(r"<small>\1</small>", escape(c)) + "</td>" for c in row[1:])
        out.append(f'<th scope="row">{escape(row[0])}</th>{cells}')
    body = "".join(f"<tr>{r}</tr>" for r in out[1:])
    c = report.overall["counts"]
    return (
        f'<div class="wide"><table><thead><tr>{out[0]}</tr></thead><tbody>{body}</tbody></table></div>'
        '<p class="soft">Small: 95 % bootstrap interval over the questions; it is not to be trusted for a handful of '
        "questions, where all may be right by chance. A dash: does not apply. "
        f"Abstained: {c['abstained_rightly']} rightly, {c['abstained_wrongly']} wrongly "
        f"({c['declined_answerable']} declined, the others with a shortlist); "
        f"answered though nothing answers it: {c['answered_wrongly']}.</p>"
    )


def _charts(report: Report) -> str:
    drawn = [
        ("Figures by type of question; the line is the 95 % interval.", by_type_chart(report)),
        ("Risk against coverage, as the confidence asked for falls from left to right.", risk_coverage_chart(report)),
        ("Seconds from the question to the whole answer.", latency_chart(report)),
    ]
    figures = "".join(f"<figure>{svg}<figcaption>{text}</figcaption></figure>" for text, svg in drawn if svg)
    return f'<h2>Charts</h2><div class="charts">{figures}</div>' if figures else ""


def _filters(kinds: list[str]) -> str:
    boxes = ['<label><input type="checkbox" id="only-missed"> only those with something missed</label>']
    boxes += [
        f'<label><input type="checkbox" id="kind-{n}" checked> {escape(kind)}</label>' for n, kind in enumerate(kinds)
    ]
    return f'<div class="filters">{"".join(boxes)}</div>'


def _filter_css(kinds: int) -> str:
    rules = ["main:has(#only-missed:checked) .item.fine{display:none}"]
    rules += [f"main:has(#kind-{n}:not(:checked)) .item.kind-{n}{{display:none}}" for n in range(kinds)]
    return "\n".join(rules)


def _item(item: Item, number: int, kind: int) -> str:
    q, said = item.question, verdicts(item)
    fine = all(good is not False for good, _ in said)
    chips = "".join(
        f'<span class="{"good" if good else "bad"}">{"✓" if good else "✗"} {escape(words)}</span>'
        for good, words in said
    )
    chips += f'<span class="soft">{item.judgement.words} words, {item.seconds:.2f} s</span>'
    body: list[str] = []
    if q.history:
        body += ["<h3>Said before</h3>"]
        body += [f"<p>{escape(t.question)}</p><blockquote>{escape(t.text)}</blockquote>" for t in q.history]
    body += ["<h3>Answer</h3>", _answer(item, number), _citations(item, number)]
    body += _list("Missed", missed(item))
    if item.answer is not None:
        body += _list("Looked for and not found", item.answer.missing)
        body += _list("Findings", [f"{f.kind}: {f.detail} — {f.sentence}" for f in item.answer.findings])
        if item.judgement.abstained:
            offered = item.judgement.decision == "shortlist"
            heading = "Offered to choose among" if offered else "Close, as the assistant said"
            body += _list(heading, close(item.answer))
    if q.answer:
        body += ["<h3>Reference answer</h3>", f"<p>{escape(q.answer)}</p>"]
    body += _hits(item)
    return (
        f'<details class="item kind-{kind}{" fine" if fine else ""}"><summary>'
        f'<span class="soft">{escape(q.id)} · {escape(q.type)}</span> <span class="q">{escape(q.question)}</span>'
        f'<span class="chips">{chips}</span></summary><div class="body">{"".join(body)}</div></details>'
    )


def _answer(item: Item, number: int) -> str:
    if item.answer is None or not item.answer.answer:
        return '<p class="soft">(no words)</p>'
    known = {c.n for c in item.answer.citations}

    def link(found: re.Match[str]) -> str:
        n = int(found[1])
        return f'<a href="#i{number}-c{n}">[{n}]</a>' if n in known else found[0]

    lines = [_MARKER.sub(link, escape(line)) for line in item.answer.answer.splitlines() if line.strip()]
    return "".join(f"<p>{line}</p>" for line in lines)


def _citations(item: Item, number: int) -> str:
    rows = []
    for c, row in zip(item.answer.citations if item.answer else (), item.to_dict()["citations"], strict=True):
        label = {"gold": "✓ right paper", "acceptable": "acceptable paper", "other": "✗ another paper"}[row["label"]]
        tone = {"gold": "good", "acceptable": "soft", "other": "bad"}[row["label"]]
        where = f"page {c.page}" if c.page is not None else c.field
        rows.append(
            f'<div id="i{number}-c{c.n}"><b>[{c.n}]</b> {escape(c.title)} <span class="soft">({escape(where)})</span> '
            f'<span class="{tone}">{label}</span><blockquote>{escape(c.quote)}</blockquote></div>'
        )
    return "".join(rows)


def _hits(item: Item) -> list[str]:
    if not item.hits:
        return []
    rows = [
        f"<li>{escape(h['title'])} <span class=\"soft\">{h['score']:.3f}</span>"
        + ("" if h["label"] == "other" else f' <span class="good">✓ {h["label"]}</span>')
        + "</li>"
        for h in item.to_dict()["hits"]
    ]
    return ["<h3>Papers found</h3>", f"<ol>{''.join(rows)}</ol>"]


def _list(title: str, lines: Iterable[str]) -> list[str]:
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return [f"<h3>{escape(title)}</h3><ul>{rows}</ul>"] if rows else []
