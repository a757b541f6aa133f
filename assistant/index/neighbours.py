"""Chroma, where the passages' vectors live: nearest neighbours by cosine, ids and vectors only.

Embedded in the index's folder, or behind a Chroma server. Nothing above `index` knows which.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SearchIndexError, first_line

if TYPE_CHECKING:
    import numpy as np

_HEADER = struct.Struct("<i6QiI3QdQ")
"""hnswlib's: format, offset, room for points, points, bytes of a point, …"""
HNSW: dict[str, Any] = {"space": "cosine", "ef_search": 200}
_MARK = "writing"
_PROBE = (
    "import sys; from pathlib import Path; from assistant.index.neighbours import Neighbours\n"
    "n = Neighbours(Path(sys.argv[1]), sys.argv[2])\n"
    "for ids, vectors in n.vectors():\n"
    "    assert n.nearest(vectors[0], 5)\n"
)
_PROBE_S = 900.0
_BATCH = 5000
"""Chroma refuses more than 5,461 at once."""


class Neighbours:
    """The vectors of passages by id. Chroma is loaded at the first call, not before. Thread-safe."""

    def __init__(self, folder: Path, name: str, url: str | None = None) -> None:
        self.folder = folder
        self.name = name
        self._url = url
        self._client: Any = None
        self._collection: Any = None
        self._lock = threading.RLock()

    @property
    def remote(self) -> bool:
        """Whether the vectors live behind a server."""
        return self._url is not None

    def put(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        """Store vectors under ids; an id that is there already keeps its vector.

        An id always stands for the same text, and replacing a point can cut others off from the graph.
        """
        self._begin()
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            self._call("add", ids=list(ids[part]), embeddings=vectors[part])

    def remove(self, ids: Sequence[str]) -> None:
        """Forget these ids; unknown ones are ignored."""
        self._begin()
        for start in range(0, len(ids), _BATCH):
            self._call("delete", ids=list(ids[start : start + _BATCH]))

    def _begin(self) -> None:
        """Leave a mark, on disk before anything else is, that this is being written."""
        mark = self.folder / _MARK
        if not self.remote and not mark.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            mark.touch()
            _synced(mark)
            _synced(self.folder)

    def finished(self) -> None:
        """All that was written is whole and on disk; the mark goes."""
        mark = self.folder / _MARK
        if self.remote or not mark.exists():
            return
        for header in self.folder.glob("*/header.bin"):
            _wiped(header)
        # Chroma leaves its graph to the system to write: without power the mark would be gone before it is there.
        for path in (*self.folder.rglob("*"), self.folder):
            _synced(path)
        mark.unlink(missing_ok=True)

    def crashed(self) -> str:
        """What is wrong where a write was cut short, in a sentence; empty when nothing is, or none was.

        Chroma writes its graph over the old one, and over a half-written one it ends the whole process: so
        another process looks first.
        """
        if not (self.folder / _MARK).exists():
            return ""
        found = self.unsound()
        if not found:
            self.finished()
        return found

    def unsound(self) -> str:
        """What another process meets that reads all vectors and asks for some; empty when that goes well."""
        if self.remote or not any(self.folder.glob("*/index_metadata.pickle")):
            return ""  # all is still in SQLite, which undoes what was cut short
        self.close()
        import subprocess
        import sys

        command = [sys.executable, "-c", _PROBE, str(self.folder), self.name]
        root = str(Path(__file__).resolve().parents[2])
        try:
            status = subprocess.run(
                command, cwd=root, capture_output=True, timeout=_PROBE_S, check=False, stdin=subprocess.DEVNULL
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            return self._unusable(first_line(error))
        return "" if status == 0 else self._unusable("its files are damaged")

    def nearest(self, vector: np.ndarray, k: int) -> list[tuple[str, float]]:
        """The `k` nearest ids with their cosine, best first."""
        found = self._call("query", query_embeddings=[vector], n_results=k, include=["distances"])
        return [(name, 1.0 - distance) for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

    def vectors(self) -> Iterator[tuple[list[str], np.ndarray]]:
        """Every id with its vector, in batches."""
        import numpy as np

        offset = 0
        while True:
            found = self._call("get", include=["embeddings"], limit=_BATCH, offset=offset)
            if not found["ids"]:
                return
            yield list(found["ids"]), np.asarray(found["embeddings"], np.float32)
            offset += len(found["ids"])

    def trouble(self, wanted: Callable[[], int]) -> str:
        """What is wrong with the vectors, of which there should be some; empty when nothing seems to be.

        A server is asked whether it has the `wanted()` number. Files here are only looked at, so that
        Chroma isn't loaded for it.
        """
        if self._url:
            if not (expected := wanted()):
                return ""
            try:
                count = int(self._call("count"))
            except SearchIndexError as error:
                return str(error)
            there = f"Chroma ({self._url}) holds {count:,} of {expected:,} vectors"
            return f"{there}; `litassist rebuild` brings them back." if count < expected else ""
        try:
            # Opening would make a file that is not there.
            file = (self.folder / "chroma.sqlite3").absolute()
            size = file.stat().st_size
            with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
                if not size or not db.execute("SELECT count(*) FROM collections").fetchone()[0]:
                    return self._unusable("it is empty")
        except (sqlite3.Error, OSError) as error:
            return "" if "locked" in str(error) else self._unusable(first_line(error))
        return ""

    def stamp(self) -> tuple[int, int]:
        """Time and size of the file, which change with it; the same for every server."""
        try:
            found = (self.folder / "chroma.sqlite3").stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size

    def _unusable(self, why: str) -> str:
        mend = "check that the server runs." if self._url else "run `litassist rebuild`."
        where = self._url or "in the index folder"
        return f"Chroma ({where}) can't be used ({why}). The library itself is unharmed: {mend}"

    def reload(self) -> None:
        """See what another process has written: Chroma keeps what it read, so its client goes."""
        self.close()

    def drop(self) -> None:
        """Delete the collection on a server; an embedded one goes with its folder."""
        with self._lock:
            if self.remote:
                try:
                    self._open()
                    self._client.delete_collection(self.name)
                except _failures():
                    pass  # it is not there, or the server is not: nothing of ours is left to delete
            self.close()

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            client, self._client, self._collection = self._client, None, None
            if client is not None and hasattr(client, "close"):
                client.close()

    def _call(self, name: str, **given: Any) -> Any:
        with self._lock:
            try:
                self._open()
                return getattr(self._collection, name)(**given)
            except _failures() as error:
                raise SearchIndexError(self._unusable(first_line(error))) from None
            except BaseException as error:
                # Over broken files its engine panics, which is no Exception.
                if type(error).__name__ != "PanicException":
                    raise
                raise SearchIndexError(self._unusable(first_line(error))) from None

    def _open(self) -> None:
        if self._collection is not None:
            return
        import chromadb
        from chromadb.config import Settings

        quiet = Settings(anonymized_telemetry=False)
        if self._url:
            from urllib.parse import urlsplit

            place = urlsplit(self._url)
            secure = place.scheme == "https"
            self._client = chromadb.HttpClient(
                host=place.hostname or "127.0.0.1", port=place.port or (443 if secure else 8000), ssl=secure,
                settings=quiet,
            )
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(str(self.folder), settings=quiet)
        self._collection = self._client.get_or_create_collection(
            self.name, embedding_function=None, configuration={"hnsw": HNSW}
        )


def _synced(path: Path) -> None:
    """Waits until a file, or what a folder lists, is on the disk; one that went meanwhile is passed over."""
    if os.name == "nt" and path.is_dir():
        return  # where a folder can't be opened
    try:
        file = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _wiped(header: Path) -> None:
    """Zeroes the room that a graph's files keep for points to come.

    It is written from memory as it was found there, which may hold words of papers, even of removed ones.
    """
    try:
        told = _HEADER.unpack(header.read_bytes())
    except (OSError, struct.error):
        return
    version, most, used, width = told[0], told[2], told[3], told[4]
    for name, size in (("data_level0.bin", width), ("length.bin", 4)):
        path = header.with_name(name)
        if version == 1 and used <= most and path.is_file() and path.stat().st_size == most * size:
            with path.open("r+b") as file:
                file.seek(used * size)
                file.write(bytes((most - used) * size))


def _failures() -> tuple[type[BaseException], ...]:
    import chromadb.errors
    import httpx

    # The HTTP client raises ValueError when nothing answers; the embedded one panics on broken files.
    return (chromadb.errors.ChromaError, httpx.HTTPError, sqlite3.Error, ValueError, RuntimeError, OSError, TypeError,
            KeyError, AttributeError)
