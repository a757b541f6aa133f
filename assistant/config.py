"""Settings: one small frozen object, passed explicitly.

Nothing here reads a `.env` file (the command line and the page do), and nothing here holds a
secret: keys stay in the environment and are read by the one room that needs them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .errors import ConfigError

EFFORTS = ("auto", "fast", "thorough")


def _encoder() -> str:
    return os.environ.get("LITASSIST_ENCODER", "").strip() or "quick"


def _vector_cache_mb() -> int:
    raw = os.environ.get(name := "LITASSIST_VECTOR_CACHE_MB", "").strip()
    return int(_read(name, raw, "vector_cache_mb")) if raw else 500


def _reply_cache() -> bool:
    raw = os.environ.get(name := "LITASSIST_REPLY_CACHE", "").strip()
    return bool(_read(name, raw, "reply_cache")) if raw else True


def _cache() -> Path | None:
    raw = os.environ.get("LITASSIST_CACHE", "").strip()
    return Path(raw) if raw else None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the assistant works. Every field has an environment variable `LITASSIST_<FIELD>`."""

    home: Path | None = None
    """The library's folder; None is the platform's data folder."""
    backend: str = "extractive"
    """`extractive`, `provider:model`, `openai-compatible:MODEL@URL` or `gguf:PATH`."""
    effort: str = "auto"
    """How much work a language model puts into an answer: `fast` (one reading), `thorough` (it plans, reads each paper
    and checks), or `auto`, as the question needs."""
    embedder: str = "builtin"
    """`builtin`, `path:FOLDER`, `hub:NAME`, or `provider:model`."""
    encoder: str = field(default_factory=_encoder)
    """Which form of an encoder gives the vectors: `quick`, made from its weights at the first use where this
    machine can, or `plain`, its file as it is. As the variable says even where settings are made by hand: the
    encoder is one for all libraries of a process."""
    encoder_threads: int = 0
    """The threads that the encoder works on; 0 takes what suits the machine."""
    vector_cache_mb: int = field(default_factory=_vector_cache_mb)
    """The megabytes that vectors may take in the platform's cache folder, from where every library of this machine has
    them; 0 keeps none there. As the variable says even where settings are made by hand, like `encoder`."""
    workers: int | None = None
    """Processes that answer questions beside this one once several are asked at the same time, each with an encoder
    and memory of its own; 0: none. None: none, but for the page, which takes what suits the machine."""
    chroma_url: str | None = None
    """A Chroma server, `http://host:port`; None keeps vectors in the home folder."""
    timeout_s: float = 60.0
    """Seconds a language model may stay silent before it is given up, and that a busy one is asked again for."""
    first_token_s: float | None = None
    """Seconds that a model on this machine, or one that thinks before it writes, may take for its first word; None
    takes five times `timeout_s`."""
    context_tokens: int | None = None
    """The model's window in tokens; None takes what is known of the model, else 8192."""
    max_answer_tokens: int = 2000
    """The longest draft asked of a model, in tokens."""
    thinking_tokens: int = 4000
    """The tokens that a model which thinks before it writes may take for that, beside `max_answer_tokens`; four times
    as many when it wrote nothing with these."""
    reply_cache: bool = field(default_factory=_reply_cache)
    """Whether a model's replies are kept in `cache`, so that the same question over the same papers costs nothing. As
    the variable says even where settings are made by hand."""
    cache: Path | None = field(default_factory=_cache)
    """The folder for what was learned of models and for their replies; None is the platform's cache folder. As the
    variable says even where settings are made by hand."""
    budget_tokens: int = 0
    """The tokens that a language model may take for one answer; 0: no limit."""
    budget_usd: float = 0.0
    """The US dollars that one answer may cost, as far as the model's price is known; 0: no limit."""
    daily_budget_usd: float = 0.0
    """The US dollars that the answers of one day may cost, counted in the library's folder; 0: no limit."""
    prices: Path | None = None
    """A TOML file of what models cost, in the form of the one shipped (`assistant/backends/prices.toml`), which it goes
    before; None: that one alone, whose prices are of the month that it names and may be old."""
    papers_per_answer: int = 8
    """How many papers have a row in a list or table, at most; the rest is counted."""
    unsupported: str = "drop"
    """What becomes of a model's unsupported sentences: `drop`, or `show` them marked as such."""
    judge: str = ""
    """The backend that reads a model's sentences beside their sources, in one call. Empty: the one that wrote them;
    `none`: nobody, the built-in check decides alone."""
    reranker: str = ""
    """A second look at the best papers: `cross-encoder:FOLDER`, `cross-encoder:HUB-NAME`, `llm` (the
    backend) or `llm:BACKEND`. Empty: none."""
    temperature: float = 0.0
    mailto: str = ""
    """An address of yours, told to the services that are asked for look-ups, which then answer sooner. Empty: none."""
    lookup_timeout_s: float = 20.0
    """Seconds that a service may take to answer a look-up."""
    arxiv_url: str = "https://export.arxiv.org/api/query"
    crossref_url: str = "https://api.crossref.org/works"
    openalex_url: str = "https://api.openalex.org/works"
    pubmed_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi"

    def __post_init__(self) -> None:
        if self.unsupported not in ("drop", "show"):
            raise ConfigError(f"unsupported must be 'drop' or 'show', not '{self.unsupported}'")
        if self.effort not in EFFORTS:
            raise ConfigError(f"effort must be {', '.join(EFFORTS[:-1])} or {EFFORTS[-1]}, not '{self.effort}'")
        for name in ("timeout_s", "max_answer_tokens", "papers_per_answer", "lookup_timeout_s"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be above 0, not {getattr(self, name)}")
        for name in ("thinking_tokens", "budget_tokens", "budget_usd", "daily_budget_usd"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.first_token_s is not None and not self.first_token_s > 0:
            raise ConfigError(f"first_token_s must be above 0, not {self.first_token_s}")
        if self.encoder not in ("quick", "plain"):
            raise ConfigError(f"encoder must be 'quick' or 'plain', not '{self.encoder}'")
        if not 0 <= self.encoder_threads <= 256:
            raise ConfigError(f"encoder_threads must be from 0 to 256, not {self.encoder_threads}")
        if self.vector_cache_mb < 0:
            raise ConfigError(f"vector_cache_mb must be 0 or more, not {self.vector_cache_mb}")
        if self.workers is not None and not 0 <= self.workers <= 64:
            raise ConfigError(f"workers must be from 0 to 64, not {self.workers}")
        if self.context_tokens is not None and self.context_tokens < 512:
            raise ConfigError(f"context_tokens must be at least 512, not {self.context_tokens}")
        for name in ("arxiv_url", "crossref_url", "openalex_url", "pubmed_url"):
            if not getattr(self, name).startswith(("http://", "https://")):
                raise ConfigError(f"{name} must be a web address, not '{getattr(self, name)}'")

    @property
    def folder(self) -> Path:
        """The library's folder, made absolute; it need not exist yet."""
        if self.home is not None:
            return Path(self.home).expanduser().absolute()
        import platformdirs

        return Path(platformdirs.user_data_dir("litassist", appauthor=False))

    @property
    def cache_folder(self) -> Path:
        """The folder of what may be made again; it need not exist yet."""
        if self.cache is not None:
            return Path(self.cache).expanduser().absolute()
        import platformdirs

        return Path(platformdirs.user_cache_dir("litassist", appauthor=False))

    @property
    def shaping(self) -> dict[str, Any]:
        """The settings that shape an answer, by name."""
        return {k: v for k, v in asdict(self).items() if k not in _NOT_SHAPING}

    @property
    def fingerprint(self) -> str:
        """A hash over the settings that shape an answer (not the home, nothing secret)."""
        return hashlib.sha256(json.dumps(self.shaping, sort_keys=True).encode()).hexdigest()[:12]

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Settings from `LITASSIST_*` variables; `given` values that are not None win.

        An empty variable counts as absent. A value that can't be read raises ConfigError and names
        its variable.
        """
        env = os.environ if env is None else env
        values: dict[str, Any] = {}
        for f in fields(cls):
            name = f"LITASSIST_{f.name.upper()}"
            raw = env.get(name, "").strip()
            if given.get(f.name) is not None:
                values[f.name] = Path(given[f.name]) if f.name == "home" else given[f.name]
            elif raw:
                values[f.name] = _read(name, raw, f.name)
        return cls(**values)


_NOT_SHAPING = frozenset({
    "home", "encoder", "encoder_threads", "vector_cache_mb", "workers", "chroma_url", "timeout_s", "mailto",
    "lookup_timeout_s", "arxiv_url", "crossref_url", "openalex_url", "pubmed_url", "first_token_s", "reply_cache",
    "cache", "budget_tokens", "budget_usd", "daily_budget_usd", "prices",
})
_INTEGERS = {
    "encoder_threads", "vector_cache_mb", "workers", "context_tokens", "max_answer_tokens", "papers_per_answer",
    "thinking_tokens", "budget_tokens",
}
_NUMBERS = {"timeout_s", "first_token_s", "temperature", "lookup_timeout_s", "budget_usd", "daily_budget_usd"}
_SWITCHES = {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}


def _read(variable: str, raw: str, name: str) -> Any:
    try:
        if name in _INTEGERS:
            return int(raw)
        if name in _NUMBERS:
            return float(raw)
    except ValueError:
        raise ConfigError(f"{variable} should be a number, not '{raw}'") from None
    if name == "reply_cache":
        if raw.lower() not in _SWITCHES:
            raise ConfigError(f"{variable} should be on or off, not '{raw}'")
        return _SWITCHES[raw.lower()]
    return Path(raw) if name in ("home", "cache", "prices") else raw
