"""Ask your papers: short answers in which every sentence points at the exact words of a paper.

    from assistant import open_assistant

    with open_assistant(home="library") as assistant:
        assistant.ingest(["pages/", "refs.csv", "paper.pdf"])
        print(assistant.ask("What does dense passage retrieval gain over BM25?").answer)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .config import Settings
from .errors import (
    BackendBusy,
    BackendError,
    BackendRefused,
    BackendTimeout,
    BackendUnknown,
    BackendUnreachable,
    ConfigError,
    EmbedderChanged,
    EmbeddingError,
    LibraryBusy,
    LibraryError,
    LibraryMissing,
    LibraryTooNew,
    LitassistError,
    MissingExtra,
    PaperNotFound,
    PromptError,
    ReadError,
    SearchIndexError,
    UsageError,
)
from .papers import (
    Answer,
    Block,
    Citation,
    Done,
    Filters,
    Hit,
    IngestReport,
    Paper,
    Passage,
    Quote,
    Replaced,
    Retrieved,
    Sentence,
    Stage,
    Text,
    Turn,
)

if TYPE_CHECKING:
    from .assembly import open_assistant
    from .assistant import Assistant

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Assistant",
    "BackendBusy",
    "BackendError",
    "BackendRefused",
    "BackendTimeout",
    "BackendUnknown",
    "BackendUnreachable",
    "Block",
    "Citation",
    "ConfigError",
    "Done",
    "EmbedderChanged",
    "EmbeddingError",
    "Filters",
    "Hit",
    "IngestReport",
    "LibraryBusy",
    "LibraryError",
    "LibraryMissing",
    "LibraryTooNew",
    "LitassistError",
    "MissingExtra",
    "Paper",
    "PaperNotFound",
    "Passage",
    "PromptError",
    "Quote",
    "ReadError",
    "Replaced",
    "Retrieved",
    "SearchIndexError",
    "Sentence",
    "Settings",
    "Stage",
    "Text",
    "Turn",
    "UsageError",
    "open_assistant",
]


def __getattr__(name: str) -> Any:
    # The assembled parts load on first use, so that `litassist --help` stays light.
    if name == "open_assistant":
        from .assembly import open_assistant

        return open_assistant
    if name == "Assistant":
        from .assistant import Assistant

        return Assistant
    raise AttributeError(f"module 'assistant' has no attribute '{name}'")
