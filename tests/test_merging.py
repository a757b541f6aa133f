"""Which records are one paper, whatever order they come in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.library.merging import marks, works
from assistant.papers import Paper, same_work

RECORDS = st.builds(
    Paper,
    title=st.sampled_from(["One title", "Another title"]),
    authors=st.sampled_from([(), ("Ada Lovelace",), ("Émile Borel",)]),
    year=st.sampled_from([None, 2016, 2018, 2020]),
    doi=st.sampled_from([None, "10.1000/1", "10.1000/2"]),
    arxiv_id=st.sampled_from([None, "2101.00001", "2101.00002"]),
)


def grouped(*papers: Paper) -> list[list[int]]:
    return works([marks(p) for p in papers])


def test_records_chain_through_identifiers() -> None:
    a, c = Paper("x", arxiv_id="2101.00001"), Paper("z", doi="10.1000/1")
    b = Paper("y", arxiv_id="2101.00001", doi="10.1000/1")
    assert grouped(a, c, b) == [[0, 1, 2]]
    assert grouped(a, c) == [[0], [1]]


def test_a_record_with_a_title_only_that_fits_two_papers_stays_apart() -> None:
    one, two = Paper("Same", authors=("A B",)), Paper("Same", authors=("C D",))
    assert grouped(one, Paper("Same")) == [[0, 1]]
    assert grouped(one, Paper("Same"), two) == [[0], [1], [2]]


def test_what_agrees_is_joined_beside_a_title_that_fits_two() -> None:
    ours = Paper("Same", authors=("A B",)), Paper("Same", authors=("A B",), year=2020)
    assert grouped(*ours, Paper("Same"), Paper("Same", authors=("C D",))) == [[0, 1], [2], [3]]


def test_a_chain_of_titles_whose_ends_conflict_joins_nothing() -> None:
    ends = Paper("t1", authors=("A B",)), Paper("t3", authors=("C D",))
    near = Paper("t1", doi="10.1000/1"), Paper("t2", doi="10.1000/1")
    far = Paper("t2", arxiv_id="2101.00001"), Paper("t3", arxiv_id="2101.00001")
    assert grouped(*ends, *near, *far) == [[0], [1], [2, 3], [4, 5]]
    assert grouped(*near, *far) == [[0, 1, 2, 3]]


def test_the_same_title_only_record_twice_is_one() -> None:
    assert grouped(Paper("Same", authors=("A B",)), Paper("Same"), Paper("same."), Paper("Same", authors=("C D",))) == [
        [0], [1, 2], [3]
    ]


def test_years_that_drift_join_nothing_beyond_two_years() -> None:
    assert grouped(Paper("Same", year=2016), Paper("Same", year=2018)) == [[0, 1]]
    assert grouped(Paper("Same", year=2016), Paper("Same", year=2018), Paper("Same", year=2020)) == [[0], [1], [2]]


def test_a_title_that_very_many_share_joins_nothing() -> None:
    editorials = [Paper("Editorial", year=2000, pmid=str(n)) for n in range(1, 250)]
    assert len(grouped(*editorials, Paper("Editorial"))) == 250


@given(RECORDS, RECORDS)
def test_two_records_are_one_as_papers_says(a: Paper, b: Paper) -> None:
    assert (len(grouped(a, b)) == 1) == (same_work(a, b) or a.id == b.id)


@given(st.lists(RECORDS, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(papers: list[Paper], random: object) -> None:
    order = list(range(len(papers)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = grouped(*(papers[i] for i in order))
    assert sorted(sorted(order[i] for i in group) for group in shuffled) == grouped(*papers)


@given(st.lists(RECORDS, max_size=7))
def test_no_group_joined_by_title_holds_a_conflict(papers: list[Paper]) -> None:
    for group in grouped(*papers):
        members = [papers[i] for i in group]
        if not any(p.doi or p.arxiv_id for p in members):
            assert all(same_work(a, b) for a in members for b in members)
