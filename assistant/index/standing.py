"""How far the caches are behind the library, and whether somebody is at work on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What the caches have still to take up."""

    changes: int
    """Papers that came, changed or went since."""
    wordless: int = 0
    """Papers that came and are not found yet."""
    vectorless: int = 0
    """Papers that are found by their words while vectors are still to come."""
    at_work: bool = False
    """Whether this or another process is writing the caches now; else a run was cut short."""

    def told(self) -> str:
        """It in some sentences; empty where nothing is to do."""
        if not self.changes:
            return ""
        papers = self.wordless + self.vectorless
        if not papers:
            what = _many(self.changes, "change of the library is", "changes of the library are")
            said = f"{what} {'being' if self.at_work else 'still to be'} taken up by the search"
        else:
            how = "being indexed now" if self.at_work else "not fully indexed"
            said = f"{_many(papers, 'paper is', 'papers are')} {how}"
        if not self.at_work:
            said += ": an earlier run was cut short"
        told = [f"{said}.", self._lag_sentence(papers), "" if self.at_work else _SOON]
        return " ".join(filter(None, told))

    def unread(self) -> str:
        """That not all papers can be found, in a sentence for an answer; empty when all can."""
        if not self.wordless:
            return ""
        papers = _many(self.wordless, "paper that is", "papers that are")
        return f"{papers} stored can't be found yet, so ask again once nothing is left to be indexed."

    def _lag_sentence(self, papers: int) -> str:
        if not papers:
            return ""
        if not self.vectorless:
            return "It is not found yet." if papers == 1 else "They are not found yet."
        if self.wordless:
            return f"{self.vectorless:,} of them can be found by their words already, {self.wordless:,} not yet."
        if papers == 1:
            return "It is found by its words; vectors are still to come."
        return "All of them are found by their words; their vectors are still to come."


_SOON = "The next question, search or ingest sees to it."


def _many(count: int, one: str, more: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {more}"
