"""Customers of windows held from flush to flush: they are who they would be if asked for anew."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np

from streams.core.aggregate.closed_buckets import ClosedBuckets
from streams.core.aggregate.columns import Row
from streams.core.aggregate.series import Series
from streams.core.aggregate.window_unions import MOST, WindowUnions
from streams.core.aggregate.windows import spans, windows
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.event_time.zone import UTC_ZONE
from streams.core.sketches.coupons import coupons
from streams.core.sketches.datasketches_format import REGISTERS
from streams.core.sketches.distinct import Distinct

if TYPE_CHECKING:
    from streams.core.event_time.buckets import Grain

BEGIN = 1_700_000_000 // DAY * DAY


class Open:
    """The open buckets of one series: who was counted in each, by grain and start."""

    def __init__(self) -> None:
        self.known: dict[Grain, dict[int, Distinct]] = {"5m": {}, "1h": {}, "1d": {}}

    def add(self, clock: int, listed: bytes) -> None:
        for grain, held in self.known.items():
            start = UTC_ZONE.floor(clock, grain)
            held.setdefault(start, Distinct(())).add_listed(listed)

    def rows(self, grain: Grain) -> list[Row]:
        return [_row(start, own) for start, own in sorted(self.known[grain].items())]


def _row(start: int, own: Distinct) -> Row:
    registers = own.registers()
    listed = own.dump() if registers is None else b""
    head = 8 if listed[:1] == b"\x02" else 12
    return Row(start, 1, None, listed[head:], registers)


def test_what_is_held_is_what_would_be_asked_for_anew() -> None:
    random, held, closed = Random(3), Open(), ClosedBuckets()
    series, unions = Series('["complaints",{}]'), WindowUnions()
    series.number, series.packed = 0, closed
    closed.reserve(1)
    used = 0
    for step in range(400):
        clock = BEGIN + step * 20 * 60
        held.add(clock, coupons([f"{random.randrange(6_000)}" for _ in range(90)]).tobytes())
        # One with another coupon in the same register, and none at all.
        for listed in (b"", coupons([f"{step}"]).tobytes()):
            held.add(clock, listed)
            now = spans(clock, UTC_ZONE)
            for grain, family in now.items():
                asked = series, grain, held.rows(grain), family, UTC_ZONE
                anew = [*windows(*asked, WindowUnions())]
                assert [*windows(*asked, unions)] == anew
            first = now["1d"][0][1]
            used += unions.get(0, "28d", (_changes(series), first)) is not None
        for grain, own in held.known.items():
            for start in [at for at in own if UTC_ZONE.end(at, grain) <= clock - HOUR]:
                closed.put(grain, start, np.array([0]), [1], [None], [own.pop(start).dump()])
    assert used > 300


def _changes(series: Series) -> int:
    days = series.closed("1d")
    return 0 if days is None else days.changes


def test_too_many_of_them_push_the_oldest_out() -> None:
    unions, mark = WindowUnions(), (1, 2)
    for number in (*range(MOST), 0, MOST):
        unions.put(number, "1h", mark, np.zeros(REGISTERS, np.uint8))
    assert [unions.has(number, "1h") for number in (0, 1, 2, MOST)] == [True, False, True, True]
    assert unions.get(0, "1h", (2, 2)) is None


def test_customers_of_others_stay_as_they_are() -> None:
    unions, own = WindowUnions(), np.zeros(REGISTERS, np.uint8)
    union = unions.put(0, "1h", (0, 0), own)
    union.join([Row(0, 1, None, coupons(["a", "b"]).tobytes(), None)])
    assert (union.estimate(), own.sum()) == (2, 0)
