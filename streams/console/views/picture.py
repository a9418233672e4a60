"""The picture of a series: bars by day, and the days it is held against as a line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.console.index.reader import Bucket
    from streams.readmodel.periods import Days

SIDE: Final = 1000.0
_BAR: Final = 0.76
_DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Picture(NamedTuple):
    """Paths in a box of 1,000 by 1,000, by status; `data` is the same as JSON, for uPlot."""

    final: str
    provisional: str
    amended: str
    before: str
    top: int
    about: str
    data: str


def picture(
    days: Days, rows: Mapping[int, Bucket], values: Mapping[int, int], before: Days
) -> Picture:
    """Draw the days of a series, and those before over them, the first over the first."""
    now = [values.get(day, 0) for day in range(*days)]
    then = [values.get(day) for day in range(*before)][: len(now)]
    if not any(then):
        then = []
    top = max([*now, *(value or 0 for value in then), 1])
    bars: dict[str, list[str]] = {"final": [], "provisional": [], "amended": []}
    width = SIDE / len(now)
    statuses = [row.status if (row := rows.get(day)) else "final" for day in range(*days)]
    for place, (value, status) in enumerate(zip(now, statuses, strict=True)):
        if value <= 0:
            continue
        left, high = width * (place + (1 - _BAR) / 2), SIDE - SIDE * value / top
        bars[status].append(f"M{left:.1f} {SIDE:.0f}V{high:.1f}h{width * _BAR:.1f}V{SIDE:.0f}z")
    line = " ".join(
        f"{'L' if place else 'M'}{width * (place + 0.5):.1f} {SIDE - SIDE * (value or 0) / top:.1f}"
        for place, value in enumerate(then)
    )
    data = {
        "x": [(day - _EPOCH) * _DAY_S for day in range(*days)],
        **_lines(now, statuses),
        "before": [*then, *([None] * (len(now) - len(then)))],
    }
    return Picture(
        "".join(bars["final"]),
        "".join(bars["provisional"]),
        "".join(bars["amended"]),
        line,
        top,
        f"{len(now)} days, {sum(now):,} in all, at most {max(now):,} a day",
        msgspec.json.encode(data).decode(),
    )


def _lines(now: Sequence[int], statuses: Sequence[str]) -> dict[str, list[int | None]]:
    """Part the counts of days by what they are, None elsewhere.

    The line of provisional days begins where that of the others ends; amended ones are in both.
    """
    told = [None if status == "provisional" else n for n, status in zip(now, statuses, strict=True)]
    following = [*statuses[1:], ""]
    return {
        "now": told,
        "provisional": [
            n if "provisional" in around else None
            for n, around in zip(now, zip(statuses, following, strict=True), strict=True)
        ],
        "amended": [
            n if status == "amended" else None for n, status in zip(now, statuses, strict=True)
        ],
    }
