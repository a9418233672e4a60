"""The shifts that an iCalendar file names: its events in a span, recurring ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from streams.core.event_time.wall_clock import at_clock
from streams.core.notify.duty import Shift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


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
        events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(
            datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
        )
        found = [shift for event in events for shift in _shifts(event, zone)]
    except Exception as error:  # noqa: BLE001 - they raise what they come upon: KeyError, IndexError
        why = " ".join(str(error).split()) or type(error).__name__
        raise CalendarError(f"it is no calendar that can be read: {why}") from None
    return sorted(shift for shift in found if shift.start < shift.end)


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
