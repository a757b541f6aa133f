"""Texts of several askers, brought to the encoder in batches of like length.

Each asker's texts wait here; as many threads as the encoder has forwards take batches from them. Those of
several askers share a batch. What a person waits for goes before papers that are being read (`patiently`,
or very many texts at once); but every fourth batch is of these, so that reading never stands still.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ..errors import EmbeddingError, first_line
from .runtimes import Forward, Running

if TYPE_CHECKING:
    import numpy as np

MOST_URGENT = 512
"""More texts than this nobody waits for in front of a page."""
_TOKENS, _LEAST, _MOST = 1536, 4, 32
"""Tokens of a batch, and the bounds of its texts: many tokens at once fall out of the processor's caches."""
_LONG_TURN = 4
_LOOK_AGAIN_S = 0.05
_elsewhere, _elsewhere_count = threading.Lock(), [0]


class _Here(threading.local):
    """How this thread has texts encoded."""

    patient = False
    place: Callable[[], AbstractContextManager[None]] = nullcontext

    @contextmanager
    def being(self, name: str, value: object) -> Iterator[None]:
        before = getattr(self, name)
        setattr(self, name, value)
        try:
            yield
        finally:
            setattr(self, name, before)


_here = _Here()


def patiently() -> AbstractContextManager[None]:
    """Whatever this thread has encoded until the block ends lets questions go first."""
    return _here.being("patient", True)


def waiting_in(place: Callable[[], AbstractContextManager[None]]) -> AbstractContextManager[None]:
    """Whatever this thread has encoded until the block ends it waits for in this place: what it holds, others may have
    then."""
    return _here.being("place", place)


def waiting() -> AbstractContextManager[None]:
    """Where this thread waits for what others do for it; see `waiting_in`."""
    return _here.place()


@contextmanager
def answering_elsewhere() -> Iterator[None]:
    """Until the block ends somebody waits for another process: papers that are read leave it all forwards but one."""
    with _elsewhere:
        _elsewhere_count[0] += 1
    try:
        yield
    finally:
        with _elsewhere:
            _elsewhere_count[0] -= 1


def urgent(count: int) -> bool:
    """Whether so many texts of this thread go before papers that are being read."""
    return count <= MOST_URGENT and not _here.patient


Read = Callable[[int, "np.ndarray"], object]
"""Takes the place of a text, and the vectors of its tokens, a row each."""


class Request:
    """Tokenised texts of one asker, and their vectors as they come."""

    def __init__(self, coded: Sequence[Sequence[int]], read: Read | None = None) -> None:
        self.coded = coded
        self.read = read
        self.vectors: np.ndarray | None = None
        self.error: EmbeddingError | None = None
        self.left = len(coded)
        self.over = threading.Event()
        self.waiting = sorted(range(len(coded)), key=lambda i: len(coded[i]))
        """Positions of texts that no batch has taken yet, shortest first."""

    def result(self) -> np.ndarray:
        """One row per text, in order, once it is `over`. EmbeddingError when the encoder failed on any."""
        if self.error is not None:
            raise self.error
        assert self.vectors is not None
        return self.vectors


Batch = list[tuple[Request, int]]


