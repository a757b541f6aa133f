"""Tags, collections and read marks: for one paper or many, kept through everything, and taken back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import litassist

from assistant import Assistant, Filters, Paper, PaperNotFound, Settings, open_assistant
from assistant.errors import UsageError
from assistant.organising import names_after
from assistant.question.operators import limits

PAPERS = [
    Paper("Glowworm Routing", "Glowworm lowers packet loss by 37%.", ("Mira Okafor",), 2021, doi="10.5555/glow"),
    Paper("Tidal Attention", "Our model halves the error at 14 gauges.", ("Lena Fischer",), 2019, doi="10.5555/tide"),
    Paper("Sourdough Microbiomes", "We sequence 500 starters.", ("Ana Sousa",), 2023, doi="10.5555/dough",
          tags=("Food",)),
]
GLOW, TIDE, DOUGH = "doi:10.5555/glow", "doi:10.5555/tide", "doi:10.5555/dough"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Assistant]:
    with open_assistant(settings=Settings(home=tmp_path / "home")) as assistant:
        assistant.ingest_papers(PAPERS)
        yield assistant


names = st.lists(st.sampled_from(["a", "A", "b", " b ", "c  d", "C D", "", "ß", "SS"]), max_size=5)


@given(names, names, names)
def test_names_are_each_there_once_whatever_their_case(held: list[str], added: list[str], dropped: list[str]) -> None:
    held = list(names_after((), held, ()))
    after = names_after(held, added, dropped)
    folded = [name.casefold() for name in after]
    assert len(set(folded)) == len(folded)
    assert all(name.strip() for name in after)
    wanted = {" ".join(a.split()).casefold() for a in added if a.strip()}
    assert wanted <= set(folded)
    assert [n for n in after if n in held] == [n for n in held if n in after], "what was there keeps its order"
    gone = {" ".join(d.split()).casefold() for d in dropped} - wanted
    assert not gone & set(folded)


def test_many_papers_change_in_one_step_and_back(library: Assistant) -> None:
    before = [library.paper(i) for i in (GLOW, TIDE, DOUGH)]
    generation = library.generation
    done = library.organise([GLOW, TIDE, DOUGH], add_tags=["food", "to do"], add_collections=["Thesis"], read=True)
    assert done.count == 3
    assert library.generation == generation + 1
    after = [library.paper(i) for i in (GLOW, TIDE, DOUGH)]
    assert [p.tags for p in after] == [("food", "to do"), ("food", "to do"), ("Food", "to do")]
    assert all(p.collections == ("Thesis",) and p.read for p in after)
    assert library.organise([GLOW], add_tags=["FOOD"], read=True).count == 0
    assert library.undo(done) == 3
    assert [library.paper(i) for i in (GLOW, TIDE, DOUGH)] == before
    assert library.undo(done) == 0


def test_what_is_undone_after_a_removal_is_the_rest(library: Assistant) -> None:
    done = library.organise([GLOW, TIDE], read=True)
    library.remove([GLOW])
    assert library.undo(done) == 1
    assert not library.paper(TIDE).read


def test_an_unknown_paper_changes_nothing(library: Assistant) -> None:
    with pytest.raises(PaperNotFound):
        library.organise([GLOW, "doi:10.5555/none"], add_tags=["x"])
    assert library.paper(GLOW).tags == ()


def test_marks_stay_when_papers_are_read_again_merged_and_rebuilt(library: Assistant) -> None:
    library.organise([GLOW], add_tags=["kept"], read=True)
    library.ingest_papers(PAPERS)
    longer = Paper("Glowworm Routing", "Glowworm lowers packet loss by 37%. It needs no clock.", doi="10.5555/glow")
    library.ingest_papers([longer])
    merged = library.merge([TIDE, GLOW])
    assert (merged.read, merged.tags) == (True, ("kept",))
    library.rebuild()
    assert library.paper(merged.id).read


def test_read_and_unread_are_limits_everywhere(library: Assistant) -> None:
    library.organise([GLOW], read=True)
    assert [p.id for p in library.papers(Filters(read=True))] == [GLOW]
    assert [p.id for p in library.papers(Filters(read=False))] == [TIDE, DOUGH]
    for paper in library.papers():
        assert Filters(read=True).allows(paper) == paper.read
    assert [h.paper_id for h in library.search("is:read")] == [GLOW]
    assert GLOW not in [h.paper_id for h in library.search("routing loss is:unread")]
    assert library.search("is:read", filters=Filters(read=False)) == []
    library.organise([TIDE, DOUGH], read=True)
    assert "unread" in library.obstacle(Filters(read=False))
    with pytest.raises(UsageError, match="read must be"):
        library.search("x", filters=Filters(read="no"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("query", "read", "rest"), [
    ("is:unread graphs", False, "graphs"), ("graphs IS:read", True, "graphs"), ("what is: read it", None, None),
    ("this:read that", None, None), ("is:reading", None, None), ("is:read:more", None, None),
])
def test_the_operator_is_read_only_as_such(query: str, read: bool | None, rest: str | None) -> None:
    found = limits(query)
    assert found.filters.read is read
    if rest is not None:
        assert found.rest == rest
        assert limits(query, [found.limits[0].text]).filters.read is None


def test_a_library_from_before_there_were_marks_is_unread(tmp_path: Path) -> None:
    with open_assistant(settings=Settings(home=tmp_path)) as assistant:
        assistant.ingest_papers(PAPERS)
    db = sqlite3.connect(tmp_path / "library.db")
    assert not any('"read"' in row[0] for row in db.execute("SELECT data FROM papers")), "nothing is stored for unread"
    db.close()
    with open_assistant(settings=Settings(home=tmp_path)) as assistant:
        assert len(assistant.papers(Filters(read=False))) == 3


# --------------------------------------------------------------------------- the command line


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("organising")
    with open_assistant(settings=Settings(home=folder)) as assistant:
        assistant.ingest_papers(PAPERS)
    return folder


def test_papers_are_put_in_order_from_the_command_line(home: Path) -> None:
    def said(*words: str, code: int = 0) -> str:
        done = litassist("papers", *words, home=home, code=code)
        return done.stdout if code == 0 else done.stderr

    assert said("tag", GLOW, "routing", "method") == "routing, method\n"
    assert said("tag", GLOW, "--remove", "METHOD") == "routing\n"
    assert said("tag", GLOW, TIDE, "--add", "routing") == "1 paper tagged; 1 had that already.\n"
    many = json.loads(said("tag", "--all-matching", "--from", "2021", "--add", "recent", "--json"))
    assert (many["papers"], many["changed"], many["paper_ids"]) == (2, 2, [GLOW, DOUGH])
    assert said("tag", "--search", "author:sousa", "bread") == "1 paper tagged.\n"
    assert said("tags").splitlines()[0].split() == ["2", "recent"]
    assert said("collect", "Thesis", GLOW, TIDE) == "2 papers put into “Thesis”.\n"
    assert said("collect", "thesis", "--out", "--all-matching", "--author", "okafor").startswith("1 paper taken out of")
    assert json.loads(said("collections", "--json")) == [{"name": "Thesis", "papers": 1}]
    assert said("mark", "read", "--all-matching", "--collection", "Thesis") == "1 paper marked as read.\n"
    assert [line.split("\t")[0] for line in said("list", "--unread").splitlines()] == [GLOW, DOUGH]
    assert "read        yes" in said("show", TIDE)
    assert "which papers" in said("mark", "read", code=2).lower()
    assert "which tags" in said("tag", "--all-matching", code=2).lower()
    assert "not with ids" in said("mark", "read", GLOW, "--tag", "x", code=2)
    assert "No paper" in said("mark", "read", "doi:10.5555/none", code=1)
    assert "--yes" in said("remove", "--search", "author:sousa", "--json", code=2)
    assert json.loads(said("remove", "--search", "author:sousa", "--yes", "--json")) == {"removed": 1, "cleared": True}
    assert len(said("list").splitlines()) == 2
