"""The times of a report as they are shown: by the clock of the calendar that it counts days of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from streams.core.event_time.formats import day_or_minute, utc
from streams.core.event_time.zone import UTC_ZONE, Zone, zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from schemas.backtest import Backtest

CALENDAR: Final = "calendar"
"""The part of the settings that a report has where its days are not those of UTC."""


class LocalTimes:
    """Writes times in the civil time of a zone."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    @classmethod
    def of(cls, report: Backtest) -> LocalTimes:
        """Return those of a report."""
        calendar = report.settings.get(CALENDAR)
        return cls(UTC_ZONE if calendar is None else zone_of(calendar["timezone"]))

    def civil(self, at: datetime) -> datetime:
        """Return what the clock shows at a time."""
        return at if self.zone is UTC_ZONE else utc(self.zone.civil(int(at.timestamp())))

    def moment(self, at: datetime | None) -> str:
        """Write a time to the minute; a day where it is one."""
        return "never" if at is None else day_or_minute(self.civil(at))

    def until(self, at: datetime) -> str:
        """Write an exclusive end: the last day where it is the end of one."""
        local = self.civil(at)
        ends_a_day = (local.hour, local.minute) == (0, 0)
        return day_or_minute(local - timedelta(days=1) if ends_a_day else local)
