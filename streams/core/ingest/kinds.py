"""Every kind of state row of the ingest stage (`fold` on the wire)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streams.core.catalogue import TOPIC_OF, TOPICS
from streams.core.changelog import (
    NOTHING,
    Kind,
    Layout,
    Value,
    choice,
    json,
    literal,
    msgpack,
    number,
    series,
)
from streams.core.customers.kinds import KINDS
from streams.core.detail_messages import PackedRows
from streams.core.event_time.watermark import NEVER
from streams.core.partials import PackedCells, check


class Progress(msgspec.Struct, array_like=True):
    """How far a topic is, and what came of its events.

    Readers of older releases pass over `mended`, which stands last.
    """

    watermark: int
    ahead: list[int]
    outcomes: dict[str, int]
    reasons: dict[str, int]
    late_days: dict[int, int]
    mended: dict[str, int] = {}  # msgspec makes a fresh one for each


class StoredDetail(msgspec.Struct, array_like=True):
    """Count, samples and fingerprints of a label tuple; before version 3 there were no prints.

    `samples` are masked, and from older releases; those pass over `texts`, which are not.
    """

    count: int
    samples: list[tuple[int, str]]
    prints: bytes = b""
    texts: list[tuple[int, str]] = []  # msgspec makes a fresh one for each


class Heard(msgspec.Struct, array_like=True, frozen=True):
    """Flush and part of the last message of another source partition, and what it told.

    `clock` is how far its customers are (epoch seconds), `idle` that it has nothing more to read;
    of releases before version 28 nothing is known of it.
    """

    flush: int
    part: int
    clock: int = NEVER
    idle: bool = False


_topic = choice("topic", TOPICS)
_cell: Value[Any] = msgpack(tuple[int, dict[str, int] | None, bytes | None])
_packed: Value[PackedCells] = msgpack(PackedCells)
_ids: Value[list[str]] = msgpack(list[str])


def _decode_cells(data: bytes) -> PackedCells:
    cells = _packed.decode(data)
    check(cells)
    return cells


PROGRESS: Final[Kind[Progress]] = Kind("progress of a topic", "m", (_topic,), msgpack(Progress))
CELL: Final = Kind("open cell", "c", (_topic, number("bucket"), series("series")), _cell, until=21)
CELLS: Final[Kind[PackedCells]] = Kind(
    "open cells of a bucket, as a flush wrote them",
    "c",
    (_topic, number("bucket"), number("flush"), number("part")),
    Value(_packed.encode, _decode_cells),
    since=22,
)
"""Of a series that several rows of a bucket have, the latest counts."""
DETAIL: Final[Kind[StoredDetail]] = Kind(
    "evidence of an open bucket",
    "d",
    (_topic, number("bucket"), json("labels", tuple[str, tuple[str | None, ...]])),
    msgpack(StoredDetail),
    until=17,
)
DETAILS: Final[Kind[PackedRows]] = Kind(
    "evidence of an open bucket, as a flush wrote it",
    "d",
    (_topic, number("bucket"), choice("metric", TOPIC_OF), number("flush"), number("part")),
    msgpack(PackedRows),
    since=18,
)
CUSTOMER_FLOW: Final[Kind[int]] = Kind(
    "customers who came or left",
    "h",
    (_topic, number("day"), json("segment", str)),
    msgpack(int),
    since=3,
)
EVENT_IDS: Final = Kind(
    "event ids of ten minutes", "e", (_topic, number("start"), number("flush")), _ids, since=3
)
HOURLY_IDS: Final = Kind(
    "event ids of an hour", "i", (_topic, number("start"), number("flush")), _ids, until=2
)
ADMITTED: Final = Kind("series admitted", "n", (series("series"),), NOTHING)

DEFINITIONS: Final[Kind[str]] = Kind(
    "stamp of the definitions that customers are counted by",
    "s",
    (literal("definitions"),),
    msgpack(str),
    since=4,
)

AGAIN: Final[Kind[Progress]] = Kind(
    "progress of a topic that is read again", "r", (_topic,), msgpack(Progress), since=4
)
AGAIN_IDS: Final = Kind(
    "event ids of ten minutes that are read again",
    "r",
    (_topic, number("start"), number("flush")),
    _ids,
    since=4,
)

MARKS: Final = ("movements", "exposure")
"""What states of older versions have not sent of the customers that they keep: any movement; the
time at risk, and cancellations."""

MOVEMENTS_SENT: Final = Kind(
    "all of a kind was sent", "z", (choice("what", MARKS),), NOTHING, since=5
)

EXCHANGED: Final[Kind[Heard]] = Kind(
    "last message of a source partition",
    "x",
    (number("partition"),),
    msgpack(Heard),
    since=8,
)

ASKED: Final = Kind(
    "last message of the alerts stage",
    "y",
    (literal("questions"),),
    msgpack(tuple[int, int]),
    since=10,
)
"""Its flush and part."""

OF_CUSTOMERS: Final = frozenset(
    {DEFINITIONS, AGAIN, AGAIN_IDS, MOVEMENTS_SENT, EXCHANGED, ASKED, *KINDS}
)
"""What is written only where customers are kept."""

LAYOUT: Final = Layout(
    "fold",
    29,
    PROGRESS,
    CELL,
    CELLS,
    DETAIL,
    DETAILS,
    CUSTOMER_FLOW,
    EVENT_IDS,
    HOURLY_IDS,
    ADMITTED,
    DEFINITIONS,
    AGAIN,
    AGAIN_IDS,
    MOVEMENTS_SENT,
    EXCHANGED,
    ASKED,
    *KINDS,
)

WITHOUT_CUSTOMERS: Final = 25
"""The version of the layout that has all kinds that are written where no customers are kept.

Before texts of details were columns it was 22, before a row had the cells of a bucket 18.
"""

IN_UTC: Final = 28
"""The same where they are kept and days are those of UTC; in 7, 9, 11, 13, 15, 17, 19, 21, 24,
27 and 29 they may be of another zone.

From 8 on a life says whom the customer referred, and who referred it; from 12 on, into whom it was
merged, and who was merged into it; from 14 on, which of its payments, referrals and complaints were
counted; from 16 on, what is added to a life is a row of its own; from 20 on, complaints that a
flush adds to lives of which nothing else is known are one row; from 28 on, with what they say, and
how far each partition has told that its customers are.
"""
