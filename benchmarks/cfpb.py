"""Published complaints as closed buckets and days of every series: input of the detectors.

Read from the parquet file named in ../shared/data/README.md, no pipeline in between.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from streams.core.series_key import series_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from streams.core.detect import Reading
    from streams.core.detect.protocol import Detector

FILE = Path(__file__).parents[2] / "shared/data/cfpb/cfpb_all_companies_2011_2017_events.parquet"
COLUMNS = {
    "product": "product",
    "issue": "issue",
    "company": "company",
    "region": "state",
    "channel": "submitted_via",
}
BREAKDOWNS = (
    (),
    ("segment",),
    ("product",),
    ("product", "issue"),
    ("company",),
    ("region",),
    ("channel",),
)
GOLDEN = 0.6180339887498949
DAY = 86400


class Events(NamedTuple):
    """Complaints in event-time order: time (epoch seconds) and label codes with their values."""

    time: NDArray[np.int64]
    codes: dict[str, NDArray[np.int64]]
    values: dict[str, list[str]]


class Step(NamedTuple):
    """A closed hour by its 5 minutes, or a closed day: start and the counts that are not zero."""

    grain: str
    buckets: list[tuple[int, dict[str, int]]]

    @property
    def start(self) -> int:
        """Epoch seconds."""
        return self.buckets[0][0]

    @property
    def end(self) -> int:
        """Epoch seconds."""
        return self.buckets[-1][0] + (300 if self.grain == "5m" else DAY)

    def close(self, detector: Detector) -> list[Reading]:
        """Let a detector step over it."""
        if self.grain == "5m":
            return detector.run(self.buckets)
        ((start, counts),) = self.buckets
        return detector.close("1d", start, counts)


def spread(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Spread the events of each day over it: the i-th at the fraction i x golden ratio of it.

    Any run of neighbours in the file (one company, one product) lands all over the day.
    """
    first = np.searchsorted(days, days, side="left")
    rank = np.arange(days.size) - first
    fraction = np.mod((rank + 0.5) * GOLDEN, 1.0)
    return days * DAY + (fraction * DAY).astype(np.int64)


def spread_in_order(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Spread the events of each day evenly over it in file order (sorted by product, company)."""
    first = np.searchsorted(days, days, side="left")
    size = np.searchsorted(days, days, side="right") - first
    rank = np.arange(days.size) - first
    return days * DAY + DAY * (2 * rank + 1) // (2 * size)


def load(
    file: Path = FILE,
    first: str | None = None,
    last: str | None = None,
    *,
    in_order: bool = False,
) -> Events:
    """Read the complaints of the days `first` to `last` (ISO dates, inclusive)."""
    table = pq.read_table(file, columns=["date_sent", *COLUMNS.values()])
    days = table["date_sent"].to_numpy().astype("datetime64[D]").astype(np.int64)
    keep = np.ones(days.size, dtype=np.bool_)
    if first:
        keep &= days >= np.datetime64(first, "D").astype(np.int64)
    if last:
        keep &= days <= np.datetime64(last, "D").astype(np.int64)
    days = days[keep]
    time = spread_in_order(days) if in_order else spread(days)
    order = np.argsort(time, kind="stable")
    codes, values = {}, {}
    for label, column in COLUMNS.items():
        array = table[column].combine_chunks()
        filled = array.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        codes[label] = filled[keep][order]
        values[label] = array.dictionary.to_pylist()
    codes["segment"] = np.zeros(days.size, dtype=np.int64)
    values["segment"] = ["unknown"]
    return Events(time[order], codes, values)


def _series(events: Events, breakdown: tuple[str, ...]) -> tuple[NDArray[np.int64], list[str]]:
    """Number the series of a breakdown; give each event's number and the keys."""
    joint = np.zeros(events.time.size, dtype=np.int64)
    for label in breakdown:
        joint = joint * len(events.values[label]) + events.codes[label]
    _, at, inverse = np.unique(joint, return_index=True, return_inverse=True)
    keys = [
        series_key(
            "complaints",
            {label: str(events.values[label][events.codes[label][i]]) for label in breakdown},
        )
        for i in at
    ]
    return inverse, keys


def _cells(events: Events, length: int) -> Iterator[tuple[int, dict[str, int]]]:
    """Count by bucket of `length` seconds and series; buckets ascending, empty ones too."""
    start = events.time // length
    numbers, keys = [], []
    for breakdown in BREAKDOWNS:
        own, names = _series(events, breakdown)
        numbers.append(own + len(keys))
        keys.extend(names)
    joint = np.concatenate([start * len(keys) + own for own in numbers])
    cells, counts = np.unique(joint, return_counts=True)
    buckets = cells // len(keys)
    first, last = int(buckets[0]), int(buckets[-1])
    edges = np.searchsorted(buckets, np.arange(first, last + 2))
    series, values = (cells % len(keys)).tolist(), counts.tolist()
    for bucket, (low, high) in enumerate(itertools.pairwise(edges.tolist()), start=first):
        names_of = [keys[number] for number in series[low:high]]
        yield bucket * length, dict(zip(names_of, values[low:high], strict=True))


def steps(events: Events, *, fast: bool = True) -> Iterator[Step]:
    """Give every closed bucket in event-time order: the hours of a day, then the day."""
    finest = itertools.groupby(_cells(events, 300), lambda cell: cell[0] // 3600) if fast else ()
    hours = ((hour, list(buckets)) for hour, buckets in finest)
    found = next(hours, None)
    for start, counts in _cells(events, DAY):
        while found is not None and found[0] * 3600 < start + DAY:
            yield Step("5m", found[1])
            found = next(hours, None)
        yield Step("1d", [(start, counts)])
