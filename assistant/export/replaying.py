"""An answer asked again: what is the same, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..papers import Answer, Citation, Paper
from .answers import Asked


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote of the old answer: `verbatim` at its place, `moved`, `changed`, or its paper is `gone`."""

    n: int
    paper_id: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The old answer beside the new one."""

    question: str
    asked: str
    same: bool
    """Whether the decision, the sentences, their verdicts, and the words and papers they point at are the same."""
    kept: tuple[str, ...]
    """Sentences that both have, with equal verdicts and quotes."""
    lost: tuple[str, ...]
    added: tuple[str, ...]
    differing: tuple[str, ...]
    """Sentences that both have with another verdict or other quotes."""
    quotes: tuple[Quote, ...]
    changes: Mapping[str, tuple[str, str]]
    """What shaped the answer and is not as it was: by name, then and now."""
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON values, with the new answer."""
        row = {k: getattr(self, k) for k in ("question", "asked", "same")}
        row |= {k: list(getattr(self, k)) for k in ("kept", "lost", "added", "differing")}
        row["quotes"] = [asdict(q) for q in self.quotes]
        row["changes"] = {k: {"then": a, "now": b} for k, (a, b) in self.changes.items()}
        return {**row, "answer": self.answer.to_dict()}


def compared(
    then: Asked, now: Answer, paper: Callable[[str], Paper | None], settings: Mapping[str, Any], papers: int
) -> Replay:
    """The comparison of an exported answer with the one that the library gives now, in a library of `papers`."""
    before, after = (_by_text(a) for a in (then.answer, now))
    both = [t for t in before if t in after]
    kept = tuple(t for t in both if before[t] == after[t])
    return Replay(
        question=then.answer.question,
        asked=then.when,
        same=list(before.items()) == list(after.items()) and _outcome(then.answer) == _outcome(now),
        kept=kept,
        lost=tuple(t for t in before if t not in after),
        added=tuple(t for t in after if t not in before),
        differing=tuple(t for t in both if before[t] != after[t]),
        quotes=tuple(Quote(c.n, c.paper_id, c.title, _state(c, paper(c.paper_id))) for c in then.answer.citations),
        changes=_changes(then, now, settings, papers),
        answer=now,
    )


def _outcome(answer: Answer) -> tuple[str, list[str]]:
    """What was decided, and which papers a shortlist offers."""
    return answer.decision, [r.paper_id for r in answer.related] if answer.decision == "shortlist" else []


def _by_text(answer: Answer) -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
    """Each sentence's verdict and the words that it points at, by its text, in order."""
    quotes = {c.n: (c.paper_id, c.quote) for c in answer.citations}
    return {s.text: (s.verdict, tuple(quotes[n] for n in s.citations if n in quotes)) for s in answer.sentences}


def _state(c: Citation, paper: Paper | None) -> str:
    if paper is None:
        return "gone"
    text = paper.text(c.field, c.page) if c.field in ("title", "abstract", "page") else ""
    if text[c.start : c.end] == c.quote:
        return "verbatim"
    every = (paper.title, paper.abstract, *(p.text for p in paper.pages))
    return "moved" if c.quote and any(c.quote in t for t in every) else "changed"


def _changes(then: Asked, now: Answer, settings: Mapping[str, Any], papers: int) -> dict[str, tuple[str, str]]:
    old, new = then.answer, now
    pairs: dict[str, tuple[Any, Any]] = {
        "backend": (old.backend, new.backend),
        "decision": (old.decision, new.decision),
        "form": (old.form, new.form) if old.blocks else ("", ""),
        "prompt": (old.fingerprint.prompt, new.fingerprint.prompt),
        "index": (old.fingerprint.index, new.fingerprint.index),
        "papers": (then.papers, papers) if then.papers else ("", ""),
    }
    if old.fingerprint.settings != new.fingerprint.settings:
        named = {k: (then.settings[k], settings[k]) for k in then.settings if k in settings and k != "backend"}
        differing = {f"setting {k}": pair for k, pair in named.items() if pair[0] != pair[1]}
        pairs |= differing or {"settings": (old.fingerprint.settings, new.fingerprint.settings)}
    return {k: (str(a), str(b)) for k, (a, b) in pairs.items() if str(a) != str(b)}
