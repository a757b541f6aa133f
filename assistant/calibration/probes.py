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
from collections.abc import Sequence

from ..papers import Paper
from ..queries import name_by_form
from ..text import terms
from ..text.quantities import quantities
from .near import Maker, distant, near_makers
from .rewording import reworded
from .subjects import TRIED_ON, Probe, Read, counted, read_papers, words

SEED = 20_240_607



def probes(papers: Sequence[Paper], n: int = 400, seed: int = SEED) -> list[Probe]:
    """At most `n` questions over the papers with an abstract: half answerable, a quarter near, a quarter distant.

    The same library gives the same questions on every machine, whatever order its papers came in.
    Fewer papers give fewer questions, the shares kept; no papers give none.
    """
    read = read_papers(papers)
    if not read:
        return []
    dice = random.Random(seed)
    far = distant(read, dice)
    near = _spread(near_makers(read), read, dice, n // 4)
    known = _spread(_ANSWERABLE, read, dice, n // 2)
    quarter = min(n // 4, len(far), len(near), len(known) // 2)
    chosen = [*known[: 2 * quarter], *near[:quarter], *far[:quarter]]
    dice.shuffle(chosen)
    return chosen


def _spread(makers: Sequence[Maker], read: Sequence[Read], dice: random.Random, n: int) -> list[Probe]:
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


# --------------------------------------------------------------------------- answerable

_BEFORE_A_SHARE = words("by of to only over about up nearly than an a")


def _count_probe(read: Read, dice: random.Random) -> Probe | None:
    found = [pair for line in read.sentences for pair in counted(line)]
    if not found:
        return None
    number, noun = dice.choice(found)
    form = dice.choice(
        ("How many {noun} are there in {subject}?", "How many {noun} does {subject} have?",
         "What is the number of {noun} in {subject}?", "In {subject}, how many {noun} are named?")
    )  # fmt: skip
    return Probe(form.format(noun=noun, subject=read.subject), True, "count", read.paper.id, number)


def _share_probe(read: Read, dice: random.Random) -> Probe | None:
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


def _name_probe(read: Read, dice: random.Random) -> Probe | None:
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


_FIELDS = ("LLM", "LLMs", "AI", "NLP", "ML", "RL", "VQA", "QA")


def _dataset_probe(read: Read, dice: random.Random) -> Probe | None:
    found = [m for line in read.sentences for m in TRIED_ON.finditer(line) if m[1] not in _FIELDS]
    if not found:
        return None
    one = dice.choice(found)
    form = dice.choice(("On which {kind} is {subject} tested?", "Which {kind} does {subject} use?"))
    return Probe(form.format(kind=one[2], subject=read.subject), True, "dataset", read.paper.id, one[1])


_DEED = re.compile(
    r"^(?:In this (?:paper|work|article|study),\s*)?[Ww]e\s+(?:also\s+|first\s+|then\s+)?([a-z]+)\s+(.{30,})"
)
_DEEDS = words(
    "propose present introduce develop study investigate analyze analyse describe explore provide examine design "
    "evaluate compare formulate derive apply release train extend address consider measure"
)
_CLAUSE_END = re.compile(
    r"[,;:.()—–]|\s(?:--|which|where|while|whose|thereby|such as|by \w+ing|"
    r"and (?:show|find|demonstrate|prove|compare))\b"
)
_NOT_A_DEED = words("that how these this it its them and")


def _deed_probe(read: Read, dice: random.Random) -> Probe | None:
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


def _reworded_probe(read: Read, dice: random.Random) -> Probe | None:
    """A deed in other words, without names: what is asked by someone who has not read the paper."""
    probe = _deed_probe(read, dice)
    if probe is None:
        return None
    words = [w for w in probe.fact.split() if not name_by_form(w.strip("\"'`“”"))]
    if len(words) < 5:
        return None
    form = dice.choice(("Is there work on {what}?", "Has anyone looked into {what}?", "What is known about {what}?"))
    return Probe(form.format(what=reworded(" ".join(words))), True, "reworded", read.paper.id)


def _gist_probe(read: Read, dice: random.Random) -> Probe | None:
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


_BEATEN = re.compile(
    r"\b(?:outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|superior(?:ity)?\s+(?:to|over|of\s+\S+\s+over)|beats?)\s+(?:the\s+)?"
    r"([A-Z][\w+-]*(?:\s[A-Z][\w+-]*)?)"
)


def _beaten_probe(read: Read, dice: random.Random) -> Probe | None:
    found = [m[1] for line in read.sentences for m in _BEATEN.finditer(line) if name_by_form(m[1].split()[0])]
    found = [name for name in found if name not in read.subject]
    if not found:
        return None
    form = dice.choice(("Does {subject} outperform {name}?", "Is {subject} better than {name}?",
                        "Can {subject} beat {name}?"))  # fmt: skip
    name = dice.choice(found)
    return Probe(form.format(subject=read.subject, name=name), True, "beaten", read.paper.id, name)


def _about_probe(read: Read, dice: random.Random) -> Probe | None:
    if not read.named:
        return None
    form = dice.choice(("What is {subject}?", "How does {subject} work?", "What does {subject} do?"))
    return Probe(form.format(subject=read.subject), True, "about", read.paper.id, read.subject)


_ANSWERABLE: tuple[Maker, ...] = (
    _dataset_probe, _beaten_probe, _name_probe, _share_probe, _count_probe, _gist_probe, _reworded_probe, _deed_probe,
    _about_probe,
)  # fmt: skip
