"""A follow-up made a question that stands alone, and the paper it is about.

Works without a language model: the subject of a follow-up is the paper last spoken of, unless the
question names something else. A model may phrase the question better; which paper is meant stays ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..evidence.sides import own_name
from ..papers import Answer, Paper, Turn, normalised_title
from ..queries import names, read_question
from ..text import terms, tokens
from .topics import listing_asked

_THING = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|methods?|approach(?:es)?|models?|systems?|algorithms?|"
    r"frameworks?|techniques?|tools?|networks?|architectures?|datasets?|benchmarks?|authors?|researchers?|results?|"
    r"findings?|experiments?|evaluations?|metrics?|surveys?|thesis|dissertation)"
)
_PRONOUN = r"\b(?:it|its|itself|they|them|their|theirs|he|she|his|her)\b"
_THIS_THING = (
    r"\b(?:this|that|these|those|the\s+same|the\s+(?:above|latter|former|said|cited|mentioned))\s+(?:new\s+)?"
    rf"{_THING}\b"
)
_THE_THING = (
    rf"\bthe\s+{_THING}\b(?!\s+(?:of|on|that|which|who|by|for|in|called|named|from|with|to|about|behind|between|using|"
    r"described)\b)"
    r"(?!['’\-])"
)
_BARE = (
    r"\b(?:about|of|like|than|with|on|for|is|was|does|did|do|are|were|by|to)\s+(?:this|that|these|those)"
    r"(?=\s*(?:[?,.;!]|$|\s(?:mean|work|help|apply)))"
    r"|^(?:and\s+|but\s+|so\s+)?(?:is|was|does|did|are|were|do|why\s+is|how\s+does|how\s+is|what\s+does)\s+"
    rf"(?:this|that|these|those)\b(?!\s+\w+\s+(?:of|that)\b|\s+(?:new\s+)?{_THING}\b)"
)
_ORDINAL = re.compile(
    r"\bthe\s+(?P<which>first|second|third|fourth|fifth|last|latter|former)(?:\s+(?:of\s+(?:them|these|those)|ones?|"
    r"papers?|methods?|works?|stud(?:y|ies)|articles?|results?)\b|(?=\s*(?:[?.,]|$)))", re.I,
)
_SEVERAL = re.compile(
    r"\bthe\s+(?:first|top)\s+(?P<count>two|three|four|2|3|4)\b(?:\s+(?:of\s+(?:them|these|those)|ones?|papers?|methods?|works?|"
    r"stud(?:y|ies)|articles?|results?)\b)?", re.I,
)
_TITLE_IN, _TITLE_WORDS = 600, 40
"""Words of a text in which titles are looked for, and of a title."""
_COUNTS = {"two": 2, "2": 2, "three": 3, "3": 3, "four": 4, "4": 4}
_EMPTY_IT = re.compile(
    r"\b(?:is|was|be|make|makes|made|find|finds)\s+it\s+(?:\w+ly\s+)?(?:possible|true|known|hard|easy|difficult|better|necessary|feasible|"
    r"clear|important|useful|likely|common|enough|worth|helpful|beneficial|safe|harmful|best)\b|\bdoes\s+it\s+(?:matter|take|pay)\b|"
    r"\bit\s+(?:is|was)\s+(?:possible|true|known|hard|easy|better)\b", re.I,
)
_REFERENCE = re.compile(rf"{_THIS_THING}|{_THE_THING}|{_PRONOUN}|{_BARE}", re.I)
_FRAGMENT = re.compile(
    r"^(?:(?:and|but|or|also|so|then|what\s+about|how\s+about|what\s+else|anything\s+else|how\s+so|tell\s+me\s+more|more|"
    r"go\s+on|continue|explain|elaborate|such\s+as|for\s+example)\b|why(?:\s+not)?\s*(?:\?|$))", re.I,
)
_ON = re.compile(r"^(?:on|in|with|for|by|at|since|from|using|under|over|of|to)\b", re.I)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|do|does|did|can|could|has|have|had|will|would|should|may|might|must)\b", re.I,
)
_PLURAL = re.compile(r"\b(?:they|them|their|theirs|these|those|both)\b", re.I)
_LIKE_IT = re.compile(r"\b(?:similar|like|related|other|another|else|more)\b", re.I)
_POSSESSIVE = re.compile(r"^(?:its|their|his|her|theirs)$", re.I)

_NUMBERS = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "latter": -1}


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that needs no history.

    `asked` is the question as typed; `about` holds the ids of the papers that a follow-up is about, the
    first meant first, and is empty for a question that stands alone; `changed` says that the topic is
    another than the last turn's.
    """

    question: str
    asked: str
    about: tuple[str, ...] = ()
    changed: bool = False


