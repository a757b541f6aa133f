"""A query as it is searched: its limits joined with the caller's, misspelt words, short forms spelt out.

What is known of the library's own words comes from the index. No string is an error here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..embeddings import Embedder, count_tokens
from ..index import Index
from ..index.lexicon import Lexicon, text_of
from ..index.view import View
from ..language import words
from ..library import Library
from ..models import values
from ..papers import NO_PAPER, Filters, Finding
from ..question import Limit, QuestionPlan, parse
from ..question.foreign import in_english
from ..question.operators import IN_VENUE, filters_of, limits
from ..recent import Recent
from ..text import STOP_WORDS, terms, token_spans, tokens
from ..text.acronyms import Meaning
from ..text.naming import name_by_form, names
from .distance import little
from .scoring import question_vector, term_weights
from .spelling import SHORTEST, meant

_SPELT_OUT: float = values("search")["short_forms"]["weight"]
"""The weight of the words that a short form stands for beside the question's own; more did harm."""
_SHORT = 4
"""Content words up to which short forms are spelt out and the meaning is taken from corrected words."""
_READ = 2000
"""Characters in which slips and short forms are looked for; more than that was pasted, not typed."""
_KEPT = 32


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that the library does not have, and the one of its words that was probably meant.

    `searched` says whether it was searched for in place of the other; a name is only suggested.
    """

    word: str
    meant: str
    searched: bool = True


@dataclass(frozen=True, slots=True)
class Expansion:
    """A short form in the query, what it stands for in this library, and what else it could."""

    short: str
    words: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """A query as it is searched. `text` is the query without its limits."""

    text: str
    filters: Filters = field(default_factory=Filters)
    """The caller's and the query's limits together."""
    limits: tuple[Limit, ...] = ()
    """The limits the query states; `Limit.text` in `ignored` takes one off."""
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What the asker should know: `limit`, `did_you_mean`, `spelt_out`, `other_words`, `other_language`,
    `little_about_this`."""

    meaning: str = ""
    """The wording that vectors are compared with."""
    aspects: tuple[str, ...] = ()
    """What a question over several things asks about, each searched for beside the whole; empty for one question."""

    @property
    def little(self) -> bool:
        """Whether the library has little on this: see `distance`."""
        return any(finding.kind == "little_about_this" for finding in self.findings)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the asker should know, in plain sentences."""
        return tuple(finding.detail for finding in self.findings)

    @property
    def also(self) -> dict[str, float]:
        """Texts searched for beside `text`, each with the weight of its words."""
        spelt = {e.words: _SPELT_OUT for e in self.expansions}
        return spelt | {c.meant: 1.0 for c in self.corrections if c.searched}

    def corrected(self, text: str) -> str:
        """The text with the words put right that were searched for so."""
        for one in self.corrections:
            if one.searched:
                text = re.sub(rf"(?<!\w){re.escape(one.word)}(?!\w)", one.meant, text)
        return text

    def to_dict(self) -> dict[str, Any]:
        """What was understood, as JSON values."""
        return {
            "text": self.text, "filters": self.filters.to_dict(),
            "limits": [{"text": o.text, "kind": o.kind, "value": o.value, "plain": o.plain} for o in self.limits],
            "phrases": list(self.phrases), "excluded": list(self.excluded),
            "corrections": [{"word": c.word, "meant": c.meant, "searched": c.searched} for c in self.corrections],
            "expansions": [{"short": e.short, "words": e.words, "others": list(e.others)} for e in self.expansions],
            "aspects": list(self.aspects),
            "findings": [{"kind": f.kind, "sentence": f.sentence, "detail": f.detail} for f in self.findings],
        }


class Understanding:
    """Reads queries over one library. Safe to use from several threads."""

    def __init__(self, library: Library, index: Index, embedder: Embedder) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._read: Recent[object, Understood] = Recent(_KEPT)
        self._venues_known: tuple[int, tuple[str, ...]] = (-1, ())

    def read(
        self, text: str, filters: Filters | None = None, *, ignored: Collection[str] = (), literal: bool = False,
        far: bool = True,
    ) -> Understood:
        """The query in `text`, with the caller's `filters`.

        `ignored` are words of limits that are to be read as words; with `literal` every word is one:
        no limits, no corrections, no short forms. Without `far` it is not asked whether the library has
        little on it, which takes as long as a search.
        """
        given = filters or Filters()
        key = (text, given, tuple(sorted(ignored)), literal, far, self._library.generation)
        if (known := self._read.get(key)) is not None:
            return known
        found = Understood(text, given) if literal else self._understood(text, given, ignored, far)
        self._read.put(key, found)
        return found

    def in_english(self, text: str) -> tuple[str, tuple[Finding, ...]]:
        """A question in another language with its asking words in English and without the words that no paper has;
        and what should be known of that. One in English as it is."""
        view = self._index.view()
        worded, _, said = in_english(text, lambda word: bool(view.known_terms(word)))
        return worded, said

    def complete(self, plan: QuestionPlan, given: Filters | None = None) -> QuestionPlan:
        """A plan with what the library's own words add: words probably misspelt and short forms are searched for in
        other words too, limits that no paper passes are taken off. `given` are the caller's limits."""
        plan, notes = self._relaxed(plan, given or Filters())
        view = self._index.view()
        if plan.form == "library" or plan.on_answer or not plan.search_text.strip() or not len(view):
            return replace(plan, findings=(*plan.findings, *notes))
        found = self._worded(Understood(plan.search_text, phrases=plan.phrases), view, notes, far=False)
        # What was probably meant is searched for beside what was typed: a word that the library lacks may be right.
        return replace(plan, also=(*plan.also, *found.also.items()), findings=(*plan.findings, *notes))

    def _relaxed(self, plan: QuestionPlan, given: Filters) -> tuple[QuestionPlan, list[Finding]]:
        """The plan without those of its limits in plain words that leave no paper, and what is said of its limits."""
        asked = filters_of(plan.limits)
        if not asked or not self._library.count():
            return plan, []
        years = any(o.kind == "year" for o in plan.limits)
        if self._library.any_matching(plan.filters):
            lacking = self._index.view().without_year() if years else 0
            papers = "paper has no year and is" if lacking == 1 else "papers have no year and are"
            notes = [Finding("limit", "", f"{lacking} {papers} left out by the limit on years.")] if lacking else []
            # A limit that nobody set by an operator must not work unseen.
            by = {"author": "by", "venue": "in"}
            notes += [Finding("limit", one.text, f"Only papers {by[one.kind]} {one.value} were looked at.")
                      for one in plan.limits if one.plain and one.kind in by]
            return plan, notes
        plain = [o for o in plan.limits if o.plain]
        kept = tuple(o for o in plan.limits if not o.plain)
        relaxed = joined(given, filters_of(kept), self._library)
        lacking_years = self._yearless() if years else ""
        if plain and (not relaxed or self._library.any_matching(relaxed)):
            said = "; ".join(f"“{o.text}”" for o in plain)
            note = Finding("limit", said, f"No paper here passes {said}{lacking_years}. Searched without that limit.")
            words = " ".join(o.text for o in plain)
            queries = (f"{plan.search_text} {words}", *plan.queries[1:])
            return replace(plan, filters=relaxed, limits=kept, queries=queries), [note]
        said = "; ".join(o.text for o in plan.limits if o.kind not in ("phrase", "excluded"))
        return plan, [Finding("limit", said, f"No paper here passes {said}{lacking_years}.")]

    # ------------------------------------------------------------------ the parts

    def _understood(self, text: str, given: Filters, ignored: Collection[str], far: bool) -> Understood:
        text, notes_on = self.in_english(text)
        venues = self._venues() if IN_VENUE.search(text[:_READ]) else ()
        found = limits(text, ignored, venues)
        notes: list[Finding] = list(notes_on)
        asked = found.filters
        whole = joined(given, asked, self._library)
        plain = [o for o in found.limits if o.plain]
        if asked and not self._library.any_matching(whole) and self._library.count():
            without = limits(text, {*ignored, *(o.text for o in plain)}, venues) if plain else found
            relaxed = joined(given, without.filters, self._library)
            if plain and (not relaxed or self._library.any_matching(relaxed)):
                said = "; ".join(f"“{o.text}”" for o in plain)
                yearless = self._yearless() if any(o.kind == "year" for o in plain) else ""
                why = f"No paper here passes {said}{yearless}. Searched without that limit."
                notes.append(Finding("limit", said, why))
                found, whole = without, relaxed
            else:
                said = "; ".join(o.text for o in found.limits if o.kind not in ("phrase", "excluded"))
                dated = any(o.kind == "year" for o in found.limits)
                notes.append(Finding("limit", said, f"No paper here passes {said}{self._yearless() if dated else ''}."))
        elif asked.year_from is not None or asked.year_to is not None:
            lacking = self._index.view().without_year()
            if lacking:
                papers = "paper has no year and is" if lacking == 1 else "papers have no year and are"
                notes.append(Finding("limit", "", f"{lacking} {papers} left out by the limit on years."))
        understood = Understood(found.rest, whole, found.limits, found.phrases, found.excluded)
        if found.rest.strip() and len(view := self._index.view()):
            understood = self._worded(understood, view, notes, far)
        return replace(understood, findings=tuple(notes))

    def _venues(self) -> tuple[str, ...]:
        generation = self._library.generation
        if self._venues_known[0] != generation:
            self._venues_known = generation, tuple(self._library.venues())
        return self._venues_known[1]

    def _yearless(self) -> str:
        view = self._index.view()
        lacking = view.without_year()
        return f" ({lacking} of {len(view)} have no year)" if lacking else ""

    def _worded(self, found: Understood, view: View, notes: list[Finding], far: bool) -> Understood:
        head, tail = found.text[:_READ], found.text[_READ:]
        spans = [s for s in token_spans(head) if s[0] not in STOP_WORDS]
        unknown = [s for s in spans if not view.known_terms(head[s[1] : s[2]])]
        fixed, corrections = head, list[Correction]()
        short = len(spans) <= _SHORT
        if unknown:
            fixed, corrections = self._corrected(head, view, unknown, found.phrases, len(spans))
            # Where most words of a long query are unknown, and few of them near to known ones, it is in another
            # language, or about something else.
            if not short and 2 * len(unknown) > len(spans) and 2 * len(corrections) < len(unknown):
                fixed, corrections = head, []
            for one in corrections:
                said = f"“{one.word}” does not occur in your library. Did you mean “{one.meant}”?"
                said += " That was searched too." if one.searched else ""
                notes.append(Finding("did_you_mean", one.word, said))
        # In a longer question the other words say what is meant, and spelling out did harm (measured).
        expansions = self._spelt_out(fixed, view) if short else []
        spelt = "".join(f" ({e.short}: {e.words})" for e in expansions)
        meaning = (fixed + spelt if short else head) + tail
        notes += [Finding("spelt_out", one.short, _expansion_sentence(one)) for one in expansions]
        if spans and len(unknown) == len(spans) and not corrections:
            said = "None of these words occurs in your library; what follows was found by meaning alone."
            notes.append(Finding("other_words", "", said))
        if far and spans and little(view, question_vector(self._embedder, meaning)):
            notes.append(Finding("little_about_this", "", "There is little in your library about this."))
        return replace(
            found, corrections=tuple(corrections), expansions=tuple(expansions), meaning=meaning,
            aspects=parse(fixed).queries[1:] if not tail else (),
        )

    def _corrected(
        self, text: str, view: View, unknown: Sequence[tuple[str, int, int]], phrases: Sequence[str], size: int
    ) -> tuple[str, list[Correction]]:
        """The text with misspelt words put right, and what was put right or can be suggested."""
        lexicon = self._index.lexicon()
        named = {w.casefold() for name in names(f"x {text}") for w in name.split()}
        quoted = {w for phrase in phrases for w in tokens(phrase)}
        contractions = words("question.contractions")
        out: list[Correction] = []
        for word, start, end in reversed(unknown):
            own = text[start:end]
            # A word that is one token to a language model is a word, if not one of this library.
            known = word in quoted or word in contractions or lexicon.is_name(word)
            if len(word) < SHORTEST or known or count_tokens(f" {word}") == 1:
                continue
            if own.isupper():
                continue  # a short form that this library has not
            right = meant(word, lexicon.near(word), partial(_company, view, f"{text[:start]} {text[end:]}"))
            if right is None or right in STOP_WORDS:
                continue
            # A name that the library does not have is more often missing than misspelt.
            name = name_by_form(own) or (own.casefold() in named and size > 1)
            out.insert(0, Correction(own, right, searched=not name))
            if not name:
                text = text[:start] + right + text[end:]
        return self._names_corrected(text, view, out), out

    def _names_corrected(self, text: str, view: View, out: list[Correction]) -> str:
        """The text with names of several words put right that papers hold so; their corrections become searched."""
        for name in names(f"x {text}"):
            slips = [k for k, one in enumerate(out) if not one.searched and one.word in name.split()]
            right = " ".join(next((out[k].meant for k in slips if out[k].word == w), w) for w in name.split())
            if slips and " " in right and len(view.holding(tokens(right))):
                text = text.replace(name, right)
                for k in slips:
                    capital = out[k].meant.capitalize() if out[k].word[:1].isupper() else out[k].meant
                    out[k] = replace(out[k], searched=True, meant=capital)
        return text

    def _spelt_out(self, text: str, view: View) -> list[Expansion]:
        words = [m[0] for m in re.finditer(r"(?<![\w-])[A-Za-z][A-Za-z0-9-]{1,10}(?![\w-])", text)]
        content = [w for w in words if w.casefold() not in STOP_WORDS]
        formed = [w for w in content if sum(c.isupper() for c in w) >= 2 or (w.islower() and len(w) <= 6)]
        if not formed:
            return []
        lexicon = self._index.lexicon()
        out: list[Expansion] = []
        for word in formed:
            short = self._short_form(word, lexicon)
            found = lexicon.short(short)
            if not found or any(e.short == short for e in out):
                continue
            best = self._fitting(text, short, found) if len(found) > 1 else found[0]
            if set(terms(best.words)) <= set(terms(text)):
                continue
            out.append(Expansion(short, best.words, tuple(m.words for m in found if m is not best)))
        return out

    def _short_form(self, word: str, lexicon: Lexicon) -> str:
        for form in (word, word.removesuffix("s")):
            if lexicon.short(form):
                return form
        if word.islower():
            for form in (word, word.removesuffix("s")):
                # "ease" is no short form though someone's EASE is.
                found = lexicon.short_folded(form)
                if found and 5 * lexicon.lower(form) < (lexicon.count(form) or 1):
                    return found
        return ""

    def _fitting(self, text: str, short: str, found: Sequence[Meaning]) -> Meaning:
        """The meaning whose papers share most words with the query; of equals the nearest in meaning."""
        asked = set(terms(text)) - set(terms(short))
        shared = []
        for meaning in found:
            held = {t for paper in self._library.papers(meaning.paper_ids[:5]) for t in terms(text_of(paper))}
            shared.append(len(asked & held))
        if asked and shared.count(max(shared)) == 1:
            return found[shared.index(max(shared))]
        rows = self._embedder.encode([text, *(m.words for m in found)])
        near = rows[1:] @ rows[0]
        order = sorted(range(len(found)), key=lambda i: (-shared[i], -round(float(near[i]), 2), i))
        return found[order[0]]


