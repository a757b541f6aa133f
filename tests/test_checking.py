"""A claim against its sources: what is verbatim stands, hard facts veto, the rest is scored, a reader decides."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planting import KINDS, planted
from servers import Reply, scripted

from assistant import Settings, backends, language
from assistant.checking import Source, Verdict, check, check_all
from assistant.checking.reading import located, read_claims
from assistant.checking.wording import opposed
from assistant.errors import BackendError


def retold(text: str) -> str:
    """A paper's sentence as somebody else tells it, word for word otherwise."""
    for own, other in (("We ", "The authors "), ("Our ", "Their "), (" we ", " they "), (" our ", " their ")):
        text = text.replace(own, other)
    return text


VERDICTS = ("supported", "partial", "unsupported")
SOURCE = Source(
    "Our results demonstrate the superiority of VDR over previous retrievers, achieving an 8.7% improvement in "
    "NDCG@10 on the BEIR benchmark, a 5.3% increase on MS COCO, and it runs 5 700 times faster on eight data sets "
    "without labels.",
    "Vocabularies as spaces",
    "We present Vocabulary Disentangled Retrieval (VDR). It was built with TELLO.",
)
TIDES = Source(
    "Ferrylight shortens the wait of passengers by 31.4% on the Sound line, whereas Quayplan needs full timetables.",
    "Ferrylight: Timetables from Tides",
    "Dynamic berth allocation (DBA) is the basis of Ferrylight.",
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
    "claim",
    [
        "it runs 5 700 times faster on eight data sets without labels",
        "VDR achieves an 8.7% improvement in NDCG@10 on BEIR.",
        "Their results demonstrate the superiority of VDR over previous retrievers.",
        "In “Vocabularies as spaces”: it runs 5 700 times faster on eight data sets without labels [2].",
        "The authors report that it “runs 5,700 times faster on eight data sets”.",
    ],
)
def test_the_sources_own_words_are_supported(claim: str) -> None:
    found = check(claim, [SOURCE])
    assert found.verdict == "supported"
    assert (found.missing, found.contradiction, found.vetoed) == ((), "", False)
    assert found.carried_by
    assert all(words in SOURCE.text for words in found.carried_by)
    assert found.needed == (0,)


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("VDR achieves an 8.9% improvement in NDCG@10 on BEIR.", "8.9%"),
        ("VDR achieves an improvement of 8.7 points in NDCG@10 on BEIR.", "8.7 points"),
        ("VDR runs 5 700% faster.", "5 700%"),
        ("LOREN achieves an 8.7% improvement in NDCG@10 on BEIR.", "LOREN"),
        ("VDR achieves an 8.7% improvement in MRR@10 on BEIR.", "MRR@10"),
        ("VDR runs faster on nine data sets.", "nine"),
        ("Two papers report that VDR is 5,700 times faster.", "Two"),
        ("VDR improves NDCG@10 by about a quarter of what was lost.", "a quarter of"),
        ("VDR improves NDCG@10 on BEIR by about 12%.", "12%"),
    ],
)
def test_a_number_or_name_that_no_source_holds_is_a_veto(claim: str, missing: str) -> None:
    found = check(claim, [SOURCE])
    assert (found.verdict, found.vetoed) == ("unsupported", True)
    assert missing in found.missing
    assert missing in claim
    assert found.chance < 0.2


@pytest.mark.parametrize(
    "claim",
    [
        "VDR runs 5.7k times faster on 8 data sets.",
        "Ferrylight shortens the wait of passengers by about 31%.",
        "Ferrylight shortens the wait of passengers by more than 30%.",
        "DBA in Ferrylight shortens the wait of passengers on the Sound line.",
        "Ferrylight is based on dynamic berth allocation.",
        "Two parts matter here: the Sound line and its passengers, whose wait Ferrylight shortens.",
        "One paper reports that Ferrylight shortens the wait.",
        "VDR, built with TELLO, beats previous retrievers on the BEIR benchmark.",
    ],
)
def test_rounding_that_is_said_names_of_the_paper_and_own_counts_are_no_veto(claim: str) -> None:
    found = check(claim, [SOURCE, TIDES])
    assert not found.vetoed
    assert found.missing == ()


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The pilot has not seen the harbours it is tested in.", "The pilot is tested in held-out harbours."),
        ("Heavier cargo barely changes the fuel that ships burn.", "Heavier cargo minimally impacts the fuel burnt."),
        ("The tide model lowers the RMSE of arrivals.", "The tide model brings improvements on RMSE of arrivals."),
        ("Of 95 berths 14 have no known owner.", "Of 95 berths 14 are without any known owner."),
        ("No harbour was closed during the storm.", "Harbours that were closed during the storm were absent."),
    ],
)
def test_other_words_for_the_same_are_no_contradiction(claim: str, text: str) -> None:
    assert check(claim, [Source(text)]).contradiction == ""


