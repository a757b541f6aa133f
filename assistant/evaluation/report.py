"""A report for readers: plain lines for the terminal, Markdown, and the three files of `write_reports`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ReadError
from ..papers import Answer
from .aggregates import TITLES
from .run import Item, Report

if TYPE_CHECKING:
    from .comparison import Comparison

SHOWN_FIGURES = (
    "retrieval.hit@1", "retrieval.recall@5", "retrieval.ndcg@10", "retrieval.relevance",
    "retrieval.comprehensiveness", "retrieval.purity", "retrieval.redundancy",
    "citations.precision", "citations.recall", "citations.quotes_verbatim", "citations.sentences_cited",
    "key_facts", "abstention.precision", "abstention.recall", "abstention.accuracy",
    "answered_share", "shortlist_share", "declined_share", "polarity",
    "answers.words", "answers.words_per_row", "answers.supported",
)  # fmt: skip
"""The figures of a summary table, in its order."""


def write_reports(report: Report, folder: str | Path, comparison: Comparison | None = None) -> list[Path]:
    """The files written in `folder`, which is made: `report.json` (for a later comparison), `.md` and `.html`.

    With a comparison also `comparison.json` and `comparison.md`. ReadError when the folder can't be written.
    """
    from .page import html_page

    folder = Path(folder)
    texts = {"report.json": _json(report.to_dict()), "report.md": markdown(report), "report.html": html_page(report)}
    if comparison is not None:
        texts |= {"comparison.json": _json(comparison.to_dict()), "comparison.md": comparison.to_markdown()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            # A lone surrogate in a paper's text must not cost the whole report.
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ReadError(f"The report could not be written to {folder}: {error.strerror or error}.") from None
    return [folder / name for name in texts]


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def shown(value: float | None, name: str = "") -> str:
    """A figure as text: two decimals, whole words for a count, a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.0f}" if name.startswith("answers.words") else f"{value:.2f}"


def at(row: dict[str, Any], name: str) -> Any:
    """The value at a dotted place of the aggregates; None where there is none."""
    value: Any = row
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def interval(row: dict[str, Any], name: str) -> str:
    """The figure's interval as "0.71–0.95", empty where it has none."""
    low, high, _ = row["intervals"].get(name, (None, None, 0))
    return "" if low is None else f"{shown(low, name)}–{shown(high, name)}"


def about_line(report: Report, named: bool = True) -> str:
    """One sentence on what was asked of what, opened by the question set's name where it is known."""
    c, about = report.overall["counts"], report.about
    opening = f"{about['question_set']}: " if named and about.get("question_set") else ""
    failed = f", {c['failed']} failed" if c["failed"] else ""
    return (
        f"{opening}{report.overall['questions']} questions ({c['answerable']} answerable, {c['unanswerable']} not) "
        f"of {about.get('papers', 0)} papers, backend {about.get('backend') or 'unknown'}{failed}."
    )


def warnings(report: Report) -> list[str]:
    """What a reader must know before trusting the figures, as plain sentences; usually none."""
    found = []
    if report.absent:
        some = "; ".join(f"“{t}”" for t in report.absent[:3]) + (" …" if len(report.absent) > 3 else "")
        found.append(
            f"The library lacks {len(report.absent)} of the papers that right answers cite ({some}), "
            "so the figures measure the library as well."
        )
    failed = report.overall["counts"]["failed"]
    if failed:
        found.append(f"{failed} of the questions failed; they count as wrong answers.")
    if not report.items:
        found.append("The question set is empty.")
    return found


def summary_lines(report: Report) -> list[str]:
    """The figures as a plain table, one line a figure, for a terminal."""
    kinds = list(report.by_type)
    lines = [about_line(report), *warnings(report)]
    if not report.items:
        return lines
    rows = [["", "all", "95 %", *kinds], ["questions", str(len(report.items)), ""]]
    rows[1] += [str(report.by_type[k]["questions"]) for k in kinds]
    for name in SHOWN_FIGURES:
        rows.append(
            [TITLES[name], shown(at(report.overall, name), name), interval(report.overall, name)]
            + [shown(at(report.by_type[k], name), name) for k in kinds]
        )
    for share in ("p50", "p95"):
        rows.append(
            [f"Seconds to the answer, {share}", shown(report.overall["latency_s"][share]), ""]
            + [shown(report.by_type[k]["latency_s"][share]) for k in kinds]
        )
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines += [""] + [
        "  ".join([r[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(r[1:], widths[1:], strict=True))]).rstrip()
        for r in rows
    ]
    return lines


# --------------------------------------------------------------------------- verdicts in words


_OUTCOMES = {"declined": "abstained", "shortlist": "offered a shortlist"}


