"""Look-ups: asked only on request, and whatever a service does, the library is whole and one line says so."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lookup_server import (
    Asked,
    Reply,
    Services,
    arxiv,
    as_json,
    crossref,
    crossref_list,
    openalex,
    pubmed,
    serving,
)
from test_cli import litassist

from assistant import Assistant, Settings, lookups, open_assistant
from assistant.errors import ConfigError, ReadError, UsageError
from assistant.lookups.client import MAX_BYTES, Client, Unanswered, _followed, user_agent
from assistant.lookups.politeness import Pace, seconds_to_wait
from assistant.papers import Paper, Rejected

TIDES = "Tidal Attention for Sea Level Forecasts"
WORDS = "Sea level forecasts are hard near estuaries. Our model halves the error at 14 gauges."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Assistant]:
    with open_assistant(settings=Settings(home=tmp_path / "home")) as assistant:
        yield assistant


def looked_up(
    services: Services, *ids: str, papers: tuple[Paper, ...] = (), timeout: float = 5.0
) -> tuple[list[Paper], list[Rejected], list[float]]:
    """What is found, the lines, and the pauses before another try, which are not waited."""
    pauses: list[float] = []
    settings = services.settings(lookup_timeout_s=timeout)
    wanted = [w for w in lookups.asked_for(ids) if isinstance(w, lookups.Wanted)] + lookups.lacking_abstract(papers)
    client = Client(timeout, sleep=pauses.append)
    got = list(lookups.found(wanted, settings, client=client, today=lambda: date(2026, 5, 4)))
    return [p for p in got if isinstance(p, Paper)], [r for r in got if isinstance(r, Rejected)], pauses


# --------------------------------------------------------------------------- what is found


def test_a_doi_becomes_a_paper_and_the_next_service_gives_the_abstract(library: Assistant) -> None:
    with serving({"crossref": crossref("10.5555/tide.1", TIDES), "openalex": openalex("10.5555/tide.1", TIDES, WORDS)}
                 ) as services:
        library.settings = services.settings(home=library.settings.home)
        report = library.look_up("https://doi.org/10.5555/TIDE.1")
        again = library.look_up("10.5555/tide.1")
    paper = library.paper("doi:10.5555/tide.1")
    assert (report.entries, report.added, report.rejected, report.without_abstract) == (2, 1, (), ())
    assert (again.added, again.updated, again.unchanged) == (0, 0, 1)
    assert (paper.title, paper.abstract, paper.venue, paper.year) == (TIDES, WORDS, "Journal of Invented Tides", 2021)
    today = date.today().isoformat()
    assert paper.sources == (f"looked up at Crossref on {today}", f"looked up at OpenAlex on {today}")
    assert library.search("sea level estuaries")[0].paper_id == paper.id


def test_each_kind_of_identifier_goes_to_its_service_and_many_ids_in_one_request() -> None:
    with serving({
        "arxiv": arxiv(("2401.00001", "One", "First words."), ("math/0309136", "Two", "Second words.")),
        "pubmed": pubmed(("11", "Eleven", "Third words."), ("12", "Twelve", "Fourth words.")),
    }) as services:
        papers, lines, _ = looked_up(services, "arXiv:2401.00001v3 math.GT/0309136", "PMID: 11, pmid:12")
    assert sorted(services.names()) == ["arxiv", "pubmed"]
    assert services.asked[0].params == {"id_list": "2401.00001,math/0309136", "max_results": "2"}
    assert services.asked[1].params["id"] == "11,12"
    assert [(p.title, bool(p.abstract)) for p in papers] == [
        ("One", True), ("Two", True), ("Eleven", True), ("Twelve", True),
    ]
    assert {p.note for p in papers} == {""}, "the note is the reader's own"
    assert lines == []


def test_what_one_service_says_opens_the_next() -> None:
    with serving({
        "crossref": crossref("10.5555/gut.1", "Gut Signals"),
        "openalex": openalex("10.5555/gut.1", "Gut Signals", pmid="99"),
        "pubmed": pubmed(("99", "Gut Signals", "It was found in the gut.")),
    }) as services:
        papers, lines, _ = looked_up(services, "10.5555/gut.1")
    assert services.names() == ["crossref", "openalex", "pubmed"]
    assert papers[-1].abstract == "It was found in the gut."
    assert lines == []


def test_nothing_more_is_asked_once_there_is_an_abstract() -> None:
    with serving({"crossref": crossref("10.5555/a", TIDES, WORDS)}) as services:
        papers, _, _ = looked_up(services, "10.5555/a")
    assert services.names() == ["crossref"]
    assert papers[0].abstract == WORDS


def test_a_paper_that_nobody_knows_is_one_line() -> None:
    with serving({}) as services:
        papers, lines, pauses = looked_up(services, "10.5555/none")
    assert papers == []
    assert [(r.source, r.where, r.kept) for r in lines] == [("Crossref and OpenAlex", "10.5555/none", False)]
    assert "no such record" in lines[0].reason
    assert pauses == [], "what is not there is not asked for again"


def test_a_record_without_abstract_anywhere_is_kept_and_said() -> None:
    with serving({"crossref": crossref("10.5555/a", TIDES)}) as services:
        papers, lines, _ = looked_up(services, "10.5555/a")
    assert [p.title for p in papers] == [TIDES]
    assert [(r.source, r.kept) for r in lines] == [("Crossref and OpenAlex", True)]
    assert "title only" in lines[0].reason


# --------------------------------------------------------------------------- papers without an abstract


def test_only_papers_without_abstract_are_asked_about(library: Assistant) -> None:
    library.ingest_papers([
        Paper("Has Words", "Some words of its own.", doi="10.5555/has"),
        Paper(TIDES, doi="10.5555/tide.1", authors=("Mira Okafor",)),
    ])
    with serving({"crossref": crossref("10.5555/tide.1", TIDES, WORDS)}) as services:
        library.settings = services.settings(home=library.settings.home)
        report = library.look_up_abstracts()
        assert library.look_up_abstracts().entries == 0
    assert [a.what for a in services.asked] == ["10.5555/tide.1"]
    assert (report.added, report.updated) == (0, 1)
    assert library.paper("doi:10.5555/tide.1").abstract == WORDS


def test_a_record_with_another_title_is_not_merged_into_the_library() -> None:
    known = Paper("On Something Else Entirely", doi="10.5555/tide.1")
    with serving({"crossref": crossref("10.5555/tide.1", TIDES, WORDS)}) as services:
        papers, lines, _ = looked_up(services, papers=(known,))
    assert papers == []
    assert "another title" in lines[0].reason
    assert lines[0].kept


def test_a_paper_without_identifier_is_found_by_its_title_when_it_is_surely_the_same() -> None:
    right = crossref("10.5555/tide.1", TIDES, WORDS)
    other = crossref("10.5555/other", TIDES + " Revisited", "Other words.")
    with serving({"crossref": crossref_list(other, right)}) as services:
        papers, _, _ = looked_up(services, papers=(Paper(TIDES, authors=("Okafor, M.",)),))
        assert [p.doi for p in papers] == ["10.5555/tide.1"]
        for unsure in (Paper(TIDES, authors=("Ana Sousa",)), Paper(TIDES, year=1999)):
            papers, lines, _ = looked_up(services, papers=(unsure,))
            assert (papers, lines[0].kept) == ([], True)
        twice = (Paper(TIDES, authors=("Okafor, M.",)), Paper(TIDES, authors=("Sousa, A.",)))
        assert lookups.lacking_abstract(twice) == [], "whose abstract it is could not be told"
    assert services.asked[0].params["query.bibliographic"] == TIDES


def test_what_was_answered_before_a_stop_is_kept(library: Assistant) -> None:
    library.ingest_papers([Paper(f"Tidal Study {n}", doi=f"10.5555/{n}") for n in range(60)])
    quick = (("X-Rate-Limit-Limit", "1000"), ("X-Rate-Limit-Interval", "1s"))

    def script(asked: Asked) -> Reply:
        number = asked.what.rpartition("/")[2]
        return replace(crossref(asked.what, f"Tidal Study {number}", WORDS), headers=quick)

    def stop(stage: str, count: int, total: int | None) -> None:
        if stage == "looked up" and count >= 50:
            raise KeyboardInterrupt

    with serving(script) as services:
        library.settings = services.settings(home=library.settings.home)
        with pytest.raises(KeyboardInterrupt):
            library.look_up_abstracts(progress=stop)
        assert sum(bool(p.abstract) for p in library.papers()) == 40
        before = len(services.asked)
        library.look_up_abstracts()
    assert len(services.asked) == before + 20, "only what is still lacking is asked for again"
    assert all(p.abstract for p in library.papers())


# --------------------------------------------------------------------------- services that go wrong


BAD = {
    "a web page": (Reply(b"<!DOCTYPE html><html><body>Sign in</body></html>"), "web page", 1),
    "truncated": (Reply(crossref("10.5555/a", TIDES).body[:80]), "breaks off", 1),
    "not JSON": (Reply(b"\xff\xfe\x00"), "not text", 1),
    "empty": (Reply(b""), "breaks off", 1),
    "deep": (Reply(b"[" * 100_000), "breaks off", 1),
    "no title": (as_json({"message": {"DOI": "10.5555/a"}}), "no record with a title", 1),
    "another record": (crossref("10.5555/b", "Another Work"), "another record (10.5555/b)", 1),
    "an error": (Reply(status=500), "it failed (500)", 3),
    "a gateway": (Reply(status=503, headers=(("Retry-After", "2"),)), "it failed (503)", 3),
    "a short pause": (Reply(status=429, headers=(("Retry-After", "7"),)), "(429)", 3),
    "a long pause": (Reply(status=429, headers=(("Retry-After", "3600"),)), "of 3600 s; try again later", 1),
    "refused": (Reply(status=403), "refused the request (403)", 1),
    "a bad request": (Reply(status=400), "could not use the request (400)", 1),
    "compressed": (Reply(b"x", headers=(("Content-Encoding", "gzip"),)), "compressed", 1),
    "said to be huge": (Reply(b"x", headers=(("Content-Length", str(MAX_BYTES + 1)),)), "larger than", 1),
    "a loop": (Reply(status=302, headers=(("Location", "/crossref/loop"),)), "one address to another", 4),
    "another scheme": (Reply(status=302, headers=(("Location", "file:///etc/passwd"),)), "not followed", 1),
    "to this machine": (Reply(status=302, headers=(("Location", "https://127.0.0.1:1/x"),)), "not followed", 1),
    "to nowhere": (Reply(status=302), "not followed", 1),
}


@pytest.mark.parametrize("what", BAD)
def test_a_service_that_fails_costs_its_field_and_a_line(what: str) -> None:
    bad, reason, tries = BAD[what]
    with serving({"crossref": bad, "openalex": openalex("10.5555/a", TIDES, WORDS)}) as services:
        papers, lines, _ = looked_up(services, "10.5555/a")
    assert services.names() == ["crossref"] * tries + ["openalex"]
    assert [(p.title, p.abstract) for p in papers] == [(TIDES, WORDS)]
    assert len(lines) == 1
    assert (lines[0].source, lines[0].where, lines[0].kept) == ("Crossref", "10.5555/a", True)
    assert reason in lines[0].reason
    assert "\n" not in lines[0].reason


def test_an_endless_answer_is_cut_off() -> None:
    with serving({"crossref": Reply(b"[" + b" " * 65536, endless=True)}) as services:
        papers, lines, _ = looked_up(services, "10.5555/a", timeout=20)
    assert papers == []
    assert "larger than 16 MB" in lines[0].reason


@pytest.mark.parametrize("reply", [Reply(stalls=True), Reply(drips=True)], ids=["silent", "a byte now and then"])
def test_a_slow_service_is_left_alone_after_three_tries(reply: Reply) -> None:
    with serving({"crossref": reply, "openalex": openalex("10.5555/a", TIDES, WORDS)}) as services:
        papers, lines, pauses = looked_up(services, "10.5555/a", "10.5555/b", timeout=0.3)
    assert services.names() == ["crossref"] * 3 + ["openalex"] * 2
    assert pauses == [1.0, 2.0]
    assert [p.title for p in papers] == [TIDES]
    assert "within 0.3 s" in lines[0].reason


def test_a_service_that_is_not_there_is_one_line_for_all_papers() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = Services(f"http://127.0.0.1:{closed.getsockname()[1]}")
    ids = [f"10.5555/{n}" for n in range(40)]
    papers, lines, pauses = looked_up(nowhere, *ids)
    assert papers == []
    assert len(pauses) == 4, "each service is tried three times for the first paper, and then no more"
    assert [r.source for r in lines] == ["Crossref", "OpenAlex"]
    assert lines[0].where == "10.5555/0, 10.5555/1, 10.5555/2 and 37 more"
    assert lines[0].reason == "it can't be reached from here; nothing was added"


def test_a_pause_that_is_asked_for_is_kept_and_then_all_is_well() -> None:
    turn = [Reply(status=429, headers=(("Retry-After", "7"),)), crossref("10.5555/a", TIDES, WORDS)]
    with serving({"crossref": turn}) as services:
        papers, lines, pauses = looked_up(services, "10.5555/a")
    assert (len(papers), lines, pauses) == (1, [], [7.0])


def test_one_record_that_breaks_a_request_for_many_costs_only_itself() -> None:
    def script(asked: Asked) -> Reply:
        ids = asked.params.get("id", "").split(",")
        return Reply(status=400) if "13" in ids else pubmed(*((i, f"Number {i}", f"Words of {i}.") for i in ids))

    with serving(lambda asked: script(asked) if asked.service == "pubmed" else Reply(status=404)) as services:
        papers, lines, _ = looked_up(services, *(f"pmid:{n}" for n in range(10, 18)))
    assert sorted(p.pmid for p in papers) == ["10", "11", "12", "14", "15", "16", "17"]
    assert [(r.source, r.where) for r in lines] == [("PubMed", "PMID 13")]


def test_entities_in_xml_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    head = f'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b SYSTEM "file://{secret}">]>'
    body = head + arxiv(("2401.00001", "Laughs", "It is &a; and &b; here.")).body.decode().partition("?>")[2]
    with serving({"arxiv": Reply(body.encode())}) as services:
        papers, lines, _ = looked_up(services, "2401.00001")
    said = " ".join([*(p.abstract for p in papers), *(r.reason for r in lines)])
    assert "the secret" not in said
    assert "ha and" not in said


def test_a_redirect_within_the_site_is_followed() -> None:
    def script(asked: Asked) -> Reply:
        if asked.what == "10.5555/old":
            return Reply(status=301, headers=(("Location", "/crossref/new"),))
        return crossref("10.5555/old", TIDES, WORDS)

    with serving(script) as services:
        papers, lines, _ = looked_up(services, "10.5555/old")
    assert (len(papers), lines) == (1, [])


@pytest.mark.parametrize("to", [
    "http://api.example.org/x", "https://localhost/x", "https://10.0.0.8/x", "https://[::1]/x", "https://169.254.1.1/",
    "ftp://api.example.org/x", "https://printer.local/", "//127.0.0.1/x",
])
def test_redirects_that_are_never_followed(to: str) -> None:
    import httpx

    with pytest.raises(Unanswered, match="not followed"):
        _followed(httpx.URL("https://api.example.org/works/1"), to)


# --------------------------------------------------------------------------- manners


def test_the_pause_between_requests_is_kept_and_learnt() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    pace = Pace(3.0, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace.wait()
    now[0] += 10
    pace.wait()
    assert slept == [3.0, 3.0]
    pace.learn({"x-rate-limit-limit": "5", "x-rate-limit-interval": "1s"})
    assert pace.pause_s == 0.2
    for odd in ({"x-rate-limit-limit": "0", "x-rate-limit-interval": "1s"}, {"x-rate-limit-limit": "many"}, {}):
        pace.learn(odd)
    assert pace.pause_s == 0.2


def test_three_requests_to_arxiv_are_three_seconds_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.lookups import politeness

    slept: list[float] = []
    monkeypatch.setattr(politeness, "_paces", {})
    monkeypatch.setattr(politeness.Pace.__init__, "__kwdefaults__", {"clock": lambda: 50.0, "sleep": slept.append})
    many = [f"2401.{n:05d}" for n in range(1, 121)]
    with serving({"arxiv": arxiv(("2401.00001", "One", "Words."))}) as services:
        looked_up(services, *many)
    assert services.names().count("arxiv") == 3
    assert slept[:2] == [3.0, 6.0], "against a clock that stands still"


@given(st.text(max_size=40))
def test_any_retry_after_is_a_time_or_nothing(text: str) -> None:
    asked = seconds_to_wait(text)
    assert asked is None or asked >= 0


def test_retry_after_as_a_date() -> None:
    assert seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT", now=lambda: 1445412470.0) == 10.0
    assert seconds_to_wait("12") == 12.0
    assert seconds_to_wait("soon") is None


def test_a_persons_address_is_told_only_when_it_is_set() -> None:
    with serving({"pubmed": pubmed(("11", "Eleven", "Words."))}) as services:
        list(lookups.found([lookups.Wanted("PMID 11", {"pmid": "11"})], services.settings(mailto="me@example.org")))
        list(lookups.found([lookups.Wanted("PMID 11", {"pmid": "11"})], services.settings()))
    told, untold = services.asked
    assert told.headers["user-agent"].endswith("(mailto:me@example.org)")
    assert told.params["email"] == "me@example.org"
    assert "mailto" not in untold.headers["user-agent"]
    assert "email" not in untold.params
    assert "\n" not in user_agent("a@b.c\r\nX-Evil: 1")


def test_a_mirror_must_be_a_web_address() -> None:
    with pytest.raises(ConfigError, match="crossref_url"):
        Settings(crossref_url="crossref")


# --------------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(("pasted", "labels"), [
    ("10.5555/A.b(1)2", ["10.5555/a.b(1)2"]),
    ("see https://doi.org/10.5555/x%2Fy.", ["10.5555/x/y"]),
    ("doi: 10.5555/a; DOI:10.5555/b, 10.5555/a", ["10.5555/a", "10.5555/b"]),
    ("arXiv:2401.00001v2 https://arxiv.org/pdf/2401.00002v1.pdf", ["arXiv:2401.00001", "arXiv:2401.00002"]),
    ("10.48550/arXiv.2401.00003", ["arXiv:2401.00003"]),
    ("pmid: 12 PMID 13 https://pubmed.ncbi.nlm.nih.gov/14/", ["PMID 12", "PMID 13", "PMID 14"]),
    ("10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9",
     ["10.1002/(sici)1097-4571(199009)41:6<391::aid-asi1>3.0.co;2-9"]),
])
def test_identifiers_as_people_paste_them(pasted: str, labels: list[str]) -> None:
    assert [w.label for w in lookups.asked_for([pasted]) if isinstance(w, lookups.Wanted)] == labels


@given(st.lists(st.text(max_size=60), max_size=4))
def test_whatever_is_pasted_is_an_identifier_or_a_line(texts: list[str]) -> None:
    for item in lookups.asked_for(texts):
        assert isinstance(item, Rejected) or (item.label and all(item.ids.values()))


def test_what_is_no_identifier_is_a_line_and_the_rest_is_looked_up(library: Assistant) -> None:
    with serving({"crossref": crossref("10.5555/a", TIDES, WORDS)}) as services:
        library.settings = services.settings(home=library.settings.home)
        report = library.look_up(["10.5555/a", "Okafor (2021)"])
        assert [r.where for r in report.rejected] == ["Okafor", "(2021)"]
        with pytest.raises(ReadError, match="no DOI"):
            library.look_up("nonsense")
        with pytest.raises(UsageError, match="Nothing to look up"):
            library.look_up("  ")
    assert report.added == 1


# --------------------------------------------------------------------------- never unasked


def test_nothing_is_asked_of_the_network_by_reading_and_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[object] = []

    def refuse(_: socket.socket, address: object) -> None:
        reached.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    source = tmp_path / "papers.jsonl"
    source.write_text(json.dumps({"title": TIDES, "doi": "10.5555/tide.1"}) + "\n" + json.dumps(
        {"title": "Glowworm Routing", "abstract": "Glowworm lowers packet loss by 37%.", "pmid": "12"}) + "\n")
    with open_assistant(settings=Settings(home=tmp_path / "home")) as assistant:
        assistant.ingest([source])
        assistant.ask("By how much does Glowworm lower packet loss?")
        assistant.search(TIDES)
        assistant.doctor()
    assert reached == []


# --------------------------------------------------------------------------- the command line, real shapes


def test_the_command_line_looks_up(tmp_path: Path) -> None:
    with serving({"crossref": crossref("10.5555/a", TIDES, WORDS)}) as services:
        out = litassist("ingest", "--lookup", "10.5555/a", "10.5555/b", "--json", home=tmp_path, **services.env())
        report = json.loads(out.stdout)
        assert (report["added"], [r["where"] for r in report["rejected"]]) == (1, ["10.5555/b"])
        failed = litassist("papers", "lookup", "10.5555/b", home=tmp_path, code=1, **services.env())
        assert "another record (10.5555/a)" in failed.stderr
        out = litassist("papers", "lookup", "--missing-abstracts", home=tmp_path, **services.env())
        assert "has an abstract" in out.stdout
        assert litassist("papers", "lookup", home=tmp_path, code=2).stderr


@pytest.mark.parametrize(("service", "folder", "kind"), [
    ("crossref", "crossref_json", "doi"), ("openalex", "openalex_json", "doi"), ("pubmed", "pubmed_xml", "pmid"),
    ("arxiv", "arxiv_atom", "arxiv"),
])
def test_the_services_own_shapes_are_read(shared: Path, service: str, folder: str, kind: str) -> None:
    from assistant.papers import identifiers
    from assistant.readers import read

    some = 0
    found = (shared / "samples" / "references" / folder).rglob("*")
    for file in sorted(p for p in found if p.suffix in (".json", ".xml"))[:40]:
        wanted = {ids[kind]: p for p in read(file) if isinstance(p, Paper) and (ids := identifiers(p)).get(kind)}
        if not wanted or file.stat().st_size > 1_000_000:
            continue
        number, known = next(iter(wanted.items()))
        label = f"arXiv:{number}" if kind == "arxiv" else f"pmid:{number}" if kind == "pmid" else number
        settings = {service: Reply(file.read_bytes())} if service != "openalex" else {
            "openalex": Reply(file.read_bytes()), "crossref": Reply(status=404)}
        with serving(settings) as services:
            papers, _, _ = looked_up(services, label)
        assert any(p.title == known.title for p in papers), file.name
        some += 1
    assert some >= 5, folder
