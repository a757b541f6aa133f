"""Bibliographies written line by line, a tag before each value: RIS, PubMed, Web of Science, EndNote.

The four differ in their tags and in how a record begins and ends, so they share one walk. A record
that lacks its end is kept, a line without a tag belongs to the value before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..language import words
from ..papers import NUMBERED, Name, Paper, Rejected
from .attachments import Linked, file_names, with_files
from .dates import date_of
from .entries import Written, paper_of
from .kinds import kind_of
from .numbers import numbers_in

_Lines = Iterable[tuple[int, str | None]]
MAX_RECORD = 2_000_000
"""The most characters of one record; what is longer has lost its end."""


@dataclass
class Record:
    """One record: the line it begins on, and its values by tag in order."""

    line: int
    values: dict[str, list[list[str]]] = field(default_factory=dict)
    last: str = ""
    size: int = 0
    stray: int = 0

    def add(self, tag: str, value: str) -> None:
        """A value that a tag begins."""
        self.values.setdefault(tag, []).append([value.strip()])
        self.last = tag
        self.size += len(value)

    def more(self, text: str) -> None:
        """A further line of the value begun last."""
        if self.last:
            self.values[self.last][-1].append(text.strip())
            self.size += len(text)
        else:
            self.stray += bool(text.strip())

    def all(self, *tags: str) -> list[str]:
        """The values of these tags, the tags in order, without empty ones; lines of one are joined."""
        return [v for t in tags for v in (" ".join(lines).strip() for lines in self.values.get(t, ())) if v]

    def first(self, *tags: str) -> str:
        """The first of `all`, or nothing."""
        return next(iter(self.all(*tags)), "")

    def lines_of(self, *tags: str) -> list[str]:
        """The lines of these tags' values, each by itself, as names are listed."""
        return [line for t in tags for lines in self.values.get(t, ()) for line in lines if line]


@dataclass(frozen=True)
class Format:
    """How one tagged format is written."""

    tag: re.Pattern[str]
    begins: Callable[[str, Record | None], bool]
    ends: frozenset[str]
    paper: Callable[[Record, str, int], Paper | Linked | None]
    ignored: frozenset[str] = frozenset()
    blank_ends: bool = False


def papers(lines: _Lines, source: str, form: Format) -> Iterator[Paper | Linked | Rejected]:
    """The records as papers; one without a title, or that never ends, is rejected with its line."""
    position = 0
    for record in _records(lines, source, form):
        if isinstance(record, Rejected):
            yield record
            continue
        position += 1
        if record.size > MAX_RECORD:
            yield Rejected(source, f"line {record.line}", "this record never ends; it was left out")
            continue
        yield form.paper(record, source, position) or Rejected(
            source, f"line {record.line}", "this record has no title"
        )


def _records(lines: _Lines, source: str, form: Format) -> Iterator[Record | Rejected]:
    record: Record | None = None
    stray: int | None = None
    for number, line in lines:
        if line is None:
            yield Rejected(source, f"line {number}", "the line is too long to be read")
            continue
        line = line.removeprefix("\ufeff").rstrip()
        found = form.tag.match(line)
        if found and found[1] not in form.ignored:
            tag, value = found[1], found[2] or ""
            if tag in form.ends:
                if record is not None:
                    yield record
                record = None
            elif form.begins(tag, record):
                if record is not None:
                    yield record
                record = Record(number)
                record.add(tag, value)
            elif record is not None:
                if record.size <= MAX_RECORD:
                    record.add(tag, value)
                else:
                    record.size += len(value)
            elif stray is None:
                stray = number
        elif found:
            continue
        elif not line and form.blank_ends and record is not None:
            yield record
            record = None
        elif record is not None and record.size <= MAX_RECORD:
            record.more(line)
    if record is not None:
        yield record
    if stray is not None:
        yield Rejected(source, f"line {stray}", "these lines stand outside of a record and were left out")


# --------------------------------------------------------------------------- RIS


def _starts_with(*tags: str) -> Callable[[str, Record | None], bool]:
    return lambda tag, record: tag in tags


