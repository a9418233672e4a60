"""Peers: what a series without a history is compared with.

The parent of a series has one label fewer: of complaints about a product and an issue those about
the product, of a company's all of them. Its other parts are the peers. How large they are, and
how much they differ, is the prior of the new one's rate; its own days, weighed by how busy those
beside it were, narrow it: shrinkage from the parent's to its own. The first day of a company is
an alert if it would be absurd for a company of this kind, and the first Monday of a shop that
opened on a Sunday is not, as Mondays are busy for all.

It is done here and not in the detector, since the parent's series and the peers live in other
partitions. The evidence has all label combinations up to the end of a step, whatever the number of
partitions, so that what is published depends on event time alone.

Reference: empirical Bayes, a gamma prior by the moments of the population (Clayton & Kaldor 1987).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from streams.core.detect.deviance import clumped, clumped_upper, daily_surprise
from streams.core.detect.exceedances import Exceedance
from streams.core.detect.tuning import Tuning
from streams.core.event_time.buckets import DAY
from streams.core.evidence.query import BASE_DAYS
from streams.core.series_key import parse_series, series_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.detect.protocol import Reading
    from streams.core.evidence.evidence import Evidence

MIN_PEERS: Final = 3
"""Peers without which nothing is known of a series' kind."""
MIN_DAYS: Final = 7
"""Days that the peers, or else the series itself, must have been watched."""
WEEKDAY_VARIANCE: Final = 0.36
"""Variance of the logarithm of what a weekday does to one series and not to those beside it."""
DISPERSION: Final = 1.6
"""The variance over the mean of a day's count, as of a series of which nothing is known."""
MIN_VARIATION: Final = 0.25
MAX_VARIATION: Final = 100.0
"""Bounds of the squared coefficient of variation of the peers' rates."""
DAY_THRESHOLD: Final = Tuning().day_threshold


class Peers(NamedTuple):
    """What is known of a young series and of those beside it.

    `sizes` are the peers' events by value, in `days` days. `own` are the series' events before
    the rise; `lived` and `busy` are the peers' events meanwhile, and in the window of the rise,
    over what a day usually has: the days that the series has lived, weighed by how busy they were.
    """

    sizes: dict[str, int]
    days: int
    own: int
    lived: float
    busy: float


def is_young(reading: Reading, learn_days: int) -> bool:
    """Return whether a reading is a rise of a series that the daily model does not know yet."""
    if reading.detector != "daily" or reading.status not in {"raised", "new"}:
        return False
    return reading.status == "new" or reading.history < learn_days


def parent(labels: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str] | None:
    """Return the labels of the series with one label fewer; None of the one without any."""
    known = [name for name in names if name in labels]
    if not known or len(known) < len(labels):
        return None
    return {name: labels[name] for name in known[:-1]}


def judged(reading: Reading, evidence: Evidence) -> tuple[Reading, str | None]:
    """Judge a rise of a young series by its peers; returns the parent's series with it.

    Where the peers are not known, the series must have been watched for a week itself before it
    rose; else nothing is known, and the rise is no surprise.
    """
    metric, labels = parse_series(reading.series)
    above = parent(labels, evidence.label_names)
    peers = None if above is None else _peers(reading, labels, above, evidence)
    if above is None or peers is None:
        known = reading.since - _born(reading) >= MIN_DAYS * DAY
        surprise = reading.surprise if known else 0.0
        return msgspec.structs.replace(reading, surprise=surprise, status="raised"), None
    expected, spread = expect(peers)
    z = float(clumped(np.array(reading.observed), np.array(expected), np.array(spread)))
    upper = round(clumped_upper(expected, spread, DAY_THRESHOLD), 6)
    window = Exceedance(reading.start, reading.end, reading.observed, round(expected, 6), upper)
    compared = msgspec.structs.replace(
        reading,
        status="raised",
        expected=round(expected, 6),
        upper=upper,
        surprise=round(daily_surprise(z, expected), 6),
        windows=(window,),
    )
    return compared, series_key(metric, above)


def expect(peers: Peers) -> tuple[float, float]:
    """Return the expected count of a day, and its variance over its mean."""
    many = len(peers.sizes)
    mean = sum(peers.sizes.values()) / many / peers.days
    variance = sum((size / peers.days - mean) ** 2 for size in peers.sizes.values()) / many
    differ = min(MAX_VARIATION, max(MIN_VARIATION, variance / (mean * mean)) * (1.0 + 2.0 / many))
    shape = 1.0 / differ
    rate = (shape + peers.own) / (shape / mean + peers.lived)
    expected = rate * max(1.0, peers.busy)
    return expected, DISPERSION + expected * (1.0 / (shape + peers.own) + WEEKDAY_VARIANCE)


def _peers(
    reading: Reading, labels: Mapping[str, str], above: Mapping[str, str], evidence: Evidence
) -> Peers | None:
    """Look the peers of a series up; None where too few are known."""
    until = reading.since - reading.since % DAY
    days = evidence.counts.days_known(until - BASE_DAYS * DAY, until)
    name = next(iter(labels.keys() - above.keys()))
    position, own = evidence.label_names.index(name), labels[name]
    place = evidence.place(above)
    sizes = evidence.counts.base(until, place).by(position)
    sizes.pop(own, None)
    if days < MIN_DAYS or len(sizes) < MIN_PEERS:
        return None
    usual = sum(sizes.values()) / days
    born = max(_born(reading), until - BASE_DAYS * DAY)
    lived = evidence.counts.window(born, until, place).by(position) if born < until else {}
    now = evidence.counts.window(reading.start, reading.end, place).by(position)
    counted = lived.pop(own, 0)
    now.pop(own, None)
    busy = sum(now.values()) / usual
    return Peers(sizes, days, counted, sum(lived.values()) / usual, busy)


def _born(reading: Reading) -> int:
    return reading.end - DAY * (1 + round(reading.history))
