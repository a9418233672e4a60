"""What a calendar says of who is on call."""

from __future__ import annotations

import pytest
from evening import wall

from streams.core.notify.duty import Shift
from streams.core.notify.ical import CalendarError, shifts

EVENTS = """
UID:1
DTSTART;TZID=Europe/Berlin:20260323T090000
DTEND;TZID=Europe/Berlin:20260330T090000
RRULE:FREQ=WEEKLY;INTERVAL=2
EXDATE;TZID=Europe/Berlin:20260420T090000
SUMMARY:Ada

UID:1
RECURRENCE-ID;TZID=Europe/Berlin:20260406T090000
DTSTART;TZID=Europe/Berlin:20260406T120000
DTEND;TZID=Europe/Berlin:20260407T090000
SUMMARY:Ada

UID:2
DTSTART;VALUE=DATE:20260403
DTEND;VALUE=DATE:20260405
SUMMARY:On call
ATTENDEE;CN=Bo Diddley:mailto:Bo@Example.com

UID:3
DTSTART:20260401T090000
DTEND:20260401T100000
SUMMARY:no zone

UID:4
STATUS:CANCELLED
DTSTART:20260403T000000Z
DTEND:20260405T000000Z
SUMMARY:Cy

UID:5
DTSTART:20260403T000000Z
SUMMARY:no end
"""


def calendar(events: str, head: str = "") -> str:
    blocks = events.strip().split("\n\n")
    body = "".join(f"BEGIN:VEVENT\n{block}\nEND:VEVENT\n" for block in blocks)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def test_the_shifts_of_a_calendar_are_those_that_people_see_in_it() -> None:
    start, end = wall("2026-03-20 00:00"), wall("2026-05-05 00:00")
    found = shifts(calendar(EVENTS), "Europe/Berlin", start, end)
    assert found == [
        Shift(wall("2026-03-23 08:00"), wall("2026-03-30 07:00"), "Ada"),  # an hour is skipped
        Shift(wall("2026-04-01 07:00"), wall("2026-04-01 08:00"), "no zone"),
        Shift(wall("2026-04-02 22:00"), wall("2026-04-04 22:00"), "Bo Diddley"),
        Shift(wall("2026-04-02 22:00"), wall("2026-04-04 22:00"), "On call"),
        Shift(wall("2026-04-02 22:00"), wall("2026-04-04 22:00"), "bo@example.com"),
        Shift(wall("2026-04-06 10:00"), wall("2026-04-07 07:00"), "Ada"),  # moved
        Shift(wall("2026-05-04 07:00"), wall("2026-05-11 07:00"), "Ada"),
    ]


def test_a_zone_of_the_calendar_comes_before_that_of_the_settings() -> None:
    text = calendar(EVENTS.split("\n\n")[3], "X-WR-TIMEZONE:Asia/Tokyo\n")
    (found,) = shifts(text, "Europe/Berlin", wall("2026-03-20 00:00"), wall("2026-05-05 00:00"))
    assert found.start == wall("2026-04-01 00:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        calendar("UID:1\nDTSTART:2026\nSUMMARY:x"),
        calendar("UID:1\nSUMMARY:x"),
        calendar("UID:1\nDTSTART:20260301T000000Z\nDTEND:20260302T000000Z\nRRULE:FREQ=NEVER"),
    ],
)
def test_what_is_no_calendar_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(CalendarError, match="no calendar that can be read: ") as caught:
        shifts(text, "UTC", wall("2026-03-01 00:00"), wall("2026-05-05 00:00"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=MINUTELY;INTERVAL=59"])
def test_what_recurs_more_often_than_every_hour_is_refused(rule: str) -> None:
    """Its events of 40 days are a million, and whoever is to be told would wait for them."""
    start = wall("2026-03-01 00:00")
    event = "UID:1\nDTSTART:20260301T000000Z\nDTEND:20260301T010000Z\nSUMMARY:Ada\nRRULE:"
    with pytest.raises(CalendarError, match="recurs more often than every hour"):
        shifts(calendar(event + rule), "UTC", start, start + 86_400)
    hourly = shifts(calendar(f"{event}FREQ=MINUTELY;INTERVAL=60"), "UTC", start, start + 86_399)
    assert len(hourly) == 24


NIGHTS_AND_DAYS = """
UID:night
DTSTART;TZID=Europe/Berlin:20260101T210000
{night}
RRULE:FREQ=DAILY
SUMMARY:Ada

UID:day
DTSTART;TZID=Europe/Berlin:20260101T090000
DTEND;TZID=Europe/Berlin:20260101T210000
RRULE:FREQ=DAILY
SUMMARY:Bo
"""


@pytest.mark.parametrize(
    "night", ["DTEND;TZID=Europe/Berlin:20260102T090000", "DURATION:PT12H", "DURATION:P0DT12H"]
)
@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_the_night_in_which_clocks_change_ends_when_the_day_begins(night: str, change: str) -> None:
    start = wall(f"{change} 00:00")
    found = shifts(
        calendar(NIGHTS_AND_DAYS.format(night=night)), "Europe/Berlin", start, start + 86_400
    )
    assert [shift.name for shift in found] == ["Ada", "Bo", "Ada"]
    assert [shift.end for shift in found[:-1]] == [shift.start for shift in found[1:]]
    assert found[0].end == wall(f"{change} {'07' if '-03-' in change else '08'}:00")
