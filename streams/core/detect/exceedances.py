"""The windows that tripped: every span of time in which a series was beyond its bound.

A reading has the numbers of the most surprising one; these are all of them, to be checked by.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.detect.deviance import Tested


class Exceedance(msgspec.Struct, array_like=True, frozen=True):
    """A span of time, in seconds, with the events in it, those expected and the bound.

    `odds` are those of an outbreak under way against none, where they tripped and not the count;
    else 0.
    """

    start: int
    end: int
    observed: float
    expected: float
    upper: float
    odds: float = 0.0


class Scale(NamedTuple):
    """What the rows of a test are: the length of each in seconds, and the bound of all.

    `bound` gives the events from which a window trips, by (expected, spread, threshold). `odds`
    gives the odds that z stands for in the last row; None: it is a count as all others.
    """

    lengths: Sequence[int]
    threshold: float
    bound: Callable[[float, float, float], float]
    odds: Callable[[float], float] | None = None


def tripped(tested: Tested, column: int, end: int, scale: Scale) -> tuple[Exceedance, ...]:
    """Give the windows of one series that end at `end` and are beyond the bound: shortest first."""
    found = []
    for row in np.flatnonzero(tested.z[:, column] > scale.threshold).tolist():
        look = tested.look(row, column)
        by_odds = scale.odds is not None and row == len(scale.lengths) - 1
        found.append(
            Exceedance(
                start=end - scale.lengths[row],
                end=end,
                observed=look.observed,
                expected=round(look.expected, 6),
                upper=round(scale.bound(look.expected, look.spread, scale.threshold), 6),
                odds=rounded(scale.odds(look.z)) if by_odds and scale.odds else 0.0,
            )
        )
    return tuple(found)


def rounded(value: float) -> float:
    """Give three significant digits of a positive number: no more is known of odds."""
    return round(value, 2 - math.floor(math.log10(value)))
