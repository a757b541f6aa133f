"""Which form an answer should take: plain features of a question's wording, and weights learned from labelled ones.

See `models/form.md` for the data and how well it does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..language import listed, table, words
from ..models import values
from ..text.naming import names
from .plan import WANTS, Part
from .words import Word, asking, has, words_of

SEVERAL = ("list", "table", "comparison")
_VALUES = ("number", "percentage", "factor", "amount", "date", "place")
_KINDS = tuple(kind for kind in WANTS if kind not in _VALUES)
_READ = 1_200
"""Characters of a question by which its form is told."""


def form_of(text: str, parts: Sequence[Part], sides: Sequence[str]) -> tuple[str, float]:
    """The form that fits a question best, and the chance that it asks for several papers."""
    found = chances(features(text, parts, sides))
    # A table is made where one is asked for, by word or by its columns' marks, and never guessed.
    if not has("question.cues.table", text[:_READ]) and "|" not in text[:_READ]:
        found = {name: chance for name, chance in found.items() if name != "table"}
    return max(found, key=lambda name: found[name]), sum(found.get(name, 0.0) for name in SEVERAL)


def chances(row: dict[str, float]) -> dict[str, float]:
    """The chance of each form."""
    model = values("form")
    scaled = [(row[n] - m) / s for n, m, s in zip(model["features"], model["mean"], model["spread"], strict=True)]
    logits = [
        b + sum(w * x for w, x in zip(ws, scaled, strict=True))
        for b, ws in zip(model["bias"], model["weights"], strict=True)
    ]
    top = max(logits)
    shares = [math.exp(one - top) for one in logits]
    return {name: share / sum(shares) for name, share in zip(model["classes"], shares, strict=True)}


def features(text: str, parts: Sequence[Part], sides: Sequence[str]) -> dict[str, float]:
    """The features of a question's wording, by name."""
    text = text[:_READ]
    run = words_of(text)
    only = [w for w in run if not w.mark]
    first = only[0].low if only else ""
    wants = [p.wants for p in parts]
    asked = next((k for k, w in enumerate(only) if w.low in words("question.asks")), None)
    auxiliaries = [k for k, w in enumerate(only) if w.low in words("question.auxiliaries")]
    row = {f"has_{name}": float(has(f"question.cues.{name}", text)) for name in table("question.cues")}
    row |= {f"first_{name}": float(first in words(f"question.cues.{name}")) for name in listed("question.form_first")}
    row |= {f"wants_{name}": float(bool(wants) and wants[0] == name) for name in _KINDS}
    ask, at = asking(text)
    auxiliary = ask in words("question.opening_auxiliaries")
    row |= {f"asks_{name}": float(ask == name) for name in listed("question.form_asks")}
    plural = _plural_after(only, asked)
    leading = {w.low for w in only[:6]}
    named = names(f"x {text}")
    works = bool(leading & words("question.nouns.papers"))
    one = has("question.cues.one", text) or _one_paper(only)
    row |= {f"word_{name}": float(any(w.low == name for w in only)) for name in listed("question.form_words")}
    row |= {
        "wants_value": float(bool(wants) and wants[0] in _VALUES),
        "wants_value_later": float(any(w in _VALUES for w in wants[1:])),
        "wants_yesno_later": float("yesno" in wants[1:]),
        "parts": float(min(len(parts), 4)),
        "auxiliary_asks": float(auxiliary),
        "asks_first": float(bool(ask) and at == 0),
        "asks_nothing": float(not ask),
        "no_verb_that_asks": float(asked is None and not auxiliaries),
        "asks_late": float(asked is not None and asked > 3),
        "works_plural": float(any(w.low in words("question.nouns.plural_papers") for w in only)),
        "works_leading": float(works),
        "there_are_works": float(auxiliary and works),
        "works_after_asking": float(plural == "works"),
        "things_after_asking": float(plural == "things"),
        "others_after_asking": float(plural == "others"),
        "plural_and_no_name": float(bool(plural) and not named),
        "one_paper": float(one),
        "summary_of_one": row["has_summarise"] * float(one or bool(named)),
        "summary_of_many": row["has_summarise"] * float(not one and not named),
        "value_noun": float(any(w.low in words("question.nouns.values") for w in only)),
        "value_without_asking": float(not ask and any(w.low in words("question.nouns.values") for w in only)),
        "sides": float(bool(sides)),
        "comparing_without_sides": row["has_compare"] * float(not sides),
        "length": math.log1p(len(only)),
        "short": float(len(only) <= 5),
        "very_short": float(len(only) <= 3),
        "question_mark": float("?" in text),
        "colon": float(any(w.text == ":" for w in run)),
        "bar": float("|" in text),
        "plus": float(any(w.text == "+" for w in run)),
        "names": float(min(len(named), 3)),
        "starts_with_name": float(bool(named) and text.startswith(named[0])),
        "digits": float(any(c.isdigit() for c in text)),
        "bare": float(not ask and not auxiliaries and not named),
        "named_fragment": float(not ask and not auxiliaries and bool(named)),
    }
    return row


def _plural_after(only: Sequence[Word], asked: int | None) -> str:
    """What kind of plural follows the word that asks: works, things of research, another, or none ("")."""
    if asked is None or only[asked].low not in ("which", "what"):
        return ""
    for word in only[asked + 1 : asked + 6]:
        if word.low in words("question.nouns.plural_papers"):
            return "works"
        if word.low in words("question.nouns.things"):
            return "things"
        if word.low in words("question.parts.ends") - {"of"} and word.low not in ("are", "these", "those", "is"):
            return ""
        if len(word.low) > 3 and word.low.endswith("s") and not word.low.endswith(("ss", "us", "is")):
            return "others"
    return ""


def _one_paper(only: Sequence[Word]) -> bool:
    """Whether one work is spoken of: "the barefoot study", "the GlowMap paper"."""
    return any(
        w.low in words("question.nouns.one_paper")
        for k, word in enumerate(only) if word.low in ("the", "this", "that") for w in only[k + 1 : k + 6]
    )
