"""Which days are holidays, if a country is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

Calendar = Callable[[int], bool]
"""Says whether a day (days since the epoch) is a holiday."""

EPOCH = 719_163
"""The ordinal of 1970-01-01."""

LIKE_ANY = 2025
"""The year by which parts of a country are compared."""

WHOLE = "none"
"""In place of a part: the holidays that all of a country has, and no others."""


def ordinary(day: int) -> bool:  # noqa: ARG001  the calendar of nowhere
    """No day is a holiday."""
    return False


def calendar_of(country: str | None, subdivision: str | None = None) -> Calendar:
    """Return the calendar of a country (ISO 3166 code, such as GB) or of a part of it (ENG).

    `WHOLE` for a part is the country, as no part is.

    Raises:
        ValueError: the country or its part is not known.
    """
    if country is None:
        return ordinary
    import datetime as dt  # noqa: PLC0415  only where a country is set: holidays takes long to import

    import holidays  # noqa: PLC0415

    try:
        known = holidays.country_holidays(country, subdiv=_part(subdivision))
    except NotImplementedError as error:
        what = f"{country:.20} {subdivision or '':.20}".strip()
        raise ValueError(
            f"no holidays are known for {what}: country and subdivision are codes of ISO 3166,"
            " such as GB and ENG"
        ) from error

    @lru_cache(maxsize=4096)
    def holiday(day: int) -> bool:
        return dt.date.fromordinal(day + EPOCH) in known

    return holiday


def parts_apart(country: str) -> list[str]:
    """Return the parts of a country that have other holidays than the country by itself.

    Raises:
        ValueError: the country is not known.
    """
    import holidays  # noqa: PLC0415

    try:
        common = holidays.country_holidays(country, years=LIKE_ANY)
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {country}") from error
    return [
        part
        for part in common.subdivisions
        if set(holidays.country_holidays(country, subdiv=part, years=LIKE_ANY)) != set(common)
    ]


def _part(subdivision: str | None) -> str | None:
    return None if subdivision == WHOLE else subdivision
