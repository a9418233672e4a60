"""What a detector goes by, beside the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.tuning import Tuning
from streams.core.event_time.calendar import ordinary
from streams.core.event_time.zone import UTC_ZONE

if TYPE_CHECKING:
    from streams.core.event_time.calendar import Calendar
    from streams.core.event_time.zone import Lived


class Rules(NamedTuple):
    """The numbers that tests stand on, which days are holidays, and how clocks change by law.

    `lived` says which quarters of an hour of a day come twice or not at all.
    """

    tuning: Tuning = Tuning()
    calendar: Calendar = ordinary
    lived: Lived = UTC_ZONE.lived
