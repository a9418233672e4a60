"""Every kind of state row of the evidence; they stand in the changelog of the alerts stage."""

from __future__ import annotations

from typing import Any, Final

from streams.core.catalogue import TOPIC_OF
from streams.core.changelog import Kind, Value, choice, msgpack, number, raw
from streams.core.detail_messages import PackedRows
from streams.core.evidence.past import check_row
from streams.core.evidence.progress import PartitionProgress
from streams.core.evidence.row import EvidenceRow

METRIC: Final = choice("metric", TOPIC_OF)

_rows: Value[Any] = msgpack(list[tuple[tuple[str, ...], EvidenceRow]])
_names: Value[tuple[str, ...]] = msgpack(tuple[str, ...])
_counts: Value[Any] = msgpack(list[tuple[tuple[str, ...], int]])

LABEL_NAMES: Final = Kind("names of the labels", "n", (METRIC,), _names)
SOURCE: Final[Kind[PartitionProgress]] = Kind(
    "progress of a source partition",
    "s",
    (METRIC, number("partition")),
    msgpack(PartitionProgress),
)
OPEN_BUCKET: Final = Kind(
    "evidence of an open bucket",
    "o",
    (METRIC, number("partition"), number("start")),
    _rows,
    until=10,
)
OPEN_COLUMNS: Final[Kind[PackedRows]] = Kind(
    "evidence of an open bucket, in columns",
    "b",
    (METRIC, number("partition"), number("start")),
    msgpack(PackedRows),
    since=11,
)
HOUR_ROWS: Final = Kind(
    "evidence of an hour", "h", (METRIC, number("none"), number("start")), _rows, until=12
)
HOUR_COLUMNS: Final[Kind[PackedRows]] = Kind(
    "evidence of an hour, in columns",
    "H",
    (METRIC, number("none"), number("start")),
    msgpack(PackedRows),
    since=13,
)
DAY_COUNTS: Final = Kind(
    "evidence of a day", "d", (METRIC, number("none"), number("start")), _counts, until=12
)
DAY_COLUMNS: Final[Kind[PackedRows]] = Kind(
    "evidence of a day, in columns",
    "D",
    (METRIC, number("none"), number("start")),
    msgpack(PackedRows),
    since=13,
)
PAST_HOURS: Final = Kind(
    "counts by hour of a day gone by",
    "c",
    (METRIC, number("none"), number("start")),
    raw(check_row),
    since=5,
)

KINDS: Final = (
    LABEL_NAMES,
    SOURCE,
    OPEN_BUCKET,
    OPEN_COLUMNS,
    HOUR_ROWS,
    HOUR_COLUMNS,
    DAY_COUNTS,
    DAY_COLUMNS,
    PAST_HOURS,
)
