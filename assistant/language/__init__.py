"""Words as data: one TOML file a language, and the loader. The only place for word lists.

A file has tables; a table has lists of words (or phrases) by name, or strings by key. Code asks for a list by its
path: `words("question.auxiliaries")`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
ENGLISH = "en"


@cache
def lexicon(language: str = ENGLISH) -> dict[str, Any]:
    """The whole file of a language. FileNotFoundError where there is none; see `languages`."""
    import tomllib  # loading it takes longer than many a command needs

    return tomllib.loads((_HERE / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def languages() -> tuple[str, ...]:
    """The languages there are files for, by their codes, in alphabetical order."""
    return tuple(sorted(file.stem for file in _HERE.glob("*.toml")))


def entry(path: str, language: str = ENGLISH) -> Any:
    """What stands at a dotted path; KeyError where nothing does."""
    found: Any = lexicon(language)
    for part in path.split("."):
        found = found[part]
    return found


@cache
def listed(path: str, language: str = ENGLISH) -> tuple[str, ...]:
    """The words at a path, in the file's order."""
    found = entry(path, language)
    return tuple(found.split()) if isinstance(found, str) else tuple(found)


@cache
def words(path: str, language: str = ENGLISH) -> frozenset[str]:
    """The words at a path, as a set."""
    return frozenset(listed(path, language))


@cache
def table(path: str, language: str = ENGLISH) -> dict[str, tuple[str, ...]]:
    """The lists in the table at a path, by name."""
    return {name: listed(f"{path}.{name}", language) for name in entry(path, language)}


@cache
def either(*paths: str, language: str = ENGLISH) -> str:
    """A regular expression's source for any of the words at the paths, the longest first.

    A space in a phrase matches any white space, and `*` at the end of a word any ending.
    """
    every = dict.fromkeys(word for path in paths for word in listed(path, language))
    return "(?:" + "|".join(_source(word) for word in sorted(every, key=len, reverse=True)) + ")"


@cache
def pattern(*paths: str, language: str = ENGLISH) -> re.Pattern[str]:
    """Any of the words at the paths, standing as whole words, in any case."""
    return re.compile(rf"(?<!\w){either(*paths, language=language)}(?!\w)", re.I)


def _source(word: str) -> str:
    stem, any_ending = (word[:-1], r"\w*") if word.endswith("*") else (word, "")
    return r"\s+".join(re.escape(part) for part in stem.split()) + any_ending
