"""CITATION.cff files: the software or data set itself, and the paper that its authors ask to cite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..papers import Name, Paper, Rejected
from .dates import date_of, dated
from .entries import Written, paper_of
from .json_values import within
from .records import text_of

MAX_BYTES = 256 << 10
_DATES = ("date-published", "date-released", "issue-date")


def papers(text: str, source: str) -> Iterator[Paper | Rejected]:
    """The papers of the file, the preferred citation last; what it lists as references is left out."""
    import yaml

    class Loader(yaml.BaseLoader):  # values stay text: no dates, numbers or objects are made
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.composer.ComposerError(None, None, "aliases are not read", self.peek_event().start_mark)
            return super().compose_node(parent, index)

    try:
        # A document's end mark may be missing, and a later document is not a part of the format.
        value = next(iter(yaml.load_all(text, Loader)), None)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else ""
        yield Rejected(source, where, f"the YAML is not valid ({getattr(error, 'problem', None) or 'not readable'})")
        return
    except (RecursionError, ValueError):
        yield Rejected(source, "", "the YAML is nested too deeply or holds forbidden characters")
        return
    if not isinstance(value, Mapping):
        yield Rejected(source, "", "it holds no citation (a title and authors)")
        return
    yield _paper(value, source, 1) or Rejected(source, "", "this citation has no title")
    preferred = value.get("preferred-citation")
    if isinstance(preferred, Mapping):
        yield _paper(preferred, source, 2) or Rejected(source, "preferred-citation", "this citation has no title")


def _paper(r: Mapping[str, Any], source: str, position: int) -> Paper | None:
    people = r.get("authors")
    identifiers = [i for i in r.get("identifiers") or () if isinstance(i, Mapping)] if isinstance(
        r.get("identifiers"), list) else []  # fmt: skip
    dois = [text_of(i.get("value")) for i in identifiers if text_of(i.get("type")) == "doi"]
    keywords = r.get("keywords")
    conference = r.get("conference") if isinstance(r.get("conference"), Mapping) else {}
    kind = text_of(r.get("type")) or ("software" if position == 1 else "article")

    def one(key: str) -> str:
        return text_of(within(r, key, "name")) or (text_of(r.get(key)) if isinstance(r.get(key), str) else "")

    return paper_of(
        source,
        position,
        title=text_of(r.get("title")),
        abstract=text_of(r.get("abstract")),
        authors=[_name(p) for p in people] if isinstance(people, list) else [text_of(people)],
        editors=[_name(p) for p in r["editors"]] if isinstance(r.get("editors"), list) else [],
        date=next((d for k in _DATES if (d := date_of(text_of(r.get(k))))), "")
        or dated(text_of(r.get("year")), text_of(r.get("month")), ""),
        accessed=text_of(r.get("date-accessed")),
        event=text_of(conference),
        publisher=one("publisher") or one("institution") or one("department"),
        place=text_of(within(r, "publisher", "city")),
        volume=text_of(r.get("volume")),
        issue=text_of(r.get("issue")),
        number=text_of(r.get("number")),
        pages=text_of(r.get("pages")) if not text_of(r.get("start")) else
        "-".join(p for p in (text_of(r.get("start")), text_of(r.get("end"))) if p),
        edition=text_of(r.get("edition")) or text_of(r.get("version")),
        genre=text_of(r.get("thesis-type")),
        language=text_of(r.get("languages")),
        isbn=text_of(r.get("isbn")),
        issn=text_of(r.get("issn")),
        venue_short=text_of(r.get("abbreviation")) if text_of(r.get("journal")) else "",
        pmcid=text_of(r.get("pmcid")),
        year=text_of(r.get("year")) or text_of(r.get("date-released")) or text_of(r.get("date-published")),
        venue=text_of(r.get("journal")) or text_of(r.get("collection-title")) or text_of(conference),
        doi=text_of(r.get("doi")) or next(iter(dois), ""),
        pmid=text_of(r.get("pmcid")) if re.fullmatch(r"\d+", text_of(r.get("pmcid"))) else "",
        urls=[text_of(r.get(k)) for k in ("url", "repository-code", "repository", "repository-artifact")],
        kind=kind,
        keywords=[text_of(k) for k in keywords] if isinstance(keywords, list) else [],
        note=text_of(r.get("notes")),
    )  # fmt: skip


def _name(person: Any) -> Written:
    if not isinstance(person, Mapping):
        return text_of(person)
    particle, family, given, suffix = (
        text_of(person.get(k)) for k in ("name-particle", "family-names", "given-names", "name-suffix")
    )
    if family:
        return Name(family, given, particle, suffix)
    whole = text_of(person.get("name")) or ("" if given else text_of(person.get("alias")))
    return Name(literal=whole) if whole else given
