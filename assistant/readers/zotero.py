"""Zotero: its data folder (items, collections, tags, PDFs) and its RDF export.

The database is only ever read. While Zotero runs, what it wrote last stands in a journal beside the
database (`zotero.sqlite-wal`), so both are copied and the copy is opened; otherwise the file itself
is opened as immutable, which takes no lock and leaves no trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..papers import Paper, Rejected
from . import json_records
from .attachments import Linked, inside, with_files, with_pdf
from .entries import paper_of
from .records import text_of
from .xml import every, first, prepared

if TYPE_CHECKING:
    import sqlite3
    from xml.etree.ElementTree import Element

NAME = "zotero.sqlite"
_STEPS = 200_000
"""How many thousand steps of the database a question may take: a crafted file must not go on for ever."""
_BUSY = "Zotero is writing to its database just now; close Zotero, or try again in a moment"


# --------------------------------------------------------------------------- the data folder


def folder_papers(folder: Path, source: str, password: str | None = None) -> Iterator[Paper | Rejected]:
    """The papers of a Zotero data folder, in the order they were added there.

    Collections count with their parents ("Thesis / Methods"). The bin, notes and feeds are left out.
    A PDF that is missing or can't be read costs a line, and the paper is kept without it.
    """
    import sqlite3
    import tempfile

    with tempfile.TemporaryDirectory(prefix="litassist-") as spare:
        try:
            database = _opened(folder / NAME, Path(spare))
        except sqlite3.Error:
            yield Rejected(source, "", "it is named like Zotero's database but can't be opened as one")
            return
        if database is None:
            yield Rejected(source, "", _BUSY)
            return
        try:
            items = _items(database)
        except (sqlite3.Error, ValueError) as error:
            said = "it is not a Zotero database" if "no such" in str(error) else "Zotero's database is damaged"
            yield Rejected(source, "", f"{said} ({' '.join(str(error).split())[:100]})")
            return
        finally:
            database.close()
    position = 0
    missing = 0
    for item in items:
        position += 1
        files = item.pop("files")
        made = json_records.paper(item, source, position)
        paper = made.paper if isinstance(made, Linked) else made
        if paper is None:
            yield Rejected(source, f"item {item['key']}", "this item has no title")
            continue
        for key, stored in files:
            path = _file(folder, key, stored)
            if path is None or not path.is_file():
                missing += 1
                continue
            paper, notes = with_pdf(paper, path, source, path.name, password)
            yield from notes
            if paper.pages:
                break
        yield paper
    if missing:
        yield Rejected(source, "", f"{missing} PDFs that Zotero lists are not in its storage folder", kept=True)


def _opened(path: Path, spare: Path) -> sqlite3.Connection | None:
    """A connection that can't change the file; None when Zotero kept writing while it was copied."""
    import shutil
    import sqlite3
    from urllib.parse import quote

    journal = path.with_name(NAME + "-wal")
    if journal.is_file() and journal.stat().st_size:
        for _ in range(3):
            before = [(p.stat().st_size, p.stat().st_mtime_ns) for p in (path, journal)]
            for p in (path, journal):
                shutil.copyfile(p, spare / p.name)
            if journal.is_file() and before == [(p.stat().st_size, p.stat().st_mtime_ns) for p in (path, journal)]:
                break
        else:
            return None
        database = sqlite3.connect(spare / NAME)
    else:
        database = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    database.execute("PRAGMA trusted_schema=OFF")
    database.execute("PRAGMA query_only=ON")
    steps = iter(range(_STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, 1_000)
    return database


def _items(database: sqlite3.Connection) -> list[dict[str, Any]]:
    """Zotero's items as its own JSON has them, with `files`: the key and path of each PDF."""
    skipped = "('attachment', 'note', 'annotation')"
    binned = "SELECT itemID FROM deletedItems"
    items: dict[int, dict[str, Any]] = {}
    rows = database.execute(
        "SELECT i.itemID, i.key, t.typeName FROM items i JOIN itemTypes t USING (itemTypeID) "
        f"WHERE t.typeName NOT IN {skipped} AND i.itemID NOT IN ({binned}) ORDER BY i.itemID"
    )
    for number, key, kind in rows:
        items[number] = {"key": key, "itemType": kind, "creators": [], "tags": [], "notes": [], "files": [],
                         "collections_named": []}  # fmt: skip
    for number, name, value in database.execute(
        "SELECT d.itemID, f.fieldName, v.value FROM itemData d JOIN fields f USING (fieldID) "
        "JOIN itemDataValues v USING (valueID)"
    ):
        if number in items and str(name) not in items[number]:
            items[number][str(name)] = value
    for number, given, family, role in database.execute(
        "SELECT c.itemID, p.firstName, p.lastName, t.creatorType FROM itemCreators c JOIN creators p USING (creatorID) "
        "JOIN creatorTypes t USING (creatorTypeID) ORDER BY c.itemID, c.orderIndex"
    ):
        if number in items:
            items[number]["creators"].append({"firstName": given, "lastName": family, "creatorType": role})
    for number, tag in database.execute("SELECT itemID, name FROM itemTags JOIN tags USING (tagID) ORDER BY 1, 2"):
        if number in items:
            items[number]["tags"].append({"tag": tag})
    named = database.execute("SELECT collectionID, collectionName, parentCollectionID FROM collections")
    parents = {n: (str(name), above) for n, name, above in named}
    for number, collection in database.execute("SELECT itemID, collectionID FROM collectionItems ORDER BY 1, 2"):
        if number in items and collection in parents:
            items[number]["collections_named"].append(_collection(collection, parents))
    for parent, note in database.execute("SELECT parentItemID, note FROM itemNotes WHERE parentItemID IS NOT NULL"):
        if parent in items:
            items[parent]["notes"].append({"note": note})
    for parent, number, key, path in database.execute(
        "SELECT a.parentItemID, a.itemID, i.key, a.path FROM itemAttachments a JOIN items i USING (itemID) "
        f"WHERE a.path IS NOT NULL AND a.itemID NOT IN ({binned}) ORDER BY a.itemID"
    ):
        name = str(path)
        if not name.lower().endswith(".pdf"):
            continue
        if parent in items:
            items[parent]["files"].append((str(key), name))
        elif parent is None:
            title = re.split(r"[:/\\]", name)[-1][:-4]
            items[number] = {"key": key, "itemType": "document", "title": title, "files": [(str(key), name)],
                             "collections_named": []}  # fmt: skip
    return list(items.values())


def _collection(number: int, parents: dict[int, tuple[str, int | None]]) -> str:
    names: list[str] = []
    at: int | None = number
    while at in parents and len(names) < 20:
        name, at = parents[at]
        names.append(name)
    return " / ".join(reversed(names))


def _file(folder: Path, key: str, stored: str) -> Path | None:
    """Where an attachment lies: in Zotero's storage, or where the user linked it from."""
    if stored.startswith("storage:"):
        return inside(folder / "storage" / key, stored[8:]) if re.fullmatch(r"[A-Z0-9]{8}", key) else None
    return inside(folder, stored)


# --------------------------------------------------------------------------- RDF


def rdf_items(text: str, source: str) -> Iterator[Paper | Linked | Rejected]:
    """The papers of a Zotero RDF export, in order, with the PDFs exported beside it."""
    from . import xml

    ready = prepared(text)
    about = r"<(?:[\w.-]{1,40}:)?([\w.-]{1,40})\s{1,40}(?:[\w.-]{1,40}:)?about\s?="
    names = frozenset(re.findall(about, ready or "")) | {"Attachment", "Collection"}
    elements: list[Element] = []
    for item in xml.records(text, names):
        if isinstance(item, xml.Broken):
            yield Rejected(source, f"line {item.line}", item.reason)
        else:
            elements.append(item)
    files: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for e in elements:
        if e.tag == "Attachment":
            resource = next((x for c in e.iter("resource") if (x := c.get("resource", ""))), "")
            files[e.get("about", "")] = resource or first(e, "title")
        elif e.tag == "Collection":
            for part in e.findall("hasPart"):
                groups.setdefault(part.get("resource", ""), []).append(first(e, "title"))
    journals = {e.get("about", ""): e for e in elements if e.tag in ("Journal", "Book", "Series")}
    position = 0
    for e in elements:
        if e.tag in ("Attachment", "Collection", "Memo", "Journal", "Series", "UserItem"):
            continue
        position += 1
        links = [link.get("resource", "") for link in e.findall("link")]
        paper = _rdf_paper(e, journals, groups.get(e.get("about", ""), []), source, position)
        if paper is None:
            yield Rejected(source, f"item {e.get('about', '')[:80] or position}", "this item has no title")
        else:
            yield with_files(paper, (f for x in links if (f := files.get(x, ""))))


def _rdf_paper(
    e: Element, journals: dict[str, Element], collections: list[str], source: str, position: int
) -> Paper | None:
    whole = next(iter(e.findall("isPartOf")), None)
    part = next(iter(whole), None) if whole is not None else None
    if part is None and whole is not None:
        part = journals.get(whole.get("resource", ""))
    venue = first(part, "title") if part is not None else ""
    roles = ("authors", "contributors", "inventors", "editors")
    people = [p for role in roles for p in e.findall(f"{role}/Seq/li/Person")]
    chosen = e.findall("authors/Seq/li/Person") or people
    names = [", ".join(n for n in (first(p, "surname"), first(p, "givenName", "givenname")) if n) for p in chosen]
    identifiers = every(e, "identifier") + (every(part, "identifier") if part is not None else [])
    doi = next((i for i in identifiers if re.match(r"(?i)doi|10\.", i)), "")
    urls = every(e, "identifier/URI/value")
    return paper_of(
        source,
        position,
        title=first(e, "title"),
        abstract=first(e, "abstract"),
        authors=names,
        editors=[", ".join(n for n in (first(p, "surname"), first(p, "givenName", "givenname")) if n)
                 for p in e.findall("editors/Seq/li/Person")],
        year=first(e, "date", "dateSubmitted"),
        date=first(e, "date"),
        venue_short=first(part, "alternative") if part is not None else "",
        event=first(e, "presentedAt/Conference/title"),
        publisher=first(e, "publisher/Organization/name"),
        place=first(e, "publisher/Organization/adr/Address/locality"),
        volume=first(e, "volume") or (first(part, "volume") if part is not None else ""),
        issue=first(e, "issue") or (first(part, "issue", "number") if part is not None else ""),
        number=first(e, "number"),
        pages=first(e, "pages"),
        edition=first(e, "edition"),
        genre=first(e, "type"),
        language=first(e, "language"),
        isbn=" ".join(i for i in identifiers if "isbn" in i.lower()),
        issn=" ".join(i for i in identifiers if "issn" in i.lower()),
        raw_kind=f"zotero:{text_of(first(e, 'itemType'))}",
        venue=venue or first(e, "presentedAt/Conference/title", "publisher/Organization/name"),
        doi=doi,
        urls=[*urls, e.get("about", "")],
        kind=text_of(first(e, "itemType")) or e.tag,
        tags=[*(t for s in e.findall("subject") if len(s) == 0 and (t := text_of(s.text))),
              *every(e, "subject/AutomaticTag/value")],
        collections=collections,
        note=first(e, "description"),
    )  # fmt: skip
