"""The name of what a paper puts forward ("WarmNest" of "WarmNest: Heated Boxes …"), by title and abstract. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from ..language import either
from ..papers import normalised_title
from .naming import holds_name, name_by_form, names, same_name, short_forms

_INTRODUCED = (
    rf"(?:we\s+(?:\w+\s+){{0,2}}{either('own_names.introduce')}|{either('own_names.called')}|(?:the|our)\s+resulting\s+\w+)"
)
_OF_OTHERS = re.compile(rf"\b{either('own_names.of_others')}\b", re.I)
"""What follows these is something that the thing introduced builds on, or is compared with."""
_ENDS = re.compile(
    rf"s?[\"”’']*(?:\s*[,.;:()\[–—-]|\s*$|\s+{either('own_names.after', 'own_names.things')}\b)", re.I
)
_CLASS = re.compile(r"[A-Z]{2,}s")
"""A short form in the plural is a class of things and nobody's own: "LLMs"."""
_OF_WHAT = re.compile(r"\b(?:for|of|to|in|on)\b", re.I)


# The same is asked of the papers found several times for one question.
@lru_cache(maxsize=8192)
def owns(written: str, abstract: str, name: str) -> bool:
    """Whether `name` is a paper's own: the one its title begins with, or one it introduces.

    A name elsewhere in the title is its own unless the paper puts forward something else by name:
    "CLOOB … outperform CLIP" is no paper of CLIP's.
    """
    key = normalised_title(name)
    title = normalised_title(written)
    if not key:
        return False
    # A title's own name stands before its colon, or it is a name by its form.
    head = normalised_title(written.split(":")[0]) if ":" in written else ""
    if key in (title, head):
        return True
    named = [n for n in names(f"x {name}") if name_by_form(n.split()[0]) and not _CLASS.fullmatch(n)]
    if not named:
        return len(key.split()) > 1 and f" {key} " in f" {title} "
    other = own_name(written, abstract)
    for own in named:
        if re.search(rf"(?<![\w-]){re.escape(own)}(?![\w-])", written) and (not other or same_name(other, own)):
            return True
        for short, words in short_forms(abstract).items():
            if same_name(short, own) and _introduced(abstract, words):
                return True
        if _introduced(abstract, own):
            return True
    return False


def _introduced(text: str, name: str) -> bool:
    """Whether `name` stands shortly after words that introduce a paper's own thing, as that thing."""
    for m in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
        if not _ENDS.match(text, m.end()):
            continue  # "the COVID-19 specific tweets": the name only qualifies what is introduced
        before = text[max(0, m.start() - 160) : m.start()]
        before = before[max(before.rfind(". "), before.rfind("; ")) + 1 :]
        for intro in re.finditer(rf"\b{_INTRODUCED}\b", before, re.I):
            between = before[intro.end() :]
            apart = bool(re.search(r"[,(:–—\"“'-]\s*(?:or\s+)?$", between))
            others = [n for n in names(f"x {between}") if name_by_form(n.split()[0])]
            if not others and not _OF_OTHERS.search(between) and (apart or not _OF_WHAT.search(between)):
                return True
    return False


@lru_cache(maxsize=4096)
def own_name(title: str, abstract: str) -> str:
    """The name of what a paper itself puts forward ("LOREN"), or "" when it has none that is plain to see."""
    head = title.split(":")[0].strip() if ":" in title else ""
    if head and (name_by_form(head.split()[0]) if len(head.split()) <= 3 else False):
        return head
    if head and len(head.split()) == 1 and holds_name(abstract, head):
        return head
    for short, words in short_forms(abstract).items():
        if _introduced(abstract, words):
            return short
    candidates = [n for n in names("x " + abstract) if name_by_form(n.split()[0])]
    return next((n for n in candidates if _introduced(abstract, n)), "")