def _ris_paper(r: Record, source: str, position: int) -> Paper | Linked | None:
    kind = r.first("TY").upper()
    chapter = kind in ("CHAP", "ECHAP", "CONF", "CPAPER")
    title = r.first("TI", "T1", "CT") or (r.first("BT", "T2", "ST") if not chapter else r.first("ST"))
    book = r.first("BT") if title != r.first("BT") else ""
    held = kind in ("CPAPER", "CONF")
    venue = r.first("JF", "JO", "T2", "JA", "J2", "J1") or book or r.first("C3", "PB", "T3")
    if kind == "CONF" and not venue and not r.all("AU", "A1"):
        # The proceedings themselves: papers in them have authors.
        kind = "PROCEEDINGS"
    abstract, genre = r.first("AB", "N2"), r.first("M3")
    note = [n for n in r.all("N1", "RN") if n != abstract]
    editors = r.all("ED") or r.all("A2" if kind not in ("BOOK", "EBOOK", "EDBOOK", "THES") else "A3")
    numbered = kind in ("RPRT", "GOVDOC", "PAT", "STAND", "THES")
    number = r.first("M1", "IS") if numbered else r.first("M1") if kind_of(kind) in NUMBERED else ""
    standard = " ".join(r.all("SN"))
    paper = paper_of(
        source,
        position,
        title=title,
        abstract=abstract,
        authors=_people(r.all("AU", "A1") or r.all("A2", "ED", "A3")),
        editors=_people(editors),
        year=r.first("PY", "Y1", "DA"),
        date=next((d for v in r.all("DA", "PY", "Y1") if (d := date_of(v))), ""),
        accessed=r.first("Y2") if not r.first("Y2").startswith("http") else "",
        venue=venue if venue != title or r.first("TI", "T1", "CT") else "",
        venue_short=next((v for v in r.all("J2", "JA", "J1", "JO") if v != venue), ""),
        event=next((v for v in r.all("C3") if held and v not in (venue, title)), ""),
        publisher=r.first("PB"),
        place=r.first("CY", "PP"),
        volume=r.first("VL"),
        issue=r.first("IS", "CP") if not numbered else "",
        number=number if not re.search(r"10\.\d{4}|arxiv", number, re.I) else "",
        pages=_page_span(r.first("SP"), r.first("EP")) or _article_number(r.first("C7")),
        series=next((v for v in r.all("T3") if v != title), ""),
        edition=r.first("ET"),
        genre="" if kind in ("JOUR", "JFULL") or re.search(r"10\.\d{4}", genre) else genre,
        language=r.first("LA"),
        **numbers_in(standard),
        doi=r.first("DO", "DI") or _doi_in(r.all("M3", "N1", "M1", "C7")),
        arxiv=_arxiv_in(r.all("C1", "AN", "M1", "N1")),
        pmid=next((m[1] for n in r.all("AN", "N1", "C2", "ID") if (m := re.search(r"PMID:?\s*(\d+)", n))), ""),
        pmcid=" ".join(r.all("C2", "AN")),
        urls=[part for u in r.all("UR", "L2", "LK", "L1") for part in re.split(r";\s*", u)],
        kind="preprint" if "preprint" in genre.lower() else kind,
        raw_kind=f"ris:{r.first('TY').upper()}",
        key=r.first("ID") if re.fullmatch(r"[^\s,{}\\%#~\"]*[^\W\d_][^\s,{}\\%#~\"]*", r.first("ID")) else "",
        keywords=[k for v in r.lines_of("KW") for k in re.split(r"[;|]", v)],
        note="\n".join(note),
    )
    links = [v for v in r.lines_of("L1", "L2") if "://" not in v or v.lower().startswith("file:")]
    return with_files(paper, (n for v in links for n in file_names(v))) if paper else None


def _page_span(begins: str, ends: str) -> str:
    """The printed pages from where they begin and end; either may hold the whole span."""
    if not begins or not ends or begins == ends or re.search(r"\d\s*[-\u2010-\u2015]\s*\w", begins):
        return begins or ends
    return ends if re.match(rf"{re.escape(begins)}\s*[-\u2010-\u2015]", ends) else f"{begins}-{ends}"


def _article_number(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z]{0,4}\d{1,10}", value) else ""


