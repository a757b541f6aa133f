"""The engine with which a language model plans, gathers, writes and is checked.

Fast: one call over whole abstracts and passages, and one that reads the claims beside their sources. Thorough: at most
fifteen calls, four at once. A request on the last answer works on that answer. The model's word stands, a refusal too;
where it fails, the fallback writes, and the reason is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from ... import backends, prompts
from ...backends import Backend
from ...config import Settings
from ...errors import BackendError, ConfigError, ContextOverflow
from ...papers import Event, Finding, Stage, Turn, Usage
from ...prompts import as_data
from ...question import QuestionPlan
from ..builder import AnswerBuilder
from . import Engine, Material, Search
from .model.calls import Calls
from .model.checked import Checks
from .model.conversation import conversation
from .model.draft import ANSWER, Draft
from .model.filling import budget, fill, with_sections
from .model.outcome import declined, findings_on, form_of, told
from .model.pack import Pack
from .model.replies import draft_of, refusal
from .model.research import MOST_CALLS, Research, is_thorough
from .model.rewriting import (
    Papers,
    answer_text,
    cited_pack,
    cited_places,
    last_answer,
    paper_keys,
    request_before,
    with_keys,
)

_FAST_CALLS = 4
"""The answer and its check; a revision and its check only for an answer that would lose most of its claims."""
_CONVERSATION = 6
"""The part of the papers' room that the conversation may take: one in so many."""
_GATHER_TOKENS = 600
"""Tokens of a call beside the papers, for the estimate."""


_CUT = (
    "The model's answer was cut off at its length limit; its whole sentences are shown. "
    "Raise LITASSIST_MAX_ANSWER_TOKENS for more."
)


