"""When a task is flushed: at marks of the clock, or soon after what other stages sent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from streams.settings import Settings
from streams.transport.state.flush_clock import (
    LINGER,
    LITTLE,
    LOOK,
    SEEN,
    SELDOM,
    SHARE,
    SHARE_BACKLOG,
    SLOWEST,
    UNHEARD,
    WARM,
    FlushClock,
)
from streams.worker.topology import pipeline

START = 1_700_000_000.0


@dataclass
class Task:
    prompt: bool
    taken: int = 0
    busy: bool = False
    quiet: bool = False
    place: tuple[str, int] = ("series", 0)
    senders: int | None = None
    received: int = 0


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


def received(came: dict[float, int], seconds: float, senders: int | None = 3) -> list[float]:
    """Give when a task is flushed that has passed so many flushes of others by then."""
    task = Task(prompt=True, senders=senders)
    clock, found = FlushClock(1.0), list[float]()
    clock.started(task, START)
    for step in range(int(seconds / LOOK)):
        at = round(step * LOOK, 3)
        task.taken = task.received = max((n for when, n in came.items() if when <= at), default=0)
        if clock.due(task, START + at):
            clock.started(task, START + at)
            found.append(at)
    return found


def test_what_all_partitions_have_sent_has_come_whole() -> None:
    assert received({0.1: 2, 0.2: 3, 1.1: 6}, 2.0) == [0.2, 1.1]


def test_every_partition_of_the_sources_sends_to_each_of_those_that_merge() -> None:
    senders = {spec.name: spec.senders for spec in pipeline(Settings())(7)}
    assert senders == {"fold": None, "series": 7, "incidents": None}


def test_what_some_partitions_have_sent_is_waited_for_as_ever() -> None:
    assert received({0.1: 2, 1.1: 5}, 2.0) == [
        pytest.approx(0.1 + LINGER, abs=LOOK),
        1.1,
    ]
    assert received({0.1: 3}, 1.0, senders=None) == [pytest.approx(0.1 + LINGER, abs=LOOK)]


def test_what_comes_after_all_have_sent_is_waited_for_as_ever() -> None:
    assert received({0.1: 3, 0.2: 4, 0.3: 5}, 1.0) == [
        0.1,
        pytest.approx(0.3 + LINGER, abs=LOOK),
    ]


def test_what_comes_too_late_for_one_mark_is_not_taken_for_what_is_sent_at_the_next() -> None:
    """Else each flush would have what some sent now, and what others sent before."""
    came = {0.1: 2, 0.9: 3, 1.1: 5, 1.2: 6, 2.1: 8, 2.2: 9}
    assert received(came, 3.0)[-2:] == [1.2, 2.2]


def test_work_on_what_all_have_sent_is_waited_for() -> None:
    clock, task = FlushClock(1.0), Task(prompt=True, senders=1)
    clock.started(task, START)
    assert not clock.due(task, START + LOOK)
    task.taken = task.received = 1
    task.busy = True
    assert not clock.due(task, START + 2 * LOOK)
    task.busy = False
    assert clock.due(task, START + 3 * LOOK)


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


def settled() -> FlushClock:
    """Return a clock whose task has long been here."""
    clock = FlushClock(1.0)
    paced(clock, 0.0, WARM, START - WARM)
    return clock


def test_flushes_that_take_much_of_the_time_are_further_apart_and_then_closer_again() -> None:
    clock = settled()
    dear = paced(clock, 2 * SHARE, 60)
    assert dear[:6] == [0.0, 1.0, 2.0, 3.0, 4.0, 6.0]
    assert {b - a for a, b in pairwise(dear[-4:])} == {SLOWEST}
    cheap = paced(clock, LITTLE / 2, 60, START + 60)
    assert {b - a for a, b in pairwise(cheap[-4:])} == {1.0}


def test_what_the_first_flushes_of_a_task_take_makes_nothing_slower() -> None:
    """It has more to write then, and does so for the first time."""
    clock = FlushClock(1.0)
    assert paced(clock, 2 * SHARE, WARM) == [1.0, 2.0, 3.0, 4.0]
    assert paced(clock, SHARE / 2, 20, START + WARM)[:9] == [float(at) for at in range(9)]


def test_after_a_backlog_intervals_are_as_set() -> None:
    """What is open is published for the first time, and nobody who waits for it waits longer."""
    task, clock = Task(prompt=False), FlushClock(1.0)
    for at in range(10):
        clock.due(task, START + at, behind=True)
        clock.took(0.9, START + at)
    assert clock.slower > 1
    clock.due(task, START + 10)
    assert clock.slower == 1
    for at in range(10, 10 + int(WARM)):
        clock.took(0.9, START + at)
    assert clock.slower == 1
    for at in range(10 + int(WARM), 30):
        clock.took(0.9, START + at)
    assert clock.slower > 1


def test_on_a_backlog_they_make_it_slower() -> None:
    clock, task = FlushClock(1.0), Task(prompt=False)
    for at in range(6):
        clock.due(task, START + at, behind=True)
        clock.took((SHARE_BACKLOG + SHARE) / 2, START + at)
    assert clock.slower == 2


def test_live_they_may_take_more_of_the_time() -> None:
    assert paced(settled(), (SHARE_BACKLOG + SHARE) / 2, 20) == [float(at) for at in range(20)]


def test_after_a_busy_time_shorter_intervals_are_tried_soon() -> None:
    clock = settled()
    paced(clock, 2 * SHARE, 60)
    between = paced(clock, (LITTLE + SHARE) / 2, 60, START + 60)
    closest = [a for a, b in pairwise(between) if b - a == 1.0]
    assert closest[0] == 24.0, "after four intervals of four seconds, and as many of two"
    assert closest == [float(at) for at in range(24, 59)]


def test_on_a_backlog_shorter_intervals_are_not_tried() -> None:
    clock, task = FlushClock(1.0), Task(prompt=False)
    clock.slower = 2
    for at in range(0, 60, 2):
        clock.due(task, START + at, behind=True)
        clock.took(LITTLE + SHARE, START + at)
    assert clock.slower == 2


def tries(clock: FlushClock, seconds: int, start: float = START) -> list[float]:
    """Give when half an interval is tried where flushes take too much if they are not two apart."""
    task, found = Task(prompt=False), list[float]()
    for at in range(seconds):
        before = clock.slower
        clock.due(task, start + at)
        clock.took(1.2 * SHARE / clock.slower, start + at)
        if clock.slower < before:
            found.append(at)
    return found


def test_shorter_intervals_that_take_too_much_are_tried_less_and_less_often() -> None:
    apart = [b - a for a, b in pairwise(tries(settled(), 400))]
    assert apart[:4] == [20, 28, 44, 68], "whole windows of four intervals"
    assert set(apart[3:]) == {SELDOM + 2 * SEEN}


def test_after_shorter_intervals_that_held_they_are_tried_soon_again() -> None:
    clock = settled()
    first = tries(clock, 200)
    held = paced(clock, (LITTLE + SHARE) / 2, 200, START + 200)
    assert {b - a for a, b in pairwise(held[-20:])} == {1.0}
    again = tries(clock, 200, START + 400)
    assert [b - a for a, b in pairwise(again)] == [b - a for a, b in pairwise(first)]


def test_flushes_that_take_little_stay_as_they_are() -> None:
    assert paced(FlushClock(1.0), SHARE / 2, 20) == [float(at) for at in range(1, 20)]


def test_on_a_backlog_they_are_further_apart_likewise() -> None:
    clock, task = FlushClock(0.5), Task(prompt=True)
    for slower in (2, 4):
        clock.slower = slower
        clock.started(task, START)
        assert not clock.due(task, START + 1.9, behind=True)
        assert clock.due(task, START + 2.0, behind=True)


def quiet_flushes(seconds: int, heard: float = 0.0, *, behind: bool = False) -> list[float]:
    """Give when a task is flushed to which something comes each second.

    From `heard` seconds on a flush of it would send something, until there is one.
    """
    task, clock, found = Task(prompt=True, senders=1), FlushClock(1.0), list[float]()
    clock.started(task, START)
    for step in range(int(seconds / LOOK)):
        at = round(step * LOOK, 3)
        task.taken = task.received = int(at + 0.9)
        task.quiet = not heard or at < heard or any(one >= heard for one in found)
        due = clock.due(task, START + at, behind=behind)
        if due and not clock.passed_over(task, START + at):
            clock.started(task, START + at)
            found.append(at)
    return found


def test_what_nobody_hears_of_is_flushed_less_often() -> None:
    assert quiet_flushes(17) == [5.1, 10.1, 15.1]
    assert UNHEARD == 5.0


def test_what_somebody_hears_of_is_flushed_with_the_turn_that_it_comes_in() -> None:
    assert quiet_flushes(13, heard=2.1) == [2.1, 7.1, 12.1]
    assert quiet_flushes(13, heard=2.3) == [3.1, 8.1]


def test_on_a_backlog_all_is_flushed_as_often() -> None:
    assert quiet_flushes(4, behind=True) == [1.0, 2.0, 3.0]


def test_a_clock_that_is_set_back_lets_no_turn_of_what_is_quiet_pass() -> None:
    clock, task = FlushClock(1.0), Task(prompt=True, quiet=True)
    clock.started(task, START)
    assert clock.passed_over(task, START + 1.0)
    assert not clock.passed_over(task, START - 3600)
