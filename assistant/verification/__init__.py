"""The verdict on a sentence: supported, partial or unsupported by its sources, and what is missing. Pure.

Layers: exact words; numbers and units; names; negation and direction; the rest of the words; and, where
a `similarity` is given, closeness in meaning. A missing number, unit or name is never made up for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..text import STOP_WORDS, sentences, token_spans
from ..text.naming import holds_name, name_by_form, names
from ..text.quantities import Quantity, quantities, same_value
from ..text.stemming import stem
from .polarity import exchanged_numbers, nearly_verbatim, opposition, turned, words

Similarity = Callable[[list[str], list[str]], Any]

ENOUGH = 0.75
"""The share of a sentence's words that its sources must hold for "supported"."""
SOME = 0.5
"""The share below which it is unsupported."""
CLOSE = 0.72
"""The similarity to one source sentence that makes up for other words being used (never for numbers or names)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sources say to a sentence.

    `missing` are pieces of the sentence, as they stand in it, that no source holds. `support` are the
    source sentences that bear it, best first. `contradiction` says what they turn against, or is "".
    """

    verdict: str
    missing: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    contradiction: str = ""


_ATTRIBUTION = re.compile(r"^\s*(?:(?:In|According\s+to)\s+)?(?:“([^”]{1,400})”|\"([^\"]{1,400})\")\s*[:,]\s*")
_SCAFFOLD = frozenset(
    stem(w)
    for w in [
        "authors",
        "author",
        "paper",
        "work",
        "study",
        "article",
        "report",
        "reports",
        "reported",
        "according",
        "propose",
        "proposes",
        "proposed",
        "present",
        "presents",
        "presented",
        "introduce",
        "introduces",
        "introduced",
        "show",
        "shows",
        "shown",
        "find",
        "finds",
        "found",
        "describe",
        "describes",
        "described",
        "method",
        "approach",
        "called",
        "named",
        "also",
        "used",
        "uses",
        "using",
        "use",
        "state",
        "states",
        "note",
        "notes",
        "researchers",
        "result",
        "results",
    ]
)
_QUOTES = str.maketrans(
    {"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "\u00a0": " ", "\u202f": " "}
)


def verdict(sentence: str, sources: Sequence[str], similarity: Similarity | None = None) -> Verdict:
    """The verdict on `sentence` by the texts it cites.

    Where titles are among the sources, a title in front of the sentence (In “Title”: …) must be one of
    them; it is not judged otherwise. No sources, or a sentence without words, give "unsupported".
    `similarity(a, b)` gives cosines as a matrix.
    """
    texts = [s for s in sources if s and s.strip()]
    claim, title = _attribution(sentence)
    if not texts or not any(c.isalnum() for c in claim):
        return Verdict("unsupported", (sentence.strip(),) if sentence.strip() else ())
    if title and not _is_source(title, texts):
        return Verdict("unsupported", (title,))
    whole = "\n".join(texts)
    if _flat(claim) in _flat(whole):
        return Verdict("supported", (), (next((t for t in texts if _flat(claim) in _flat(t)), texts[0]),))

    spans = [t[a:b] for t in texts for a, b in sentences(t)] or texts
    ranked = _by_overlap(claim, spans)
    hard = [*_missing_quantities(claim, whole), *_missing_names(claim, whole)]
    if not hard and ranked:
        hard += exchanged_numbers(claim, ranked[0])
    against = _contradiction(claim, ranked[:3])
    soft, share = _missing_words(claim, whole)
    closeness = 0.0
    if similarity is not None and (share < ENOUGH):
        row = similarity([claim], ranked[:6])
        closeness = max(float(row[0][j]) for j in range(len(ranked[:6])))
    missing = tuple(dict.fromkeys([*hard, *soft]))
    support = tuple(ranked[:2])
    if hard or against:
        return Verdict("unsupported", missing, support, against)
    # A word exchanged in a sentence that is otherwise the source's own is a change of what it says.
    exchanged = bool(soft) and nearly_verbatim(claim, ranked[0])
    soft += (moved := _elsewhere(claim, ranked[0]))
    missing = tuple(dict.fromkeys([*missing, *moved]))
    exchanged = exchanged or bool(moved)
    if (share >= ENOUGH and not exchanged) or not soft:
        return Verdict("supported", missing, support)
    if closeness >= CLOSE and share >= SOME and not exchanged:
        return Verdict("supported", missing, support)
    if share >= SOME or closeness >= CLOSE:
        return Verdict("partial", missing, support)
    return Verdict("unsupported", missing, support)


def _attribution(sentence: str) -> tuple[str, str]:
    """The sentence without a title in front of it, and that title (empty where there is none)."""
    found = _ATTRIBUTION.match(sentence)
    if not found or not sentence[found.end() :].strip():
        return sentence.strip(), ""
    return sentence[found.end() :].strip(), found[1] or found[2]


def _is_source(title: str, texts: Sequence[str]) -> bool:
    """Whether the title is one of the texts, or none of the texts looks like a title."""
    titles = [t for t in texts if len(t.split()) <= 40 and not re.search(r"[.!…][\"'”’)]*$", t.strip())]
    return not titles or any(_flat(title) == _flat(t) or _flat(title) in _flat(t) for t in titles)


def _flat(text: str) -> str:
    """The text as its words: case, quotation marks, dashes and the person of the authors are no difference."""
    flat = text.translate(_QUOTES).lower()
    flat = re.sub(r"\b(?:the authors'|our|their|its)(?!\w)", "our", flat)
    flat = re.sub(r"\b(?:we|the authors)\b", "we", flat)
    flat = re.sub(r"\b(?:this|the) (paper|work|article|study|thesis|dissertation|survey)\b", r"the \1", flat)
    flat = re.sub(r"\b(?:us|them)\b", "us", flat)
    flat = re.sub(r"\b(?:we|us)\b", "we", flat)
    flat = re.sub(r"(?<=\d),(?=\d{3}\b)", "", flat)
    return " " + re.sub(r"[^\w%.+$€£@^/-]+", " ", flat).replace(". ", " ").strip(" .") + " "


def _by_overlap(claim: str, spans: Sequence[str]) -> list[str]:
    wanted = {stem(w) for w in words(claim) if w not in STOP_WORDS}
    scored = []
    for k, span in enumerate(spans):
        own = {stem(w) for w in words(span)}
        scored.append((-len(wanted & own) / (1 + 0.02 * len(own)), k, span))
    return [span for _, _, span in sorted(scored, key=lambda row: row[:2])]


# --------------------------------------------------------------------------- layers


def _missing_quantities(claim: str, source: str) -> list[str]:
    """The numbers (with their units) of the claim that the source does not hold."""
    have = quantities(source)
    out = []
    for q in quantities(claim):
        if q.word and q.value <= 1:
            continue
        if re.match(r"\s*\]", claim[q.end :]) and claim[: q.start].rstrip().endswith("["):
            continue  # a citation marker
        if not any(_same(q, h) for h in have) and not _in_name(q, claim, source):
            out.append(q.text)
    return out


def _same(a: Quantity, b: Quantity) -> bool:
    if not same_value(a.value, b.value):
        return False
    # "5" may stand for "5 %", but "5 points", "5 times" and "5 ms" are each something else.
    return a.unit == b.unit or (not a.unit and (a.word or b.unit in ("times", "points")))


_CLAUSE = re.compile(r"[,;:]\s+|\s+(?:and|while|whereas|but|or)\s+|\)\s+")


def _elsewhere(claim: str, span: str) -> list[str]:
    """Numbers of the claim that the source gives for something else, another number standing with the claim's names.

    Judged clause by clause, and only where names decide: "5.3% on BEIR" against "8.7% on BEIR, 5.3% on
    MS COCO".
    """
    own = [n for n in names(f"x {claim}") if name_by_form(n.split()[0])]
    if not own:
        return []
    clauses = [c for c in _CLAUSE.split(span) if c]
    rows = [(quantities(c), [n for n in names(f"x {c}") if name_by_form(n.split()[0])], c) for c in clauses]
    out = []
    for q in quantities(claim):
        holding = [(found, c) for have, found, c in rows if any(_same(q, h) for h in have)]
        if not holding or any(not found or any(holds_name(c, n) for n in own) for found, c in holding):
            continue
        others = [h for have, _, c in rows if any(holds_name(c, n) for n in own) for h in have]
        if any(h.unit == q.unit and not same_value(h.value, q.value) for h in others):
            out.append(q.text)
    return out


def _in_name(q: Quantity, claim: str, source: str) -> bool:
    """Whether the number is part of a name that the source holds as it stands ("Llama 2", "SQuAD 2.0")."""
    before = re.search(r"([A-Z][\w-]*)[\s-]$", claim[: q.start])
    return bool(before and holds_name(source, f"{before[1]} {q.text}"))


def _missing_names(claim: str, source: str) -> list[str]:
    """The names of the claim that the source does not hold."""
    out = []
    for name in names(f"x {claim}" if name_by_form((claim.split() or [""])[0]) else claim):
        parts = [p for p in name.split() if not p[:1].isdigit()]
        if holds_name(source, name) or all(holds_name(source, p) or p.lower() in _ordinary for p in parts):
            continue
        if not name_by_form(name.split()[0]) and all(_held(p, source) for p in parts):
            continue
        out.append(name)
    return out


_ordinary = frozenset(["authors", "paper"])


def _held(word: str, source: str) -> bool:
    return stem(word.lower()) in {stem(w) for w in words(source)}


def _contradiction(claim: str, spans: Sequence[str]) -> str:
    """What in the nearest source sentence says the opposite, or "" ."""
    if not spans:
        return ""
    found = opposition(claim, spans[0]) or turned(claim, spans)
    if not found:
        return ""
    own, theirs = found
    if own and theirs:
        return f"the sentence says “{own}”, the paper “{theirs}”"
    return (
        f"the paper says “{theirs}” here, the sentence does not"
        if theirs
        else f"the sentence says “{own}”, the paper does not"
    )


def _missing_words(claim: str, source: str) -> tuple[list[str], float]:
    """The content words of the claim that the source lacks, and the share that it holds, rare words counting more."""
    have = {stem(w) for w, _, _ in token_spans(source)}
    prefixes = {w[:6] for w in have if len(w) >= 6}
    missing, held, total = [], 0.0, 0.0
    numbers = [(q.start, q.end) for q in quantities(claim)]
    for word, start, end in token_spans(claim):
        # Numbers and their units have been looked at already.
        if word in STOP_WORDS or word[:1].isdigit() or any(a <= start < b for a, b in numbers):
            continue
        key = stem(word)
        if key in _SCAFFOLD and key not in have:
            continue
        weight = 1.0 + 0.1 * min(10, len(key))
        total += weight
        if key in have or (len(key) >= 6 and key[:6] in prefixes):
            held += weight
        else:
            missing.append(claim[start:end])
    return missing, held / total if total else 1.0