@pytest.mark.parametrize(
    "claim",
    [
        "VDR does not achieve an 8.7% improvement in NDCG@10 on the BEIR benchmark.",
        "VDR achieves an 8.7% reduction in NDCG@10 on the BEIR benchmark.",
        "It runs 5 700 times slower on eight data sets without labels.",
        "It runs 5 700 times faster on eight data sets with labels.",
    ],
)
def test_a_turned_sentence_is_a_contradiction_in_plain_words(claim: str) -> None:
    found = check(claim, [SOURCE])
    assert (found.verdict, found.vetoed) == ("unsupported", True)
    assert found.contradiction.endswith(".")
    assert "“" in found.contradiction


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("Quokka needs labels, whereas Bilby has a gauge.", "Bilby needs labels, whereas Quokka has a gauge."),
        ("The gull model fails to tell similar hulls apart.", "The gull model can tell similar hulls apart."),
        ("The error is highest in the first few steps.", "The error is highest in the final few steps."),
        ("The study relies on the Tern 650M model.", "The study relies on the Tern 8M model."),
        ("Masts show a lighthouse of basalt far inland.", "Masts show rigging patterns in timber from Sound wrecks."),
    ],
)
def test_swapped_reversed_outsized_and_invented_claims_are_not_supported(claim: str, text: str) -> None:
    assert check(claim, [Source(text)]).verdict != "supported"


def test_two_things_named_in_another_order_are_no_contradiction() -> None:
    assert not check("Quokka and Bilby plan berths by tide.", [Source("Bilby and Quokka plan berths by tide.")]).vetoed


def test_the_title_in_front_must_be_the_cited_papers() -> None:
    claim = "In “Reading maps”: it runs 5 700 times faster on eight data sets without labels."
    found = check(claim, [SOURCE])
    assert (found.verdict, found.missing) == ("unsupported", ("Reading maps",))


def test_citations_that_a_claim_does_not_need_are_trimmed() -> None:
    bystander = Source("Herring migrate along the shelf in late autumn.", "Herring")
    found = check("VDR achieves an 8.7% improvement in NDCG@10 on BEIR.", [bystander, Source("  "), SOURCE])
    assert found.needed == (2,)
    both = check("VDR beats previous retrievers on BEIR, and herring migrate in autumn.", [bystander, SOURCE])
    assert both.needed == (0, 1)


def test_without_sources_or_words_nothing_is_supported() -> None:
    for claim, sources in (("VDR wins.", []), ("", [SOURCE]), ("…", [SOURCE]), ("VDR wins.", [Source("")])):
        assert check(claim, sources).verdict == "unsupported"


def test_a_stronger_claim_has_less_of_a_chance() -> None:
    text = Source("Preliminary trials suggest that lamps along the pier may reduce collisions in some harbours.")
    plain = check("Lamps along the pier may reduce collisions in some harbours, trials suggest.", [text])
    strong = check("Trials prove that lamps along the pier always reduce collisions in all harbours.", [text])
    assert strong.chance < plain.chance - 0.2


def test_numbers_at_the_wrong_thing_have_less_of_a_chance() -> None:
    right = check("VDR gains 8.7% in NDCG@10 on BEIR and 5.3% on MS COCO.", [SOURCE])
    wrong = check("VDR gains 5.3% in NDCG@10 on BEIR and 8.7% on MS COCO.", [SOURCE])
    assert wrong.verdict != "supported"
    assert wrong.chance < right.chance


