"""Removed papers, tags and sources leave nothing behind: not a sentence, in whatever form, in any file."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from word_vectors import WordVectors

from assistant import index as index_room
from assistant.index import Index, clearing
from assistant.index.build import Build
from assistant.index.neighbours import Neighbours
from assistant.index.vectors import VectorCopy
from assistant.index.words import Words
from assistant.library import Library
from assistant.library.schema import BUSY_S
from assistant.library.store import FILE, Store
from assistant.papers import Answer, Appearance, Citation, Page, Paper, Sentence
from assistant.retrieval import search
from assistant.upkeep import doctor

MARK = "quagga"


def paper(n: int, *sources: str, secret: str = "", **fields: object) -> Paper:
    return Paper(
        f"Study {n} of {secret or 'meadows'}",
        f"The {secret or 'common'} herd number {n} was counted twice. It grazes where {secret or 'grass'} {n} grows.",
        doi=f"10.1000/{n}",
        appearances=tuple(Appearance(source, n) for source in sources or ("kept.bib",)),
        **fields,  # type: ignore[arg-type]
    )


def readings(data: bytes) -> Iterator[bytes]:
    """The bytes of a file, and what they hold where they are packed, unpacked."""
    yield data
    for unpack in (zlib.decompress, gzip.decompress, bz2.decompress, lzma.decompress):
        try:
            yield unpack(data)
        except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
            continue
    # Streams inside a file: zlib's by their two first bytes, zstandard's and LZ4's by their magic (none is expected).
    at = data.find(b"\x78")
    while at >= 0:
        if data[at + 1 : at + 2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[at:], 1 << 20)
        at = data.find(b"\x78", at + 1)
    assert b"\x28\xb5\x2f\xfd" not in data
    assert b"\x04\x22\x4d\x18" not in data


def files_with(home: Path, *words: str) -> set[str]:
    """The files below a folder in which any of these words stands, in UTF-8 or UTF-16, plain or packed."""
    wanted = [w.encode(code) for w in words for code in ("utf-8", "utf-16-le", "utf-16-be")]
    return {
        str(file.relative_to(home))
        for file in home.rglob("*") if file.is_file()
        for data in readings(file.read_bytes())
        if any(w.lower() in data.lower() for w in wanted)
    }


@pytest.fixture
def embedder() -> WordVectors:
    return WordVectors()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def index(library: Library, embedder: WordVectors) -> Iterator[Index]:
    opened = Index.open(library.home, library, embedder)
    yield opened
    opened.close()


def by_id(library: Library) -> int:
    return library.remove(["doi:10.1000/7", "doi:10.1000/8"])


def by_tag(library: Library) -> int:
    library.update("doi:10.1000/7", tags=["Doubtful"])
    library.update("doi:10.1000/8", tags=["doubtful", "other"])
    return library.remove(tags=["doubtful"])


def by_source(library: Library) -> int:
    return library.remove(sources=["GONE.bib"])


@pytest.mark.parametrize("removed", [by_id, by_tag, by_source])
def test_no_file_holds_a_word_of_what_was_removed(
    library: Library, index: Index, embedder: WordVectors, removed: Callable[[Library], int]
) -> None:
    library.add(paper(n) for n in range(1, 7))
    pages = (Page(1, f"On page one the {MARK} is described at length."), Page(2, f"A {MARK} again."))
    library.add([paper(7, "gone.bib", secret=MARK, pages=pages), paper(8, "gone.bib", secret=MARK, note=f"my {MARK}")])
    index.update()
    gone = [library.paper(f"doi:10.1000/{n}") for n in (7, 8)]
    vector = embedder.encode([f"{gone[0].title}. {gone[0].abstract}"])[0]
    forms = [vector.astype("<f2").tobytes(), vector.astype("<f2").astype("<f4").tobytes()]  # the copy's, Chroma's
    talk = library.conversations.new("Talk")
    said = gone[0].abstract
    quote = Citation(1, gone[0].id, gone[0].title, said)
    library.conversations.add_turn(
        talk, "Who grazes?", Answer("Who grazes?", said, sentences=(Sentence(said, (1,)),), citations=(quote,))
    )
    assert files_with(library.home, MARK)
    for form in forms:
        assert any(form in file.read_bytes() for file in library.home.rglob("*") if file.is_file())
    assert removed(library) == 2
    index.update()
    index.close()
    library.close()
    assert files_with(library.home, MARK, *(s for p in gone for s in (p.title, p.abstract))) == set()
    assert not any(f in file.read_bytes() for f in forms for file in library.home.rglob("*") if file.is_file())
    with Library.open(library.home) as again:
        assert again.count() == 6
        (turn,) = again.conversations.turns(talk)
        assert turn.question == "Who grazes?"
        assert turn.answer is not None
        assert "removed" in turn.answer.answer
        after = Index.open(library.home, again, embedder)
        assert after.verify() == []
        after.close()


def test_a_paper_read_elsewhere_too_stays_with_what_was_said_there(library: Library, index: Index) -> None:
    short = Paper("One work", "A short word of it.", doi="10.1000/1", appearances=(Appearance("kept.bib", 1),))
    long = Paper("One work", f"A much longer word of it, which tells of the {MARK} too.", doi="10.1000/1",
                 authors=("Ada Lovelace",), appearances=(Appearance("gone.bib", 1),))
    both = paper(2, "kept.bib", "gone.bib")
    alone = paper(3, "gone.bib", secret=MARK)
    library.add([short, long, both, alone])
    library.update("doi:10.1000/1", note="mine", tags=["read"])
    index.update()
    plan = library.removal(sources=["gone.bib"])
    assert (plan.gone, plan.kept) == (("doi:10.1000/3",), ("doi:10.1000/1", "doi:10.1000/2"))
    assert library.remove(sources=["gone.bib"]) == 1
    index.update()
    one = library.paper("doi:10.1000/1")
    assert (one.abstract, one.authors, one.note, one.tags) == (short.abstract, (), "mine", ("read",))
    assert [library.paper(f"doi:10.1000/{n}").sources for n in (1, 2)] == [("kept.bib",)] * 2
    assert library.sources() == {"kept.bib": 2}
    assert files_with(library.home, MARK) == set()
    assert index.verify() == []
    assert library.add([short, replace(both, appearances=both.appearances[:1])]).unchanged == (one.id, both.id)


def test_what_a_source_alone_held_together_is_parted(library: Library) -> None:
    one = Paper("A preprint", "Early words.", arxiv_id="2101.00001", appearances=(Appearance("kept.bib", 1),))
    two = Paper("A paper", "Late words.", doi="10.1000/9", appearances=(Appearance("kept.bib", 2),))
    link = Paper("A paper", arxiv_id="2101.00001", doi="10.1000/9", appearances=(Appearance("gone.ris", 1),))
    library.add([one, two, link])
    assert library.count() == 1
    assert library.remove(sources=["gone.ris"]) == 0
    assert {p.title for p in library.papers()} == {"A preprint", "A paper"}
    assert library.damage() == []


def test_what_is_not_there_removes_nothing(library: Library) -> None:
    library.add([paper(1)])
    before = library.generation
    assert library.remove(["nothing"], tags=["none"], sources=["kept", "nowhere.bib"]) == 0
    assert library.generation == before
    assert library.count() == 1


def plain(n: int) -> Paper:
    return Paper(f"A count of herd {n}", f"Herd number{n} grazes in the north. It was seen by day.", doi=f"10.2000/{n}")


def found(library: Library, index: Index, embedder: WordVectors, words: str) -> list[str]:
    return [hit.title for hit in search(library, index, embedder, words, k=5)]


@pytest.mark.parametrize("at_once", [3, 1000])
def test_a_removal_makes_nothing_anew_that_can_stay(
    library: Library, index: Index, embedder: WordVectors, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(clearing, "WORDS_AT_ONCE", at_once)
    library.add([*(plain(n) for n in range(60)), paper(7, secret=MARK)])
    index.update()
    before = index.state[0]
    embedder.encoded.clear()
    monkeypatch.setattr(index_room, "_FILLED_AT_ONCE", 10)  # as in a large library
    library.remove(["doi:10.1000/7"])
    assert found(library, index, embedder, MARK) == []
    assert index.clear()
    assert files_with(library.home, MARK) == set()
    assert "0 of 61 vectors" in doctor(library, index).unfinished
    assert index.state[0] == before
    assert embedder.encoded == [MARK]
    assert found(library, index, embedder, "number17")[0] == "A count of herd 17"
    assert index.verify() == []
    index.update()
    assert sum(len(ids) for ids, _ in index._opened().neighbours.vectors()) == 60
    assert doctor(library, index).lines()[1:] == ["Library, words and vectors agree, paper by paper."]


def test_right_after_a_removal_nothing_is_said_to_be_wrong(library: Library, index: Index) -> None:
    library.add([plain(n) for n in range(20)])
    index.update()
    assert library.remove(library.ids()[7:9]) == 2
    report = doctor(library, index)
    assert report.problems == ()
    assert (report.pending, report.leaving) == (0, 2)
    index.update(compact=False)
    assert doctor(library, index).problems == ()
    assert index.clear()
    assert doctor(library, index).lines()[1:] == ["Library, words and vectors agree, paper by paper."]


def test_words_go_with_the_last_paper_that_has_them(library: Library, index: Index) -> None:
    people = {"authors": ("Ada Lovelace", "Grace Hopper")}
    library.add([paper(1, secret="walrus", **people), paper(2, secret="narwhal", authors=("Grace Hopper",))])
    inference = "Natural language inference (NLI)"
    library.add([Paper(inference, f"We study it. {inference} is hard.", doi="10.1000/3")])
    index.update()
    words = index.lexicon()
    assert (words.count("walrus"), words.count("herd"), words.lower("herd")) == (3, 2, 2)
    assert words.short("NLI")
    library.remove(["doi:10.1000/1", "doi:10.1000/3"])
    index.update()
    words = index.lexicon()
    assert (words.count("walrus"), words.count("herd"), words.lower("herd")) == (0, 1, 1)
    assert [words.is_name(name) for name in ("lovelace", "hopper")] == [False, True]
    assert not words.short("NLI")
    assert files_with(library.home, "walrus", "lovelace", "nli") == set()


def test_what_a_paper_said_before_it_changed_goes_with_it(library: Library, index: Index) -> None:
    title = "A title of its own"
    library.add([plain(1), Paper(title, f"It tells of the {MARK}.", authors=("Ada Lovelace",))])
    index.update()
    library.add([Paper(title, "It tells of the okapi now, and does so at length.", doi="10.1234/x",
                       authors=("Ada Lovelace",))])
    index.update()
    library.remove(["doi:10.1234/x"])
    index.update()
    assert files_with(library.home, MARK, "okapi", "lovelace") == set()
    assert index.verify() == []


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize(("where", "name", "before"), [
    (Build, "empty_chroma", True), (Build, "empty_chroma", False), (VectorCopy, "blank", True), (Words, "write", False),
    (Words, "sweep", True), (Build, "cleared", True), (Store, "scrub", True), (Neighbours, "put", False),
])
def test_a_removal_that_is_cut_short_is_finished_by_the_next_update(
    library: Library, index: Index, embedder: WordVectors, monkeypatch: pytest.MonkeyPatch,
    where: type, name: str, before: bool,
) -> None:
    library.add([*(plain(n) for n in range(30)), paper(7, secret=MARK)])
    index.update()
    method = getattr(where, name)

    def dies(*given: object, **named: object) -> object:
        if not before:
            method(*given, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(where, name, dies)
        with contextlib.suppress(Killed):
            library.remove(["doi:10.1000/7"])
            index.update()
            pytest.fail("was not cut short")
    index.close()
    library.close()
    with Library.open(library.home) as again:
        after = Index.open(library.home, again, embedder)
        assert found(again, after, embedder, MARK) == []
        after.update()
        assert files_with(library.home, MARK) == set()
        assert after.verify() == []
        assert not again.waiting()
        assert found(again, after, embedder, "number17")[0] == "A count of herd 17"
        after.close()


def test_what_another_program_is_at_is_cleared_by_it(
    library: Library, index: Index, embedder: WordVectors
) -> None:
    library.add([*(plain(n) for n in range(30)), paper(7, secret=MARK)])
    index.update()
    other = Index.open(library.home, library, embedder)
    with other._builds.writer(wait=True):
        library.remove(["doi:10.1000/7"])
        assert not index.clear(wait=False)
        assert found(library, index, embedder, MARK) == []
        assert "Traces" in index.unfinished()
    library.add([plain(31)])
    other.update()
    assert files_with(library.home, MARK) == set()
    assert index.clear(wait=False)
    library.add([plain(32)])
    index.update()  # whose Chroma was open when the other emptied it
    library.add([plain(33)])
    other.update()
    assert index.verify() == []
    other.close()


def test_a_library_opens_at_once_while_another_program_clears_it(library: Library) -> None:
    library.add([plain(1), paper(7, secret=MARK)])
    library.remove(["doi:10.1000/7"], scrub=False)
    began = time.monotonic()
    with contextlib.closing(sqlite3.connect(library.home / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # as one that is at it
        with Library.open(library.home) as opened:
            assert opened.count() == 1
    assert time.monotonic() - began < BUSY_S / 3
    assert library.scrubbed
    assert files_with(library.home, MARK) == set()


def test_a_question_that_is_being_answered_when_a_paper_goes_is_not_disturbed(
    library: Library, index: Index, embedder: WordVectors
) -> None:
    library.add([*(plain(n) for n in range(30)), paper(7, secret=MARK)])
    index.update()
    view = index.view()
    library.remove(["doi:10.1000/7"])
    index.update()
    weights = view.known_terms(f"{MARK} number17")
    lexical = view.lexical(weights)
    whole, best = view.dense(embedder.encode([f"{MARK} number17"])[0], view.living())
    assert len(lexical) == len(whole) + 1 == len(best) + 1
    assert "" in view.names(view.living())


def test_when_most_has_gone_the_files_are_made_anew_and_small(
    library: Library, index: Index, embedder: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "_PUT_AT_ONCE", 20)
    library.add([plain(n) for n in range(40)])
    index.update()
    rows = index._opened().copy().count
    embedder.encoded.clear()
    library.remove([f"doi:10.2000/{n}" for n in range(30)])
    index.update()
    assert index._opened().copy().count < rows / 2
    assert index.verify() == []
    assert sum(len(ids) for ids, _ in index._opened().neighbours.vectors()) == 10
