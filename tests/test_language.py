"""Words stand in assistant/language/ alone: no list or alternation of more than five of them anywhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import assistant
from assistant.language import entry, languages, lexicon, pattern, words

PACKAGE = Path(assistant.__file__).parent
MOST = 5
LONG = 9
"""Words of a string from which on it may be a list that something else takes apart."""

NO_WORD_LISTS = {
    ("backends/failures.py", "_KEYLIKE"): "beginnings of keys",
    ("backends/telling.py", "_SENTENCES"): "our own kinds of failure",
    ("config.py", "_SWITCHES"): "values of a switch in the environment",
    ("embeddings/provided.py", "_WHY"): "our own kinds of failure",
    ("evidence/deciding.py", "*"): "names of features, kinds of answer, forms",
    ("evidence/selection.py", "NEXT_FEATURES"): "names of features",
    ("export/references.py", "_UNUSED"): "variables of CSL",
    ("index/word_files.py", "_PARTS"): "endings of tantivy's files",
    ("papers/kinds.py", "NUMBERED"): "our own kinds of work",
    ("prompts.py", "NAMES"): "names of our prompt files",
    ("question/form.py", "_VALUES"): "our own kinds of answer",
    ("question/plan.py", "WANTS"): "our own kinds of answer",
    ("readers/__init__.py", "_BIBLIOGRAPHIES"): "types of BibTeX entries",
    ("readers/__init__.py", "_kind"): "elements of HTML",
    ("readers/csl_records.py", "*"): "variables of CSL",
    ("readers/daily_papers.py", "_INLINE"): "elements of HTML",
    ("readers/daily_papers.py", "_NOT_TEXT"): "elements of HTML",
    ("readers/entries.py", "_gap"): "elements of HTML",
    ("readers/kinds.py", "_KINDS"): "types of entries in all formats",
    ("readers/pdf/page.py", "_BOLD"): "codes in the names of fonts",
    ("readers/records.py", "_NAMES"): "headings of columns in exports",
    ("readers/records.py", "_name"): "fields of JSON exports",
    ("readers/xml.py", "_BLOCKS"): "elements of JATS",
    ("text/repair.py", "*"): "commands of TeX, elements of HTML",
    ("text/stemming.py", "*"): "endings in Porter's algorithm",
}
"""What looks like words and is a format's own vocabulary: (file, name assigned to or function, `*` for any)."""


@dataclass(frozen=True)
class Found:
    line: int
    name: str
    words: tuple[str, ...]


def _is_word(text: str) -> bool:
    """Whether it is a word or a phrase: letters, and at most a capital at the beginning."""
    return bool(re.fullmatch(r"[^\W\d_]{2,}(?:[ '’-][^\W\d_]+)*", text)) and text[1:].islower()


