"""The caches: found by words at once, finished after a kill, made again when broken, never out of step."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from word_vectors import WordVectors

from assistant.errors import EmbedderChanged
from assistant.index import Index, writing
from assistant.index.build import Build
from assistant.index.neighbours import Neighbours
from assistant.index.steps import Steps
from assistant.index.vectors import VectorCopy
from assistant.index.words import Words
from assistant.library import Library
from assistant.papers import Page, Paper
from assistant.retrieval import search

TOPICS = ["kidney disease", "language models", "graph retrieval", "protein folding", "causal inference", "speech"]


def paper(i: int) -> Paper:
    topic = TOPICS[i % len(TOPICS)]
    return Paper(
        title=f"Study {i} of {topic}", year=2000 + i % 20,
        abstract=f"We look at {topic} in setting number {i}. The result for marker{i} was clear. It holds for {topic}.",
    )


@pytest.fixture
def embedder() -> WordVectors:
    return WordVectors()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def index(tmp_path: Path, library: Library, embedder: WordVectors) -> Iterator[Index]:
    opened = Index.open(tmp_path, library, embedder)
    yield opened
    opened.close()


def titles(library: Library, index: Index, embedder: WordVectors, question: str, k: int = 3) -> list[str]:
    return [hit.title for hit in search(library, index, embedder, question, k=k)]


def test_what_is_added_is_found(library: Library, index: Index, embedder: WordVectors) -> None:
    library.add([paper(i) for i in range(30)])
    assert index.update() > 0
    assert not library.pending()
    assert titles(library, index, embedder, "marker17")[0] == "Study 17 of speech"
    assert index.verify() == []


def test_the_same_again_encodes_nothing(library: Library, index: Index) -> None:
    library.add([paper(i) for i in range(10)])
    index.update()
    library.add([paper(i) for i in range(10)])
    assert index.update() == 0
    assert index.rebuild() == 0
    assert index.verify() == []


def test_a_paper_is_found_by_words_before_its_vectors_come(
    library: Library, index: Index, embedder: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([paper(i) for i in range(50)])
    index.update(vectors=False)
    assert library.pending()
    monkeypatch.setattr(index, "_finish", lambda: None)  # the vectors stay away
    assert titles(library, index, embedder, "marker17")[0] == "Study 17 of speech"


def test_how_far_the_caches_are_behind_is_said(library: Library, index: Index) -> None:
    assert index.standing().told() == ""
    library.add([paper(i) for i in range(7)])
    left = index.standing()
    assert (left.changes, left.wordless, left.vectorless, left.at_work) == (7, 7, 0, False)
    assert left.told().startswith("7 papers are not fully indexed: an earlier run was cut short. They are not found")
    index.update(vectors=False)
    assert (index.standing().wordless, index.standing().vectorless) == (0, 7)
    assert "All of them are found by their words; their vectors are still to come. The next" in index.standing().told()
    library.add([paper(i) for i in range(9)])
    assert "7 of them can be found by their words already, 2 not yet." in index.standing().told()
    index.update()
    assert index.standing().told() == ""
    library.remove(library.ids()[:2])
    assert index.standing().told().startswith("2 changes of the library are still to be taken up by the search: an ea")


def test_work_that_goes_on_is_no_run_that_was_cut_short(library: Library, index: Index, embedder: WordVectors) -> None:
    library.add([paper(i) for i in range(7)])
    index.update(vectors=False)
    other = Index.open(library.home, library, embedder)
    try:
        with other._builds.writer(wait=True):
            told = index.standing().told()
        assert told == ("7 papers are being indexed now. All of them are found by their words; their vectors are "
                        "still to come.")
        assert not index.standing().at_work
    finally:
        other.close()


def test_words_that_are_lost_are_noticed_before_the_vectors_come(library: Library, index: Index) -> None:
    library.add([paper(i) for i in range(7)])
    index.update(vectors=False)
    assert index.verify() == []
    lost = library.ids()[2]
    build = index._opened()
    build.words.write([], [build.numbers([lost])[lost]], build.next_number())
    build.words.settle(wait=True)
    assert index.verify() == [f"{lost} can't be found by its words."]


def test_leftovers_are_finished_by_a_search(library: Library, index: Index, embedder: WordVectors) -> None:
    library.add([paper(i) for i in range(5)])
    assert titles(library, index, embedder, "marker3")[0] == "Study 3 of protein folding"
    assert not library.pending()


def test_removed_papers_leave_every_cache(library: Library, index: Index, embedder: WordVectors) -> None:
    library.add([paper(i) for i in range(12)])
    index.update()
    gone = library.ids()[3]
    library.remove([gone])
    index.update()
    assert gone not in [hit.paper_id for hit in search(library, index, embedder, "marker3 protein folding", k=12)]
    assert index.verify() == []
    assert index._opened().neighbours.nearest(embedder.encode(["marker3"])[0], 50)
    assert sum(len(ids) for ids, _ in index._opened().neighbours.vectors()) == 11


def test_a_changed_paper_is_found_by_its_new_words_alone(library: Library, index: Index, embedder: WordVectors) -> None:
    library.add([Paper(title="A title of its own", abstract="It speaks of walruses.")])
    library.add([paper(i) for i in range(5)])
    index.update()
    library.add([Paper(title="A title of its own", doi="10.1234/x",
                       abstract="It is about narwhals now, and says so at greater length than before.")])
    index.update()
    assert titles(library, index, embedder, "narwhals", k=1) == ["A title of its own"]
    hits = search(library, index, embedder, "walruses", k=10)
    assert all("walruses" not in hit.matched for hit in hits)
    assert index.verify() == []


def test_full_text_is_found_by_its_page(library: Library, index: Index, embedder: WordVectors) -> None:
    library.add([paper(i) for i in range(5)])
    pages = (Page(1, "Nothing of note here."), Page(2, "The okapi was seen twice."))
    library.add([Paper(title="A long report", pages=pages)])
    index.update()
    hit = search(library, index, embedder, "okapi seen", k=1)[0]
    assert hit.title == "A long report"
    assert hit.passage is not None
    assert (hit.passage.field, hit.passage.page) == ("page", 2)
    whole = library.paper(hit.paper_id)
    assert whole.text("page", 2)[hit.passage.start : hit.passage.end] == hit.passage.text == hit.snippet


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing is tidied up."""


