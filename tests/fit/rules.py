"""What each rule of the built-in road is worth: the same questions asked with the rule and without it.

    python -m tests.fit.rules DATA [RULE...] [--cache FOLDER] [--set NAME...] [--write FILE]

`DATA` is the folder of labelled questions and corpora. The libraries are built once in the cache folder. Each set is
asked with the product as it is, then once for each rule (all, or those named) with that rule switched off, and a line
is printed: key facts, cited papers' precision and recall, the share answered, the unanswerable that were not answered,
and how many answers differ. A rule that changes no answer of any set, and that no test needs, should go.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from assistant import retrieval
from assistant.answering import NARROW, Answering
from assistant.answering.forms import rows as lists
from assistant.answering.forms import text
from assistant.config import Settings
from assistant.evaluation import evaluate
from assistant.evaluation.aggregates import FIGURES
from assistant.evaluation.run import Report
from assistant.evidence import gather
from assistant.papers import Event, Paper, Turn
from assistant.question import form
from assistant.retrieval import interaction, matching
from assistant.retrieval.reranking import Reranking

from .cases import Corpus

SETS = ("ml_A", "bio_B", "daily_papers_dev")
SHOWN = ("key_facts", "citations.precision", "citations.recall", "answered_share", "abstention.recall")
Off = Callable[..., Any]
"""Takes whatever the rule takes, and does without it."""


@dataclass(frozen=True)
class Rule:
    """A rule of the road, and what stands in its place when it is switched off."""

    name: str
    off: Any
    places: tuple[str, ...]
    fresh: bool = False
    """Whether it shapes the papers as numbers, or their sentences' chances: then nothing is taken from memory."""


def _gives(value: object) -> Off:
    return lambda *args, **more: value


def _same(first: Any, *args: Any, **more: Any) -> Any:
    return first


def _form_as_guessed(asked: str, parts: Sequence[Any], sides: Sequence[str]) -> tuple[str, float]:
    found = form.chances(form.features(asked, parts, sides))
    return max(found, key=lambda name: found[name]), sum(found.get(name, 0.0) for name in form.SEVERAL)


def _by_words(view: Any, embedder: Any, asked: Any, seeks: Any, covers: Any, paper: Any, places: Any) -> Any:
    return matching._by_words(asked, paper, places)


def _as_text(engine: Any, material: Any, search: Any, builder: Any) -> Any:
    builder.form = "text"
    return text.sentences(material, builder)


def _five_likeliest(material: Any) -> list[Any]:
    return sorted(material.gathered.papers, key=lambda p: -p.member)[:5]


def _first_alone(gathered: Any, most: int = 1, threshold: str = "added") -> list[Any]:
    return _CHOOSE(gathered, 1)


def _material(answering: Answering, plan: Any, model: Any = None) -> Any:
    return answering.material(plan, model=model)


def _hits_with_phrases(answering: Answering, plan: Any, count: int, model: Any) -> Any:
    search = retrieval.search
    strict = lambda *args, **more: search(*args, **{**more, "phrases": plan.phrases})  # noqa: E731
    with patch("assistant.retrieval.search", strict):
        return _HITS(answering, plan, count, model)


def _whole_query(first: str, *args: Any) -> tuple[str, ...]:
    return (first,)


def _unread(asked: str, *args: Any) -> tuple[str, str, tuple[()]]:
    return asked, "en", ()


def _unlearned(rows: Any, rarity: Any, encoder: str) -> Any:
    return interaction.plain(rarity, rows)


def _uncovered(rows: Any, rarity: Any, encoder: str) -> Any:
    return rows, interaction.plain_cover()


_CHOOSE, _HITS, _BEST = text.choose, Answering._hits, lists.best_sentences
_FORMS = "assistant.answering.forms."

