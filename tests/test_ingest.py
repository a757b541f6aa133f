"""Files become papers that stay, are reported once, and are handed to the index."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import EmbeddingError, ReadError
from assistant.ingest import ingest, ingest_papers, suggested_questions
from assistant.library import Library
from assistant.papers import Paper


class Drained:
    """An index that takes up everything that waits, and remembers it."""

    fingerprint = "none"

    def __init__(self, library: Library) -> None:
        self.library = library
        self.taken: list[str] = []

    def update(self, progress: object = None, **more: object) -> int:
        items = self.library.pending()
        self.taken += [item.paper_id for item in items]
        self.library.settle([item.seq for item in items])
        return len(items)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def index(library: Library) -> Drained:
    return Drained(library)


def listing(path: Path, count: int, first: int = 0) -> Path:
    rows = [
        {"title": f"Result number {n}", "abstract": f"In work {n} we show a thing. It held in {n} cases.", "year": 2001}
        for n in range(first, first + count)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_file_is_read_committed_and_indexed(tmp_path: Path, library: Library, index: Drained) -> None:
    stages = []
    report = ingest([listing(tmp_path / "a.jsonl", 450)], library, index, progress=lambda *s: stages.append(s))
    assert (report.entries, report.papers, report.added, report.embedded) == (450, 450, 450, 450)
    assert (report.updated, report.unchanged, report.rejected, report.without_abstract) == (0, 0, (), ())
    assert index.taken == library.ids()
    assert [done for stage, done, _ in stages if stage == "stored"] == [200, 400, 450]
    assert library.papers()[0].appearances[0].source == "a.jsonl"


def test_the_same_again_embeds_nothing(tmp_path: Path, library: Library, index: Drained) -> None:
    path = listing(tmp_path / "a.jsonl", 20)
    ingest([path], library, index)
    generation = library.generation
    report = ingest([path], library, index)
    assert (report.entries, report.papers, report.added, report.updated, report.unchanged) == (20, 20, 0, 0, 20)
    assert report.embedded == 0
    assert library.generation == generation


def test_a_file_that_can_not_be_read_is_a_line_and_the_rest_is_kept(
    tmp_path: Path, library: Library, index: Drained
) -> None:
    (tmp_path / "bad.txt").write_bytes(bytes(range(256)) * 40)
    report = ingest([tmp_path / "bad.txt", listing(tmp_path / "a.jsonl", 3), tmp_path / "nowhere"], library, index)
    assert report.added == 3
    assert {r.source.rsplit("/", 1)[-1] for r in report.rejected} == {"bad.txt", "nowhere"}
    assert all(r.reason and "\n" not in r.reason for r in report.rejected)


def test_nothing_read_at_all_is_an_error_with_the_reasons(tmp_path: Path, library: Library, index: Drained) -> None:
    with pytest.raises(ReadError, match=r"library is as it was.*nowhere.*no such file"):
        ingest([tmp_path / "nowhere"], library, index)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="library is as it was"):
        ingest([tmp_path / "empty"], library, index)
    assert library.count() == 0


def test_papers_without_text_are_named(library: Library, index: Drained) -> None:
    report = ingest_papers([Paper("Only a title"), Paper("With text", "Some words.")], library, index)
    assert report.without_abstract == ("Only a title",)
    assert ingest_papers([], library, index).entries == 0


def test_stopped_half_way_keeps_what_was_committed(library: Library, index: Drained) -> None:
    def papers() -> Iterator[Paper]:
        for n in range(500):
            if n == 450:
                raise KeyboardInterrupt
            yield Paper(f"Result number {n}", "Words.")

    with pytest.raises(KeyboardInterrupt):
        ingest_papers(papers(), library, index)
    assert library.count() == 400
    assert {i.paper_id for i in library.pending()} | set(index.taken) == set(library.ids())
    assert ingest_papers((Paper(f"Result number {n}", "Words.") for n in range(500)), library, index).added == 100
    assert library.pending() == []


class Failing(Drained):
    def update(self, progress: object = None, **more: object) -> int:
        raise EmbeddingError("The encoder failed.")


def test_an_encoder_that_fails_loses_no_paper(library: Library) -> None:
    with pytest.raises(EmbeddingError):
        ingest_papers([Paper("A title", "Words.")], library, Failing(library))
    assert library.count() == len(library.pending()) == 1


CHILD = """
import sys
from pathlib import Path
from assistant import ingest
from assistant.library import Library
class Slow:
    def update(self, progress=None, **more):
        return 0
with Library.open(Path(sys.argv[1])) as library:
    print("open", flush=True)
    ingest.ingest([Path(sys.argv[2])], library, Slow(), progress=lambda stage, done, total: print(done, flush=True))
"""


def killed(tmp_path: Path, library: Library, index: Drained, times: int, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "lists"
    folder.mkdir()
    size = 1000
    for n in range(times):
        listing(folder / f"{n:03d}.jsonl", size, first=n * size)
        command = [sys.executable, "-c", CHILD, str(library.home), str(folder / f"{n:03d}.jsonl")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(chance.random() * 0.8)
        os.kill(process.pid, signal.SIGKILL)
        printed = process.stdout.read()
        process.wait()
        acknowledged = [int(line) for line in printed[: printed.rfind("\n") + 1].split()]
        titles = {p.title for p in library.papers()}
        assert {f"Result number {n * size + i}" for i in range(max(acknowledged, default=0))} <= titles
        assert {p.paper_id for p in library.passages()} == set(library.ids())
    report = ingest([folder], library, index)
    assert report.papers == times * size
    assert library.pending() == []
    # Read from the folder the lists have other names only where they were below it.
    assert report.added + report.updated + report.unchanged == times * size


def test_killed_while_reading_keeps_what_was_reported(tmp_path: Path, library: Library, index: Drained) -> None:
    killed(tmp_path, library, index, 3, seed=3)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_often_while_reading(tmp_path: Path, library: Library, index: Drained) -> None:
    killed(tmp_path, library, index, 60, seed=4)


def test_the_daily_papers_are_342(shared: Path, library: Library, index: Drained) -> None:
    report = ingest([shared / "corpora" / "daily_papers"], library, index)
    assert (report.entries, report.papers, report.rejected) == (364, 342, ())
    assert sum(len(p.appearances) for p in library.papers()) == 364


def test_a_suggested_topic_is_a_whole_name() -> None:
    titles = [f"Quantum key distribution over {n} km of cable" for n in "abcd"] + ["Quantum key to it all"]
    assert "Which papers are about quantum key distribution?" in suggested_questions([Paper(t, "x") for t in titles])


def test_suggested_questions_come_from_the_titles() -> None:
    titles = ["BERT: deep transformers", "Diffusion models for images", "Diffusion models for sound",
              "Diffusion models revisited", "GPT-4: a report", "Introduction: why we are here"]
    papers = [Paper(t, "Words.") for t in titles]
    questions = suggested_questions(papers, 3)
    assert questions == ["What is BERT?", "Which papers are about diffusion models?", "How does GPT-4 work?"]
    assert suggested_questions(papers, 3) == questions
    assert suggested_questions([Paper("A plain title")]) == ["What does the paper “A plain title” show?"]
    assert suggested_questions([]) == []
    assert suggested_questions(papers, 0) == []


def test_a_lone_path_is_one_path(tmp_path: Path) -> None:
    from assistant import open_assistant

    source = tmp_path / "one.jsonl"
    source.write_text('{"title": "Alone", "abstract": "One path was given as a string."}\n')
    with open_assistant(home=tmp_path / "home") as assistant:
        assert assistant.ingest(str(source)).added == 1
