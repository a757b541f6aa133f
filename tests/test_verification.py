"""Each sentence is held against its sources: numbers, units, names, negation, the rest of the words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planting import KINDS, planted

from assistant.answering.wording import readable
from assistant.verification import verdict
from assistant.verification.polarity import opposition

SOURCE = (
    "Our results demonstrate the superiority of VDR over previous retrievers, achieving an 8.7% improvement in "
    "NDCG@10 on the BEIR benchmark, a 5.3% increase on MS COCO, and it runs 5 700 times faster on eight data sets "
    "without labels."
)

RIGHT = [
    "We train QuarkNet on 40 million synthetic tables and it improves the accuracy by 12% on six public data sets.",
    "The MIRFAK model reduces the error by 3.5% and is 20 times faster than boosted trees on ImageNet.",
    "Our study with 48 participants shows that people prefer TangoFlow to a grid of images.",
    "DeltaPrune removes 90% of the weights of BERT and the accuracy does not fall on any of four tasks.",
    "HexaBench holds 1,200 questions in five languages and is available to all researchers.",
    "We show that KUMO-3 can answer questions in 41.97 ms without access to a search engine.",
    "Retrieval with BORIS increases recall by 8 points over BM25 while memory is reduced to 2 GB.",
    "The four failure modes of DALL-E are found by an adversarial search over 300 prompts.",
    "GraphCast outperforms the operational system on 90% of 1380 targets at lead times of ten days.",
    "Pruning the heads of Llama leads to lower recall and does not affect fluency in three languages.",
]


@pytest.mark.parametrize(
    "sentence",
    [
        "VDR achieves an 8.7% improvement in NDCG@10 on BEIR.",
        "VDR runs 5,700 times faster.",
        "VDR runs 5.7k times faster on 8 data sets.",
        "Their results demonstrate the superiority of VDR over previous retrievers.",
        "In “A paper”: VDR achieves an 8.7% improvement in NDCG@10 on the BEIR benchmark.",
        "VDR achieves a 5.3% increase on MS COCO [2].",
    ],
)
def test_what_the_source_says_is_supported(sentence: str) -> None:
    found = verdict(sentence, [SOURCE])
    assert found.verdict == "supported"
    assert found.support
    assert not found.contradiction


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("VDR achieves an 8.9% improvement in NDCG@10 on BEIR.", "8.9%"),
        ("VDR achieves an improvement of 8.7 points in NDCG@10 on BEIR.", "8.7 points"),
        ("VDR runs 5 700% faster.", "5 700%"),
        ("LOREN achieves an 8.7% improvement in NDCG@10 on BEIR.", "LOREN"),
        ("VDR achieves an 8.7% improvement in MRR@10 on BEIR.", "MRR@10"),
        ("VDR runs faster on nine data sets.", "nine"),
    ],
)
def test_a_changed_number_unit_or_name_is_not_supported(sentence: str, missing: str) -> None:
    found = verdict(sentence, [SOURCE], lambda a, b: [[1.0] * len(b) for _ in a])
    assert found.verdict == "unsupported"
    assert missing in found.missing
    assert missing in sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "VDR does not achieve an 8.7% improvement in NDCG@10 on the BEIR benchmark.",
        "VDR achieves an 8.7% reduction in NDCG@10 on the BEIR benchmark.",
        "VDR lowers NDCG@10 on BEIR by 8.7%.",
        "It runs 5 700 times slower on eight data sets without labels.",
        "It runs 5 700 times faster on eight data sets with labels.",
    ],
)
def test_a_turned_sentence_is_a_contradiction(sentence: str) -> None:
    found = verdict(sentence, [SOURCE])
    assert found.verdict == "unsupported"
    assert found.contradiction


def test_a_number_that_the_source_gives_for_something_else_is_noticed() -> None:
    assert verdict("VDR improves NDCG@10 on BEIR by 5.3%.", [SOURCE]).verdict != "supported"


def test_the_title_in_front_must_be_the_cited_papers() -> None:
    sentence = "In “Vocabularies as spaces”: VDR runs 5 700 times faster on eight data sets."
    assert verdict(sentence, [SOURCE, "Vocabularies as spaces"]).verdict == "supported"
    found = verdict(sentence, [SOURCE, "Reading maps"])
    assert (found.verdict, found.missing) == ("unsupported", ("Vocabularies as spaces",))


def test_other_words_are_partly_supported_and_meaning_can_make_up_for_words() -> None:
    sentence = "VDR beats earlier search engines on BEIR by wide margins of quality in retrievers."
    assert verdict(sentence, [SOURCE]).verdict in ("partial", "unsupported")
    paraphrase = "VDR achieves a higher NDCG@10 on the BEIR benchmark than older retrievers."
    near = verdict(paraphrase, [SOURCE], lambda a, b: [[0.9] * len(b) for _ in a])
    assert near.verdict == "supported"


def test_without_sources_or_words_nothing_is_supported() -> None:
    assert verdict("VDR wins.", []).verdict == "unsupported"
    assert verdict("", [SOURCE]).verdict == "unsupported"
    assert verdict("…", [SOURCE]).verdict == "unsupported"


def test_set_phrases_negate_nothing() -> None:
    assert opposition("It is not only fast but small.", "It is fast but small.") is None
    assert opposition("It is stable under noise.", "It is unstable under noise.") == ("stable", "unstable")


@pytest.mark.parametrize("kind", KINDS)
def test_planted_faults_are_caught(kind: str) -> None:
    rows = [(readable(s), s) for s in RIGHT]
    faults = [row for seed in range(8) for row in planted(rows, kind, seed=seed)]
    caught = [verdict(sentence, [source]).verdict != "supported" for sentence, source in faults]
    assert len(faults) >= 20
    assert sum(caught) / len(caught) >= (0.95 if kind in ("number", "unit", "paper") else 0.9)


def test_planting_is_the_same_every_time_and_changes_the_sentence() -> None:
    rows = [(s, s) for s in RIGHT]
    for kind in KINDS:
        assert planted(rows, kind, seed=3) == planted(rows, kind, seed=3)
        if kind != "paper":
            assert all(sentence != source for sentence, source in planted(rows, kind))
        else:
            assert all(sentence != source for sentence, source in planted(rows, kind))


def test_right_sentences_are_supported() -> None:
    assert {verdict(readable(s, "A title"), [s]).verdict for s in RIGHT} == {"supported"}


@pytest.mark.long
def test_planted_faults_in_the_pages(shared: Path) -> None:
    """200 sentences of the pages, each with every kind of fault."""
    import random

    from assistant.readers import read
    from assistant.text import sentences

    papers = [p for p in read(shared / "corpora" / "daily_papers") if hasattr(p, "abstract")]
    rows = []
    for paper in papers:
        for a, b in sentences(paper.abstract):
            if len(paper.abstract[a:b].split()) >= 8:
                rows.append((readable(paper.abstract[a:b]), paper.abstract[a:b]))
    random.Random(1).shuffle(rows)
    untouched = [verdict(sentence, [source]).verdict for sentence, source in rows[:200]]
    assert untouched.count("unsupported") / len(untouched) <= 0.05
    for kind in KINDS:
        faults = planted(rows, kind)
        caught = sum(verdict(sentence, [source]).verdict != "supported" for sentence, source in faults)
        assert caught / len(faults) >= (0.95 if kind in ("number", "unit", "paper") else 0.8), kind


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.lists(st.text(max_size=120), max_size=3))
def test_any_texts_have_a_verdict(sentence: str, sources: list[str]) -> None:
    assert verdict(sentence, sources).verdict in ("supported", "partial", "unsupported")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(RIGHT), st.integers(0, 60), st.integers(20, 200))
def test_exact_words_are_supported(source: str, start: int, length: int) -> None:
    words = source.split()
    piece = " ".join(words[start % len(words) :][:length])
    assert verdict(piece, [source]).verdict == "supported"
