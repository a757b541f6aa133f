"""A text that any library of this machine had encoded is not encoded again; what is removed goes from there too."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from word_vectors import WordTokens, WordVectors

from assistant import open_assistant
from assistant.config import Settings
from assistant.errors import ConfigError, LibraryBusy, LibraryError
from assistant.index import Index
from assistant.library import Library, VectorCache
from assistant.library import vector_cache as room
from assistant.papers import Paper
from assistant.retrieval import search

PAPERS = [
    Paper("On hay", "It dries in the sun. Rain spoils it within a day.", year=1999),
    Paper("On straw", "It keeps the frost out. Mice like it too.", year=2004),
]


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "cache", 10_000_000)


def encoded(home: Path, cache: VectorCache | None, embedder: WordVectors, papers: list[Paper] = PAPERS) -> int:
    """How many texts had to be encoded for a library of these papers, in which all of them are then found."""
    with Library.open(home, vector_cache=cache) as library:
        index = Index.open(home, library, embedder)
        library.add(papers)
        made = index.update()
        for one in papers:
            assert search(library, index, embedder, one.title)[0].title == one.title
        index.close()
        return made


@pytest.mark.parametrize("kind", [WordVectors, WordTokens])
def test_what_one_library_had_encoded_no_other_encodes_again(
    tmp_path: Path, cache: VectorCache, kind: type[WordVectors]
) -> None:
    first = encoded(tmp_path / "a", cache, kind())
    assert first > 0
    assert encoded(tmp_path / "b", cache, kind()) == 0
    assert encoded(tmp_path / "c", cache, kind("another model")) == first
    assert encoded(tmp_path / "d", None, kind()) == first
    new = Paper("On oats", "They feed horses. Nobody counts them.")
    assert 0 < encoded(tmp_path / "e", cache, kind(), [*PAPERS, new]) < first


def test_vectors_that_came_from_another_library_are_this_ones_own(tmp_path: Path, cache: VectorCache) -> None:
    embedder = WordVectors()
    encoded(tmp_path / "a", cache, embedder)
    encoded(tmp_path / "b", cache, embedder)
    (tmp_path / "cache" / room.FILE).unlink()
    with Library.open(tmp_path / "b") as library:
        index = Index.open(tmp_path / "b", library, embedder)
        assert index.rebuild() == 0
        index.close()


def test_what_is_removed_from_a_library_lies_in_no_cache(tmp_path: Path, cache: VectorCache) -> None:
    embedder = WordVectors()
    encoded(tmp_path / "a", cache, embedder)
    file = tmp_path / "cache" / room.FILE
    hay, straw = ({v for v in _all(file) if v in _of(embedder, p)} for p in PAPERS)
    assert hay
    assert straw
    with Library.open(tmp_path / "a", vector_cache=cache) as library:
        paper = next(p for p in library.papers() if p.title == "On hay")
        assert library.remove([paper.id]) == 1
    held = file.read_bytes()
    assert not any(vector in held for vector in hay)
    assert _all(file) == straw
    assert encoded(tmp_path / "b", cache, embedder) == len(hay)


def _all(file: Path) -> set[bytes]:
    db = sqlite3.connect(file)
    found = {vector for vector, in db.execute("SELECT vector FROM vectors")}
    db.close()
    return found


def _of(embedder: WordVectors, paper: Paper) -> set[bytes]:
    """The vectors, in half precision, of the texts that are made of a paper."""
    sentences = [f"{s.rstrip('.')}." for s in paper.abstract.split(". ")]
    texts = [paper.title, paper.abstract, f"{paper.title}. {paper.abstract}", *sentences]
    return {row.astype("float16").tobytes() for row in embedder.encode(texts)}


def test_a_removal_waits_for_who_uses_the_cache_and_is_undone_when_that_takes_too_long(
    tmp_path: Path, cache: VectorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded(tmp_path / "a", cache, WordVectors())
    monkeypatch.setattr(room, "_BUSY_S", 0.05)
    monkeypatch.setattr(room, "_SOON_S", 0.05)
    other = sqlite3.connect(tmp_path / "cache" / room.FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with Library.open(tmp_path / "a", vector_cache=cache) as library:
        with pytest.raises(LibraryBusy, match="Nothing was changed"):
            library.remove(library.ids())
        assert library.count() == 2
        # Reading and keeping do without.
        assert cache.get("words", ["x"]) == {}
        library.put_vectors("words", {"x": b"1"})
        other.execute("ROLLBACK")
        assert library.remove(library.ids()) == 2
    other.close()


def test_where_the_cache_can_be_neither_changed_nor_thrown_away_a_removal_is_undone(
    tmp_path: Path, cache: VectorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded(tmp_path / "a", cache, WordVectors())
    (tmp_path / "cache" / room.FILE).write_bytes(b"no database at all")
    monkeypatch.setattr(VectorCache, "_thrown_away", lambda self: None)
    with Library.open(tmp_path / "a", vector_cache=cache) as library:
        with pytest.raises(LibraryError, match="Nothing was changed; delete that file"):
            library.remove(library.ids())
        assert library.count() == 2


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_cache_is_thrown_away(tmp_path: Path, cache: VectorCache, content: bytes) -> None:
    first = encoded(tmp_path / "a", cache, WordVectors())
    (tmp_path / "cache" / room.FILE).write_bytes(content)
    assert encoded(tmp_path / "b", cache, WordVectors()) == first
    assert encoded(tmp_path / "c", cache, WordVectors()) == 0


def test_a_vector_that_a_power_cut_damaged_is_not_taken(tmp_path: Path, cache: VectorCache) -> None:
    cache.put("f", {"one": b"as it was", "two": b"whole"})
    db = sqlite3.connect(tmp_path / "cache" / room.FILE)
    db.execute("UPDATE vectors SET vector = x'00' WHERE hash = 'one'")
    db.commit()
    db.close()
    assert cache.get("f", ["one", "two"]) == {"two": b"whole"}
    cache.put("f", {"one": b"made anew"})
    assert cache.get("f", ["one"]) == {"one": b"made anew"}


def test_a_folder_that_cannot_be_made_costs_the_cache_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = VectorCache(tmp_path / "file" / "cache", 10_000_000)
    assert encoded(tmp_path / "a", cache, WordVectors()) > 0
    with Library.open(tmp_path / "a", vector_cache=cache) as library:
        assert library.remove(library.ids()) == 2


def test_the_oldest_go_when_there_is_no_more_room(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, 100_000)
    for n in range(400):
        cache.put("f", {f"h{n}": bytes([n % 256]) * 1000})
    assert (tmp_path / room.FILE).stat().st_size < 150_000
    assert cache.get("f", [f"h{n}" for n in range(399, 380, -1)]).keys() == {f"h{n}" for n in range(399, 380, -1)}
    assert cache.get("f", ["h0", "h100"]) == {}


def test_threads_share_it(tmp_path: Path, cache: VectorCache) -> None:
    def work(n: int) -> None:
        for i in range(20):
            cache.put("f", {f"{n}-{i}": b"%d %d" % (n, i), f"all-{i}": b"all"})
            cache.forget([f"{n}-{i - 1}"])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = {f"{n}-19" for n in range(4)}
    wanted = [f"{n}-{i}" for n in range(4) for i in range(20)] + [f"all-{i}" for i in range(20)]
    assert cache.get("f", wanted).keys() == left | {f"all-{i}" for i in range(20)}


def test_the_setting_says_how_much_is_kept_and_nought_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, **_: str(tmp_path / "cache"))
    (tmp_path / "one.jsonl").write_text('{"title": "Alone", "abstract": "One paper stands here."}\n')
    counts = []
    for home, size in (("a", 5), ("b", 5), ("c", 0)):
        with open_assistant(home=tmp_path / home, settings=Settings(vector_cache_mb=size)) as assistant:
            counts.append(assistant.ingest([tmp_path / "one.jsonl"]).embedded)
    assert counts[0] == counts[2] > 0 == counts[1]
    file = tmp_path / "cache" / "vectors" / room.FILE
    assert _all(file)
    with open_assistant(home=tmp_path / "a", settings=Settings(vector_cache_mb=0)) as assistant:
        assistant.remove([paper.id for paper in assistant.papers()])
    assert not _all(file), "kept by an earlier setting"
    with pytest.raises(ConfigError, match="vector_cache_mb"):
        Settings(vector_cache_mb=-1)
    monkeypatch.setenv("LITASSIST_VECTOR_CACHE_MB", "many")
    with pytest.raises(ConfigError, match="LITASSIST_VECTOR_CACHE_MB should be a number"):
        Settings()
