"""Which days are holidays, if a country is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

Calendar = Callable[[int], bool]
"""Says whether a day (days since the epoch) is a holiday."""

EPOCH = 719_163
"""The ordinal of 1970-01-01."""


def ordinary(day: int) -> bool:  # noqa: ARG001  the calendar of nowhere
    """No day is a holiday."""
    return False


def calendar_of(country: str | None, subdivision: str | None = None) -> Calendar:
    """Return the calendar of a country (ISO 3166 code, such as GB) or of a part of it (ENG).

    Raises:
        ValueError: the country or its part is not known.
    """
    if country is None:
        return ordinary
    import datetime as dt  # noqa: PLC0415  only where a country is set: holidays takes long to import

    import holidays  # noqa: PLC0415

    try:
        known = holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {country} {subdivision or ''}") from error

    @lru_cache(maxsize=4096)
    def holiday(day: int) -> bool:
        return dt.date.fromordinal(day + EPOCH) in known

    return holiday
