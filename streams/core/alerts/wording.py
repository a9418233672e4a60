"""The words of an alert: its split and its sentence."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.event_time.buckets import DAY, HOUR, MINUTE
from streams.core.event_time.formats import day, day_or_minute, minute, utc
from streams.core.series_key import UNKNOWN, parse_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.detect.protocol import Reading
    from streams.core.evidence.attribution import Anatomy
    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.sample import Real

Split = dict[str, list[dict[str, str | int | float]]]

MAX_SHARES: Final = 5
"""Values of a label whose shares are published with an alert."""
WEEK: Final = 7 * DAY
TIMES_FROM: Final = 3.0
"""From here on a rise is given in times, not in per cent."""
MIN_SHARE: Final = 0.3
"""A share of the excess that is worth a word."""
UNITS: Final = ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"))


def split(anatomy: Anatomy, names: Labels) -> Split:
    """Share an excess out by each label that the series leaves open: the largest parts first."""
    rise = anatomy.rise
    found: Split = {}
    for position, name in enumerate(names):
        if name in rise.labels:
            continue
        observed, usual = anatomy.observed.sums(position), anatomy.usual.sums(position)
        values = anatomy.observed.values(position)
        seen = np.flatnonzero(observed + usual).tolist()
        if {values[code] for code in seen[:2]} <= {UNKNOWN}:
            continue
        excess = observed - anatomy.ratio * usual
        found[name] = [
            {
                "value": values[code],
                "observed": round(observed[code]),
                "expected": round(anatomy.ratio * float(usual[code]), 2),
                "excess": round(float(excess[code]), 2),
                "share": round(float(excess[code]) / rise.excess, 3),
            }
            for code in _largest(excess, values)
        ]
    return found


def _largest(excess: Real, values: Sequence[str]) -> list[int]:
    """Return where an excess is largest; of equal ones in the order of their names."""
    above = np.flatnonzero(excess > 0.0)
    if above.size > MAX_SHARES:
        least = np.partition(excess[above], -MAX_SHARES)[-MAX_SHARES]
        above = above[excess[above] >= least]
    return sorted(above.tolist(), key=lambda code: (-excess[code], values[code]))[:MAX_SHARES]


def named(metric: str, labels: Mapping[str, str]) -> str:
    """Name a series for a person: `complaints with company "Navient"`."""
    words = metric.replace("_", " ")
    if not labels:
        return f"all {words}"
    return f"{words} with " + " and ".join(f'{name} "{value}"' for name, value in labels.items())


def sentence(r: Reading, customers: int, usual: float, parts: Split) -> str:
    """Describe a rise in plain words; `customers` are in it, where `usual` are in so long."""
    what = named(*parse_series(r.series))
    text = (
        f"{what[0].upper()}{what[1:]}: {r.observed:,.0f} {_span(r.start, r.end)}, "
        f"where {_number(r.expected)} were expected{_bound(r)}."
    )
    if r.since < r.start:
        text += f" It began on {day_or_minute(utc(r.since), ' at ')}."
    return text + _who(customers, usual) + _most(parts)


def slow_sentence(r: Reading, customers: int, usual: float, parts: Split) -> str:
    """Describe a rise of weeks in plain words, as `sentence` does one of days."""
    what = named(*parse_series(r.series))
    more = r.observed / max(r.expected, 0.1)
    size = f"{more - 1:.0%} above" if more < TIMES_FROM else f"{more:.1f} times"
    began = day_or_minute(utc(r.since), " at ")
    return (
        f"{what[0].upper()}{what[1:]} have been rising since about {began}: {size} the level "
        f"before, {r.observed - r.expected:,.0f} more than expected over "
        f"{(r.end - r.start) // WEEK} weeks "
        f"({r.observed:,.0f} against {_number(r.expected)})."
        + _who(customers, usual)
        + _most(parts)
    )


def without_history(days: float, beside: str) -> str:
    """Return the sentence for a series with hardly any history, and what it was compared with."""
    first = "It is new" if days < 1 else f"It has a history of {_days(round(days))}"
    others = named(*parse_series(beside))
    return f" {first}: judged by comparison with the others among {others}."


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _bound(r: Reading) -> str:
    """Say what would be normal; where that is not exceeded, of the longest window that was."""
    if r.observed > r.upper:
        return f" and up to {floor(r.upper):,} would be normal"
    for window in reversed(r.windows):
        if window.observed > window.upper:
            return (
                f"; {window.observed:,.0f} {_span(window.start, window.end)}, "
                f"where {_number(window.expected)} were and up to {floor(window.upper):,} "
                "would be normal"
            )
    return ""  # evidence that adds up, which no count alone shows


def _who(customers: int, usual: float) -> str:
    """Return the sentence for the customers in it."""
    if not customers:
        return ""
    return f" From {customers:,} customers" + (
        f", where {_number(usual)} are usual." if usual else "."
    )


def _most(parts: Split) -> str:
    """Name the values with the most of the excess."""
    first = [
        (float(shares[0]["share"]), name, shares[0]["value"])
        for name, shares in parts.items()
        if shares
    ]
    most = sorted((s for s in first if s[0] >= MIN_SHARE), key=lambda s: (-s[0], s[1]))
    if not most:
        return ""
    # More than all of it: something else fell meanwhile. That is no help to the reader.
    named = [f"{name} {value} ({min(share, 1):.0%})" for share, name, value in most]
    return f" Of the excess: {', '.join(named)}."


def _number(value: float) -> str:
    if 0.0 < value < 0.05:  # noqa: PLR2004 (0.0 would say that none are ever expected)
        return f"{value:.1g}" if value >= 0.001 else "hardly any"  # noqa: PLR2004
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004


def _span(start: int, end: int) -> str:
    length = end - start
    if length == DAY and start % DAY == 0:
        return f"on {day(utc(start))}"
    if length % DAY == 0 and start % DAY == 0:
        return f"in the {length // DAY} days to {day(utc(end - DAY))}"
    size, unit = next((size, unit) for size, unit in UNITS if length >= 2 * size)
    return f"in the {length / size:.3g} {unit} to {minute(utc(end))}"
