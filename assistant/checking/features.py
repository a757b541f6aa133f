"""What is seen of a claim beside its sources, as numbers for the learned score. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import language
from ..text.naming import holds_name
from ..text.quantities import quantities, same_value
from ..text.stemming import stem
from . import facts
from .wording import Wording, aligned, clauses, negations, opposed, spans, verbatim_share, wording

Cosine = Callable[[str, str], float]


def texts(claim: str, sources: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The texts whose cosines `features` asks for: the claim and its clauses; sentences, whole texts and titles."""
    mine = [claim, *_long(clauses(claim))]
    theirs = [s for source in sources for s in (*spans(source.text), source.text, source.title) if s.strip()]
    return mine, theirs


def features(claim: str, sources: Sequence[Any], cosine: Cosine, question: str) -> dict[str, float]:
    """The features by name."""
    own = wording(claim)
    sentences = [s for source in sources for s in spans(source.text)]
    whole = " ".join(source.text for source in sources)
    paper = " ".join(part for source in sources for part in (source.title, source.abstract))
    best = max(sentences, key=lambda s: _share(own, _stems(s)))
    values = _words(own, claim, sentences, best, whole, f"{whole} {paper} {question}")
    values |= _closeness(claim, sources, sentences, whole, cosine)
    values |= _binding(claim, own, sources, sentences)
    values |= _turns(own, sentences, best)
    values |= _strength(own, whole, best)
    return values


def _long(parts: Iterable[str]) -> list[str]:
    return [p for p in parts if len(wording(p).content) >= 2]


def _stems(text: str) -> frozenset[str]:
    stems = wording(text).kept
    return stems | {s[:6] for s in stems if len(s) >= 6}


def _holds(stems: frozenset[str], one: str) -> bool:
    return one in stems or (len(one) >= 6 and one[:6] in stems)


def _weight(one: str) -> float:
    return 1.0 + 0.1 * min(10, len(one))


def _share(own: Wording, stems: frozenset[str]) -> float:
    """The share of the content words that are among the stems, long words counting more."""
    held = total = 0.0
    for k in own.content:
        weight = _weight(own.stems[k])
        total += weight
        held += weight * _holds(stems, own.stems[k])
    return held / total if total else 1.0


def _words(own: Wording, claim: str, sentences: Sequence[str], best: str, whole: str, paper: str) -> dict[str, float]:
    stems, around = _stems(whole), _stems(paper)
    missing = [own.stems[k] for k in own.content if not _holds(stems, own.stems[k])]
    strange = [s for s in missing if not _holds(around, s)]
    size = max(1, len(own.content))
    return {
        "share": _share(own, stems),
        "share_paper": _share(own, around),
        "share_best": _share(own, _stems(best)),
        "missing": math.log1p(len(missing)),
        "strange": math.log1p(len(strange)),
        "strange_long": sum(len(s) >= 6 for s in strange) / size,
        "verbatim": verbatim_share(claim, best),
        "length": math.log(max(1, len(own.words))),
        "length_ratio": math.log(max(1, len(own.words)) / max(1, len(wording(best).words))),
        "source_length": math.log1p(len(wording(whole).words)),
        "sentences": math.log(len(sentences)),
    }


def _closeness(
    claim: str, sources: Sequence[Any], sentences: Sequence[str], whole: str, cosine: Cosine
) -> dict[str, float]:
    near = [max((cosine(claim, s) for s in spans(source.text)), default=0.0) for source in sources]
    parts = _long(clauses(claim))
    by_part = [max((cosine(p, s) for s in sentences), default=0.0) for p in parts] or [max(near)]
    return {
        "cosine_best": max(near),
        "cosine_whole": max(cosine(claim, source.text) for source in sources),
        "cosine_least": min(near),
        "cosine_title": max(cosine(claim, source.title) if source.title.strip() else 0.0 for source in sources),
        "cosine_clause_least": min(by_part),
        "cosine_clause_mean": sum(by_part) / len(by_part),
    }


def _binding(claim: str, own: Wording, sources: Sequence[Any], sentences: Sequence[str]) -> dict[str, float]:
    """Whether what stands together in the claim stands together in a source."""
    places = [(wording(s), clauses(s)) for s in sentences]
    theirs = [(c, _stems(c)) for _, cs in places for c in cs]
    bound = []
    for part in clauses(claim):
        words = wording(part)
        held = [words.stems[k] for k in words.content if any(_holds(st, words.stems[k]) for _, st in theirs)]
        if len(held) >= 2:
            bound.append(max(sum(_holds(st, h) for h in held) for _, st in theirs) / len(held))
    pairs = near = ordered = turned = 0
    spots: dict[str, list[int]] = {}
    at = 0
    for w, _ in places:
        for k, s in enumerate(w.stems):
            spots.setdefault(s, []).append(at + k)
        at += len(w.stems) + 8
    content = [own.stems[k] for k in own.content]
    for a, b in zip(content, content[1:], strict=False):
        if a in spots and b in spots and a != b:
            gap = min((y - x for x in spots[a] for y in spots[b]), key=abs)
            pairs += 1
            near += abs(gap) <= 4
            ordered += 0 < gap <= 12
            turned += -12 <= gap < 0
    return {
        "bound": sum(bound) / len(bound) if bound else 1.0,
        "bound_least": min(bound, default=1.0),
        "pairs_near": near / pairs if pairs else 0.5,
        "pairs_ordered": ordered / pairs if pairs else 0.5,
        "pairs_turned": turned / pairs if pairs else 0.0,
        "numbers_misplaced": _misplaced_numbers(claim, sentences),
        "names_misplaced": _misplaced_names(claim, sentences),
        "crossed": _crossed(claim, sources),
        "loose_counts": float(_loose_counts(claim, " ".join(sentences))),
    }


