"""The alert budget: how surprising a rise must be, given how many series are looked at.

Every detector gives how rare a level is on one scale, -log10 of the false alerts a day that one
quiet series gives at it. So the false alerts of all of them together are known beforehand, and the
bar follows from what a team will bear: what is held is the per-family error rate (Tukey 1953),
which is what a budget in alerts a week means.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from streams.core.detect.deviance import LEAST

if TYPE_CHECKING:
    from streams.core.detect.protocol import Reading

TESTS_A_SERIES: Final = 2.4
"""Detectors that look at every series: inside the day, and day by day. The third, over weeks, can
detect little in the small ones, and counts for less than half."""
MIN_SURPRISE: Final = 3.0
"""However few the series: once in three years and a series is worth a look, less is not."""
HINT_MARGIN: Final = 1.0
"""So far below the bar a rise is a hint: ten times as many, and nobody is paged for them."""
EARLY_MARGIN: Final = 0.3
"""Within the day a rise must be so much more surprising: half as many. Real days are rougher
than simulated ones, and what is real is found by the daily test at their end."""
EXPLAINED_MARGIN: Final = 1.5
"""So much more, where another alert explains it: until then this one adds nothing to that."""
EARLY_EVENTS: Final = 10.0
"""Events above the expectation, within the day, before which nobody knows who and what they are."""
FEW_EVENTS_MARGIN: Final = 2.0
"""With fewer a rise must be so much more surprising for somebody to be paged."""
WEEK_DAYS: Final = 7.0


def proved(reading: Reading, bar: float, real: float, *, explained: bool) -> bool:
    """Return whether a reading is beyond doubt.

    `real` is the part of its excess that is no artefact. `explained`: by another alert.
    """
    more = EXPLAINED_MARGIN if explained else 0.0
    if reading.detector == "fast":
        few = real * (reading.observed - reading.expected) < EARLY_EVENTS
        more = max(more, EARLY_MARGIN, FEW_EVENTS_MARGIN if few else 0.0)
    return _left(reading, real) >= bar + more


def _left(reading: Reading, real: float) -> float:
    """Return the surprise of what is left of a rise without its artefacts.

    That of the fast test grows with the events, that of the others with the square of z, which is
    twice their deviance (of Poisson counts: the dispersion cancels).
    """
    excess = reading.observed - reading.expected
    if reading.detector == "fast" or excess <= 0.0:
        return real * reading.surprise
    least = max(reading.expected, LEAST)
    return reading.surprise * _deviance(real * excess, least) / _deviance(excess, least)


def _deviance(excess: float, expected: float) -> float:
    return (expected + excess) * math.log1p(excess / expected) - excess


def bar(watched: int, budget: float) -> float:
    """Return the surprise from which a rise is an alert.

    `watched` is the number of series that are being tested, `budget` the false alerts a week over
    all of them.
    """
    return max(MIN_SURPRISE, math.log10(max(1, watched) * TESTS_A_SERIES * WEEK_DAYS / budget))
