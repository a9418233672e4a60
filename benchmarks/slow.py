"""How soon the slow test tells a rise that builds over weeks, and how often it is wrong.

    python benchmarks/slow.py [--series 1000] [--cfpb]

Weeks are simulated: gamma-Poisson with variance `phi` times the mean, the logarithm of the level a
random walk with `wander` as its standard deviation a week. Rises begin in week 110 and stay. With
`--cfpb`: what is reported of the 200 largest companies of 2013 to 2016 in the published complaints.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import cfpb
import numpy as np

from streams.core.detect import RiseDetector, Tuning
from streams.core.detect.state_matrix import AGE, COUNTS, StateMatrix
from streams.core.detect.trend.episodes import close_week, surprise
from streams.core.detect.trend.weekly_test import note
from streams.core.series_key import series_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect import Reading

RATES = (1, 10, 100, 1000)
WORLDS = ((1.0, 0.0), (2.0, 0.01), (3.0, 0.0), (3.0, 0.02))
SIZES = (0.2, 0.35, 0.5, 1.0)
RAMPS = (0, 4)
START = 110
WAIT = 17
WARM = 40
QUIET_WEEKS = 40 + 3 * 52
MONDAY = 4
DAY = 86400
COMPANIES = 200


class Rise(NamedTuple):
    """A rise as it was first reported: in which week, since which week, how surprising."""

    slot: int
    week: int
    since: int
    surprise: float


def simulate(  # noqa: PLR0913, PLR0917
    source: np.random.Generator,
    series: int,
    weeks: int,
    rate: float,
    phi: float,
    wander: float,
    shape: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Give counts of a week: one row a week, one column a series."""
    level = np.exp(np.cumsum(source.normal(0.0, wander, (weeks, series)), axis=0))
    mean = 7.0 * rate * level * (1.0 if shape is None else shape[:, np.newaxis])
    if phi > 1.0:
        mean = source.gamma(mean / (phi - 1.0), phi - 1.0)
    return source.poisson(mean)


def rises(counts: NDArray[np.int64]) -> list[Rise]:
    """Run the slow test alone over weeks; give every rise when it is first reported."""
    weeks, series = counts.shape
    bank = StateMatrix()
    for number in range(series):
        bank.add(str(number), np.zeros(bank.cells.shape[0]))
    cells = bank.cells[:, :series]
    cells[AGE] = 7.0
    found: dict[tuple[str, int], Rise] = {}
    tuning = Tuning()
    for week in range(weeks):
        sunday = MONDAY + 7 * week + 6
        cells[COUNTS] = 0.0
        cells[COUNTS.start + sunday % 28] = counts[week]
        note(cells, sunday)
        for r in close_week(bank, sunday, tuning):
            since = (r.since // DAY - MONDAY) // 7
            if r.status == "raised" and (r.series, r.since) not in found:
                found[r.series, r.since] = Rise(int(r.series), week, since, r.surprise)
    return list(found.values())


def quiet(series: int) -> None:
    """Print the false alarms a series-year, and those of them that pass a bar."""
    print("quiet series: reported a series-year (of them with surprise above 4.5, 5, 6)")
    for rate in (0.1, *RATES):
        for phi, wander in WORLDS:
            source = np.random.default_rng(1)
            found = rises(simulate(source, series, QUIET_WEEKS, rate, phi, wander))
            late = [one.surprise for one in found if one.week >= WARM]
            years = series * (QUIET_WEEKS - WARM) / 52
            bars = " ".join(f"{sum(s > b for s in late) / years:.4f}" for b in (4.5, 5, 6))
            print(f"{rate:>6}/day phi {phi} wander {wander}: {len(late) / years:.4f} ({bars})")


def power(series: int) -> None:
    """Print the median delay, the share reported in 13 weeks, and the error of the start."""
    print("rises: weeks till reported (median), share in 13 weeks, error of the start in weeks")
    print("(median and quartiles); a rise is a step, or a ramp of 4 weeks")
    for rate in RATES:
        for phi, wander in WORLDS:
            for size in SIZES:
                cells = []
                for ramp in RAMPS:
                    age = np.arange(START + WAIT) - START
                    part = np.clip((age + (0.5 if ramp else 1.0)) / max(ramp, 1), 0.0, 1.0)
                    shape = 1.0 + size * part
                    source = np.random.default_rng(2)
                    counts = simulate(source, series, START + WAIT, rate, phi, wander, shape)
                    first: dict[int, Rise] = {}
                    for one in rises(counts):
                        if one.week >= START:
                            first.setdefault(one.slot, one)
                    delays = np.full(series, np.inf)
                    for one in first.values():
                        delays[one.slot] = one.week - START + 1
                    off = [one.since - START for one in first.values()] or [0]
                    low, mid, high = np.percentile(off, [25, 50, 75])
                    cells.append(
                        f"{np.median(delays):4.0f} {np.mean(delays <= 13):5.2f} "  # noqa: PLR2004
                        f"{mid:+3.0f} ({low:+.0f}..{high:+.0f})"
                    )
                print(f"{rate:>6}/day phi {phi} wander {wander} +{size:.0%}: {' | '.join(cells)}")


def companies() -> None:
    """Print what is reported of the largest companies, with every rise."""
    events = cfpb.load()
    first, last = (np.datetime64(day, "D").astype(int) for day in ("2013-01-01", "2017-01-01"))
    day = events.time // DAY
    within = (day >= first) & (day < last)
    sizes = np.bincount(events.codes["company"][within])
    names = [events.values["company"][i] for i in np.argsort(-sizes)[:COMPANIES]]
    largest = {series_key("complaints", {"company": name}): name for name in names}
    detector = RiseDetector()
    seen: dict[tuple[str, int], Reading] = {}
    ends: Counter[str] = Counter()
    for step in cfpb.steps(events, fast=False):
        for r in step.close(detector):
            if r.detector != "slow":
                continue
            if r.status != "raised":
                ends[r.status] += 1
            elif (r.series, r.since) not in seen:
                seen[r.series, r.since] = r
    shown = [r for r in seen.values() if r.series in largest and first <= r.end // DAY <= last]
    for r in shown:
        told_on, since = (
            np.datetime64(time, "s").astype("datetime64[D]") for time in (r.end, r.since)
        )
        print(
            f"{told_on} since {since} {largest[r.series]}: {r.observed:.0f} against "
            f"{r.expected:.0f} (s {r.surprise:.1f})"
        )
    strong = sum(r.surprise >= 5.0 for r in shown)  # noqa: PLR2004
    years = COMPANIES * 4
    print(
        f"{len(shown)} = {len(shown) / years:.3f} a company-year, {strong / years:.3f} from s 5 on"
    )
    print(len(seen), "in all series;", dict(ends))


def main() -> None:
    """Print everything asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--cfpb", action="store_true")
    args = parser.parse_args()
    print(f"z {Tuning().slow_threshold} is surprise {surprise(Tuning().slow_threshold):.2f}")
    if args.cfpb:
        companies()
    else:
        quiet(args.series)
        power(args.series)


if __name__ == "__main__":
    main()
