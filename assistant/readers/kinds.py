"""What sort of work a record is, in one vocabulary for all formats."""

from __future__ import annotations

import re

_KINDS: dict[str, str] = {
    "article": (
        "article journalarticle journalpaper journal jour ejour articlejournal magazinearticle mgzn newspaperarticle "
        "articlemagazine articlenewspaper news review reviewarticle suppperiodical inpr articleinpress editorial "
        "letter shortsurvey casereport clinicaltrial metaanalysis randomizedcontrolledtrial researchsupport "
        "electronicarticle encyclopediaarticle j a researcharticle reviewbook shortpaper"
    ),
    "inproceedings": (
        "inproceedings conference conferencepaper conferencearticle paperconference cpaper conf proceedingspaper "
        "proceedingsarticle conv articleproceedingspaper meetingabstract conferenceabstract abst c"
    ),
    "proceedings": "proceedings conferenceproceedings conferenceproceeding conferencereview mvproceedings",
    "incollection": (
        "incollection inbook chapter bookchapter booksection bookpart chap echap inreference suppbook suppcollection "
        "bookinbook encyclopedia entryencyclopedia entrydictionary referenceentry dictionaryentry articlebookchapter"
    ),
    "book": (
        "book ebook mvbook collection mvcollection edbook editedbook monograph reference booklet referencebook b "
        "electronicbook classic bookset bookseries editedcollection pamphlet pamp"
    ),
    "thesis": (
        "thesis phdthesis mastersthesis dissertation thes bachelorsthesis mathesis candthesis doctoralthesis "
        "diplomathesis academicdissertation"
    ),
    "report": "report techreport rprt technicalreport govdoc governmentdocument workingpaper reportcomponent manual",
    "preprint": "preprint postedcontent unpublished unpb manuscript manscpt eprint submittedversion unpublishedwork",
    "dataset": "dataset data datafile dbase aggr onlinedatabase database",
    "software": "software comp computerprogram softwarecode",
    "webpage": "webpage online electronic www elec blog post postweblog blogpost icomm website web forumpost",
    "patent": "patent pat",
    "presentation": "presentation slide speech talk",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}


def kind_of(stated: str) -> str:
    """The kind that a format's own word stands for (`journalArticle`, `JOUR`, `paper-conference`).

    No word at all is an article; a word of another meaning (a film, a statute) is `misc`.
    """
    parts = [re.sub(r"[\W_\d]+", "", part.lower()) for part in stated[:300].split(";")]
    parts = [p for p in parts if p]
    if not parts:
        return "article"
    known = [_KIND_OF[p] for p in parts if p in _KIND_OF]
    return next((k for k in known if k != "article"), known[0] if known else "misc")