def _misplaced_numbers(claim: str, sentences: Sequence[str]) -> float:
    """How much nearer the words round a number of the claim are to another number of the source, at worst."""
    worst = 0.0
    held = [(h, _context(s, h.start, h.end)) for s in sentences for h in quantities(s)]
    if len(held) < 2:
        return 0.0
    for q in quantities(claim):
        mine = _context(claim, q.start, q.end)
        if not mine:
            continue
        right = [_overlap(mine, c) for h, c in held if same_value(h.value, q.value)]
        wrong = [_overlap(mine, c) for h, c in held if not same_value(h.value, q.value)]
        if right and wrong:
            worst = max(worst, max(wrong) - max(right))
    return worst


def _context(text: str, start: int, end: int) -> dict[str, float]:
    """The content words of the clause round a number, those next to it counting most."""
    out: dict[str, float] = {}
    for words, away in ((wording(text[max(0, start - 60) : start]), -1), (wording(text[end : end + 60]), 1)):
        order = [words.stems[k] for k in words.content]
        for k, s in enumerate(order[:4] if away > 0 else order[::-1][:4]):
            out[s] = max(out.get(s, 0.0), 1.0 / (1 + k))
    return out


def _overlap(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(min(v, other[s]) for s, v in one.items() if s in other) / max(1e-9, sum(one.values()))


def _misplaced_names(claim: str, sentences: Sequence[str]) -> float:
    """How much less of a clause the source's clauses with its names hold than its other clauses do, at worst."""
    worst = 0.0
    theirs = [(c, _stems(c)) for s in sentences for c in clauses(s)]
    for part in clauses(claim):
        own, names = wording(part), facts.claim_names(part)
        held = [(c, _share(own, st)) for c, st in theirs]
        for name in names:
            with_it = [share for c, share in held if holds_name(c, name)]
            without = [share for c, share in held if not holds_name(c, name)]
            if with_it and without:
                worst = max(worst, max(without) - max(with_it))
    return worst


def _crossed(claim: str, sources: Sequence[Any]) -> float:
    """Of several sources: how much better another source holds a clause than the one whose names it has."""
    if len(sources) < 2:
        return 0.0
    worst = 0.0
    for part in clauses(claim):
        own, names = wording(part), facts.claim_names(part)
        for name in names:
            holding = [holds_name(f"{s.text} {s.title} {s.abstract}", name) for s in sources]
            if any(holding) and not all(holding):
                shares = [_share(own, _stems(s.text)) for s in sources]
                mine = max(x for x, h in zip(shares, holding, strict=True) if h)
                worst = max(worst, max(x for x, h in zip(shares, holding, strict=True) if not h) - mine)
    return worst


def _loose_counts(claim: str, text: str) -> int:
    have = quantities(text)
    return sum(
        facts.own_count(q) and not facts.counts_citations(claim, q) and not any(facts.same(q, h) for h in have)
        for q in quantities(claim)
    )


def _turns(own: Wording, sentences: Sequence[str], best: str) -> dict[str, float]:
    theirs = wording(best)
    everywhere = frozenset(s for text in sentences for s in wording(text).stems)
    anywhere = [w for text in sentences for w in wording(text).words]
    mine, near, all_theirs = negations(own.words), negations(theirs.words), negations(anywhere)
    against = sum(
        any(opposed(own.words[k], w) for w in theirs.words) for k in own.content if own.stems[k] not in everywhere
    )
    both = sum(any(opposed(own.words[k], w) for w in theirs.words) for k in own.content if own.stems[k] in everywhere)
    return {
        "negated": float(min(2, len(mine))),
        "negation_added": float(bool(mine) and not all_theirs),
        "negation_added_near": float(bool(mine) and not near),
        "negation_dropped": float(bool(near) and not mine),
        "negation_parity": float(len(mine) % 2 != len(near) % 2),
        "opposites": float(min(2, against)),
        "opposites_held": float(min(2, both)),
    }


_LISTS = ("absolutes", "hedges", "causes", "contrasts", "conditions")


def _strength(own: Wording, whole: str, best: str) -> dict[str, float]:
    """Words of strength, doubt, cause, contrast and condition that only one side has."""
    theirs, nearest = frozenset(wording(whole).words), frozenset(wording(best).words)
    stems = frozenset(stem(w) for w in theirs)
    out: dict[str, float] = {}
    for name in _LISTS:
        listed = language.words(f"checking.{name}")
        mine = {w for w in own.words if w in listed}
        out[f"{name}_added"] = float(min(2, sum(stem(w) not in stems for w in mine)))
        out[f"{name}_fresh"] = float(bool(mine) and not theirs & listed)
        out[f"{name}_dropped"] = float(bool(nearest & listed) and not mine)
    return out