def after(method: Callable[..., object], times: int) -> Callable[..., object]:
    calls = 0

    def dies(*args: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        result = method(*args, **named)
        if calls == times:
            raise Killed
        return result

    return dies


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("where", "name"), [
    (Words, "write"), (VectorCopy, "append"), (Neighbours, "put"), (Library, "put_vectors"), (Build, "say"),
    (Library, "settle"),
])
def test_killed_anywhere_the_next_update_finishes(
    tmp_path: Path, library: Library, embedder: WordVectors, monkeypatch: pytest.MonkeyPatch,
    where: type, name: str, times: int,
) -> None:
    library.add([paper(i) for i in range(20)])
    first = Index.open(tmp_path, library, embedder)
    first.update()
    library.remove(library.ids()[:2])
    library.add([paper(i) for i in range(20, 100)])
    with monkeypatch.context() as patch:
        function = getattr(where, name)
        patched = after(function, times)
        patch.setattr(where, name, staticmethod(patched) if where is Build else patched)
        with contextlib.suppress(Killed):  # a step that comes once only is not cut short the second time
            first.update()
    first.close()
    second = Index.open(tmp_path, library, embedder)
    second.update()
    assert second.verify() == []
    assert titles(library, second, embedder, "marker77")[0] == "Study 77 of speech"
    second.close()


def test_another_index_on_the_same_home_sees_what_was_added(
    tmp_path: Path, library: Library, index: Index, embedder: WordVectors
) -> None:
    library.add([paper(i) for i in range(5)])
    index.update()
    titles(library, index, embedder, "marker3")
    with Library.open(tmp_path) as other:
        second = Index.open(tmp_path, other, embedder)
        other.add([paper(i) for i in range(5, 10)])
        second.update()
        second.close()
    assert titles(library, index, embedder, "marker8")[0] == "Study 8 of graph retrieval"
    assert index.verify() == []


def test_a_library_that_was_moved_keeps_its_vectors(tmp_path: Path, embedder: WordVectors) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    with Library.open(here) as library:
        library.add([paper(i) for i in range(10)])
        index = Index.open(here, library, embedder)
        index.update()
        index.close()
    shutil.copytree(here, there)
    with Library.open(there) as library:
        library.add([paper(10)])
        index = Index.open(there, library, embedder)
        index.update()
        assert index.verify() == []
        index.close()


