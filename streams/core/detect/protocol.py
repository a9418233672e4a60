"""What a detector of rising counts is to the series stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from streams.core.detect.exceedances import Exceedance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streams.core.event_time.buckets import Grain

Status = Literal["raised", "new", "calm", "accepted"]
"""Up; large from its first day on; back to what is expected; up for so long that it is expected."""
Name = Literal["fast", "daily", "slow"]
"""The detectors: inside the day, day by day, over weeks."""


class Reading(msgspec.Struct, array_like=True, frozen=True):
    """What a detector found of one series in one closed bucket.

    `observed`, `expected` and `upper` are events in the bucket (or in the window of buckets that
    tripped); `surprise` is -log10 of the false alerts a day that one quiet series gives at a level
    as high; `since` is the start of the first bucket of the episode; `history` the days the series
    has been known; `detector` says which test it was; `windows` are all that tripped, the shortest
    first.
    """

    series: str
    grain: str
    start: int
    end: int
    observed: float
    expected: float
    upper: float
    surprise: float
    status: Status
    since: int
    history: float
    detector: Name = "daily"
    windows: tuple[Exceedance, ...] = ()


class CurveDay(NamedTuple):
    """A closed day of one series: its count, and what the daily model expected of it beforehand.

    `day` counts from the epoch; `upper` is the count up to which the day was within its band.
    """

    day: int
    observed: int
    expected: float
    upper: float


class Census(NamedTuple):
    """How many series a detector knows, by how they are tested: young, watched or raised."""

    learning: int
    watching: int
    raised: int


class Detector(Protocol):
    """Watches all series of one metric in one partition, on closed buckets in time order."""

    def close(
        self,
        grain: Grain,
        start: int,
        counts: Mapping[str, int],
        active: Mapping[str, float] | None = None,
    ) -> list[Reading]:
        """Step over the closed bucket `[start, start + length)`.

        `active` has the customers by segment when the day of `start` began ("": all of them), where
        they are known.

        `counts` has the series that are not zero; every other known series counted 0. The buckets
        of a day come before the day. Returned are the series that are raised or have just calmed,
        or been accepted.
        """

    def run(
        self,
        buckets: Sequence[tuple[int, Mapping[str, int]]],
        active: Mapping[str, float] | None = None,
    ) -> list[Reading]:
        """Step over closed 5-minute buckets of one hour (start, counts), in time order.

        Those in which nothing was counted may be left out, but for the last one of an hour: with
        it, episodes end.
        """

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """Yield the state of every series changed since the last call."""

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Go on from the states that `changed` once gave."""

    def curve(self, series: str) -> list[CurveDay]:
        """Give the last closed days of a series, as far as they are remembered, oldest first."""

    def watched(self) -> int:
        """Count the series that are being tested: awake, and old enough to be raised."""

    def census(self) -> Census:
        """Count the series that are too young, watched, and raised."""