@pytest.mark.parametrize(
    ("source", "right", "wrong"),
    [
        ("The buoy sends its position without a satellite link, even in heavy storms.",
         "In heavy storms too, the buoy sends its position without a satellite link.",
         "In heavy storms too, the buoy sends its position by a satellite link."),
        ("Fog horns were heard by all crews, but lamps could not be seen by night crews.",
         "By the night crews no lamps could be seen.", "By the night crews the lamps could be seen."),
    ],
)
def test_what_is_negated_on_one_side_only_has_less_of_a_chance(source: str, right: str, wrong: str) -> None:
    cited = [Source(source, "Boats in fog")]
    assert check(wrong, cited).chance < check(right, cited).chance


def test_no_claims_have_no_verdicts() -> None:
    assert check_all([]) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("In all, 435 adults sailed.", "We asked 161 sailors, 134 rowers and 140 swimmers, all adults who sailed."),
        ("Five of the sailors left the trial.", "Of the 24 sailors, 19 completed the trial."),
        ("About 90 of the 149 boats leaked.", "More than 60% of the 149 boats leaked."),
        ("The fog bell is heard about four times as often.", "The fog bell is heard by 17%, the horn by 4%."),
        ("In 23 of 24 ports the lamp works.", "The lamp works in all but one of the ports (n = 24)."),
        ("In the bilge was Staphylococcus aureus.", "The bilge held S. aureus."),
        ("Sailors carrying Met149 were slower.", "Sailors carrying Met¹⁴⁹ were slower."),
        ("Money went to Ação da Cidadania, a Brazilian NGO.", "Money went to Ac¸ao ˜ da Cidadania (a Brazilian NGO)."),
        ("Money went to Acao da Cidadania.", "Money went to Ação da Cidadania."),
        ("The NMDAR–AMPAR discrepancy grew.", "The discrepancy of NMDARs and AMPARs grew."),
        ("The ratio PaO2/FIO2 rose.", "The ratio of PaO2 to the fraction of inspired oxygen (FIO2) rose."),
    ],
)
def test_what_follows_from_a_source_is_not_missing(claim: str, source: str) -> None:
    assert check(claim, [Source(source, "A title")]).missing == ()


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("In all, 436 adults sailed.", "We asked 161 sailors, 134 rowers and 140 swimmers, all adults who sailed."),
        ("The fog bell is heard seven times as often.", "The fog bell is heard by 17%, the horn by 4%."),
        ("About 120 of the 149 boats leaked.", "More than 60% of the 149 boats leaked."),
        ("Money went to a Bolivian NGO.", "Money went to Ac¸ao ˜ da Cidadania (a Brazilian NGO)."),
        ("The NMDAR–GABAR discrepancy grew.", "The discrepancy of NMDARs and AMPARs grew."),
        ("The boats were sorted by DockBERT.", "The boats were sorted by DockBARTs."),
        ("In the bilge was Salmonella aureus.", "The bilge held K. aureus."),
    ],
)
def test_what_does_not_follow_still_is(claim: str, source: str) -> None:
    assert check(claim, [Source(source, "A title")]).missing


def test_opposites_are_known_by_list_stem_and_prefix() -> None:
    for one, other in (("stable", "unstable"), ("increased", "decreased"), ("first", "final")):
        assert opposed(one, other)
    for one, other in (("stable", "stable"), ("art", "part")):
        assert not opposed(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_planted_faults_are_caught(kind: str) -> None:
    rows = [(retold(s), s) for s in RIGHT]
    faults = [row for seed in range(8) for row in planted(rows, kind, seed=seed)]
    caught = [check(claim, [Source(source)]).verdict != "supported" for claim, source in faults]
    assert len(faults) >= 20
    assert sum(caught) / len(caught) >= 0.95


def test_right_sentences_are_supported() -> None:
    assert {check(f"In “A title”: {retold(s)}", [Source(s, "A title")]).verdict for s in RIGHT} == {"supported"}


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=120), st.lists(st.tuples(st.text(max_size=120), st.text(max_size=30)), max_size=3))
def test_any_texts_have_a_verdict(claim: str, sources: list[tuple[str, str]]) -> None:
    found = check(claim, [Source(text, title, text[::-1]) for text, title in sources])
    assert found.verdict in VERDICTS
    assert 0 <= found.chance <= 1
    assert all(0 <= k < len(sources) for k in found.needed)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(RIGHT), st.integers(0, 60), st.integers(20, 200))
