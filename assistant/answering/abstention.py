"""Whether the evidence answers the question, and what was asked for and is not there. Pure.

Judged by what needs no model: the names in the question must occur in the papers answered from; a number,
share, price or factor asked for must stand by the noun it counts; what is asked for by a noun, and every other
word of a short question, must be held there too (`evidence.unheld`); two things held against each other must
be told of together; and the evidence must come near enough in meaning (`NEAR_ENOUGH`, from labelled questions).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..evidence import SAYS_NOTHING, Evidence
from ..evidence.asked import QUANTITIES, holds
from ..evidence.classes import instance_of, says_little
from ..evidence.fit import odds
from ..evidence.rating import rivals, tells_of_both
from ..evidence.sides import owns
from ..evidence.unheld import Unheld, noun_asked
from ..papers import Hit, Paper
from ..queries import Asked, Question
from ..queries.measures import gives
from ..text import STOP_WORDS, terms, tokens
from ..text.naming import holds_name, name_by_form
from ..text.quantities import quantities
from .thing_asked import asks, thing_asked

NEAR_ENOUGH = 0.05
"""The `fit` of a paper below which a question without names is taken to be outside the library."""
_SHORT = 9
_COVERED = 0.7
_SIMILAR = 0.55
_STANDS_OUT = 1.5
_FITS = 0.6
_STRANGE = {4: 0.42, 6: 0.36, _SHORT: 0.3}
"""By the number of a question's words (at most) the similarity below which no sentence bears on it."""
_ALL, _PART, _NONE = 1.0, 0.6, 0.2
"""What is left of the confidence where all, a part or nothing of what is asked for is there."""
_OF_THE_PAPER = 0.3
"""The same for what is asked about a paper that is named, without the name; why and how may be told otherwise."""


@dataclass(frozen=True, slots=True)
class Answerability:
    """Whether to answer; what is asked for and missing; and one plain sentence saying why.

    `answerable` with something in `missing` means: answer in part. `confidence` is 0 to 1, for
    thresholds and risk-coverage curves.
    """

    answerable: bool
    missing: tuple[str, ...] = ()
    reason: str = ""
    confidence: float = 1.0

    def as_near_as(self, fit: float) -> Answerability:
        """The same, where the paper was settled by its title: how near it comes is the whole question's `fit`."""
        share = _ALL if self.answerable and not self.missing else _PART if self.answerable else _NONE
        return replace(self, confidence=fit * share)


def answerable(
    question: Question, evidence: Sequence[Evidence], hits: Sequence[Hit] = (), *, threshold: float = NEAR_ENOUGH,
    unheld: Sequence[Unheld] = (),
) -> Answerability:
    """Whether the evidence answers `question`, wholly or in part. `unheld` are words that its papers do not hold."""
    chosen = [e for e in evidence if e.chosen]
    if not chosen:
        return Answerability(
            False, _whole(question), "Nothing in the library bears on this.", 0.0
        )
    if question.lacking and question.lacking not in question.excluded:
        reason = (
            f"Papers seldom say what they do without; name a topic as well, and the papers on it that mention"
            f" “{question.lacking}” are left out."
        )
        return Answerability(False, (f"papers without {question.lacking}",), reason, 0.0)
    if len({h.paper_id for h in hits}) != 1 and _asks_nothing(question):
        return Answerability(False, _whole(question), "It names nothing that could be looked for.", 0.0)
    papers = list({e.paper.id: e.paper for e in chosen}.values())
    texts = [_text(p) for p in papers]
    fit = max(e.fit for e in chosen)
    if question.kind == "summary":
        return Answerability(True, confidence=fit)

    if question.kind in ("fact", "howto") and all(e.field == "title" for e in chosen) and _told_by_text(question):
        reason = "The paper that comes nearest stands here with its title alone."
        return Answerability(False, _whole(question), reason, fit * _NONE)

    absent = [name for name in question.names if not any(_names(t, name) for t in texts)]
    sides_missing = [s for s in question.sides if question.kind == "compare" and not _side_found(s, chosen, texts)]
    missing: list[str] = list(dict.fromkeys([*absent, *sides_missing]))
    if (
        len({h.paper_id for h in hits}) != 1
        and not any(n not in absent and _singles_out(n, papers) for n in question.names)
        and (fit < threshold or _beside_the_point(question, evidence))
    ):
        reason = "No paper in the library comes near enough to this question."
        return Answerability(False, tuple(missing) or _whole(question), reason, fit)

    of_one = bool(question.names) or len({h.paper_id for h in hits}) == 1
    beside = [k for k in range(len(question.asks)) if of_one and _not_in_paper(question, k, chosen)]
    parts_missing = 0
    for k, asked in enumerate(question.asks):
        gone = [n for n in asked.names if n in absent]
        what = _unheld(k, asked, chosen, papers) or next((_worded(u, asked) for u in unheld if u.part == k), "")
        what = what or (asked.focus or thing_asked(asked.text) if k in beside else "")
        if what:
            missing.append(what)
        # A measure given in words only ("faster than …") is an answer in part.
        in_words = bool(what and asked.measure and any(
            gives(asked.measure, e.text) for e in chosen if e.role != "background"
        ))
        parts_missing += bool(gone or (what and not in_words))
    missing = list(dict.fromkeys(missing))
    if question.kind == "compare" and sides_missing:
        # Two sides at least make a comparison.
        enough = len(question.sides) - len(sides_missing) >= 2
        return Answerability(enough, tuple(missing), _reason(missing, papers), fit * (_PART if enough else _NONE))
    if parts_missing and parts_missing == len(question.asks):
        others = (e.paper for e in evidence if e.paper not in papers)
        owner = next((p for p in others if any(owns(p, n) for n in absent)), None)
        if owner is not None:
            # What is named is there; what is asked of it is not.
            lacks = [n for n in question.names if not _names(_text(owner), n)]
            asked_of_it = [m for m in missing if m not in question.names]
            missing = list(dict.fromkeys([*lacks, *(asked_of_it or (thing_asked(a.text) for a in question.asks))]))
            papers = [owner]
        return Answerability(False, tuple(missing), _reason(missing, papers), fit * _NONE)
    if missing and question.kind == "list":
        return Answerability(False, tuple(missing), _reason(missing, papers), fit * 0.3)
    return Answerability(
        True, tuple(missing), _reason(missing, papers) if missing else "", fit * (_PART if missing else _ALL)
    )


