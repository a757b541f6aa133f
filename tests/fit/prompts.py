"""Measures what each prompt does for labelled questions: `python -m tests.fit.prompts QUESTIONS.jsonl HOME BACKEND`.

HOME is a library that holds the papers, BACKEND any language model, also a server that replays recorded replies.
Each question is looked into thoroughly, step by step, and a line is printed for each prompt:

    plan      the share of right papers found by the first search, and after the plan's further searches
    gather    the share of right papers that were given a score, and of the others that were given none
    enough    how often more was searched for, and the share of right papers among what goes to the writer
    answer    answered where the library answers, declined where it does not, right papers cited (precision, recall)
    check     claims by verdict, before any is revised
    revise    claims sent back, and those that stood after it
    rewrite   the answer asked for as a table: whether it became one, and how many of its citations that kept
    rerank    right papers among the first three of the search, and of the order that the model gives

with the calls and the replies of which nothing could be read. `--limit N` takes the first N questions, `--write FILE`
keeps the figures as JSON, to be laid beside those of another version of a prompt.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant import open_assistant
from assistant.answering import Answering
from assistant.answering.builder import AnswerBuilder
from assistant.answering.engines.llm import LanguageModelEngine, as_shown
from assistant.answering.engines.model.calls import Calls
from assistant.answering.engines.model.checked import Checks, Settled
from assistant.answering.engines.model.outcome import told
from assistant.answering.engines.model.pack import Pack
from assistant.answering.engines.model.replies import draft_of
from assistant.answering.engines.model.research import MOST_CALLS, Research
from assistant.backends import open_backend
from assistant.config import Settings
from assistant.embeddings import count_tokens
from assistant.errors import BackendError
from assistant.evaluation.questions import LabelledQuestion, read_questions, title_key
from assistant.papers import Fingerprint, Paper, Turn
from assistant.prompts import load
from assistant.retrieval.reranking import MOST_LISTED, candidates
from assistant.retrieval.reranking.listwise import Listwise

_FIRST = 3
"""Papers that a reader looks at first."""


class Tally:
    """Sums of parts and wholes by prompt and figure."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])

    def add(self, prompt: str, figure: str, part: float, whole: float) -> None:
        own = self.sums[prompt, figure]
        own[0] += part
        own[1] += whole

    def rows(self) -> Iterator[dict[str, object]]:
        """A row for each figure, with the version of the prompt it is about."""
        for (prompt, figure), (part, whole) in self.sums.items():
            yield {"prompt": load(prompt).label, "figure": figure, "part": part, "whole": whole,
                   "share": round(part / whole, 4) if whole else None}


def measure(one: LabelledQuestion, answering: Answering, engine: LanguageModelEngine, tally: Tally) -> None:
    """Look into one question and add what each step did."""
    right = {title_key(title) for title in one.gold_titles}
    fair = right | {title_key(title) for title in one.acceptable_titles}
    calls = Calls(engine._backend, MOST_CALLS)
    plan = as_shown(answering.plan(one.question, one.history))
    material = answering.material(plan)
    look = Research(calls, answering._search, count_tokens, engine._room("answer"), plan)
    first = {title_key(paper.paper.title) for paper in material.gathered.papers}
    for _ in look.run(material, one.history):
        pass
    found = _titles(look.pack.paper(n) for n in look.pack.numbers)
    if one.answerable:
        tally.add("plan", "right papers found at first", len(right & first), len(right))
        tally.add("plan", "right papers found in the end", len(right & found), len(right))
        for n, note in look.notes.items():
            paper = look.pack.paper(n)
            key = title_key(paper.title) if paper else ""
            if key in right:
                tally.add("gather", "right papers given a score", note.score > 0, 1)
            elif key not in fair:
                tally.add("gather", "other papers given none", note.score == 0, 1)
    pack, worth = look.chosen()
    tally.add("enough", "searched again", bool(look.again), 1)
    tally.add("enough", "right papers for the writer", len(right & _titles(map(pack.paper, pack.numbers))), len(right))
    reply, shown = engine._asked(calls, look.plan, tuple(one.history), pack, worth, engine._room("answer"), look.said)
    draft = draft_of(reply, shown)
    tally.add("answer", "could be read", bool(draft.pieces) or draft.declines, 1)
    tally.add("answer", "answered or declined rightly", draft.declines != one.answerable, 1)
    if draft.declines:
        return
    checks = Checks(shown, look.plan, calls, engine._backend, answering._search, ())
    blocks = checks._sorted(draft)
    checks._check(blocks)
    claims = [block for block in blocks if block.claims]
    for verdict, count in Counter(b.verdict.verdict if b.verdict else "cites nothing" for b in claims).items():
        tally.add("check", verdict, count, len(claims))
    failed = [k for k, block in enumerate(blocks) if block.why and block.piece.kind in ("claim", "cell", "link")]
    if failed:
        checks._check(checks._revised(blocks, failed))
        tally.add("revise", "sent back that stood after it", sum(not blocks[k].why for k in failed), len(failed))
    cited = _titles(e.paper for block in blocks if not block.why for e in block.evidence)
    if one.answerable and right:
        tally.add("answer", "cited papers that are right", len(cited & fair), len(cited))
        tally.add("answer", "right papers cited", len(cited & right), len(right))
    tally.add("answer", "calls", calls.used, 1)
    rewrite(one, answering, engine, blocks, shown, tally)


