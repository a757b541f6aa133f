"""Fits the decisions of answering, and says how well they do on question sets that they were not fitted to.

    python -m tests.fit.answers DATA [--cache FOLDER] [--all | --apart] [--dry] [--without FEATURE...]

`DATA` is the folder of labelled questions and corpora. Fitted are the files of `assistant/models` that decide from
evidence: `interaction`, `cover`, `sentence`, `member`, `answer`, `answerable`, `next_sentence`, `several`, `polarity`.
They are fitted to the questions beside this file and PubMedQA, and tried on the question sets of `DATA`; with
`--apart` nothing that shares a paper with these takes part, with `--all` they are fitted to as well and nothing is
tried. Needs scikit-learn (`uv run --group fit`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products: more threads wait for each other
import numpy as np

from assistant import models, retrieval
from assistant.answering.known import LibraryKnown
from assistant.answering.polarity import POLARITY_FEATURES, polarity_features
from assistant.embeddings import showing_tokens
from assistant.evidence import (
    DECISION_FEATURES,
    LEARNED_FEATURES,
    NEXT_FEATURES,
    PAPER_FEATURES,
    SENTENCE_FEATURES,
    SEVERAL_FEATURES,
    Evidence,
    Gathered,
    Matches,
    decision_features,
    gathered,
    learned_features,
    next_features,
    paper_features,
    sentence_features,
    several_features,
)
from assistant.question import parse
from assistant.retrieval.matching import matches_of, parts_asked, places_of, question_words, sentence_tokens
from assistant.retrieval.similarity import Similarity

from . import interaction
from .cases import (
    Case,
    Corpus,
    abstracts,
    facts_in,
    labels,
    pubmed,
    read_own,
    read_set,
    without_gold,
    words_of,
)

MODELS = Path(models.__file__).resolve().parent
GIVEN = ("ml_A", "bio_B", "daily_papers_dev")
"""The question sets of the data folder."""
COLLECTIONS = {"sci": "scifact_train", "covid": "check_covid", "cisi": "cisi", "cran": "cranfield"}
"""Public collections of whose abstracts further questions are asked, by the names of the questions' files."""
SMALL, FOREIGN = 60, 4
"""Small libraries of each source, and questions about other papers in each."""
UNPARTED = ("own_cran",)
"""Sets whose abstracts are one sentence each: there is none to choose."""
LISTS = ("multi", "summary", "table")
LOOKED_AT = 24
COMPETING = 10
FOLDS = 4
RIGHT = 0.3
"""The chance of the right paper below which nothing is answered."""
MOST, CONSIDERED = 4, 20
"""Sentences of an answer at most, and those that may follow the first."""


def collected(data: Path, cache: Path) -> list[Case]:
    """All cases with their plans and matches; kept in the cache folder."""
    store = cache / "cases.pickle"
    if store.exists():
        cases = pickle.loads(store.read_bytes())
        if cases[0].extra.get("names") == SENTENCE_FEATURES:
            return cases
        return with_rows(cases, store)
    pages = Corpus(cache / "pages", sources=[data / "corpora" / "daily_papers"])
    bio = Corpus(cache / "bio", sources=[data / "corpora" / "bio400.jsonl"])
    further = {name: abstracts(data, folder, cache / folder) for name, folder in COLLECTIONS.items()}
    med, med_cases = pubmed(data, cache / "pubmed")
    here = Path(__file__).resolve().parent / "questions"
    written = lambda name, corpus: [(corpus, read_own(f, corpus)) for f in sorted(here.glob(f"{name}*.jsonl"))]  # noqa: E731
    groups = [
        (pages, read_set(data / "questions" / "ml_A.jsonl", pages)),
        (pages, read_set(data / "questions" / "daily_papers_dev.jsonl", pages)),
        (bio, read_set(data / "questions" / "bio_B.jsonl", bio)),
        *written("ml", pages), *written("bio", bio),
        *(one for name, corpus in further.items() for one in written(name, corpus)),
        (med, med_cases),
    ]
    cases = [case for corpus, own in groups for case in matched(corpus, own)]
    cases += small_libraries(cache / "small", ((pages, cases), (bio, cases)))
    cache.mkdir(parents=True, exist_ok=True)
    return with_rows([*cases, *absent(cases)], store)


