"""Questions that ask a paper of the library for what it does not mention, and questions far from the library. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from .distant import ATTRIBUTES, DISTANT, MEASURES, PREDICATES, STRANGERS, THINGS
from .subjects import TRIED_ON, Probe, Read, counted

Maker = Callable[[Read, random.Random], "Probe | None"]



def near_makers(read: Sequence[Read]) -> tuple[Maker, ...]:
    """Templates that ask a paper for what it does not mention, most of it taken from the other papers."""
    nouns = sorted({noun for r in read for line in r.sentences for _, noun in counted(line)})
    names = sorted({(r.subject, r.paper.id) for r in read if r.named})
    tried = sorted({m[1] for r in read for line in r.sentences for m in TRIED_ON.finditer(line)})
    strangers = [s for s in STRANGERS if not any(s.lower() in r.text for r in read)]

    def about(r: Read) -> list[Read]:
        """The papers that speak of the subject: none of them may hold what is asked."""
        return [o for o in read if o is r or (r.named and r.subject.lower() in o.text)]

    def lacks(r: Read, words: str) -> bool:
        return not any(o.mentions(words) for o in about(r))

    def count(r: Read, dice: random.Random) -> Probe | None:
        noun = next((w for w in dice.sample(nouns, min(8, len(nouns))) if lacks(r, w)), None)
        form = dice.choice(("How many {noun} does {subject} use?", "How many {noun} are there in {subject}?"))
        return Probe(form.format(noun=noun, subject=r.subject), False, "count", r.paper.id) if noun else None

    def measure(r: Read, dice: random.Random) -> Probe | None:
        where = dice.choice(tried + strangers) if tried or strangers else ""
        what = dice.choice(MEASURES)
        if not where or not lacks(r, where) or any(o.mentions(what) for o in about(r)):
            return None
        return Probe(f"What {what} does {r.subject} reach on {where}?", False, "measure", r.paper.id)

    def other(r: Read, dice: random.Random) -> Probe | None:
        pool = [name for name, owner in names if owner != r.paper.id]
        name = dice.choice(pool) if pool else ""
        if not name or any(name.lower() in o.text for o in about(r)):
            return None
        forms = ("How does {subject} make use of {name}?", "By how many points does {subject} outperform {name}?")
        form = dice.choice(forms)
        return Probe(form.format(subject=r.subject, name=name), False, "other", r.paper.id)

    def attribute(r: Read, dice: random.Random) -> Probe | None:
        form, words = dice.choice(ATTRIBUTES)
        return Probe(form.format(subject=r.subject), False, "attribute", r.paper.id) if lacks(r, words) else None

    def stranger(r: Read, dice: random.Random) -> Probe | None:
        name = dice.choice(strangers) if strangers else ""
        if not name or not lacks(r, name):
            return None
        forms = ("Which results on {name} are reported for {subject}?", "How was {name} used to train {subject}?")
        return Probe(dice.choice(forms).format(subject=r.subject, name=name), False, "stranger", r.paper.id)

    def thing(r: Read, dice: random.Random) -> Probe | None:
        form, words = dice.choice(THINGS)
        return Probe(form.format(subject=r.subject), False, "thing", r.paper.id) if lacks(r, words) else None

    def predicate(r: Read, dice: random.Random) -> Probe | None:
        pool = [name for name, owner in names if owner != r.paper.id and lacks(r, name)]
        if r.named and pool and dice.random() < 0.4:
            form, name = dice.choice(("Does {subject} outperform {name}?", "Is {subject} faster than {name}?",
                                      "Is {subject} an extension of {name}?")), dice.choice(pool)  # fmt: skip
            return Probe(form.format(subject=r.subject, name=name), False, "predicate", r.paper.id)
        form, words = dice.choice(PREDICATES)
        return Probe(form.format(subject=r.subject), False, "predicate", r.paper.id) if lacks(r, words) else None

    return (count, measure, attribute, thing, predicate, other, stranger)


def distant(read: Sequence[Read], dice: random.Random) -> list[Probe]:
    """Every distant question of which no paper holds the telling words, in a seeded order."""
    fine = [q for q, words in DISTANT if not any(r.holds_all(words) for r in read)]
    dice.shuffle(fine)
    return [Probe(q, False, "distant") for q in fine]
