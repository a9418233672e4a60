"""What the series stage holds: closed buckets packed, 5 minutes no longer than they can matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from events import T0, WALL, complaint
from hypothesis import given
from hypothesis import strategies as st
from test_aggregate import DAY, HOUR, MINUTE, SETTINGS, Run

from streams.core.aggregate.closed_buckets import ClosedBuckets
from streams.core.aggregate.columns import Bucket, ClosedColumns
from streams.core.aggregate.stage import AggregateStage
from streams.core.sketches import hyperloglog
from streams.core.sketches.datasketches_format import listed

if TYPE_CHECKING:
    from streams.core.event_time.buckets import Grain

BUCKET = st.tuples(
    st.integers(0, 2**40),
    st.none() | st.dictionaries(st.sampled_from(["EUR", "USD"]), st.integers(-9, 9)),
    st.none() | st.frozensets(st.sampled_from("abcdefgh"), min_size=1),
    st.booleans(),
)
BUCKETS = st.dictionaries(st.integers(0, 40).map(lambda number: T0 + 300 * number), BUCKET)


def bucket_of(
    count: int,
    values: dict[str, int] | None,
    people: frozenset[str] | None,
    amended: bool,  # noqa: FBT001 - a row of hypothesis
) -> Bucket:
    customers = None
    if people is not None:
        sketch = hyperloglog.empty()
        for person in people:
            sketch.update(person)
        customers = hyperloglog.dump(sketch)
    return Bucket(count, values, customers, amended=amended)


@pytest.mark.slow
@given(BUCKETS, st.data())
def test_what_was_packed_comes_out_as_it_was(
    held: dict[int, tuple[int, dict[str, int] | None, frozenset[str] | None, bool]],
    data: st.DataObject,
) -> None:
    packed = ClosedColumns()
    for start in data.draw(st.permutations(sorted(held))):
        bucket = bucket_of(*held[start])
        packed.put(start, bucket.count, bucket.values, bucket.customers)
        if bucket.amended:
            packed.amend(start)
    assert list(packed.starts) == sorted(held)
    for start in data.draw(st.permutations(sorted(held))):
        count, values, people, amended = held[start]
        assert packed.count(start) == count
        reopened = packed.remove(start)
        assert reopened is not None
        assert (reopened.count, reopened.values, reopened.amended) == (count, values, amended)
        named = reopened.customers
        assert (named is None) == (people is None)
        assert named is None or hyperloglog.estimate([hyperloglog.load(named)]) == len(people or ())
        assert packed.count(start) is None
    assert len(packed) == 0


def told(bucket: Bucket) -> tuple[Any, ...]:
    """Return what a bucket has, whatever the order of its customers."""
    coupons = None if bucket.customers is None else listed(bucket.customers)
    found = None if coupons is None else sorted(np.frombuffer(coupons, "<u4").tolist())
    return bucket.count, bucket.values, found, bucket.amended


STEP = st.tuples(st.integers(0, 2), st.dictionaries(st.integers(0, 3), BUCKET, min_size=1))


@pytest.mark.parametrize("grain", ["5m", "1h"])
@given(steps=st.lists(STEP, max_size=6), data=st.data())
def test_buckets_of_many_series_are_found_where_they_were_put(
    grain: Grain, steps: list[tuple[int, dict[int, Any]]], data: st.DataObject
) -> None:
    """However many a series has, and whatever was asked of it before."""
    held, model = ClosedBuckets(), dict[tuple[int, int], Bucket]()
    held.reserve(4)
    for hour, several in steps:
        start = T0 + hour * HOUR
        model_at = {number for number, at in model if at == start}
        new = {n: bucket_of(own[0], own[1], own[2], amended=False) for n, own in several.items()}
        new = {number: bucket for number, bucket in new.items() if number not in model_at}
        columns = zip(*((b.count, b.values, b.customers) for b in new.values()), strict=True)
        if new:
            held.put(grain, start, np.array(list(new)), *columns)
        model |= {(number, start): bucket for number, bucket in new.items()}
        asked = data.draw(st.sampled_from(["", "of", "remove", "drop"]))
        number = data.draw(st.integers(0, 3))
        if asked == "of":
            held.of(grain, number)
        if asked == "remove":
            removed, gone = held.remove(grain, number, start), model.pop((number, start), None)
            assert (removed and told(removed)) == (gone and told(gone))
        if asked == "drop":
            there = [one for one, at in model if at == start]
            held.drop(grain, start, np.array(there, np.int64))
            model = {key: bucket for key, bucket in model.items() if key[1] != start}
        for at in (T0, T0 + HOUR, T0 + 2 * HOUR):
            found = {n: b for n in range(4) if (b := held.bucket(grain, n, at)) is not None}
            own = {n: bucket for (n, begin), bucket in model.items() if begin == at}
            assert list(map(told, found.values())) == [told(own.pop(n)) for n in found]
            assert not own
            numbers, counts = held.at(grain, at, np.arange(4))
            expected = {n: bucket.count for n, bucket in found.items()}
            assert dict(zip(numbers.tolist(), counts.tolist(), strict=True)) == expected
        assert held.holding(grain) == {number for number, _ in model}
        assert held.size() == len(model)


@pytest.mark.parametrize("people", [None, frozenset("a"), frozenset("abcdefgh")])
@pytest.mark.parametrize("values", [None, {"EUR": 7}])
def test_one_that_is_alone_says_how_many_customers_it_has(
    values: dict[str, int] | None, people: frozenset[str] | None
) -> None:
    packed = ClosedColumns()
    packed.put(T0, 9, values, bucket_of(9, values, people, amended=False).customers)
    assert packed.only() == (T0, (9, values or {}, len(people or ())))


def test_one_that_is_alone_is_not_summed_up_by_its_list_where_its_customers_are_many() -> None:
    people = frozenset(f"customer-{number}" for number in range(1_000))
    packed = ClosedColumns()
    packed.put(T0, 1_000, None, bucket_of(1_000, None, people, amended=False).customers)
    assert packed.only() is None


def live(run: Run, hours: int, silent: int | None = None) -> list[int]:
    """Let some hours pass, an event in 5 minutes and partition; give the buckets held by hour."""
    sizes = []
    for step in range(hours * 12):
        for partition in range(len(run.folds)):
            if partition != silent or not step:
                name = f"{partition}-{step}"
                run.process(partition, complaint(name, T0 + step * 5 * MINUTE, customer_id=name))
        run.flush()
        if (step + 1) % 12 == 0:
            sizes.append(run.series.sizes()["buckets"])
    return sizes


@pytest.mark.slow
def test_a_day_of_steady_load_holds_an_hour_and_a_half_of_5_minutes() -> None:
    run = Run(2)
    held = live(run, 26)
    series = run.series.sizes()["series"]
    assert held[-1] <= series * (18 + 26 + 2)
    assert held[20] - held[10] == series * 10  # an hour more an hour, nothing else


def test_5_minutes_are_held_while_one_partition_can_still_change_them() -> None:
    run = Run(2)
    live(run, 6, silent=1)
    for fold in run.folds[1:]:
        fold.tick(WALL + 1, {"complaints"})
        fold.tick(WALL + 100, {"complaints"})
    run.flush()
    assert run.total("5m", T0 + HOUR)["status"] == "final"
    run.process(1, complaint("back", T0 + HOUR, customer_id="back"))
    run.flush()
    for grain, count in (("5m", 2), ("1h", 13)):
        row = run.total(grain, T0 + HOUR)
        assert (row["count"], row["customers"], row["status"]) == (count, count, "amended")


def test_a_window_empties_though_its_5_minutes_went_between_two_publications() -> None:
    run = Run(1)
    run.series = AggregateStage(0, 1, SETTINGS, provisional_interval=2.5)
    run.process(0, complaint("a", T0 + 66 * MINUTE, company="A"))
    run.process(0, complaint("b", T0 + 121 * MINUTE, company="B"))
    run.flush()
    assert run.window("1h", company="A")["count"] == 1
    run.process(0, complaint("c", T0 + 141 * MINUTE, company="B"))
    run.flush()  # in the same wall second: no window is reported
    assert run.window("1h", company="A")["count"] == 1
    run.publish(WALL + 3)
    run.process(0, complaint("d", T0 + 142 * MINUTE, company="B"))
    run.flush()
    run.publish(WALL + 6)
    assert run.window("1h", company="A")["count"] == 0


def test_old_days_are_packed_across_a_restart_and_reported_again_when_one_is_late() -> None:
    run = Run(1)
    run.process(0, complaint("a", T0), complaint("b", T0 + 2 * DAY))
    run.flush()
    run.crash()
    run.process(0, complaint("c", T0 + HOUR))
    run.flush()
    row = run.total("1d", T0)
    assert (row["count"], row["late"], row["status"]) == (1, 1, "final")