def matched(corpus: Corpus, cases: Sequence[Case]) -> list[Case]:
    """The cases of a library with their plans, and the papers found as numbers."""
    similarity = Similarity(corpus.library, corpus.asked)
    view, showing = corpus.index.view(), showing_tokens(corpus.asked)
    assert showing is not None
    known = LibraryKnown(corpus.library, corpus.index)
    tokens: dict[str, tuple[np.ndarray, np.ndarray, int]] = {}
    for case in cases:
        plan = parse(case.question, case.history, None, known)
        hits = retrieval.search(corpus.library, corpus.index, corpus.asked, plan.search_text, k=LOOKED_AT,
                                aspects=plan.queries[1:])
        if plan.about:
            hits = sorted(hits, key=lambda h: h.paper_id not in plan.about)
        case.plan = plan
        case.matches = matches_of(plan, hits, corpus.library, view, corpus.asked, similarity)
        for one in case.matches.papers:
            if one.paper.id not in tokens:
                found = sentence_tokens(view, showing, one.paper, places_of(one.sentences))
                tokens[one.paper.id] = (*found, len(one.sentences))
        case.extra["tokens"] = {one.paper.id: tokens[one.paper.id] for one in case.matches.papers}
        case.extra["asked"] = question_words(view, corpus.asked, plan.search_text).rows
        case.extra["parts"] = [(one.rows, one.rarity) for one in parts_asked(view, corpus.asked, plan)]
    return list(cases)


def small_libraries(cache: Path, sources: Sequence[tuple[Corpus, Sequence[Case]]]) -> list[Case]:
    """The questions on single papers once more, asked of libraries of one to six papers, where words are less rare and
    no other paper is near; and in each of these a few that are about other papers."""
    asked: list[Case] = []
    for corpus, cases in sources:
        papers = sorted(corpus.library.papers(), key=lambda p: hashlib.sha256(p.id.encode()).hexdigest())
        own = [c for c in cases if c.kind not in LISTS and not c.history and len(c.papers) == 1
               and c.set.startswith("own_")]
        at = 0
        for n in range(SMALL):
            part = papers[at : at + 1 + n % 6]
            at += len(part)
            ids = {p.id for p in part}
            small = Corpus(cache / f"{corpus.library.home.name}{n}", papers=part)
            inside = [c for c in own if c.papers <= ids]
            other = [replace(c, answerable=False, gold=(), acceptable=(), near=(), evidence=frozenset(), facts=())
                     for c in own[n :: len(own) // FOREIGN] if not c.papers & ids][:FOREIGN]
            asked += matched(small, [replace(c, set=f"small_{c.set}", id=f"{c.id}-{small.library.home.name}", extra={})
                                     for c in (*inside, *other)])
    return asked


def with_rows(cases: list[Case], store: Path) -> list[Case]:
    """The cases with the features of their sentences, kept for the next run."""
    for case in cases:
        sizes = (COMPETING, LOOKED_AT) if case.kind in LISTS else (COMPETING,)
        case.extra["rows"] = {size: sentence_features(first_papers(case, size))[1][:, : -len(LEARNED_FEATURES)]
                              for size in sizes}
        case.extra["names"] = SENTENCE_FEATURES
    store.write_bytes(pickle.dumps(cases))
    return cases


# --------------------------------------------------------------------------- the regression


class Fitted:
    """A logistic regression over standardised features, fitted by scikit-learn."""

    def __init__(self, names: Sequence[str], rows: np.ndarray, y: np.ndarray, weights: np.ndarray, c: float) -> None:
        from sklearn.linear_model import LogisticRegression

        self.names = tuple(names)
        self.mean, spread = rows.mean(0), rows.std(0)
        self.spread = np.where(spread > 1e-9, spread, 1.0)
        model = LogisticRegression(C=c, max_iter=5000).fit((rows - self.mean) / self.spread, y, sample_weight=weights)
        self.weights, self.bias = model.coef_[0], float(model.intercept_[0])

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(((rows - self.mean) / self.spread) @ self.weights + self.bias)))

    def stored(self, thresholds: dict[str, float]) -> dict[str, Any]:
        """The model as its file holds it."""
        rounded = lambda values: [round(float(v), 6) for v in values]  # noqa: E731
        return {"features": list(self.names), "mean": rounded(self.mean), "spread": rounded(self.spread),
                "weights": rounded(self.weights), "bias": round(self.bias, 6), "thresholds": thresholds}