RULES = (
    Rule("answer types", _gives(0.0), ("assistant.evidence.features.answer_type_score",
                                       "assistant.evidence.deciding.answer_type_score"), fresh=True),
    Rule("learned interaction", _unlearned, ("assistant.retrieval.matching.probes",), fresh=True),
    Rule("learned cover", _uncovered, ("assistant.retrieval.matching.covering",), fresh=True),
    Rule("tokens by sentence", _by_words, ("assistant.retrieval.matching.sentence_matches",), fresh=True),
    Rule("parts by themselves", _gives([]), ("assistant.retrieval.matching.parts_asked",), fresh=True),
    Rule("sides of a comparison", _gives(False), (_FORMS + "comparison.compares",)),
    Rule("sides are spoken of", _gives(True), (_FORMS + "comparison._speaks_of",)),
    Rule("one paper compares itself", _gives(False), (_FORMS + "comparison._compares_itself",)),
    Rule("rows for several", _as_text, ("assistant.answering.engines.extractive.ExtractiveEngine._rows",)),
    Rule("tables where asked for", _form_as_guessed, ("assistant.question.read.form_of",)),
    Rule("one paper named, one told", _gives(False), ("assistant.question.read._of_one",)),
    Rule("many looked at", NARROW, ("assistant.answering.WIDE",)),
    Rule("members by threshold", _five_likeliest, (_FORMS + "rows.members",)),
    Rule("one sentence a row", lambda one, count: _BEST(one, 1), (_FORMS + "rows.best_sentences",)),
    Rule("next sentences", _first_alone, (_FORMS + "text.choose",)),
    Rule("leaning sentences give way", _gives(False), (_FORMS + "text.leans", "assistant.answering.quoting.leans")),
    Rule("openings cut", _same, (_FORMS + "text.quote", _FORMS + "rows.quote", _FORMS + "comparison.quote",
                                 "assistant.answering.engines.extractive.quote")),
    Rule("long sentences cut", _same, (_FORMS + "text.stretch", _FORMS + "rows.stretch",
                                       _FORMS + "comparison.stretch")),
    Rule("value in front", _gives(""), (_FORMS + "text._value",)),
    Rule("yes or no in front", _gives(("", 0.5)), (_FORMS + "text.polarity",)),
    Rule("follow-ups read", _gives([]), ("assistant.answering.scope.history_given",)),
    Rule("papers meant looked into", _gives([]), ("assistant.answering.Answering._meant",)),
    Rule("beyond the papers meant", _material, ("assistant.answering.Answering._material_for",)),
    Rule("quoted phrases relaxed", _hits_with_phrases, ("assistant.answering.Answering._hits",)),
    Rule("aspects searched for", _whole_query, ("assistant.question.read.queries_of",)),
    Rule("other spellings", lambda self, asked, *rest: (asked, []),
         ("assistant.retrieval.understanding.Understanding._corrected",)),
    Rule("short forms spelt out", _gives([]), ("assistant.retrieval.understanding.Understanding._spelt_out",)),
    Rule("limits taken off", lambda self, plan, given: (plan, []),
         ("assistant.retrieval.understanding.Understanding._relaxed",)),
    Rule("authors as limits", _gives(()), ("assistant.question.read.authorships",)),
    Rule("library questions", _gives(None), ("assistant.question.read.request_of",)),
    Rule("needs a model", _gives(""), ("assistant.question.read.needs_model",)),
    Rule("other languages", _unread, ("assistant.question.read.in_english",)),
    Rule("only telling words absent", _gives(True), ("assistant.answering.decision._telling",)),
    Rule("addresses never follow", "\0", (_FORMS + "text.ADDRESS", "assistant.answering.quoting.ADDRESS")),
    Rule("no yes or no to turned", re.compile(r"(?!)"), ("assistant.answering.polarity._UNDECIDED",)),
    Rule("missing words named", _gives(()), ("assistant.answering.decision.missing_terms",)),
)  # fmt: skip


class Asked:
    """A corpus that answers as the product does, as an evaluation asks it."""

    def __init__(self, corpus: Corpus) -> None:
        settings = Settings(home=corpus.library.home)
        self._corpus = corpus
        self._answering = Answering(corpus.library, corpus.index, corpus.asked, settings, Reranking(settings))
        self.memory: dict[Any, Any] = {}
        """What was searched for, matched and gathered: most rules leave it as it is."""

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Event]:
        return self._answering.stream(question, history=history, fresh=True)

    def papers(self) -> list[Paper]:
        return self._corpus.library.papers()

    def paper(self, paper_id: str) -> Paper:
        return self._corpus.library.whole([paper_id])[0]


