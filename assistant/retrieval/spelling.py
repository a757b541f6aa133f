"""The word of a vocabulary that was probably meant by one that is not in it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

SHORTEST = 4
_TIMES = 2
_WEIGHED = 5
_TWO_FROM = 8
"""Letters from which on two slips are allowed for; in a shorter word two make another word."""


def meant(word: str, vocabulary: Mapping[str, int], fit: Callable[[str], float] | None = None) -> str | None:
    """The known word nearest to `word`: one slip away, or two in a long word; None where there is none.

    A slip is a letter added, left out, changed, or exchanged with another. Words that occur but once
    may be slips themselves and are no candidates; nor are words two slips away that begin otherwise.
    Of equally near words the one that begins alike comes first, then the one that fits best beside the
    other words of the query (if `fit` tells), then the more frequent, then the first by alphabet.
    """
    import regex

    word = word.casefold()
    if len(word) < SHORTEST or not word.isalpha():
        return None
    most = 2 if len(word) >= _TWO_FROM else 1
    letters, ordered = set(word), sorted(word)
    # An exchange is two edits to the matcher, and leaves the letters what they are.
    near = regex.compile(f"(?:{regex.escape(word)}){{e<={most + 1}}}", regex.BESTMATCH)
    found_near: list[tuple[int, bool, int, str]] = []
    for known, count in vocabulary.items():
        if count < _TIMES or known == word or abs(len(known) - len(word)) > most:
            continue
        if len(letters ^ set(known)) > 2 * most:
            continue
        if not (found := near.fullmatch(known)):
            continue
        edits = sum(found.fuzzy_counts)
        slips = edits - 1 if edits > 1 and sorted(known) == ordered else edits
        if slips <= most and (slips < 2 or known[0] == word[0]):
            found_near.append((slips, known[0] != word[0], -count, known))
    if not found_near:
        return None
    found_near.sort()
    alike = [row for row in found_near if row[:2] == found_near[0][:2]][:_WEIGHED]
    return max(alike, key=lambda row: fit(row[3]))[3] if fit and len(alike) > 1 else alike[0][3]
