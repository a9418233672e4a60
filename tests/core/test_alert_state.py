"""The alerts stage in any order of its messages, and restored anywhere: the same history."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from alert_worlds import (
    CARD,
    DAY,
    GRACE,
    LOAN,
    D,
    details,
    give,
    quiet,
    reading,
    reported,
    signals,
    stage,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.topics import HISTORY

if TYPE_CHECKING:
    from streams.core.alerts.stage import AlertsStage

Stream = list[bytes]


def streams() -> list[Stream]:
    """Two source partitions and three series partitions over days with two outbreaks."""
    sources: list[Stream] = [[], []]
    series: list[Stream] = [[], [], []]
    for day in range(D - 10, D + 12):
        end = (day + 1) * DAY
        loans = 60 if D <= day < D + 4 else 4
        cards = 90 if D + 2 <= day < D + 6 else 20
        noon = day * DAY + 43200
        sources[0].append(details(day, end + GRACE, [(noon, LOAN, loans, [(day, f"loan {day}")])]))
        sources[1].append(details(day, end + GRACE, [(noon, CARD, cards, [])], partition=1))
        for partition, (labels, observed, expected, first, last) in enumerate(
            (
                ({"company": "Acme"}, loans, 4.0, D, D + 4),
                ({"company": "Bolt"}, cards, 20.0, D + 2, D + 6),
                ({}, loans + cards, 24.0, D, D + 6),
            )
        ):
            own = []
            if first <= day < last:
                hot = reading(labels, day, observed, expected, surprise=observed / 2, since=first)
                own = [hot]
            elif day == last:
                own = [reading(labels, day, observed, expected, status="calm", since=first)]
            series[partition].append(signals(end, own, partition=partition))
    return [*sources, *series]


def interleaved(seed: int) -> Stream:
    """One order in which the messages of the partitions may come."""
    left = [list(stream) for stream in streams()]
    order, choose = [], random.Random(seed)
    while any(left):
        order.append(choose.choice([stream for stream in left if stream]).pop(0))
    return order


def alerts_of(order: Stream) -> list[dict[str, Any]]:
    world = stage(sources=2, series=3)
    give(world, *order)
    return reported(world)


@pytest.mark.slow
def test_the_order_in_which_messages_come_changes_nothing() -> None:
    expected = alerts_of(interleaved(0))
    assert len({alert["alert_id"] for alert in expected}) == 3
    for seed in range(1, 40):
        assert expected == alerts_of(interleaved(seed))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.sets(st.integers(1, 100), max_size=4))
def test_a_stage_restored_anywhere_goes_on_the_same(seed: int, cuts: set[int]) -> None:
    order = interleaved(seed)
    rows: dict[bytes, bytes] = {}
    history: list[bytes | None] = []
    for low, high in zip([0, *sorted(cuts)], [*sorted(cuts), len(order)], strict=True):
        world = stage(sources=2, series=3)
        world.restore(rows)
        give(world, *order[low:high])
        flush = world.flush(1, 0.0)
        history.extend(send.value for send in flush.sends if send.topic == HISTORY)
        for key, value in flush.rows:
            if value is None:
                del rows[key]
            else:
                rows[key] = value
    whole = stage(sources=2, series=3)
    give(whole, *order)
    assert [s.value for s in whole.flush(1, 0.0).sends if s.topic == HISTORY] == history


def half_reported() -> tuple[AlertsStage, dict[bytes, bytes]]:
    """One partition of two reports a rise on each of 300 days; the other has not reported yet."""
    world = stage(series=2)
    rises = [reading({"company": "Acme"}, day, 60, 4, surprise=60) for day in range(D, D + 300)]
    until = (D + 300) * DAY
    give(world, details(1, until + GRACE, quiet(D + 300)), signals(until, rises))
    return world, {key: value for key, value in world.flush(1, 0.0).rows if value is not None}


@pytest.mark.slow
def test_signals_that_wait_for_another_partition_have_a_row_each() -> None:
    """However many they are, no row outgrows what a broker takes."""
    world, rows = half_reported()
    waiting = {key for key in rows if key.startswith(b"w\t")}
    assert len(waiting) == 300
    assert max(len(rows[key]) for key in rows if key[:2] in {b"w\t", b"l\t"}) < 1_000
    give(world, signals((D + 300) * DAY, partition=1))
    gone = {key for key, value in world.flush(2, 0.0).rows if value is None}
    assert waiting <= gone


@pytest.mark.slow
def test_rows_of_before_that_hold_all_that_waits_are_read() -> None:
    world, rows = half_reported()
    waiting = sorted(
        (int(key.split(b"\t")[3]), rows.pop(key)) for key in list(rows) if key.startswith(b"w\t")
    )
    lane = msgspec.msgpack.decode(rows[b"l\tcomplaints\t0"])
    lane[1] = [msgspec.msgpack.decode(value) for _, value in waiting]
    rows[b"l\tcomplaints\t0"] = msgspec.msgpack.encode(lane[:4])
    restored = stage(series=2)
    restored.restore(rows)
    for one in (world, restored):
        give(one, signals((D + 300) * DAY, partition=1))
    expected = reported(world)
    assert expected
    assert reported(restored) == expected
