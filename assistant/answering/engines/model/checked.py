"""A draft checked against the sentences it cites; what fails is revised once, in its place, else left out."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from ....backends import Backend
from ....checking import Source, Verdict, check_all
from ....checking.reading import read_claims
from ....errors import BackendError
from ....evidence import Evidence
from ....papers import Event, Finding, Stage
from ....prompts import as_data
from ....question import QuestionPlan
from ....question.plan import Part
from .. import Search
from .between import (
    contradicting,
    is_english,
    is_gap,
    is_heading,
    only_joins,
    refers,
    said_missing,
    says_unreported,
)
from .calls import Calls, OutOfCalls
from .draft import REVISED, Draft, Piece
from .loose_json import as_number, as_text, as_texts, under, value_in
from .pack import Pack
from .verdicts import as_sources, doubt, needed, over_languages, reason

_FAILED_SHARE = 0.5
"""A fast answer that would lose more of its claims than this is worth one more call."""
_GAPS = 4
"""Gaps that a search is made for."""
LEANS = "it speaks of a sentence that was left out"
_WITH_BEFORE = "it opens on what the sentence before it names, which is sent back too: name it, so that it stands alone"
_EMPTY_CELL = re.compile(r"\W*|n\W?a\W?", re.I)


@dataclass(slots=True)
class Settled:
    """A block with what it rests on; `why` it can't stand is "" where it does."""

    piece: Piece
    evidence: tuple[Evidence, ...] = ()
    verdict: Verdict | None = None
    why: str = ""
    beside: str = ""
    """What a reader needs to know what it speaks of: the row and column of a cell, the sentence before a claim."""

    @property
    def claims(self) -> bool:
        """Whether it states something that its sources must hold."""
        return self.piece.kind in ("claim", "cell") and bool(self.evidence or self.why)


