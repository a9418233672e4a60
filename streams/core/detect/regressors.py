"""What a day's expectation is made of: a level, the weekday, and the season of the year.

The season is three annual waves. Their prior keeps them small until a year has shown them: a
series of three months is described by its level and its weekdays.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streams.core.detect.tuning import Tuning

WEEK: Final = 7
SUNDAY: Final = 3
"""Days since the epoch modulo 7: it began on a Thursday. Weeks are those of ISO 8601."""
WAVES: Final = 3
YEAR: Final = 365.2425
FIRST_WAVE: Final = 1 + WEEK
WIDTH: Final = 1 + WEEK + 2 * WAVES

Regressors = tuple[tuple[int, float], ...]
"""Place of the coefficient, value of the regressor; those that are 0 are left out."""


def week_of(day: int) -> int:
    """Number the week of a day: weeks since the first Monday before the epoch."""
    return (day + WEEK - 1 - SUNDAY) // WEEK


@lru_cache(maxsize=64)
def regressors(day: int) -> Regressors:
    """Give the regressors of a day (days since the epoch) that are not 0: the level comes first."""
    found = [(0, 1.0), (1 + day % WEEK, 1.0)]
    for wave in range(WAVES):
        angle = 2.0 * math.pi * (wave + 1) * day / YEAR
        found.append((FIRST_WAVE + 2 * wave, math.cos(angle)))
        found.append((FIRST_WAVE + 2 * wave + 1, math.sin(angle)))
    return tuple(found)


def prior_variance(place: int, tuning: Tuning) -> float:
    """Give the variance that a coefficient has before anything is known."""
    if place == 0:
        return tuning.level_sd**2
    if place < FIRST_WAVE:
        return tuning.weekday_sd**2
    wave = (place - FIRST_WAVE) // 2 + 1
    return (tuning.season_sd / wave**2) ** 2