def standalone(question: str, history: Sequence[Turn], spoken_of: Sequence[Paper]) -> Standalone:
    """The question for itself. `spoken_of` are the papers of the last answer, the first cited first.

    With no history, no papers, or a question that refers to nothing before it, the question comes back
    as it is.
    """
    asked = " ".join(question.split())
    if not history or not spoken_of:
        return Standalone(asked, asked)
    kind = read_question(asked).kind
    listing = listing_asked(asked)
    if kind in ("greeting", "library", "empty") or (listing and listing.kind != "which"):
        return Standalone(asked, asked, changed=listing is not None)
    several = _SEVERAL.search(asked)
    if several and len(spoken_of) >= _COUNTS[several["count"].lower()]:
        meant_all = spoken_of[: _COUNTS[several["count"].lower()]]
        named = " and ".join(own_name(p) or p.title for p in meant_all)
        whole = f"{asked[: several.start()]}{named}{asked[several.end() :]}"
        return Standalone(whole, whole, tuple(p.id for p in meant_all))
    ordinal = _ORDINAL.search(asked)
    if ordinal and len(spoken_of) > 1:
        at = _NUMBERS[ordinal["which"].lower()]
        if at < len(spoken_of):
            meant = spoken_of[at]
            name = f'"{meant.title}"'
            return Standalone(f"{asked[: ordinal.start()]}{name}{asked[ordinal.end() :]}", asked, (meant.id,))
    reference = _reference(asked, spoken_of, history)
    fragment = _is_fragment(asked)
    if reference is None and not fragment and not _leans(asked, spoken_of[0]):
        return Standalone(asked, asked, changed=not _shares(asked, spoken_of, history))
    meant = spoken_of[0]
    name = _name(meant, history[-1])
    whole = _put(asked, reference, name, meant)
    if kind == "compare" or (kind == "list" and _LIKE_IT.search(asked)):
        return Standalone(whole, asked)
    about = tuple(p.id for p in spoken_of) if _PLURAL.search(asked) else (meant.id,)
    return Standalone(whole, asked, about)


def spoken_of(
    history: Sequence[Turn], titled: Callable[[str], Sequence[Paper]], found: Callable[[str], Sequence[Paper]],
    cited: Callable[[Sequence[str]], Sequence[Paper]],
) -> list[Paper]:
    """The papers of the last answer that spoke of any, the first cited first; none without history.

    `cited` gives papers by id. An answer kept as text only names its papers by title (`titled` finds
    them in a text), and failing that the best paper for the turn is looked up with `found`.
    """
    for turn in reversed(history):
        if isinstance(turn.answer, Answer):
            ids = list(dict.fromkeys(c.paper_id for c in turn.answer.citations))
            if not ids and turn.answer.abstained:
                ids = [r.paper_id for r in turn.answer.related[:1]]
            papers = list(cited(ids)) if ids else []
        else:
            papers = list(titled(turn.answer)) or list(found(f"{turn.question} {turn.answer}"))[:1]
        if papers:
            return papers
    return []


def titles_in(text: str, papers: Iterable[Paper]) -> list[Paper]:
    """The papers whose whole title stands in `text`, in the order they are named; a title inside a longer
    one that is there does not count."""
    folded = f" {normalised_title(text)} "
    found: list[tuple[int, int, Paper]] = []
    for paper in papers:
        key = normalised_title(paper.title)
        at = folded.find(f" {key} ") if len(key) >= 4 else -1
        if at >= 0:
            found.append((at, at + len(key), paper))
    outer = [f for f in found if not any(o[0] <= f[0] and f[1] <= o[1] and o[:2] != f[:2] for o in found)]
    return [paper for _, _, paper in sorted(outer, key=lambda f: f[0])]


def possible_titles(text: str) -> list[str]:
    """Every run of words in the text that may be a whole title, folded as titles are."""
    words = normalised_title(text).split()[:_TITLE_IN]
    size = len(words)
    runs = (" ".join(words[i:j]) for i in range(size) for j in range(i + 1, min(size, i + _TITLE_WORDS) + 1))
    return list(dict.fromkeys(run for run in runs if len(run) >= 4))


def without_title(text: str, title: str) -> str:
    """The text with "the paper" where it holds the whole title; the text itself where nothing is left to ask."""
    words = re.findall(r"\w+", title)
    whole = r"[^\w]+".join(re.escape(w) for w in words)
    before = r"(?:\b(?:the|this|in)\s+(?:paper|article|study|work)\s+)?[\"“‘]*"
    pattern = rf"{before}(?<!\w){whole}(?!\w)[?!.]?[\"”’]*"
    out = " ".join(re.sub(pattern, " the paper ", text, count=1, flags=re.I).split())
    out = re.sub(r"\s+(?=[?.,;:!])", "", out)
    return out if words and set(terms(out)) - set(terms("the paper")) else text


def trimmed(history: Sequence[Turn], count_tokens: Callable[[str], int], budget: int) -> list[Turn]:
    """The latest turns that fit into `budget` tokens together, oldest first; the oldest go first."""
    kept: list[Turn] = []
    left = budget
    for turn in reversed(history):
        left -= count_tokens(turn.question) + count_tokens(turn.text)
        if left < 0:
            break
        kept.insert(0, turn)
    return kept


