"""What is allowed in the settings, and probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.calendar import WHOLE, parts_apart

if TYPE_CHECKING:
    from streams.settings.model import Settings

SHOWN: Final = 20
"""Parts of a country that are named."""


def of_holidays(settings: Settings) -> str | None:
    """Say that a country needs a part, as its parts have holidays of their own; None: all is said.

    The line names settings, and the parts.
    """
    detect = settings.detect
    if detect.country is None or detect.subdivision is not None:
        return None
    parts = parts_apart(detect.country)
    if not parts:
        return None
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return (
        f"detect.country is {detect.country}, whose parts have holidays of their own, and those are"
        f" not known: set detect.subdivision to {', '.join(parts[:SHOWN])}{more}; or to {WHOLE!r},"
        " if your customers are everywhere in it"
    )