@dataclass(slots=True)
class Checks:
    """Checks drafts over one pack of papers."""

    pack: Pack
    plan: QuestionPlan
    calls: Calls
    reader: Backend | None
    """Who reads the claims beside their sources; None: the built-in check decides alone."""
    search: Search
    near: Sequence[Evidence]
    """The sentences found for the question."""
    shows: bool = False
    """Whether claims that fail are shown, marked: what speaks of them hangs on nothing that is missing."""
    findings: list[Finding] = field(default_factory=list)
    judged: dict[tuple[str, str, tuple[Evidence, ...]], Verdict] = field(default_factory=dict)
    """What a reader has said to a claim with what stands beside it and its sentences: it is not asked twice."""

    def settle(self, draft: Draft, *, thorough: bool) -> Generator[Event, None, list[Settled]]:
        """The blocks of a draft, in order, each checked; those with a reason in `why` are to be left out."""
        blocks = self._sorted(draft)
        yield Stage("Checking")
        self._check(blocks)
        failed = [k for k, one in enumerate(blocks) if one.why and one.piece.kind in ("claim", "cell", "link")]
        doubtful = [k for k, one in enumerate(blocks) if thorough and not one.why and doubt(one.verdict)]
        claims = sum(one.claims for one in blocks)
        if doubtful or (failed and (thorough or len(failed) > _FAILED_SHARE * max(claims, 1))):
            yield Stage("Revising")
            hanging = [k for j in failed for k in self._hanging(blocks, j) if blocks[k].piece.kind == "claim"]
            kept = {k: blocks[k] for k in (*hanging, *doubtful)}
            revised = self._revised(blocks, sorted({*failed, *doubtful, *hanging}))
            self._check(revised)
            for k, one in kept.items():
                if blocks[k].why:
                    blocks[k] = one
        for k, one in enumerate([] if self.shows else blocks):
            if one.why and one.piece.kind in ("claim", "link"):
                for j in self._hanging(blocks, k):
                    blocks[j].why = LEANS
        return blocks

    def nearest(self, draft: Draft, *, reads: bool) -> Settled | None:
        """The claim in which a refusal says what comes nearest, if it stands; a reader is asked where one `reads`."""
        piece = next((p for p in draft.pieces if p.kind in ("claim", "cell") and p.cites), None)
        if piece is None:
            return None
        one = Settled(replace(piece, kind="claim"), self.pack.evidence(piece.cites, piece.text))
        self._check([one], reads=reads)
        if one.verdict is None or (one.why and (one.verdict.vetoed or one.verdict.read)):
            return None
        if one.why:
            one.verdict, one.why = replace(one.verdict, verdict="partial"), ""
        return one

    @staticmethod
    def _hanging(blocks: Sequence[Settled], at: int) -> list[int]:
        """The claims after one in its paragraph that stand as yet, and open on what it names."""
        found: list[int] = []
        for k in range(at + 1, len(blocks)):
            piece = blocks[k].piece
            if piece.paragraph or piece.kind not in ("claim", "link", "gap") or not refers(piece.text):
                break
            if not blocks[k].why:
                found.append(k)
        return found

    # ------------------------------------------------------------------ what each block is

    def _sorted(self, draft: Draft) -> list[Settled]:
        around = (self.plan.asked, self.plan.question, *(p.text for p in draft.pieces if p.kind == "heading"))
        cited = (*around, *(n.text for n in self._sources_of(draft)))
        gaps = 0
        blocks: list[Settled] = []
        row, paper = "", 0
        for piece in draft.pieces:
            for written in piece.unknown:
                told = f"The model cited {written}, which it was not shown."
                self.findings.append(Finding("unknown_citation", piece.text, told))
            one = self._placed(piece, around, cited)
            if one.piece.kind == "row":
                row, paper = one.piece.text, one.piece.paper
            if one.piece.kind == "cell":
                one.beside = f"Row: {row}; column: {piece.column}" if piece.column else f"Row: {row}"
                if paper and one.evidence and paper not in self._papers_of(one):
                    one.why = "it cites another paper than the one that its row names"
            elif blocks and not piece.paragraph and blocks[-1].piece.kind in ("claim", "link", "gap"):
                one.beside = f"The sentence before: {blocks[-1].piece.text}"
            if one.piece.kind == "gap" and not one.why and gaps < _GAPS:
                gaps += 1
                self._check_gap(one)
            blocks.append(one)
        return blocks

    def _papers_of(self, one: Settled) -> set[int]:
        return {place[0] for e in one.evidence if (place := self.pack.at(e))}

    def _sources_of(self, draft: Draft) -> list[Evidence]:
        return [e for p in draft.pieces for e in self.pack.evidence(p.cites, p.text)]

    def _placed(self, piece: Piece, around: Sequence[str], cited: Sequence[str]) -> Settled:
        """What a piece is, whatever the model called it."""
        kind, text = piece.kind, piece.text
        if kind == "cell" and not piece.cites and (_EMPTY_CELL.fullmatch(text) or is_gap(text, cited)):
            return Settled(piece)
        if kind == "gap":
            stands = is_gap(text, cited)
            return Settled(piece, why="" if stands else "it is called a gap, but states something and cites nothing")
        if kind in ("heading", "row"):
            paper = self.pack.paper(piece.paper) if kind == "row" else None
            if not is_heading(text, (*cited, paper.title if paper else "")):
                if paper is None:
                    return Settled(piece, why="it is no heading")
                piece = replace(piece, text=paper.title)
            return Settled(piece)
        if piece.cites:
            piece = replace(piece, kind="claim") if kind == "link" else piece
            return Settled(piece, self.pack.evidence(piece.cites, text))
        if only_joins(text, around):
            return Settled(replace(piece, kind="link"))
        if kind == "claim" and not piece.unknown and is_gap(text, around):
            return Settled(replace(piece, kind="gap"))
        return Settled(replace(piece, kind="claim") if kind == "link" else piece, why="it cites nothing that was shown")

    def _check_gap(self, one: Settled) -> None:
        """Leave out that nothing is there where something is."""
        found = contradicting(one.piece.text, self._sentences_near(one.piece.text))
        if found is not None:
            one.why = "something is there"
            told = f"The model found nothing on this, but “{found.paper.title}” says: {found.text}"
            self.findings.append(Finding("gap_left_out", one.piece.text, told))

    def _sentences_near(self, text: str) -> list[Evidence]:
        """The sentences that more likely than not bear on the question or on a text."""
        query = said_missing(text)
        asked = replace(self.plan, question=query, parts=(Part(query),), queries=(query,), names=(), sides=())
        more = self.search(asked, query).gathered.sentences
        return [one for one in (*self.near, *more) if one.chance > 0.5]

    # ------------------------------------------------------------------ the check itself

    def _check(self, blocks: Sequence[Settled], *, reads: bool = True) -> None:
        """Set the verdict of every claim that has sources, and why it fails if it does."""
        open_ones = [one for one in blocks if one.claims and one.evidence and not one.verdict and not one.why]
        if not open_ones:
            return
        claims = [(one.piece.text, as_sources(one.evidence)) for one in open_ones]
        verdicts = check_all(claims, question=self.plan.question)
        whole = " ".join(text for text, _ in claims)
        if not is_english(whole) and is_english(" ".join(s.text for _, sources in claims for s in sources)):
            verdicts = [over_languages(text, sources, v) for (text, sources), v in zip(claims, verdicts, strict=True)]
        verdicts = self._read(open_ones, claims, verdicts) if reads else verdicts
        for one, verdict in zip(open_ones, verdicts, strict=True):
            one.verdict = verdict
            one.why = reason(verdict)
            one.evidence = needed(one.piece.text, one.evidence, verdict)
            if one.why and one.piece.kind == "claim" and says_unreported(one.piece.text):
                one.piece, one.evidence, one.verdict, one.why = replace(one.piece, kind="gap"), (), None, ""
                self._check_gap(one)

    def _read(
        self, blocks: Sequence[Settled], claims: list[tuple[str, list[Source]]], verdicts: list[Verdict]
    ) -> list[Verdict]:
        """The verdicts after somebody who can read has looked at the claims; as they were where nobody can."""
        if self.reader is None:
            return verdicts
        rows = [(claim, sources, verdict) for (claim, sources), verdict in zip(claims, verdicts, strict=True)]
        keys = [(claim, one.beside, one.evidence) for (claim, _, _), one in zip(rows, blocks, strict=True)]
        new = [k for k, key in enumerate(keys) if key not in self.judged]
        try:
            if new:
                self.calls.spend()
                read, labels = read_claims(self.reader, [rows[k] for k in new], [blocks[k].beside for k in new])
                self.calls.labels.extend(labels)
                self.judged.update((keys[k], verdict) for k, verdict in zip(new, read, strict=True) if verdict.read)
        except OutOfCalls:
            pass
        except BackendError as error:
            self.findings.append(Finding("check_incomplete", "", f"The check was made without a reader: {error}"))
        return [self.judged.get(key, verdict) for key, verdict in zip(keys, verdicts, strict=True)]

    # ------------------------------------------------------------------ once more

    def _revised(self, blocks: list[Settled], failed: Sequence[int]) -> list[Settled]:
        """The blocks that came back changed, put into their places in `blocks`; the others keep their reason."""
        told = "\n".join(
            f"i={k}: {as_data(one.piece.text)}\n  Reason: {as_data(one.why or doubt(one.verdict) or _WITH_BEFORE)}"
            for k in failed for one in (blocks[k],)
        )
        cited = {n for k in failed for n in self._papers_of(blocks[k])}
        without = any(not blocks[k].evidence for k in failed)
        try:
            reply = self.calls.ask(
                "revise", REVISED, papers=self.pack.all_text(None if without else sorted(cited)),
                question=as_data(self.plan.question), sentences=told,
            )
        except BackendError as error:
            if not isinstance(error, OutOfCalls):
                self.findings.append(Finding("check_incomplete", "", f"No sentence was revised: {error}"))
            return []
        changed: list[Settled] = []
        for k, text, cites in _revisions(reply):
            if k not in failed or not text:
                continue
            known = tuple(dict.fromkeys(one for cite in cites for one in self.pack.known(cite.strip(" []()"))))
            kind = "claim" if blocks[k].piece.kind == "link" else blocks[k].piece.kind
            piece = replace(blocks[k].piece, kind=kind, text=text, cites=known, unknown=())
            if known:
                blocks[k] = Settled(piece, self.pack.evidence(known, text), beside=blocks[k].beside)
                changed.append(blocks[k])
        return changed


def _revisions(reply: str) -> list[tuple[int, str, list[str]]]:
    from .replies import without_thoughts

    value = value_in(without_thoughts(reply))
    rows = under(value, "blocks") if isinstance(value, dict) else value
    return [
        (as_number(under(row, "index")), as_text(under(row, "text")), as_texts(under(row, "cites")))
        for row in rows if isinstance(row, dict)
    ] if isinstance(rows, list) else []
