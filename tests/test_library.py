"""The library: what was added stays, is one paper once, is found by filters, and goes when removed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import LibraryBusy, LibraryError, LibraryTooNew, PaperNotFound
from assistant.library import Library, limits
from assistant.papers import Answer, Appearance, Citation, Filters, Page, Paper, Sentence, merged


@pytest.fixture
def library(tmp_path: Path) -> Library:
    with Library.open(tmp_path / "home") as opened:
        yield opened


def paper(n: int, **more: object) -> Paper:
    values = {
        "title": f"Finding {n} in a haystack",
        "abstract": f"We look for item {n} in hay. It was found {n} times, which no earlier work of ours had seen.",
        "authors": (f"Ada Author{n}", "Bob Body"),
        "year": 2000 + n % 20,
        "appearances": (Appearance("list.txt", n),),
    }
    return Paper(**(values | more))  # type: ignore[arg-type]


# ---------------------------------------------------------------------- adding


def test_papers_come_back_as_they_were_added(library: Library) -> None:
    given_ = [
        paper(1, arxiv_id="2101.00001v2", venue="V", kind="inproceedings", keywords=("b", "a"), note="n", url="http://x"),
        paper(2, raw_title="raw", raw_abstract="raw too", tags=("t",), collections=("c",)),
        paper(3, raw_title=paper(3).title, pages=(Page(1, "One."), Page(2, "Two words.", "Two  words."))),
        Paper("Only a title"),
    ]
    report = library.add(given_)
    assert report.added == tuple(p.id for p in given_) == tuple(library.ids())
    assert library.papers() == [replace(p, pages=()) for p in given_]
    assert [library.paper(p.id) for p in given_] == given_
    assert library.count() == 4
    assert library.with_pages() == 1


def test_the_same_again_changes_nothing(library: Library) -> None:
    papers = [paper(n) for n in range(450)]
    library.add(papers)
    generation, pending = library.generation, library.pending()
    report = library.add(papers)
    assert report.unchanged == tuple(p.id for p in papers)
    assert (report.added, report.updated) == ((), ())
    assert (library.generation, library.pending()) == (generation, pending)


def test_another_appearance_updates_the_paper_and_needs_no_indexing(library: Library) -> None:
    library.add([paper(1)])
    library.settle([item.seq for item in library.pending()])
    again = replace(paper(1), appearances=(Appearance("later.txt", 9),))
    assert library.add([again]).updated == (paper(1).id,)
    assert library.paper(paper(1).id).sources == ("later.txt", "list.txt")
    assert library.pending() == []


def test_records_of_one_paper_become_one_and_former_ids_still_work(library: Library) -> None:
    listed = Paper("Attention, please", "A short abstract.", appearances=(Appearance("a", 1),))
    preprint = Paper("Attention, Please!", "A much longer abstract.", ("A B",), 2017, arxiv_id="1706.00001")
    published = Paper("Attention Please", year=2018, doi="10.1000/9", arxiv_id="1706.00001v3", venue="Journal")
    library.add([listed])
    assert library.add([preprint]).updated == ("arxiv:1706.00001",)
    assert library.add([published]).updated == ("arxiv:1706.00001",)
    one = library.paper(listed.id)
    assert one == merged(listed, preprint, published)
    assert one.id == "arxiv:1706.00001"
    for former in (listed.id, "doi:10.1000/9", preprint.id):
        assert library.paper(former) == one
    assert library.papers([listed.id, "doi:10.1000/9"]) == [one]
    assert len(library.records_of(one.id)) == 3
    assert {(i.paper_id, i.action) for i in library.pending()} == {(listed.id, "remove"), (one.id, "index")}


def test_an_id_that_no_single_record_had_is_kept_too(library: Library) -> None:
    library.add([Paper("Other", arxiv_id="2101.00001")])
    library.add([Paper("Same", year=2020), Paper("Same", authors=("A B",))])
    joined = library.ids()[1]
    assert joined not in {r.id for r in library.records_of(joined)}
    library.add([Paper("Same", doi="10.1000/1")])
    assert library.paper(joined).id == "doi:10.1000/1"
    library.add([Paper("Other", arxiv_id="2101.00001", doi="10.1000/1")])
    assert library.paper(joined).id == "arxiv:2101.00001"
    assert library.count() == 1


def test_a_record_that_joins_two_papers_makes_them_one(library: Library) -> None:
    a, b = Paper("By its preprint", "One.", arxiv_id="1706.00001"), Paper("As published", "Two.", doi="10.1000/9")
    library.add([a, b])
    library.update(b.id, tags=["mine"], note="read it")
    library.add([Paper("As published", arxiv_id="1706.00001", doi="10.1000/9")])
    assert library.ids() == ["arxiv:1706.00001"]
    one = library.paper("doi:10.1000/9")
    assert (one.tags, one.note) == (("mine",), "read it")
    assert library.passages([one.id])[0].text == one.abstract


def test_a_title_that_turns_out_to_fit_two_papers_is_parted_again(library: Library) -> None:
    bare = Paper("Same")
    one, two = Paper("Same", "A.", ("A B",), doi="10.1000/1"), Paper("Same", "B.", ("C D",), doi="10.1000/2")
    library.add([bare, one])
    assert library.ids() == ["doi:10.1000/1"]
    library.add([two])
    assert set(library.ids()) == {"doi:10.1000/1", "doi:10.1000/2", bare.id}
    assert library.paper(bare.id).abstract == ""


def test_a_paper_parted_from_another_leaves_it_its_ids(library: Library) -> None:
    library.add([Paper("Another", doi="10.1000/1"), Paper("Another", doi="10.1000/2")])
    library.add([Paper("Another", doi="10.1000/1", arxiv_id="2101.00002")])
    library.add([Paper("Another", arxiv_id="2101.00001")])
    library.add([Paper("One", doi="10.1000/1", arxiv_id="2101.00001")])
    assert library.paper("arxiv:2101.00001") == library.paper("arxiv:2101.00002") == library.paper("doi:10.1000/1")
    assert library.paper("doi:10.1000/2").title == "Another"
    assert library.count() == 2


RECORDS = st.builds(
    Paper,
    title=st.sampled_from(["One title", "Another title"]),
    abstract=st.sampled_from(["", "Short words.", "Longer words than that."]),
    authors=st.sampled_from([(), ("Ada Lovelace",), ("Émile Borel",)]),
    year=st.sampled_from([None, 2016, 2018, 2020]),
    venue=st.sampled_from([None, None, "Journal of Hay", "Hay \u0026 Straw"]),
    venue_short=st.sampled_from([None, None, "J. Hay"]),
    doi=st.sampled_from([None, None, "10.1000/1", "10.1000/2"]),
    arxiv_id=st.sampled_from([None, None, "2101.00001", "2101.00002"]),
    tags=st.sampled_from([(), ("x",), ("y", "x")]),
    pages=st.sampled_from([(), (), (Page(1, "A page."),)]),
    appearances=st.lists(st.builds(Appearance, st.sampled_from(["p", "q"]), st.integers(1, 2)), max_size=1).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=7), st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_import_does_not_matter(papers: list[Paper], random: Random, at_once: int) -> None:
    shuffled = list(papers)
    random.shuffle(shuffled)
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        a, b = (stack.enter_context(Library.open(home / name)) for name in "ab")
        a.add(papers)
        for start in range(0, len(shuffled), at_once):
            b.add(shuffled[start : start + at_once])
        whole_a, whole_b = ({i: lib.paper(i) for i in lib.ids()} for lib in (a, b))
        assert whole_a == whole_b
        for record in papers:
            assert a.paper(record.id).id == b.paper(record.id).id
            assert record.title in {r.title for r in a.records_of(record.id)}
        assert {(p.paper_id, p.text) for p in a.passages()} == {(p.paper_id, p.text) for p in b.passages()}
        assert a.add(shuffled).unchanged
        # What the caches are told, one message after the other, ends in what is there.
        told: dict[str, str] = {}
        for item in b.pending():
            told[item.paper_id] = item.action
        assert {i for i, action in told.items() if action == "index"} == set(b.ids())


FILTERS = st.builds(
    Filters,
    year_from=st.sampled_from([None, 2017]),
    year_to=st.sampled_from([None, 2019, 10**30]),
    authors=st.sampled_from([(), ("borel",), ("Lovelace", "nobody"), ("love",), ("",)]),
    sources=st.sampled_from([(), ("P",), ("q", "p"), ("r",)]),
    tags=st.sampled_from([(), ("X",), ("y",), ("z",)]),
    collections=st.sampled_from([(), ("none",)]),
    venues=st.sampled_from([(), (), ("hay",), ("J Hay",), ("straw", "journal"), ("\ud800",), ("",)]),
    paper_ids=st.sampled_from([(), ("arxiv:2101.00001", "doi:10.1000/2"), ("gone",)]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, max_size=7), st.lists(FILTERS, min_size=1, max_size=8))
def test_filters_pass_what_they_allow(papers: list[Paper], wanted: list[Filters]) -> None:
    with TemporaryDirectory() as home, Library.open(Path(home)) as library:
        library.add(papers)
        for filters in wanted:
            assert library.matching(filters) == [p.id for p in library.papers() if filters.allows(p)]


def test_limits_to_years_and_venues_go_through_indexes_and_not_through_the_papers(library: Library) -> None:
    # Of a million papers the others take many seconds.
    library.add(paper(n, venue=f"Journal {n % 3}", venue_short="J." if n % 2 else None) for n in range(30))
    for filters in (Filters(year_from=2010), Filters(year_to=1900), Filters(venues=("journal 2",)),
                    Filters(2010, 2012, venues=("j", "nowhere"))):
        with library._store.read() as db:
            clause, values = limits.passing(db, filters)
            plan = db.execute(f"EXPLAIN QUERY PLAN SELECT id FROM papers {clause} ORDER BY +pid", values).fetchall()
        assert not any(step[-1] == "SCAN papers" for step in plan), (filters, plan)
        assert library.matching(filters) == [p.id for p in library.papers() if filters.allows(p)]


def test_characters_that_no_file_can_hold_are_replaced(library: Library) -> None:
    library.add([Paper("A \ud800 title", "With a \x00 in it.", pages=(Page(1, "\udfff page", "\udfff raw"),))])
    (stored,) = library.papers()
    assert (stored.title, stored.abstract) == ("A \ufffd title", "With a \ufffd in it.")
    assert library.paper(stored.id).pages == (Page(1, "\ufffd page", "\ufffd raw"),)


def test_passages_are_exact_words_of_their_papers(library: Library) -> None:
    long = " ".join(f"Sentence number {n} says a little about something." for n in range(200))
    library.add([paper(1, abstract=long), Paper("Only a title"), paper(2, pages=(Page(1, long), Page(2, "The end.")))])
    passages = library.passages()
    assert len({p.id for p in passages}) == len(passages)
    for passage in passages:
        words = library.paper(passage.paper_id).text(passage.field, passage.page)
        assert words[passage.start : passage.end] == passage.text != ""
    assert [p.field for p in library.passages([Paper("Only a title").id])] == ["title"]
    assert library.without_text(library.ids()) == ["Only a title"]


# ---------------------------------------------------------------------- what the user changes


def test_what_the_user_set_stays_when_the_source_is_read_again(library: Library) -> None:
    read = paper(1, tags=("theirs", "shared"), note="read note")
    library.add([read])
    changed = library.update(read.id, tags=["mine", "shared"], collections=["thesis"], note="")
    assert (set(changed.tags), changed.collections, changed.note) == ({"mine", "shared"}, ("thesis",), "")
    assert library.add([read]).unchanged == (read.id,)
    assert library.records_of(read.id) == [read]
    library.add([replace(read, abstract=read.abstract + " And more was said.", tags=("new", "theirs"))])
    now = library.paper(read.id)
    assert now.abstract.endswith("And more was said.")
    assert set(now.tags) == {"mine", "shared", "new"}
    assert library.matching(Filters(tags=("theirs",))) == []
    assert library.matching(Filters(tags=("MINE",))) == [read.id]
    assert library.update(read.id, tags=["theirs", "shared", "new"], note="read note").note == "read note"


def test_a_change_moves_the_generation_and_no_change_does_not(library: Library) -> None:
    library.add([paper(1)])
    before = library.generation
    library.update(paper(1).id, tags=[])
    assert library.generation == before
    assert [p.tags for p in library.papers()] == [()]
    library.update(paper(1).id, tags=["a"])
    assert [p.tags for p in library.papers()] == [("a",)]
    assert library.generation == before + 1
    assert library.remove([paper(1).id]) == 1
    assert library.generation == before + 2
    assert library.remove(["unknown"]) == 0
    assert library.generation == before + 2
    with pytest.raises(PaperNotFound, match="unknown"):
        library.update("unknown", tags=["a"])


# ---------------------------------------------------------------------- removing


def home_bytes(home: Path) -> bytes:
    return b"".join(f.read_bytes() for f in home.rglob("*") if f.is_file())


def test_what_was_removed_is_in_no_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    gone = paper(1, arxiv_id="2101.00001", note="my private thought", pages=(Page(1, "Full text, page one."),),
                 raw_abstract="We  look for raw item.", tags=("secret tag",))
    former = Paper(gone.title, "Shorter words that differ.")
    with Library.open(home) as library, Library.open(home) as other:
        library.add([former, *(paper(n) for n in range(2, 60))])
        library.add([gone])
        library.update(gone.id, note="another private thought", collections=["hidden shelf"])
        library.put_vectors("f", {"h1": b"vector-of-it", "h2": b"vector-of-none"}, {"h1": gone.id})
        library.put_vectors("f", {"h3": b"vector-of-other"}, {"h3": paper(2).id})
        assert other.paper(gone.id).title == gone.title
        talk = library.conversations.new("About hay")
        cited = Answer("Where is it?", gone.abstract, sentences=(Sentence(gone.abstract, (1,)),),
                       citations=(Citation(1, former.id, gone.title, gone.abstract[:30]),))
        listed = Answer("What is there?", f"There is “{gone.title}”.")
        kept = Answer("What else?", "Something else.", citations=(Citation(1, paper(2).id, "t", "q"),))
        turns = [library.conversations.add_turn(talk, a.question, a) for a in (cited, listed, kept)]
        assert library.remove([former.id, gone.id, "unknown"]) == 1
        data = home_bytes(home)
        for words in (gone.title, "We look for item 1 in", "raw item", "Full text", "private thought", "secret tag",
                      "hidden shelf", "Shorter words", "vector-of-it", "vector-of-none", "Ada Author1\""):
            assert words.encode() not in data, words
        assert b"vector-of-other" in data
        for known in (gone.id, former.id):
            with pytest.raises(PaperNotFound):
                other.paper(known)
        stored = library.conversations.turns(talk)
        assert [t.question for t in stored] == ["Where is it?", "What is there?", "What else?"]
        assert [t.answer == kept for t in stored] == [False, False, True]
        assert "removed" in stored[0].answer.answer
        assert stored[0].answer.citations == ()
        assert {(i.paper_id, i.action) for i in library.pending() if i.paper_id == gone.id} == {(gone.id, "remove")}
        # What was on its way while the paper was removed leaves nothing behind either.
        library.conversations.set_answer(turns[2], cited)
        library.put_vectors("f", {"h1": b"vector-of-it"}, {"h1": gone.id})
        assert b"vector-of-it" not in home_bytes(home)
        assert gone.abstract.encode() not in home_bytes(home)
        assert library.vectors("f", ["h1", "h2", "h3"]) == {"h3": b"vector-of-other"}
    with Library.open(home) as library:
        assert library.add([gone]).added == (gone.id,)


def test_a_removal_that_could_not_clean_up_is_cleaned_up_later(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.add([paper(1), paper(2)])
        reader = sqlite3.connect(tmp_path / "library.db", timeout=0)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM papers").fetchone()
        library._store._idle[0].execute("PRAGMA busy_timeout=50")
        library.remove([paper(1).id])
        reader.close()
    with Library.open(tmp_path):
        assert paper(1).abstract.encode() not in home_bytes(tmp_path)


# ---------------------------------------------------------------------- conversations, vectors, meta


def test_conversations_survive_a_restart(tmp_path: Path) -> None:
    answer = Answer("q1", "a [1]", citations=(Citation(1, "gone", "t", "q"),))
    with Library.open(tmp_path) as library:
        library.add([paper(1)])
        first, second = library.conversations.new("First"), library.conversations.new("Second")
        turn = library.conversations.add_turn(first, "q1")
        library.conversations.add_turn(first, "q2", replace(answer, citations=(Citation(1, paper(1).id, "t", "q"),)))
        library.conversations.rename(first, "Renamed")
    with Library.open(tmp_path) as library:
        assert [(c.name, c.turns) for c in library.conversations.all()] == [("Renamed", 2), ("Second", 0)]
        stored = library.conversations.turns(first)
        assert (stored[0].id, stored[0].question) == (turn, "q1")
        assert stored[0].answer is None
        assert stored[1].answer.answer == "a [1]"
        library.conversations.set_answer(turn, Answer("q1", "late"))
        assert library.conversations.turns(first)[0].answer.answer == "late"
        library.conversations.delete(first)
        assert [c.id for c in library.conversations.all()] == [second]
        assert b"late" not in home_bytes(tmp_path)
        talks = library.conversations
        for call in (lambda: talks.turns(first), lambda: talks.add_turn(first, "q"),
                     lambda: talks.set_answer(turn, answer), lambda: talks.rename(first, "x")):
            with pytest.raises(LibraryError, match="deleted"):
                call()


def test_vectors_belong_to_an_embedder(library: Library) -> None:
    library.put_vectors("one", {"a": b"1", "b": b"2"})
    library.put_vectors("one", {})
    assert library.vectors("one", ["a", "c"]) == {"a": b"1"}
    assert library.vectors("two", ["a"]) == {}


def test_meta_is_kept_and_moves_no_generation(library: Library) -> None:
    before = library.generation
    library.set_meta("k", "v")
    library.set_meta("k", "w")
    assert library.meta("k") == "w"
    assert library.meta("none") is None
    assert library.generation == before


# ---------------------------------------------------------------------- files that can't be used


def test_a_newer_library_is_left_alone(tmp_path: Path) -> None:
    Library.open(tmp_path).close()
    db = sqlite3.connect(tmp_path / "library.db")
    db.execute("PRAGMA user_version=99")
    db.close()
    before = (tmp_path / "library.db").read_bytes()
    with pytest.raises(LibraryTooNew, match="newer version"):
        Library.open(tmp_path)
    assert (tmp_path / "library.db").read_bytes() == before


def test_a_file_that_is_no_library_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_text("These are my notes, not a database. " * 50)
    with pytest.raises(LibraryError, match="not a library"):
        Library.open(tmp_path)
    assert (tmp_path / "library.db").read_text().startswith("These are my notes")


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "library.db")
    db.execute("CREATE TABLE accounts(x)")
    db.close()
    with pytest.raises(LibraryError, match="another program"):
        Library.open(tmp_path)


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="can't be made"):
        Library.open(tmp_path / "file" / "home")


def test_a_full_disk_loses_nothing_and_says_so(library: Library) -> None:
    library.add([paper(n) for n in range(50)])
    db = library._store._idle[0]
    size = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={size + 2}")
    with pytest.raises(LibraryError, match=r"full.*unharmed"):
        library.add([paper(n) for n in range(50, 400)])
    assert library.ids() == [paper(n).id for n in range(50)]
    db.execute("PRAGMA max_page_count=1000000")
    assert len(library.add([paper(n) for n in range(400)]).added) == 350


def test_a_library_that_may_not_be_written_can_be_read(library: Library) -> None:
    library.add([paper(1)])
    library._store._idle[0].execute("PRAGMA query_only=ON")
    with pytest.raises(LibraryError, match=r"read-only.*unharmed"):
        library.add([paper(2)])
    assert library.count() == 1
    assert library.add([paper(1)]).unchanged == (paper(1).id,)


def test_a_library_that_another_program_writes_says_so(library: Library) -> None:
    other = sqlite3.connect(library.home / "library.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    library._store._idle[0].execute("PRAGMA busy_timeout=20")
    with pytest.raises(LibraryBusy, match="try again"):
        library.add([paper(1)])
    other.execute("ROLLBACK")
    other.close()
    library.add([paper(1)])


def test_a_closed_library_says_so(tmp_path: Path) -> None:
    library = Library.open(tmp_path)
    library.close()
    library.close()
    with pytest.raises(LibraryError, match="closed"):
        library.count()


# ---------------------------------------------------------------------- several at once

CHILD = """
import sys
from pathlib import Path
from assistant.library import Library, limits
from assistant.papers import Appearance, Paper
home, seed, steps, size = Path(sys.argv[1]), *map(int, sys.argv[2:5])
with Library.open(home) as library:
    print("open", flush=True)
    for step in range(steps):
        report = library.add([
            Paper(f"Result {seed} {step} {n}", "The words of it. " * 40, doi=f"10.1000/{seed}.{step}.{n}",
                  appearances=(Appearance("child", n + 1),)) for n in range(size)])
        print(*report.added, flush=True)
        if step % 5 == 4:
            library.remove([f"doi:10.1000/{seed}.{step - 1}.0"])
            print(f"-doi:10.1000/{seed}.{step - 1}.0", flush=True)