def _people(names: Iterable[str]) -> list[Written]:
    """Names, with a space after the comma and without "et al."; one that ends with its only comma has no parts."""
    out: list[Written] = []
    for name in names:
        for part in name.split(";"):
            if whole := re.fullmatch(r"\s*([^,]*\s[^,\s]*[^\W\d_]{4,}),\s*", part):
                out.append(Name(literal=whole[1]))
                continue
            part = re.sub(r",(?=\S)", ", ", part.strip(" ,"))
            if part and not re.fullmatch(r"et\.?\s*al\.?|others|…|\.\.\.|anonymous|\[no authors? listed\]", part, re.I):
                out.append(part)
    return out


def _doi_in(values: Iterable[str]) -> str:
    return next((m[0] for v in values if (m := re.search(r"\b10\.\d{4,9}/\S+", v))), "")


def _arxiv_in(values: Iterable[str]) -> str:
    return next((m[0] for v in values if (m := re.search(r"arxiv:\s*\S+", v, re.I))), "")


# Text that begins a line inside an abstract can look like a tag; known ones only would lose new ones.
RIS = Format(
    re.compile(r"\s{0,4}([A-Z][A-Z0-9]) {1,3}-(?:\s+(.*)|$)"), _starts_with("TY"), frozenset({"ER"}), _ris_paper
)


# --------------------------------------------------------------------------- PubMed (.nbib)


def _nbib_paper(r: Record, source: str, position: int) -> Paper | None:
    doi = next((v for v in r.all("LID", "AID") if "[doi]" in v), "").partition(" ")[0] or r.first("DOI")
    stated = [k for k in r.all("PT") if k.lower() not in ("journal article", "english abstract")]
    known = {"preprint": "preprint", "congress": "proceedings", "academic dissertation": "thesis", "book": "book"}
    return paper_of(
        source,
        position,
        title=r.first("TI", "BTI", "TT", "CTI"),
        abstract=r.first("AB", "OAB"),
        authors=_with_collectives(r) or _people(r.all("FED", "ED")),
        editors=_people(r.all("FED") or r.all("ED")),
        year=r.first("DP", "DEP", "DA"),
        date=r.first("DP"),
        venue=r.first("JT", "TA") or (r.first("BTI") if r.first("TI") else ""),
        venue_short=r.first("TA") if r.first("JT") else "",
        publisher=r.first("PB"),
        volume=r.first("VI"),
        issue=r.first("IP"),
        pages=r.first("PG") or _article_number(next((v.partition(" ")[0] for v in r.all("LID") if "[pii]" in v), "")),
        series=r.first("CTI") if r.first("TI", "BTI") else "",
        edition=r.first("EN"),
        language=r.first("LA"),
        isbn=" ".join(r.all("ISBN")),
        issn=" ".join(r.all("IS")),
        doi=doi,
        pmid=r.first("PMID"),
        pmcid=r.first("PMC"),
        kind=next((known[k.lower()] for k in stated if k.lower() in known), "article"),
        keywords=[*r.all("OT"), *(m.replace("*", "") for m in r.all("MH"))],
        note="\n".join(r.all("GN")),
    )


def _with_collectives(r: Record) -> list[Written]:
    """The authors, and the groups that sign with them; full names where they are given."""
    groups = [Name(literal=g) for g in r.all("CN")]
    return [*_people(r.all("FAU") or r.all("AU")), *groups]


def _nbib_begins(tag: str, record: Record | None) -> bool:
    return tag == "PMID" or (record is None and tag in ("TI", "OWN", "STAT", "BTI"))


NBIB = Format(re.compile(r"([A-Z]{2,4}) {0,3}-(?: ?(.*)|$)"), _nbib_begins, frozenset(), _nbib_paper, blank_ends=True)


# --------------------------------------------------------------------------- Web of Science (ISI)