def test_exact_words_are_supported(source: str, start: int, length: int) -> None:
    words = source.split()
    piece = " ".join(words[start % len(words) :][:length])
    assert check(piece, [Source(source)]).verdict == "supported"


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(RIGHT), min_size=2, max_size=4, unique=True), st.sampled_from(RIGHT)
)
def test_the_order_of_sources_does_not_matter(texts: list[str], claim: str) -> None:
    said = claim.replace("accuracy", "quality").replace("shows", "finds").split(" and ")[0]
    sources = [Source(t, f"Title {t[:12]}") for t in texts]
    turned = list(reversed(sources))
    one, other = check(said, sources), check(said, turned)
    assert (one.verdict, round(one.chance, 9)) == (other.verdict, round(other.chance, 9))
    assert {sources[k].text for k in one.needed} == {turned[k].text for k in other.needed}


# --------------------------------------------------------------------------- a model that reads

FREE = Verdict("partial", 0.4, needed=(0, 1))
VETO = Verdict("unsupported", 0.03, ("99%",), vetoed=True)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "RETRIES", 0)


def reply(*rows: object) -> str:
    return json.dumps({"items": rows})


def row(i: object, verdict: object, span: object = "") -> dict[str, object]:
    return {"i": i, "verdict": verdict, "span": span}


def read(said: str | Reply, *had: Verdict) -> tuple[list[Verdict], str, int]:
    with scripted(said) as server:
        backend = backends.open_backend(server.spec, Settings(timeout_s=5))
        verdicts, labels = read_claims(backend, [(f"Claim {k}.", [SOURCE, TIDES], v) for k, v in enumerate(had)])
        assert [label.split("@")[0] for label in labels] == ["check"]
        return verdicts, server.shown(), len(server.requests)


def test_a_reader_decides_up_and_down_in_one_call_and_a_veto_stands() -> None:
    said = reply(
        row(1, "supported", "needs full  timetables"), row(2, "unsupported"),
        row(3, "supported", "the wait of passengers"), row(4, "partial", "8.7% improvement in ndcg@10"),
    )
    found, shown, calls = read(said, FREE, Verdict("supported", 0.8), VETO, FREE)
    assert [v.verdict for v in found] == ["supported", "unsupported", "unsupported", "partial"]
    assert all(v.read for v in found)
    assert found[0].carried_by == ("needs full timetables",)
    assert found[2].missing == ("99%",)
    assert calls == 1
    assert "Claim 3." in shown
    assert TIDES.text in shown


def test_a_span_that_no_source_holds_counts_as_unsupported() -> None:
    found, _, _ = read(reply(row(1, "supported", "passengers never wait"), row(2, "supported", "")), FREE, FREE)
    assert [(v.verdict, v.read) for v in found] == [("unsupported", True)] * 2


@pytest.mark.parametrize(
    "said",
    [
        'Here:\n```json\n{"items": [{"i": 1, "verdict": "Supported", "span": "on the Sound line"}]}\n```\nDone.',
        '[{"i": "1", "verdict": "supported", "span": "on the Sound line"}]',
        '{"i": 1, "verdict": "supported", "span": "on the Sound line"} {"i": 2, "verdict": "great", "span": 7}',
        '{"items": [{"i": 1, "verdict": "supported", "span": "on the Sound line"}, {"i": 2, "verd',
        '{"items": [{"i": 1, "verdict": "supported", "span": "on the Sound line"}, 7, null, {"i": 2}, {"i": 99}]}',
    ],
)
def test_replies_are_read_however_they_are_put_and_what_is_missing_stays(said: str) -> None:
    found, _, _ = read(said, FREE, FREE)
    assert (found[0].verdict, found[0].read) == ("supported", True)
    assert found[1] == FREE


@pytest.mark.parametrize("said", ["", "As a ferry, I like the tide.", "{{{{[[", "[1, 2]", '{"items": "none"}'])
def test_a_reply_that_says_nothing_changes_nothing(said: str) -> None:
    if said:
        assert read(said, FREE, VETO)[0] == [FREE, VETO]


