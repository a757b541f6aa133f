"""Charts of a report as inline SVG, drawn by matplotlib without a display.

Axes and words take the page's text colour (`currentColor`), so that one drawing is readable on
light and on dark; marks carry values as text, never colour alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .aggregates import risk_coverage
from .report import at, shown
from .run import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK = "#010203"  # stands for currentColor: matplotlib knows no such colour
_BLUE = "#3b7dd8"
_ORANGE = "#d9822b"
MOST_TYPES = 12

BY_TYPE = (
    ("retrieval.hit@1", "First paper right (hit@1)"),
    ("retrieval.recall@5", "Papers found in 5 (recall@5)"),
    ("retrieval.ndcg@10", "Ranking (nDCG@10)"),
    ("key_facts", "Key facts found"),
    ("citations.precision", "Cited papers: precision"),
    ("citations.recall", "Cited papers: recall"),
)


def by_type_chart(report: Report) -> str:
    """Six small panels, one a figure: a bar for each type of question with its interval. Empty for none."""
    rows = {"all": report.overall, **dict(list(report.by_type.items())[:MOST_TYPES])}
    rows = {k: r for k, r in rows.items() if any(at(r, name) is not None for name, _ in BY_TYPE)}
    if not rows:
        return ""
    with _style():
        figure = _figure(9.2, 1.0 + 0.56 * len(rows))
        axes = figure.subplots(2, 3, sharey=True)
        for axis, (name, title) in zip(axes.flat, BY_TYPE, strict=True):
            for place, row in enumerate(rows.values()):
                _bar(axis, place, row, name)
            axis.set_title(title, fontsize=9, loc="left")
            axis.set_xlim(0, 1.0)
            axis.set_yticks(range(len(rows)), list(rows))
            axis.set_xticks([0, 0.5, 1.0])
        axes[0, 0].invert_yaxis()  # shared: once for all
        return _svg(figure, "Figures by type of question with 95 % intervals", "t")


def _bar(axis: Any, place: int, row: dict[str, Any], name: str) -> None:
    value = at(row, name)
    if value is None:
        axis.text(0.02, place, "does not apply", va="center", fontsize=7, alpha=0.7)
        return
    axis.barh(place, value, color=_BLUE if place else _ORANGE, height=0.62, alpha=0.85)
    low, high, _ = row["intervals"].get(name, (None, None, 0))
    if low is not None:
        axis.plot([low, high], [place, place], color=_INK, linewidth=1.1)
    axis.text(1.03, place, shown(value), va="center", fontsize=8)


def risk_coverage_chart(report: Report) -> str:
    """Share of questions answered against share of those that nothing answers; empty without confidences.

    Needs both kinds of question: with one alone every threshold is as good.
    """
    rows = [
        (i.answer.confidence, i.question.answerable)
        for i in report.items
        if i.answer is not None and i.answer.confidence is not None
    ]
    if len({right for _, right in rows}) < 2:
        return ""
    answered = [i for i in report.items if i.answer is not None and not i.judgement.abstained]
    here = None
    if answered:
        here = (len(answered) / len(rows), sum(not i.question.answerable for i in answered) / len(answered))
    return curve_chart([(c, r) for _, c, r in risk_coverage(rows)], here, "as run")


def curve_chart(points: Sequence[tuple[float, float]], here: tuple[float, float] | None, name: str) -> str:
    """Points of (coverage, risk) as a curve, and one of them, or one near, marked with its name."""
    with _style():
        figure = _figure(4.6, 3.1)
        axis = figure.subplots()
        axis.step([c for c, _ in points], [r for _, r in points], where="post", color=_BLUE)
        if here is not None:
            axis.plot(*here, "o", color=_ORANGE)
            axis.annotate(f"{name}: {here[0]:.2f} answered, {here[1]:.2f} wrongly", here, xytext=(-6, 8),
                          textcoords="offset points", fontsize=8, ha="right" if here[0] > 0.5 else "left")  # fmt: skip
        axis.set_xlim(0, 1.02)
        axis.set_ylim(bottom=-0.01)
        axis.set_xlabel("coverage: share of questions answered")
        axis.set_ylabel("risk: answered, nothing answers it")
        return _svg(figure, "Risk against coverage of abstention", "r")


def latency_chart(report: Report) -> str:
    """How many questions took how long; empty for fewer than two."""
    seconds = [i.seconds for i in report.items if i.answer is not None]
    if len(seconds) < 2:
        return ""
    from matplotlib.ticker import MaxNLocator

    with _style():
        figure = _figure(4.6, 3.1)
        axis = figure.subplots()
        axis.hist(seconds, bins=min(20, len(seconds)), color=_BLUE, alpha=0.85)
        for share in ("p50", "p95"):
            value = report.overall["latency_s"][share]
            axis.axvline(value, color=_INK, linewidth=1, linestyle="--" if share == "p95" else "-")
            axis.text(value, 1.01, f"{share} {value:.2f} s", transform=axis.get_xaxis_transform(), fontsize=8,
                      ha="right" if share == "p50" else "left")  # fmt: skip
        axis.set_xlabel("seconds to the answer")
        axis.set_ylabel("questions")
        axis.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(figure, "Seconds to the answer", "l")


def _figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # pyplot is left alone: it keeps figures alive and is not thread-safe
    return figure


def _style() -> Any:
    import matplotlib

    return matplotlib.rc_context(
        {
            "text.parse_math": False,  # a type named "$x$" is a name
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 9,
            "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _INK, "xtick.color": _INK,
            "ytick.color": _INK, "axes.titlecolor": _INK, "axes.facecolor": "none",
            "axes.spines.top": False, "axes.spines.right": False,
        }
    )  # fmt: skip


def _svg(figure: Figure, label: str, prefix: str) -> str:
    import io

    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "report"}):
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None,
                                                                     "Type": None})  # fmt: skip
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S).replace(_INK, "currentColor")
    # Several drawings share a page: ids get a prefix.
    text = re.sub(r'(\bid="|"#|url\(#)', lambda m: m[1] + prefix + "-", text)
    text = re.sub(r"font: (?:\w+ )*?([\d.]+px)[^;\"]*", r"font: \1 system-ui, sans-serif", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
