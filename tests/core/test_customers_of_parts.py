"""Rows of open hours and days leave their customers to the rows of their 5 minutes and hours.

12:00        12:40  now
  |--5m--| .. |-5m-|         each with its customers
  |--------1h--------...     b"": those of its 5 minutes
|------------1d------...     b"": those of its hours
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from events import T0
from one_partition import Run
from state_rows import by_series

from streams.core.aggregate.kinds import BUCKET, LAYOUT, OF_PARTS
from streams.core.aggregate.parts import MANY_EVENTS
from streams.core.config import Calendar, Detect
from streams.core.event_time.buckets import GRAINS, HOUR, MINUTE
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.aggregate.stage import AggregateStage

Rows = dict[bytes, bytes]
SETTINGS = Settings(detect=Detect(metrics=()))
"""Without detectors 5 minutes go before their hour closes."""
MANY = [f"customer {number}" for number in range(MANY_EVENTS)]
ZONES = ("UTC", "America/New_York", "Asia/Kolkata")
"""In the last one days begin within an hour."""


def settings_of(zone: str) -> Settings:
    return SETTINGS.model_copy(update={"calendar": Calendar(timezone=zone)})


def held(stage: AggregateStage) -> dict[tuple[str, int, str], bytes | None]:
    """Return the customers of every open bucket."""
    buckets = stage._families["complaints"].buckets  # noqa: SLF001
    found: dict[tuple[str, int, str], bytes | None] = {}
    for grain in GRAINS:
        table = buckets.open[grain]
        for key, data in zip(table.keys.tolist(), table.customers.write(table.slots), strict=True):
            found[grain, key >> 25, buckets.series[key & (1 << 25) - 1].key] = data
    return found


def lean(rows: Rows) -> Iterator[tuple[str, int, str]]:
    """Yield grain, start and series of the rows without customers of their own."""
    for row in LAYOUT.read(by_series(rows)):
        if row.kind is BUCKET and row.value[2] == OF_PARTS:
            yield row.fields[1:]


def driven(zone: str) -> Iterator[Run]:
    """Go through a day and more; now and then there are more customers than one sketch lists."""
    run, draw = Run(settings_of(zone)), random.Random(3)
    at = T0
    while at < T0 + 30 * HOUR:
        at += draw.choice([2, 7, 20, 55, 130]) * MINUTE
        many = draw.choice([1, 3, 9, 450])
        run.add(at, [f"c{draw.randrange(2_000)}" for _ in range(many)])
        yield run


@pytest.mark.parametrize("zone", ZONES)
def test_a_stage_that_took_over_has_the_same_customers(zone: str) -> None:
    grains: set[str] = set()
    for run in driven(zone):
        grains.update(grain for grain, *_ in lean(run.rows))
        assert held(run.taken_over(run.rows)) == held(run.stage)
    assert grains == ({"1h"} if zone == "Asia/Kolkata" else {"1h", "1d"})


@pytest.mark.parametrize("zone", ZONES[:2])
def test_rows_of_an_older_release_are_read_beside_those_of_now(zone: str) -> None:
    draw = random.Random(4)
    for run in driven(zone):
        customers, older = held(run.stage), by_series(run.rows)
        for row in lean(run.rows):
            key = BUCKET.key("complaints", *row)
            if draw.random() < 0.5:
                count, values, _ = BUCKET.decode(older[key])
                older[key] = BUCKET.encode((count, values, customers[row]))
        assert held(run.taken_over(older)) == customers


def test_once_closed_each_has_a_row_of_its_own_whoever_closes_it() -> None:
    run = Run(SETTINGS)
    run.add(T0 + HOUR, MANY)
    run.add(T0 + HOUR + 20 * MINUTE, ["b", "c"])
    customers, left = held(run.stage), set(lean(run.rows))
    assert {grain for grain, *_ in left} == {"1h", "1d"}
    run.stage = run.taken_over(run.rows)
    run.add(T0 + 2 * 24 * HOUR, ["d"])
    assert left.isdisjoint(lean(run.rows))
    for row in left:
        count, _, data = BUCKET.decode(by_series(run.rows)[BUCKET.key("complaints", *row)])
        assert (count, data) == (MANY_EVENTS + 2, customers[row])


def test_an_hour_that_is_open_has_its_own_once_the_first_of_its_parts_go() -> None:
    """With the grace period it is open for 70 minutes, and the last hour is that of the windows."""
    run = Run(SETTINGS)
    run.add(T0 + HOUR + MINUTE, MANY)
    hours = {row for row in lean(run.rows) if row[0] == "1h"}
    run.add(T0 + 2 * HOUR + 7 * MINUTE, ["z"])
    assert not any(b"\t5m\t%d\t" % (T0 + HOUR) in key for key in run.rows)
    assert hours <= held(run.stage).keys()
    assert held(run.taken_over(run.rows)) == held(run.stage)


def test_without_the_rows_of_its_parts_an_hour_would_have_nobody() -> None:
    run = Run(SETTINGS)
    run.add(T0 + HOUR, MANY)
    assert {grain for grain, *_ in lean(run.rows)} == {"1h", "1d"}
    alone = {k: v for k, v in run.rows.items() if not k.startswith(b"b\tcomplaints\t5m")}
    assert all(data is None for data in held(run.taken_over(alone)).values())


def test_of_few_events_the_customers_stand_in_each_row() -> None:
    run = Run(SETTINGS)
    run.add(T0 + HOUR, MANY[1:])
    assert not [*lean(run.rows)]


def test_their_version_is_one_that_older_releases_refuse() -> None:
    assert LAYOUT.version == 10
