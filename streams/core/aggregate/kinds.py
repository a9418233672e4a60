"""Every kind of state row of the aggregate stage (`series` on the wire)."""

from __future__ import annotations

from typing import Any, Final

from streams.core.aggregate.merged_watermark import SourceState
from streams.core.catalogue import TOPICS
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
from streams.core.detect.layouts import decode as decode_detector
from streams.core.event_time.buckets import GRAINS

_topic = choice("topic", TOPICS)
_bucket: Value[Any] = msgpack(tuple[int, dict[str, int] | None, bytes | None])
_snapshot: Value[Any] = msgpack(tuple[int, dict[str, int] | None])
_times: Value[tuple[int, int]] = msgpack(tuple[int, int])

PROGRESS: Final = Kind("progress of a topic", "t", (_topic,), _times)
"""Its watermark, and the end of the last step of its detectors."""
SOURCE: Final[Kind[SourceState]] = Kind(
    "progress of a source partition", "s", (_topic, number("partition")), msgpack(SourceState)
)
BUCKET: Final = Kind(
    "bucket that can change",
    "b",
    (_topic, choice("grain", GRAINS), number("start"), series("series")),
    _bucket,
)
SNAPSHOT: Final = Kind(
    "last snapshot of a source partition",
    "p",
    (_topic, number("start"), number("partition"), series("series")),
    _snapshot,
)
DETECTOR: Final = Kind(
    "detector state of a series", "x", (_topic, series("series")), raw(decode_detector)
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

LAYOUT: Final = Layout(
    "series", 2, PROGRESS, SOURCE, BUCKET, SNAPSHOT, DETECTOR, CUSTOMER_FLOW, SETTLED_FLOW
)