def test_another_embedder_is_met_with_what_to_do(tmp_path: Path, library: Library, index: Index) -> None:
    library.add([paper(i) for i in range(5)])
    index.update()
    index.close()
    other = WordVectors("other words", 64)
    changed = Index.open(tmp_path, library, other)
    with pytest.raises(EmbedderChanged, match="rebuild"):
        search(library, changed, other, "marker3")
    library.add([paper(9)])
    with pytest.raises(EmbedderChanged, match="rebuild"):
        changed.update()
    assert any("embedder" in problem for problem in changed.verify())
    assert changed.rebuild() > 0
    assert titles(library, changed, other, "marker9")[0] == "Study 9 of protein folding"
    assert changed.verify() == []
    changed.close()


@pytest.mark.parametrize("file", ["vectors.f16", "rows", "index.db", "words/meta.json"])
@pytest.mark.parametrize("damage", [b"", b"not what it was"])
def test_broken_caches_are_made_again_without_encoding(
    tmp_path: Path, library: Library, embedder: WordVectors, file: str, damage: bytes
) -> None:
    library.add([paper(i) for i in range(8)])
    first = Index.open(tmp_path, library, embedder)
    first.update()
    first.close()
    (tmp_path / "index" / "build-1" / file).write_bytes(damage)
    for beside in ("index.db-wal", "index.db-shm"):
        if file == "index.db":
            (tmp_path / "index" / "build-1" / beside).unlink(missing_ok=True)
    embedder.encoded.clear()
    second = Index.open(tmp_path, library, embedder)
    assert second.verify()
    assert titles(library, second, embedder, "marker5")[0] == "Study 5 of speech"
    assert embedder.encoded == ["marker5"]
    assert second.verify() == []
    second.close()


def test_a_damaged_chroma_is_reported_and_rebuilt(tmp_path: Path, library: Library, embedder: WordVectors) -> None:
    library.add([paper(i) for i in range(8)])
    first = Index.open(tmp_path, library, embedder)
    first.update()
    build = first._opened()
    build.neighbours.remove(["3.0"])
    assert any("Chroma" in problem for problem in first.verify())
    first.close()
    (tmp_path / "index" / "build-1" / "chroma" / "chroma.sqlite3").write_bytes(b"broken" * 1000)
    second = Index.open(tmp_path, library, embedder)
    assert any("rebuild" in problem for problem in second.verify())
    second.rebuild()
    assert second.verify() == []
    second.close()


def test_vectors_that_were_changed_are_reported(tmp_path: Path, library: Library, index: Index) -> None:
    library.add([paper(i) for i in range(8)])
    index.update()
    index.close()
    file = tmp_path / "index" / "build-1" / "vectors.f16"
    data = bytearray(file.read_bytes())
    data[:512] = bytes(512)
    file.write_bytes(bytes(data))
    assert any("damaged" in problem or "other vectors" in problem for problem in index.verify())


def test_a_search_in_a_small_library_loads_no_chroma(tmp_path: Path, library: Library, index: Index) -> None:
    library.add([paper(i) for i in range(5)])
    index.update()
    index.close()
    script = (
        "import sys; from pathlib import Path\n"
        "from assistant.library import Library; from assistant.index import Index\n"
        "from assistant.retrieval import search\n"
        "from word_vectors import WordVectors\n"
        f"home = Path({str(tmp_path)!r}); e = WordVectors(); library = Library.open(home)\n"
        "assert search(library, Index.open(home, library, e), e, 'marker3')\n"
        "assert not {'chromadb', 'langchain', 'langchain_core'} & set(sys.modules)\n"
    )
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=here)
    assert done.returncode == 0, done.stderr


def test_an_empty_library_is_no_problem(library: Library, index: Index, embedder: WordVectors) -> None:
    assert index.update() == 0
    assert search(library, index, embedder, "anything") == []
    assert index.verify() == []
    assert index.rebuild() == 0


def test_vectors_get_their_turn_while_papers_come_on_and_on(
    library: Library, index: Index, embedder: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_WORDS_S", 0.0)
    steps: list[str] = []
    words, vectors = Steps.write_words, Steps.write_vectors

    def write_words(self: Steps, build: Build, names: list[str]) -> None:
        words(self, build, names)
        steps.append("words")
        if len(steps) < 30:
            library.add([paper(100 + len(steps))])

    def write_vectors(self: Steps, build: Build, waiting: dict[str, int], kind: int) -> int:
        steps.append("vectors")
        return vectors(self, build, waiting, kind)

    monkeypatch.setattr(Steps, "write_words", write_words)
    monkeypatch.setattr(Steps, "write_vectors", write_vectors)
    library.add([paper(1)])
    index.update()
    assert "vectors" in steps[:3]
    assert library.waiting() == 0
    assert index.verify() == []
