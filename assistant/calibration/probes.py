"""Questions made from a library itself: with an answer in it, or surely without. Pure, seeded.

Answerable ones are cut from sentences by templates: a number, a name or a deed is asked for; some
are put in other words or down to a few of them, because people do not echo papers and a threshold
set on echoes alone would refuse them. Those without an answer are near misses, about a paper of the
library and something that this paper does not mention, or distant. All the same they are no
person's questions, and their rates are not those of real use.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..papers import Paper
from ..queries import name_by_form
from ..text import sentences, terms
from ..text.quantities import quantities
from .distant import ATTRIBUTES, DISTANT, MEASURES, STRANGERS
from .rewording import reworded

SEED = 20_240_607


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Probe:
    """A question made from the library. `kind` names its template, `paper_id` the paper it is about."""

    question: str
    answerable: bool
    kind: str
    paper_id: str | None = None
    fact: str = ""
    """The words that the sentence it was cut from has in the asked place; empty where nothing is to be found."""

    @property
    def near(self) -> bool:
        """Whether it has no answer and yet is about a paper of the library."""
        return not self.answerable and self.paper_id is not None


@dataclass(frozen=True, slots=True)
class _Read:
    """A paper as far as questions need it."""

    paper: Paper
    subject: str
    named: bool
    """Whether the subject is a name of the paper's own and not its title."""
    sentences: tuple[str, ...]
    terms: frozenset[str]
    rare: frozenset[str]
    """Terms that at most three papers of the library hold, or one in fifty."""
    text: str

    def mentions(self, words: str) -> bool:
        """Whether it holds the words as they stand, or any content word of them."""
        return words.lower() in self.text or bool(self.terms & set(terms(words)))

    def holds_all(self, words: str) -> bool:
        own = set(terms(words))
        return bool(own) and own <= self.terms


