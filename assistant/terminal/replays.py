"""An exported answer beside what is answered now, as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import answer_lines
from .lines import one_line, wrapped

if TYPE_CHECKING:
    from ..export import Replay


_STATES = {
    "moved": "stands elsewhere in it now", "changed": "is no longer in it", "gone": "is no longer in the library",
}  # fmt: skip


def replay_lines(replay: Replay) -> list[str]:
    """An exported answer beside what is answered now: in a line whether it is the same, then each difference."""
    lines = wrapped(replay.question)
    verbatim = sum(q.state == "verbatim" for q in replay.quotes)
    said = "The answer is the same." if replay.same else "The answer differs."
    lines += ["", f"{said} Asked then: {one_line(replay.asked) or 'unknown'}."]
    if replay.quotes:
        lines.append(f"Quotes: {verbatim} of {len(replay.quotes)} still stand word for word at their place.")
    for quote in replay.quotes:
        if quote.state != "verbatim":
            what = "This paper" if quote.state == "gone" else "This quote of"
            end = f"“{quote.title}” {_STATES[quote.state]}"
            lines += wrapped(f"- [{quote.n}] {what} {end}", "  ")
    for name, (then, now) in replay.changes.items():
        lines += wrapped(f"- {name}: then {then or 'none'}, now {now or 'none'}", "  ")
    for head, sentences in (
        ("As before", replay.kept), ("With another verdict or other quotes", replay.differing),
        ("No longer said", replay.lost), ("New", replay.added),
    ):  # fmt: skip
        if sentences:
            lines += ["", head, *(line for text in sentences for line in wrapped(f"- {text}", "  "))]
    if not replay.answer.sentences:
        lines += ["", "Now", *(f"  {line}".rstrip() for line in answer_lines(replay.answer))]
    return lines
