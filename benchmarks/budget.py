"""How many alerts quiet series give, against the budget for false ones.

    python benchmarks/budget.py [--series 5000] [--years 3] [--budget 2] [--seed 1] [--daily]

Nothing happens in the series simulated here. Base rates lie between 0.01 and 1,000 events a day,
evenly on the log scale; the variance of a day's count is 1 to 3 times its mean (negative binomial);
each series has weekdays, a season and a profile of the day of its own. They go through the
detectors and the incidents stage of the product, from a cold start.

Prints the alerts a week that fire (somebody is paged): in all, by detector, by base rate, by half
year; and the messages a week that people would get of their incidents. --daily leaves the buckets
within the day out, which is a hundred times faster.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections import Counter
from itertools import count, islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from schemas.topics import HISTORY, INCIDENTS
from streams.core.alerts.stage import AlertsStage
from streams.core.config import Detect
from streams.core.detect import RiseDetector
from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.messages import SIGNALS, Signal, Signals
from streams.core.series_key import series_key
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from streams.core.detect import Reading

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

FIRST_DAY = 16_000  # days since the epoch
RATES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
WEEK, HALF_YEAR, YEAR = 7, 182, 365
SLICES, AN_HOUR = DAY // BASE, HOUR // BASE

_encode = msgspec.msgpack.Encoder().encode


class Quiet(NamedTuple):
    """Quiet series: one element, or one column, a series."""

    rate: Floats
    dispersion: Floats  # variance over the mean of a day's count
    season: Floats  # amplitude, on the log scale
    phase: Floats
    weekdays: Floats  # a row a weekday, mean 1
    profile: Floats  # [series, slice of the day], cumulative, from the series' number on


class Fired(NamedTuple):
    """A false alert: day of the simulation, number of the series, who saw it."""

    day: int
    series: int
    detector: str


def world(series: int, rng: np.random.Generator) -> Quiet:
    """Make series of mixed rates."""
    weekdays = np.exp(rng.normal(0, 0.15, (WEEK, series)))
    weekdays[5:] *= rng.choice([1.0, 0.6, 0.3], series)
    hours = np.arange(SLICES) * (BASE / HOUR)
    peak, width = rng.uniform(10, 16, (series, 1)), rng.uniform(2, 5, (series, 1))
    profile = np.cumsum(0.25 + np.exp(-((hours - peak) ** 2) / (2 * width**2)), axis=1)
    return Quiet(
        10.0 ** rng.uniform(np.log10(RATES[0]), np.log10(RATES[-1]), series),
        1.0 + 2.0 * rng.beta(1, 2, series),
        rng.choice([0.0, 0.1, 0.25], series),
        rng.uniform(0, 2 * np.pi, series),
        weekdays / weekdays.mean(axis=0),
        profile / profile[:, -1:] + np.arange(series)[:, np.newaxis],
    )


def draw(quiet: Quiet, day: int, rng: np.random.Generator) -> Counts:
    """Draw the counts of a day: a gamma mixture of Poisson ones, so negative binomial."""
    wave = quiet.season * np.cos(2 * np.pi * day / YEAR + quiet.phase)
    mean = quiet.rate * quiet.weekdays[day % WEEK] * np.exp(wave)
    beyond = np.maximum(quiet.dispersion - 1.0, 1e-6)
    return rng.poisson(rng.gamma(mean / beyond) * beyond)


def within(quiet: Quiet, counts: Counts, rng: np.random.Generator) -> Iterator[dict[int, int]]:
    """Spread the counts of a day over its slices; gives each slice's counts by series."""
    whose = np.repeat(np.arange(counts.size), counts)
    place = np.searchsorted(quiet.profile.ravel(), whose + rng.random(whose.size), side="right")
    place = np.minimum(place, whose * SLICES + SLICES - 1) - whose * SLICES
    cells, numbers = np.unique(place * counts.size + whose, return_counts=True)
    edges = np.searchsorted(cells, np.arange(SLICES + 1) * counts.size)
    for low, high in pairwise(edges.tolist()):
        own = (cells[low:high] % counts.size).tolist()
        yield dict(zip(own, numbers[low:high].tolist(), strict=True))