def _asks_nothing(question: Question) -> bool:
    """Whether a question holds none but words that carry questions: "what is the best paper"."""
    if question.kind not in ("fact", "howto") or question.names or question.phrases:
        return False
    return all(t in STOP_WORDS or says_little(t) for t in tokens(question.text))


def _told_by_text(question: Question) -> bool:
    """Whether a title can't answer: what is so, how, why or how much is asked, and not for a paper."""
    asked = any(a.wants in ("yesno", "manner", "reason", "date", *QUANTITIES) for a in question.asks)
    return asked and not _FOR_A_PAPER.search(question.text)


_FOR_A_PAPER = re.compile(
    r"\b(?:papers?|works?|stud(?:y|ies|ied)|articles?|publications?|thesis|anyone|anybody|someone|somebody)\b"
    r"|\b(?:is|are)\s+there\b", re.I
)


def _beside_the_point(question: Question, evidence: Sequence[Evidence]) -> bool:
    """Whether a short question is matched by no paper: neither its words nor its meaning, and none stands out.

    A short question names what it wants, so its words can be expected; a long one may describe in
    other words, so nothing is concluded from them.
    """
    words = len(set(terms(question.search_text)))
    if words > _SHORT:
        return False
    best = max(evidence, key=lambda e: e.fit)
    own = [e for e in evidence if e.paper.id == best.paper.id]
    others = [e.fit for e in evidence if e.paper.id != best.paper.id]
    ahead = odds(best.fit) - odds(max(others)) if others else 0.0
    near = max(e.similarity for e in own)
    if max(e.covered for e in evidence if e.chosen) >= _COVERED or best.fit >= _FITS:
        return False
    strange = next(bar for most, bar in _STRANGE.items() if words <= most)
    return near < strange or (near < _SIMILAR and ahead < _STANDS_OUT)


def _not_in_paper(question: Question, k: int, chosen: Sequence[Evidence]) -> bool:
    """Whether part `k` asks a known paper for something of which it holds no word and nothing like it."""
    asked = question.asks[k]
    papers = {e.paper.id: e.paper for e in chosen}
    open_ended = asked.wants in ("manner", "reason", "any", *QUANTITIES)
    if question.kind in ("list", "compare") or len(papers) != 1 or open_ended or rivals(asked.text):
        return False
    if any(instance_of(noun.lower(), "", _text(next(iter(papers.values())))) for noun in noun_asked(asked.text)):
        return False
    named = {t for n in question.names for t in terms(n)}
    wanted = set(terms(asked.text)) - named - SAYS_NOTHING
    held = set(terms(_text(next(iter(papers.values())))))
    if not wanted or (not named and len(question.asks) > 1) or wanted & held:
        return False
    return max(e.beyond for e in chosen) < _OF_THE_PAPER


def _singles_out(name: str, papers: Sequence[Paper]) -> bool:
    """Whether a name tells which paper is meant: by its form ("GP-VAE", not "Roman"), or as a paper's own."""
    return name_by_form(name.split()[0]) or any(owns(p, name) for p in papers)


def _names(text: str, name: str) -> bool:
    """Whether the text holds the name, the singular of one in the plural ("Wasserstein GANs"), or each of several
    names that were written in a row ("FID ARFlow")."""
    parts = name.split()
    in_a_row = len(parts) > 1 and all(name_by_form(p) and holds_name(text, p) for p in parts)
    return holds_name(text, name) or in_a_row or (
        bool(re.search(r"[A-Z]s$", name)) and holds_name(text, name[:-1])
    )


