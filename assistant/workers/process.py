"""One worker's process, seen from here: started, asked, ended."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from ..config import Settings

_SIZE = struct.Struct("<Q")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.I)
_ENDING_S = 2.0


class Stopped(Exception):
    """The process is gone, or did not start."""


def sent(file: IO[bytes] | io.FileIO, value: Any) -> None:
    """Writes one value to the other end of a pipe. OSError when nobody reads there."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    left = memoryview(_SIZE.pack(len(data)) + data)
    while left:
        left = left[file.write(left) :]
    file.flush()


def received(file: IO[bytes] | io.BufferedReader) -> Any:
    """The next value from the other end of a pipe. EOFError when that end is closed."""
    head = file.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    data = file.read(size := _SIZE.unpack(head)[0])
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)


def environment() -> dict[str, str]:
    """What a worker gets of the environment: no keys, which it has no use for; one thread for numpy and tokens."""
    kept = {name: value for name, value in os.environ.items() if not _SECRET.search(name)}
    kept["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    kept |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    return kept | {"TOKENIZERS_PARALLELISM": "false"}


class Process:
    """A worker that is starting. Not for several threads at once, but for `silent`, `kill`, `hang_up` and `stop`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # Without a buffer on the way in: to close a buffer is to wait for who does not read it.
            [sys.executable, "-m", "assistant.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            stderr=subprocess.DEVNULL, env=environment(), cwd=Path(__file__).parents[2],
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        self._in = cast(io.FileIO, self._process.stdin)
        self._out = io.BufferedReader(cast(io.FileIO, self._process.stdout))
        self.ready = False
        """Whether it has opened the library."""
        self.failed = False
        """Whether it Stopped: it died, or what it told could not be read."""
        self._heard: float | None = None

    @property
    def number(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def silent(self) -> float:
        """Seconds since it was asked, or last told something, as long as it is waited for; else 0."""
        heard = self._heard
        return 0.0 if heard is None else time.monotonic() - heard

    def begin(self, settings: Settings) -> None:
        """Open the library there, and wait until it can answer. Stopped when it can't."""
        own = replace(settings, home=settings.folder, encoder_threads=1, workers=0)
        with self._legibly():
            sent(self._in, own)
            ready = self._received()
        if ready != "ready":
            raise Stopped(str(ready))
        self.ready = True

    def told(self, asked: Any) -> Iterator[tuple[str, Any]]:
        """What it tells of a question: `event`s, or `error` (class, message), or `unexpected` (what it was)."""
        with self._legibly():
            sent(self._in, asked)
            while (told := self._received()) is not None:
                yield told

    def forget(self) -> None:
        """Have it drop what it keeps in memory of texts."""
        with self._legibly():
            sent(self._in, None)

    def kill(self) -> None:
        """End it at once, whatever it does; who waits for it is told that it Stopped."""
        self._process.kill()

    def hang_up(self) -> None:
        """Tell it that nothing more is asked. It ends once it has told what it was asked last."""
        with contextlib.suppress(OSError):
            self._in.close()

    def stop(self) -> None:
        """End it; stopping twice is harmless."""
        self.hang_up()
        try:
            self._process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()

    def _received(self) -> Any:
        told = received(self._out)
        self._heard = time.monotonic()
        return told

    @contextlib.contextmanager
    def _legibly(self) -> Iterator[None]:
        self._heard = time.monotonic()
        try:
            yield
        except (OSError, EOFError, ValueError, TypeError, AttributeError, ImportError, pickle.PickleError) as error:
            status, self.failed = self._process.poll(), True
            raise Stopped(f"process {self.number}: {type(error).__name__}, status {status}") from error
        finally:
            self._heard = None