"""


def child(home: Path, seed: int, steps: int, size: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(home), str(seed), str(steps), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)


def killed_at_random(home: Path, times: int, seed: int) -> None:
    random = Random(seed)
    there: set[str] = set()
    for round_ in range(times):
        process = child(home, round_, 1000, random.choice([1, 7, 40]))
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(random.random() * 0.25)
        os.kill(process.pid, signal.SIGKILL)
        # What was printed was committed before; the line that was being printed may be cut.
        printed = process.stdout.read()
        process.wait()
        for line in printed[: printed.rfind("\n") + 1].splitlines():
            if line.startswith("-"):
                there.discard(line[1:])
            else:
                there.update(line.split())
        with Library.open(home) as library:
            ids = library.ids()
            # A removal may have been committed and not yet printed.
            lost = there - set(ids)
            assert all(i.endswith(".0") for i in lost)
            assert len(lost) <= 1
            there -= lost
            assert library.damage() == []
            assert {p.paper_id for p in library.passages()} == set(ids)
            waiting = {item.paper_id for item in library.pending() if item.action == "index"}
            assert waiting == set(ids)
            assert [p.id for p in library.papers()] == ids
    with Library.open(home) as library:
        assert len(there) > times
        assert len(library.add([paper(1)]).added) == 1


def test_kill_at_any_moment_loses_no_acknowledged_paper(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 5, seed=7)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_200_kills_lose_no_acknowledged_paper(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 200, seed=11)


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    processes = [child(tmp_path, seed, 12, 10) for seed in (1, 2)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    printed = {i for out in outputs for line in out.splitlines()[1:] if line[0] != "-" for i in line.split()}
    removed = {line[1:] for out in outputs for line in out.splitlines() if line.startswith("-")}
    with Library.open(tmp_path) as library:
        assert len(printed) == 240
        assert set(library.ids()) == printed - removed
        assert library.damage() == []


def test_another_process_is_seen(library: Library) -> None:
    before = library.generation
    assert library.papers() == []
    child(library.home, 3, 1, 5).communicate()
    assert library.generation > before
    assert len(library.papers()) == library.count() == 5


def test_eight_threads_read_while_one_writes(library: Library) -> None:
    library.add([paper(0)])
    done, failures = threading.Event(), []

    def read(n: int) -> None:
        try:
            while not done.is_set():
                ids = library.ids()
                assert [p.id for p in library.papers(ids)][: len(ids)] == ids
                assert library.paper(ids[-1]).id == ids[-1]
                assert library.passages(ids[:3])
                library.matching(Filters(year_from=2000 + n))
        except Exception as error:  # noqa: BLE001 - whatever a reader meets is the finding
            failures.append(error)

    readers = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for thread in readers:
        thread.start()
    for n in range(1, 30):
        library.add([paper(n * 10 + i) for i in range(10)])
        library.update(paper(n * 10).id, tags=[f"t{n}"])
    done.set()
    for thread in readers:
        thread.join()
    assert failures == []
    assert library.count() == 291


def test_a_state_that_is_held_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The files are written anew once nobody holds a state: the wait for that is not what is tested.
    monkeypatch.setattr("assistant.library.schema.BUSY_S", 0.2)
    with Library.open(tmp_path / "held") as library:
        library.add([paper(1), paper(2)])
        with library.steady() as state:
            with state.here():
                assert library.papers()[0].abstract == paper(1).abstract
            library.add([replace(paper(n), abstract=paper(n).abstract + " More is known now.") for n in (1, 2)])
            library.remove([paper(2).id])
            with state.here():
                assert [p.abstract for p in library.papers()] == [paper(1).abstract, paper(2).abstract]
                assert library.generation == state.generation
                with library.newest():
                    assert library.count() == 1
            assert library.papers()[0].abstract.endswith("More is known now.")


def test_fields_of_a_paper_belong_to_the_format() -> None:
    # A program that does not know a field would drop it, so a new field is a new format of the file: see SCHEMA.
    import hashlib
    from dataclasses import fields

    from assistant.library.schema import SCHEMA
    from assistant.papers import Page

    names = sorted(f"{kind.__name__}.{f.name}" for kind in (Paper, Page) for f in fields(kind))
    known = {5: "057d8b58e6a6"}
    assert hashlib.sha256(" ".join(names).encode()).hexdigest()[:12] == known[SCHEMA]


def test_papers_with_an_abstract_and_with_a_text_are_counted(library: Library) -> None:
    pages = (Page(1, "A page of words. And more of them."), Page(2, "The second page."))
    library.add([
        Paper("Bare"), Paper("Told", "An abstract."), Paper("Whole", "An abstract.", pages=pages),
        Paper("Paged", pages=pages), Paper("Long", "It goes on and on. " * 400),
    ])  # fmt: skip
    assert (library.count(), library.with_abstract(), library.with_pages()) == (5, 3, 2)


def test_ids_lead_to_those_that_papers_have_now_and_unknown_ones_to_a_plain_error(library: Library) -> None:
    library.add([Paper("One work", doi="10.1000/1"), Paper("Another", doi="10.1000/2"), Paper("A third")])
    first, second, third = library.ids()
    library.decide(first, second, same=True)
    assert library.present_ids([third, second, first, third]) == [third, first]
    assert library.present_ids([]) == []
    for unknown in ("", "\ud800", "doi:10.1000/3", "a\x00b"):
        with pytest.raises(PaperNotFound) as error:
            library.present_ids([first, unknown])
        str(error.value).encode()
