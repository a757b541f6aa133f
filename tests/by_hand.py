"""Replies by hand, played back: a server that answers the product's requests with what somebody wrote to them before.

    python -m tests.by_hand [--requests FOLDER]

plays every scene of `by_hand.toml` and says what no longer fits. A reply fits as long as its prompt, the form asked for
and the question are those it was written to, and every sentence it rests on is shown; in which order papers come, and
what else is shown, is free. To write replies anew: have the requests written into a folder, read those that are named,
write what a careful strong model would reply into `by_hand.toml`, and put the hashes that are printed into its table
`written_to`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant import Answer, Assistant, Settings, open_assistant, sample
from assistant.papers import Turn

from .model_answers import step
from .servers import Reply, scripted

FILE = Path(__file__).with_suffix(".toml")
AGAIN = "Look into the request and write the reply anew: python -m tests.by_hand --requests FOLDER"
_LINE = re.compile(r"^\[(\d+)\.(\d+)\] (.*)$", re.M)
_ITEM = re.compile(r"^Item (\d+)\n(.*?)^Sentence \1: (.*?)$", re.M | re.S)


class Misfit(Exception):
    """A request that the reply written for it does not fit any longer, in words."""


@dataclass
class Play:
    """One scene played: its answer, the steps asked for in order, and what did not fit."""

    answer: Answer
    steps: list[str]
    misfits: list[str]


@dataclass
class Player:
    """Whoever wrote the replies of a scene."""

    scene: dict[str, Any]
    written_to: dict[str, str]
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Step and text of each request."""
    hashes: dict[str, str] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)

    def __call__(self, request: dict[str, Any]) -> Reply:
        name, shown = step(request), request["messages"][-1]["content"]
        self.requests.append((name, "\n\n".join(m["content"] for m in request["messages"])))
        form = json.dumps(request.get("response_format"), sort_keys=True)
        self.hashes[name] = hashlib.sha256(f"{request['messages'][0]['content']}\0{form}".encode()).hexdigest()[:12]
        try:
            if self.hashes[name] != self.written_to.get(name):
                self._note(name, "the prompt, or the form it asks for, is not the one it was written to")
            if name not in ("check", "revise") and name not in self.scene:
                raise Misfit("nobody wrote one")
            if name in ("plan", "answer", "rewrite") and self.scene["question"] not in shown:
                raise Misfit("the question as it was typed is not in the request")
            return Reply(json.dumps(getattr(self, f"_{name}")(shown)))
        except Misfit as wrong:
            self._note(name, str(wrong))
            return Reply(status=500)

    def _note(self, name: str, wrong: str) -> None:
        line = f"Scene “{self.scene['name']}”, reply to “{name}”: {wrong}. {AGAIN}"
        if line not in self.misfits:
            self.misfits.append(line)

    # ------------------------------------------------------------------ the reply to each step

    def _plan(self, shown: str) -> Any:
        return self.scene["plan"]

    def _enough(self, shown: str) -> Any:
        for title, row in self.scene["gather"].items():
            if row["says"] not in shown:
                raise Misfit(f"the note on “{title}” is not in the request")
        return self.scene["enough"]

    def _gather(self, shown: str) -> Any:
        rows = []
        for n, k, title in _LINE.findall(shown):
            if k == "0":
                row = next((r for t, r in self.scene["gather"].items() if title.startswith(t)), None)
                ids = _ids(row["cites"], shown) if row else []
                rows.append({"paper": int(n), "score": row["score"] if row else 0, "ids": ids,
                             "says": row["says"] if row else ""})
        return {"papers": rows}

    def _answer(self, shown: str) -> Any:
        return self._whole("answer", shown)

    def _rewrite(self, shown: str) -> Any:
        return self._whole("rewrite", shown)

    def _whole(self, name: str, shown: str) -> Any:
        blocks = [
            {"kind": row["kind"], "text": row["text"], "cites": _ids(row.get("cites", []), shown),
             "paragraph": row.get("paragraph", False), "column": row.get("column", ""),
             "paper": int(_ids([row["paper"]], shown)[0].split(".")[0]) if "paper" in row else 0}
            for row in self.scene[name]["blocks"]
        ]
        return {**self.scene[name], "blocks": blocks}

    def _check(self, shown: str) -> Any:
        rows = []
        for number, passages, said in _ITEM.findall(shown):
            row = next((r for r in self._rows() if r["text"] == said and "check" in r), None)
            if row is None:
                raise Misfit(f"nobody judged the sentence “{said}”")
            if lost := [span for span in row["spans"] if span not in passages]:
                raise Misfit(f"“{lost[0]}” is not among the passages shown with the sentence “{said}”")
            rows.append({"i": int(number), "verdict": row["check"], "spans": row["spans"],
                         "lacks": row.get("lacks", "")})
        if not rows:
            raise Misfit("no sentence to be judged was found in the request")
        return {"items": rows}

    def _revise(self, shown: str) -> Any:
        rows = []
        for number, said in re.findall(r"^i=(\d+): (.*)$", shown, re.M):
            row = next((r["revised"] for r in self._rows() if r["text"] == said and "revised" in r), None)
            if row is None:
                raise Misfit(f"nobody put the sentence “{said}” right")
            rows.append({"i": int(number), "text": row["text"], "cites": _ids(row["cites"], shown)})
        return {"sentences": rows}

    def _rows(self) -> Iterator[dict[str, Any]]:
        for name in ("answer", "rewrite"):
            for row in self.scene.get(name, {}).get("blocks", ()):
                yield row
                if "revised" in row:
                    yield row["revised"]