def remembering(memory: dict[Any, Any], work: Off, key_of: Off) -> Off:
    """The same work, done once for each key."""

    def remembered(*args: Any, **more: Any) -> Any:
        key = (work.__name__, key_of(*args, **more))
        if key not in memory:
            memory[key] = work(*args, **more)
        return memory[key]

    return remembered


def _searched(library: Any, index: Any, embedder: Any, text: str, **more: Any) -> Any:
    return text, tuple((name, tuple(v.items()) if isinstance(v, dict) else v) for name, v in sorted(more.items()))


def _matched(plan: Any, hits: Sequence[Any], *args: Any) -> Any:
    return plan, tuple(hits)


def _gathered(found: Any) -> Any:
    return found.plan, tuple((p.paper.id, p.score) for p in found.papers)


def reported(asked: Asked, questions: Path, rule: Rule | None = None) -> Report:
    """The report of a set, with a rule switched off where one is given."""
    with ExitStack() as stack:
        if rule is None or not rule.fresh:
            for place, work, key_of in (
                ("assistant.retrieval.search", retrieval.search, _searched),
                ("assistant.answering.matches_of", matching.matches_of, _matched),
                ("assistant.answering.gather", gather, _gathered),
            ):
                stack.enter_context(patch(place, remembering(asked.memory, work, key_of)))
        if rule is not None:
            for place in rule.places:
                stack.enter_context(patch(place, rule.off))
        return evaluate(asked, questions)


def figures(report: Report) -> dict[str, float]:
    """The figures that are shown, by name."""
    row = {}
    for name in SHOWN:
        parts = [part for item in report.items if (part := FIGURES[name](item.judged)) is not None]
        row[name] = round(sum(p for p, _ in parts) / max(1e-9, sum(w for _, w in parts)), 3)
    return row


def changed(one: Report, other: Report) -> int:
    """How many answers differ in their text, outcome, or what they offer."""
    said = lambda report: [(i.answer and (i.answer.answer, i.answer.decision, i.answer.related, i.answer.missing))  # noqa: E731
                           for i in report.items]
    return sum(a != b for a, b in zip(said(one), said(other), strict=True))


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("rule", nargs="*", help=f"one or more of: {', '.join(r.name for r in RULES)}")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/litassist-fit"))
    parser.add_argument("--set", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--write", type=Path, help="keep the figures as JSON")
    given = parser.parse_args(args)
    if unknown := set(given.rule) - {r.name for r in RULES}:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}")
    chosen = [r for r in RULES if not given.rule or r.name in given.rule]
    pages = Asked(Corpus(given.cache / "pages", sources=[given.data / "corpora" / "daily_papers"]))
    bio = Asked(Corpus(given.cache / "bio", sources=[given.data / "corpora" / "bio400.jsonl"]))
    table: list[dict[str, Any]] = []
    for name in given.set:
        asked, questions = (bio if name == "bio_B" else pages), given.data / "questions" / f"{name}.jsonl"
        whole = reported(asked, questions)
        print(f"{name:18} {'as it is':28}", _line(figures(whole)), flush=True)
        table.append({"set": name, "rule": "", **figures(whole), "changed": 0})
        for rule in chosen:
            report = reported(asked, questions, rule)
            count = changed(whole, report)
            print(f"{name:18} {rule.name:28}", _line(figures(report)), f"{count:4} changed", flush=True)
            table.append({"set": name, "rule": rule.name, **figures(report), "changed": count})
            if given.write:
                given.write.write_text(json.dumps(table, indent=1), encoding="utf-8")


def _line(row: dict[str, float]) -> str:
    short = dict(zip(SHOWN, ("facts", "precision", "recall", "answered", "caught"), strict=True))
    return "  ".join(f"{short[name]} {value:.3f}" for name, value in row.items())


if __name__ == "__main__":
    main()
