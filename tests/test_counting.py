"""What a library holds, counted in its file: the same as counted over its papers, limits or none."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assistant as public
from assistant import Settings, UsageError
from assistant.answering.library_questions import library_answer
from assistant.library import CHOICES, Library
from assistant.library import counting as room
from assistant.papers import Appearance, Filters, Page, Paper, normalised_title
from assistant.queries import read_question

NAMES = ("Ana Bö", "ana bo", "Li, Wei", "Wei Li", "de la Cruz, J.")
SOURCES = ("refs.bib", "page-1.html", "Page 1 html", "a/b.pdf")
VENUES = (None, "", "Journal of Kelp", "NeurIPS", "neurips")
TAGS = ("Kelp", "kelp", "to read")

PAPERS = st.lists(
    st.builds(
        lambda authors, sources, venue, year, tags: (tuple(authors), tuple(sources), venue, year, tuple(tags)),
        st.lists(st.sampled_from(NAMES), unique=True, max_size=3),
        st.lists(st.sampled_from(SOURCES), unique=True, min_size=1, max_size=3),
        st.sampled_from(VENUES), st.sampled_from((None, 1999, 2005, 2020)),
        st.lists(st.sampled_from(TAGS), unique=True, max_size=2),
    ),
    max_size=14,
)
LIMITS = st.sampled_from((
    Filters(), Filters(year_from=2000), Filters(authors=("li",)), Filters(sources=("page",)), Filters(tags=("kelp",)),
    Filters(venues=("kelp",), year_to=2010), Filters(read=True),
))


def made(values: list[tuple[tuple[str, ...], tuple[str, ...], str | None, int | None, tuple[str, ...]]]) -> list[Paper]:
    return [
        Paper(f"Harvest number {n}", "Kelp grows.", authors=authors, venue=venue, year=year, tags=tags,
              doi=f"10.5555/kelp.{n}", appearances=tuple(Appearance(s, n) for s in sources))
        for n, (authors, sources, venue, year, tags) in enumerate(values)
    ]


@given(PAPERS, LIMITS)
def test_what_is_counted_in_the_file_is_what_its_papers_say(
    values: list[tuple[tuple[str, ...], tuple[str, ...], str | None, int | None, tuple[str, ...]]], limits: Filters
) -> None:
    with tempfile.TemporaryDirectory() as home, Library.open(Path(home)) as library:
        library.add(made(values))
        held = library.holdings
        every = library.papers()
        papers = [p for p in every if limits.allows(p)]
        dated = [p.year for p in papers if p.year]
        assert held.years(limits) == room.Years(len(papers), len(dated), min(dated, default=0), max(dated, default=0))
        for kind, names in {
            "author": [a for p in papers for a in p.authors], "venue": [p.venue for p in papers if p.venue],
            "source": [s for p in papers for s in p.sources],
        }.items():
            counted = Counter(names)
            assert held.tally(kind, limits, 3) == room.Tally(len(counted), tuple(counted.most_common(3))), kind
        by = Filters(authors=("wei",))
        ids = [p.id for p in papers if by.allows(p)]
        assert held.first(2, limits, by) == (len(ids), ids[:2])
        choices = held.choices()
        assert {a.casefold() for p in every for a in p.tags} == {tag.casefold() for tag in choices.tags}
        assert set(choices.authors) <= {a for p in every for a in p.authors}
        assert set(choices.sources) <= {s for p in every for s in p.sources}
        assert set(choices.venues) == {p.venue for p in every if p.venue}
        for source in choices.sources:
            assert any(Filters(sources=(source,)).allows(p) for p in every)
        for paper in every:
            assert not paper.authors or any(Filters(authors=(a,)).allows(paper) for a in choices.authors)
        years = [p.year for p in every if p.year]
        assert choices.years == (min(years, default=0), max(years, default=0))


def text_of(paper: Paper) -> str:
    if paper.pages:
        return "full text"
    return "summary" if paper.kind == "summary" else "abstract" if paper.abstract else "title only"


ORDERED: dict[str, Callable[[Paper], object]] = {
    "arrival": lambda p: 0, "newest": lambda p: -(p.year or 0), "oldest": lambda p: p.year or 9999,
    "title": lambda p: normalised_title(p.title), "unread": lambda p: p.read,
    "author": lambda p: (not p.authors, *(normalised_title(a.split(",")[0].split()[-1]) for a in p.authors[:1])),
}


@given(
    st.lists(st.tuples(
        st.sampled_from(("kelp", "Ärger", "zoo", "Apfel")), st.sampled_from((None, 1999, 2020)), st.booleans(),
        st.sampled_from(((), ("Ana Bö",), ("Li, Wei", "Ana Bö"), ("de la Cruz, J.",))),
        st.sampled_from(("", "It grows.")), st.sampled_from(("article", "summary")), st.booleans(),
    ), max_size=10),
    st.sampled_from((Filters(), Filters(year_from=2000), Filters(read=False), Filters(authors=("wei",)))),
)
def test_the_list_is_in_the_order_and_of_the_text_that_its_papers_say(
    values: list[tuple[str, int | None, bool, tuple[str, ...], str, str, bool]], limits: Filters
) -> None:
    with tempfile.TemporaryDirectory() as home, Library.open(Path(home)) as library:
        library.add(
            Paper(f"{title} {n}", abstract, authors=authors, year=year, kind=kind, doi=f"10.5555/list.{n}",
                  pages=(Page(1, "Kelp grows by a metre.", "Kelp grows by a metre."),) if paged else ())
            for n, (title, year, _, authors, abstract, kind, paged) in enumerate(values)
        )
        for paper_id, value in zip(library.ids(), values, strict=True):
            library.update(paper_id, read=value[2])
        papers = library.whole(library.ids())
        assert library.holdings.texts(library.ids()) == {p.id: text_of(p) for p in papers}
        passing = [p for p in papers if limits.allows(p)]
        for order, key in ORDERED.items():
            assert library.holdings.listed(limits, order=order) == [p.id for p in sorted(passing, key=key)], order
        assert library.holdings.listed(limits, order="last") == [p.id for p in passing[::-1]]
        for text in ("full text", "abstract", "summary", "title only"):
            assert library.holdings.listed(limits, text) == [p.id for p in passing if text_of(p) == text], text
        assert library.holdings.listed(limits, "no abstract") == [p.id for p in passing if not p.abstract]


def test_a_list_asked_for_in_no_order_that_there_is_says_which_there_are(tmp_path: Path) -> None:
    with public.open_assistant(settings=Settings(home=tmp_path)) as opened:
        opened.ingest_papers([Paper("Kelp at home", "Kelp grows."), Paper("A pond", year=2011)])
        by_title = opened.listed(order="title")
        assert [p.title for p in opened.present(by_title[:1])] == ["A pond"]
        assert opened.texts(by_title) == dict(zip(by_title, ("title only", "abstract"), strict=True))
        assert opened.listed(text="title only") == by_title[:1]
        assert (opened.count(), opened.choices().years) == (2, (2011, 2011))
        assert opened.present(["no such id"]) == []
        with pytest.raises(UsageError, match="newest"):
            opened.listed(order="sideways")
        with pytest.raises(UsageError, match="full text"):
            opened.listed(text="pictures")


def test_a_name_spelt_in_two_ways_is_one_choice_as_a_paper_spells_it(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.add([Paper("One", authors=("Ana Bö",)), Paper("Two", authors=("ana bo", "Li, Wei"))])
        assert library.holdings.choices().authors == ("Ana Bö", "Li, Wei")


def test_papers_from_all_over_the_library(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        assert library.holdings.spread(3) == []
        library.add([Paper(f"Harvest number {n}") for n in range(100)])
        ids = library.ids()
        assert library.holdings.spread(100) == ids
        assert library.holdings.spread(4) == [ids[0], ids[25], ids[50], ids[75]]
        library.remove(ids[:97])
        assert library.holdings.spread(3) == ids[97:]
        assert set(library.holdings.spread(2)) <= set(ids[97:])


def test_no_more_names_are_told_than_can_be_chosen_from(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.add([Paper("Crowd", authors=tuple(f"Author {n:05}" for n in range(CHOICES + 50)))])
        assert len(library.holdings.choices().authors) == CHOICES + 1


def test_questions_about_the_library_read_only_the_papers_they_name(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.add([Paper(f"Harvest number {n}", year=1950 + n % 70, authors=("Ines Duarte",)) for n in range(300)])
    for question, most in {
        "How many papers are in my library?": 0, "What is the oldest paper?": 5, "What years do my papers cover?": 0,
        "What sources are in my library?": 0, "Which papers did Ines Duarte write?": 30, "What is in my library?": 0,
        "List all papers": 30,
    }.items():
        with Library.open(tmp_path) as library:
            assert library_answer(read_question(question), library, Filters())
            assert len(library._cache) <= most, question