def test_who_reads_overrules_words_that_seem_turned_round_and_no_number() -> None:
    turned = Verdict("unsupported", 0.03, contradiction="The sentence says “not”, the paper does not.", vetoed=True)
    said = reply(row(1, "supported", "the wait of passengers"), row(2, "supported", "passengers never wait"),
                 row(3, "supported", "the wait of passengers"), row(4, "partial", "the wait of passengers"))
    found, _, _ = read(said, turned, turned, VETO, turned)
    assert [v.verdict for v in found] == ["supported", "unsupported", "unsupported", "unsupported"]
    assert (found[0].contradiction, found[0].vetoed) == ("", False)
    assert found[1].contradiction


def test_a_name_by_its_capitals_yields_to_a_reader_and_one_by_its_form_does_not() -> None:
    soft = Verdict("unsupported", 0.03, ("Sound Ferry",), vetoed=True)
    hard = Verdict("unsupported", 0.03, ("FerryNet",), vetoed=True)
    span = "the wait of passengers"
    found, _, _ = read(reply(row(1, "supported", span), row(2, "supported", span), row(3, "unsupported")), soft, hard,
                       soft)
    assert [(v.verdict, v.vetoed) for v in found] == [("partial", False), ("unsupported", True), ("unsupported", True)]
    assert found[0].missing == soft.missing


def test_a_reader_says_what_is_not_there() -> None:
    said = reply({"i": 1, "verdict": "partial", "spans": ["the wait of passengers"], "lacks": "in  winter"})
    assert read(said, FREE)[0][0].lacks == "in winter"


def test_several_spans_carry_a_claim_and_an_invented_one_weakens_it() -> None:
    said = reply(
        {"i": 1, "verdict": "supported", "spans": ["the wait of passengers", "needs full timetables"]},
        {"i": 2, "verdict": "supported", "spans": ["the wait of passengers", "passengers never wait"]},
        {"i": 3, "verdict": "supported", "spans": ["it runs 5 700 times faster", "needs full timetables"]},
        {"i": 4, "verdict": "supported", "spans": []},
    )
    found, _, _ = read(said, FREE, FREE, FREE, FREE)
    assert [v.verdict for v in found] == ["supported", "partial", "supported", "unsupported"]
    assert found[0].carried_by == ("the wait of passengers", "needs full timetables")
    assert found[2].needed == (0, 1)


def test_the_reader_sees_each_abstract_once_and_whole_sentences_of_it() -> None:
    long = Source("Ferries ran.", "Long", "Ferries ran early. " + "The tide was high and low again. " * 100)
    rows = [("Claim one.", [SOURCE, long], FREE), ("Claim two.", [SOURCE, TIDES], FREE)]
    with scripted("{}") as server:
        backend = backends.open_backend(server.spec, Settings(timeout_s=5))
        read_claims(backend, rows, ("", "Row: Ferrylight; column: Wait"))
        shown = server.shown()
    assert shown.count(SOURCE.abstract) == 1
    assert f'<evidence for="names" paper="{SOURCE.title}">' in shown
    assert shown.index(TIDES.abstract) < shown.index("Item 1")
    assert "low again.\n</evidence>" in shown
    assert "Row: Ferrylight; column: Wait\nSentence 2: Claim two." in shown


@pytest.mark.parametrize(
    ("claim", "sources"),
    [
        ("Follow-up was every 3 to 4 weeks.", ["Follow-up took place at 3- to 4-week intervals."]),
        ("Follow-up was every 12 or 14 weeks.", ["A 12- or 14-week follow-up was made."]),
        ("The odds ratio was 4.9 (95% CI 2.1-8.0).", ["The odds ratio was 4.9 (95%CI 2.1–8.0)."]),
        ("There were 68 women.", ["Sixty‑eight women took part."]),
        ("The microRNAs miR-142-5p rise in the disease.", ["Levels of miR-142–5p rise in the disease."]),
        ("Ferritin was higher in cases than in controls without HBV infection.",
         ["Ferritin was higher in cases than in controls with infection.", "Those without HBV infection took part."]),
    ],
)
def test_the_same_numbers_names_and_negations_in_another_spelling_are_no_veto(claim: str, sources: list[str]) -> None:
    found = check(claim, [Source(text, "A title") for text in sources])
    assert (found.missing, found.contradiction, found.vetoed) == ((), "", False)


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("Follow-up was every 3 to 5 weeks.", "Follow-up took place at 3- to 4-week intervals.", "5 weeks"),
        ("The microRNAs miR-143-5p rise.", "Levels of miR-142–5p rise.", "microRNAs miR-143-5p"),
    ],
)
def test_another_number_or_name_in_another_spelling_still_is(claim: str, source: str, missing: str) -> None:
    assert missing in check(claim, [Source(source, "A title")]).missing