@cache
def _fields() -> frozenset[str]:
    """Names of fields and parameters in the package: a list of mostly those is none of words."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                annotated = [n.target for n in node.body if isinstance(n, ast.AnnAssign)]
                names |= {target.id for target in annotated if isinstance(target, ast.Name)}
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return frozenset(names)


_PART = re.compile(
    r"\\[a-zA-Z]|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"  # a class of characters
    r"|\((?:\?(?:P<\w+>|<?[=!]|[\w-]*:))?|[)|]|.",
    re.S,
)


def _alternations(source: str) -> Iterator[list[str]]:
    """The alternatives of each group of a regular expression, without its signs."""
    groups: list[list[str]] = [[""]]
    for part in _PART.findall(source):
        if part.startswith("("):
            groups.append([""])
        elif part == ")" and len(groups) > 1:
            group = groups.pop()
            yield group
            groups[-1][-1] += group[0] if len(group) == 1 else " "
        elif part == "|":
            groups[-1].append("")
        else:
            groups[-1][-1] += " " if len(part) > 1 else part
    yield from groups


def _text(node: ast.AST) -> str:
    """A string, what is put in left out; "" for what is none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _listed(node: ast.AST) -> list[str]:
    """The words that a node lists."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split":
        return _text(node.func.value).split()
    if isinstance(node, ast.Set | ast.List | ast.Tuple):
        return [_text(e) for e in node.elts]
    # A dict whose values are worked out is a record, and its keys are fields.
    if isinstance(node, ast.Dict) and all(isinstance(v, ast.Constant | ast.Tuple | ast.UnaryOp) for v in node.values):
        return [_text(k) for k in node.keys if k is not None]
    if (text := _text(node)) and not set(text) & set(".:;?“”'{"):
        every = text.split()
        prose = sum(word in words("text.stop_words") for word in every) > len(every) / 4
        return every if len(every) > LONG and not prose else []
    return []


def word_lists(source: str) -> Iterator[Found]:
    """The lists and alternations of more than `MOST` words in a module, with the name they are assigned to, or else
    that of the function they stand in."""
    tree = ast.parse(source)
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            left_out |= set(node.values)

    def walk(node: ast.AST, name: str) -> Iterator[Found]:
        if node in left_out:
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and (name.startswith("<") or target.id.isupper()):
                name = target.id
        listed = [w for w in dict.fromkeys(_listed(node)) if _is_word(w)]
        fields = sum(w in _fields() for w in listed) > len(listed) / 2
        if len(listed) > MOST and not fields and name != "__all__":
            yield Found(node.lineno, name, tuple(listed))  # type: ignore[attr-defined]
        elif (text := _text(node)).count("|") >= MOST:
            for group in _alternations(text):
                named = [a.strip() for a in group if re.search(r"[^\W\d_A-Z]{2}", a)]
                if len(named) > MOST:
                    yield Found(node.lineno, name, tuple(named))  # type: ignore[attr-defined]
        for child in ast.iter_child_nodes(node):
            yield from walk(child, name)

    yield from walk(tree, "<module>")


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] != "language")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_words_are_data(path: Path) -> None:
    file = path.relative_to(PACKAGE).as_posix()
    told = [
        f"{path}:{found.line}: {len(found.words)} words: {' '.join(found.words[:12])}"
        for found in word_lists(path.read_text(encoding="utf-8"))
        if not {(file, found.name), (file, "*")} & NO_WORD_LISTS.keys()
    ]
    assert not told, "move these to assistant/language/en.toml:\n" + "\n".join(told)


@pytest.mark.parametrize(
    "source",
    [
        'A = {"one", "two", "three", "four", "five", "six"}',
        'A = ["One", "Two", "Three", "Four", "Five", "Six"]',
        'A = "one two three four five six".split()',
        'A = taken_apart("self non multi cross semi low high real large fine")',
        'A = {"red": 1, "green": 2, "blue": 3, "grey": 4, "black": 5, "white": 6}',
        'A = re.compile(r"(?:stud(?:y|ies)|papers?|works?|articles?|reports?|letters?)\\b", re.I)',
        'A = re.compile(rf"{B}|(?P<what>red|green|blue|grey|black|whit[ea])")',
    ],
)
def test_a_list_of_words_is_seen_however_it_is_written(source: str) -> None:
    assert [f.name for f in word_lists(source)] == ["A"]


@pytest.mark.parametrize(
    "source",
    [
        'A = {"one", "two", "three", "four", "five"}',
        'A = {"year_from", "TI", "AU", "<p>", "1", "10.5", "x", "isoDate"}',
        'A = {"id": paper.id, "doi": paper.doi, "rank": n, "shown": s, "green": g, "white": w}',
        'raise ValueError("it is no faster than the plain form is on this sort of machine")',
        'A = ("title", "abstract", "authors", "year", "venue", "publisher", "doi")',
    ],
)
def test_fields_codes_and_messages_are_no_lists_of_words(source: str) -> None:
    assert not list(word_lists(source))


def test_every_exception_is_needed() -> None:
    seen = {
        key
        for path in FILES
        for found in word_lists(path.read_text(encoding="utf-8"))
        for file in [path.relative_to(PACKAGE).as_posix()]
        for key in ((file, found.name), (file, "*"))
    }
    assert not set(NO_WORD_LISTS) - seen


# --------------------------------------------------------------------------- the files


def _lists(section: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    for name, value in section.items():
        own = f"{path}.{name}".lstrip(".")
        if isinstance(value, dict):
            yield from _lists(value, own)
        elif isinstance(value, str | list):
            yield own, value.split() if isinstance(value, str) else value


@pytest.mark.parametrize("language", languages())
def test_a_language_file_holds_no_list_twice_and_no_word_twice_in_a_list(language: str) -> None:
    lists = dict(_lists(lexicon(language)))
    for path, listed in lists.items():
        twice = {str(w) for w in listed if listed.count(w) > 1}
        assert not twice, f"{path}: {twice}"
        assert listed, f"{path} is empty"
    same = [
        (one, other) for one in lists for other in lists
        if one < other and len(lists[one]) > 2 and sorted(map(str, lists[one])) == sorted(map(str, lists[other]))
    ]
    assert not same


@cache
def _paths_in_code() -> frozenset[str]:
    return frozenset(
        re.sub(r"\.$", "", text)
        for root in (PACKAGE, PACKAGE.parent / "ui")
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if re.fullmatch(r"[a-z_]+(?:\.[a-z_]+)*\.?", text := _text(node))
    )


@pytest.mark.parametrize("language", languages())
def test_every_list_is_read_somewhere(language: str) -> None:
    for path, _ in _lists(lexicon(language)):
        parts = path.split(".")
        every = {".".join(parts[:k]) for k in range(1, len(parts) + 1)}
        assert every & _paths_in_code(), f"nothing reads {path} of {language}.toml"


def test_words_of_a_phrase_may_stand_on_two_lines_and_only_whole_words_count() -> None:
    found = pattern("headings.common").findall("Results, resultsets, Materials\n and methods")
    assert found == ["Results", "Materials\n and methods"]


def test_what_no_file_holds_is_an_error() -> None:
    with pytest.raises(KeyError):
        entry("text.no_such_list")
    with pytest.raises(FileNotFoundError):
        lexicon("xx")
