"""One worker's process, seen from here: started, asked, ended."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from ..config import Settings

_SIZE = struct.Struct("<Q")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.I)
_ENDING_S = 2.0


class Stopped(Exception):
    """The process is gone, or did not start."""


def sent(file: IO[bytes], value: Any) -> None:
    """Writes one value to the other end of a pipe. OSError when nobody reads there."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    file.write(_SIZE.pack(len(data)) + data)
    file.flush()


def received(file: IO[bytes]) -> Any:
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
    """A worker that is starting. Not for several threads at once, but for `stop`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "assistant.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment(), cwd=Path(__file__).parents[2],
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip

    @property
    def number(self) -> int:
        """Its process id."""
        return self._process.pid

    def begin(self, settings: Settings) -> None:
        """Open the library there, and wait until it can answer. Stopped when it can't."""
        own = replace(settings, home=settings.folder, encoder_threads=1, workers=0)
        with self._legibly():
            sent(self._in, own)
            ready = received(self._out)
        if ready != "ready":
            raise Stopped(str(ready))

    def told(self, asked: Any) -> Iterator[tuple[str, Any]]:
        """What it tells of a question: `event`s, or `error` (class, message), or `unexpected` (what it was)."""
        with self._legibly():
            sent(self._in, asked)
            while (told := received(self._out)) is not None:
                yield told

    def forget(self) -> None:
        """Have it drop what it keeps in memory of texts."""
        with self._legibly():
            sent(self._in, None)

    def stop(self) -> None:
        """End it; stopping twice is harmless."""
        with contextlib.suppress(OSError):
            self._in.close()
        try:
            self._process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()

    @property
    def _in(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @contextlib.contextmanager
    def _legibly(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, ValueError, TypeError, AttributeError, ImportError, pickle.PickleError) as error:
            status = self._process.poll()
            raise Stopped(f"process {self.number}: {type(error).__name__}, status {status}") from error
