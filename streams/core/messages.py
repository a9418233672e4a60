"""Internal messages between the stages (msgpack, arrays): not a contract for others."""

from __future__ import annotations

from typing import Final
from zlib import crc32

import msgspec

from streams.core.customers.exchange.asked import Answer, Question
from streams.core.customers.exchange.links import Link
from streams.core.customers.lives.merges import Handover
from streams.core.customers.sums.cell_change import CellChange
from streams.core.detect.protocol import Reading
from streams.core.event_time.comparison import Comparison

PARTIALS = "groundswell.partials"
SIGNALS = "groundswell.signals"
EXCHANGE = "groundswell.exchange"

_PERIODS: Final = b"customers"


def periods_home(partitions: int) -> int:
    """Give the partition of the series stage that has the periods of all customers."""
    return crc32(_PERIODS) % partitions


Cell = tuple[int, int, dict[str, int] | None, bytes | None]
"""Bucket start (5 minutes), count, value by currency, customers sketch."""

Sample = tuple[int, str]
"""Hash of the event id (the smallest are kept, so the choice depends on no order), and text."""


class DetailRow(msgspec.Struct, array_like=True, frozen=True):
    """One full label tuple in one 5-minute bucket that starts at `start`.

    `labels` has the values in the order of `Details.labels`; `prints` a sample of its events
    (`streams.core.sketches.fingerprints`), none in the messages of an older version. `samples` are
    masked, and from older versions; those pass over `texts`, which are not.
    """

    start: int
    labels: tuple[str, ...]
    count: int
    samples: list[Sample]
    prints: bytes = b""
    texts: list[Sample] = []  # msgspec makes a fresh one for each


class Source(msgspec.Struct, array_like=True, frozen=True):
    """Where a message of the ingest stage comes from, and how far that partition has read."""

    topic: str
    partition: int
    flush: int
    part: int
    watermark: int
    idle: bool


FlowCount = tuple[int, str, int]
"""Day (epoch seconds), segment, events of that day so far that change a stock."""


class Partials(msgspec.Struct, array_like=True, frozen=True, tag="p"):
    """Cumulative snapshots of the open 5-minute cells that changed, by series key.

    A topic without metrics has no cells: if a family depends on it, it sends how far it is. `late`
    has, by day, how many events of the topic came too late so far (cumulative), `flows` what
    changes the stock of customers (cumulative, to every partition of series).
    """

    source: Source
    series: list[tuple[str, list[Cell]]]
    late: dict[int, int]
    flows: list[FlowCount] = []  # msgspec makes a fresh one for each


class Movements(msgspec.Struct, array_like=True, frozen=True, tag="m"):
    """The cells of customers that changed in one source partition, cumulative.

    They go to the one partition of series that has the periods. The `topic` of the source is
    `customers`, its `watermark` the customer clock up to which all was told, and it is idle if all
    source topics are. `last` is the last part of a flush: before it, nothing adds up. `sent` says
    to which partitions links went in this flush (its number), `read` up to which flush of others
    their links were read; both as far as that changed.
    """

    source: Source
    cells: list[CellChange]
    definitions: str
    last: bool
    sent: dict[int, int] = {}  # msgspec makes fresh ones for each
    read: dict[int, int] = {}


class Links(msgspec.Struct, array_like=True, frozen=True, tag="l"):
    """What customers of another source partition are to those of this one, as far as that changed.

    They go to the partition of those who were referred, and of those into whom others were merged.
    The `topic` of the source is `customers`. `last` is the last part of a flush: it says how far
    the customers of the source are (its `watermark`, 0 in releases before 28 of the layout), and
    whether it is idle. Where that alone is to be told, there are no links.
    """

    source: Source
    links: list[Link]
    last: bool = True
    handovers: list[Handover] = []  # msgspec makes a fresh one for each


class Questions(msgspec.Struct, array_like=True, frozen=True, tag="q"):
    """What the alerts stage asks the customers of each source partition.

    `flush` is the number of its flush, `part` that of the message in it.
    """

    flush: int
    part: int
    questions: list[Question]


class Answers(msgspec.Struct, array_like=True, frozen=True, tag="a"):
    """What one source partition answers, as far as it changed; flush by flush."""

    partition: int
    flush: int
    answers: list[Answer]


class Details(msgspec.Struct, array_like=True, frozen=True, tag="d"):
    """Cumulative counts of full label tuples: the evidence behind a signal."""

    source: Source
    metric: str
    labels: tuple[str, ...]
    rows: list[DetailRow]


class Curve(msgspec.Struct, array_like=True, frozen=True):
    """The closed days of a series up to a reading: one element a day, from `start` (epoch s) on."""

    start: int
    observed: list[int]
    expected: list[float]
    upper: list[float]


class Signal(msgspec.Struct, array_like=True, frozen=True):
    """A reading with the distinct customers of its episode so far, its days and months.

    All its times are civil (`streams.core.event_time.zone`), as the detectors live in them.
    `usual` is the mean of what spans as long had in the four weeks before. Both are estimates.
    """

    reading: Reading
    customers: int
    usual: float = 0.0
    curve: Curve | None = None
    comparison: list[Comparison] = []  # msgspec makes a fresh one for each


class Signals(msgspec.Struct, array_like=True, frozen=True, tag="s"):
    """What one series partition saw in the closed steps up to `through` (exclusive end).

    In steps in between that are not listed nothing was found. `watched` has the end of a day and
    the number of series that are tested from then on, where that changed. Times are civil.
    """

    partition: int
    metric: str
    through: int
    signals: list[Signal]
    watched: list[tuple[int, int]] = []  # msgspec makes a fresh one for each
