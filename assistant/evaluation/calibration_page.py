"""A calibration for readers: one HTML file with the rates, the risk-coverage curve and what went wrong."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from ..calibration import Calibration, Rates, Result
from ..errors import ReadError
from .charts import curve_chart
from .page import document
from .report import shown


def write_calibration(calibration: Calibration, folder: str | Path) -> list[Path]:
    """The files written in `folder`, which is made: `calibration.json` and `calibration.html`."""
    folder = Path(folder)
    rows = json.dumps(calibration.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    texts = {"calibration.json": rows, "calibration.html": calibration_html(calibration)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ReadError(f"The calibration could not be written to {folder}: {error.strerror or error}.") from None
    return [folder / name for name in texts]


def calibration_html(calibration: Calibration) -> str:
    """Rates before and after, the curve, the questions by kind, and each one decided wrongly as run."""
    points = [(coverage, risk) for _, coverage, risk in calibration.curve]
    answered = [p for p in calibration.curve if p[0] >= calibration.threshold]
    here = (answered[-1][1], answered[-1][2]) if answered else None
    told = calibration.summary_lines()
    parts = [
        "<h1>Calibration of abstention</h1>",
        f"<p>{escape(told[0])}</p><p>Threshold {calibration.threshold:.4f}: what is less sure is not answered.</p>",
        '<p class="soft">Half of these questions have no answer, which is seldom so in real use: the rates compare '
        "thresholds. “Expected” is measured on questions that took no part in choosing.</p>",
        *([] if calibration.worth_storing else [f'<p class="note">{escape(told[-1])}</p>']),
        _rates(calibration),
        f"<h2>Risk and coverage</h2><figure>{curve_chart(points, here, 'chosen')}"
        "<figcaption>As the confidence asked for falls from left to right.</figcaption></figure>",
        _kinds(calibration),
    ]
    wrong = [r for r in calibration.results if r.error is None and r.abstained == r.probe.answerable]
    failed = [r for r in calibration.results if r.error is not None]
    for title, rows in (
        ("Not answered, though the library answers it", [r for r in wrong if r.probe.answerable]),
        ("Answered, though nothing answers it", [r for r in wrong if not r.probe.answerable]),
        ("Failed", failed),
    ):
        if rows:
            parts.append(f"<h2>{title} ({len(rows)})</h2><ul>{''.join(map(_line, rows))}</ul>")
    return document("Calibration of abstention", parts)


def _rates(calibration: Calibration) -> str:
    def row(title: str, rates: Rates) -> str:
        values = (rates.precision, rates.recall, rates.near_recall, rates.generic_recall, rates.coverage, rates.f1)
        return f'<tr><th scope="row">{title}</th>{"".join(f"<td>{shown(v)}</td>" for v in values)}</tr>'

    names = ("", "precision", "recall", "near misses", "generic", "answered", "F1")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>'
        + row("As it was", calibration.as_run)
        + row("With this threshold, on the same questions", calibration.chosen)
        + row("Expected of it", calibration.held_out)
        + "</tbody></table></div>"
    )


def _kinds(calibration: Calibration) -> str:
    from ..calibration import by_kind

    rows = "".join(
        f'<tr><th scope="row">{escape(kind)}</th><td>{row["questions"]}</td><td>{row["abstained"]:.2f}</td>'
        f"<td>{row['confidence']:.2f}</td></tr>"
        for kind, row in by_kind(calibration.results).items()
    )
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Kind", "questions", "abstained", "mean confidence"))
    return f'<h2>By kind</h2><div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _line(result: Result) -> str:
    sure = "" if result.confidence is None else f" {result.confidence:.2f}"
    more = f" {escape(result.error)}" if result.error else ""
    return f'<li>{escape(result.probe.question)} <span class="soft">{escape(result.probe.kind)}{sure}{more}</span></li>'
