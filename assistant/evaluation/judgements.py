"""The judgement on one question: what was found, cited, said and left out. Pure.

A measure that does not apply to a question is None and takes no part in any mean. An answerable
question that failed or got no answer counts as 0, so that failing never improves a figure.

An answer has one of three outcomes. Of one that was *answered* the text counts, rows and cells with it. A *shortlist*
asserts nothing and counts as abstaining; the words and titles that it shows count for key facts, its papers for
recall, and it takes no part in precision. One that was *declined* holds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..papers import Answer, Block, Citation, Hit, Quote, Related
from .questions import POLARITIES, LabelledQuestion, title_key

SHOWN = 10
"""How many papers of a ranking are looked at."""

TextOf = Callable[[str, str, int | None], str | None]
"""The stored text of (paper_id, field, page); None where there is no such paper."""

_MARKERS = re.compile(r"\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer is worth. Shares are in 0 to 1."""

    hit_at_1: float | None = None
    recall_at_5: float | None = None
    ndcg_at_10: float | None = None
    relevance: float | None = None
    """Share of gold or acceptable papers among the first n of the ranking, n being the number of gold papers."""
    comprehensiveness: float | None = None
    """Share of the gold papers that are in the shown set."""
    purity: float | None = None
    """Share of the shown set that is gold or acceptable."""
    redundancy: float | None = None
    """Mean over the shown passages of the largest share of words (Jaccard) had in common with another."""
    citation_precision: float | None = None
    """Share of the cited papers that are gold or acceptable; 0 when an answerable question got no citation. None for a
    shortlist, which cites nothing."""
    citation_recall: float | None = None
    """Share of the gold papers that are cited, or offered in a shortlist."""
    key_facts_found: tuple[str, ...] = ()
    key_facts_missed: tuple[str, ...] = ()
    decision: str = ""
    """`answered`, `shortlist` or `declined`; empty when asking failed."""
    answered: float | None = None
    """For an answerable question: 1 when it was answered, else 0."""
    shortlisted: float | None = None
    declined: float | None = None
    polarity: str = ""
    """The yes, no or maybe that the answer begins with."""
    polarity_right: float | None = None
    """Whether that is the right one; None where the question has none or was not answered, 0 where none is said."""
    abstained: bool = False
    abstention_right: bool = False
    words: int = 0
    """Words of the answer, markers not counted."""
    rows: int = 0
    row_words: int = 0
    """Words in the rows of a list or table, heads and cells."""
    sentences: int = 0
    sentences_cited: int = 0
    quotes: int = 0
    quotes_verbatim: int = 0
    verdicts: tuple[int, int, int] = (0, 0, 0)
    """How many sentences the assistant itself called supported, partial and unsupported."""
    papers_unfound: tuple[str, ...] = ()
    """Gold titles that are not in the shown set."""
    papers_uncited: tuple[str, ...] = ()
    """Gold titles that the answer does not cite, or the shortlist not offer."""
    papers_wrong: tuple[str, ...] = ()
    """Titles cited that are neither gold nor acceptable; for a question without an answer, every title cited. None of
    a shortlist, which asserts nothing."""

    def to_dict(self) -> dict[str, Any]:
        """The judgement as JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def judgement(
    question: LabelledQuestion, answer: Answer | None, hits: Sequence[Hit], text_of: TextOf, shown: int = SHOWN
) -> Judgement:
    """The judgement on `answer` (None when asking failed) and on the papers found for it, best first.

    `shown` is how many of the hits count as the shown set; the ranking measures have their own cut.
    """
    found, missed = key_facts(question, answer)
    decision = outcome(answer)
    abstained = decision in ("shortlist", "declined")
    citations = answer.citations if answer is not None else ()
    cited = {title_key(c.title): c.title for c in (offered(answer) if decision == "shortlist" else citations)}
    precision, recall = cited_papers(question, list(cited))
    quotes = _quotes(answer)
    good = _keys(question.gold_titles) | _keys(question.acceptable_titles)
    in_set = {title_key(h.title) for h in hits[:shown]}
    numbers = {c.n for c in citations}
    written = answer.sentences if answer is not None and not abstained else ()
    return Judgement(
        **ranking(question, [h.title for h in hits]),
        **shown_set(question, hits[:shown]),
        citation_precision=None if decision == "shortlist" else precision,
        citation_recall=recall,
        key_facts_found=found,
        key_facts_missed=missed,
        decision=decision,
        **{name: float(decision == kind) if question.answerable else None for name, kind in _SHARES.items()},
        polarity=(said := polarity(answer)),
        polarity_right=float(said == question.polarity) if question.polarity and decision == "answered" else None,
        abstained=abstained,
        abstention_right=answer is not None and abstained != question.answerable,
        words=len(_MARKERS.sub("", answer.answer).split()) if answer is not None else 0,
        sentences=len(written),
        sentences_cited=sum(bool(s.citations) and set(s.citations) <= numbers for s in written),
        rows=sum(b.kind == "row" for b in answer.blocks) if answer is not None else 0,
        row_words=sum(len(b.text.split()) for b in _row_blocks(answer)),
        quotes=len(quotes),
        quotes_verbatim=sum(verbatim(c, text_of) for c in quotes),
        verdicts=_verdicts(s.verdict for s in written),
        papers_unfound=tuple(t for t in question.gold_titles if title_key(t) not in in_set),
        papers_uncited=tuple(t for t in question.gold_titles if title_key(t) not in cited),
        papers_wrong=tuple(title for key, title in cited.items() if key not in good and decision != "shortlist"),
    )


_SHARES = {"answered": "answered", "shortlisted": "shortlist", "declined": "declined"}


def outcome(answer: Answer | None) -> str:
    """`answered`, `shortlist` or `declined`; empty for none."""
    if answer is None:
        return ""
    return "declined" if answer.abstained and answer.decision == "answered" else answer.decision


def offered(answer: Answer | None) -> tuple[Related, ...]:
    """The papers of a shortlist."""
    return answer.related if answer is not None and answer.decision == "shortlist" else ()


def spoken(answer: Answer) -> str:
    """What an answer says, without its markers: a "[8]" is no fact and no word. Of a shortlist what it shows."""
    if answer.decision == "shortlist":
        return "\n".join(text for r in answer.related for text in (r.title, r.quote, *(q.text for q in r.quotes)))
    return _MARKERS.sub("", answer.answer)


def polarity(answer: Answer | None) -> str:
    """The yes, no or maybe that an answer begins with, else ""."""
    first = _WORD.search(answer.answer) if answer is not None and outcome(answer) == "answered" else None
    said = first[0].casefold() if first else ""
    return said if said in POLARITIES else ""


def _quotes(answer: Answer | None) -> list[tuple[str, str, Citation | Quote]]:
    """Every quote shown as exact words, with its paper."""
    if answer is None:
        return []
    cited = [(c.paper_id, c.quote, c) for c in answer.citations]
    return cited + [(r.paper_id, q.text, q) for r in offered(answer) for q in r.quotes]


def _row_blocks(answer: Answer | None) -> list[Block]:
    return [b for b in answer.blocks if b.kind in ("row", "cell")] if answer is not None else []


def key_facts(question: LabelledQuestion, answer: Answer | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The key facts that the answer holds, and those it lacks. One that was declined holds none."""
    text = folded(spoken(answer)) if answer is not None and outcome(answer) != "declined" else ""
    found = tuple(f for f in question.key_facts if _says(text, f, question))
    return found, tuple(f for f in question.key_facts if f not in found)