class Boosted:
    """Boosted trees, fitted by scikit-learn."""

    def __init__(self, names: Sequence[str], rows: np.ndarray, y: np.ndarray, weights: np.ndarray) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self.names = tuple(names)
        self.model = HistGradientBoostingClassifier(
            max_iter=150, max_leaf_nodes=8, learning_rate=0.06, min_samples_leaf=40, l2_regularization=10.0,
            early_stopping=False, random_state=0,
        ).fit(rows, y, sample_weight=weights)

        # Called for each question: the product's own reading of the trees is much quicker than scikit-learn's.
        self.trees = models.trees_of("sentence", self.stored({}))

    def stored(self, thresholds: dict[str, float]) -> dict[str, Any]:
        """The trees as their file holds them."""
        grown = [predictors[0].nodes for predictors in self.model._predictors]
        rows = []
        for nodes in grown:
            own = np.arange(len(nodes))
            leaf = nodes["is_leaf"].astype(bool)
            rows.append({
                "feature": [int(f) for f in np.where(leaf, 0, nodes["feature_idx"])],
                "threshold": [round(float(t), 6) for t in np.where(leaf, 0.0, nodes["num_threshold"])],
                "left": [int(n) for n in np.where(leaf, own, nodes["left"])],
                "right": [int(n) for n in np.where(leaf, own, nodes["right"])],
                "value": [round(float(v), 5) for v in np.where(leaf, nodes["value"], 0.0)],
            })
        return {"features": list(self.names), "bias": round(float(self.model._baseline_prediction[0, 0]), 6),
                "depth": int(max(nodes["depth"].max() for nodes in grown)), "thresholds": thresholds, "trees": rows}


def first_papers(case: Case, count: int = COMPETING) -> Matches:
    """The first papers found for a case."""
    assert case.matches is not None
    return replace(case.matches, papers=case.matches.papers[:count])


def absent(cases: Sequence[Case]) -> list[Case]:
    """Every answerable case once more, without the papers that answer it."""
    made = []
    for case in cases:
        if not case.answerable or case.history or case.set.startswith("small_"):
            continue
        if (other := without_gold(case)) is not None:
            other.extra = {name: case.extra[name] for name in ("tokens", "asked", "parts")}
            made.append(other)
    return made


