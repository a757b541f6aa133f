"""Queries as people write them: any string is one, limits hold exactly, and what was made of it is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from word_vectors import WordTokens

from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.errors import UsageError
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Appearance, Filters, Paper
from assistant.retrieval.spelling import meant
from assistant.retrieval.understanding import joined
from assistant.text import tokens
from assistant.text.acronyms import meanings

SUBJECTS = ["kidney", "language", "graph", "protein", "causal", "speech", "retrieval", "malaria", "quantum", "teaching"]
SAYINGS = ["grows with age", "is hard to measure", "was found in mice", "beats the baseline", "needs more data"]
AUTHORS = ["Ada Lovelace", "Grace Hopper", "Kurt Gödel", "Émilie du Châtelet"]
SOURCES = ["refs.bib", "page.txt", "zotero.ris"]
TAGS = ["read", "later", "key"]


def paper(i: int) -> Paper:
    rng = random.Random(i)
    a, b = rng.sample(SUBJECTS, 2)
    said = " ".join(f"The {rng.choice([a, b])} model {rng.choice(SAYINGS)}." for _ in range(4))
    return Paper(
        title=f"{a.title()} and {b} number{i}", abstract=f"{said} We report case{i}.",
        year=rng.choice([None, *range(2005, 2025)]), authors=tuple(rng.sample(AUTHORS, rng.choice([1, 2]))),
        tags=tuple(rng.sample(TAGS, rng.randint(0, 2))), appearances=(Appearance(rng.choice(SOURCES), i + 1),),
    )


def assistant_over(home: Path, papers: list[Paper], dimension: int = 256) -> Assistant:
    embedder = WordTokens(dimension=dimension)
    library = Library.open(home)
    made = Assistant(Settings(home=home), library, Index.open(home, library, embedder), embedder)
    made.ingest_papers(papers)
    return made


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with assistant_over(tmp_path_factory.mktemp("shelf"), [paper(i) for i in range(120)]) as made:
        yield made


# --------------------------------------------------------------------------- limits, exactly


def a_query(rng: random.Random) -> tuple[str, str, Filters, list[str], list[str]]:
    """A query with limits, its words alone, and what it should be limited to."""
    words = f"{rng.choice(SUBJECTS)} {rng.choice(SAYINGS)} {rng.choice(SUBJECTS)}"
    parts, bare = [words], [words]
    limits, phrases, excluded = Filters(), list[str](), list[str]()
    if rng.random() < 0.5:
        low, high = sorted(rng.sample(range(2003, 2027), 2))
        way = rng.randrange(6)
        text, years = [
            (f"year:{low}..{high}", (low, high)), (f"year:{low}", (low, low)), (f"year:>={low}", (low, None)),
            (f"since {low}", (low, None)), (f"before {high}", (None, high - 1)),
            (f"between {low} and {high}", (low, high)),
        ][way]
        parts.append(text)
        limits = replace(limits, year_from=years[0], year_to=years[1])
    if rng.random() < 0.4:
        chosen = rng.sample([("hopper", "hopper"), ('"Ada Lovelace"', "Ada Lovelace"), ("godel", "godel"), ("x", "x")],
                            rng.choice([1, 2]))
        parts += [f"author:{text}" for text, _ in chosen]
        limits = replace(limits, authors=tuple(name for _, name in chosen))
    if rng.random() < 0.3:
        parts.append(f"source:{(source := rng.choice(SOURCES))}")
        limits = replace(limits, sources=(source,))
    if rng.random() < 0.3:
        parts.append(f"tag:{(tag := rng.choice([*TAGS, 'READ']))}")
        limits = replace(limits, tags=(tag,))
    if rng.random() < 0.3:
        phrases.append(rng.choice(SAYINGS))
        parts.append(f'"{phrases[0]}"')
        bare.append(phrases[0])
    if rng.random() < 0.3:
        excluded.append(rng.choice(SUBJECTS))
        parts.append(f"-{excluded[0]}")
    order = list(range(1, len(parts)))
    rng.shuffle(order)
    return " ".join([parts[0], *(parts[i] for i in order)]), " ".join(bare), limits, phrases, excluded


def queries_with_limits_are_exact(shelf: Assistant, count: int) -> None:
    rng = random.Random(11)
    everything = {p.id: p for p in shelf.papers()}
    words_of = {i: f" {' '.join(tokens(f'{p.title} . {p.abstract}'))} " for i, p in everything.items()}
    ranked: dict[str, list[tuple[str, float]]] = {}
    some = 0
    for _ in range(count):
        query, bare, limits, phrases, excluded = a_query(rng)
        given = Filters(tags=(rng.choice(TAGS),)) if rng.random() < 0.2 else Filters()
        k = rng.choice([1, 5, 120])
        asked = shelf.understood(query, given)
        hits = [(h.paper_id, h.score) for h in shelf.search(query, k=k, filters=given)]
        if len({o.text for o in asked.limits if o.plain}) < sum(w in query for w in ("since ", "before ", "between ")):
            # A year in plain words that nothing passes is taken off, and that is said.
            assert asked.findings[0].kind == "limit"
            assert not shelf.papers(joined(given, limits, shelf._library))
            limits = replace(limits, year_from=None, year_to=None)
            bare = asked.text
        if bare not in ranked:
            ranked[bare] = [(h.paper_id, h.score) for h in shelf.search(bare, k=120, literal=True)]
        expected = [
            (i, score) for i, score in ranked[bare]
            if limits.allows(everything[i]) and given.allows(everything[i])
            and all(f" {p} " in words_of[i] for p in phrases) and not any(f" {w} " in words_of[i] for w in excluded)
        ][:k]
        assert [i for i, _ in hits] == [i for i, _ in expected], query
        assert [s for _, s in hits] == pytest.approx([s for _, s in expected], abs=1e-5)
        some += bool(hits)
    assert some > count / 5


def test_limits_in_a_query_are_exact_and_reorder_nothing(shelf: Assistant) -> None:
    queries_with_limits_are_exact(shelf, 200)


def test_limits_that_nothing_passes_together_are_said_plainly(shelf: Assistant) -> None:
    given = Filters(tags=(TAGS[0],))
    asked = shelf.understood("kidney tag:nowhere", given)
    assert shelf.search("kidney tag:nowhere", filters=given) == []
    assert "limits together" in shelf.obstacle(asked.filters)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_limits_in_10000_queries_are_exact_and_reorder_nothing(shelf: Assistant) -> None:
    queries_with_limits_are_exact(shelf, 10_000)


# --------------------------------------------------------------------------- any string is a query

PIECES = [
    '"', "“", "”", "'", "-", "--", "author:", "year:", "year:2019..", "year:..", "year:>=", "tag:", "source:", '"a',
    "-a", "year:99999999999999999999", "since 2020", "before", "between 2020 and 1999", ":", "()", "AND", "OR", "NOT",
    "*", "~2", "^5", "\\", "/", "[", "]", "{", "}", "+", "kidney", "model", "\x00", "\x1b[2J", "\u202e", "\u200f",
    "مرحبا بالعالم", "שלום", "量子力学", "🤖🧬", "👩\u200d🔬", "\ud800", "\ufeff", "é" * 40, "a" * 3000, "\n", "\t",
    "<script>", "%s", "{0}", "$x$", "'; DROP TABLE papers; --", "VAE", "kidny", "1e308", "٢٠٢٠",
]
STRINGS = st.one_of(
    st.text(max_size=60), st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.tuples(st.sampled_from(PIECES), st.integers(1, 2000)).map(lambda t: (t[0] * t[1])[:5000]),
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def a_query_it_is(shelf: Assistant, text: str) -> None:
    asked = shelf.understood(text)
    assert all("\n" not in note and note.endswith((".", "?", ".)")) for note in asked.notes) or not text.isprintable()
    hits = shelf.search(text, k=3)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(0 <= hit.score <= 1 + 1e-6 for hit in hits)
    assert shelf.search(text, k=3, ignored=[o.text for o in asked.limits]) is not None
    assert asked.to_dict() is not None


@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(text=STRINGS)
def test_any_string_is_a_query(shelf: Assistant, text: str) -> None:
    a_query_it_is(shelf, text)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None, suppress_health_check=QUIET)
@given(text=STRINGS)
def test_any_of_20000_strings_is_a_query(shelf: Assistant, text: str) -> None:
    a_query_it_is(shelf, text)


@pytest.mark.parametrize(
    "text", ["kidney " * 15_000, '"' * 100_000, "-" * 100_000, "author:" * 15_000, "x" * 100_000, '"a ' * 33_000,
             "since 2020 " * 9_000, "(" * 100_000, "word-" * 20_000, "🤖" * 50_000, "year:2020 " * 10_000],
    ids=lambda text: f"{text[:8]!r}",
)
def test_a_pasted_book_is_a_query(shelf: Assistant, text: str) -> None:
    a_query_it_is(shelf, text)


# --------------------------------------------------------------------------- what is said


def test_the_limits_of_a_query_are_told_and_can_be_taken_off(shelf: Assistant) -> None:
    asked = shelf.understood('kidney author:hopper since 2015 "found in mice" -malaria')
    assert [(o.kind, o.value) for o in asked.limits] == [
        ("author", "hopper"), ("phrase", "found in mice"), ("excluded", "malaria"), ("year", "2015.."),
    ]
    assert asked.filters == Filters(year_from=2015, authors=("hopper",))
    freed = shelf.understood("kidney author:hopper since 2015", ignored=["since 2015", "author:hopper"])
    assert (freed.filters, freed.limits) == (Filters(), ())
    assert freed.text == "kidney author:hopper since 2015"
    assert shelf.understood("kidney since 2015", literal=True).filters == Filters()


def test_papers_left_out_for_want_of_a_year_are_counted(shelf: Assistant) -> None:
    lacking = sum(p.year is None for p in shelf.papers())
    assert shelf.understood("kidney since 2015").notes == (
        f"{lacking} papers have no year and are left out by the limit on years.",
    )


def test_a_year_in_plain_words_never_silently_leaves_nothing(tmp_path: Path) -> None:
    undated = [replace(paper(i), year=None) for i in range(30)]
    with assistant_over(tmp_path, undated) as made:
        asked = made.understood("kidney models since 2020")
        (said,) = asked.notes
        assert said == "No paper here passes “since 2020” (30 of 30 have no year). Searched without that limit."
        assert made.search("kidney models since 2020")
        assert made.search("kidney year:2020..") == [], "an operator means what it says"
        assert made.understood("kidney year:2020..").notes == (
            "No paper here passes year:2020.. (30 of 30 have no year).",
        )
        answer = made.ask("Which kidney models were found in mice since 2020?")
        assert any(f.kind == "limit" for f in answer.findings)


def test_limits_alone_list_what_passes(shelf: Assistant) -> None:
    hits = shelf.search("author:hopper year:2010..2020 -kidney", k=120)
    assert hits
    assert [h.paper_id for h in hits] == [
        p.id for p in shelf.papers(Filters(2010, 2020, ("hopper",))) if "kidney" not in (p.title + p.abstract).lower()
    ]
    assert shelf.search("  ") == shelf.search("?!") == []


def test_the_callers_limits_and_the_querys_both_hold(shelf: Assistant) -> None:
    hits = shelf.search("model tag:read", k=120, filters=Filters(tags=("key",), year_from=2010))
    assert hits
    assert all({"read", "key"} <= set(shelf.paper(h.paper_id).tags) for h in hits)
    assert shelf.search("model year:2005..2009", filters=Filters(year_from=2010)) == []


def test_the_retriever_reads_limits_too(shelf: Assistant) -> None:
    found = shelf.as_retriever(k=50).invoke("kidney author:lovelace year:2010..")
    assert found
    assert all(document.metadata["year"] >= 2010 for document in found)


def test_no_hits_less_than_one(shelf: Assistant) -> None:
    with pytest.raises(UsageError):
        shelf.search("kidney", k=0)


# --------------------------------------------------------------------------- slips and short forms


def test_a_slip_is_put_right_searched_and_told(shelf: Assistant) -> None:
    asked = shelf.understood("retreival baselne")
    assert [(c.word, c.meant, c.searched) for c in asked.corrections] == [
        ("retreival", "retrieval", True), ("baselne", "baseline", True),
    ]
    assert "Did you mean “retrieval”? That was searched too." in asked.notes[0]
    hits = shelf.search("retreival", k=3)
    assert all("retrieval" in h.matched for h in hits)
    assert not shelf.understood("retreival", literal=True).corrections


def test_many_slips_are_put_right_by_the_words_beside_them(tmp_path: Path) -> None:
    with assistant_over(tmp_path, [
        *(Paper(f"Sparse autoencoders {n}", f"Sparse autoencoders of proteins, case {n}.") for n in range(3)),
        *(Paper(f"Latent space {n}", f"A space of papers in use, case {n}.") for n in range(9)),
    ]) as shelf:
        asked = shelf.understood("papers sparce autoencodrs on prteins")
        assert asked.corrected(asked.text) == "papers sparse autoencoders on proteins"
        assert not shelf.understood("Welche Arbeiten behandeln maschinelles Verlernen").corrections


def test_a_name_of_several_words_is_put_right_where_a_paper_has_it(tmp_path: Path) -> None:
    papers = [Paper(f"Concentric Causal Attention {n}", "It helps to see.") for n in range(3)]
    with assistant_over(tmp_path, papers) as shelf:
        asked = shelf.understood("What does Concentrc Causal Atention mitigate?")
        assert asked.corrected(asked.text).startswith("What does Concentric Causal Attention")
        asked = shelf.understood("What does Concentrc Atention mitigate?")
        assert [c.searched for c in asked.corrections] == [False, False]


def test_words_that_are_words_are_left_alone(shelf: Assistant) -> None:
    for word in ("house", "mouse", "Hopper", "models", "trust"):
        assert shelf.understood(f"{word} kidney").corrections == (), word


@pytest.mark.parametrize(
    ("slip", "word"),
    [("transfomer", "transformer"), ("tarnsformer", "transformer"), ("atention", "attention"), ("graph", None),
     ("grpah", "graph"), ("xyzzy", None), ("the", None), ("tränsformer", "transformer"), ("once", None)],
)
def test_the_word_meant(slip: str, word: str | None) -> None:
    known = {"transformer": 9, "transform": 5, "attention": 7, "graph": 4, "graphs": 9, "oncel": 1}
    assert meant(slip, {w: n for w, n in known.items() if w != slip}) == (word if slip != "graph" else "graphs")


def test_short_forms_come_from_definitions_either_way_round() -> None:
    found = meanings([
        ("a", "We train a variational autoencoder (VAE) and two variational auto-encoders (VAEs)."),
        ("b", "The VAE (variational autoencoder) is used, as is chain-of-thought (CoT; Wei 2022)."),
        ("c", "Value at expiry (VAE) is priced. See the appendix (Figure 3), (which is long), and ()."),
    ])
    assert [(m.words, m.paper_ids) for m in found["VAE"]] == [
        ("variational autoencoder", ("a", "b")), ("Value at expiry", ("c",)),
    ]
    assert found["CoT"][0].words == "chain-of-thought"
    assert set(found) == {"VAE", "CoT"}


def test_short_forms_are_spelt_out_by_context_and_told(tmp_path: Path) -> None:
    papers = [
        Paper("Latent images", "A variational autoencoder (VAE) learns latent images.", doi="10.5555/a"),
        Paper("Latent speech", "Our variational autoencoder (VAE) learns latent speech.", doi="10.5555/b"),
        Paper("Bonds", "The value at expiry (VAE) of a bond depends on interest.", doi="10.5555/c"),
        Paper("Autoencoders of images", "A variational autoencoder learns.", doi="10.5555/d"),
        Paper("Gardens", "Roses are red and need water.", doi="10.5555/e"),
    ]
    with assistant_over(tmp_path, papers) as made:
        asked = made.understood("VAE images")
        assert [(e.short, e.words, e.others) for e in asked.expansions] == [
            ("VAE", "variational autoencoder", ("value at expiry",)),
        ]
        assert "VAE was also searched as “variational autoencoder”" in asked.notes[0]
        assert made.understood("interest on VAEs").expansions[0].words == "value at expiry"
        assert made.understood("vae").expansions[0].words == "variational autoencoder"
        assert "doi:10.5555/d" in [h.paper_id for h in made.search("VAE", k=4)]
        assert made.understood("variational autoencoder VAE").expansions == ()
        made.remove([p.id for p in papers[:2]])
        assert made.understood("VAE images").expansions[0].words == "value at expiry", "the library has changed"


def test_what_shares_no_word_with_the_library_is_told(shelf: Assistant) -> None:
    assert any("None of these words" in n for n in shelf.understood("Wie funktioniert Quantenverschränkung").notes)
    assert not any("None of these words" in n for n in shelf.understood("Wie funktioniert ein Model").notes)


def test_a_question_far_from_everything_is_told(tmp_path: Path) -> None:
    with assistant_over(tmp_path, [paper(i) for i in range(40)], dimension=4096) as made:
        assert made.understood("sourdough bread from Mongolia").little
        assert not made.understood("which kidney model was found in mice").little
        assert made.ask("sourdough bread from Mongolia").decision == "declined"
    with assistant_over(tmp_path / "few", [paper(i) for i in range(5)], dimension=4096) as made:
        assert not made.understood("sourdough bread from Mongolia").little, "too few papers to say what is usual"


# --------------------------------------------------------------------------- related, alike


def test_more_like_a_paper(shelf: Assistant) -> None:
    own = shelf.papers()[7]
    hits = shelf.related(own.id, k=5)
    assert [h.rank for h in hits] == [1, 2, 3, 4, 5]
    assert own.id not in {h.paper_id for h in hits}
    subject = own.title.split()[0].lower()
    assert subject in (hits[0].title + shelf.paper(hits[0].paper_id).abstract).lower()


def test_lookalikes_are_offered_merged_and_kept_apart(tmp_path: Path) -> None:
    text = "We present a long enough abstract on the folding of proteins in yeast under heat and pressure at sea."
    papers = [
        Paper("Protein folding in yeast: a study", text, ("A. Baker",), 2020, arxiv_id="2001.00001"),
        Paper("Protein Folding in Yeasts - A Study", text + " Now published.", ("Ann Baker",), 2021, doi="10.5555/pf"),
        Paper("Speech of whales", "Whales sing at night.", ("B. Cole",), 2019, doi="10.5555/w"),
        Paper("Speech of the whales", "", ("B. Cole",), 2019),
        Paper("Bread in the high Alps", "", doi="10.5555/b1"),
        Paper("Bread of the high Alps", "", doi="10.5555/b2"),
        Paper("Whale speech, part 1", "One.", ("B. Cole",), 2019, doi="10.5555/p1"),
        Paper("Whale speech, part 2", "Two.", ("B. Cole",), 2019, doi="10.5555/p2"),
    ]
    with assistant_over(tmp_path, papers) as made:
        pairs = made.lookalikes()
        assert [{p.one, p.other} for p in pairs] == [
            {papers[0].id, papers[1].id}, {papers[2].id, papers[3].id},
        ]
        joined_paper = made.merge([papers[0].id, papers[1].id])
        assert joined_paper.doi == "10.5555/pf"
        assert made.paper(papers[0].id) == made.paper(papers[1].id)
        made.keep_apart([papers[2].id, papers[3].id])
        assert made.lookalikes() == []
        made.ingest_papers(papers)
        assert len(made.papers()) == 7
        assert made.doctor().ok
        assert [h.title for h in made.search("protein folding yeast", k=1)] == [joined_paper.title]
        with pytest.raises(UsageError):
            made.merge([papers[0].id])