def folded(text: str) -> str:
    """Lower-case, backslashes dropped, white space collapsed: how facts are looked for, as substrings."""
    return " ".join(text.lower().replace("\\", "").split())


def _says(text: str, fact: str, question: LabelledQuestion) -> bool:
    wordings = (fact, *question.key_fact_variants.get(fact, ()))
    return any(w in text for w in map(folded, wordings) if w)


def ranking(question: LabelledQuestion, titles: Sequence[str]) -> dict[str, float | None]:
    """hit@1, recall@5 and nDCG@10 of the titles, best first, by pytrec_eval; gold papers alone are relevant.

    None for a question without gold papers. Gold papers that the library lacks count as not found,
    and a title that comes twice counts once.
    """
    gold = _keys(question.gold_titles)
    if not gold:
        return {"hit_at_1": None, "recall_at_5": None, "ndcg_at_10": None}
    import pytrec_eval

    run: dict[str, float] = {}
    for place, title in enumerate(titles):
        key = title_key(title)
        run[key if key not in run else f"{key}#{place}"] = float(-place)
    judge = pytrec_eval.RelevanceEvaluator({"q": dict.fromkeys(gold, 1)}, {"success.1", "recall.5", "ndcg_cut.10"})
    row = judge.evaluate({"q": run})["q"]
    return {"hit_at_1": row["success_1"], "recall_at_5": row["recall_5"], "ndcg_at_10": row["ndcg_cut_10"]}


