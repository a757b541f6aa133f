"""Years and venues in plain words become limits that are shown and can be taken off."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from word_vectors import WordVectors

from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Filters, Paper
from assistant.question import years
from assistant.question.operators import limits
from assistant.retrieval.understanding import joined


@pytest.fixture(autouse=True)
def in_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(years, "this_year", lambda: 2026)


@pytest.mark.parametrize(
    ("text", "low", "high", "rest"),
    [
        ("graphs since 2020", 2020, None, "graphs"), ("graphs before 2017", None, 2016, "graphs"),
        ("graphs in the last three years", 2023, None, "graphs"), ("papers from the past 5 years on LLMs", 2021, None,
                                                                   "papers on LLMs"),
        ("graphs between 2018 and 2020", 2018, 2020, "graphs"), ("graphs 2019-2021", 2019, 2021, "graphs"),
        ("graphs (2019–2021)", 2019, 2021, "graphs"), ("graphs over the past decade", 2016, None, "graphs"),
        ("papers of the 1990s on graphs", 1990, 1999, "papers on graphs"), ("papers published last year", 2025, 2025,
                                                                            "papers"),
        ("papers of this year", 2026, None, "papers"), ("in the last couple of years", 2024, None, ""),
        ("Graphen seit 2020", 2020, None, "Graphen"), ("Graphen vor 2017", None, 2016, "Graphen"),
        ("Graphen zwischen 2018 und 2020", 2018, 2020, "Graphen"), ("Graphen der Art aus den letzten drei Jahren", 2023,
                                                                    None, "Graphen der Art"),
        ("graphes depuis 2020", 2020, None, "graphes"), ("grafos antes de 2017", None, 2016, "grafos"),
        ("γράφοι από το 2020", 2020, None, "γράφοι"), ("γράφοι πριν το 2017", None, 2016, "γράφοι"),
        ("2020年以来 图", 2020, None, "图"), ("最近三年 图", 2023, None, "图"), ("2018年到2020年 图", 2018, 2020, "图"),
    ],
)
def test_years_in_plain_words(text: str, low: int | None, high: int | None, rest: str) -> None:
    found = limits(text)
    assert (found.filters.year_from, found.filters.year_to, found.rest.strip()) == (low, high, rest)
    (limit,) = found.limits
    assert limit.plain
    assert limit.text in text
    assert limits(text, [limit.text]).limits == ()


@pytest.mark.parametrize(
    "text",
    ["cells 10-20", "ISO 2019-2021/4", "2021-2019", "pages 1900-1850", "in the last three years of life",
     "the 2010 census", "10.1000/2019-2021", "mood in 2020", "this year of the rat", "2019-2021%", "last year's flu"],
)
def test_what_only_looks_like_years_stays_words(text: str) -> None:
    assert limits(text).filters == Filters()


VENUES = ["Nature", "Advances in Neural Information Processing Systems (NeurIPS)", "J. Mach. Learn. Res.", "PLOS ONE"]


@pytest.mark.parametrize(
    ("text", "venue", "rest"),
    [
        ("graphs in Nature", "Nature", "graphs"), ("graphs published in PLOS ONE", "PLOS ONE", "graphs"),
        ("NeurIPS-like graphs at NeurIPS since 2020", "NeurIPS", "NeurIPS-like graphs"),
        ("graphs in J. Mach. Learn. Res.?", "J. Mach. Learn. Res", "graphs .?"),
        ('venue:"Machine Learning" graphs', "Machine Learning", "graphs"),
    ],
)
def test_venues_in_plain_words(text: str, venue: str, rest: str) -> None:
    found = limits(text, venues=VENUES)
    assert found.filters.venues == (venue,)
    limit = next(o for o in found.limits if o.kind == "venue")
    assert limit.text in text
    assert limits(text, [o.text for o in found.limits], VENUES).filters == Filters()


def test_a_place_that_is_no_venue_stays_words() -> None:
    texts = ("cells in nature", "graphs in Naturelike", "a study in Paris", "in", "at NIPS", "in the One", "in In in")
    for text in texts:
        assert limits(text, venues=VENUES).filters == Filters(), text


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_has_its_limits_whatever_the_venues_are_called(text: str, venues: list[str]) -> None:
    found = limits(f"in {text} at {text}", venues=venues)
    assert len(found.rest) <= 2 * len(text) + 12


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    rng = random.Random(5)
    papers = [
        Paper(f"Graph number{i}", "A graph of proteins and their speech.",
              year=rng.choice([None, 2016, 2019, 2022, 2025]), venue=rng.choice([None, *VENUES]), doi=f"10.5555/{i}")
        for i in range(60)
    ]
    home = tmp_path_factory.mktemp("shelf")
    embedder, library = WordVectors(), Library.open(home)
    made = Assistant(Settings(home=home), library, Index.open(home, library, embedder), embedder)
    made.ingest_papers(papers)
    yield made
    made.close()


def test_limits_to_venues_are_exact(shelf: Assistant) -> None:
    everything = shelf.search("graph proteins", 100)
    papers = {p.id: p for p in shelf.papers()}
    for query, wanted in [
        ("graph proteins in Nature", Filters(venues=("nature",))),
        ("graph proteins at NeurIPS since 2019", Filters(venues=("NeurIPS",), year_from=2019)),
        ("graph proteins venue:plos year:2016..2022", Filters(2016, 2022, venues=("PLOS",))),
        ('graph proteins venue:"mach learn"', Filters(venues=("mach learn",))),
    ]:
        expected = [h.paper_id for h in everything if wanted.allows(papers[h.paper_id])]
        assert expected
        assert [h.paper_id for h in shelf.search(query, 100)] == expected
        assert shelf._library.matching(wanted) == [i for i in papers if wanted.allows(papers[i])]
        both = joined(Filters(year_from=2019), wanted, shelf._library)
        assert shelf._library.matching(both) == [
            i for i in shelf._library.matching(wanted) if (papers[i].year or 0) >= 2019
        ]


def test_a_venue_in_plain_words_can_be_taken_off_and_leaves_something(shelf: Assistant) -> None:
    asked = shelf.understood("graph proteins in Nature since 2030")
    assert asked.filters == Filters()
    assert asked.notes[0].startswith("No paper here passes “since 2030”; “in Nature”")
    assert asked.notes[0].endswith("Searched without that limit.")
    asked = shelf.understood("graph in Nature")
    (limit,) = asked.limits
    assert (limit.kind, limit.value) == ("venue", "Nature")
    freed = shelf.understood("graph in Nature", ignored=[limit.text])
    assert (freed.limits, freed.text) == ((), "graph in Nature")
    assert shelf.understood("graph", Filters(venues=("Nature",))).filters == Filters(venues=("Nature",))
    assert replace(asked, limits=()).filters.to_dict() == {"venues": ("Nature",)}