def _ids(quotes: list[str], shown: str) -> list[str]:
    """The ids that the sentences with these words have in a request."""
    found = []
    for quote in quotes:
        ids = [f"{n}.{k}" for n, k, text in _LINE.findall(shown) if quote in text]
        if len(ids) != 1:
            raise Misfit(f"“{quote}” stands in {len(ids)} of the sentences shown, not in one")
        found += ids
    return found


# --------------------------------------------------------------------------- played


def written() -> dict[str, Any]:
    """The scenes by name, and what they were written to."""
    kept = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {"written_to": kept["written_to"], "scenes": {scene["name"]: scene for scene in kept["scenes"]}}


@contextmanager
def library(folder: Path) -> Iterator[Assistant]:
    """The sample, open."""
    settings = Settings(home=folder, cache=folder / "cache", reply_cache=False, workers=0, timeout_s=30)
    with open_assistant(settings=settings, create=True) as opened:
        opened.ingest_papers(sample.papers())
        yield opened


def play(assistant: Assistant, name: str, kept: dict[str, Any], requests: Path | None = None) -> Play:
    """The product's answer to a scene's question, over a real server that gives the replies by hand."""
    scene = kept["scenes"][name]
    before = play(assistant, scene["after"], kept) if "after" in scene else None
    history = [Turn(kept["scenes"][scene["after"]]["question"], before.answer)] if before else []
    player = Player(scene, kept["written_to"])
    with scripted(player) as server:
        answer = assistant.ask(
            scene["question"], history=history, backend=server.spec, effort=scene.get("effort", "auto"), fresh=True
        )
    if requests:
        requests.mkdir(parents=True, exist_ok=True)
        for k, (asked, text) in enumerate(player.requests, start=1):
            (requests / f"{name.replace(' ', '-')}-{k}-{asked}.txt").write_text(text, encoding="utf-8")
        kept.setdefault("hashes", {}).update(player.hashes)
    return Play(answer, [asked for asked, _ in player.requests], [*(before.misfits if before else ()), *player.misfits])


def main() -> None:
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=Path, default=Path(tempfile.gettempdir()) / "requests-by-hand")
    given = parser.parse_args()
    kept = written()
    with tempfile.TemporaryDirectory() as folder, library(Path(folder)) as assistant:
        for name in kept["scenes"]:
            played = play(assistant, name, kept, given.requests)
            print(f"{name}: {', '.join(played.steps)}\n{played.answer.answer}\n")
            for finding in played.answer.findings:
                print(f"  {finding.kind}: {finding.detail}")
            for one in played.misfits:
                print(f"  DOES NOT FIT: {one}")
    print("[written_to]", *(f'{name} = "{value}"' for name, value in sorted(kept["hashes"].items())), sep="\n")
    print(f"The requests are in {given.requests}.")


if __name__ == "__main__":
    main()