class Batches:
    """The waiting texts, and the threads that encode them. They start at the first text."""

    def __init__(self, running: Callable[[], Running], max_tokens: int) -> None:
        self._running = running
        """The encoder as it is now: another form may take its place between two batches."""
        self._max_tokens = max_tokens
        self._changed = threading.Condition()
        self._short: list[Request] = []
        self._long: list[Request] = []
        self._turn = 0
        self._workers: list[threading.Thread] = []
        self._closed = False

    def encoded(self, coded: Sequence[Sequence[int]], *, short: bool, read: Read | None = None) -> np.ndarray:
        """One row per tokenised text, in order; waits for them. EmbeddingError when the encoder failed on any.

        `read` is given the tokens of each text by the thread that encoded it.
        """
        request = Request(coded, read)
        with self._changed:
            if self._closed:
                raise EmbeddingError("The encoder is closed: this process is about to end.")
            self._start()
            lane = self._short if short else self._long
            lane.append(request)
            self._changed.notify_all()
        try:
            with waiting():
                request.over.wait()
            return request.result()
        finally:
            # Interrupted, it waits no more; else it is in no line.
            with self._changed:
                if request in lane:
                    lane.remove(request)

    def close(self) -> None:
        """End the threads; each finishes its batch. Texts that wait fail."""
        with self._changed:
            self._closed = True
            for request in (*self._short, *self._long):
                request.error = EmbeddingError("The encoder was closed before these texts were encoded.")
                request.over.set()
            self._short.clear()
            self._long.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.join(timeout=5)
        atexit.unregister(self.close)

    def _start(self) -> None:
        # A process that was forked has none of its parent's threads.
        self._workers = [w for w in self._workers if w.is_alive()]
        if not self._workers:
            # A thread that comes back from the runtime into an interpreter that has ended takes the process down.
            atexit.register(self.close)
        while len(self._workers) < len(self._running().forwards):
            number = len(self._workers)
            self._workers.append(threading.Thread(target=self._work, args=(number,), daemon=True,
                                                  name=f"encoder-{number}"))
            self._workers[-1].start()

    def _work(self, number: int) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._due(number):
                    self._changed.wait(_LOOK_AGAIN_S if self._long else None)
                if self._closed:
                    return
                batch, forward = self._taken(), self._running().forwards[number]
            self._encode(batch, forward)

    def _due(self, number: int) -> bool:
        """Whether there is something to do for this thread."""
        if number >= len(self._running().forwards):
            return False  # of two forms the one with fewer forwards leaves some threads without any
        return bool(self._short or (self._long and not (number and _elsewhere_count[0])))

    def _taken(self) -> Batch:
        """The next batch, taken from those that wait; at least one text waits."""
        self._turn += 1
        short = bool(self._short) and not (self._long and self._turn % _LONG_TURN == 0)
        lane = self._short if short else self._long
        first = lane[0]
        least = len(first.coded[first.waiting[0]])
        widest = max(least + 8, least * 5 // 4)
        room = max(_LEAST, min(_MOST, _TOKENS // max(least, 1)))
        batch: Batch = []
        for request in list(lane):
            # Of the first asker whatever comes next; of the others what is about as long.
            kept: list[int] = []
            for i in request.waiting:
                fits = len(batch) < room and (least <= len(request.coded[i]) <= widest)
                if fits:
                    batch.append((request, i))
                else:
                    kept.append(i)
            request.waiting = kept
            if not kept:
                lane.remove(request)
            if len(batch) >= room:
                break
        return batch

    def _encode(self, batch: Batch, forward: Forward) -> None:
        import numpy as np

        longest = max(len(r.coded[i]) for r, i in batch)
        width = max(longest, min(-(-longest // 8) * 8, self._max_tokens))
        ids = np.zeros((len(batch), width), np.int64)
        mask = np.zeros((len(batch), width), np.int64)
        for row, (request, i) in enumerate(batch):
            size = len(request.coded[i])
            ids[row, :size] = request.coded[i]
            mask[row, :size] = 1
        error: EmbeddingError | None = None
        found = None
        try:
            found, hidden = forward(ids, mask)
            for row, (request, i) in enumerate(batch):
                if request.read is not None:
                    request.read(i, hidden[row, : len(request.coded[i])])
        except Exception as failure:  # noqa: BLE001  (whatever it is, the askers must not wait for ever)
            found, error = None, EmbeddingError(f"The encoder failed on {len(batch)} texts: {first_line(failure)}")
        with self._changed:
            for row, (request, i) in enumerate(batch):
                if found is None:
                    request.error = error
                else:
                    if request.vectors is None:
                        request.vectors = np.empty((len(request.coded), found.shape[1]), np.float32)
                    request.vectors[i] = found[row]
                request.left -= 1
                if not request.left:
                    request.over.set()
