"""A language model's answer, sentence by sentence, each checked against the evidence it cites.

What the model writes is a draft: a sentence is let through once its words are found in the evidence, is
sent back once when they are not, and is then dropped, or shown as unsupported where settings say so.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .. import prompts
from ..backends import Backend
from ..citations import Cited
from ..config import Settings
from ..errors import BackendError
from ..evidence import Evidence
from ..papers import Finding, normalised_title
from ..queries import Question
from ..text import terms
from ..verification import Verdict
from .drafting import IN_JSON, IN_TEXT, Draft, answer_schema

Check = Callable[[str, Sequence[Evidence]], Verdict]

MOST_SHOWN = 24
"""Evidence sentences put before a model at most."""
_MARGIN = 1.15
"""Our tokens are counted with another tokenizer than the model's; this much is added."""
_SAID = 90
_NOTED = 6
"""Evidence sentences per paper when notes are taken."""
_ALONE = re.compile(r"(?:yes|no)[.!,:]*", re.I)
_DECLINED = re.compile(
    r"^(?:none|not\s+in\s+(?:the\s+)?evidence)\b"
    r"|\b(?:evidence|papers?|sources?|text|context|library|abstracts?)\b.{0,40}\b(?:does|do|did)(?:\s+not|n['’]t)\s+"
    r"(?:\w+\s+)?(?:say|mention|contain|provide|state|specify|report|include|give|answer|address)", re.I,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of an answer with the evidence it rests on and the verdict on it."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    verdict: str = "supported"
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Draftsman:
    """One answer being written by a model. Read `sentences()` to its end, then the other fields."""

    backend: Backend
    question: Question
    evidence: Sequence[Evidence]
    check: Check
    count_tokens: Callable[[str], int]
    settings: Settings
    findings: list[Finding] = field(default_factory=list)
    error: BackendError | None = None
    """What ended the draft early."""
    drafted: int = 0
    """Sentences that the model wrote as statements, and of these `kept`, those that stood the check."""
    kept: int = 0
    declined: bool = False
    """Whether the model said that the evidence does not answer."""
    used: list[str] = field(default_factory=list)
    """Labels of the prompts used."""
    _said: set[str] = field(default_factory=set)
    _misled: set[str] = field(default_factory=set)
    """The sentences of which it was told that they cite what is not there."""

    def sentences(self) -> Iterator[Checked]:
        """The sentences that stand, as the model writes them; then those that stand after a second try."""
        back: list[tuple[Checked, str]] = []
        shown = self._fitting("answer", self._noted() if self._over_several() else self.evidence)
        prefix = ""
        for cited in self._written("answer", shown):
            if _ALONE.fullmatch(cited.text):
                prefix = f"{cited.text.rstrip('.!,:')}. "
                continue
            checked = self._judged(cited, shown)
            if checked is None:
                continue
            self.drafted += 1
            if checked.verdict == "unsupported":
                back.append((checked, _reason(checked)))
                continue
            self.kept += 1
            yield Checked(prefix + checked.text, checked.evidence, checked.verdict, checked.missing)
            prefix = ""
        if back:
            yield from self._second_try(back, shown)

    # ------------------------------------------------------------------ drafts

    def _over_several(self) -> bool:
        chosen = {e.paper.id for e in self.evidence if e.chosen}
        return self.question.kind in ("list", "compare") and len(chosen) > 1

    def _noted(self) -> list[Evidence]:
        """The evidence that notes on each paper rest on, paper by paper; all of it when there are none."""
        papers = list(dict.fromkeys(e.paper.id for e in self.evidence if e.chosen))[: self.settings.papers_per_answer]
        noted: list[Evidence] = []
        for paper in papers:
            own = [e for e in self.evidence if e.paper.id == paper][:_NOTED]
            shown = self._fitting("notes", own)
            for cited in self._written("notes", shown):
                checked = self._judged(cited, shown, quietly=True)
                if checked and checked.verdict != "unsupported":
                    noted += [e for e in checked.evidence if e not in noted]
            if self.error:
                break
        self._said.clear()
        kept = {e.paper.id for e in noted}
        # A paper on which a weak model took no note keeps its best sentence: the draft may still need it.
        rest = [next(e for e in self.evidence if e.paper.id == p) for p in papers if p not in kept]
        return [*noted, *rest]

    def _second_try(self, back: Sequence[tuple[Checked, str]], shown: Sequence[Evidence]) -> Iterator[Checked]:
        mended: list[set[str]] = []
        if self.error is None:
            listed = "\n".join(f"- {prompts.as_data(c.text)} (sent back: {reason})" for c, reason in back)
            for cited in self._written("revise", shown, sentences=listed):
                checked = self._judged(cited, shown, quietly=True)
                if checked and checked.verdict != "unsupported":
                    self.kept += 1
                    mended.append(set(terms(checked.text)))
                    yield checked
        for checked, reason in back:
            words = set(terms(checked.text))
            again = any(len(words & other) >= 0.5 * len(words) for other in mended)
            shown_anyway = self.settings.unsupported == "show" and not again
            what = "rewritten" if again else "shown as unsupported" if shown_anyway else "left out"
            said = textwrap.shorten(checked.text, _SAID, placeholder=" …")
            self.findings.append(Finding("unsupported", checked.text, f"“{said}” was {what}: {reason}"))
            if shown_anyway:
                yield checked

    def _written(self, name: str, shown: Sequence[Evidence], **more: str) -> Iterator[Cited]:
        """The whole sentences of one draft; a failure ends it and is kept in `error`."""
        if self.error is not None or not shown:
            return
        prompt = prompts.load(name)
        if prompt.label not in self.used:
            self.used.append(prompt.label)
        numbers = range(1, len(shown) + 1)
        held = self.backend.constrains
        system, user = prompt.render(
            question=prompts.as_data(self.question.text), evidence=_block(shown), form=IN_JSON if held else IN_TEXT,
            **more,
        )
        draft = Draft(numbers)
        try:
            for piece in self.backend.stream(system, user, schema=answer_schema(numbers) if held else None):
                yield from draft.feed(piece)
        except BackendError as error:
            self.error = error
        yield from draft.end(truncated=self.error is not None or self.backend.truncated)

    def _fitting(self, name: str, evidence: Sequence[Evidence]) -> list[Evidence]:
        """As much of the evidence, in its order, as the model's window holds; at least one sentence."""
        prompt = prompts.load(name)
        window = self.backend.context_tokens
        fixed = self.count_tokens(f"{prompt.system}\n{prompt.user}\n{self.question.text}\n{IN_JSON}")
        left = window / _MARGIN - fixed - min(self.settings.max_answer_tokens, window // 3)
        fitting: list[Evidence] = []
        for one in evidence[:MOST_SHOWN]:
            left -= self.count_tokens(_block([one]))
            if left < 0 and fitting:
                break
            fitting.append(one)
        return fitting

    # ------------------------------------------------------------------ the check

    def _judged(self, cited: Cited, shown: Sequence[Evidence], *, quietly: bool = False) -> Checked | None:
        """The sentence with its verdict; None for a repetition, and for a model's "the evidence does not say"."""
        key = normalised_title(cited.text)
        if cited.unknown and key not in self._misled:
            # Once for a sentence, though it comes again: in a note, the draft and the second try.
            self._misled.add(key)
            numbers = list(dict.fromkeys(cited.unknown))
            which = " ".join(f"[{n}]" for n in numbers) + (" names" if len(numbers) == 1 else " name")
            self.findings.append(Finding(
                "unknown_citation", cited.text, f"{which} no evidence; 1 to {len(shown)} were shown"
            ))
        if not key or key in self._said or not any(c.isalpha() for c in cited.text):
            return None
        self._said.add(key)
        if _DECLINED.search(cited.text):
            self.declined = True
            if not quietly:
                self.findings.append(Finding("declined", cited.text, "the model found no answer in the evidence"))
            return None
        named = tuple(shown[n - 1] for n in cited.numbers)
        judged = self.check(cited.text, named) if named else None
        if judged is None or judged.verdict == "unsupported":
            other = self._attributed(cited.text, named, shown)
            if other is not None:
                if named and not quietly:
                    self.findings.append(Finding(
                        "citation_corrected", cited.text, "the evidence it cited does not hold it, other evidence does"
                    ))
                return other
        if judged is None:
            return Checked(cited.text, (), "unsupported")
        if judged.contradiction and not quietly:
            self.findings.append(Finding("contradiction", cited.text, judged.contradiction))
        return Checked(cited.text, named, judged.verdict, judged.missing)

    def _attributed(self, text: str, named: Sequence[Evidence], shown: Sequence[Evidence]) -> Checked | None:
        """The sentence with the one piece of evidence that supports it wholly, or None."""
        words = set(terms(text))
        near = sorted(
            (e for e in shown if e not in named), key=lambda e: -len(words & set(terms(f"{e.paper.title} {e.text}")))
        )
        for one in near[:3]:
            judged = self.check(text, (one,))
            if judged.verdict == "supported":
                return Checked(text, (one,), "supported", judged.missing)
        return None


def _block(shown: Sequence[Evidence]) -> str:
    return prompts.evidence_block((n, e.paper.title, e.text) for n, e in enumerate(shown, start=1))


def _reason(checked: Checked) -> str:
    if not checked.evidence:
        return "it cites no evidence that holds it"
    if checked.missing:
        return "its sources do not hold " + ", ".join(f"“{m}”" for m in checked.missing[:5])
    return "its sources do not say this"
