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


class Cues:
    """Which of several lists of words a text has words of: much quicker than a pattern for each.

    Words match whole, `word*` by its beginning, phrases word for word; hyphens and marks are passed over.
    """

    def __init__(self, path: str, language: str = ENGLISH) -> None:
        self.names = tuple(table(path, language))
        rows = [[word.lower() for word in listed(f"{path}.{name}", language)] for name in self.names]
        self._whole = [frozenset(w for w in row if " " not in w and not w.endswith("*")) for row in rows]
        self._begin = [tuple(w[:-1] for w in row if " " not in w and w.endswith("*")) for row in rows]
        self._phrases = [tuple(f" {w.removesuffix('*')}" + ("" if w.endswith("*") else " ") for w in row if " " in w)
                         for row in rows]

    def __call__(self, text: str) -> tuple[float, ...]:
        """1 or 0 for each list, in the order of `names`."""
        run = _WORD.findall(text.lower())
        own = set(run)
        row = f" {' '.join(run)} "
        return tuple(
            float(not whole.isdisjoint(own) or (bool(begin) and any(w.startswith(begin) for w in own))
                  or any(phrase in row for phrase in phrases))
            for whole, begin, phrases in zip(self._whole, self._begin, self._phrases, strict=True)
        )


_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


def _source(word: str) -> str:
    stem, any_ending = (word[:-1], r"\w*") if word.endswith("*") else (word, "")
    return r"\s+".join(re.escape(part) for part in stem.split()) + any_ending
