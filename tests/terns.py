"""A small real library of invented papers, and what a question is told of it."""

from __future__ import annotations

from pathlib import Path

from word_vectors import WordTokens

from assistant.answering.known import LibraryKnown
from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Paper

PAPERS = (
    Paper(
        title="KiteCam: Watching Terns from a Kite",
        authors=("Ada Brook", "Jon Field"),
        year=2015,
        venue="Coast Letters",
        abstract="Terns leave when people come near. We present KiteCam, a camera that hangs from a kite. It counted "
        "410 terns on nine islands. Strong wind blurred a fifth of the pictures.",
    ),
    Paper(
        title="Painted Stones Keep Terns Away from Roads",
        authors=("Mia Holt",),
        year=2018,
        venue="Shore Notes",
        abstract="Terns nest on warm roads. We laid painted stones along two roads. Nests on roads fell by half.",
    ),
    Paper(
        title="A Decade of Terns and Tides",
        authors=("Ada Brook",),
        year=2021,
        venue="Shore Notes",
        abstract="High tides wash tern nests away. Over ten years a third of 900 nests was lost.",
    ),
    Paper(
        title="Otters and Crayfish in Upland Streams",
        authors=("Per Dahl",),
        year=2019,
        venue="Shore Notes",
        abstract="Otters eat what is common. We read 300 spraints from six streams. Crayfish made up most of the diet.",
    ),
    Paper(
        title="TideNet: Forecasting Floods from Old Tide Tables",
        authors=("Ines Roy",),
        year=2022,
        venue="Water Models",
        abstract="TideNet forecasts floods of small harbours. It reads tide tables since 1850. Its error is four "
        "centimetres a day ahead. It needs no sensors.",
    ),
    Paper(
        title="Lantern Walks and Sleep in Teenagers",
        authors=("Kit Marsh",),
        year=2020,
        venue="Night Studies",
        abstract="Sixty teenagers walked with lanterns before bed. They slept half an hour "
        "longer. Mood did not change.",
    ),
)


def shelf(home: Path) -> Assistant:
    """An assistant over the papers."""
    embedder = WordTokens(dimension=2048)
    library = Library.open(home)
    made = Assistant(Settings(home=home), library, Index.open(home, library, embedder), embedder)
    made.ingest_papers(PAPERS)
    return made


def known(assistant: Assistant) -> LibraryKnown:
    """What a question is told of its library."""
    return LibraryKnown(assistant._library, assistant._index)
