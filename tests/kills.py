"""Kills a program at work over a library, again and again, and looks at what the next start finds.

    python -m tests.kills --times 200 --seed 1 [--embedder builtin] [--power]

A child of this process ingests, removes or rebuilds over a real library on disk (SQLite, Chroma, tantivy
and the compact vectors) and is killed with SIGKILL at a random moment; sometimes a second child reads
papers in at the same time, and lives. Another child then opens what is left: every paper that was
reported as added must be there, none that was reported as removed, the doctor must find nothing wrong,
and searches must give what a library made afresh of the same papers gives.

With --power the library lies on a small ext4 disk of its own (root is needed), and what the next start
finds is what had reached that disk at the moment of the kill: written, but not synced, is lost.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from assistant import ingest, library, retrieval, upkeep
from assistant.embeddings import Embedder
from assistant.index import Index, neighbours
from assistant.library import Library
from assistant.papers import Appearance, Page, Paper

WORDS = [
    "kidney", "disease", "language", "model", "graph", "retrieval", "protein", "folding", "causal", "inference",
    "speech", "sparse", "coding", "quantum", "annealing", "soil", "moisture", "reef", "coral", "galaxy", "cluster",
    "vaccine", "uptake", "traffic", "signal", "battery", "cathode", "river", "delta",
]  # fmt: skip
MOST = 120
"""Papers after which more are removed than added."""
ACTIONS = ("ingest", "ingest", "remove", "rebuild")


def paper(n: int) -> Paper:
    chance = Random(n)
    words = [chance.choice(WORDS) for _ in range(24)]
    pages = (Page(1, f"On this page {words[3]} is {words[4]}."), Page(2, f"Here {words[5]} ends at page{n}."))
    return Paper(
        f"Study {n} of {words[0]} and {words[1]}",
        f"We look at {' '.join(words[2:10])} in setting{n}. The {words[10]} is {n % 97} percent {words[11]}. "
        f"It holds for {' '.join(words[12:])}.",
        authors=(f"Ada Author{n % 40}",), year=1980 + n % 45, doi=f"10.1000/{n}",
        pages=pages if n % 10 == 0 else (), appearances=(Appearance(f"list{n % 5}.bib", n),),
    )  # fmt: skip


def embedder_named(name: str) -> Embedder:
    if name == "builtin":
        from assistant.config import Settings
        from assistant.embeddings import open_embedder

        return open_embedder(Settings())
    sys.path.insert(0, str(Path(__file__).parent))
    from word_vectors import WordVectors

    return WordVectors()


# ---------------------------------------------------------------------- children


def forked(work: Callable[[Callable[[object], None]], None]) -> tuple[int, int]:
    """A child that does the work: its process id, and where what it says can be read."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    status = 1
    try:
        work(lambda said: os.write(write, json.dumps(said).encode() + b"\n") and None)
        status = 0
    except BaseException:  # noqa: BLE001  it ends here, whatever it is
        traceback.print_exc()
    finally:
        # Nothing of the parent's is tidied up here.
        os._exit(status)


def said(read: int) -> list[object]:
    """What a child said until it ended; a line that was cut short is left out."""
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read()
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]


@dataclass
class Task:
    """What a child is to do: an action and the numbers of the papers it concerns."""

    action: str
    numbers: list[int] = field(default_factory=list)

    def run(self, home: Path, embedder: Embedder, say: Callable[[object], None]) -> None:
        library.BATCH = 10
        with Library.open(home) as opened:
            index = Index.open(home, opened, embedder)
            say("ready")
            if self.action == "ingest":
                def stored(stage: str, done: int, total: int | None) -> None:
                    if stage == "stored":
                        say(done)

                ingest.ingest_papers((paper(n) for n in self.numbers), opened, index, progress=stored)
            elif self.action == "remove":
                for start in range(0, len(self.numbers), 3):
                    part = self.numbers[start : start + 3]
                    opened.remove([f"doi:10.1000/{n}" for n in part])
                    index.update()
                    say(start + len(part))
            else:
                upkeep.rebuild(opened, index)
            say("done")


