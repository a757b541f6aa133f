"""What the user decided about two papers: kept, undone, and stronger than a title."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import PaperNotFound
from assistant.library import Library
from assistant.papers import Appearance, Paper

PREPRINT = Paper(
    "Attention is all one needs", "We do away with recurrence.", ("A. Vaswani",), 2017, arxiv_id="1706.03762",
    appearances=(Appearance("page.html", 1),),
)
PUBLISHED = Paper(
    "Attention Is All You Need", "We do away with recurrence and convolution.", ("Ashish Vaswani",), 2017,
    doi="10.5555/3295222", appearances=(Appearance("refs.bib", 1),),
)
OTHER = Paper("A paper on bread", "Bread rises.", ("B. Baker",), 2001, doi="10.1/bread")
ALL = (PREPRINT, PUBLISHED, OTHER)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    with Library.open(tmp_path / "home") as opened:
        opened.add(ALL)
        yield opened


def test_two_papers_are_made_one_and_both_ids_still_find_it(library: Library) -> None:
    assert library.count() == 3
    (one,) = library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    assert library.count() == 2
    assert library.paper(PREPRINT.id) == library.paper(PUBLISHED.id) == library.paper(one)
    joined = library.paper(one)
    assert (joined.doi, joined.arxiv_id) == (PUBLISHED.doi, PREPRINT.arxiv_id)
    assert joined.sources == ("page.html", "refs.bib")
    assert {(i.paper_id, i.action) for i in library.pending()} >= {(one, "index")}


def test_reading_the_sources_again_does_not_undo_it(library: Library) -> None:
    library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    assert library.add(ALL).added == ()
    # The same works read from elsewhere, so that the records are new.
    again = [Paper(p.title, p.abstract + " More.", p.authors, p.year, doi=p.doi, arxiv_id=p.arxiv_id) for p in ALL]
    library.add(again)
    assert library.count() == 2


def test_it_holds_for_records_that_come_later(library: Library) -> None:
    library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    library.remove([OTHER.id])
    library.add([OTHER, Paper("Attention is all one needs", authors=("A. Vaswani",))])
    assert library.count() == 2


def test_what_was_made_one_can_be_parted_and_stays_parted(library: Library) -> None:
    before = {p.id: p for p in library.papers()}
    library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    assert set(library.decide(PREPRINT.id, PUBLISHED.id, same=False)) == {PREPRINT.id, PUBLISHED.id}
    assert {p.id: p for p in library.papers()} == before
    assert library.kept_apart() == {frozenset((PREPRINT.id, PUBLISHED.id))}
    library.add(ALL)
    assert library.count() == 3


def test_what_is_not_one_is_not_joined_by_its_title_either(library: Library) -> None:
    a = Paper("Editorial", "On hay.", ("C. Clerk",), doi="10.1/a")
    b = Paper("Editorial", "On straw.", ("C. Clerk",), arxiv_id="2001.00001")
    library.add([a])
    library.decide(a.id, OTHER.id, same=False)
    library.add([b])
    assert library.count() == 4, "by their titles these two are one"
    assert set(library.decide(a.id, b.id, same=False)) == {a.id, b.id}
    library.add([a, b])
    assert library.count() == 5


def test_the_last_word_counts(library: Library) -> None:
    library.decide(PREPRINT.id, PUBLISHED.id, same=False)
    (one,) = library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    assert library.kept_apart() == set()
    assert library.decide(one, one, same=True) == [one]


def test_of_three_made_one_only_the_named_goes(library: Library) -> None:
    library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    library.decide(PREPRINT.id, OTHER.id, same=True)
    assert library.count() == 1
    library.decide(PREPRINT.id, OTHER.id, same=False)
    assert library.count() == 2
    assert library.paper(PREPRINT.id) == library.paper(PUBLISHED.id)


def test_a_paper_that_is_not_there(library: Library) -> None:
    with pytest.raises(PaperNotFound):
        library.decide(PREPRINT.id, "doi:10.1/none", same=True)


def test_tags_of_both_are_kept_and_what_is_removed_takes_its_decisions_along(library: Library, tmp_path: Path) -> None:
    library.update(PREPRINT.id, tags=["read"])
    library.update(PUBLISHED.id, note="mine")
    (one,) = library.decide(PREPRINT.id, PUBLISHED.id, same=True)
    assert (library.paper(one).tags, library.paper(one).note) == (("read",), "mine")
    library.remove([one])
    library.add(ALL)
    assert library.count() == 3