def rerank(one: LabelledQuestion, answering: Answering, engine: LanguageModelEngine, tally: Tally) -> None:
    """What becomes of the search's first papers when the model puts them in order."""
    right = {title_key(title) for title in one.gold_titles}
    hits = answering.material(answering.plan(one.question, one.history)).hits[:MOST_LISTED]
    if not right or len(hits) < _FIRST:
        return
    scores = Listwise(engine._backend).scores(one.question, candidates(hits, answering._library.papers))
    best = sorted(range(len(hits)), key=lambda k: -scores[k])
    for figure, order in (("right papers among the first three", range(len(hits))), ("the same, put in order", best)):
        tally.add("rerank", figure, len(right & {title_key(hits[k].title) for k in order[:_FIRST]}), len(right))


def rewrite(
    one: LabelledQuestion, answering: Answering, engine: LanguageModelEngine, blocks: Sequence[Settled], shown: Pack,
    tally: Tally,
) -> None:
    """What becomes of an answer that is asked for as a table."""
    builder = AnswerBuilder(one.question, engine._backend.name, 0.0)
    for _ in told(blocks, shown, builder, False):
        pass
    answer = builder.answer(Fingerprint())
    if not answer.citations:
        return
    history = (Turn(one.question, answer),)
    steps = engine._rewritten(answering.plan("Put that in a table", history), history, Calls(engine._backend, 1))
    try:
        while True:
            next(steps)
    except StopIteration as end:
        draft, pack = end.value
    cited = {(e.paper.id, e.start) for p in draft.pieces for e in pack.evidence(p.cites, p.text)}
    before = {(c.paper_id, c.start) for c in answer.citations}
    tally.add("rewrite", "became a table", any(piece.kind == "cell" for piece in draft.pieces), 1)
    tally.add("rewrite", "citations kept", len(before & cited), len(before))


def _titles(papers: Iterator[Paper | None] | map) -> set[str]:
    return {title_key(paper.title) for paper in papers if paper}


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("backend")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args(args)
    settings = Settings.from_env(home=given.home, backend=given.backend)
    tally = Tally()
    with open_assistant(settings=settings) as assistant:
        answering = assistant._answering
        for one in read_questions(given.questions)[: given.limit]:
            backend = open_backend(given.backend, settings)
            if backend is None:
                parser.error("extractive asks no prompts; name a language model")
            engine = LanguageModelEngine(
                backend, settings, fallback=None, count_tokens=count_tokens, papers=answering._library.whole,
            )
            for figures in (measure, rerank):
                try:
                    figures(one, answering, engine, tally)
                except BackendError as error:
                    tally.add("answer" if figures is measure else "rerank", "failed", 1, 1)
                    print(f"{one.id}: {error}")
    rows = list(tally.rows())
    for row in rows:
        print(f"{row['prompt']:24} {row['figure']:32} {row['part']:7.0f} of {row['whole']:5.0f}   {row['share']}")
    if given.write:
        given.write.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