class Run:
    """The detectors and the incidents stage over some series."""

    def __init__(self, series: int, budget: float) -> None:
        self.names = [series_key("complaints", {"company": str(n)}) for n in range(series)]
        self.detector = RiseDetector()
        settings = Settings(detect=Detect(budget=budget))
        self.incidents = AlertsStage(1, 1, settings, durable=False)
        self.messages: Counter[str] = Counter()
        self._readings: list[Reading] = []

    def hour(self, start: int, slices: Iterable[dict[int, int]]) -> None:
        """Step over the 5 minutes of an hour."""
        buckets = [(at, self._named(n)) for at, n in zip(count(start, BASE), slices, strict=False)]
        self._readings += self.detector.run(buckets)

    def day(self, start: int, counts: dict[int, int]) -> None:
        """Step over a day."""
        self._readings += self.detector.close("1d", start, self._named(counts))

    def _named(self, counts: dict[int, int]) -> dict[str, int]:
        return {self.names[series]: count for series, count in counts.items()}

    def night(self, day: int) -> Iterator[tuple[dict[str, Any], str]]:
        """Hand on what was read on a day; gives the transitions, and the detector of each."""
        end = (day + 1) * DAY
        who = {(r.series, r.end): r.detector for r in self._readings}
        signals = [Signal(reading, round(reading.observed)) for reading in self._readings]
        self._readings = []
        message = Signals(0, "complaints", end, signals, [(end, self.detector.watched())])
        self.incidents.process(SIGNALS, [Record(0, None, _encode(message))], 0.0)
        self.incidents.tick(0.0, [SIGNALS])
        for send in self.incidents.flush(day, 0.0).sends:
            if send.topic == HISTORY:
                row = json.loads(send.value or b"")
                yield row, who.get((series_key(row["metric"], row["labels"]), _seconds(row)), "")
            elif send.topic == INCIDENTS:
                row = json.loads(send.value or b"")
                if row["message"]:
                    self.messages[row["reason"]] += 1


def _seconds(row: dict[str, Any]) -> int:
    return int(np.datetime64(row["window_end"][:-1], "s").astype(np.int64))


def simulate(series: int, days: int, budget: float, seed: int, *, daily: bool) -> list[Fired]:
    """Run quiet series through the product, and give what fired."""
    rng = np.random.default_rng(seed)
    quiet, run = world(series, rng), Run(series, budget)
    fired: list[Fired] = []
    for number in range(days):
        day = FIRST_DAY + number
        counts = draw(quiet, day, rng)
        slices = iter(() if daily else within(quiet, counts, rng))
        for hour in range(0 if daily else DAY // HOUR):
            run.hour(day * DAY + hour * HOUR, islice(slices, AN_HOUR))
        run.day(day * DAY, {int(n): int(counts[n]) for n in np.flatnonzero(counts)})
        for row, detector in run.night(day):
            if row["state"] == "firing" and row["previous"] in {None, "pending"}:
                fired.append(Fired(number, int(row["labels"]["company"]), detector))
        if sys.stderr.isatty():
            print(f"\rday {number + 1} of {days}, {len(fired)} fired", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"{run.detector.watched()} series under test at the end")
    tell(fired, quiet.rate, days)
    told = ", ".join(f"{n * WEEK / days:.2f} {why}" for why, n in run.messages.most_common())
    print(f"{run.messages.total() * WEEK / days:.2f} messages a week: {told}")
    return fired


def tell(fired: list[Fired], rate: Floats, days: int) -> None:
    """Print the alerts a week, in all and in parts."""
    weeks = days / WEEK
    print(f"{len(fired) / weeks:.2f} alerts a week fired")
    for detector, number in sorted(Counter(one.detector for one in fired).items()):
        print(f"  {detector:28} {number / weeks:5.2f}")
    rates = rate[[one.series for one in fired]]
    for low, high in pairwise(RATES):
        number = int(((rates >= low) & (rates < high)).sum())
        print(f"  {f'{low:g} to {high:g} events a day':28} {number / weeks:5.2f}")
    for first in range(0, days, HALF_YEAR):
        last = min(first + HALF_YEAR, days)
        number = sum(first <= one.day < last for one in fired)
        print(f"  {f'days {first} to {last}':28} {number / (last - first) * WEEK:5.2f}")


def main() -> None:
    """Print what the quiet series give."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--series", type=int, default=5000)
    parser.add_argument("--years", type=float, default=3.0)
    parser.add_argument("--budget", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--daily", action="store_true")
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}; seed {args.seed}")
    print(f"{args.series} quiet series, {args.years:g} years, budget {args.budget:g} a week")
    simulate(args.series, round(args.years * YEAR), args.budget, args.seed, daily=args.daily)


if __name__ == "__main__":
    main()
