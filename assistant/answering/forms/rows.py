"""A row for each paper that fits: a list with what each does or finds, or a table with the columns asked for."""

from __future__ import annotations

from collections.abc import Iterator

from ...evidence import Evidence, PaperEvidence, answer_type_score
from ...language import listed
from ...models import logistic
from ...papers import Text, papers_in_words
from ...question import Part
from ..builder import AnswerBuilder
from ..engines import Material
from ..quoting import leans, quote, quoted, short_title, stretch

_ROW_WORDS, _CELL_WORDS = 24, 16
"""Words of a quote in a row, and in a cell of a table, about."""


def members(material: Material) -> list[PaperEvidence]:
    """The papers that belong to the list, the likeliest first; two at least where there are two."""
    model = logistic("member")
    ordered = sorted(material.gathered.papers, key=lambda p: -p.member)
    likely = [p for p in ordered if p.member >= model.thresholds["listed"]]
    return likely if len(likely) >= 2 else ordered[:2]


def rows(material: Material, builder: AnswerBuilder, most: int) -> Iterator[Text]:
    """One overview line, then a row for each of `most` papers: its name, and its words on what was asked."""
    papers = members(material)
    yield builder.add("link", _overview(material, len(papers), most))
    for one in papers[:most]:
        whole = quote(best_sentence(one))
        cut = stretch(whole, _ROW_WORDS, material.gathered.matches.words)
        yield builder.add("row", short_title(one.paper), paper_id=one.paper.id)
        yield builder.add("cell", quoted(cut, whole), (cut,), paper_id=one.paper.id)


def table(material: Material, builder: AnswerBuilder, most: int) -> Iterator[Text]:
    """A row for each of `most` papers and a cell for each column asked for, else for what it does and finds."""
    papers = members(material)
    columns = material.plan.columns or listed("table.columns")
    yield builder.add("link", _overview(material, len(papers), most))
    for one in papers[:most]:
        yield builder.add("row", short_title(one.paper), paper_id=one.paper.id)
        for column, evidence in zip(columns, cells(one, columns, material), strict=True):
            if evidence is None:
                yield builder.add("cell", "–", paper_id=one.paper.id, column=column)
                continue
            whole = quote(evidence)
            cut = stretch(whole, _CELL_WORDS, (*column.split(), *material.gathered.matches.words))
            yield builder.add("cell", quoted(cut, whole), (cut,), paper_id=one.paper.id, column=column)


def best_sentence(one: PaperEvidence) -> Evidence:
    """The sentence that tells best what a paper has on what was asked and can be read alone, else the best."""
    return next((s for s in one.told[:3] if not leans(quote(s).text)), one.told[0])


def cells(one: PaperEvidence, columns: tuple[str, ...], material: Material) -> list[Evidence | None]:
    """For each column the sentence of the paper that tells it, each sentence once where there are enough."""
    similarity = material.similarity
    texts = [s.text for s in one.sentences]
    near = similarity(list(columns), texts)
    parts = [Part(column, "number", column) if _is_count(column) else Part(column, "any", column) for column in columns]
    used: set[int] = set()
    chosen: list[Evidence | None] = []
    for k, part in enumerate(parts):
        scores = [
            float(near[k][i]) + 0.5 * s.chance + (0.5 * answer_type_score(part, s.text) if part.wants != "any" else 0.0)
            - (0.3 if i in used else 0.0)
            for i, s in enumerate(one.sentences)
        ]
        best = max(range(len(scores)), key=lambda i: scores[i])
        used.add(best)
        chosen.append(one.sentences[best])
    return chosen


def _is_count(column: str) -> bool:
    return column.strip().lower() in listed("table.counts")


def _overview(material: Material, count: int, most: int) -> str:
    shown = min(count, most)
    topic = material.plan.topic or material.plan.question
    about = f" on “{topic}”" if len(topic.split()) <= 12 else ""
    rest = f"; {shown} shown" if shown < count else ""
    return f"{papers_in_words(count).capitalize()}{about}{rest}:"
