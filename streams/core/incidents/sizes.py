"""How many events a part has, and how many the same hours of the weeks before brought.

A part of the data need not be a series that anybody tests: what is expected of it is what the same
hours of the same weekdays had, as far back as the evidence goes.
"""

from __future__ import annotations

from itertools import combinations
from math import log
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.evidence.combinations import Place
    from streams.core.evidence.evidence import Evidence

WEEK: Final = 7 * DAY
WEEKS: Final = 4
"""Weeks before a window that show what is usual in it."""
LONGEST: Final = 7 * DAY
"""Of a longer window the last days are looked at."""
FEW: Final = 12.0
"""A part with fewer events in such a window is judged by its share of all, over four weeks."""
LEAST: Final = 0.1
"""Events that are assumed to be expected at the least."""
MIN_DISPERSION: Final = 1.5
MAX_DISPERSION: Final = 8.0
"""Bounds of the variance over the mean of a count of such a window."""
NOISE: Final = 0.08
"""Weeks differ by such a part at the least, however many events there are."""
TRIMMED: Final = 2.0
"""The variance of such counts over that of those without the one furthest off."""


class Size(NamedTuple):
    """A part in a window: events, those expected, and the variance over the mean of its counts."""

    observed: float
    expected: float
    dispersion: float = MIN_DISPERSION

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.observed - self.expected

    @property
    def lift(self) -> float:
        """By how much it is more than expected; half an event more on each side."""
        return (self.observed + 0.5) / (self.expected + 0.5)

    @property
    def z(self) -> float:
        """The excess in standard deviations, as the expectation is of some weeks alone."""
        variance = self.dispersion * max(self.expected, 1.0) * (1.0 + 1.0 / WEEKS)
        return float(self.excess / variance**0.5)


class Span(NamedTuple):
    """A window and the same hours of the weeks before `since`, in epoch seconds."""

    start: int
    end: int
    before: tuple[tuple[int, int], ...]


def span_of(start: int, end: int, since: int) -> Span:
    """Return the last days of a window, and the weeks that show what is usual of it.

    Weeks that reach beyond `since`, when the rise began, are none of them.
    """
    start = max(start, end - LONGEST)
    first = 1 + max(0, end - WEEK - min(since, start) + WEEK - 1) // WEEK
    weeks = range(first, first + WEEKS)
    return Span(start, end, tuple((start - n * WEEK, end - n * WEEK) for n in weeks))


def joined(*places: Place) -> Place | None:
    """Return the place of what lies inside all of some series; None where nothing can."""
    values: dict[int, str] = {}
    for place in places:
        for position, value in place:
            if values.setdefault(position, value) != value:
                return None
    return tuple(sorted(values.items()))


def size(evidence: Evidence, span: Span, place: Place, without: Sequence[Place] = ()) -> Size:
    """Return the size of a part in a window, without what lies in a few others."""
    observed = _within(evidence, span.start, span.end, place, without)
    weeks = [
        _count(evidence, week, place, without) for week in span.before if _is_kept(evidence, week)
    ]
    if not weeks:
        return Size(observed, observed)
    expected = float(median(weeks))
    mean = sum(weeks) / len(weeks)
    if expected < FEW and place:
        return Size(observed, _by_share(evidence, span, place, without, mean))
    return Size(observed, expected, _dispersion(weeks, expected))


def is_known(evidence: Evidence, span: Span) -> bool:
    """Return whether anything shows what is usual in a window."""
    return any(_is_kept(evidence, week) for week in span.before)


def _is_kept(evidence: Evidence, week: tuple[int, int]) -> bool:
    return bool(evidence.counts.days_known(week[0] - week[0] % DAY, week[1]))


def _dispersion(weeks: Sequence[float], middle: float) -> float:
    """Return the variance over the mean of some counts; one far from the others is no measure."""
    near = sorted(weeks, key=lambda n: (abs(n - middle), n))[: max(2, len(weeks) - 1)]
    spread = sum((n - middle) ** 2 for n in near) / max(1, len(near) - 1)
    least = MIN_DISPERSION + NOISE**2 * middle
    return min(MAX_DISPERSION, max(least, TRIMMED * spread / max(middle, 1.0)))


def _by_share(
    evidence: Evidence, span: Span, place: Place, without: Sequence[Place], mean: float
) -> float:
    """Return what is expected of a small part: what it had of all in the four weeks before."""
    since = span.before[0][1] if span.before else span.start
    base = evidence.counts.base(since, ())
    own = _among(base.total, place, without)
    every = base.total()
    if not every:
        return mean
    return own / every * size(evidence, span, ()).expected


def _count(
    evidence: Evidence, span: tuple[int, int], place: Place, without: Sequence[Place]
) -> float:
    """Count a part in a span; of the hour in which it ends as much as has passed of it."""
    start, end = span
    last = end - end % HOUR
    if last <= start:
        return _within(evidence, start, end, place, without)
    count = _within(evidence, start, last, place, without)
    if end > last:
        rest = _within(evidence, last, last + HOUR, place, without)
        count += rest * (end - last) / HOUR
    return count


def _within(
    evidence: Evidence, start: int, end: int, place: Place, without: Sequence[Place]
) -> float:
    return _among(evidence.counts.window(start, end, ()).total, place, without)


def _among(total: Callable[[Place], int], place: Place, without: Sequence[Place]) -> float:
    """Count a part without what lies in others, each event once (inclusion and exclusion)."""
    count = 0
    for many in range(len(without) + 1):
        for chosen in combinations(without, many):
            count += (-1) ** many * _total(total, place, *chosen)
    return float(max(0, count))


def _total(total: Callable[[Place], int], *places: Place) -> int:
    place = joined(*places)
    return 0 if place is None else total(place)


def deviance(one: Size) -> float:
    """Return how far a part is from its expectation (Poisson)."""
    if one.excess <= 0.0:
        return 0.0
    expected = max(one.expected, LEAST)
    return one.observed * log(one.observed / expected) - one.observed + expected