def test_a_backend_that_fails_says_so() -> None:
    with pytest.raises(BackendError):
        read(Reply(status=500), FREE)


def test_no_claims_ask_nothing() -> None:
    assert read_claims(None, []) == ([], [])


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("the wait of passengers", "the wait of passengers"),
        ("The WAIT\n of passengers by 31.4 %", "the wait of passengers by 31.4%"),
        ("Ferrylight shortens … on the Sound line", TIDES.text.split(",")[0]),
        ("wait", None),
        ("the wait of the passengers", None),
        ("", None),
        ("(.*)+", None),
    ],
)
def test_spans_are_located(span: str, words: str | None) -> None:
    found = located(span, [TIDES.text])
    assert found is None if words is None else found is not None and found[1].rstrip("%") == words.rstrip("%")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_any_reply_is_survived(said: str) -> None:
    class Echo:
        def stream(self, system: str, user: str, *, schema: object = None) -> list[str]:
            return [said]

    found, _ = read_claims(Echo(), [("Claim.", [TIDES], FREE)])
    assert found[0].verdict in VERDICTS


# --------------------------------------------------------------------------- on real sentences


def shared() -> Path:
    folder = Path(os.environ.get("LITASSIST_TEST_DATA", "../shared"))
    if not (folder / "claims" / "claims_dev.jsonl").exists():
        pytest.skip("the labelled claims are not here; LITASSIST_TEST_DATA names their folder")
    return folder


def labelled() -> list[tuple[str, list[Source], bool]]:
    rows = [json.loads(line) for line in (shared() / "claims" / "claims_dev.jsonl").read_text("utf-8").splitlines()]
    return [
        (r["sentence"], [Source(" ".join(c["sentences"]), c["title"]) for c in r["cites"]], r["label"] == "supported")
        for r in rows
    ]


def test_sentences_as_a_model_writes_them_are_told_apart() -> None:
    rows = labelled()
    found = check_all([(c, s) for c, s, _ in rows])
    shown = [v.verdict == "supported" for v in found]
    right = [x for x, (_, _, ok) in zip(shown, rows, strict=True) if ok]
    wrong = [x for x, (_, _, ok) in zip(shown, rows, strict=True) if not ok]
    assert sum(right) / len(right) >= 0.7
    assert sum(wrong) / len(wrong) <= 0.35


def test_ten_claims_are_checked_within_a_moment() -> None:
    rows = [(c, s) for c, s, _ in labelled()]
    check_all(rows[:10])
    took = []
    for k in range(10, 80, 10):
        start = time.perf_counter()
        check_all(rows[k : k + 10])
        took.append(time.perf_counter() - start)
    assert min(took) < 0.1, took


@pytest.mark.long
def test_planted_faults_in_the_pages() -> None:
    """200 sentences of the pages, each with every kind of fault."""
    import random

    from assistant.readers import read as read_papers
    from assistant.text import sentences

    papers = [p for p in read_papers(shared() / "corpora" / "daily_papers") if hasattr(p, "abstract")]
    rows = []
    for paper in papers:
        for a, b in sentences(paper.abstract):
            if len(paper.abstract[a:b].split()) >= 8:
                rows.append((retold(paper.abstract[a:b]), paper.abstract[a:b]))
    random.Random(1).shuffle(rows)
    untouched = [check(claim, [Source(source)]).verdict for claim, source in rows[:200]]
    assert "unsupported" not in untouched
    for kind in KINDS:
        faults = planted(rows, kind)
        caught = sum(check(claim, [Source(source)]).verdict != "supported" for claim, source in faults)
        print(kind, caught / len(faults))
        assert caught / len(faults) >= 0.98, kind


def test_every_list_of_words_is_used_and_no_word_is_empty() -> None:
    for name, found in language.table("checking").items():
        assert found, name
        assert all(found), name
