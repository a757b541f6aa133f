"""Questions as they come, several at a time: answered by turns, or by workers where there are some, and each over one
state of the library, whatever is added meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from .answering import Answering
from .answering.turns import Turns
from .config import Settings
from .embeddings.batches import waiting_in
from .errors import LitassistError
from .index import Index
from .library import Library, Steady
from .papers import Event, Filters, Retrieved, Turn

if TYPE_CHECKING:
    from .workers import Workers

_AT_ONCE = 2
"""Questions worked on at a time in this process; while one waits for its vectors, another has its turn."""


class Asking:
    """Has questions answered, for several askers. Safe to use from several threads."""

    def __init__(
        self, settings: Settings, library: Library, index: Index, answering: Answering, workers: Workers | None
    ) -> None:
        self._settings = settings
        self._library = library
        self._index = index
        self._answering = answering
        self._workers = workers
        self.turns = Turns(_AT_ONCE)

    def stream(
        self, question: str, history: Sequence[Turn], filters: Filters, backend: str | None, fresh: bool,
        effort: str | None = None,
    ) -> Iterator[Event]:
        """The events of an answer; see `Answering.stream`."""
        events = self._answering.stream(
            question, history=history, filters=filters, backend=backend, fresh=fresh,
            effort=effort or self._settings.effort, made=self._made,
        )
        brief = (backend or self._settings.backend).strip().lower() == "extractive"
        # An answer by a model mostly waits for it, and holds up nobody meanwhile.
        return events if brief else self._steadily(events, brief=False)

    def _made(self, question: str, history: Sequence[Turn], filters: Filters) -> Iterator[Event]:
        """The events of an extractive answer: by a worker where there is one, else here, a few at a time."""

        def here() -> Iterator[Event]:
            events = self._steadily(self._answering.made(question, history, filters), brief=True)
            # Where a language model takes a second look, it is mostly waited for.
            return events if self._settings.reranker.startswith("llm") else self._by_turns(events)

        if self._workers is None:
            return here()
        if self._library.waiting(1):
            # Workers only read. What is wrong with the index is met, and told, by whoever answers.
            with contextlib.suppress(LitassistError):
                self._index.view()
        return self._workers.events(question, history, filters, here)

    def _by_turns(self, events: Generator[Event]) -> Iterator[Event]:
        """The events, each made when it is this answer's turn; those who read them slowly hold no turn meanwhile."""
        with contextlib.closing(events):
            going_on = False
            while True:
                if self._workers is not None and self.turns.met:
                    self._workers.start()
                with self.turns.taken(going_on=going_on), waiting_in(self.turns.left):
                    event = next(events, None)
                if event is None:
                    return
                yield event
                going_on = True

    def _steadily(self, events: Iterator[Event], *, brief: bool) -> Generator[Event]:
        """The events, for which the library is read as it was at one moment, whatever is added meanwhile.

        An answer that is not `brief` waits for a model, so it holds that state only until the papers are found.
        """
        with self.at_one_moment() as state:
            following = state.within(lambda: next(events, None))
            while (event := following()) is not None:
                yield event
                if isinstance(event, Retrieved) and not brief:
                    break
        yield from events

    @contextlib.contextmanager
    def at_one_moment(self) -> Iterator[Steady]:
        """One state of the library, and the view of it, where it does not change too fast for that."""
        for last in (False, False, True):
            view = None
            # What is wrong with the index is met, and told, where it is needed.
            with contextlib.suppress(LitassistError):
                view = self._index.view()
            with self._library.steady() as state:
                if last or view is None or view.generation == state.generation:
                    if view is not None:
                        state.kept["view"] = view
                    yield state
                    return
