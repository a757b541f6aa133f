"""Passages keep exact offsets, cover everything and fit the encoder."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.chunking import MAX_TOKENS, estimated_tokens, passages
from assistant.papers import Page, Paper
from assistant.text import sentences


def _words(text: str) -> int:
    return len(text.split())


texts = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(["Alpha beta. ", "Gamma ", "delta! ", "x" * 90, "\n\n", "We find e.g. this. ", "数据。"]),
             max_size=60).map("".join),
)


@given(title=st.text(max_size=30), abstract=texts, pages=st.lists(texts, max_size=3), limit=st.integers(1, 60),
       count=st.sampled_from([None, _words, len]))
@settings(max_examples=300, deadline=None)
def test_offsets_are_exact_and_every_sentence_is_covered(title, abstract, pages, limit, count) -> None:
    paper = Paper(title=title, abstract=abstract, pages=tuple(Page(i, t) for i, t in enumerate(pages, 3)))
    found = passages(paper, count_tokens=count, max_tokens=limit)
    for p in found:
        assert paper.text(p.field, p.page)[p.start : p.end] == p.text != ""
        assert p.paper_id == paper.id
        assert (count or estimated_tokens)(p.text) <= limit or len(p.text) == 1
    fields = {(p.field, p.page) for p in found}
    has_body = any(t.strip() for t in (abstract, *pages))
    assert ("title", None) not in fields or not has_body
    for field, page, text in [("abstract", None, abstract), *(("page", i, t) for i, t in enumerate(pages, 3))]:
        covered = {i for p in found if (p.field, p.page) == (field, page) for i in range(p.start, p.end)}
        assert all(i in covered or text[i].isspace() for i in range(len(text)))
        assert [p.start for p in found if (p.field, p.page) == (field, page)] == sorted(
            {p.start for p in found if (p.field, p.page) == (field, page)})


def test_an_abstract_that_fits_is_one_passage() -> None:
    paper = Paper(title="T", abstract="One sentence. Another one.")
    assert [(p.field, p.start, p.end) for p in passages(paper)] == [("abstract", 0, 26)]


def test_a_long_text_is_cut_between_sentences_and_neighbours_share_one() -> None:
    text = " ".join(f"Sentence number {i} has seven words here." for i in range(30))
    found = passages(Paper(title="T", abstract=text), count_tokens=_words, max_tokens=21)
    spans = sentences(text)
    starts, ends = {a for a, _ in spans}, {b for _, b in spans}
    assert len(found) > 5
    assert all(p.start in starts and p.end in ends and _words(p.text) <= 21 for p in found)
    assert all(b.start < a.end for a, b in pairwise(found))


def test_unbroken_text_is_cut_all_the_same() -> None:
    paper = Paper(title="T", pages=(Page(7, "x" * 200_000),))
    found = passages(paper)
    assert max(estimated_tokens(p.text) for p in found) <= MAX_TOKENS
    assert "".join(p.text for p in found) == "x" * 200_000
    assert {p.page for p in found} == {7}


def test_a_paper_without_text_is_found_by_its_title() -> None:
    assert [(p.field, p.text) for p in passages(Paper(title="Only a Title"))] == [("title", "Only a Title")]
    assert passages(Paper(title="  ")) == []
    assert {p.field for p in passages(Paper(title="T", pages=(Page(1, "Body."),)))} == {"page"}