def joined(given: Filters, asked: Filters, library: Library) -> Filters:
    """Filters that pass exactly what both pass."""
    if not given or not asked:
        return given or asked
    lows = [y for y in (given.year_from, asked.year_from) if y is not None]
    highs = [y for y in (given.year_to, asked.year_to) if y is not None]
    values: dict[str, Any] = {
        "year_from": max(lows) if lows else None, "year_to": min(highs) if highs else None,
    }
    both = given.read is not None and asked.read is not None and given.read != asked.read
    values["read"] = given.read if asked.read is None else asked.read
    for name in ("authors", "sources", "tags", "collections", "paper_ids", "venues"):
        mine, theirs = getattr(given, name), getattr(asked, name)
        both = both or bool(mine and theirs and mine != theirs)
        values[name] = mine or theirs
    if not both:
        return Filters(**values)
    # Within one field any value may match, so two limits of one kind can only be joined paper by paper.
    passing = set(library.matching(given)) & set(library.matching(asked))
    return Filters(paper_ids=tuple(i for i in library.ids() if i in passing) or NO_PAPER)


def _company(view: View, others: str, word: str) -> float:
    """How much the papers that hold a word speak of the other words of a query, rare words counting more."""
    beside = view.lexical(term_weights(view, others))
    held = view.lexical(view.known_terms(word)) > 0
    return float(beside[held].sum()) / (float(held.sum()) + 2)


def _expansion_sentence(one: Expansion) -> str:
    others = f" (in other papers: {'; '.join(one.others)})" if one.others else ""
    return f"{one.short} was also searched as “{one.words}”{others}."
