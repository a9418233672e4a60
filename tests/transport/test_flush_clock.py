"""When a task is flushed: at marks of the clock, or soon after what other stages sent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from streams.transport.state.flush_clock import LINGER, LITTLE, LOOK, SHARE, SLOWEST, FlushClock

START = 1_700_000_000.0


@dataclass
class Task:
    prompt: bool
    taken: int = 0
    busy: bool = False
    place: tuple[str, int] = ("series", 0)


def flushes(
    task: Task,
    seconds: float,
    came: dict[float, int] | None = None,
    busy: tuple[float, float] = (0.0, 0.0),
    *,
    behind: bool = False,
) -> list[float]:
    """Give when a task that always has something to write is flushed, looked at as a worker does.

    `came` has what it has taken by when; `busy` from when to when it works on that.
    """
    clock, found = FlushClock(1.0), list[float]()
    for step in range(int(seconds / LOOK)):
        at = round(step * LOOK, 3)
        task.taken = max((n for when, n in (came or {}).items() if when <= at), default=0)
        task.busy = busy[0] <= at < busy[1]
        if clock.due(task, START + at, behind=behind):
            clock.started(task, START + at)
            found.append(at)
    return found


def test_who_reads_what_is_produced_is_flushed_at_marks_of_the_clock() -> None:
    assert flushes(Task(prompt=False), 3.5) == [1.0, 2.0, 3.0]


def test_who_reads_what_is_sent_is_flushed_once_it_has_come_whole() -> None:
    came = {0.1: 5, 0.15: 9, 1.1: 10}
    assert flushes(Task(prompt=True), 2.0, came) == [
        pytest.approx(0.15 + LINGER, abs=2 * LOOK),
        pytest.approx(1.1 + LINGER, abs=2 * LOOK),
    ]


def test_a_burst_without_end_is_waited_for_half_an_interval() -> None:
    came = {round(step * 0.05, 2): step for step in range(2, 40)}
    assert flushes(Task(prompt=True), 1.5, came)[:2] == [0.6, 1.15]


def test_work_on_a_burst_is_waited_for() -> None:
    assert flushes(Task(prompt=True), 0.6, {0.1: 1}, busy=(0.1, 0.4)) == [0.4]


def test_what_time_alone_changed_is_flushed_in_the_end() -> None:
    assert flushes(Task(prompt=True), 3.5) == [1.5, 3.0]


def test_on_a_backlog_marks_alone_count() -> None:
    came = {round(step * 0.05, 2): step for step in range(2, 80)}
    assert flushes(Task(prompt=True), 2.5, came, behind=True) == [1.0, 2.0]


def test_on_a_backlog_marks_are_no_closer_than_a_second() -> None:
    clock, task = FlushClock(0.25), Task(prompt=False)
    clock.started(task, START)
    assert clock.due(task, START + 0.3)
    assert not clock.due(task, START + 0.9, behind=True)
    assert clock.due(task, START + 1.0, behind=True)


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    for prompt in (False, True):
        clock, task = FlushClock(1.0), Task(prompt=prompt)
        clock.started(task, START)
        assert clock.due(task, START - 3600)


def test_each_task_has_a_time_of_its_own() -> None:
    clock = FlushClock(1.0)
    one, other = Task(prompt=False), Task(prompt=False, place=("fold", 1))
    clock.started(one, START)
    assert not clock.due(other, START + 1.25)  # it has just come
    assert clock.due(one, START + 1.25)
    assert not clock.due(other, START + 1.75)
    assert clock.due(other, START + 2.0)


def paced(clock: FlushClock, share: float, seconds: float, start: float = START) -> list[float]:
    """Give when a task is flushed whose flushes take a share of the time since the last."""
    task, found, before = Task(prompt=False), list[float](), start
    for step in range(int(seconds / LOOK)):
        at = start + step * LOOK
        if clock.due(task, at):
            clock.started(task, at)
            clock.took(share * (at - before), at)
            found.append(at - start)
            before = at
    return found


def test_flushes_that_take_much_of_the_time_are_further_apart_and_then_closer_again() -> None:
    clock = FlushClock(1.0)
    dear = paced(clock, 2 * SHARE, 60)
    assert dear[:4] == [1.0, 2.0, 3.0, 4.0]
    assert {b - a for a, b in pairwise(dear[-4:])} == {SLOWEST}
    cheap = paced(clock, LITTLE / 2, 60, START + 60)
    assert {b - a for a, b in pairwise(cheap[-4:])} == {1.0}


def test_after_a_busy_time_shorter_intervals_are_tried_until_flushes_take_too_much() -> None:
    clock = FlushClock(1.0)
    paced(clock, 2 * SHARE, 60)
    between = paced(clock, (LITTLE + SHARE) / 2, 120, START + 60)
    assert {b - a for a, b in pairwise(between[-20:])} == {1.0}
    again = paced(clock, 2 * SHARE, 60, START + 180)
    assert {b - a for a, b in pairwise(again[-4:])} == {SLOWEST}


def test_flushes_that_take_little_stay_as_they_are() -> None:
    assert paced(FlushClock(1.0), SHARE / 2, 20) == [float(at) for at in range(1, 20)]


def test_on_a_backlog_they_are_further_apart_likewise() -> None:
    clock, task = FlushClock(0.5), Task(prompt=True)
    for slower in (2, 4):
        clock.slower = slower
        clock.started(task, START)
        assert not clock.due(task, START + 1.9, behind=True)
        assert clock.due(task, START + 2.0, behind=True)
