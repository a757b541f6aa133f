"""Negation and direction: where two sentences that share their words say opposite things. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from ..text.stemming import stem

NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "neither",
        "nor",
        "cannot",
        "without",
        "nobody",
        "nothing",
        "none",
        "n't",
        "hardly",
        "rarely",
        "barely",
        "non",
        "fail",
        "fails",
        "failed",
        "failing",
        "unable",
        "lack",
        "lacks",
        "lacking",
        "absence",
    ]
)
_PAIRS = (
    "increase/decrease increases/decreases increased/decreased increasing/decreasing increase/reduce increases/reduces "
    "increased/reduced increasing/reducing improve/worsen improves/worsens improved/worsened improve/degrade "
    "improves/degrades "
    "improved/degraded improving/degrading improve/reduce improves/reduces improved/reduced improvement/degradation "
    "improvement/deterioration improvement/reduction higher/lower high/low highest/lowest more/less more/fewer "
    "most/least larger/smaller large/small "
    "largest/smallest greater/smaller greater/less better/worse best/worst faster/slower fast/slow "
    "outperform/underperform "
    "outperforms/underperforms outperformed/underperformed outperforming/underperforming outperform/trail "
    "exceed/trail with/without "
    "positive/negative positively/negatively before/after above/below gain/loss gains/losses strong/weak "
    "stronger/weaker "
    "lower/increase lowers/increases lowered/increased lower/improve lowers/improves lowered/improved "
    "rise/fall rises/falls rose/fell raise/lower raises/lowers promote/inhibit promotes/inhibits promoted/inhibited "
    "promote/prevent activate/inhibit activates/inhibits activated/inhibited upregulate/downregulate "
    "upregulated/downregulated "
    "enhance/impair enhances/impairs enhanced/impaired enhance/reduce enhances/reduces enhanced/reduced "
    "accelerate/slow "
    "supports/contradicts support/contradict always/never all/none can/cannot able/unable possible/impossible "
    "same/different "
    "similar/dissimilar linear/nonlinear supervised/unsupervised efficient/inefficient effective/ineffective easy/hard "
    "easier/harder simple/complex longer/shorter long/short early/late upper/lower maximum/minimum maximize/minimize "
    "maximizes/minimizes include/exclude includes/excludes sufficient/insufficient significant/insignificant "
    "robust/fragile stable/unstable known/unknown presence/absence success/failure succeed/fail succeeds/fails "
    "mitigate/aggravate alleviate/aggravate reduces/raises reduce/raise"
)
_OPPOSITES: dict[str, set[str]] = {}
for _pair in _PAIRS.split():
    _one, _two = _pair.split("/")
    for _a, _b in ((_one, _two), (_two, _one)):
        _OPPOSITES.setdefault(_a, set()).add(_b)
        _OPPOSITES.setdefault(stem(_a), set()).add(stem(_b))

_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())  # noqa: SIM905
    if value > 1
} | {"twenty": "20", "thirty": "30", "hundred": "100"}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNION = re.compile(
    r"\bnot\s+only\b|\bno(?:t)?\s+(?:less|more|fewer)\s+than\b|\bwithout\s+loss\s+of\s+generality\b"
    r"|\bwhether\s+or\s+not\b",
    re.I,
)


def words(text: str) -> list[str]:
    """The lower-cased words of a text, with "n't" split off and set phrases that negate nothing left out."""
    out: list[str] = []
    for word in _WORD.findall(_UNION.sub(" ", text)):
        low = word.lower().replace("’", "'")
        if low.endswith("n't") and len(low) > 3:
            out += [low[:-3], "not"]
        elif low == "cannot":
            out += ["can", "not"]
        else:
            out.append(low)
    return out


def opposed(a: str, b: str) -> bool:
    """Whether two words are opposites by the list, by stem, or by a negating prefix (stable, unstable)."""
    if a == b:
        return False
    if b in _OPPOSITES.get(a, ()) or stem(b) in _OPPOSITES.get(stem(a), ()):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 4 and any(
        long == prefix + short or long == prefix + "-" + short
        for prefix in ("un", "in", "im", "ir", "non", "dis", "mis", "anti")
    )


def opposition(sentence: str, source: str) -> tuple[str, str] | None:
    """The words (of the sentence, of the source) that turn one against the other, or None.

    The two are aligned word by word; within stretches that differ, an opposite or a negation that
    only one of them holds counts, if the words round it agree. An empty string stands for a word
    that one side lacks ("", "not"). None also where the two share too little to be compared.
    """
    one, two = words(sentence), words(source)
    stems_one, stems_two = [stem(w) for w in one], [stem(w) for w in two]
    matcher = SequenceMatcher(None, stems_one, stems_two, autojunk=False)
    blocks = matcher.get_matching_blocks()
    if sum(b.size for b in blocks) < 0.5 * max(1, min(len(one), len(two))):
        return None
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            continue
        left, right = one[a0:a1], two[b0:b1]
        if not _framed(stems_one, stems_two, a0, a1, b0, b1):
            continue
        for x in left:
            for y in right:
                if opposed(x, y):
                    return x, y
        negations_left = [w for w in left if w in NEGATIONS]
        negations_right = [w for w in right if w in NEGATIONS]
        if not left and (len(right) > 2 or right[0] == "without" or a0 == 0 or a1 >= len(one)):
            continue  # left out, with what it belongs to
        if len(negations_left) % 2 != len(negations_right) % 2 and max(len(left), len(right)) <= 6:
            return (negations_left or [""])[0], (negations_right or [""])[0]
    return None


_TOO_COMMON = frozenset(
    [
        "with",
        "without",
        "all",
        "none",
        "more",
        "less",
        "fewer",
        "most",
        "least",
        "before",
        "after",
        "same",
        "different",
        "long",
        "short",
        "large",
        "small",
        "can",
        "cannot",
        "always",
        "never",
        "early",
        "late",
        "similar",
        "simple",
        "complex",
        "known",
        "unknown",
        "gain",
        "loss",
    ]
)
_ABSENT = re.compile(r"-free\b|\bfree\s+of\b|\bun\w{4,}|\bnon-?\w+|\binsignificant", re.I)


def turned(sentence: str, sources: Sequence[str]) -> tuple[str, str] | None:
    """A word of the sentence whose opposite the nearest source holds instead, or a negation that no source has.

    For sentences in other words than their source, where `opposition` can't align: the direction word
    itself must be absent from all sources. None where nothing is turned round.
    """
    if not sources:
        return None
    nearest = words(sources[0])
    everywhere = {stem(w) for s in sources for w in words(s)}
    own = words(sentence)
    for word in own:
        if word in _TOO_COMMON or stem(word) in everywhere:
            continue
        for other in nearest:
            if opposed(word, other):
                return word, other
    negated = [w for w in own if w in ("not", "never", "neither", "nor", "no")]
    text = " ".join(sources)
    if negated and not any(w in NEGATIONS for s in sources for w in words(s)) and not _ABSENT.search(text):
        return negated[0], ""
    return None


def nearly_verbatim(sentence: str, source: str) -> bool:
    """Whether four fifths of the sentence's words stand in the source in the same order."""
    one, two = [stem(w) for w in words(sentence)], [stem(w) for w in words(source)]
    same = sum(b.size for b in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks())
    return bool(one) and same >= 0.8 * len(one)


def exchanged_numbers(sentence: str, source: str) -> list[str]:
    """Numbers of the sentence that stand where the source has another one, the words round them being the same."""
    one, two = words(sentence), words(source)
    stems_one, stems_two = [stem(w) for w in one], [stem(w) for w in two]
    out = []
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, stems_one, stems_two, autojunk=False).get_opcodes():
        if tag == "replace" and a1 - a0 == b1 - b0 == 1 and _framed(stems_one, stems_two, a0, a1, b0, b1):
            mine, theirs = one[a0], two[b0]
            if _numeric(mine) and _numeric(theirs) and _digits(mine) != _digits(theirs):
                out.append(mine)
    return out


def _numeric(word: str) -> bool:
    return word.isdigit() or word in _NUMBER_WORDS


def _digits(word: str) -> str:
    return _NUMBER_WORDS.get(word, word)


def _framed(one: Sequence[str], two: Sequence[str], a0: int, a1: int, b0: int, b1: int) -> bool:
    """Whether the words on both sides of a difference agree (at a sentence's edge, those on one side)."""
    before = a0 == 0 or b0 == 0 or one[a0 - 1] == two[b0 - 1]
    after = a1 >= len(one) or b1 >= len(two) or one[a1] == two[b1]
    return before and after