def looked_over(home: Path, embedder: Embedder, seed: int, say: Callable[[object], None]) -> None:
    """Opens what is left, asks, and says what is there and what is wrong."""
    chance = Random(seed)
    with Library.open(home) as opened:
        index = Index.open(home, opened, embedder)
        there = [p.appearances[0].position for p in opened.papers()]
        asked = [" ".join(chance.sample(WORDS, 3)) for _ in range(6)]
        asked += [f"setting{n} {chance.choice(WORDS)}" for n in chance.sample(there, min(6, len(there)))]
        # A search comes first, before anything is mended by hand: it is what a researcher does after a crash.
        found = answers(opened, index, embedder, asked)
        index.update()
        wrong = list(upkeep.doctor(opened, index).problems)
        if opened.pending():
            wrong.append("papers still wait to be indexed")
        later = answers(opened, index, embedder, asked)
        index.close()
        folder = Path(tempfile.mkdtemp(prefix="fresh-"))
        with Library.open(folder) as fresh:
            fresh.add(paper(n) for n in there)
            other = Index.open(folder, fresh, embedder)
            other.update()
            wanted = answers(fresh, other, embedder, asked)
            other.close()
        shutil.rmtree(folder)
        for question, now, then, right in zip(asked, found, later, wanted, strict=True):
            if [i for i, _ in then] != [i for i, _ in right]:
                wrong.append(f"“{question}” finds {then}, in a fresh library {right}")
            elif any(abs(a - b) > 1e-5 for (_, a), (_, b) in zip(then, right, strict=True)):
                wrong.append(f"“{question}” scores {then}, in a fresh library {right}")
            if not {i for i, _ in now} <= {f"doi:10.1000/{n}" for n in there}:
                wrong.append(f"“{question}” found what is not there: {now}")
        say({"there": there, "wrong": wrong, "notices": index.notices})


def answers(opened: Library, index: Index, embedder: Embedder, asked: list[str]) -> list[list[tuple[str, float]]]:
    return [
        [(hit.paper_id, round(hit.score, 6)) for hit in retrieval.search(opened, index, embedder, question, k=10)]
        for question in asked
    ]


# ---------------------------------------------------------------------- the disk


class Disk:
    """A small ext4 disk in a file, mounted at `folder`, whose power can be cut."""

    def __init__(self, place: Path, megabytes: int = 256) -> None:
        self._image, self.folder = place / "disk", place / "mounted"
        self.folder.mkdir()
        with self._image.open("wb") as file:
            file.truncate(megabytes << 20)
        self._done("mkfs.ext4", "-q", "-F", str(self._image))
        self._mount()

    def cut(self, pid: int) -> None:
        """Cut the power: the child ends, and of what it wrote there is what the disk had."""
        os.kill(pid, signal.SIGSTOP)
        kept = self._image.with_suffix(".kept")
        self._done("cp", "--sparse=always", str(self._image), str(kept))
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self.close()
        kept.replace(self._image)
        self._mount()

    def close(self) -> None:
        self._done("umount", str(self.folder))

    def _mount(self) -> None:
        self._done("mount", "-o", "loop", str(self._image), str(self.folder))

    @staticmethod
    def _done(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True)


# ---------------------------------------------------------------------- the run


