"""Work that outlives a run of the page: an answer being written, papers being read.

It runs in its own thread, so a click elsewhere, a reload or a closed tab neither stops nor loses it;
the page looks at it and shows how far it is. Nothing here knows Streamlit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistant import Answer, Block, Citation, Done, Filters, LitassistError, Replaced, Retrieved, Stage, Text, Turn
from assistant.headway import Headway
from assistant.papers import Finding, Sentence
from assistant.shapes import groups, stage_words

if TYPE_CHECKING:
    from assistant import Assistant

log = logging.getLogger(__name__)
STOPPED = "Stopped. What was read until then is kept; what of it is not indexed yet, the next question sees to."
AS_IT_WAS = "Stopped. The index is as it was."
UNEXPECTED = "Something unexpected went wrong; your library is unharmed. The terminal shows the details."


class Stopped(Exception):
    """The reader asked that the work end."""


class Work:
    """One piece of work in a thread: `finished`, `error` (fit to show), `result`, `progress`, `headway`."""

    def __init__(self, do: Callable[[Work], Any], if_stopped: str = STOPPED) -> None:
        self.progress: tuple[str, int, int | None] = ("", 0, None)
        self.headway = Headway()
        self.error: str | None = None
        self.result: Any = None
        self.stopped = False
        self.began = time.monotonic()
        self._do = do
        self._if_stopped = if_stopped
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Work:
        """The same work, running."""
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            self.result = self._do(self)
        except Stopped:
            self.result = self._if_stopped
        except LitassistError as error:
            self.error = str(error)
        except Exception:  # a thread's failure would vanish: it is logged, and the page says so
            log.exception("work failed")
            self.error = UNEXPECTED
        finally:
            self._over.set()

    def report(self, what: str, done: int = 0, total: int | None = None) -> None:
        """Take note of how far the work is: the `progress` callable that the assistant calls. Stopped to end it."""
        if self.stopped:
            raise Stopped
        self.progress = (what, done, total)
        self.headway.told(what, done, total)

    def stop(self) -> None:
        """Ask it to end where it next says how far it is; what was done is kept."""
        self.stopped = True

    def wait(self, seconds: float) -> bool:
        """Whether it is finished, after waiting at most `seconds` for that."""
        return self._over.wait(seconds)

    @property
    def finished(self) -> bool:
        """Whether it ended, well or not."""
        return self._over.is_set()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


class Asking(Work):
    """An answer being written to a stored turn.

    The turn's question is stored before this starts. Every sentence is stored as it comes, so what
    was written survives a stop, a failure, and the end of the process.
    """

    def __init__(
        self,
        assistant: Assistant,
        turn_id: int,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        backend: str | None = None,
        fresh: bool = False,
        effort: str | None = None,
    ) -> None:
        super().__init__(lambda _: self._ask())
        self.turn_id = turn_id
        self.question = question
        self.hits = 0
        self.doing = ""
        """What the assistant says it is doing, in words."""
        self.blocks: tuple[Block, ...] = ()
        self.sentences: tuple[Sentence, ...] = ()
        self.citations: tuple[Citation, ...] = ()
        self.replaced: str | None = None
        self._assistant, self._history, self._filters, self._backend = assistant, tuple(history), filters, backend
        self._fresh, self._effort = fresh, effort

    def stop(self) -> None:
        """Ask it to end; what was written is kept."""
        self.stopped = True
        if not self.finished:
            # A silent model can't be interrupted, so the page doesn't wait for it: the thread stores
            # nothing after this and ends when the model does.
            self._store(self._partial("stopped", "You stopped this answer; what was written is kept."))
            self._over.set()

    def _ask(self) -> None:
        error: str | None = None
        try:
            events = self._assistant.stream(
                self.question, history=self._history, filters=self._filters, backend=self._backend,
                fresh=self._fresh, effort=self._effort,
            )
            for event in events:
                if self.stopped:
                    return
                if isinstance(event, Retrieved):
                    self.hits = len(event.hits)
                elif isinstance(event, Stage):
                    self.doing = stage_words(event)
                elif isinstance(event, Text):
                    one = event.sentence
                    block = event.block or Block("claim", one.text, one.citations, one.verdict, missing=one.missing)
                    self.blocks = (*self.blocks, block)
                    self.citations = (*self.citations, *event.citations)
                    if block.kind in ("claim", "cell"):
                        self.sentences = (*self.sentences, one)
                    self._store(self._partial("interrupted", "This answer was interrupted before its end."))
                elif isinstance(event, Replaced):
                    self.blocks, self.sentences, self.citations, self.replaced = (), (), (), event.reason
                elif isinstance(event, Done):
                    self._store(event.answer)
                    return
        except LitassistError as failure:
            error = str(failure)
        except Exception:  # the reader gets a sentence, the terminal the traceback
            log.exception("asking failed")
            error = UNEXPECTED
        if not self.stopped:
            self._store(replace(self._partial("", ""), error=error or "The answer ended before it was complete."))

    def _partial(self, kind: str, detail: str) -> Answer:
        pieces = [[*g.blocks, *(b for row in g.rows for b in (row.head, *row.cells) if b)] for g in groups(self.blocks)]
        text = "\n".join(" ".join(b.text + "".join(f" [{n}]" for n in b.citations) for b in one) for one in pieces)
        return Answer(
            question=self.question, answer=text, sentences=self.sentences, citations=self.citations, blocks=self.blocks,
            findings=(Finding(kind, "", detail),) if kind else (), backend=self._backend or "",
        )

    def _store(self, answer: Answer) -> None:
        self.result = answer
        self._assistant.set_turn_answer(self.turn_id, answer)
