"""One paper of many removed by the command: until nothing finds it, until no file of the library holds it, and until
Chroma, which is emptied by it, is full again.

The library is made at first (see `_sized`) in `--set folder=DIR`, and a copy of it is removed from.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assistant.library import Library
from assistant.papers import Paper

from . import ROOT, Options, Report, benchmark
from ._sized import Sized, prepared

_COMMAND = (sys.executable, "-c", "from assistant.cli import main; main()")


@benchmark("removal", "one paper of 10,000 removed: until nothing finds it, until no file holds it; --size, folder=DIR")
def removing(options: Options) -> Report:
    """A row per moment: median seconds from the start of the process."""
    size = options.size or 10_000
    folder = Path(options.given.get("folder") or Path(tempfile.gettempdir()) / "litassist-sized")
    prepared(folder, size)
    said, ended, held = [], [], 0
    with tempfile.TemporaryDirectory(prefix="litassist-removal-") as place:
        home = Path(place) / f"papers-{size}"
        shutil.copytree(folder / home.name, home)
        for file in folder.glob("*.npz"):
            (home.parent / file.name).symlink_to(file)
        for run in range(options.runs):
            with Library.open(home) as library:
                paper = library.papers(library.last(size // 2 + 1 + run * 7)[-1:])[0]
            began = time.perf_counter()
            with subprocess.Popen([*_COMMAND, "--home", str(home), "papers", "remove", paper.id, "--yes"], cwd=ROOT,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                assert process.stdout is not None
                process.stdout.readline()
                said.append(time.perf_counter() - began)
            ended.append(time.perf_counter() - began)
            held += sum(_holds(file, paper) for file in home.rglob("*") if file.is_file())
        sized = Sized(home.parent, size)
        began = time.perf_counter()
        sized.index.update()
        filled = time.perf_counter() - began
        sized.close()
    report = Report(["until", "seconds"])
    report.rows.append([f"nothing finds the paper, of {size:,}", statistics.median(said)])
    report.rows.append(["no file of the library holds it: the command ends", statistics.median(ended)])
    report.rows.append(["Chroma is full again, beside other work", filled])
    report.notes.append(f"looked for title and abstract in every file: {held} hold them")
    return report


def _holds(file: Path, paper: Paper) -> bool:
    data = file.read_bytes()
    return any(text.encode() in data for text in (paper.title, paper.abstract))