def history_text(history: Sequence[Turn], count_tokens: Callable[[str], int], budget: int) -> str:
    """The conversation for a prompt, cut to `budget` tokens; papers cited in turns cut off stay named."""
    kept = trimmed(history, count_tokens, budget)
    titles = dict.fromkeys(
        c.title for turn in history[: len(history) - len(kept)] if isinstance(turn.answer, Answer)
        for c in turn.answer.citations
    )
    head = [f"(Earlier papers: {'; '.join(list(titles)[-8:])})"] if titles else []
    return "\n".join([*head, *(f"Researcher: {t.question}\nAssistant: {t.text}" for t in kept)])


def plausible(rewritten: str, asked: str, known: str) -> bool:
    """Whether a model's stand-alone form may be used: it keeps the words of the question and adds none
    that the conversation does not hold."""
    line = rewritten.strip()
    if not line or "\n" in line or len(line) > 400:
        return False
    new = set(terms(line))
    return set(terms(_REFERENCE.sub(" ", asked))) <= new and new <= set(terms(f"{asked} {known}"))


# --------------------------------------------------------------------------- what refers back


def _reference(asked: str, papers: Sequence[Paper], history: Sequence[Turn]) -> re.Match[str] | None:
    """The first words that refer to what was said before; None if what they mean stands in the question."""
    empty = [m.span() for m in _EMPTY_IT.finditer(asked)]
    texts = [history[-1].question, history[-1].text, *(f"{p.title} {p.abstract}" for p in papers)]
    known = set(tokens(" ".join(texts)))
    for found in _REFERENCE.finditer(asked):
        if any(start <= found.start() < end for start, end in empty):
            continue
        before = asked[: found.start()]
        new = any(not set(tokens(name)) <= known for name in names(before))
        return None if new or _subject_before(before) else found
    return None


def _subject_before(text: str) -> bool:
    """Whether a thing is described before the pronoun, which then means it: "Which encoder ties …, and is it …"."""
    described = terms(text)
    return len(described) >= 6 or (len(described) >= 3 and bool(re.search(r"[,;]|\band\b", text)))


def _is_fragment(asked: str) -> bool:
    words = asked.rstrip("?!. ").split()
    if _FRAGMENT.match(asked):
        return len(words) <= 12
    return len(words) <= 5 and bool(_ON.match(asked)) and not _VERB.search(asked)


def _leans(asked: str, paper: Paper) -> bool:
    """Whether a question without a subject of its own speaks in the words of the paper last spoken of."""
    question = read_question(asked)
    if question.names or question.sides or question.kind not in ("fact", "howto"):
        return False
    own = terms(asked)
    there = set(terms(f"{paper.title} {paper.abstract}"))
    return 0 < len(own) <= 4 and 2 * sum(t in there for t in own) >= len(own)


def _shares(asked: str, papers: Sequence[Paper], history: Sequence[Turn]) -> bool:
    own = set(terms(asked))
    before = set(terms(" ".join([history[-1].question, history[-1].text, *(p.title for p in papers)])))
    return bool(own) and len(own & before) >= max(1, len(own) // 4)


# --------------------------------------------------------------------------- naming the paper


def _name(paper: Paper, turn: Turn) -> str:
    """What to call the paper: the name before its title's colon, a name the last answer gave it, else its title."""
    head, colon, _ = paper.title.partition(":")
    if colon and 1 <= len(head.split()) <= 4:
        return head.strip()
    there = f" {normalised_title(f'{paper.title} {paper.abstract}')} "
    asked = set(tokens(turn.question))
    answer = turn.text.replace(paper.title, " ")
    for name in names(answer):
        coined = any(c.isupper() for c in name[1:]) and not set(tokens(name)) <= asked
        if coined and f" {normalised_title(name)} " in there:
            return name
    return f'"{paper.title}"'


def _put(asked: str, reference: re.Match[str] | None, name: str, paper: Paper) -> str:
    if reference is None:
        text = re.sub(r"^(?:and|but|so|also|then)\s+", "", asked, flags=re.I)
        text = text[:1].upper() + text[1:]
        return f"{text.rstrip('?!. ')} ({name})?"
    words = reference[0]
    if re.match(r"(?:the|these|those)\s+(?:authors|researchers)\b", words, re.I):
        put = f"{words} of {name}"
    elif _POSSESSIVE.match(words):
        put = f"{name}'s"
    elif re.fullmatch(_PRONOUN, words, re.I) or re.match(rf"(?:{_THIS_THING})$", words, re.I):
        put = name
    elif re.match(r"the\s", words, re.I):
        put = f"{words} of {name}"
    else:
        put = re.sub(r"\b(?:this|that|these|those)\b", name, words, flags=re.I)
    return f"{asked[: reference.start()]}{put}{asked[reference.end() :]}"