def shown_set(question: LabelledQuestion, hits: Sequence[Hit]) -> dict[str, float | None]:
    """Relevance, comprehensiveness, purity and redundancy of the shown set (see `Judgement`).

    The first three are None without gold papers, redundancy with fewer than two passages. An empty
    set has relevance, comprehensiveness and purity 0.
    """
    passages = [h.passage.text if h.passage is not None else h.snippet for h in hits]
    row: dict[str, float | None] = {
        "relevance": None, "comprehensiveness": None, "purity": None, "redundancy": redundancy(passages),
    }
    gold = _keys(question.gold_titles)
    if gold:
        keys = [title_key(h.title) for h in hits]
        good = gold | _keys(question.acceptable_titles)
        row["relevance"] = sum(k in good for k in keys[: len(gold)]) / len(gold)
        row["comprehensiveness"] = len(gold & set(keys)) / len(gold)
        row["purity"] = sum(k in good for k in keys) / len(keys) if keys else 0.0
    return row


def redundancy(texts: Sequence[str]) -> float | None:
    """Mean over the texts of the largest Jaccard share of words with another; None for fewer than two."""
    words = [set(_WORD.findall(t.lower())) for t in texts if t.strip()]
    if len(words) < 2:
        return None
    largest = [
        max(len(a & b) / len(a | b) if a | b else 0.0 for j, b in enumerate(words) if j != i)
        for i, a in enumerate(words)
    ]
    return sum(largest) / len(largest)


def cited_papers(question: LabelledQuestion, cited: Sequence[str]) -> tuple[float | None, float | None]:
    """Precision and recall of the cited papers, given as distinct title keys.

    Precision counts gold and acceptable papers, recall the gold ones. Both None for a question
    without an answer or without gold papers.
    """
    gold = _keys(question.gold_titles)
    if not question.answerable or not gold:
        return None, None
    good = gold | _keys(question.acceptable_titles)
    precision = sum(c in good for c in cited) / len(cited) if cited else 0.0
    return precision, len(gold & set(cited)) / len(gold)


def verbatim(quoted: tuple[str, str, Citation | Quote], text_of: TextOf) -> bool:
    """Whether the quote (paper, words, place) stands, not empty, at its offsets in the stored text."""
    paper_id, words, place = quoted
    text = text_of(paper_id, place.field, place.page)
    return bool(words) and text is not None and text[place.start : place.end] == words


def _keys(titles: Sequence[str]) -> set[str]:
    return {title_key(t) for t in titles}


def _verdicts(verdicts: Any) -> tuple[int, int, int]:
    given = list(verdicts)
    return given.count("supported"), given.count("partial"), given.count("unsupported")
