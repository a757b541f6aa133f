"""The layout holds: imports run one way, the pure rooms stay light, what is public is what is listed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import assistant

PACKAGE = Path(assistant.__file__).parent

LAYERS = [
    {"errors", "language", "models"},
    {"papers"},
    {"config", "machine", "recent", "text"},
    {"chunking", "citations", "checking", "question", "readers", "prompts", "export", "sample", "terminal"}
    | {"headway", "shapes"},
    {"evidence"},
    {"library", "embeddings", "index", "backends", "lookups", "workers"},
    {"retrieval"},
    {"ingest", "pictures", "organising", "upkeep", "answering"},
    {"asking"},
    {"assistant"},
    {"assembly"},
    {"evaluation", "launch", "worker"},
    {"cli"},
]
PURE = LAYERS[1] | LAYERS[3] | LAYERS[4] | {"language", "models", "text"}
HEAVY = {
    "chromadb",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "openai",
    "streamlit",
    "openvino",
    "onnxruntime",
    "tantivy",
    "pypdf",
    "pypdfium2",
    "PIL",
    "bs4",
    "citeproc",
    "matplotlib",
    "rich",
    "pytrec_eval",
    "tiktoken",
    "tokenizers",
    "pandas",
}


def _level(module: str) -> int:
    for number, names in enumerate(LAYERS):
        if module in names:
            return number
    raise AssertionError(f"assistant/{module} has no place in LAYERS")


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _imports(path: Path) -> list[tuple[str, bool]]:
    """(room imported, whether at module level) of every import of the package itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    depth = len(path.relative_to(PACKAGE).parts)
    typing_only = {
        id(n)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for n in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in typing_only or not isinstance(node, ast.ImportFrom):
            continue
        if node.level == depth:
            names = [node.module.split(".")[0]] if node.module else [a.name for a in node.names]
            found += [(name, node in tree.body) for name in names]
        elif node.level == 0 and node.module and node.module.split(".")[0] == "assistant":
            found.append((node.module.split(".")[1] if "." in node.module else "__init__", node in tree.body))
    return found


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py" or p.parent != PACKAGE)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    here = _room(path)
    for room, _ in _imports(path):
        if room == here:
            continue
        assert _level(room) <= _level(here), f"{here} imports {room}, which stands above it"


def _loads(path: Path) -> set[Path]:
    """The files of the package that a file imports at its top."""
    own = path.relative_to(PACKAGE)
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        folder = PACKAGE.joinpath(*own.parts[: len(own.parts) - node.level], *(node.module or "").split("."))
        for name in (alias.name for alias in node.names):
            # A name is a file of that folder, or stands in the folder's or the module's own file.
            places = (folder / f"{name}.py", folder / name / "__init__.py", folder.with_suffix(".py"),
                      folder / "__init__.py")
            found |= {next(p for p in places if p.exists())}
    return found - {path}


def _circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The ways in the graph that lead back to where they began."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(here: str, way: list[str]) -> None:
        if here in way:
            found.append([*way[way.index(here) :], here])
        elif here not in done:
            for there in sorted(graph.get(here, ())):
                walk(there, [*way, here])
            done.add(here)

    for start in sorted(graph):
        walk(start, [])
    return found


def test_no_circle_of_imports_inside_a_room() -> None:
    def name(path: Path) -> str:
        return path.relative_to(PACKAGE).as_posix()

    graph = {name(p): {name(q) for q in _loads(p) if _room(q) == _room(p)} for p in FILES}
    assert sum(map(len, graph.values())) > 300, "imports are read"
    assert not _circles(graph)


def test_no_circle_of_imports_between_rooms() -> None:
    graph: dict[str, set[str]] = {}
    for path in FILES:
        graph.setdefault(_room(path), set()).update({_room(p) for p in _loads(path)} - {_room(path), "__init__"})
    assert not _circles(graph)


def test_a_circle_is_seen() -> None:
    assert _circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c", "a"]]
    assert not _circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        assert not {n.split(".")[0] for n in names} & HEAVY


def _modules(code: str) -> set[str]:
    out = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(out.stdout.split())


def _loaded(code: str) -> set[str]:
    return {name.split(".")[0] for name in _modules(code)}


def test_the_command_line_loads_nothing_heavy_to_show_its_help() -> None:
    code = (
        "import contextlib, sys; sys.argv=['litassist', '--help']\n"
        "from assistant.cli import main\n"
        "with contextlib.suppress(SystemExit):\n    main()"
    )
    assert not _loaded(code) & (HEAVY | {"numpy"})


def test_who_only_asks_loads_no_reader() -> None:
    loaded = _modules("import assistant.assembly")
    assert "assistant.answering" in loaded
    assert not {"assistant.readers", "assistant.lookups", "assistant.evaluation"} & loaded


def test_the_pure_rooms_load_no_framework() -> None:
    rooms = ", ".join(f"assistant.{m}" for m in sorted(PURE))
    assert not _loaded(f"import {rooms}") & HEAVY


def test_what_is_public_is_what_is_listed() -> None:
    for name in assistant.__all__:
        assert getattr(assistant, name) is not None
    assert sorted(assistant.__all__) == list(assistant.__all__)
    with pytest.raises(AttributeError):
        _ = assistant.nonsense


def test_no_file_outside_backends_and_embeddings_names_a_provider() -> None:
    for path in FILES:
        if _room(path) in ("backends", "embeddings", "config", "errors", "cli", "launch"):
            continue
        imported = ast.dump(ast.parse(path.read_text(encoding="utf-8")))
        for provider in ("langchain_openai", "langchain_anthropic", "langchain_ollama"):
            assert provider not in imported, path


def test_no_command_has_two_parts_of_one_name() -> None:
    import click

    from assistant.cli import cli

    def commands(group: click.Group) -> list[click.Command]:
        return [c for one in group.commands.values()
                for c in (commands(one) if isinstance(one, click.Group) else [one])]

    for command in commands(cli):
        names = [p.name for p in command.params]
        assert len(names) == len(set(names)), command.name