@dataclass
class Run:
    """Many kills over one library: what should be there, and what was found wrong."""

    home: Path
    embedder: Embedder
    chance: Random
    disk: Disk | None = None
    there: set[int] = field(default_factory=set)
    next_number: int = 1
    lasting: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def task(self, action: str) -> Task:
        if action == "ingest":
            count = self.chance.choice([3, 15, 30])
            self.next_number += count
            return Task(action, list(range(self.next_number - count, self.next_number)))
        if action == "remove":
            count = min(9 if len(self.there) <= MOST else 30, len(self.there))
            return Task(action, self.chance.sample(sorted(self.there), count))
        return Task(action)

    def round(self, number: int) -> None:
        """One child is killed at a random moment of its work, and what it leaves is looked over."""
        task = self.task("remove" if len(self.there) > MOST else self.chance.choice(ACTIONS))
        beside = self.task("ingest") if self.chance.random() < 0.2 and not self.disk else None
        pid, read = forked(lambda say: task.run(self.home, self.embedder, say))
        other = forked(lambda say: beside.run(self.home, self.embedder, say)) if beside else None
        began = time.monotonic()
        # As long as this work took before, so that every part of it is hit as often as it lasts.
        time.sleep(self.chance.random() * self.lasting.get(task.action, 0.5) * 1.1)
        if self.disk:
            self.disk.cut(pid)
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        lines = said(read)
        killed = os.WIFSIGNALED(status)
        if killed:
            self.kills[f"{task.action}{' beside another' if beside else ''}"] += 1
            self.lasting[task.action] = max(self.lasting.get(task.action, 0.5), (time.monotonic() - began))
        elif status:
            self.wrong.append(f"round {number}: {task.action} failed by itself")
        else:
            self.lasting[task.action] = time.monotonic() - began
        surely, perhaps = self.expected(task, lines)
        if other and beside:
            if os.waitpid(other[0], 0)[1]:
                self.wrong.append(f"round {number}: the process beside it failed")
            said(other[1])
            surely |= set(beside.numbers)
        self.compare(f"round {number} ({task.action})", surely, perhaps)

    def expected(self, task: Task, lines: list[object]) -> tuple[set[int], set[int]]:
        """Which papers must be there by what the child said, and which may or may not."""
        done = max([line for line in lines if isinstance(line, int)], default=0)
        sure, open_ = set(task.numbers[:done]), set(task.numbers[done:])
        if task.action == "ingest":
            return self.there | sure, open_
        if task.action == "remove":
            return self.there - sure - open_, open_
        return set(self.there), set()

    def compare(self, where: str, surely: set[int], perhaps: set[int]) -> None:
        seed = self.chance.getrandbits(30)
        pid, read = forked(lambda say: looked_over(self.home, self.embedder, seed, say))
        lines = said(read)
        if os.waitpid(pid, 0)[1] or not lines or not isinstance(lines[-1], dict):
            self.wrong.append(f"{where}: what was left can't be opened")
            return
        there = set(lines[-1]["there"])
        if lost := surely - there:
            self.wrong.append(f"{where}: lost {sorted(lost)}")
        if ghosts := there - surely - perhaps:
            self.wrong.append(f"{where}: ghosts {sorted(ghosts)}")
        self.wrong += [f"{where}: {line}" for line in lines[-1]["wrong"]]
        self.there = there


def run(times: int, seed: int, embedder: Embedder, home: Path, disk: Disk | None = None) -> Run:
    """The run after so many kills. Each of ingest, remove and rebuild is first done once unharmed."""
    import chromadb  # noqa: F401  children should not spend their time on it
    import tantivy  # noqa: F401

    # Chroma writes its graph to disk every thousand vectors; here so often that kills meet it.
    neighbours.HNSW.update(sync_threshold=20, batch_size=10)
    made = Run(home, embedder, Random(seed), disk)
    for action in ("ingest", "remove", "rebuild"):
        task = made.task(action)
        began = time.monotonic()
        pid, read = forked(lambda say, task=task: task.run(home, embedder, say))  # type: ignore[misc]
        lines = said(read)
        os.waitpid(pid, 0)
        made.lasting[action] = time.monotonic() - began
        made.compare(action, *made.expected(task, lines))
    number = 0
    while sum(made.kills.values()) < times and not made.wrong:
        number += 1
        made.round(number)
        if number % 10 == 0:
            print(f"{sum(made.kills.values())} kills", file=sys.stderr, flush=True)
    return made


def _lines(made: Run) -> Iterator[str]:
    for what, count in sorted(made.kills.items()):
        yield f"{count:4} kills during {what}"
    yield f"{sum(made.kills.values()):4} kills, {len(made.there)} papers at the end"
    yield from made.wrong
    yield "Something is wrong." if made.wrong else "No paper lost, no ghost, searches as in a fresh library."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embedder", choices=["words", "builtin"], default="words")
    parser.add_argument("--power", action="store_true", help="Cut the power of a disk instead of killing alone.")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        disk = Disk(Path(folder)) if given.power else None
        home = (disk.folder if disk else Path(folder)) / "home"
        try:
            made = run(given.times, given.seed, embedder_named(given.embedder), home, disk)
        finally:
            if disk:
                disk.close()
    for line in _lines(made):
        print(line)
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if made.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
