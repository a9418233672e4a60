"""Every kind of state row of the aggregate stage (`series` on the wire)."""

from __future__ import annotations

from typing import Any, Final

from streams.core.aggregate.merged_watermark import SourceState
from streams.core.aggregate.periods.kinds import KINDS
from streams.core.catalogue import FAMILIES, TOPICS
from streams.core.changelog import (
    Kind,
    Layout,
    Value,
    choice,
    json,
    literal,
    msgpack,
    number,
    raw,
    series,
)
from streams.core.detect.few_events import MARK as FEW_EVENTS
from streams.core.detect.few_events import read as read_few_events
from streams.core.detect.layouts import check as check_detector
from streams.core.event_time.buckets import GRAINS

_topic = choice("topic", TOPICS)
_family = choice("family", FAMILIES)
_bucket: Value[Any] = msgpack(tuple[int, dict[str, int] | None, bytes | None])
OF_PARTS: Final = b""
"""In place of the customers of an open hour or day: they are those of its 5 minutes, or hours.

It is written since version 5, and no sketch is as short.
"""
_snapshot: Value[Any] = msgpack(tuple[int, dict[str, int] | None])
_values = list[dict[str, int] | None]
"""In the order of the names; none at all where nobody has any."""


def _columns(type_: Any) -> Value[Any]:  # noqa: ANN401 - whatever msgspec can decode
    """Declare columns of one length: names, counts and values of cells, and what follows them."""
    of_any = msgpack(type_)

    def decode(data: bytes) -> Any:  # noqa: ANN401 - as declared
        names, counts, values, *more = found = of_any.decode(data)
        if {len(names)} != {len(one) for one in (counts, values or names, *more)}:
            raise ValueError("the columns differ in length")
        return found

    return Value(of_any.encode, decode)


_times: Value[tuple[int, int]] = msgpack(tuple[int, int])


def _detector(row: bytes) -> None:
    """Check a row of either form."""
    if row[:1] == FEW_EVENTS:
        read_few_events(row)
    else:
        check_detector(row)


PROGRESS: Final = Kind(
    "progress of a topic or family", "t", (choice("name", {**TOPICS, **FAMILIES}),), _times
)
"""Its watermark, and the end of the last step of the family's detectors (0: there are none)."""
SOURCE: Final[Kind[SourceState]] = Kind(
    "progress of a source partition", "s", (_topic, number("partition")), msgpack(SourceState)
)
BUCKET: Final = Kind(
    "bucket that can change",
    "b",
    (_family, choice("grain", GRAINS), number("start"), series("series")),
    _bucket,
    until=7,
)
BUCKETS: Final = Kind(
    "buckets of a slice of time, as a flush wrote them",
    "b",
    (_family, choice("grain", GRAINS), number("start"), number("flush"), number("part")),
    _columns(tuple[list[str], list[int], _values, list[bytes | None]]),
    since=8,
)
"""Names, counts, values and customers; of a series that several rows have, the latest counts."""
SNAPSHOT: Final = Kind(
    "last snapshot of a source partition",
    "p",
    (_family, number("start"), number("partition"), series("series")),
    _snapshot,
    until=7,
)
SNAPSHOTS: Final = Kind(
    "last snapshots of a source partition, as a flush wrote them",
    "p",
    (_family, number("start"), number("partition"), number("flush"), number("part")),
    _columns(tuple[list[str], list[int], _values]),
    since=8,
)
DETECTOR: Final = Kind(
    "detector state of a series", "x", (_family, series("series")), raw(_detector)
)
CUSTOMER_FLOW: Final[Kind[int]] = Kind(
    "customers who came or left",
    "h",
    (_topic, number("day"), json("segment", str), number("partition")),
    msgpack(int),
    since=2,
)
SETTLED_FLOW: Final[Kind[int]] = Kind(
    "customers who came or left on all days that are settled",
    "h",
    (_topic, literal("base"), json("segment", str)),
    msgpack(int),
    since=2,
)

PROGRESS_KINDS: Final = frozenset({PROGRESS, SOURCE, CUSTOMER_FLOW, SETTLED_FLOW})
"""How far topics and families are, and what flowed: the rows that belong to no table."""

OF_PERIODS: Final = frozenset(KINDS)
"""What is written only where customers are kept."""

LAYOUT: Final = Layout(
    "series",
    10,
    PROGRESS,
    SOURCE,
    BUCKET,
    BUCKETS,
    SNAPSHOT,
    SNAPSHOTS,
    DETECTOR,
    CUSTOMER_FLOW,
    SETTLED_FLOW,
    *KINDS,
)

WITHOUT_PERIODS: Final = 8
"""The version of the layout that has all that is written where no customers are kept.

Before a row had a slice of time it was 5, and before those of open hours and days had no customers
of their own (`OF_PARTS`) 2.
"""

IN_UTC: Final = 9
"""The same where they are kept and days are those of UTC (6 and 3 before); in 10 (7, 4) they may be
of another zone."""
