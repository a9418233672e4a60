#!/usr/bin/env bash
# icalendar 7.3.2, recurring-ical-events 3.8.2.
# One would think: what takes place in a span is what `between` returns.
# What happens: an event that was cancelled (STATUS:CANCELLED, as most programs leave it in the file) is
# among it, a recurring one and a single day of it, too. Whoever asks who is on call gets who is not.
# And a rule that cannot be read breaks only then, not as the file is read, and takes all others along.
. "$(dirname "$0")/lib/finding.sh"
install icalendar==7.3.2 recurring-ical-events==3.8.2
run - <<'END'
from datetime import datetime, timezone
import icalendar
import recurring_ical_events
from noted import noted

SPAN = (datetime(2026, 3, 1, tzinfo=timezone.utc), datetime(2026, 3, 4, tzinfo=timezone.utc))


def calendar(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return icalendar.Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))


def who(*events):
    found = recurring_ical_events.of(calendar(*events)).between(*SPAN)
    return [str(event["SUMMARY"]) for event in found]


DAILY = ("UID:1", "DTSTART:20260301T080000Z", "DTEND:20260301T200000Z", "RRULE:FREQ=DAILY", "SUMMARY:Ada")
OFF = ("UID:1", "RECURRENCE-ID:20260302T080000Z", "DTSTART:20260302T080000Z", "DTEND:20260302T200000Z",
       "STATUS:CANCELLED", "SUMMARY:Ada, cancelled")
BROKEN = ("UID:2", "DTSTART:20260301T080000Z", "DTEND:20260301T200000Z", "RRULE:FREQ=NEVER", "SUMMARY:Bo")

noted("three days, of which one is cancelled", ["Ada", "Ada, cancelled", "Ada"], who(DAILY, OFF))
read = calendar(DAILY, BROKEN)
noted("a rule that is none, as the file is read", True, read is not None)
try:
    found = who(DAILY, BROKEN)
except Exception as error:
    found = type(error).__name__
noted("and as it is asked for, with a good one beside it", "BadRuleStringFormat", found)
END
seen "what was cancelled is returned like what takes place"
