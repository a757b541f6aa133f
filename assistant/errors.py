"""What can go wrong, as one tree. Every message is fit to be shown to a researcher.

    LitassistError
    ├── UsageError              the call itself is wrong (unknown option value, empty question)
    ├── ConfigError             a setting can't be used as it stands
    │   ├── BackendUnknown      no backend has this name (a UsageError too)
    │   └── MissingExtra        an optional package is not installed; the message says which
    ├── ReadError               a file or folder could not be read
    │   └── PictureMissing      a page of a paper can't be shown
    │       └── PictureLocked   its PDF needs a password
    ├── LibraryError            the library on disk can't be used
    │   ├── LibraryBusy         another process holds it; try again
    │   ├── LibraryMissing      there is none in this folder
    │   ├── LibraryTooNew       it was written by a newer version
    │   └── PaperNotFound       no paper has this id
    ├── SearchIndexError        the vectors or the words can't be used as they stand
    │   └── EmbedderChanged     vectors were made by another embedder; rebuild
    ├── EmbeddingError          the embedder failed
    ├── PromptError             a prompt file is broken
    └── BackendError            the language model failed
        ├── BackendRefused      key missing or refused
        ├── BackendBusy         rate limit or overload
        ├── BackendQuota        the account has nothing left to spend: waiting does not help
        ├── BackendDeclined     the model refused, or a content filter did
        ├── ContextOverflow     more was sent than the model's window holds
        ├── BudgetSpent         the budget that the settings name is spent; nothing was sent
        ├── BackendTimeout      no answer in time
        └── BackendUnreachable  nothing listens there, or the connection died

A message says what happened, what is unharmed, and what to do. Secrets never appear in one.
"""

from __future__ import annotations


class LitassistError(Exception):
    """The root: catch this to catch every failure this package raises on purpose."""


def first_line(error: BaseException) -> str:
    """The first line of what an error of another package says, not too long; its name where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]


class UsageError(LitassistError):
    """The call itself is wrong."""


class ConfigError(LitassistError):
    """A setting can't be used as it stands."""


class BackendUnknown(ConfigError, UsageError):
    """No backend has this name."""


class MissingExtra(ConfigError):
    """An optional package is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a package that is not installed: pip install 'litassist[{extra}]'")


class ReadError(LitassistError):
    """A file or folder could not be read."""


class PictureMissing(ReadError):
    """A page of a paper can't be shown."""


class PictureLocked(PictureMissing):
    """The PDF needs its password."""


class LibraryError(LitassistError):
    """The library on disk can't be used."""


class LibraryBusy(LibraryError):
    """Another process holds the library."""


class LibraryMissing(LibraryError):
    """There is no library in the folder."""


class LibraryTooNew(LibraryError):
    """The library was written by a newer version."""


class PaperNotFound(LibraryError):
    """No paper has this id."""


class SearchIndexError(LitassistError):
    """The vectors or the words can't be used as they stand."""


class EmbedderChanged(SearchIndexError):
    """The vectors were made by another embedder."""


class EmbeddingError(LitassistError):
    """The embedder failed."""


class PromptError(LitassistError):
    """A prompt file is broken."""


class BackendError(LitassistError):
    """The language model failed."""


class BackendRefused(BackendError):
    """The key is missing or refused."""


class BackendBusy(BackendError):
    """Rate limit or overload; `retry_after` are the seconds that the provider asks for, where it says so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BackendQuota(BackendError):
    """The account has nothing left to spend: waiting does not help."""


class BackendDeclined(BackendError):
    """The model refused, or a content filter did; `words` are its own."""

    def __init__(self, message: str, words: str = "") -> None:
        super().__init__(message)
        self.words = words


class ContextOverflow(BackendError):
    """More was sent than the model's window holds."""


class BudgetSpent(BackendError):
    """The budget that the settings name is spent; nothing was sent."""


class BackendTimeout(BackendError):
    """No answer in time."""


class BackendUnreachable(BackendError):
    """Nothing listens there, or the connection died."""
