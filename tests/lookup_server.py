"""A local server in the place of arXiv, PubMed, Crossref and OpenAlex, for everything real ones do, right and wrong.

The records are made up; their shapes are those of the services.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from assistant import Settings


@dataclass(frozen=True)
class Reply:
    """One answer, and what is wrong with it."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    stalls: bool = False
    """Silence instead of an answer, until the server closes."""
    drips: bool = False
    """A byte now and then, without end."""
    endless: bool = False
    """The body again and again, without end."""


@dataclass(frozen=True)
class Asked:
    """One request: the service's name, what is asked of it, parameters, headers."""

    service: str
    what: str
    params: dict[str, str]
    headers: dict[str, str]


Script = Callable[[Asked], Reply]


@dataclass
class Services:
    """The running server: its address, every request it got, and the settings that lead to it."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def settings(self, **more: Any) -> Settings:
        """Settings under which all four services are this server."""
        urls = {f"{name}_url": f"{self.url}/{name}" for name in ("arxiv", "crossref", "openalex", "pubmed")}
        return Settings(**{"lookup_timeout_s": 5.0, **urls, **more})

    def env(self) -> dict[str, str]:
        """The same as environment variables."""
        names = ("arxiv", "crossref", "openalex", "pubmed")
        return {f"LITASSIST_{name.upper()}_URL": f"{self.url}/{name}" for name in names}

    def names(self) -> list[str]:
        """Which services were asked, in order."""
        return [one.service for one in self.asked]


@contextmanager
def serving(script: Script | dict[str, Reply | Sequence[Reply]]) -> Iterator[Services]:
    """The services answering by `script`: a function of the request, or a reply (or several in turn) for each service.

    A service that the script doesn't name knows nothing (404).
    """
    closing = threading.Event()
    state = Services("")
    left = {} if callable(script) else {k: [v] if isinstance(v, Reply) else list(v) for k, v in script.items()}

    def reply_to(asked: Asked) -> Reply:
        if callable(script):
            return script(asked)
        replies = left.get(asked.service, [Reply(status=404)])
        return replies.pop(0) if len(replies) > 1 else replies[0]

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            return

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            _, name, *rest = url.path.split("/", 2)
            params = {k: v[0] for k, v in parse_qs(url.query).items()}
            asked = Asked(name, unquote(rest[0]) if rest else "", params, {k.lower(): v for k, v in
                                                                          self.headers.items()})
            state.asked.append(asked)
            reply = reply_to(asked)
            if reply.stalls:
                closing.wait(30)
                return
            try:
                self.send_response(reply.status)
                for key, value in reply.headers:
                    self.send_header(key, value)
                self.end_headers()
                if reply.drips:
                    while not closing.wait(0.05):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                while reply.endless and not closing.is_set():
                    self.wfile.write(reply.body)
                self.wfile.write(reply.body)
            except OSError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        closing.set()
        server.shutdown()
        server.server_close()


# --------------------------------------------------------------------------- the services' shapes, facts made up


def as_json(value: Any) -> Reply:
    """A JSON answer."""
    return Reply(json.dumps(value).encode(), headers=(("Content-Type", "application/json"),))


def crossref(doi: str, title: str, abstract: str = "", year: int = 2021) -> Reply:
    """A work as Crossref gives it."""
    work = {
        "DOI": doi, "title": [title], "type": "journal-article", "container-title": ["Journal of Invented Tides"],
        "author": [{"given": "Mira", "family": "Okafor", "sequence": "first", "affiliation": []}],
        "issued": {"date-parts": [[year, 3, 1]]}, "volume": "7", "page": "1-9", "reference": [{"key": "r1"}],
        "URL": f"https://doi.org/{doi}",
    }
    if abstract:
        work["abstract"] = f"<jats:title>Abstract</jats:title><jats:p>{abstract}</jats:p>"
    return as_json({"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": work})


def crossref_list(*replies: Reply) -> Reply:
    """A list of works, as Crossref answers to a title."""
    items = [json.loads(r.body)["message"] for r in replies]
    return as_json({"status": "ok", "message-type": "work-list", "message": {"total-results": 3, "items": items}})


def openalex(doi: str, title: str, abstract: str = "", pmid: str = "") -> Reply:
    """A work as OpenAlex gives it, its abstract inverted."""
    index: dict[str, list[int]] = {}
    for n, word in enumerate(abstract.split()):
        index.setdefault(word, []).append(n)
    ids = {"doi": f"https://doi.org/{doi}"} | ({"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}"} if pmid else {})
    return as_json({
        "id": "https://openalex.org/W1", "doi": f"https://doi.org/{doi}", "title": title, "publication_year": 2021,
        "ids": ids, "type": "article", "abstract_inverted_index": index or None, "locations": [],
        "authorships": [{"author": {"display_name": "Mira Okafor"}}], "primary_location": None,
    })


def pubmed(*records: tuple[str, str, str]) -> Reply:
    """Articles (PMID, title, abstract) as PubMed gives them."""
    parts = "".join(
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>{pmid}</PMID><Article><Journal><Title>Gut Feelings</Title>"
        f"<JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle>"
        + (f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract>" if abstract else "")
        + "<AuthorList><Author><LastName>Sousa</LastName><ForeName>Ana</ForeName></Author></AuthorList></Article>"
        "</MedlineCitation></PubmedArticle>"
        for pmid, title, abstract in records
    )
    head = (
        '<?xml version="1.0"?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
        '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
    )
    return Reply(f"{head}<PubmedArticleSet>{parts}</PubmedArticleSet>".encode())


def arxiv(*records: tuple[str, str, str]) -> Reply:
    """Entries (id, title, summary) as arXiv gives them."""
    parts = "".join(
        f"<entry><id>http://arxiv.org/abs/{number}v1</id><published>2024-01-02T00:00:00Z</published>"
        f"<title>{title}</title><summary>{summary}</summary><author><name>Lena Fischer</name></author>"
        f'<link href="http://arxiv.org/abs/{number}v1" rel="alternate" type="text/html"/>'
        '<arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">12 pages</arxiv:comment>'
        '<category term="cs.IR" scheme="http://arxiv.org/schemas/atom"/></entry>'
        for number, title, summary in records
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>ArXiv Query</title>'
    return Reply(f"{head}{parts}</feed>".encode())