class LanguageModelEngine:
    """Writes an answer with a language model. For one answer; `papers` gives papers whole, by their ids."""

    def __init__(
        self, backend: Backend, settings: Settings, *, fallback: Engine, count_tokens: Callable[[str], int],
        papers: Papers, effort: str | None = None,
    ) -> None:
        self._backend = backend
        self._settings = settings
        self._fallback = fallback
        self._count = count_tokens
        self._papers = papers
        self._effort = effort or settings.effort
        self._judge: Backend | None = None

    def write(
        self, material: Material, history: tuple[Turn, ...], search: Search, builder: AnswerBuilder
    ) -> Iterator[Event]:
        """The events of the answer; see `Engine`. What the model fails to do, the fallback does."""
        found, material = material, replace(material, plan=as_shown(material.plan))
        last = last_answer(history)
        reworked = bool(material.plan.on_answer and last)
        thorough = not reworked and is_thorough(self._effort, material.plan, material.gathered, self._backend.name)
        if not material.gathered.papers and last is None and not thorough:
            yield from self._fallback.write(found, history, search, builder)
            return
        calls = Calls(self._backend, MOST_CALLS if thorough else _FAST_CALLS)
        started = time.perf_counter()
        reason = ""
        try:
            draft, pack, findings, plan = yield from self._draft(material, history, search, calls, thorough)
            material = replace(material, plan=plan)
            reason = _of_no_use(draft, self._backend.name)
            if not reason:
                builder.write_s = time.perf_counter() - started
                started = time.perf_counter()
                builder.findings += findings
                reason = yield from self._shown(draft, pack, material, search, calls, thorough, builder)
                builder.verify_s = time.perf_counter() - started
        except BackendError as error:
            reason = str(error)
        finally:
            builder.prompts += calls.labels
            builder.usage = self._backend.usage + (self._judge.usage if self._judge else Usage())
        if reason:
            builder.findings.append(Finding("backend_failed", "", reason))
            builder.backend = "extractive"
            yield from self._fallback.write(found, history, search, builder)

    # ------------------------------------------------------------------ what the model writes

    def _draft(
        self, material: Material, history: tuple[Turn, ...], search: Search, calls: Calls, thorough: bool
    ) -> Generator[Event, None, tuple[Draft, Pack, list[Finding], QuestionPlan]]:
        """What the model wrote, what it was shown, what is to be said, and the plan as the model completed it."""
        plan, note = material.plan, ""
        if plan.on_answer and (rewritten := (yield from self._rewritten(plan, history, calls))) is not None:
            return (*rewritten, [], plan)
        room = self._room("answer")
        if thorough:
            yield Stage(self._planning(material))
            look = Research(calls, search, self._count, room, plan)
            yield from look.run(material, history)
            pack, worth = look.chosen()
            plan, findings, note = look.plan, look.findings, look.said
        else:
            best = sorted(material.gathered.papers, key=lambda p: -(p.member if plan.several else p.chance))
            pack, findings = Pack(p.paper for p in best), list[Finding]()
            worth = {
                place: one.chance for p in best for one in p.sentences if (place := pack.at(one)) is not None
            }
            if last := last_answer(history):
                # A question may lean on the answer in a way that nobody but the model sees.
                half = max(worth.values(), default=1.0) / 2
                worth |= {place: half for place in cited_places(last, self._papers, pack) if place not in worth}
            worth = with_sections(pack, worth, f"{plan.question} {plan.search_text}")
        yield Stage("Writing")
        reply, shown = self._asked(calls, plan, history, pack, worth, room, note)
        return draft_of(reply, shown), shown, findings, plan

    def _asked(
        self, calls: Calls, plan: QuestionPlan, history: tuple[Turn, ...], pack: Pack,
        worth: dict[tuple[int, int], float], room: int, note: str,
    ) -> tuple[str, Pack]:
        """The model's reply, and what it was shown, with a `note` on it: half the papers where more are too many."""
        said = conversation(history, room // _CONVERSATION, self._count)
        room -= self._count(said)
        for last in (False, True):
            shown = pack.unshown()
            fill(shown, worth, room, self._count, whole=len(pack.numbers) == 1)
            papers = shown.all_text()
            try:
                return calls.ask(
                    "answer", ANSWER, papers=papers, conversation=said, asked=as_data(plan.asked),
                    full=_in_full(plan), form=_form_hint(plan), note=f"\n{note}" if note else "",
                ), shown
            except ContextOverflow:
                if last:
                    raise
                room = min(room, self._count(papers)) // 2
        raise AssertionError("unreachable")

    def _rewritten(
        self, plan: QuestionPlan, history: tuple[Turn, ...], calls: Calls
    ) -> Generator[Event, None, tuple[Draft, Pack] | None]:
        """The last answer as it is now wanted; None where there is none that cites papers still here."""
        earlier = last_answer(history)
        if earlier is None:
            return None
        pack = cited_pack(earlier, self._papers, self._room("rewrite"), self._count)
        if not pack.shown_numbers:
            return None
        yield Stage("Writing")
        reply = calls.ask(
            "rewrite", ANSWER, papers=pack.all_text(), answer=answer_text(earlier, pack, self._papers),
            asked=as_data(plan.asked), before=request_before(history), form=plan.on_answer.replace("_", " "),
        )
        keys = {key: n for n, key in paper_keys(pack).items()}
        return draft_of(reply, pack, keys), pack

    # ------------------------------------------------------------------ what is shown of it

    def _shown(
        self, draft: Draft, pack: Pack, material: Material, search: Search, calls: Calls, thorough: bool,
        builder: AnswerBuilder,
    ) -> Generator[Event, None, str]:
        """The blocks that stand, as events; else why none does."""
        near = material.gathered.sentences[:40]
        checks = Checks(
            pack, material.plan, calls, self._reader(builder), search, near,
            shows=self._settings.unsupported == "show",
        )
        if draft.declines:
            yield from declined(draft, pack, material, checks, builder, thorough=thorough)
            return ""
        blocks = yield from checks.settle(draft, thorough=thorough)
        if not any(one.claims and not one.why for one in blocks):
            claims = sum(one.claims for one in blocks)
            return (
                f"None of the {claims} sentences that {self._backend.name} wrote is held by the papers it cites."
                if claims > 1 else f"What {self._backend.name} wrote is not held by the papers it cites."
            )
        shows = self._settings.unsupported == "show"
        builder.findings += [*checks.findings, *findings_on(blocks, shows)]
        if calls.cut & {"answer", "rewrite"}:
            builder.findings.append(Finding("cut_off", "", _CUT))
        builder.form = form_of(blocks, material.plan)
        builder.decision, builder.missing = "answered", draft.missing
        builder.confidence = None
        if material.plan.on_answer == "related_work":
            blocks = with_keys(blocks, pack)
        yield from told(blocks, pack, builder, shows)
        return ""

    def _reader(self, builder: AnswerBuilder) -> Backend | None:
        """Who reads the claims: the backend, or the one that the settings name; nobody for `none`."""
        named = self._settings.judge.strip()
        if named == "none":
            return None
        if not named:
            return self._backend
        try:
            self._judge = backends.open_backend(named, self._settings)
        except (BackendError, ConfigError) as error:
            builder.findings.append(Finding("check_incomplete", "", f"LITASSIST_JUDGE can't be used: {error}"))
            return self._backend
        if self._judge is not None:
            self._judge.on_wait = self._backend.on_wait
        return self._judge

    # ------------------------------------------------------------------ room and money

    def _room(self, name: str) -> int:
        """The tokens that papers and conversation may take beside a prompt and the answer."""
        window = self._backend.context_tokens
        prompt = prompts.load(name)
        answer = min(self._backend.room + min(self._settings.thinking_tokens, window // 8), window // 3)
        return budget(window, self._count(prompt.system) + self._count(prompt.user) + 200, answer)

    def _planning(self, material: Material) -> str:
        """What is done first, with what the whole run is likely to take where its price is known."""
        papers = sum(
            self._count(p.paper.abstract) + sum(self._count(s.text) for s in p.sentences if s.field == "page")
            for p in material.gathered.papers
        )
        tokens = 3 * papers + MOST_CALLS * _GATHER_TOKENS
        likely = backends.estimate(self._backend.name, self._settings, tokens, MOST_CALLS * _GATHER_TOKENS // 2)
        if not likely.cost_usd:
            return "Planning"
        return f"Planning (about {round(tokens, -3):,} tokens, ${likely.cost_usd:.2f} at prices of {likely.prices_of})"


def _of_no_use(draft: Draft, name: str) -> str:
    """Why a draft can't be shown, in one sentence; "" where it can."""
    if words := refusal(draft):
        return f"{name} refused to answer: “{words.rstrip('.')}”."
    if draft.declines or draft.pieces:
        return ""
    began = " ".join(draft.words.split())[:80]
    return f"{name} wrote nothing that can be read as an answer" + (f": “{began}”." if began else ".")


def as_shown(plan: QuestionPlan) -> QuestionPlan:
    """The plan with the question as a model is to see it: as typed, but completed where it leans on the conversation.

    What a limit took out of it concerns the search.
    """
    return plan if plan.follows else replace(plan, question=plan.asked)


def _in_full(plan: QuestionPlan) -> str:
    """The question complete in itself, on a line of its own; "" where it was typed so."""
    return "" if plan.question == plan.asked else f"\nQuestion in full: {as_data(plan.question)}"


def _form_hint(plan: QuestionPlan) -> str:
    """The form that the question was read to want, as a hint."""
    if plan.needs_model:
        return plan.needs_model
    shown = f"{plan.asked} {plan.question}".casefold()
    named = "; ".join(one for one in (*plan.sides, *plan.columns) if one.casefold() in shown)
    return f"{plan.form} ({as_data(named)})" if named else plan.form
