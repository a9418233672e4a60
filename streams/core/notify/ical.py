"""The shifts that an iCalendar file names: its events in a span, recurring ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from streams.core.event_time.wall_clock import at_clock
from streams.core.notify.duty import Shift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

OFTEN: Final = "an event of it recurs more often than every hour: name shifts of an hour or more"
_LEAST: Final = {"SECONDLY": 3600, "MINUTELY": 60}
"""The least interval by the frequency of a rule; of others 1."""


class CalendarError(Exception):
    """A calendar cannot be read; the message says why, and what to do."""


def shifts(text: str, zone: str, start: int, end: int) -> list[Shift]:
    """Return the shifts of a calendar in a span (epoch seconds), the first first.

    Each event is one for each name that it may mean somebody by: its summary, and the names and
    addresses of who attends it. What is cancelled is none. A day, and a time without a zone, are
    of `zone`, unless the calendar names one for all (`X-WR-TIMEZONE`).

    Raises:
        CalendarError: it is none, or what reads it is not installed.
    """
    try:
        import icalendar  # noqa: PLC0415 (an extra)
        import recurring_ical_events  # noqa: PLC0415
    except ImportError:
        raise CalendarError(
            "icalendar and recurring-ical-events are not installed: pip install groundswell[notify]"
        ) from None
    try:
        calendar = icalendar.Calendar.from_ical(text)
        if any(map(_is_often, calendar.walk())):
            raise CalendarError(OFTEN)  # noqa: TRY301 - among all that they raise
        events = recurring_ical_events.of(calendar).between(
            datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
        )
        found = [shift for event in events for shift in _shifts(event, zone)]
    except CalendarError:
        raise
    except Exception as error:  # noqa: BLE001 - they raise what they come upon: KeyError, IndexError
        why = " ".join(str(error).split()) or type(error).__name__
        raise CalendarError(f"it is no calendar that can be read: {why}") from None
    return sorted(shift for shift in found if shift.start < shift.end)


def _is_often(part: Any) -> bool:  # noqa: ANN401 (of icalendar)
    """Tell whether an event has a rule that makes more of it than anybody has shifts."""
    rules = part.get("RRULE", [])
    return any(
        int(interval) < _LEAST.get(str(frequency).upper(), 1)
        for rule in (rules if isinstance(rules, list) else [rules])
        for frequency in rule.get("FREQ", ())
        for interval in rule.get("INTERVAL", (1,))
    )


def _shifts(event: Any, zone: str) -> Iterator[Shift]:  # noqa: ANN401 (of icalendar)
    if str(event.get("STATUS", "")).upper() == "CANCELLED":  # they come along
        return
    start, end = _instant(event.start, zone), _instant(event.end, zone)
    attendees = event.get("ATTENDEE", [])
    names = [str(event.get("SUMMARY", ""))]
    for one in attendees if isinstance(attendees, list) else [attendees]:
        names += [str(one.params.get("CN", "")), str(one).lower().removeprefix("mailto:")]
    yield from (Shift(start, end, name) for name in dict.fromkeys(names) if name)


def _instant(at: date, zone: str) -> int:
    """Return a time of the calendar in epoch seconds."""
    if not isinstance(at, datetime):
        return at_clock(zone, at, "00:00")
    if at.tzinfo is None:
        return at_clock(zone, at.date(), f"{at:%H:%M}")
    return int(at.timestamp())
