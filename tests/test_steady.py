"""An answer tells of the library as it was at one moment, whatever is read in while it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from at_once import marked, opened, twins

from assistant import Answer, answering
from assistant.assistant import Assistant


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with opened(tmp_path / "home") as made:
        made.ingest_papers([*twins(0, 0), *(marked(f"quokka{n}") for n in range(30))])
        yield made


def heights(answer: Answer) -> list[str]:
    """The metres told of the two twins, in what is quoted or put forward."""
    quotes = [c.quote for c in answer.citations] + [q.text for r in answer.related for q in r.quotes]
    seen = (re.search(r"lake zephyr0 the water stood at (\d+) metres", quote) for quote in quotes)
    return [found[1] for found in seen if found]


def test_an_answer_never_mixes_two_states(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    question = "At how many metres stood the water of lake zephyr0?"
    gathered, searched = answering.gather, answering.retrieval.search
    changes = iter(range(1, 9))

    def later(step: Any) -> Any:
        def made(*given: Any, **named: Any) -> Any:
            with assistant._library.newest():
                assistant.ingest_papers(twins(0, next(changes)))
            return step(*given, **named)

        return made

    with monkeypatch.context() as patch:
        patch.setattr(answering, "gather", later(gathered))
        patch.setattr(answering.retrieval, "search", later(searched))
        told = heights(assistant.ask(question))
    assert told == ["1000", "1000"]
    assert "1000" not in heights(assistant.ask(question))


def test_a_search_and_a_stream_that_is_left_let_go_of_their_state(assistant: Assistant) -> None:
    events = assistant.stream("Which papers are about lake zephyr0?")
    next(events)
    del events
    assert assistant.search("quokka7", k=1)[0].title == "A report on quokka7"
    gone = assistant.search("quokka7", k=1)[0].paper_id
    assert assistant.remove([gone]) == 1
    assert assistant._library.scrubbed
    assert all(hit.paper_id != gone for hit in assistant.search("quokka7", k=5))
