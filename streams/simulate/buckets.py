"""Rows of metrics.buckets, as a replay or a reader of the topic writes them, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.simulate.truth.buckets import Breakdown, group_of
from streams.simulate.truth.numbers import COUNT, Row
from streams.simulate.verify import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class _Bucket(msgspec.Struct):
    metric: str
    labels: dict[str, str]
    grain: str
    start: str
    count: int
    values: dict[str, int]
    late: int | None = None


class Reported(msgspec.Struct):
    """What daily buckets say: the numbers, by what they are broken down, and the late ones."""

    rows: list[Row]
    breakdowns: set[Breakdown]
    late: int


def read_buckets(files: Iterable[Path]) -> Reported:
    """Read the daily buckets of some files; of two rows of one bucket the later one holds.

    Raises:
        TableError: a line is no row of metrics.buckets.
    """
    decode = msgspec.json.Decoder(_Bucket).decode
    days: dict[tuple[str, str, str], _Bucket] = {}
    for file in files:
        try:
            with file.open("rb") as lines:
                for line in lines:
                    row = decode(line)
                    if row.grain == "1d":
                        days[row.metric, row.start[:10], group_of(row.labels)] = row
        except msgspec.MsgspecError as error:
            raise TableError(
                f"{file} has a line that is no row of metrics.buckets: {error}"
            ) from error
        except OSError as error:
            raise TableError(f"{file} cannot be read: {error.strerror}") from error
    reported = Reported([], set(), 0)
    for (metric, period, group), row in days.items():
        reported.breakdowns.add(Breakdown(metric, tuple(sorted(row.labels))))
        reported.late += row.late or 0
        for currency, value in {COUNT: row.count, **row.values}.items():
            if value:
                reported.rows.append(Row("day", period, group, metric, currency, value))
    return reported