class Sentences:
    """The interaction and the trees that tell which sentences an ideal answer rests on.

    The cases that they were fitted to get scores and chances by models that did not see their papers: a model is surer
    of what it saw, and what is decided from the chances is fitted to these.
    """

    def __init__(self, cases: Sequence[Case], without: Sequence[str] = ()) -> None:
        self.interaction = interaction.fit([lesson for case in cases if (lesson := lesson_of(case))])
        self._scores: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
        self._chances: dict[tuple[str, int], np.ndarray] = {}
        fold = lambda case: int(hashlib.sha256(min(case.papers, default=case.id).encode()).hexdigest(), 16) % FOLDS  # noqa: E731
        parts = [[case for case in cases if fold(case) == k] for k in range(FOLDS)]
        rest = []
        for part in parts:
            papers = {paper for case in part for paper in case.papers}
            inside = {case.name for case in part}
            rest.append([c for c in cases if c.name not in inside and not set(c.papers) & papers] or list(cases))
            other = interaction.fit([lesson for case in rest[-1] if (lesson := lesson_of(case))])
            self._scores |= {case.name: scores_of(case, other) for case in part}
        self.model = self._fit(cases, without)
        for part, others in zip(parts, rest, strict=True):
            model = self._fit(others, without)
            self._chances |= {(case.name, size): model.trees.chances(self.rows(case, size))
                              for case in part for size in case.extra["rows"]}
        self._covers: dict[str, dict[str, np.ndarray]] = {}
        self.cover = interaction.fit_cover(self._cover_lessons(cases))
        for part, others in zip(parts, rest, strict=True):
            cover = interaction.fit_cover(self._cover_lessons(others))
            self._covers |= {case.name: cover for case in part}

    def _fit(self, cases: Sequence[Case], without: Sequence[str]) -> Boosted:
        rows, y, weights = [], [], []
        for case in cases:
            own = np.concatenate(labels(case)[:COMPETING]) if case.matches and case.matches.papers else np.zeros(0)
            if own.sum() and case.answerable and case.set not in UNPARTED:
                rows.append(self.rows(case, COMPETING))
                y.append(own)
                share = {"pubmedqa": 0.3}.get(case.set, 0.3 if case.set.startswith("small_") else 1.0)
                weights.append(np.full(len(own), share / np.sqrt(own.sum())))
        stack = np.vstack(rows)
        for name in without:
            stack[:, SENTENCE_FEATURES.index(name)] = 0
        return Boosted(SENTENCE_FEATURES, stack, np.concatenate(y), np.concatenate(weights))

    def rows(self, case: Case, papers: int = COMPETING) -> np.ndarray:
        """The features of the sentences of the first papers."""
        if case.name not in self._scores:
            self._scores[case.name] = scores_of(case, self.interaction)
        own = self._scores[case.name][:papers]
        return np.hstack([case.extra["rows"][papers], learned_features(own)])

    def _cover_lessons(self, cases: Sequence[Case]) -> list[interaction.CoverLesson]:
        lessons = []
        for case in cases:
            if case.matches is None or not case.matches.papers:
                continue
            chances = self.chances(case)
            first = best_of(chances)
            lessons.append(interaction.CoverLesson(
                case.extra["asked"], case.matches.rarity, case.extra["tokens"][case.matches.papers[first].paper.id],
                tuple(int(k) for k in np.argsort(-chances[first])[:3]), float(case.answerable), weight_of(case),
            ))
        return lessons

    def matches(self, case: Case) -> Matches:
        """The first papers with what is learned of them; of what must be covered, the best paper alone."""
        found = first_papers(case)
        self.rows(case)
        best = best_of(self.chances(case))
        cover, (near, _) = interaction.cover_of(
            self._covers.get(case.name, self.cover), case.extra["asked"], found.rarity,
            case.extra["tokens"][found.papers[best].paper.id])
        return replace(found, cover=cover, papers=tuple(
            replace(one, learned=own, parts=parts, covered=near if k == best else one.covered)
            for k, (one, (own, parts)) in enumerate(zip(found.papers, self._scores[case.name], strict=False))))

    def chances(self, case: Case, papers: int = COMPETING) -> list[np.ndarray]:
        """The chances of the sentences of each of the first papers."""
        first = first_papers(case, papers)
        if not first.papers:
            return []
        key = (case.name, papers)
        if key not in self._chances:
            self._chances[key] = self.model.trees.chances(self.rows(case, papers))
        return np.split(self._chances[key], np.cumsum([len(p.sentences) for p in first.papers])[:-1])


def best_of(chances: Sequence[np.ndarray]) -> int:
    """The place of the paper with the likeliest sentence."""
    return int(np.argmax([float(own.max()) if len(own) else 0.0 for own in chances]))


def lesson_of(case: Case) -> interaction.Lesson | None:
    """A case as the interaction learns it; None where it has nothing to teach."""
    if not case.answerable or case.matches is None or not case.matches.papers or case.set in UNPARTED \
            or case.set.startswith("small_"):
        return None
    right = np.concatenate(labels(case)[:COMPETING])
    if not right.sum():
        return None
    papers = tuple(case.extra["tokens"][p.paper.id] for p in case.matches.papers[:COMPETING])
    return interaction.Lesson(case.extra["asked"], case.matches.rarity, papers, right,
                              0.15 if case.set == "pubmedqa" else 1.0)


