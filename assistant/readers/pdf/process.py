"""The other end of the worker: PDFs opened in a process of its own, within limits of time.

A worker that crashes or takes too long is ended and the next request starts another; it costs the
page that was asked for. One idle worker is kept for a while, since starting takes a fifth of a second.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .page import Box, PageWords, from_json

OPEN_S = 60.0
PAGE_S = 20.0
"""Seconds a page may take; one of a paper takes a twentieth of a second."""
_IDLE_S = 20.0
# What a worker needs of the environment. Keys and passwords that stand there are none of its business.
_NEEDED = ("PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "HOME", "LANG", "LD_LIBRARY_PATH")


class WorkerStopped(Exception):
    """The worker crashed, ran out of memory, or took too long and was ended."""


class Refused(Exception):
    """The file can't be opened: `locked`, `wrong` (the password), or `damaged`."""


class _Worker:
    def __init__(self) -> None:
        environment = {k: v for k in _NEEDED if (v := os.environ.get(k)) is not None}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment, cwd=Path(__file__).parents[3],
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip

    def reply(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """What the worker answers. WorkerStopped when it does not."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        # Ending the process ends the wait for its line, on every system.
        limit = threading.Timer(seconds, process.kill)
        limit.daemon = True
        limit.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except (OSError, ValueError) as error:
            raise WorkerStopped from error
        finally:
            limit.cancel()
        if not line.endswith(b"\n"):
            raise WorkerStopped
        return json.loads(line)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        process = self._process
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


_idle: list[_Worker] = []
_guard = threading.Lock()
_timer: threading.Timer | None = None


def _idle_worker() -> _Worker:
    with _guard:
        while _idle:
            worker = _idle.pop()
            if worker.alive:
                return worker
            worker.stop()
    return _Worker()


def _given_back(worker: _Worker) -> None:
    global _timer
    with _guard:
        if worker.alive and not _idle:
            _idle.append(worker)
            if _timer:
                _timer.cancel()
            _timer = threading.Timer(_IDLE_S, stop_idle)
            _timer.daemon = True
            _timer.start()
            return
    worker.stop()


@atexit.register
def stop_idle() -> None:
    """End the worker that waits for the next file, if there is one."""
    with _guard:
        waiting, _idle[:] = _idle[:], []
    for worker in waiting:
        worker.stop()


class Document:
    """One open PDF. Not for several threads at once."""

    def __init__(self, path: Path, password: str | None = None) -> None:
        self._path, self._password = path, password
        self._worker: _Worker | None = None
        self.pages, self.about = 0, dict[str, str]()
        self.lost = 0, 0
        """How many of its bookmarks lead nowhere, and how many there are."""
        self.stops = 0
        """How often its worker had to be ended."""
        self._reopen()

    def _reopen(self) -> _Worker:
        self._worker = worker = _idle_worker()
        opened = self._ask({"do": "open", "path": str(self._path.resolve()), "password": self._password}, OPEN_S)
        if reason := opened.get("refused"):
            raise Refused(reason)
        if "pages" not in opened:
            raise Refused("damaged")
        self.pages, self.about, self.lost = opened["pages"], opened["about"], tuple(opened["lost"])
        return worker

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        worker = self._worker or self._reopen()
        try:
            return worker.reply(request, seconds)
        except WorkerStopped:
            worker.stop()
            self._worker = None
            self.stops += 1
            raise

    def page(self, number: int) -> PageWords | None:
        """The words of a page; None for a page that is damaged, or that no parser gets through in time."""
        for look in (True, False):  # a drawing that takes for ever need not cost the page its words
            with contextlib.suppress(WorkerStopped, Refused):
                found = self._ask({"do": "page", "number": number, "look": look}, PAGE_S)
                if "words" in found:
                    return from_json(found)
        return None

    def picture(self, number: int, boxes: list[Box], width: int, ink: str, around: bool = False) -> bytes | None:
        """The page as PNG with boxes drawn in, or the part of it around them; None for a page that can't be drawn."""
        with contextlib.suppress(WorkerStopped, Refused):
            asked = {"do": "picture", "number": number, "boxes": boxes, "width": width, "ink": ink, "around": around}
            found = self._ask(asked, PAGE_S)
            if "png" in found:
                return base64.b64decode(found["png"])
        return None

    def close(self) -> None:
        """Let go of the file; the worker waits for the next."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        try:
            worker.reply({"do": "close"}, PAGE_S)
        except WorkerStopped:
            worker.stop()
        else:
            _given_back(worker)


@contextlib.contextmanager
def opened(path: Path, password: str | None = None) -> Iterator[Document]:
    """The file, open until the block ends. Refused when it can't be opened, WorkerStopped when opening it crashes."""
    document = Document(path, password)
    try:
        yield document
    finally:
        document.close()
