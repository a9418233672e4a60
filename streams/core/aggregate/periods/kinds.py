"""Every kind of state row of the periods: they stand in the changelog of the series stage."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from schemas.periods import PeriodGrain
from streams.core.aggregate.merged_watermark import SourceState
from streams.core.aggregate.periods.levels import STOCKS
from streams.core.aggregate.periods.unread import Unread
from streams.core.aggregate.periods.waiting import Waiting
from streams.core.changelog import Kind, Value, choice, json, literal, msgpack, number, text
from streams.core.customers.groups.cells import GRAIN_WORDS


class SourceOfMovements(msgspec.Struct, array_like=True):
    """The last message of a source partition, and whether it was the last part of its flush."""

    state: SourceState
    last: bool


class Progress(msgspec.Struct, array_like=True):
    """How far the rows are.

    Attributes:
        clock: the merged customer clock, epoch seconds.
        published: the clock as of which they were published last, epoch seconds.
        definitions: the stamp of those that customers are counted by.
        first_day: the first day that is kept, 0 if none was dropped; first_month: likewise.
        waiting: what is to be published.
        final: the time up to which periods were published as final; None in older states, where
            it was `published`.
        unread: links on their way.
    """

    clock: int
    published: int
    definitions: str
    first_day: int
    first_month: int
    waiting: Waiting
    final: int | None = None
    unread: list[Unread] = []  # msgspec makes a fresh one for each


_part: Value[Any] = msgpack(tuple[int, int, dict[str, int]])
_level: Value[Any] = msgpack(tuple[int, dict[str, int]])
_numbers: Value[Any] = msgpack(dict[str, tuple[int, dict[str, int]]])
_tier = json("tier", str | None)

MOVEMENT_CELL: Final = Kind(
    "movements of a day or month of a source partition",
    "q",
    (
        choice("grain", GRAIN_WORDS),
        number("slot"),
        text("segment"),
        _tier,
        text("movement"),
        json("dimension", str | None),
        json("label", str | None),
        number("partition"),
    ),
    _part,
    since=3,
)
BASE_LEVEL: Final = Kind(
    "stock before the months that are kept",
    "v",
    (choice("stock", STOCKS), text("segment"), _tier),
    _level,
    since=3,
)
PUBLISHED: Final = Kind(
    "what was published when a period became final",
    "y",
    (choice("grain", get_args(PeriodGrain)), number("number"), text("segment"), _tier),
    _numbers,
    since=3,
)
MOVEMENT_SOURCE: Final[Kind[SourceOfMovements]] = Kind(
    "last message on movements of a source partition",
    "k",
    (number("partition"),),
    msgpack(SourceOfMovements),
    since=3,
)
PERIODS_PROGRESS: Final[Kind[Progress]] = Kind(
    "progress of the periods", "w", (literal("periods"),), msgpack(Progress), since=3
)

KINDS: Final = (MOVEMENT_CELL, BASE_LEVEL, PUBLISHED, MOVEMENT_SOURCE, PERIODS_PROGRESS)
"""To be part of the layout of the stage that has the periods."""