def scores_of(case: Case, weights: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The learned scores of the sentences of each paper of a case, by the whole question and by its parts."""
    if case.matches is None or not case.matches.papers:
        return []
    papers = tuple(case.extra["tokens"][p.paper.id] for p in case.matches.papers)
    whole, *parts = (
        interaction.scores(weights, interaction.Lesson(rows, rarity, papers, np.zeros(0), 1.0))
        for rows, rarity in ((case.extra["asked"], case.matches.rarity), *case.extra["parts"])
    )
    return [(own, np.array([part[k] for part in parts] or [own])) for k, own in enumerate(whole)]


def fit_members(cases: Sequence[Case], sentence: Sentences, c: float = 0.05) -> Fitted:
    """Which papers belong to a list."""
    rows, y = [], []
    for case in cases:
        if case.kind in LISTS and case.answerable and case.matches and case.matches.papers:
            own = member_rows(case, sentence)
            judged = np.array([p.paper.id not in case.acceptable for p in case.matches.papers])
            rows.append(own[judged])
            y.append(np.array([float(p.paper.id in case.gold) for p in case.matches.papers])[judged])
    stack, target = np.vstack(rows), np.concatenate(y)
    return Fitted(PAPER_FEATURES, stack, target, np.ones(len(target)), c)


def member_rows(case: Case, sentence: Sentences) -> np.ndarray:
    """The features of the papers of a list."""
    assert case.matches is not None
    return paper_features(case.matches, sentence.chances(case, LOOKED_AT))


def decision_row(case: Case, sentence: Sentences) -> list[float]:
    """The features of the whole question."""
    return decision_features(sentence.matches(case), sentence.chances(case))


def best_paper(case: Case, sentence: Sentences) -> str:
    """The paper with the likeliest sentence."""
    assert case.matches is not None
    chances = sentence.chances(case)
    return case.matches.papers[int(np.argmax([float(c.max()) for c in chances]))].paper.id if chances else ""


def fit_decisions(cases: Sequence[Case], sentence: Sentences, c: float = 0.005) -> tuple[Fitted, Fitted]:
    """Whether the best evidence is of the right paper where the library answers, and whether it answers at all."""
    own = [case for case in cases if case.matches is not None and case.matches.papers]
    rows = np.array([decision_row(case, sentence) for case in own])
    there = np.array([float(case.answerable) for case in own])
    right = np.array([float(best_paper(case, sentence) in (*case.gold, *case.acceptable)) for case in own])
    weights = np.array([weight_of(case) for case in own])
    able = there == 1
    return (Fitted(DECISION_FEATURES, rows[able], right[able], weights[able], c),
            Fitted(DECISION_FEATURES, rows, there, weights, c))


def fit_several(cases: Sequence[Case], sentence: Sentences, member: Fitted, c: float = 0.1) -> Fitted:
    """Whether several papers are asked for."""
    rows, y = [], []
    for case in cases:
        if case.answerable and case.kind not in ("compare", "table") and case.set != "pubmedqa" and case.matches \
                and case.matches.papers:
            rows.append(several_row(case, sentence, member))
            y.append(float(len(set(case.gold)) > 1))
    return Fitted(SEVERAL_FEATURES, np.array(rows), np.array(y), np.ones(len(y)), c)


def several_row(case: Case, sentence: Sentences, member: Fitted) -> list[float]:
    """The features of the breadth of a question."""
    found = first_papers(case)
    chances = sentence.chances(case)
    return several_features(found, chances, member(paper_features(found, chances)))


def several_figures(cases: Sequence[Case], sentence: Sentences, member: Fitted, several: Fitted) -> str:
    """How often it is told rightly whether several papers are asked for."""
    own = [c for c in cases if c.answerable and c.kind not in ("compare", "table") and c.matches and c.matches.papers]
    if not own:
        return ""
    chance = several(np.array([several_row(c, sentence, member) for c in own]))
    many = np.array([len(set(c.gold)) > 1 for c in own])
    if many.all() or not many.any():
        return ""
    lines = [f"  {t}: of several {(chance[many] >= t).mean():.2f}, of one {(chance[~many] >= t).mean():.2f}"
             for t in (0.3, 0.4, 0.5, 0.6)]
    return f"several, AUC {roc_auc(many.astype(float), chance)}\n" + "\n".join(lines)


def evidence_of(case: Case, sentence: Sentences) -> Gathered:
    """The evidence of a case by a sentence model; no paper is a member of anything."""
    found = sentence.matches(case)
    return gathered(found, sentence.chances(case), [0.0] * len(found.papers))


def fit_next(cases: Sequence[Case], sentence: Sentences, c: float = 0.05) -> Fitted:
    """Whether one more sentence belongs into an answer beside those chosen."""
    rows, y = [], []
    for case in cases:
        if case.kind in LISTS or case.kind == "compare" or not case.answerable or not case.evidence:
            continue
        if case.set == "pubmedqa":
            continue
        found = evidence_of(case, sentence)
        pool = found.sentences
        if not pool:
            continue
        right = [s for s in pool if (s.paper.id, words_of(s.text)) in case.evidence]
        chosen = [pool[0]]
        while len(chosen) < MOST:
            rest = [s for s in pool[:CONSIDERED] if s not in chosen]
            rows += [next_features(found, chosen, s) for s in rest]
            y += [float(s in right) for s in rest]
            left = [s for s in right if s not in chosen]
            if not left:
                break
            chosen.append(left[0])
    return Fitted(NEXT_FEATURES, np.array(rows), np.array(y), np.ones(len(y)), c)


def chosen_by(found: Gathered, model: Callable[[np.ndarray], np.ndarray], enough: float, most: int) -> list[Evidence]:
    """The sentences that an answer would take."""
    pool = found.sentences
    chosen = pool[:1]
    while len(chosen) < most:
        rest = [s for s in pool[:CONSIDERED] if s not in chosen]
        if not rest:
            break
        chances = model(np.array([next_features(found, chosen, s) for s in rest]))
        if float(chances.max()) < enough:
            break
        chosen.append(rest[int(np.argmax(chances))])
    return chosen


def next_figures(cases: Sequence[Case], sentence: Sentences, model: Fitted) -> str:
    """Key facts, and words, of the sentences chosen, at several thresholds."""
    lines = []
    own = [c for c in cases if c.facts and c.kind not in (*LISTS, "compare") and c.matches and c.matches.papers]
    found = [evidence_of(c, sentence) for c in own]
    for enough in (0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        shares: dict[str, list[float]] = defaultdict(list)
        words: dict[str, list[int]] = defaultdict(list)
        for case, one in zip(own, found, strict=True):
            most = 2 if case.kind == "fact" else MOST
            text = " ".join(s.text for s in chosen_by(one, model, enough, most))
            shares[case.kind] += [float(b) for b in facts_in(case, text)]
            words[case.kind].append(len(text.split()))
        every = [x for v in shares.values() for x in v]
        size = np.mean([w for v in words.values() for w in v])
        lines.append(f"  {enough}: facts {np.mean(every):.3f} words {size:.0f} "
                     + " ".join(f"{k} {np.mean(v):.2f}/{np.mean(words[k]):.0f}" for k, v in shares.items()))
    return "chosen sentences\n" + "\n".join(lines)


def fit_polarity(cases: Sequence[Case], sentence: Sentences, after: Fitted, c: float = 0.1) -> Fitted:
    """Whether evidence says yes."""
    rows, y = polarity_rows(cases, sentence, after)
    return Fitted(POLARITY_FEATURES, np.array(rows), np.array(y), np.ones(len(y)), c)


def polarity_rows(cases: Sequence[Case], sentence: Sentences, after: Fitted) -> tuple[list[list[float]], list[float]]:
    """The rows and answers of the cases that say yes or no."""
    rows, y = [], []
    for case in cases:
        if case.polarity in ("yes", "no") and case.answerable and case.matches and case.matches.papers:
            chosen = chosen_by(evidence_of(case, sentence), after, 0.25, MOST)
            rows.append(polarity_features(case.question, [s.text for s in chosen]))
            y.append(float(case.polarity == "yes"))
    return rows, y


def polarity_figures(cases: Sequence[Case], sentence: Sentences, after: Fitted, model: Fitted) -> str:
    """What part is answered yes or no, and rightly; `maybe` counts as wrong."""
    own = [c for c in cases if c.polarity and c.answerable and c.matches and c.matches.papers]
    if not own:
        return ""
    chances = model(np.array([
        polarity_features(c.question, [s.text for s in chosen_by(evidence_of(c, sentence), after, 0.25, MOST)])
        for c in own
    ]))
    lines = []
    for low, high in ((0.5, 0.5), (0.4, 0.6), (0.35, 0.65), (0.3, 0.7), (0.25, 0.75)):
        given = [(c, p) for c, p in zip(own, chances, strict=True) if p >= high or p <= low]
        right = np.mean([c.polarity == ("yes" if p >= high else "no") for c, p in given]) if given else 0
        lines.append(f"  {low}-{high}: given {len(given) / len(own):.2f} right {right:.2f}")
    return f"yes/no n={len(own)}\n" + "\n".join(lines)


def weight_of(case: Case) -> float:
    """What a case counts for the decisions: what people asked most, made absences and titles as questions least."""
    if case.set.startswith("small_"):
        return 0.3
    return 0.05 if case.id.endswith("-absent") else 0.15 if case.set == "pubmedqa" else 1.0


# --------------------------------------------------------------------------- figures


def sentence_figures(cases: Sequence[Case], model: Sentences) -> dict[str, Any]:
    """Key facts in the best k sentences by kind, and the right paper first."""
    shares: dict[Any, list[float]] = defaultdict(list)
    for case in cases:
        if not case.facts or case.matches is None or not case.matches.papers:
            continue
        chances = model.chances(case)
        flat = sorted(((float(x), i, j) for i, own in enumerate(chances) for j, x in enumerate(own)), reverse=True)
        for k in (1, 2, 3, 4, 6):
            text = " ".join(case.matches.papers[i].sentences[j].text for _, i, j in flat[:k])
            shares[k] += [float(b) for b in facts_in(case, text)]
            shares[(case.kind, k)] += [float(b) for b in facts_in(case, text)]
        shares["first"].append(float(best_paper(case, model) in (*case.gold, *case.acceptable)))
    return {str(k): round(float(np.mean(v)), 3) for k, v in shares.items() if not isinstance(k, tuple) or k[1] == 3}


def roc_auc(y: Sequence[float], scores: Sequence[float]) -> float:
    """The area under the curve."""
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(y, scores)), 3)


def decision_figures(cases: Sequence[Case], sentence: Sentences, right: Fitted, there: Fitted) -> str:
    """What part of the unanswerable is caught where a part of the answerable is answered."""
    own = [c for c in cases if c.matches is not None and c.matches.papers and not c.id.endswith("-absent")]
    rows = np.array([decision_row(c, sentence) for c in own])
    q = there(rows)
    p = q * (right(rows) >= RIGHT)
    able = np.array([c.answerable for c in own])
    wrong = np.array([c.answerable and best_paper(c, sentence) not in (*c.gold, *c.acceptable) for c in own])
    if able.all() or not able.any():
        return "no unanswerable ones"
    lines = [f"n={len(own)} unanswerable={int((~able).sum())} AUC right={roc_auc((able & ~wrong).astype(float), p)} "
             f"there={roc_auc(able.astype(float), q)}"]
    for share in (0.75, 0.8, 0.85, 0.9):
        t = np.quantile(p[able], 1 - share)
        stopped = float((p[~able] < t).mean())
        lines.append(f"  answered {share:.2f}: threshold {t:.2f}, unanswerable stopped {stopped:.2f}, "
                     f"wrong papers among answered {float(wrong[able & (p >= t)].mean()):.2f}")
    for share in (0.97, 0.99):
        t = np.quantile(q[able], 1 - share)
        lines.append(f"  kept {share:.2f}: threshold {t:.2f}, unanswerable declined {float((q[~able] < t).mean()):.2f}")
    return "\n".join(lines)


def member_figures(cases: Sequence[Case], sentence: Sentences, member: Fitted) -> str:
    """Precision and recall of lists at several thresholds."""
    lines = []
    own = [c for c in cases if c.kind in LISTS and c.answerable and c.matches and c.matches.papers]
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        precision, recall, size = [], [], []
        for case in own:
            assert case.matches is not None
            chance = member(member_rows(case, sentence))
            chosen = chance >= min(threshold, float(np.sort(chance)[-2:].min()))
            ids = [p.paper.id for p, c in zip(case.matches.papers, chosen, strict=True) if c]
            precision.append(sum(i in (*case.gold, *case.acceptable) for i in ids) / len(ids))
            recall.append(len(set(ids) & set(case.gold)) / len(set(case.gold)))
            size.append(len(ids))
        lines.append(f"  {threshold}: precision {np.mean(precision):.3f} recall {np.mean(recall):.3f} "
                     f"rows {np.mean(size):.1f}")
    return f"lists n={len(own)}\n" + "\n".join(lines)


def write(
    sentence: Sentences, member: Fitted, right: Fitted, there: Fitted, after: Fitted, yes: Fitted, several: Fitted,
) -> None:
    """Write the weights where the product reads them; thresholds stay as their files have them."""
    for name, learned in (("interaction", interaction.learned(sentence.interaction)),
                          ("cover", interaction.learned_as_cover(sentence.cover))):
        np.savez(MODELS / f"{name}.npz", **{
            key: value.astype(np.float16) if value.dtype.kind == "f" else value for key, value in learned.items()
        })
    for name, model, thresholds in (
        ("sentence", sentence.model, {}), ("member", member, {"listed": 0.33, "side": 0.15}),
        ("answer", right, {"right": RIGHT, "word_absent": 0.6, "shown": 0.05}),
        ("answerable", there, {"declined": 0.25, "listed": 0.4, "answered": 0.68}),
        ("several", several, {"rows": 0.3}),
        ("next_sentence", after, {"added": 0.04, "added_to_value": 0.15}),
        ("polarity", yes, {"yes": 0.57, "no": 0.43, "sure_yes": 0.8, "sure_no": 0.2}),
    ):
        stored = model.stored(thresholds)
        file = MODELS / f"{name}.json"
        if file.exists():
            stored["thresholds"] = {**thresholds, **json.loads(file.read_text())["thresholds"]}
        file.write_text(json.dumps(stored, indent=None if "trees" in stored else 1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/litassist-fit"))
    parser.add_argument("--all", action="store_true", help="fit to every set, for the weights that are shipped")
    parser.add_argument("--apart", action="store_true", help="fit to nothing that shares a paper with the given sets")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    parser.add_argument("--without", nargs="*", default=[])
    given = parser.parse_args()
    cases = collected(given.data, given.cache)
    test = [c for c in cases if c.set in GIVEN and not c.id.endswith("-absent")]
    papers = {paper for case in test for paper in case.papers}
    train = [c for c in cases if given.all or c.set not in GIVEN]
    if given.apart:
        train = [c for c in train if not set(c.papers) & papers]
    print(f"{len(cases)} cases, {len(train)} to fit, {len(test)} of the given sets")
    sentence = Sentences(train, given.without)
    member = fit_members(train, sentence)
    right, there = fit_decisions(train, sentence)
    after = fit_next(train, sentence)
    yes = fit_polarity(train, sentence, after)
    several = fit_several(train, sentence, member)
    if not given.dry:
        write(sentence, member, right, there, after, yes, several)
    if given.all:
        return  # what would be tried was fitted to
    for name in GIVEN:
        own = [c for c in test if c.set == name]
        print(f"== {name}", sentence_figures(own, sentence))
        print(decision_figures(own, sentence, right, there))
    print("== all of them together")
    print(member_figures(test, sentence, member))
    print(decision_figures(test, sentence, right, there))
    print(next_figures(test, sentence, after))
    print(several_figures(test, sentence, member, several))


if __name__ == "__main__":
    main()
