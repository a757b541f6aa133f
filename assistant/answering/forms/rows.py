"""A row for each paper that fits: a list with what each does or finds, or a table with the columns asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...evidence import Evidence, PaperEvidence
from ...language import listed
from ...models import logistic
from ...papers import Text, papers_in_words
from ...question import Part
from ..builder import AnswerBuilder
from ..engines import Material, Search
from ..quoting import quote, quoted, row_name, stands_alone, stretch

_SENTENCES, _MOST_OF_A_ROW = 6, 2
"""Sentences of a list, about, and of one of its papers at most."""
_OWN_WORDS = 0.5
"""What the nearness of a column's words counts beside a sentence's chance: by hand, between 0 and 1 little changes."""
_ROW_WORDS, _CELL_WORDS = 35, 24
"""Words of a quote in a row, and in a cell of a table, about."""


def members(material: Material) -> list[PaperEvidence]:
    """The papers that belong to the list, the likeliest first; one at least where there are any."""
    model = logistic("member")
    ordered = sorted(material.gathered.papers, key=lambda p: -p.member)
    likely = [p for p in ordered if p.member >= model.thresholds["listed"]]
    return likely or ordered[:1]


def rows(material: Material, builder: AnswerBuilder, most: int) -> Iterator[Text]:
    """One overview line, then a row for each of `most` papers: its name, and its words on what was asked.

    The fewer the papers, the more is told of each.
    """
    papers = members(material)
    shown = papers[:most]
    each = max(1, min(_MOST_OF_A_ROW, _SENTENCES // len(shown))) if shown else 0
    yield builder.add("link", _overview(material, len(papers), most))
    for one in shown:
        yield builder.add("row", row_name(one.paper), paper_id=one.paper.id)
        for sentence in best_sentences(one, each):
            whole = quote(sentence)
            cut = stretch(whole, _ROW_WORDS, material.gathered.matches.words)
            yield builder.add("cell", quoted(cut, whole), (cut,), paper_id=one.paper.id)


def table(material: Material, search: Search, builder: AnswerBuilder, most: int) -> Iterator[Text]:
    """A row for each of `most` papers and a cell for each column asked for, else for what it does and finds."""
    papers = members(material)
    columns = material.plan.columns or listed("table.columns")
    yield builder.add("link", _overview(material, len(papers), most))
    chosen = cells(papers[:most], columns, material, search)
    for one in papers[:most]:
        yield builder.add("row", row_name(one.paper), paper_id=one.paper.id)
        for column, evidence in zip(columns, chosen[one.paper.id], strict=True):
            if evidence is None:
                yield builder.add("cell", "–", paper_id=one.paper.id, column=column)
                continue
            whole = quote(evidence)
            cut = stretch(whole, _CELL_WORDS, (*column.split(), *material.gathered.matches.words))
            yield builder.add("cell", quoted(cut, whole), (cut,), paper_id=one.paper.id, column=column)


def best_sentences(one: PaperEvidence, count: int) -> list[Evidence]:
    """The sentences that tell best what a paper has on what was asked and can be read alone, in the paper's order."""
    alone = [s for s in one.sentences[: count + 2] if stands_alone(s)]
    return sorted((alone or list(one.sentences))[:count], key=lambda s: s.order)


def cells(
    papers: Sequence[PaperEvidence], columns: Sequence[str], material: Material, search: Search
) -> dict[str, list[Evidence | None]]:
    """For each paper, by id, the sentence for each column, each sentence once where there are enough; None where the
    paper has none.

    A column is a question of its own to the papers of the table.
    """
    chosen: dict[str, list[Evidence | None]] = {one.paper.id: [] for one in papers}
    limits = replace(material.plan.filters, paper_ids=tuple(chosen))
    for column in columns:
        asked = replace(material.plan, filters=limits, phrases=(), excluded=(),
                        parts=(Part(column, "number" if _is_count(column) else "any", column),))
        answers = {one.paper.id: one for one in search(asked, f"{column} {material.plan.topic}").gathered.papers}
        for paper_id, row in chosen.items():
            sentences = _by_column(answers[paper_id], column, material) if paper_id in answers else []
            used = {one.order for one in row if one is not None}
            row.append(next((s for s in sentences if s.order not in used), sentences[0] if sentences else None))
    return chosen


def _by_column(one: PaperEvidence, column: str, material: Material) -> list[Evidence]:
    """A paper's sentences as they tell a column, the best first: by their chance, and by how near the column's own
    words are, which may be a name for a number ("species")."""
    near = material.similarity([column], [s.text for s in one.sentences])[0]
    worth = {s.order: s.chance + _OWN_WORDS * float(n) for s, n in zip(one.sentences, near, strict=True)}
    return sorted(one.sentences, key=lambda s: (not stands_alone(s), -worth[s.order]))


def _is_count(column: str) -> bool:
    return column.strip().lower() in listed("table.counts")


def _overview(material: Material, count: int, most: int) -> str:
    shown = min(count, most)
    topic = material.plan.topic or material.plan.question
    about = f" on “{topic}”" if len(topic.split()) <= 12 else ""
    rest = f"; {shown} shown" if shown < count else ""
    return f"{papers_in_words(count).capitalize()}{about}{rest}:"
