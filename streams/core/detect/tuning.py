"""The numbers a spike detector stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tuning(NamedTuple):
    """Chosen on five years of published complaints; see docs/measured.md for what they buy.

    Thresholds are on z, the signed root of the deviance over its dispersion: z = 2.75 is a chance
    of one in 340 a look if the model were true, z = 6 one in a billion. They say from where on a
    rise is reported at all; whether somebody is paged, the alert budget decides.
    """

    day_threshold: float = 2.75
    day_excess: float = 5.0  # events over the expectation that a day's alarm needs at least
    fast_threshold: float = 3.0  # surprise: once in 1,000 days of a quiet series
    fast_excess: float = 4.0
    slow_threshold: float = 2.6
    slow_excess: float = 30.0  # events in the window
    normal: float = 3.0  # z below which a day teaches the profile of the day
    calm: float = 2.0  # z below which a raised series is back to normal
    learn_days: int = 14  # days a series is watched before it can alarm
    drift: float = 1e-5  # variance added to the log level a day while nothing says that it moves
    level_sd: float = 1.5
    weekday_sd: float = 0.6
    season_sd: float = 0.4  # of the first annual wave; the k-th has a k²-th of it
    sleep_after: int = 28  # days without an event
    sleep_below: float = 0.1  # events a day expected
    hour_floor: float = 0.4  # of a flat hour's share: no hour is believed to be quieter
    hour_prior: float = 24.0  # events that the flat profile of the day weighs


WINDOW_DAYS = (1, 3, 7, 7)
"""Open days; the last row is the odds of an outbreak, reported of seven days."""
WINDOW_WEEKS = (3, 4, 6, 8, 12)


def tuned(changes: Mapping[str, float]) -> Tuning:
    """Give the tuning with these values in place of its own; days stay whole.

    Raises:
        ValueError: there is no such value.
    """
    own = Tuning()._asdict()
    unknown = ", ".join(sorted(changes.keys() - own.keys()))
    if unknown:
        raise ValueError(f"there is no {unknown}; there is: {', '.join(own)}")
    return Tuning(**{name: type(own[name])(value) for name, value in (own | dict(changes)).items()})
