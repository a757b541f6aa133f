"""The latest values are kept, so many and no more, whoever else puts some there."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.recent import Recent


@given(st.integers(1, 5), st.lists(st.tuples(st.booleans(), st.integers(0, 9))))
def test_what_was_looked_for_longest_ago_goes_first(most: int, steps: list[tuple[bool, int]]) -> None:
    recent: Recent[int, str] = Recent(most)
    right: OrderedDict[int, str] = OrderedDict()
    for writing, key in steps:
        if writing:
            recent.put(key, f"value {key}")
            right[key] = f"value {key}"
        else:
            assert recent.get(key) == right.get(key)
        if key in right:
            right.move_to_end(key)
        while len(right) > most:
            right.popitem(last=False)
        assert recent.known(range(10)).keys() == right.keys()
        recent.known(list(right))  # looked for in the order of the others
    recent.clear()
    assert recent.known(range(10)) == {}


def test_of_more_than_there_is_room_for_the_last_stay() -> None:
    recent: Recent[int, int] = Recent(3)
    recent.put(7, 7)
    recent.update({n: n for n in range(6)})
    assert recent.known(range(10)) == {3: 3, 4: 4, 5: 5}


@pytest.mark.usefixtures("switching")
def test_many_threads_at_once_get_their_own() -> None:
    recent: Recent[int, int] = Recent(4)

    def work(seed: int) -> bool:
        right = True
        for n in range(2000):
            key = (seed * 7 + n) % 23
            recent.put(key, -key)
            told = {key: recent.get(key), **recent.known((key, 5))}
            right = right and all(value in (None, -own) for own, value in told.items())
        return right

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert len(recent) == 4
