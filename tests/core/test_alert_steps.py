"""When the alerts stage takes a step, and what it makes of partitions from which nothing comes."""

from __future__ import annotations

from alert_worlds import (
    AFTER,
    CARD,
    COMPANY,
    DAY,
    GRACE,
    HOUR,
    LOAN,
    OUTBREAK,
    D,
    Row,
    current,
    details,
    give,
    outbreak,
    quiet,
    reading,
    reported,
    signals,
    stage,
)


def test_silence_makes_it_stale_and_evidence_brings_it_back() -> None:
    world = outbreak(COMPANY)
    reported(world)
    world.tick(0.0, ())
    world.tick(6 * HOUR, ())
    assert reported(world) == []
    world.tick(6 * HOUR + 1, ())
    world.tick(6 * HOUR + 2, ())
    (stale,) = reported(world)
    assert (stale["state"], stale["previous"], stale["reason"]) == ("stale", "firing", "went_stale")
    assert dict(world.alerts()) == {("stale", "critical"): 1}
    again = reading({"company": "Acme"}, D + 1, 30, 4, surprise=20, since=D)
    give(world, details(2, AFTER + DAY + GRACE, []), signals(AFTER + DAY, [again]), wall=7 * HOUR)
    (back,) = reported(world)
    assert (back["state"], back["previous"], back["reason"]) == ("firing", "stale", "came_back")


def test_one_series_partition_that_stands_still_is_silence() -> None:
    world = stage(series=2)
    rows: list[Row] = [*quiet(D), OUTBREAK]
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [COMPANY]))
    give(world, signals(AFTER, partition=1))
    reported(world)
    world.tick(0.0, ())
    give(world, signals(AFTER + HOUR), wall=5 * HOUR)
    world.tick(6 * HOUR + 1, ())
    assert dict(world.alerts()) == {("stale", "critical"): 1}


def test_a_step_waits_for_every_series_partition_and_for_the_evidence() -> None:
    world = stage(sources=2, series=2)
    give(world, signals(AFTER, [COMPANY]), signals(AFTER - HOUR, partition=1))
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]))
    assert reported(world) == []
    give(world, signals(AFTER, partition=1))
    assert reported(world) == []
    give(world, details(1, D * DAY, [], partition=1))
    assert reported(world) == []
    give(world, details(2, AFTER + GRACE, [], partition=1))
    assert len(reported(world)) == 1


def test_an_idle_partition_is_not_waited_for() -> None:
    world = stage(sources=2)
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]), signals(AFTER, [COMPANY]))
    give(world, details(1, D * DAY, [], partition=1, idle=True))
    assert len(reported(world)) == 1


def test_once_all_is_read_no_evidence_is_waited_for() -> None:
    world = stage(sources=2)
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]), signals(AFTER, [COMPANY]))
    world.tick(1.0, ("groundswell.signals",))
    assert len(reported(world)) == 1


def test_messages_reported_twice_change_nothing() -> None:
    world = outbreak(COMPANY)
    assert len(reported(world)) == 1
    rows: list[Row] = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 20, [])]
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [COMPANY]))
    assert reported(world) == []
    assert world.pending() == 0


def test_evidence_is_bounded_however_long_it_runs() -> None:
    world = stage()
    sizes = []
    for day in range(200):
        end = (day + 1) * DAY
        rows: list[Row] = [(day * DAY + hour * HOUR, LOAN, 1, []) for hour in range(24)]
        give(world, details(day, end + GRACE, rows), signals(end))
        sizes.append(world.sizes()["evidence"])
    assert sizes[60] == sizes[-1]
    assert current(world) == []
