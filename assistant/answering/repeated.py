"""Answers given before, for the same question asked again while nothing that shaped them has changed.

What shaped an answer is its key: question, conversation, limits, backend, settings, prompts, the day (a question may
say "the last five years"), and the state of library and index. Any change in the library drops every answer: one
paper more may change the statistics of every word, so none can be proven to stay. They are kept in memory only, the
latest of them: what is removed from a library must not live on in a file beside it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from time import perf_counter

from .. import prompts
from ..papers import Answer, Done, Event, Filters, Stage, Timings, Turn, Usage
from ..recent import Recent

MOST = 256
_PASSING = {"vectors_unavailable", "reranking_failed", "judge_failed", "follow_up"}
"""Findings of a failure that may be over by the next time."""


class Repeated:
    """The latest answers, each with its events. Safe to use from several threads."""

    def __init__(self, state: Callable[[], object]) -> None:
        self._state = state
        """What library and index are at; another value drops every answer."""
        self._lock = threading.Lock()
        self._at: object = None
        self._kept: Recent[str, tuple[Event, ...]] = Recent(MOST)

    def events(self, key: str) -> Iterator[Event] | None:
        """The events of the answer with this key once more; None when it is not there."""
        began = perf_counter()
        with self._lock:
            self._drop_old()
            found = self._kept.get(key)
        return None if found is None else _again(found, began)

    def keeping(self, key: str, events: Iterator[Event]) -> Iterator[Event]:
        """These events, kept once the answer is whole, unless it failed or something changed meanwhile."""
        with self._lock:
            self._drop_old()
            before = self._at
        told: list[Event] = []
        for event in events:
            if not isinstance(event, Stage):  # said again, nothing is being done
                told.append(event)
            if isinstance(event, Done) and _sound(event.answer):
                with self._lock:
                    self._drop_old()
                    if self._at == before:
                        self._kept.put(key, tuple(told))
            yield event

    def forget(self) -> None:
        """Drop every answer."""
        with self._lock:
            self._kept.clear()

    def _drop_old(self) -> None:
        now = self._state()
        if now != self._at:
            self._kept.clear()
            self._at = now


def key_of(
    question: str, history: Sequence[Turn], filters: Filters, backend: str, settings: str, *,
    reranker: str = "",
) -> str:
    """A hash over everything but the library's state that shapes an answer; `settings` is their fingerprint.

    Limits to several authors, papers … are one limit in whatever order they are named.
    """
    # Without a model to write, one may still take a second look at the papers found.
    read = prompts.NAMES if backend != "extractive" else ("rerank",) if reranker.startswith("llm") else ()
    labels = [prompts.load(name).label for name in read]
    limits = {k: sorted(set(v)) if isinstance(v, tuple) else v for k, v in asdict(filters).items()}
    shaping = [question, [_told(turn) for turn in history], limits, backend, settings, labels,
               date.today().isoformat()]
    return hashlib.sha256(json.dumps(shaping, default=str).encode("utf-8", "surrogatepass")).hexdigest()


def _told(turn: Turn) -> object:
    """A turn without what differs each time it is answered alike."""
    if not isinstance(turn.answer, Answer):
        return [turn.question, turn.answer]
    row = turn.answer.to_dict()
    return [turn.question, {k: v for k, v in row.items() if k not in ("timings", "usage", "cached")}]


def _sound(answer: Answer) -> bool:
    return answer.error is None and not any(f.kind in _PASSING for f in answer.findings)


def _again(events: Sequence[Event], began: float) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Done):
            spent = Timings(total_s=round(perf_counter() - began, 4))
            event = Done(replace(event.answer, usage=Usage(), timings=spent, cached=True))
        yield event
