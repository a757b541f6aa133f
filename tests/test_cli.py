"""The command line's contract: JSON on standard output and nothing else, plain lines on standard error, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KEPT = ("LITASSIST_TEST_DATA", "LITASSIST_VECTOR_CACHE_MB")
"""Variables that a command gets of this process's; all others are as on a machine where nothing is set."""

PAPERS = [
    {
        "title": "Glowworm: Routing Packets by Bioluminescent Signals",
        "abstract": "We present Glowworm, a routing protocol inspired by insects. Glowworm lowers packet loss "
        "by 37% on the Harbor testbed. It needs no central clock.",
        "authors": ["Mira Okafor", "Jan de Vries"],
        "year": 2021,
        "doi": "10.5555/glow.1",
    },
    {
        "title": "Tidal Attention for Sea Level Forecasts",
        "abstract": "Sea level forecasts are hard near estuaries. Our model, TideFormer, attends over tidal cycles and "
        "halves the error of harmonic analysis at 14 gauges.",
        "authors": ["Lena Fischer"],
        "year": 2019,
    },
    {
        "title": "A Survey of Sourdough Microbiomes",
        "abstract": "We sequence 500 sourdough starters from four continents. Acetic acid bacteria explain most of the "
        "variation in aroma.",
        "authors": ["Ana Sousa"],
        "year": 2023,
    },
]


def litassist(*words: str, home: Path | None = None, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.cli", *(["--home", str(home)] if home else []), *words]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LITASSIST_") or k in KEPT}
    done = subprocess.run(command, capture_output=True, text=True, env={**clean, **env}, timeout=100)
    assert done.returncode == code, (words, done.returncode, done.stdout[-800:], done.stderr[-800:])
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    source = folder / "papers.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in PAPERS))
    report = json.loads(litassist("ingest", str(source), "--json", home=folder / "home").stdout)
    assert (report["entries"], report["papers"], report["added"], report["rejected"]) == (3, 3, 3, [])
    return folder / "home"


def test_ask_gives_the_contract_and_every_quote_is_verbatim(home: Path) -> None:
    out = litassist("ask", "By how much does Glowworm lower packet loss?", "--json", home=home).stdout
    answer = json.loads(out)
    for field in (
        "question",
        "answer",
        "abstained",
        "sentences",
        "citations",
        "related",
        "findings",
        "missing",
        "error",
        "backend",
        "usage",
        "timings",
        "fingerprint",
    ):
        assert field in answer
    assert "37%" in answer["answer"]
    assert not answer["abstained"]
    texts = {row["title"]: row["abstract"] for row in PAPERS}
    for citation in answer["citations"]:
        assert texts[citation["title"]][citation["start"] : citation["end"]] == citation["quote"]
    assert answer["citations"][0]["authors"] == ["Mira Okafor", "Jan de Vries"]
    assert all(s["citations"] for s in answer["sentences"])


def test_ask_says_when_the_library_does_not_say(home: Path) -> None:
    answer = json.loads(
        litassist("ask", "What is the boiling point of tungsten hexafluoride?", "--json", home=home).stdout
    )
    assert answer["abstained"]
    assert answer["citations"] == []


def test_ask_prints_sentences_and_sources(home: Path) -> None:
    out = litassist("ask", "By how much does Glowworm lower packet loss?", home=home).stdout
    assert "37%" in out
    assert "[1]" in out
    assert "Glowworm: Routing Packets" in out


def test_search_gives_ranked_hits_and_filters_hold(home: Path) -> None:
    hits = json.loads(litassist("search", "forecasting sea levels", "--json", home=home).stdout)
    assert hits[0]["title"].startswith("Tidal")
    assert [h["rank"] for h in hits] == list(range(1, len(hits) + 1))
    assert {"paper_id", "title", "score", "year", "snippet", "matched"} <= hits[0].keys()
    late = json.loads(litassist("search", "forecasting sea levels", "--from", "2020", "--json", home=home).stdout)
    assert all(h["year"] >= 2020 for h in late)


