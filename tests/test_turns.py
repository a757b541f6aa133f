"""A few questions are worked on at a time; the others wait in order."""

from __future__ import annotations

import threading
import time

import pytest

from assistant.answering.turns import Turns


def begun(
    turns: Turns, name: str, told: list[str], over: threading.Event, *, going_on: bool = False
) -> threading.Thread:
    """A thread that takes a turn, says so, and keeps it until it is over."""

    def work() -> None:
        with turns.taken(going_on=going_on):
            told.append(name)
            over.wait(10)

    before = len(turns._waiting)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while len(turns._waiting) == before and name not in told and time.monotonic() < until:
        time.sleep(0.001)
    return thread


def test_no_more_than_so_many_work_at_once() -> None:
    turns = Turns(2)
    inside, most, guard = [0], [0], threading.Lock()

    def work() -> None:
        for _ in range(20):
            with turns.taken():
                with guard:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                with guard:
                    inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most[0] == 2
    assert not turns.met


def test_who_came_first_is_next_and_an_answer_begun_goes_before_new_ones() -> None:
    turns, told, over = Turns(1), [], threading.Event()
    threads = [begun(turns, "first", told, over), begun(turns, "second", told, over), begun(turns, "third", told, over)]
    threads.append(begun(turns, "goes on", told, over, going_on=True))
    assert told == ["first"]
    over.set()
    for thread in threads:
        thread.join(10)
    assert told == ["first", "goes on", "second", "third"]


def test_a_failure_hands_the_turn_on() -> None:
    turns = Turns(1)
    with pytest.raises(KeyError), turns.taken():
        raise KeyError
    with turns.taken():
        assert turns.met


def test_while_one_waits_for_something_another_has_the_turn_and_gives_it_back_first() -> None:
    turns, told, over = Turns(1), [], threading.Event()
    with turns.taken():
        with turns.left():
            second = begun(turns, "second", told, over)
            third = begun(turns, "third", told, over)
            assert told == ["second"]
            over.set()
            second.join(10)
            third.join(10)
        told.append("first again")
    assert told == ["second", "third", "first again"]
    assert not turns.met


def test_who_waited_for_something_comes_before_those_who_have_no_answer_yet() -> None:
    turns, told, over, gone = Turns(1), [], threading.Event(), threading.Event()

    def answering() -> None:
        with turns.taken():
            with turns.left():
                gone.wait(10)
            told.append("back")

    first = threading.Thread(target=answering)
    first.start()
    second = begun(turns, "second", told, over)
    third = begun(turns, "third", told, over)
    gone.set()
    until = time.monotonic() + 10
    while len(turns._waiting) < 2 and time.monotonic() < until:
        time.sleep(0.001)
    over.set()
    for thread in (first, second, third):
        thread.join(10)
    assert told == ["second", "back", "third"]
