"""What the command line prints: answers, hits, papers and reports as plain lines, and progress."""

from .answers import answer_lines, citation_lines, streamed
from .lines import WIDTH, one_line
from .progress import progress_bar
from .records import hit_lines, lookalike_lines, paper_lines, report_lines, understood_lines
from .replays import replay_lines

__all__ = [
    "WIDTH",
    "answer_lines",
    "citation_lines",
    "hit_lines",
    "lookalike_lines",
    "one_line",
    "paper_lines",
    "progress_bar",
    "replay_lines",
    "report_lines",
    "streamed",
    "understood_lines",
]
