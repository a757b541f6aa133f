"""Asks from eight threads while two read papers in, and looks at what the askers are told.

    python -m tests.at_once --seconds 60 [--process] [--workers 2]

With --process another process reads papers in too, with --workers so many answer (and the built-in encoder makes
the vectors, which takes longer). Twin papers change together, in one step, again and
again: an answer that tells of both must tell of one and the same state. A paper that was reported as
added must be found by every thread within two seconds. At the end nothing may be lost, and the doctor
must find nothing wrong.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from assistant.assembly import open_assistant
from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Paper

SOON_S = 2.0
TWINS = 3


def opened(home: Path, workers: int = 0) -> Assistant:
    if workers:
        assistant = open_assistant(settings=Settings(home=home, workers=workers))
        assert assistant._workers is not None
        assistant._workers.start()
        while assistant._workers.ready < workers:
            time.sleep(0.1)
        return assistant
    sys.path.insert(0, str(Path(__file__).parent))
    from word_vectors import WordVectors

    library, embedder = Library.open(home), WordVectors()
    return Assistant(Settings(home=home), library, Index.open(home, library, embedder), embedder)


def marked(name: str) -> Paper:
    return Paper(f"A report on {name}", f"The herd of {name} was counted in the valley. It had moved to the north.")


def twins(n: int, version: int) -> list[Paper]:
    # The longer abstract is kept, so every version is longer than the one before.
    more = " It was counted again." * version
    return [
        Paper(f"The {side} shore of lake zephyr{n}", f"On the {side} shore of lake zephyr{n} the water stood at "
              f"{1000 + version} metres.{more}", doi=f"10.1000/{side}.{n}")
        for side in ("western", "eastern")
    ]  # fmt: skip


def reading(assistant: Assistant, name: str, until: float, chance: Random) -> Iterator[tuple[str, float]]:
    """Reads papers in until then: the name of each, and when it was reported as added."""
    count = 0
    while time.time() < until:
        names = [f"{name}quokka{count + i}" for i in range(chance.choice([1, 2, 5]))]
        count += len(names)
        assistant.ingest_papers([marked(n) for n in names])
        now = time.time()
        yield from ((n, now) for n in names)


@dataclass
class Seen:
    """What the threads saw."""

    added: list[tuple[str, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)
    """How long a paper had been there each time it was not found."""
    both: int = 0


def asking(assistant: Assistant, seen: Seen, until: float, seed: int) -> None:
    chance = Random(seed)
    while time.time() < until:
        try:
            began = time.perf_counter()
            if chance.random() < 0.5:
                n = chance.randrange(TWINS)
                answer = assistant.ask(f"Which papers are about lake zephyr{n}?", fresh=True)
                quotes = [c.quote for c in answer.citations] + [q.text for r in answer.related for q in r.quotes]
                own = [quote for quote in quotes if f"lake zephyr{n}" in quote and "metres" in quote]
                told = {quote.split(" metres")[0].rsplit(" ", 1)[-1] for quote in own}
                seen.both += len(own) > 1
                if len(told) > 1:
                    seen.wrong.append(f"an answer mixes {sorted(told)}: {answer.answer}")
                seen.seconds.append(time.perf_counter() - began)
            elif seen.added:
                name, when = seen.added[-1 - chance.randrange(min(3, len(seen.added)))]
                asked = time.time()
                hits = assistant.search(name, k=3)
                seen.seconds.append(time.perf_counter() - began)
                if not any(name in hit.title for hit in hits):
                    seen.missed.append(asked - when)
                    if asked - when > SOON_S:
                        seen.wrong.append(f"{name} was not found {asked - when:.1f} s after it was added")
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
            seen.wrong.append(f"{type(error).__name__}: {error}")


def run(home: Path, seconds: float, beside: bool, workers: int = 0) -> Seen:
    """What was seen in so many seconds."""
    seen = Seen()
    assistant = opened(home, workers)
    for n in range(TWINS):
        assistant.ingest_papers(twins(n, 0))
    assistant.ingest_papers([marked(f"first{i}") for i in range(200)])
    until = time.time() + seconds
    other = subprocess.Popen(
        [sys.executable, "-m", "tests.at_once", "--reading", str(home), "--seconds", str(seconds),
         "--workers", str(workers)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent,
    ) if beside else None  # fmt: skip

    def read_in(name: str) -> None:
        try:
            for version, row in enumerate(reading(assistant, name, until, Random(name)), 1):
                seen.added.append(row)
                assistant.ingest_papers(twins(version % TWINS, version)) if name == "one" else None
        except Exception as error:  # noqa: BLE001
            seen.wrong.append(f"{type(error).__name__}: {error}")

    def follow() -> None:
        assert other is not None
        assert other.stdout is not None
        for line in other.stdout:
            name, when = json.loads(line)
            seen.added.append((name, when))

    threads = [threading.Thread(target=read_in, args=(name,)) for name in ("one", "two")]
    threads += [threading.Thread(target=asking, args=(assistant, seen, until, n)) for n in range(8)]
    if other:
        threads.append(threading.Thread(target=follow))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if other and other.wait():
        seen.wrong.append("the other process failed")
    titles = {paper.title for paper in assistant.papers()}
    seen.wrong += [f"{name} is lost" for name, _ in seen.added if f"A report on {name}" not in titles]
    seen.wrong += assistant.doctor().problems
    assistant.close()
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--process", action="store_true", help="Another process reads papers in too.")
    parser.add_argument("--workers", type=int, default=0, help="So many processes answer.")
    parser.add_argument("--reading", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.reading:
        with opened(given.reading, given.workers) as assistant:
            for row in reading(assistant, "beside", time.time() + given.seconds, Random(9)):
                print(json.dumps(row), flush=True)
        return 0
    with tempfile.TemporaryDirectory(prefix="at-once-") as folder:
        seen = run(Path(folder) / "home", given.seconds, given.process, given.workers)
    taken = sorted(seen.seconds)
    print(f"{len(taken)} questions, {median(taken):.2f} s in the middle, {taken[int(len(taken) * 0.95)]:.2f} s at 95 %")
    print(f"{seen.both} answers told of both twins; {len(seen.added)} papers added, not found "
          f"{len(seen.missed)} times, {max(seen.missed, default=0):.2f} s after at most")  # fmt: skip
    for line in dict.fromkeys(seen.wrong):
        print(line)
    print("Something is wrong." if seen.wrong else "No error, no lost paper, no mixed answer.")
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
