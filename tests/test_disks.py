"""A disk that is full, or may not be written: one plain line, and nothing that was stored is lost."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from word_vectors import WordVectors

from assistant.errors import LibraryError, LitassistError, SearchIndexError
from assistant.index import Index
from assistant.ingest import ingest_papers
from assistant.library import Library
from assistant.papers import Paper
from assistant.retrieval import search


def paper(n: int, length: int = 40) -> Paper:
    return Paper(f"Study {n} of tides", f"The tide at marker{n} was measured. " + f"It rose at station {n}. " * length)


def mounted(folder: Path, *options: str) -> None:
    """A small disk of its own at the folder, or a skip with the reason."""
    if os.name != "posix" or os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root")
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk can't be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    mounted(folder, "-t", "tmpfs", "-o", "size=4m", "small")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def found(library: Library, index: Index, n: int) -> bool:
    """Whether a search finds something, and the words' index the paper: which comes first is not the point here."""
    view = index.view()
    held = library.papers(view.names(view.holding([f"marker{n}"])))
    return bool(search(library, index, WordVectors(), f"marker{n}", k=3)) and [p.title for p in held] == [
        f"Study {n} of tides"
    ]


def test_a_disk_that_fills_up_while_reading_loses_nothing(disk: Path) -> None:
    home = disk / "home"
    stored = 0

    def progress(stage: str, done: int, total: int | None) -> None:
        nonlocal stored
        stored = max(stored, done if stage == "stored" else 0)

    with Library.open(home) as library:
        index = Index.open(home, library, WordVectors())
        ingest_papers([paper(n, 1) for n in range(20)], library, index)
        with pytest.raises(LitassistError, match=r"full.*unharmed") as told:
            ingest_papers((paper(n) for n in range(20, 5000)), library, index, progress=progress)
        assert "\n" not in str(told.value)
        assert library.count() >= 20 + stored
        assert library.damage() == []
        assert found(library, index, 7)
        index.close()
    with Library.open(home) as library:
        count = library.count()
        index = Index.open(home, library, WordVectors())
        assert found(library, index, 7)
        index.close()
    subprocess.run(["mount", "-o", "remount,size=400m", str(disk)], check=True)
    with Library.open(home) as library:
        index = Index.open(home, library, WordVectors())
        index.update()
        assert library.count() == count
        assert library.pending() == []
        assert index.verify() == []
        assert all(found(library, index, n) for n in (7, 19, count - 1))
        index.close()


def test_caches_that_find_no_room_leave_the_papers_stored(disk: Path) -> None:
    home = disk / "home"
    with Library.open(home) as library:
        library.add([paper(n, 3) for n in range(100)])
        with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as file:
            while file.write(bytes(4096)) == 4096:
                pass
        index = Index.open(home, library, WordVectors())
        with pytest.raises(SearchIndexError, match=r"full.*unharmed"):
            index.update()
        assert library.count() == 100
        (disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        index.update()
        assert index.verify() == []
        assert found(library, index, 77)
        index.close()


LIMITED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from word_vectors import WordVectors
from assistant.errors import LitassistError
from assistant.index import Index
from assistant.ingest import ingest_papers
from assistant.library import Library
from assistant.papers import Paper
from test_disks import paper
home = Path(sys.argv[1])
with Library.open(home) as library:
    index = Index.open(home, library, WordVectors())
    resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
    try:
        ingest_papers((paper(n) for n in range(3000)), library, index)
    except LitassistError as error:
        print(error)
"""


def test_a_file_that_may_not_grow_is_one_line(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    home, here = tmp_path / "home", Path(__file__).parent
    command = [sys.executable, "-c", LIMITED, str(home), str(here)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=here.parent, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.strip().splitlines()
    assert "unharmed" in line
    with Library.open(home) as library:
        assert library.damage() == []
        index = Index.open(home, library, WordVectors())
        index.update()
        assert index.verify() == []
        index.close()


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A library on a disk that may only be read."""
    home = tmp_path / "home"
    with Library.open(home) as library:
        index = Index.open(home, library, WordVectors())
        ingest_papers([paper(n, 2) for n in range(30)], library, index)
        index.close()
    mounted(home, "--bind", str(home))
    subprocess.run(["mount", "-o", "remount,bind,ro", str(home)], check=True)
    yield home
    subprocess.run(["umount", "-l", str(home)], check=True)


def test_a_library_on_a_read_only_disk_can_be_asked(read_only: Path) -> None:
    with Library.open(read_only) as library:
        index = Index.open(read_only, library, WordVectors())
        assert found(library, index, 7)
        with pytest.raises(LibraryError, match=r"read-only.*unharmed"):
            library.add([paper(99)])
        with pytest.raises(LibraryError, match="read-only"):
            library.remove([library.ids()[0]])
        with pytest.raises(SearchIndexError, match=r"can't be written.*unharmed"):
            index.rebuild()
        assert library.count() == 30
        assert found(library, index, 8)
        index.close()


def test_a_read_only_folder_without_a_library_is_one_line(tmp_path: Path) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    mounted(home, "--bind", str(home))
    subprocess.run(["mount", "-o", "remount,bind,ro", str(home)], check=True)
    try:
        with pytest.raises(LibraryError, match=r"can't be|read-only"):
            Library.open(home)
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)
    assert list(home.iterdir()) == []
