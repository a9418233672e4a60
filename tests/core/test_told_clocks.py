"""How far partitions have told that their customers are, and how far that lets each go."""

from __future__ import annotations

from streams.core.ingest.told_clocks import LEAP, STEP, ToldClock, ToldClocks

NOW = 1_500_000_000


def at(time: int, *, idle: bool = False) -> ToldClock:
    return ToldClock(time, idle)


def heard(own: int, *told: ToldClock) -> ToldClocks:
    clocks = ToldClocks(own, len(told))
    for partition, one in enumerate(told):
        clocks.hear(partition, one)
    return clocks


def test_nobody_goes_further_than_a_leap_beyond_the_least_that_was_told() -> None:
    clocks = heard(0, at(NOW), at(NOW - 7), at(NOW + 9))
    assert clocks.limit == NOW - 7 + LEAP
    assert clocks.holding() == [1]
    clocks.hear(1, at(NOW + 1))
    assert (clocks.limit, clocks.holding()) == (NOW + LEAP, [0])


def test_who_has_told_nothing_holds_everybody() -> None:
    clocks = heard(0, at(NOW), at(0), at(NOW))
    assert (clocks.limit, clocks.holding()) == (0, [1])


def test_who_is_idle_holds_nobody_but_itself() -> None:
    told = at(NOW), at(0, idle=True), at(NOW - 9, idle=True)
    assert heard(0, *told).limit == NOW + LEAP
    assert heard(2, *told).limit == NOW - 9 + LEAP
    assert heard(1, *told).limit == 0


def test_a_clock_that_was_told_never_goes_back() -> None:
    clocks = heard(0, at(NOW), at(NOW))
    clocks.hear(1, at(0))  # of an older release nothing is known
    assert clocks.limit == NOW + LEAP


def test_a_clock_is_told_when_it_has_gone_a_step() -> None:
    clocks = heard(0, at(0), at(0))
    assert not clocks.due(at(0))
    assert clocks.due(at(NOW))
    clocks.tell(at(NOW))
    assert not clocks.due(at(NOW + STEP - 1))
    assert clocks.due(at(NOW + STEP))


def test_that_it_is_idle_is_told_where_somebody_would_wait_for_it() -> None:
    clocks = heard(0, at(NOW), at(NOW + LEAP // 2))
    clocks.tell(at(NOW))
    assert not clocks.due(at(NOW, idle=True))
    clocks.hear(1, at(NOW + LEAP // 2 + 1))
    assert clocks.due(at(NOW, idle=True))
    clocks.hear(1, at(NOW + LEAP, idle=True))
    assert not clocks.due(at(NOW, idle=True)), "it waits for nobody itself"


def test_that_it_is_idle_no_more_is_told_at_once() -> None:
    clocks = heard(0, at(NOW), at(NOW))
    clocks.tell(at(NOW, idle=True))
    assert clocks.due(at(NOW))
    clocks.tell(at(NOW))
    assert not clocks.due(at(NOW))


def test_who_takes_over_tells_only_what_was_not_told() -> None:
    clocks = ToldClocks(0, 2)
    clocks.restore(0, at(NOW, idle=True))
    clocks.restore(1, at(NOW))
    assert clocks.limit == NOW + LEAP
    assert not clocks.due(at(NOW, idle=True))
    assert clocks.due(at(NOW))