def _wos_paper(r: Record, source: str, position: int) -> Paper | None:
    def parts(*tags: str) -> list[str]:
        return [p for v in r.all(*tags) for p in re.split(r";\s*|/\s+", v)]

    stated = r.first("DT")
    kinds = {"J": "article", "B": "book", "C": "inproceedings", "P": "patent", "S": "book"}
    return paper_of(
        source,
        position,
        title=_subscripts(r.first("TI")),
        abstract=_subscripts(r.first("AB")),
        authors=_people(r.lines_of("AF") or r.lines_of("AU") or r.lines_of("BF", "BA", "CA", "GP", "BE")),
        editors=_people(r.lines_of("BE") or r.lines_of("ED")),
        year=r.first("PY", "PD", "EY", "EA"),
        date=f"{r.first('PD')} {r.first('PY')}",
        venue=_title_case(r.first("SO", "J9", "JI")),
        venue_short=r.first("JI", "J9"),
        event=r.first("CT"),
        publisher=_title_case(r.first("PU")),
        place=_title_case(r.first("PI")),
        volume=r.first("VL"),
        issue=r.first("IS"),
        number=r.first("PN"),
        pages=_page_span(r.first("BP"), r.first("EP")) or r.first("AR"),
        series=_title_case(r.first("SE")),
        language=r.first("LA"),
        isbn=" ".join(r.all("BN")),
        issn=" ".join(r.all("SN", "EI")),
        doi=r.first("DI", "D2"),
        arxiv=_arxiv_in(r.all("AR", "DI")),
        pmid=r.first("PM") or next((u[8:] for u in r.all("UT") if u.startswith("MEDLINE:")), ""),
        kind=stated if len(stated) > 1 else kinds.get(r.first("PT"), "article"),
        keywords=[*parts("DE"), *(parts("ID") if not re.search(r"[\[\]/$]", r.first("ID")) else [])],
    )


def _subscripts(text: str) -> str:
    """Inspec's `LiNbO/sub 3/` as LiNbO3."""
    return re.sub(r"/(?:sub|sup) ([^/]{1,20})/", r"\1", text)


def _title_case(venue: str) -> str:
    """A journal's name that is all capitals, as Web of Science writes them, in ordinary case."""
    if not venue.isupper() or " " not in venue:
        return venue
    small = words("text.small_words") | {"an", "de", "und", "der"}
    named = [
        w.lower() if w.lower() in small else w if len(w) < 3 or not w.isalpha() else w.title() for w in venue.split()
    ]
    named = [w if w not in ("Ieee", "Acm", "Plos", "Iet", "Aaai") else w.upper() for w in named]
    return " ".join([named[0][:1].upper() + named[0][1:], *named[1:]])


WOS = Format(
    re.compile(r"([A-Z][A-Z0-9])(?: (.*)|$)"), _starts_with("PT"), frozenset({"ER", "EF"}), _wos_paper,
    ignored=frozenset({"FN", "VR"}),
)  # fmt: skip


# --------------------------------------------------------------------------- EndNote (%0)


def _endnote_paper(r: Record, source: str, position: int) -> Paper | None:
    kind = r.first("0")
    return paper_of(
        source,
        position,
        title=r.first("T", "!"),
        abstract=r.first("X"),
        authors=_people(r.all("A") or r.all("E", "Y")),
        editors=_people(r.all("E")),
        year=r.first("D", "8"),
        date=next((d for v in r.all("8", "D") if (d := date_of(v))), ""),
        accessed=r.first("["),
        venue=r.first("J", "B") or r.first("S", "I"),
        publisher=r.first("I"),
        place=r.first("C"),
        volume=r.first("V"),
        issue=r.first("N") if "report" not in kind.lower() else "",
        number=r.first("N") if "report" in kind.lower() else "",
        pages=r.first("P"),
        series=r.first("S"),
        edition=r.first("7"),
        genre=r.first("9"),
        language=r.first("G"),
        key=r.first("F") if re.fullmatch(r"[\w:.+/-]+", r.first("F")) else "",
        **numbers_in(r.first("@")),
        doi=r.first("R"),
        arxiv=_arxiv_in(r.all("M", "@", "Z")),
        urls=r.all("U", ">"),
        kind="inproceedings" if "conference" in kind.lower() else kind,
        keywords=[k for v in r.lines_of("K") for k in re.split(r"[;,]", v)],
        note="\n".join(r.all("Z", "<")),
    )


def _endnote_begins(tag: str, record: Record | None) -> bool:
    return tag == "0" or record is None or (tag == "T" and "T" in record.values and "0" not in record.values)


ENDNOTE = Format(
    re.compile(r"%([0-9A-Z!@#$&()*+^~>\[\]?{}<=:;|-])(?:\s+(.*)|$)"), _endnote_begins, frozenset(), _endnote_paper,
    blank_ends=True,
)  # fmt: skip