def _text(paper: Paper) -> str:
    return "\n".join((paper.title, paper.abstract, " ".join(paper.authors), *(p.text for p in paper.pages)))


def _side_found(side: str, chosen: Sequence[Evidence], texts: Sequence[str]) -> bool:
    return any(e.side == side for e in chosen) or any(holds_name(t, side) for t in texts)


def _unheld(k: int, asked: Asked, chosen: Sequence[Evidence], papers: Sequence[Paper]) -> str:
    """What part `k` asks for, in words, where no sentence of the chosen papers holds it; else ""."""
    given = [q for q in quantities(asked.text) if q.unit not in ("", "times", "points", "%") and not q.word]
    if given:
        # "The rate over 200 km" is not told by the rate over 25 km.
        held = {(q.value, q.unit) for p in papers for q in quantities(_text(p))}
        strange = next((q for q in given if (q.value, q.unit) not in held), None)
        if strange is not None:
            return strange.text
    if asked.wants in QUANTITIES:
        return "" if any(k in e.answers for e in chosen) else _named(asked)
    if asked.wants == "yesno" and (against := rivals(asked.text)) and len(papers) == 1:
        told = tells_of_both(*against, papers[0], [papers[0].title, *(e.text for e in chosen)])
        return "" if told else f"a comparison of {against[0]} with {against[1]}"
    if asked.wants == "person" and _MAKES.search(asked.text):
        made = bool(_AUTHORED.search(asked.text)) and any(p.authors for p in papers)
        somebody = _LABELLERS if _LABELS.search(asked.text) else _SOMEBODY
        return "" if made or any(somebody.search(e.text) for e in chosen) else thing_asked(asked.text)
    if asked.wants == "date":
        out = bool(_AUTHORED.search(asked.text)) and any(p.year for p in papers)
        month = bool(_MONTH_ASKED.search(asked.text))
        dated = any(_MONTH.search(e.text) if month else holds(asked, e.text) for e in chosen)
        return "" if out or dated else thing_asked(asked.text)
    return ""


_MONTH_ASKED = re.compile(r"\b(?:which|what)\s+(?:month|day)\b", re.I)
_MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_AUTHORED = re.compile(
    r"\b(?:wr(?:ote|itten|ites?)|authors?|propos\w*|develop\w*|introduc\w*|invent\w*|publish\w*|creat\w*|made|built"
    r"|present\w*|releas\w*|appear\w*|com(?:e|es|ing)\s+out|came\s+out|behind|paper|from)\b", re.I
)
"""What a paper's record tells: whose work it is, and of when."""
_SOMEBODY = re.compile(
    r"\bet\s+al\b|\b(?:funded|supported|founded|discovered|painted|invented|made|written)\s+by\s+(?:the\s+)?[A-Z]"
)
_LABELS = re.compile(r"\b(?:annotat\w*|label\w*|rated|reviewed|judged|collect\w*|conduct\w*)\b", re.I)
_LABELLERS = re.compile(
    rf"{_SOMEBODY.pattern}|\b(?i:annotators?|experts?|raters?|volunteers?|students?|crowd-?\s?workers?|participants?|judges"
    r"|physicians?|clinicians?|linguists?|readers?|reviewers?|humans|people|nurses|doctors|teachers)\b"
)
_MAKES = re.compile(
    r"\b(?:wr(?:ote|itten|ites?)|authors?|propos\w*|develop\w*|introduc\w*|invent\w*|publish\w*|creat\w*|made|fund\w*"
    r"|built|present\w*|paint\w*|discover\w*|founded|behind|annotat\w*|label\w*|rated|reviewed|judged|collect\w*|conduct\w*)\b",
    re.I,
)
"""Verbs that ask "who" for the one who made a thing: somebody with a name."""


def _named(asked: Asked) -> str:
    words = {
        "number": "the number of {}",
        "percentage": "the share of {}",
        "factor": "the factor for {}",
        "amount": "a value for {}",
    }[asked.wants]
    return words.format(asked.focus) if asked.focus else thing_asked(asked.text)


def _whole(question: Question) -> tuple[str, ...]:
    """What the whole question asks for; the topic of a list, and the words of what is no question."""
    parts = [a.text for a in question.asks if asks(a.text)]
    if question.kind in ("list", "compare") or not parts:
        return (question.search_text or question.text,)
    return tuple(dict.fromkeys(thing_asked(part) for part in parts))


def _worded(word: Unheld, asked: Asked) -> str:
    """The word that is not held; what its part asks for where it is a verb, which says nothing by itself."""
    return thing_asked(asked.text) if not word.asked and _VERB.search(word.words) else word.words


_VERB = re.compile(r"(?:ed|ing|made)$|^(?:is|are|was|were|do|does|did|has|have)\b")


def _reason(missing: Sequence[str], papers: Sequence[Paper]) -> str:
    if not missing:
        return ""
    what = "; ".join(missing)
    where = f"“{papers[0].title}”" if len(papers) == 1 else "the papers that come nearest"
    return f"Nothing was found on {what} in {where}."
