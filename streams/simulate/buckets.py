"""Rows of metrics.buckets, as a replay or a reader of the topic writes them, as a table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.grammar import NO_ROW
from streams.simulate.truth.buckets import Breakdown, group_of
from streams.simulate.truth.numbers import COUNT, Row
from streams.simulate.verify import TableError, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.simulate.verify import Compared


class BucketLine(msgspec.Struct):
    """A row of metrics.buckets, as far as it is held against the truth."""

    metric: str
    labels: dict[str, str]
    grain: str
    start: str
    count: int
    values: dict[str, int]
    watermark: str
    late: int | None = None


UNIT_OF: Final = {
    "new_customers": "new",
    "reactivated_customers": "reactivated",
    "discovered_customers": "discovered",
    "lost_customers": "lost",
    "merged_in_customers": "merged_in",
    "merged_out_customers": "merged_out",
    "active_customers": "closing",
    "expansion": "expansion",
    "contraction": "contraction",
}
"""What the truth calls the movements of customers."""

MIDNIGHT: Final = "T00:00:00Z"

_VALUED: Final = frozenset({"expansion", "contraction"})
"""Of these the truth has the money alone."""


class Reported(msgspec.Struct):
    """What daily buckets say: the numbers, by what they are broken down, and the late ones.

    `movements` are those of customers, in the form of the periods of the truth, told up to `clock`
    (epoch seconds).
    """

    rows: list[Row]
    breakdowns: set[Breakdown]
    late: int
    movements: list[Row]
    clock: int = 0


def read_buckets(lines: Iterable[bytes]) -> Reported:
    """Read daily buckets; of two rows of one bucket the later one holds.

    Raises:
        TableError: a line is no row of metrics.buckets.
    """
    decode = msgspec.json.Decoder(BucketLine).decode
    days: dict[tuple[str, str, str], BucketLine] = {}
    try:
        for line in lines:
            row = decode(line)
            if row.grain == "1d":
                days[row.metric, row.start[:10], group_of(row.labels)] = row
    except NO_ROW as error:
        raise TableError(f"a line is no row of metrics.buckets: {error}") from error
    return reported_by(days)


def reported_by(days: Mapping[tuple[str, str, str], BucketLine]) -> Reported:
    """Give what daily buckets say, by metric, day and group.

    Raises:
        TableError: days are not those of UTC, which the truth has.
    """
    reported = Reported([], set(), 0, [])
    for (metric, period, group), row in days.items():
        if not row.start.endswith(MIDNIGHT):
            raise TableError(
                f"a day starts at {row.start}: the truth has days of UTC, so count them with"
                " calendar.timezone = UTC"
            )
        if metric in UNIT_OF:
            reported.movements += _movements(period, row)
            told = int(datetime.fromisoformat(row.watermark).timestamp())
            reported.clock = max(reported.clock, told)
            continue
        reported.breakdowns.add(Breakdown(metric, tuple(sorted(row.labels))))
        reported.late += row.late or 0
        for currency, value in {COUNT: row.count, **row.values}.items():
            if value:
                reported.rows.append(Row("day", period, group, metric, currency, value))
    return reported


def _movements(period: str, row: BucketLine) -> Iterator[Row]:
    unit, group = UNIT_OF[row.metric], "total"
    count = 0 if row.metric in _VALUED else row.count
    for label, value in row.labels.items():
        if label == "segment":
            group = f"segment={value}"
        elif label == "initiative":
            return  # the truth does not have it
        else:
            unit = f"{unit}[{label}={value}]"
    for currency, amount in {COUNT: count, **row.values}.items():
        if amount:
            yield Row("day", period, group, unit, currency, amount)


def compare_movements(true: Iterable[Row], reported: Iterable[Row]) -> Compared:
    """Hold the movements of daily buckets against the days of the true periods."""
    units = set(UNIT_OF.values())

    def is_told(row: Row) -> bool:
        unit, labelled, _ = row.unit.partition("[")
        return row.grain == "day" and unit in units and (not labelled or row.group == "total")

    return compare((row for row in true if is_told(row)), reported, is_told)
