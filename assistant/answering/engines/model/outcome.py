"""What becomes of a checked draft: its blocks in the answer, its form, what is said of what was left out, a refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ....evidence import Evidence
from ....papers import Event, Finding, Quote, Related
from ....question import QuestionPlan
from ....text.naming import name_by_form
from ....text.quantities import quantities
from ...builder import AnswerBuilder
from .. import Material
from .between import is_gap
from .checked import LEANS, Checks, Settled
from .draft import Draft
from .pack import Pack

_RELATED, _QUOTES = 3, 2


def told(blocks: Sequence[Settled], pack: Pack, builder: AnswerBuilder, shows: bool) -> Iterator[Event]:
    """The blocks that stand as events, each added to the answer; headings and rows that nothing follows are left out.

    With `shows`, claims that no source holds are among them, marked.
    """
    stands = [not one.why or (shows and one.piece.kind in ("claim", "cell")) for one in blocks]
    claiming = any(one.claims for one, standing in zip(blocks, stands, strict=True) if standing)
    row = ""
    breaks = False
    for k, one in enumerate(blocks):
        kind = one.piece.kind
        # The break of a block that is left out is the next one's.
        breaks = breaks or one.piece.paragraph
        later = [other for other, standing in zip(blocks[k + 1 :], stands[k + 1 :], strict=True) if standing]
        if not stands[k] or (kind in ("heading", "row") and not _followed(later, kind)):
            continue
        if kind == "link" and not claiming:
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


_NUMBER = ("a number in it is not in the sentences it cites", "numbers in them are not in the sentences they cite")
_NAME = ("a name in it is not in the papers it cites", "names in them are not in the papers they cite")
_UNCITED = ("it cites nothing that was shown", "they cite nothing that was shown")
_HANGS = ("it speaks of a sentence that was left out", "they speak of a sentence that was left out")
_OTHER_ROW = ("it cites another paper than its row names", "they cite other papers than their rows name")
_NOT_SAID = ("the papers cited do not say so", "the papers cited do not say so")


def findings_on(blocks: Sequence[Settled], shows: bool) -> list[Finding]:
    """One plain line on the claims that were left out, or are shown though no source holds them, and why."""
    lost = [one for one in blocks if one.why and one.piece.kind in ("claim", "cell", "link")]
    if not lost:
        return []
    counts = Counter(_why(one) for one in lost)
    many = len(lost) > 1
    sentences = f"{len(lost)} sentences of the model" if many else "1 sentence of the model"
    verb = ("are" if many else "is") + " marked" if shows else ("were" if many else "was") + " left out"
    if len(counts) == 1:
        said = next(iter(counts))[many]
    else:
        said = "; ".join(f"for {n}, {words[n > 1]}" for words, n in counts.items())
    return [Finding("unsupported" if shows else "left_out", lost[0].piece.text, f"{sentences} {verb}: {said}.")]


def _why(one: Settled) -> tuple[str, str]:
    """Why a claim was left out, said of one and of several."""
    if one.why == LEANS:
        return _HANGS
    if not one.verdict:
        return _OTHER_ROW if one.evidence else _UNCITED
    if missing := one.verdict.missing:
        return _NUMBER if any(quantities(m) and not name_by_form(m) for m in missing) else _NAME
    return _NOT_SAID


def declined(
    draft: Draft, pack: Pack, material: Material, checks: Checks, builder: AnswerBuilder, *, thorough: bool
) -> Iterator[Event]:
    """The model's word that the papers do not answer, with the claim in which it says what comes nearest if it stands.

    A reader looks at that claim where the answer is a thorough one. What is related is what the model named, if it did.
    """
    builder.decision, builder.form = "declined", "text"
    builder.missing = draft.missing or material.decision.missing
    builder.confidence = None
    named = [e for piece in draft.pieces for e in pack.evidence(piece.cites, piece.text)]
    nearest = checks.nearest(draft, reads=thorough)
    builder.related = _related(named or _best(material))
    builder.findings += checks.findings
    shown = [text for e in (*named, *_best(material)) for text in (e.paper.title, e.paper.abstract)]
    said = (material.plan.asked, material.plan.question, *shown)
    gap = next((p.text for p in draft.pieces if p.kind == "gap" and is_gap(p.text, said)), "")
    yield builder.add("gap", gap or "The papers found do not answer this.")
    if nearest and nearest.verdict:
        yield builder.add("claim", nearest.piece.text, nearest.evidence, verdict=nearest.verdict.verdict)


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
