"""Every kind of state row of the alerts stage (`incidents` on the wire)."""

from __future__ import annotations

from typing import Any, Final

from streams.core.alerts.alert import Alert
from streams.core.alerts.inbox import Lane
from streams.core.catalogue import TOPIC_OF
from streams.core.changelog import Kind, Layout, Value, choice, msgpack, number, raw, text
from streams.core.evidence.past import check_row
from streams.core.evidence.row import EvidenceRow
from streams.core.evidence.store import Source
from streams.core.messages import Signal

_metric = choice("metric", TOPIC_OF)
_entries: Value[Any] = msgpack(list[tuple[tuple[str, ...], EvidenceRow]])
_names: Value[tuple[str, ...]] = msgpack(tuple[str, ...])
_counts: Value[Any] = msgpack(list[tuple[tuple[str, ...], int]])

ALERT: Final[Kind[Alert]] = Kind("alert", "a", (_metric, text("alert")), msgpack(Alert))
STEP: Final[Kind[int]] = Kind("end of the last step", "t", (_metric,), msgpack(int))
LANE: Final[Kind[Lane]] = Kind(
    "progress of a series partition", "l", (_metric, number("partition")), msgpack(Lane)
)
"""Before version 4 it held what waits, too."""
WAITING: Final[Kind[Signal]] = Kind(
    "signal that waits",
    "w",
    (_metric, number("partition"), number("number")),
    msgpack(Signal),
    since=4,
)
LABEL_NAMES: Final = Kind("names of the labels", "n", (_metric,), _names)
SOURCE: Final[Kind[Source]] = Kind(
    "progress of a source partition", "s", (_metric, number("partition")), msgpack(Source)
)
OPEN_EVIDENCE: Final = Kind(
    "evidence of an open bucket", "o", (_metric, number("partition"), number("start")), _entries
)
HOUR: Final = Kind("evidence of an hour", "h", (_metric, number("none"), number("start")), _entries)
DAY: Final = Kind("evidence of a day", "d", (_metric, number("none"), number("start")), _counts)
HOURS_PAST: Final = Kind(
    "counts by hour of a day gone by",
    "c",
    (_metric, number("none"), number("start")),
    raw(check_row),
    since=5,
)

LAYOUT: Final = Layout(
    "incidents",
    5,
    ALERT,
    STEP,
    LANE,
    WAITING,
    LABEL_NAMES,
    SOURCE,
    OPEN_EVIDENCE,
    HOUR,
    DAY,
    HOURS_PAST,
)