def probes(papers: Sequence[Paper], n: int = 400, seed: int = SEED) -> list[Probe]:
    """At most `n` questions over the papers with an abstract: half answerable, a quarter near, a quarter distant.

    The same library gives the same questions on every machine, whatever order its papers came in.
    Fewer papers give fewer questions, the shares kept; no papers give none.
    """
    read = _read(papers)
    if not read:
        return []
    dice = random.Random(seed)
    far = _distant(read, dice)
    near = _spread(_near_makers(read), read, dice, n // 4)
    known = _spread(_ANSWERABLE, read, dice, n // 2)
    quarter = min(n // 4, len(far), len(near), len(known) // 2)
    chosen = [*known[: 2 * quarter], *near[:quarter], *far[:quarter]]
    dice.shuffle(chosen)
    return chosen


Maker = Callable[[_Read, random.Random], "Probe | None"]


def _spread(makers: Sequence[Maker], read: Sequence[_Read], dice: random.Random, n: int) -> list[Probe]:
    """At most `n` questions: every paper once before any twice, and of what a paper offers the rarest kind so far."""
    found: dict[str, Probe] = {}
    kinds: Counter[str] = Counter()
    for _ in range(4):
        order = list(read)
        dice.shuffle(order)
        for paper in order:
            if len(found) >= n:
                return list(found.values())
            offered = [p for make in makers if (p := make(paper, dice)) is not None and p.question not in found]
            if offered:
                chosen = min(offered, key=lambda p: kinds[p.kind])
                kinds[chosen.kind] += 1
                found[chosen.question] = chosen
    return list(found.values())


# --------------------------------------------------------------------------- a paper and its subject

_COINED = re.compile(
    r"\b(?:introduc\w+|propos\w+|present\w*|develop\w*|call(?:ed)?|nam(?:e|ed|ely)|dubbed|termed)\s+(?:the\s+)?"
    r"([A-Z][\w+-]{2,20})(?=[\s,.;:(])"
)


def _read(papers: Sequence[Paper]) -> list[_Read]:
    """The papers that have an abstract worth asking about, by id, each with its subject.

    A name stands for a paper only if no other paper of the library holds it; else its title does.
    """
    chosen = [p for p in sorted(papers, key=lambda p: p.id) if len(p.abstract.split()) >= 20]
    texts = [" ".join(f"{p.title} {p.abstract}".lower().split()) for p in chosen]
    held = [frozenset(terms(text)) for text in texts]
    counts = Counter(term for own in held for term in own)
    rare = {term for term, count in counts.items() if count <= max(3, len(chosen) // 50)}
    found = []
    for paper, text, own in zip(chosen, texts, held, strict=True):
        name = _own_name(paper)
        if name and sum(_holds(t, name.lower()) for t in texts) > 1:
            name = ""
        title = " ".join(paper.title.split()).rstrip(".?!")
        lines = tuple(" ".join(paper.abstract[a:b].split()) for a, b in sentences(paper.abstract))
        subject = name or f'the paper "{title}"'
        found.append(_Read(paper, subject, bool(name), lines, own, own & rare, text))
    return found


def _holds(text: str, name: str) -> bool:
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _own_name(paper: Paper) -> str:
    """What the paper calls its own system: the title's word before a colon, or one coined in the abstract."""
    head, colon, _ = paper.title.partition(":")
    if colon and len(head.split()) == 1 and name_by_form(head) and len(head) > 2 and _holds(paper.abstract, head):
        return head
    coined = [m[1] for m in _COINED.finditer(paper.abstract) if name_by_form(m[1])]
    return coined[0] if coined else ""


# --------------------------------------------------------------------------- answerable

_COUNTED = re.compile(r"\s+((?:[a-z][a-z-]+\s+){0,2}[a-z]{3,}(?<!ss)s)\b(?![-\w])")
_NOT_COUNTED = _words("times points percent folds orders years days hours weeks months was has is this its as thus")
_LINKS = _words("of and or in on for with to by from at than more less over under the a an are which that while")
_BEFORE_A_SHARE = _words("by of to only over about up nearly than an a")


def _counted(sentence: str) -> Iterator[tuple[str, str]]:
    """(number, counted noun phrase) of a sentence."""
    for quantity in quantities(sentence):
        if quantity.unit or (quantity.word and quantity.value <= 1) or re.fullmatch(r"(?:19|20)\d\d", quantity.text):
            continue
        found = _COUNTED.match(sentence, quantity.end)
        if found is None:
            continue
        words = found[1].split()
        while words and words[0] in _LINKS:
            words = words[1:]
        if words and not _LINKS & set(words) and words[-1] not in _NOT_COUNTED:
            yield quantity.text, " ".join(words)


def _count_probe(read: _Read, dice: random.Random) -> Probe | None:
    found = [pair for line in read.sentences for pair in _counted(line)]
    if not found:
        return None
    number, noun = dice.choice(found)
    form = dice.choice(
        ("How many {noun} are there in {subject}?", "How many {noun} does {subject} have?",
         "What is the number of {noun} in {subject}?", "In {subject}, how many {noun} are named?")
    )  # fmt: skip
    return Probe(form.format(noun=noun, subject=read.subject), True, "count", read.paper.id, number)


def _share_probe(read: _Read, dice: random.Random) -> Probe | None:
    found = []
    for line in read.sentences:
        for quantity in quantities(line):
            before = re.split(r"[,;:()]", line[: quantity.start])[-1].split()[-9:]
            if quantity.unit == "%" and len(before) >= 4:
                while before and before[-1].lower() in _BEFORE_A_SHARE:
                    before = before[:-1]
                if len(before) >= 3:
                    found.append((quantity.text, " ".join(before)))
    if not found:
        return None
    share, before = dice.choice(found)
    return Probe(f"What percentage is given in {read.subject} for: {before}?", True, "share", read.paper.id, share)


_INTRODUCED = re.compile(
    r"\b(?:introduces?|proposes?|presents?|develops?|describes?)\s+(?:the\s+)?([A-Z][\w+-]{2,20}),?\s+"
    r"((?:an?|the)\s+[^,;:.()]{25,110})[,.;:(]"
)
_KIND = re.compile(
    r"(?:an?|the)\s+((?:[\w-]+\s+){0,3}?(?:method|model|framework|system|dataset|benchmark|approach|algorithm|tool|library|"
    r"architecture|corpus|technique))\b"
)


def _name_probe(read: _Read, dice: random.Random) -> Probe | None:
    for line in read.sentences:
        found = _INTRODUCED.search(line)
        if found and name_by_form(found[1]):
            what = " ".join(found[2].split()[:16])
            kind = _KIND.match(what)
            rest = what[kind.end() :].strip() if kind else ""
            if kind and len(rest.split()) >= 3:
                return Probe(f"Which {kind[1]} is {_introduced_as(rest)}?", True, "name", read.paper.id, found[1])
            return Probe(f"What is the name of {what}?", True, "name", read.paper.id, found[1])
    return None


def _introduced_as(rest: str) -> str:
    return re.sub(r"^(?:that|which)\s+", "there that ", rest) if rest.startswith(("that", "which")) else f"there {rest}"


_TRIED_ON = re.compile(
    r"\b(?:on|using)\s+(?:the\s+)?([A-Z][\w+.-]*(?:\s[A-Z][\w+.-]*){0,2})\s+(dataset|benchmark|corpus|data\s?set|task)s?\b"
)


_FIELDS = ("LLM", "LLMs", "AI", "NLP", "ML", "RL", "VQA", "QA")


def _dataset_probe(read: _Read, dice: random.Random) -> Probe | None:
    found = [m for line in read.sentences for m in _TRIED_ON.finditer(line) if m[1] not in _FIELDS]
    if not found:
        return None
    one = dice.choice(found)
    form = dice.choice(("On which {kind} is {subject} tested?", "Which {kind} does {subject} use?"))
    return Probe(form.format(kind=one[2], subject=read.subject), True, "dataset", read.paper.id, one[1])


_DEED = re.compile(
    r"^(?:In this (?:paper|work|article|study),\s*)?[Ww]e\s+(?:also\s+|first\s+|then\s+)?([a-z]+)\s+(.{30,})"
)
_DEEDS = _words(
    "propose present introduce develop study investigate analyze analyse describe explore provide examine design "
    "evaluate compare formulate derive apply release train extend address consider measure"
)
_CLAUSE_END = re.compile(
    r"[,;:.()—–]|\s(?:--|which|where|while|whose|thereby|such as|by \w+ing|"
    r"and (?:show|find|demonstrate|prove|compare))\b"
)
_NOT_A_DEED = _words("that how these this it its them and")


def _deed_probe(read: _Read, dice: random.Random) -> Probe | None:
    found = []
    for line in read.sentences:
        deed = _DEED.match(line)
        if deed is None or deed[1] not in _DEEDS:
            continue
        words = _CLAUSE_END.split(deed[2] + ".", maxsplit=1)[0].split()
        if 5 <= len(words) <= 22 and words[0] not in _NOT_A_DEED and "http" not in words[-1]:
            found.append((deed[1], " ".join(words)))
    if not found:
        return None
    verb, rest = dice.choice(found)
    verb += "es" if verb.endswith(("s", "x", "ch", "sh")) else "s"
    verb = re.sub(r"(?<=[^aeiou])ys$", "ies", verb)
    return Probe(f"Which paper {verb} {rest}?", True, "deed", read.paper.id, rest)


def _reworded_probe(read: _Read, dice: random.Random) -> Probe | None:
    """A deed in other words, without names: what is asked by someone who has not read the paper."""
    probe = _deed_probe(read, dice)
    if probe is None:
        return None
    words = [w for w in probe.fact.split() if not name_by_form(w.strip("\"'`“”"))]
    if len(words) < 5:
        return None
    form = dice.choice(("Is there work on {what}?", "Has anyone looked into {what}?", "What is known about {what}?"))
    return Probe(form.format(what=reworded(" ".join(words))), True, "reworded", read.paper.id)


def _gist_probe(read: _Read, dice: random.Random) -> Probe | None:
    """Words of one sentence: three that few papers hold, and two plain ones put in other words."""
    offered = []
    for line in read.sentences:
        words = [w for w in dict.fromkeys(re.findall(r"[A-Za-z-]+", line)) if len(w) > 4 and w.islower() and terms(w)]
        telling = [w for w in words if read.rare.issuperset(terms(w))]
        plain = [w for w in words if w not in telling]
        if len(telling) >= 3 and len(plain) >= 2:
            offered.append((words, telling, plain))
    if not offered:
        return None
    words, telling, plain = dice.choice(offered)
    chosen = {*dice.sample(telling, 3), *dice.sample(plain, 2)}
    kept = [w if w in telling else reworded(w) for w in words if w in chosen]
    return Probe(f"Which work has to do with {', '.join(kept[:4])} and {kept[4]}?", True, "gist", read.paper.id)


def _about_probe(read: _Read, dice: random.Random) -> Probe | None:
    if not read.named:
        return None
    form = dice.choice(("What is {subject}?", "How does {subject} work?", "What does {subject} do?"))
    return Probe(form.format(subject=read.subject), True, "about", read.paper.id, read.subject)


_ANSWERABLE: tuple[Maker, ...] = (
    _dataset_probe, _name_probe, _share_probe, _count_probe, _gist_probe, _reworded_probe, _deed_probe, _about_probe,
)  # fmt: skip


# --------------------------------------------------------------------------- near misses


def _near_makers(read: Sequence[_Read]) -> tuple[Maker, ...]:
    """Templates that ask a paper for what it does not mention, most of it taken from the other papers."""
    nouns = sorted({noun for r in read for line in r.sentences for _, noun in _counted(line)})
    names = sorted({(r.subject, r.paper.id) for r in read if r.named})
    tried = sorted({m[1] for r in read for line in r.sentences for m in _TRIED_ON.finditer(line)})
    strangers = [s for s in STRANGERS if not any(s.lower() in r.text for r in read)]

    def about(r: _Read) -> list[_Read]:
        """The papers that speak of the subject: none of them may hold what is asked."""
        return [o for o in read if o is r or (r.named and r.subject.lower() in o.text)]

    def lacks(r: _Read, words: str) -> bool:
        return not any(o.mentions(words) for o in about(r))

    def count(r: _Read, dice: random.Random) -> Probe | None:
        noun = next((w for w in dice.sample(nouns, min(8, len(nouns))) if lacks(r, w)), None)
        form = dice.choice(("How many {noun} does {subject} use?", "How many {noun} are there in {subject}?"))
        return Probe(form.format(noun=noun, subject=r.subject), False, "count", r.paper.id) if noun else None

    def measure(r: _Read, dice: random.Random) -> Probe | None:
        where = dice.choice(tried + strangers) if tried or strangers else ""
        what = dice.choice(MEASURES)
        if not where or not lacks(r, where) or any(o.mentions(what) for o in about(r)):
            return None
        return Probe(f"What {what} does {r.subject} reach on {where}?", False, "measure", r.paper.id)

    def other(r: _Read, dice: random.Random) -> Probe | None:
        pool = [name for name, owner in names if owner != r.paper.id]
        name = dice.choice(pool) if pool else ""
        if not name or any(name.lower() in o.text for o in about(r)):
            return None
        forms = ("How does {subject} make use of {name}?", "By how many points does {subject} outperform {name}?")
        form = dice.choice(forms)
        return Probe(form.format(subject=r.subject, name=name), False, "other", r.paper.id)

    def attribute(r: _Read, dice: random.Random) -> Probe | None:
        form, words = dice.choice(ATTRIBUTES)
        return Probe(form.format(subject=r.subject), False, "attribute", r.paper.id) if lacks(r, words) else None

    def stranger(r: _Read, dice: random.Random) -> Probe | None:
        name = dice.choice(strangers) if strangers else ""
        if not name or not lacks(r, name):
            return None
        forms = ("Which results on {name} are reported for {subject}?", "How was {name} used to train {subject}?")
        return Probe(dice.choice(forms).format(subject=r.subject, name=name), False, "stranger", r.paper.id)

    return (count, measure, attribute, other, stranger)


def _distant(read: Sequence[_Read], dice: random.Random) -> list[Probe]:
    """Every distant question of which no paper holds the telling words, in a seeded order."""
    fine = [q for q, words in DISTANT if not any(r.holds_all(words) for r in read)]
    dice.shuffle(fine)
    return [Probe(q, False, "distant") for q in fine]