def test_search_reads_limits_and_says_what_it_made_of_the_query(home: Path) -> None:
    done = litassist("search", "sourdough aroma since 2022", "--json", home=home)
    assert [h["title"] for h in json.loads(done.stdout)] == [PAPERS[2]["title"]]
    assert "Limited to: year 2022.." in done.stderr
    freed = litassist("search", "sourdough aroma since 2022", "--ignore", "since 2022", "--json", home=home)
    assert len(json.loads(freed.stdout)) == 3
    assert "Limited" not in freed.stderr
    done = litassist("search", "sourdogh author:nobody", home=home)
    assert "No paper here passes author:nobody." in done.stdout
    assert "Did you mean “sourdough”?" not in litassist("search", "sourdogh", "--literal", home=home).stdout
    assert "Nothing found." in litassist("search", "--", "-\x1b[ \" …", home=home).stdout


def test_papers_are_related_merged_and_parted(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "papers.jsonl"
    again = {"title": "A survey of sourdough micro-biomes", "authors": ["Ana Sousa"], "year": 2023, "doi": "10.5555/s"}
    source.write_text("".join(json.dumps(row) + "\n" for row in [*PAPERS, again]))
    litassist("ingest", str(source), home=tmp_path / "home")
    listed = json.loads(litassist("papers", "list", "--json", home=tmp_path / "home").stdout)
    ids = {p["title"]: p["id"] for p in listed}
    one, other = ids[PAPERS[2]["title"]], ids[again["title"]]
    near = json.loads(litassist("papers", "related", one, "-k", "1", "--json", home=tmp_path / "home").stdout)
    assert near[0]["paper_id"] == other
    (pair,) = json.loads(litassist("papers", "merge", "--json", home=tmp_path / "home").stdout)
    assert {pair["one"], pair["other"]} == {one, other}
    assert "litassist papers merge --apart" in litassist("papers", "merge", home=tmp_path / "home").stdout
    (merged,) = json.loads(litassist("papers", "merge", one, other, "--json", home=tmp_path / "home").stdout)
    litassist("rebuild", home=tmp_path / "home")
    litassist("ingest", str(source), home=tmp_path / "home")
    assert json.loads(litassist("papers", "show", one, "--json", home=tmp_path / "home").stdout)["id"] == merged["id"]
    assert len(litassist("papers", "merge", "--apart", one, other, home=tmp_path / "home").stdout.splitlines()) == 2
    assert "No two papers" in litassist("papers", "merge", home=tmp_path / "home").stdout
    litassist("papers", "merge", one, code=2, home=tmp_path / "home")
    litassist("papers", "related", "doi:10.1/none", code=1, home=tmp_path / "home")


def test_what_is_not_found_is_said_once(home: Path) -> None:
    out = litassist("ask", "What is the boiling point of tungsten hexafluoride?", home=home).stdout
    assert out.count("does not answer this") + out.count("I am not sure") == 1
    assert out.count("hexafluoride") == 1


def test_what_is_found_and_answered_goes_out_and_is_asked_again(home: Path, tmp_path: Path) -> None:
    out = litassist("papers", "export", "--format", "apa", home=home).stdout.splitlines()
    assert out[0] == "Fischer, L. (2019). Tidal Attention for Sea Level Forecasts."
    assert litassist("search", "glowworm", "-k", "1", "--export", "ris", home=home).stdout.startswith("TY  - JOUR")
    found = json.loads(litassist("search", "glowworm", "-k", "1", "--export", "ieee", "--json", home=home).stdout)
    assert found["papers"] == 1
    assert "[1] M. Okafor and J. de Vries" in found["text"]
    question = "By how much does Glowworm lower packet loss?"
    file, bib = tmp_path / "answer.md", tmp_path / "cited.bib"
    litassist("ask", question, "--export", str(bib), home=home)
    assert "author = {Mira Okafor and Jan de Vries}" in bib.read_text(encoding="utf-8")
    litassist("ask", question, "--export", str(file), "--from", "2015", "--references", "nature", home=home)
    assert "Okafor, M. & de Vries, J." in file.read_text(encoding="utf-8")
    again = json.loads(litassist("replay", str(file), "--json", home=home).stdout)
    assert (again["same"], again["changes"]) == (True, {})
    assert {q["state"] for q in again["quotes"]} == {"verbatim"}
    assert "The answer is the same" in litassist("replay", str(file), home=home).stdout
    assert "no exported answer" in litassist("replay", str(bib), home=home, code=2).stderr
    assert "can't be written" in litassist(
        "papers", "export", "-o", str(tmp_path / "no" / "a.bib"), home=home, code=2
    ).stderr  # fmt: skip


def test_papers_are_listed_shown_tagged_noted_and_exported(home: Path) -> None:
    rows = json.loads(litassist("papers", "list", "--json", home=home).stdout)
    assert [r["title"] for r in rows] == [p["title"] for p in PAPERS]
    shown = json.loads(litassist("papers", "show", "doi:10.5555/glow.1", "--json", home=home).stdout)
    assert shown["appearances"] == [{"source": "papers.jsonl", "position": 1}]
    litassist("papers", "tag", "doi:10.5555/glow.1", "networks", home=home)
    tagged = json.loads(litassist("papers", "list", "--tag", "networks", "--json", home=home).stdout)
    assert [r["id"] for r in tagged] == ["doi:10.5555/glow.1"]
    litassist("papers", "note", "doi:10.5555/glow.1", "read again", home=home)
    assert "read again" in litassist("papers", "show", "doi:10.5555/glow.1", home=home).stdout
    assert "Okafor" in litassist("papers", "export", "--format", "bibtex", home=home).stdout


def test_a_removed_paper_is_gone(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "one.jsonl"
    source.write_text(
        json.dumps({"title": "Ephemeral Quokka Census", "abstract": "Quokkas were counted twice."}) + "\n"
    )
    litassist("ingest", str(source), home=home)
    hit = json.loads(litassist("search", "quokka census", "--json", home=home).stdout)[0]
    removed = json.loads(litassist("papers", "remove", hit["paper_id"], "--json", home=home).stdout)
    assert removed == {"removed": 1, "cleared": True}
    titles = {h["title"] for h in json.loads(litassist("search", "quokka census", "--json", home=home).stdout)}
    assert "Ephemeral Quokka Census" not in titles
    for path in home.rglob("*"):
        if path.is_file():
            assert b"Quokkas were counted twice" not in path.read_bytes(), path


def test_papers_are_removed_by_tag_and_by_source(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, title in (("kept", "Of kakapos"), ("gone", "Of quokkas"), ("gone", "Of numbats")):
        with (tmp_path / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps({"title": title, "abstract": f"{title} this tells at length."}) + "\n")
    litassist("ingest", str(tmp_path / "kept.jsonl"), str(tmp_path / "gone.jsonl"), home=home)
    by_title = {p["title"]: p["id"] for p in json.loads(litassist("papers", "list", "--json", home=home).stdout)}
    litassist("papers", "tag", by_title["Of numbats"], "doubtful", home=home)
    for words in (["--tag", "mistyped"], ["--source", "mistyped"], []):
        assert litassist("papers", "remove", *words, "--yes", home=home, code=2).stderr.strip()
    assert "1 removed." in litassist("papers", "remove", "--tag", "Doubtful", "--yes", home=home).stdout
    assert json.loads(litassist("papers", "remove", "--source", "gone.jsonl", "--json", home=home).stdout) == {
        "removed": 1, "cleared": True
    }
    assert "Of kakapos" in litassist("papers", "list", home=home).stdout
    assert not any(b"quokka" in f.read_bytes() or b"numbat" in f.read_bytes() for f in home.rglob("*") if f.is_file())


@pytest.mark.parametrize(
    "words", [["ask", "What?"], ["search", "x"], ["papers", "list"], ["doctor"], ["rebuild"], ["backup", "b.zip"]]
)
def test_a_mistyped_home_is_named_and_not_made(tmp_path: Path, words: list[str]) -> None:
    done = litassist(*words, home=tmp_path / "mistyped", code=1)
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert "mistyped" in line
    assert "litassist ingest" in line
    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_a_healthy_library_and_rebuild_keeps_it_so(home: Path) -> None:
    assert json.loads(litassist("doctor", "--json", home=home).stdout)["ok"]
    assert json.loads(litassist("rebuild", "--json", home=home).stdout)["ok"]
    assert json.loads(litassist("search", "sourdough", "--json", home=home).stdout)[0]["title"].startswith("A Survey")


def test_a_backup_is_restored_elsewhere_and_never_over_a_library(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    litassist("backup", str(file), home=home)
    litassist("backup", str(file), home=home, code=1)
    litassist("restore", str(file), home=home, code=1)
    restored = json.loads(litassist("restore", str(file), "--json", home=tmp_path / "new").stdout)
    assert (restored["papers"], restored["embedded"]) == (3, 0)
    said = litassist("search", "glowworm", home=tmp_path / "new")
    assert "Glowworm" in said.stdout
    assert said.stderr == ""
    assert "3 papers restored" in litassist("restore", str(file), home=tmp_path / "newer").stdout
    hits = json.loads(litassist("search", "sourdough", "--json", home=tmp_path / "new").stdout)
    assert hits[0]["title"].startswith("A Survey")


def test_chat_follows_up(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "--home", str(home), "chat"],
        input="What does TideFormer attend over?\nAt how many gauges was it tested?\n\n",
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert "14 gauges" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ask"], 2),
        (["nonsense"], 2),
        (["search", "x", "-k", "0"], 2),
        (["ask", "What is Glowworm?", "--effort", "lots"], 2),
        (["papers", "show", "title:0000"], 1),
        (["ingest", "no/such/file.txt"], 1),
        (["eval", "no/such/questions.jsonl"], 1),
        (["bench", "no/such/folder"], 1),
        (["--backend", "nonsense", "ask", "What is Glowworm?"], 2),
        (["--backend", "openai:gpt-x", "ask", "What is Glowworm?"], 1),
        (["ask", "What is Glowworm?", "--backend", "openai:gpt-x"], 1),
        (["ask", "--backend", "gemini:gemini-x", "What is Glowworm?"], 1),
    ],
)
def test_a_failure_is_one_plain_line_and_leaves_standard_output_empty(home: Path, words: list[str], code: int) -> None:
    as_json = [*words, "--json"] if words[-1] not in ("nonsense",) else words
    done = litassist(*as_json, home=home, code=code, OPENAI_API_KEY="", ANTHROPIC_API_KEY="",
                     GEMINI_API_KEY="", GOOGLE_API_KEY="")
    assert done.stdout == ""
    assert done.stderr.strip()
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_changed_embedder_is_met_with_what_to_do(home: Path, tmp_path: Path) -> None:
    done = litassist("search", "glow", home=home, code=1, LITASSIST_EMBEDDER="ollama:some-model")
    assert "rebuild" in done.stderr


def test_the_demo_answers_on_the_built_in_sample() -> None:
    answer = json.loads(litassist("demo", "--json").stdout)
    assert not answer["abstained"]
    assert answer["citations"][0]["kind"] == "summary"


def test_settings_are_taken_from_a_file_in_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"LITASSIST_HOME={tmp_path / 'there'}\n")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LITASSIST_") or k in KEPT}
    root = str(Path(__file__).parent.parent)
    (tmp_path / "one.jsonl").write_text('{"title": "Alone", "abstract": "One paper."}\n')
    subprocess.run(
        [sys.executable, "-m", "assistant.cli", "ingest", "one.jsonl"],
        cwd=tmp_path,
        check=True,
        env={**clean, "PYTHONPATH": root},
        capture_output=True,
    )
    assert (tmp_path / "there" / "library.db").exists()


def test_a_file_is_written_even_where_nobody_reads_to_the_end(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "answer.md"
    asked = ["ask", "By how much does Glowworm lower packet loss?", "--export", str(file)]
    command = [sys.executable, "-m", "assistant.cli", "--home", str(home), *asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.close()
        running.wait(100)
        assert running.stderr is not None
        assert b"Traceback" not in running.stderr.read()
    assert file.stat().st_size > 100
