"""The only place where parts are put together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from .assistant import Assistant
from .config import Settings
from .embeddings import open_embedder
from .index import Index
from .library import Library, VectorCache
from .workers import Workers


def open_assistant(
    home: str | Path | None = None, *, backend: str | None = None, settings: Settings | None = None,
    create: bool = True, **more: Any,
) -> Assistant:
    """An open assistant over the library in `home`, which is made if it is not there.

    Without `create` that is LibraryMissing instead, and nothing is made. Values given here win over
    `settings`; without `settings` they come from the environment. What an earlier run left unfinished is
    finished when the index is first used; `notices` says what was found.
    """
    given = {"home": Path(home) if home is not None else None, "backend": backend, **more}
    given = {k: v for k, v in given.items() if v is not None}
    settings = replace(settings, **given) if settings is not None else Settings.from_env(**given)
    library = Library.open(settings.folder, create=create, vector_cache=_vector_cache(settings))
    embedder = open_embedder(settings)
    index = Index.open(settings.folder, library, embedder, settings.chroma_url)
    return Assistant(settings, library, index, embedder, _workers(settings))


def _vector_cache(settings: Settings) -> VectorCache:
    """What libraries of this machine share of vectors, in the platform's cache folder."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("litassist", appauthor=False)) / "vectors"
    return VectorCache(folder, settings.vector_cache_mb * 1_000_000)


def _workers(settings: Settings) -> Workers | None:
    """The workers that the settings ask for; none where what takes time is another server's answer, as an
    embedding provider's or a language model's."""
    waits = settings.embedder.partition(":")[0] not in ("builtin", "path", "hub") or settings.reranker.startswith("llm")
    return Workers(settings, settings.workers) if settings.workers and not waits else None