def verdicts(item: Item) -> list[tuple[bool | None, str]]:
    """What is to be said of an item, each as (good, words); good is None for a remark."""
    q, j = item.question, item.judgement
    if item.answer is None:
        return [(False, "failed")]
    said: list[tuple[bool | None, str]] = []
    if not q.answerable:
        return [(True, f"{_OUTCOMES[j.decision]} rightly") if j.abstained else
                (False, "answered, though nothing answers it")]  # fmt: skip
    if j.abstained:
        said.append((False, f"{_OUTCOMES[j.decision]}, though the library answers it"))
    if q.gold_titles:
        n, cited = len(q.gold_titles), len(q.gold_titles) - len(j.papers_uncited)
        unfound = len(j.papers_unfound)
        said.append((unfound == 0, f"{n - unfound} of {n} papers found"))
        shortlist = j.decision == "shortlist"
        said.append((cited == n, f"{cited} of {n} papers {'offered' if shortlist else 'cited'}"))
    if j.polarity_right is not None:
        said.append((j.polarity_right == 1, f"{j.polarity or 'neither yes nor no'}, where {q.polarity} is right"))
    if j.papers_wrong:
        said.append((False, f"{len(j.papers_wrong)} other {'paper' if len(j.papers_wrong) == 1 else 'papers'} cited"))
    if q.key_facts:
        said.append((not j.key_facts_missed, f"{len(j.key_facts_found)} of {len(q.key_facts)} key facts"))
    if j.sentences_cited < j.sentences:
        said.append((False, f"{j.sentences - j.sentences_cited} of {j.sentences} sentences without a citation"))
    if j.quotes_verbatim < j.quotes:
        said.append((False, f"{j.quotes - j.quotes_verbatim} of {j.quotes} quotes not verbatim"))
    if item.answer.error:
        said.append((False, "the backend failed midway"))
    return said


def close(answer: Answer) -> list[str]:
    """The papers that came close, or that a shortlist offers, each with the words shown of it."""
    return [
        f"{r.title}: " + " ".join(f"“{quote}”" for quote in dict.fromkeys(q.text for q in r.quotes) or [r.quote])
        for r in answer.related
    ]


def missed(item: Item) -> list[str]:
    """What a right answer holds and this one lacks, and what it cites in error, as sentences."""
    j, lines = item.judgement, []
    if item.error:
        lines.append(f"Failed: {item.error}")
    if j.key_facts_missed and item.question.answerable:
        lines.append("Key facts not said: " + "; ".join(j.key_facts_missed))
    lines += [f"Not found: {t}" for t in j.papers_unfound]
    lines += [f"Found, not cited: {t}" for t in j.papers_uncited if t not in j.papers_unfound]
    lines += [f"Cited in error: {t}" for t in j.papers_wrong]
    return lines


# --------------------------------------------------------------------------- Markdown

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|$~^-])")


def plain(text: Any) -> str:
    """The text on one line, with everything escaped that Markdown would read as markup or a link."""
    line = " ".join(str(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(r"\\\1", line)
    return line.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def table(report: Report) -> list[list[str]]:
    """The summary as rows of cells, header first: figure, all with interval, then each type."""
    kinds = list(report.by_type)
    rows = [["Figure", f"all ({len(report.items)})", *(f"{k} ({report.by_type[k]['questions']})" for k in kinds)]]
    for name in SHOWN_FIGURES:
        rows.append([TITLES[name], *(_cell(r, name) for r in (report.overall, *report.by_type.values()))])
    for share in ("p50", "p95"):
        cells = [shown(r["latency_s"][share]) for r in (report.overall, *report.by_type.values())]
        rows.append([f"Seconds to the answer, {share}", *cells])
    return rows


def _cell(row: dict[str, Any], name: str) -> str:
    between = interval(row, name)
    return shown(at(row, name), name) + (f" ({between})" if between else "")


def markdown(report: Report) -> str:
    """The report as Markdown: summary with intervals, then every item. Texts are escaped."""
    lines = ["# Evaluation", "", plain(about_line(report)), ""]
    lines += [f"**Note.** {plain(w)}\n" for w in warnings(report)]
    if report.items:
        head, *rows = table(report)
        lines += ["| " + " | ".join(map(plain, head)) + " |", "|---|" + "---:|" * (len(head) - 1)]
        lines += ["| " + " | ".join(map(plain, row)) + " |" for row in rows]
        lines += ["", "In brackets: 95 % bootstrap interval over the questions. A dash: does not apply.", ""]
        lines += ["## Every question", ""]
        for item in report.items:
            lines += _markdown_item(item)
    return "\n".join(lines).rstrip() + "\n"


def _markdown_item(item: Item) -> Sequence[str]:
    q = item.question
    marks = ", ".join(("" if good is None else "✓ " if good else "✗ ") + words for good, words in verdicts(item))
    lines = [f"### {plain(q.id)} · {plain(q.type)}", "", plain(marks), ""]
    lines += [f"- earlier: {plain(t.question)} — {plain(t.text)}" for t in q.history]
    lines += [f"- **question:** {plain(q.question)}"]
    answer = item.answer.answer if item.answer else ""
    said = f"{_OUTCOMES[item.judgement.decision]} — " if item.judgement.abstained else ""
    lines += [f"- **answer:** {said}{plain(answer) if answer else '(none)'}"]
    for c in item.answer.citations if item.answer else ():
        lines.append(f"  - {plain(f'[{c.n}]')} {plain(c.title)}: “{plain(c.quote)}”")
    if item.judgement.abstained and item.answer:
        lines += [f"  - close: {plain(line)}" for line in close(item.answer)]
    lines += [f"- **missed:** {plain(line)}" for line in missed(item)]
    if q.answer:
        lines.append(f"- reference: {plain(q.answer)}")
    return [*lines, f"- {item.seconds:.2f} s", ""]
