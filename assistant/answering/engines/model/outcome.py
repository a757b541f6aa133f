"""What becomes of a checked draft: its blocks in the answer, its form, what is said of what was left out, a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....evidence import Evidence
from ....papers import Event, Finding, Quote, Related
from ....question import QuestionPlan
from ...builder import AnswerBuilder
from .. import Material
from .between import is_gap
from .checked import Checks, Settled
from .draft import Draft
from .pack import Pack

_RELATED, _QUOTES = 3, 2


def told(blocks: Sequence[Settled], pack: Pack, builder: AnswerBuilder, shows: bool) -> Iterator[Event]:
    """The blocks that stand as events, each added to the answer; headings and rows that nothing follows are left out.

    With `shows`, claims that no source holds are among them, marked.
    """
    standing = [one for one in blocks if not one.why or (shows and one.piece.kind in ("claim", "cell"))]
    row = ""
    breaks = False
    for k, one in enumerate(standing):
        kind = one.piece.kind
        breaks = breaks or one.piece.paragraph
        if kind in ("heading", "row") and not _followed(standing[k + 1 :], kind):
            continue
        if kind == "link" and not any(later.claims for later in standing):
            continue
        if kind == "row":
            paper = pack.paper(one.piece.paper)
            row = paper.id if paper else ""
        verdict = "unsupported" if one.why else one.verdict.verdict if one.verdict else "supported"
        missing = () if verdict == "supported" or not one.verdict else one.verdict.missing
        yield builder.add(
            kind, one.piece.text, () if one.why and not one.verdict else one.evidence, verdict=verdict,
            missing=tuple(m for m in missing if m in one.piece.text), paper_id=row if kind in ("row", "cell") else "",
            column=one.piece.column if kind == "cell" else "", breaks=breaks,
        )
        breaks = False


def _followed(later: Sequence[Settled], kind: str) -> bool:
    """Whether a heading has something under it, or a row a cell."""
    for one in later:
        if kind == "row":
            return one.piece.kind == "cell"
        if one.piece.kind == "heading":
            return False
        if one.piece.kind != "row":
            return True
    return False


def form_of(blocks: Sequence[Settled], plan: QuestionPlan) -> str:
    """The form that the answer took."""
    kinds = {one.piece.kind for one in blocks if not one.why}
    if "cell" not in kinds:
        return "text" if plan.several or plan.form == "library" or plan.on_answer else plan.form
    if plan.on_answer != "table" and plan.form in ("list", "comparison"):
        return plan.form
    return "table" if any(one.piece.column for one in blocks if one.piece.kind == "cell") else "list"


def findings_on(blocks: Sequence[Settled], shows: bool) -> list[Finding]:
    """One plain line on the claims that were left out, or are shown though no source holds them."""
    lost = [one for one in blocks if one.why and one.piece.kind in ("claim", "cell", "link")]
    if not lost:
        return []
    sentences = "1 sentence of the model" if len(lost) == 1 else f"{len(lost)} sentences of the model"
    if shows:
        verb = "is marked" if len(lost) == 1 else "are marked"
        return [Finding("unsupported", lost[0].piece.text, f"{sentences} {verb}: the papers cited do not say so.")]
    verb = "was left out" if len(lost) == 1 else "were left out"
    return [Finding("left_out", lost[0].piece.text, f"{sentences} {verb}: the papers cited do not say so.")]


def declined(
    draft: Draft, pack: Pack, material: Material, checks: Checks, builder: AnswerBuilder
) -> Iterator[Event]:
    """The model's word that the papers do not answer, with what comes nearest."""
    builder.decision, builder.form = "declined", "text"
    builder.missing = draft.missing or material.decision.missing
    builder.confidence = None
    named = [e for piece in draft.pieces for e in pack.evidence(piece.cites, piece.text)]
    builder.related = _related([*named, *_best(material)])
    builder.findings += checks.findings
    shown = [text for e in (*named, *_best(material)) for text in (e.paper.title, e.paper.abstract)]
    said = (material.plan.asked, material.plan.question, *shown)
    gap = next((p.text for p in draft.pieces if p.kind == "gap" and is_gap(p.text, said)), "")
    yield builder.add("gap", gap or "The papers found do not answer this.")


def _best(material: Material) -> list[Evidence]:
    return [one for paper in material.gathered.best_first[:_RELATED] for one in paper.sentences[:_QUOTES]]


def _related(evidence: Sequence[Evidence]) -> tuple[Related, ...]:
    found: dict[str, list[Evidence]] = {}
    for one in evidence:
        own = found.setdefault(one.paper.id, [])
        if len(own) < _QUOTES and all(o.text != one.text for o in own):
            own.append(one)
    return tuple(
        Related(paper_id, own[0].paper.title, own[0].text,
                tuple(Quote(e.text, e.field, e.page, e.start, e.end) for e in own))
        for paper_id, own in list(found.items())[:_RELATED]
    )
