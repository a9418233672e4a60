"""What is said of sources that are open for a few hours a day, in zones whose clocks change.

    python benchmarks/closed_hours.py [--weeks 48] [--seed 1] [--rises 20] [--shape NAME]
        [--json OUT]

Nothing happens in the first part: a source has 25 series (all of it, 5 products, 4 regions, 8
companies, 7 small ones) of Poisson counts, evenly over its open hours, which are those of a clock
on the wall. Printed are the alerts that fire in so many weeks at a budget of 1 a week, those in the
month after a change of the clock among them. Then, in week 30, the series with all of it rises to
two or three times what is usual, a third into its open hours, so many times with other draws: the
hours until it is reported at the bar of the budget (mean and median; those of the same day).
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import budget
import numpy as np

from streams.core.detect import RiseDetector
from streams.core.event_time.buckets import BASE, DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

BEGIN = datetime(2023, 1, 2, tzinfo=UTC)
FIRST = int(BEGIN.timestamp()) // DAY
PARTS = (1.0, *[0.2] * 5, *[0.25] * 4, *[0.125] * 8, *[0.05] * 7)
"""Of the source, that a series has."""
SLICES, AN_HOUR = DAY // BASE, HOUR // BASE
WORKDAYS, ALL_WEEK = range(5), range(7)
RISE_DAY, LATEST = 30 * 7 + 1, 14
"""The day on which a rise begins, a Tuesday, and the days after which it is given up."""
BAR = 3.0
"""The surprise from which on the budget lets a series fire, with so few of them."""
AFTER = 30
HALF_A_DAY = 12


class Shape(NamedTuple):
    """A source: its open hours (from, to) by day of the week, in a zone; events a day."""

    name: str
    zone: str
    week: Sequence[tuple[float, float] | None]
    rate: float = 150.0


def daily(
    begin: float, end: float, days: Sequence[int] = ALL_WEEK
) -> list[tuple[float, float] | None]:
    """Give the same hours on some days of the week."""
    return [(begin, end) if day in days else None for day in range(7)]


SHAPES = (
    Shape("two hours, UTC", "UTC", daily(8, 10)),
    Shape("two hours, Berlin", "Europe/Berlin", daily(9, 11)),
    Shape("one hour, New York", "America/New_York", daily(12, 13)),
    Shape("half past, Adelaide", "Australia/Adelaide", daily(9, 11)),
    Shape("8:30 to 10:00, Kolkata", "Asia/Kolkata", daily(8.5, 10)),
    Shape("three hours, Santiago, 1,000", "America/Santiago", daily(9, 12), 1000.0),
    Shape("four hours, London, 20", "Europe/London", daily(9, 13), 20.0),
    Shape("workdays, Chicago", "America/Chicago", daily(9, 17, WORKDAYS)),
    Shape("and Saturday morning, Paris", "Europe/Paris", [*daily(9, 17)[:5], (9, 12), None]),
    Shape("over midnight, Los Angeles", "America/Los_Angeles", daily(15, 17)),
    Shape("so on workdays", "America/Los_Angeles", daily(14.5, 17.5, WORKDAYS)),
    Shape("all day, Berlin", "Europe/Berlin", daily(0, 24)),
)


def draw(shape: Shape, weeks: int, seed: int) -> Counts:
    """Draw the counts of a source: by day, series and 5 minutes, in UTC."""
    rng, zone = np.random.default_rng(seed), ZoneInfo(shape.zone)
    counts = np.zeros((weeks * 7 + 2, len(PARTS), SLICES), dtype=np.int64)
    flat = counts.swapaxes(0, 1).reshape(len(PARTS), -1)
    for number in range(weeks * 7):
        day = BEGIN.replace(tzinfo=None) + timedelta(days=number)
        hours = shape.week[day.weekday()]
        if hours is None:
            continue
        noon = (day + timedelta(hours=HALF_A_DAY)).replace(tzinfo=zone)
        offset = noon.utcoffset()
        midnight = number * DAY - (offset.total_seconds() if offset else 0.0) + DAY
        for series, part in enumerate(PARTS):
            at = rng.uniform(*hours, rng.poisson(shape.rate * part)) * HOUR + midnight
            np.add.at(flat[series], (at // BASE).astype(np.int64), 1)
    return flat.reshape(len(PARTS), -1, SLICES).swapaxes(0, 1)


def changes(shape: Shape, weeks: int) -> list[int]:
    """Give the days on which the clock changes."""
    zone, found = ZoneInfo(shape.zone), []
    for number in range(1, weeks * 7):
        ends = [
            (BEGIN + timedelta(days=number - back)).astimezone(zone).utcoffset() for back in (1, 0)
        ]
        if ends[0] != ends[1]:
            found.append(number)
    return found


def fed(day: int, counts: Counts) -> Iterator[tuple[int, list[dict[int, int]]]]:
    """Give the hours of a day that have events (start, 5 minutes), and the last one."""
    for hour in range(DAY // HOUR):
        part = counts[:, hour * AN_HOUR : (hour + 1) * AN_HOUR]
        if part.any() or hour == DAY // HOUR - 1:
            yield (
                (FIRST - 1 + day) * DAY + hour * HOUR,
                [{int(s): int(column[s]) for s in np.flatnonzero(column)} for column in part.T],
            )


def quiet(shape: Shape, weeks: int, seed: int) -> tuple[list[int], dict[str, bytes]]:
    """Give the days on which something fired, and what the detector knew before the rise."""
    counts, run = draw(shape, weeks, seed), budget.Run(len(PARTS), 1.0)
    fired: list[int] = []
    known: dict[str, bytes] = {}
    for day, own in enumerate(counts):
        if day <= RISE_DAY:
            known.update(run.detector.changed())
        for start, slices in fed(day, own):
            run.hour(start, slices)
        total = own.sum(axis=1)
        run.day((FIRST - 1 + day) * DAY, {int(n): int(total[n]) for n in np.flatnonzero(total)})
        for row, _ in run.night(FIRST - 1 + day):
            if row["state"] == "firing" and row["previous"] in {None, "pending"}:
                fired.append(day)
    return fired, known


def delay(shape: Shape, known: dict[str, bytes], rise: float, seed: int) -> float:
    """Give the hours until a rise of the whole source is reported."""
    name = budget.Run(1, 1.0).names[0]
    detector = RiseDetector()
    detector.restore([(name, known[name])])
    own = shape._replace(rate=shape.rate * rise)
    after = draw(own, RISE_DAY // 7 + LATEST // 7 + 2, seed)[:, 0]
    before = draw(shape, RISE_DAY // 7 + LATEST // 7 + 2, seed + 1)[:, 0]
    open_at = np.flatnonzero(after[RISE_DAY])
    begin = int(open_at[open_at.size // 3])
    for day in range(RISE_DAY, RISE_DAY + LATEST):
        counts = after[day].copy()
        if day == RISE_DAY:
            counts[:begin] = before[day][:begin]
        midnight = (FIRST - 1 + day) * DAY
        readings = []
        for start, slices in fed(day, counts[np.newaxis]):
            hour = [
                (start + place * BASE, {name: own[0]} if own else {})
                for place, own in enumerate(slices)
            ]
            readings += detector.run(hour)
        total = int(counts.sum())
        readings += detector.close("1d", midnight, {name: total} if total else {})
        for reading in readings:
            if reading.status == "raised" and reading.surprise >= BAR:
                return (reading.end - (FIRST - 1 + RISE_DAY) * DAY - begin * BASE) / HOUR
    return LATEST * 24.0


def main() -> None:
    """Print a line for each shape."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--weeks", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rises", type=int, default=20)
    parser.add_argument("--shape", action="append")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = []
    for shape in SHAPES:
        if args.shape and not any(part in shape.name for part in args.shape):
            continue
        fired, known = quiet(shape, args.weeks, args.seed)
        days = changes(shape, args.weeks)
        late = sum(any(0 <= day - 1 - change < AFTER for change in days) for day in fired)
        row = {"shape": shape.name, "alerts": len(fired), "after a change": late}
        line = f"{shape.name:30} {len(fired):3} alerts, {late:2} in the month after a change"
        for rise in (2.0, 3.0):
            hours = [delay(shape, known, rise, args.seed + 100 + 2 * n) for n in range(args.rises)]
            if hours:
                row[f"x{rise:g}"] = [
                    round(float(np.mean(hours)), 2),
                    round(float(np.median(hours)), 2),
                ]
                same = sum(h <= HALF_A_DAY for h in hours)
                line += (
                    f"; x{rise:g} {np.mean(hours):6.2f} h, median {np.median(hours):6.2f}, "
                    f"{same} of {len(hours)} within {HALF_A_DAY} h"
                )
        rows.append(row)
        print(line, flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
