"""Rows of metrics.periods, as a replay or a reader of the topic writes them, as a table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.grammar import NO_ROW
from streams.simulate.truth.calendar import Grain
from streams.simulate.truth.numbers import COUNT, TOTAL, Row
from streams.simulate.verify import TableError, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.simulate.verify import Compared


VALUED: Final = frozenset({"expansion", "contraction"})
"""Units of which the truth has the money alone, and the rows how many there were."""

BY_MONTH: Final = frozenset(
    {
        "revenue",
        "cost_to_serve",
        "margin",
        "complaints",
        "referrals",
        "referrals_converted",
    }
)
"""Units that rows of days and weeks do not have."""

UNTRUE: Final = frozenset({"initiative"})
"""Dimensions that the truth does not have."""


class Number(msgspec.Struct):
    """A number of a row, as on the topic."""

    count: int
    values: dict[str, int]


class Part(Number):
    """A part of a number."""

    label: str


class PeriodLine(msgspec.Struct):
    """A row of metrics.periods, as far as it is held against the truth."""

    grain: Grain
    period: str
    segment: str | None
    tier: str | None
    status: str
    numbers: dict[str, Number]
    parts: dict[str, dict[str, list[Part]]]
    published: dict[str, Number] | None
    clock: str
    definitions: str

    @property
    def group(self) -> str:
        """What the truth calls the group."""
        if self.segment is None:
            return TOTAL
        return f"segment={self.segment}" + ("" if self.tier is None else f",tier={self.tier}")


def read_periods(lines: Iterable[bytes]) -> list[PeriodLine]:
    """Read rows of metrics.periods; of two of one period and group the later one holds.

    Raises:
        TableError: a line is none.
    """
    decode = msgspec.json.Decoder(PeriodLine).decode
    rows: dict[tuple[str, ...], PeriodLine] = {}
    try:
        for line in lines:
            row = decode(line)
            rows[row.grain, row.period, row.group] = row
    except NO_ROW as error:
        raise TableError(f"a line is no row of metrics.periods: {error}") from error
    return list(rows.values())


def clock_of(lines: Iterable[PeriodLine]) -> int:
    """Give the time up to which some rows are told, in epoch seconds."""
    clocks = [datetime.fromisoformat(line.clock) for line in lines]
    return max((int(clock.timestamp()) for clock in clocks), default=0)


def table_of(lines: Iterable[PeriodLine]) -> Iterator[Row]:
    """Yield every number of some rows that is not 0, in the form of the truth."""
    for line in lines:
        for unit, number in line.numbers.items():
            yield from _numbers(line, unit, unit, number)
        for unit, dimensions in line.parts.items():
            for dimension, parts in dimensions.items():
                if dimension not in UNTRUE:
                    for part in parts:
                        yield from _numbers(line, unit, f"{unit}[{dimension}={part.label}]", part)


def _numbers(line: PeriodLine, unit: str, name: str, number: Number) -> Iterator[Row]:
    count = 0 if unit in VALUED else number.count
    for currency, value in {COUNT: count, **number.values}.items():
        if value:
            yield Row(line.grain, line.period, line.group, name, currency, value)


def compare_periods(true: Iterable[Row], lines: Iterable[PeriodLine]) -> Compared:
    """Hold rows of metrics.periods against what is true, down to every number that they have."""

    def is_told(row: Row) -> bool:
        unit = row.unit.partition("[")[0]
        return not (unit in BY_MONTH and row.grain in {"day", "week"})

    return compare(true, table_of(lines), is_told)
