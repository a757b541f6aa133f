"""What each format calls a kind of work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of work, and its word in BibTeX, RIS, CSL and Zotero; the first form of a kind is its usual one."""

    kind: str
    bibtex: str
    ris: str
    csl: str
    zotero: str = ""


FORMS = (
    Form("article", "article", "JOUR", "article-journal", "journalArticle"),
    Form("article", "article", "MGZN", "article-magazine", "magazineArticle"),
    Form("article", "article", "NEWS", "article-newspaper", "newspaperArticle"),
    Form("article", "article", "EJOUR", "article-journal"),
    Form("article", "article", "INPR", "article-journal"),
    Form("article", "review", "JOUR", "review"),
    Form("article", "review", "JOUR", "review-book"),
    Form("inproceedings", "inproceedings", "CPAPER", "paper-conference", "conferencePaper"),
    Form("inproceedings", "conference", "CONF", "paper-conference"),
    Form("inproceedings", "inproceedings", "ABST", "paper-conference"),
    Form("proceedings", "proceedings", "CONF", "book"),
    Form("incollection", "incollection", "CHAP", "chapter", "bookSection"),
    Form("incollection", "inbook", "CHAP", "chapter"),
    Form("incollection", "incollection", "ECHAP", "chapter"),
    Form("incollection", "inreference", "ENCYC", "entry-encyclopedia", "encyclopediaArticle"),
    Form("incollection", "inreference", "DICT", "entry-dictionary", "dictionaryEntry"),
    Form("incollection", "inreference", "ENCYC", "entry"),
    Form("book", "book", "BOOK", "book", "book"),
    Form("book", "collection", "EDBOOK", "book"),
    Form("book", "book", "EBOOK", "book"),
    Form("book", "booklet", "PAMP", "pamphlet"),
    Form("thesis", "phdthesis", "THES", "thesis", "thesis"),
    Form("thesis", "mastersthesis", "THES", "thesis"),
    Form("report", "techreport", "RPRT", "report", "report"),
    Form("report", "manual", "RPRT", "report"),
    Form("report", "techreport", "GOVDOC", "report"),
    Form("preprint", "unpublished", "UNPB", "article", "preprint"),
    Form("preprint", "unpublished", "MANSCPT", "manuscript", "manuscript"),
    Form("dataset", "dataset", "DATA", "dataset", "dataset"),
    Form("software", "software", "COMP", "software", "computerProgram"),
    Form("webpage", "online", "ELEC", "webpage", "webpage"),
    Form("webpage", "online", "BLOG", "post-weblog", "blogPost"),
    Form("webpage", "online", "ELEC", "post", "forumPost"),
    Form("patent", "patent", "PAT", "patent", "patent"),
    Form("presentation", "presentation", "SLIDE", "speech", "presentation"),
    Form("misc", "misc", "GEN", "document", "document"),
    Form("misc", "misc", "BILL", "bill", "bill"),
    Form("misc", "misc", "CASE", "legal_case", "case"),
    Form("misc", "misc", "STAT", "legislation", "statute"),
    Form("misc", "misc", "HEAR", "hearing", "hearing"),
    Form("misc", "misc", "MPCT", "motion_picture", "film"),
    Form("misc", "misc", "VIDEO", "motion_picture", "videoRecording"),
    Form("misc", "misc", "ADVS", "broadcast", "tvBroadcast"),
    Form("misc", "misc", "SOUND", "song", "audioRecording"),
    Form("misc", "misc", "MUSIC", "musical_score"),
    Form("misc", "misc", "MAP", "map", "map"),
    Form("misc", "misc", "ART", "graphic", "artwork"),
    Form("misc", "misc", "FIGURE", "figure"),
    Form("misc", "misc", "PCOMM", "personal_communication", "letter"),
    Form("misc", "misc", "INTV", "interview", "interview"),
    Form("misc", "misc", "STAND", "standard", "standard"),
)
NUMBERED = frozenset(
    ("report", "patent", "thesis", "dataset", "software", "misc", "webpage", "presentation", "preprint")
)
"""Kinds whose `number` is their own; of other works it is that of an issue."""
_USUAL = {form.kind: form for form in reversed(FORMS)}
FORMATS = ("bibtex", "ris", "csl", "zotero")
CSL_WORDS = frozenset(form.csl for form in FORMS)


def raw_kind_of(format_name: str, word: str, kind: str) -> str:
    """What `Paper.raw_kind` keeps of a record's own word for its type; empty where `kind` says as much.

    BibTeX's words are open; of the other formats only known ones count.
    """
    word = word.strip().lower() if format_name == "bibtex" else word.strip()
    usual = _USUAL.get(kind)
    if not word or (usual and getattr(usual, format_name) == word) or (kind, word) == ("preprint", "misc"):
        return ""
    known = any(getattr(form, format_name) == word and form.kind == kind for form in FORMS)
    return f"{format_name}:{word[:60]}" if known or format_name == "bibtex" else ""


def word_for(kind: str, raw_kind: str, format_name: str) -> str:
    """The word that `format_name` has for a work of this kind, the finer one where `raw_kind` names one."""
    own, _, word = raw_kind.partition(":")
    if own == format_name and word:
        return word
    usual = _USUAL.get(kind) or _USUAL["misc"]
    if own in FORMATS:
        for form in FORMS:
            if form.kind == kind and getattr(form, own) == word and (found := getattr(form, format_name)):
                return str(found)
    return str(getattr(usual, format_name))
