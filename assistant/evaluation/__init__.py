"""How good the answers are: question sets asked of an assistant, judged, put together, reported.

A user of `Assistant`, never a part of it.

    from assistant import evaluation

    report = evaluation.evaluate(assistant, "questions.jsonl", progress=None, concurrency=1)   # a Report
    report.to_dict()                                        # what `eval --json` prints
    evaluation.summary_lines(report)                        # plain lines for a terminal
    evaluation.write_reports(report, "folder")              # [folder/report.json, .md, .html]
    earlier = evaluation.load_report("earlier/report.json")   # or the output of an earlier `eval --json`
    changes = evaluation.compare(earlier, report)           # a Comparison: won, lost, changed; paired tests
    changes.to_dict(); changes.to_markdown()
    evaluation.write_reports(report, "folder", changes)     # also comparison.json and comparison.md

`progress` is called with ("asking", done, all). What can be wrong with a file is a ReadError, with
the call a UsageError; a question whose answer fails is an item of the report.

questions     the question set: reading it, matching titles
judgements    one answer judged: pure
aggregates    judgements put together, with intervals: pure
run           asking; Item and Report
report        terminal lines, Markdown, the files
page, charts  the HTML file
comparison    two runs, item by item
benchmark     retrieval alone, over a benchmark folder
"""

from __future__ import annotations

from .comparison import Comparison, compare
from .questions import LabelledQuestion, read_questions
from .report import markdown, summary_lines, write_reports
from .run import Item, Report, evaluate, load_report

__all__ = [
    "Comparison",
    "Item",
    "LabelledQuestion",
    "Report",
    "compare",
    "evaluate",
    "load_report",
    "markdown",
    "read_questions",
    "summary_lines",
    "write_reports",
]
