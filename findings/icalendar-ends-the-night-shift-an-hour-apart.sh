#!/usr/bin/env bash
# icalendar 7.3.2 with recurring-ical-events 3.8.2 (Python), ical4j 4.1.1 (Java). Needs Java and Maven.
# One would think: a rota of nights "from 21:00 to 09:00" ends at 09:00 every morning, and "for 24
# hours" is 24 hours; whoever reads the file finds the same shifts.
# What happens: RFC 5545 (3.3.6, 3.8.5.3) takes days and weeks by the calendar, hours by the clock
# that never changes, and repeats the length of the first event. In the night in which clocks change
# ical4j ends such a shift at 10:00, though the file says 09:00 of its first night; Python ends it at
# 09:00, after 11 hours, and makes 23 hours of PT24H. Neither tells PT24H from P1D, each in its own
# way. libical is at it too: libical/libical#630.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install icalendar==7.3.2 recurring-ical-events==3.8.2
jars org.mnode.ical4j:ical4j:4.1.1 org.slf4j:slf4j-nop:2.0.17
run - <<'END'
import pathlib

RULES = (("DAYLIGHT", "19810329T020000", 3, "+0100", "+0200"), ("STANDARD", "19961027T030000", 10, "+0200", "+0100"))
ZONE = ["BEGIN:VTIMEZONE", "TZID:Europe/Berlin"]
for kind, start, month, before, after in RULES:
    ZONE += [f"BEGIN:{kind}", f"DTSTART:{start}", f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY=-1SU",
             f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", f"END:{kind}"]
ZONE += ["END:VTIMEZONE"]
for name, end in {
    "until": "DTEND;TZID=Europe/Berlin:20260328T090000",
    "PT12H": "DURATION:PT12H",
    "PT24H": "DURATION:PT24H",
    "P1D": "DURATION:P1D",
}.items():
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//rota", *ZONE, "BEGIN:VEVENT", "UID:night",
             "DTSTAMP:20260101T000000Z", "DTSTART;TZID=Europe/Berlin:20260327T210000", end,
             "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Ada", "END:VEVENT", "END:VCALENDAR", ""]
    pathlib.Path(f"{name}.ics").write_bytes("\r\n".join(lines).encode())
END
cat >"$folder/Ends.java" <<'END'
import java.io.FileInputStream;
import java.time.*;
import net.fortuna.ical4j.data.CalendarBuilder;
import net.fortuna.ical4j.model.Component;
import net.fortuna.ical4j.model.component.VEvent;

public class Ends {
    public static void main(String[] names) throws Exception {
        var days = new net.fortuna.ical4j.model.Period<ZonedDateTime>(
            ZonedDateTime.parse("2026-03-27T00:00Z"), ZonedDateTime.parse("2026-04-01T00:00Z"));
        for (String name : names) {
            var calendar = new CalendarBuilder().build(new FileInputStream(name + ".ics"));
            VEvent night = (VEvent) calendar.getComponents(Component.VEVENT).get(0);
            StringBuilder ends = new StringBuilder();
            night.<ZonedDateTime>calculateRecurrenceSet(days).stream().sorted()
                .forEach(each -> ends.append(" ").append(each.getEnd().toLocalTime()));
            System.out.println(name + ends);
        }
    }
}
END
compile Ends
(cd "$folder" && kafka_java Ends until PT12H PT24H P1D >java.txt)
run - <<'END'
import pathlib
from datetime import datetime, timezone

import icalendar
import recurring_ical_events
from noted import noted


def by_python(name):
    calendar = icalendar.Calendar.from_ical(pathlib.Path(f"{name}.ics").read_bytes())
    found = recurring_ical_events.of(calendar).between(
        datetime(2026, 3, 27, tzinfo=timezone.utc), datetime(2026, 4, 1, tzinfo=timezone.utc)
    )
    return " ".join(f"{each.end:%H:%M}" for each in sorted(found, key=lambda each: each.start))


java = dict(line.split(" ", 1) for line in pathlib.Path("java.txt").read_text().splitlines())
for name, python, other in (
    ("until", "09:00 09:00 09:00", "09:00 10:00 09:00"),
    ("PT12H", "09:00 09:00 09:00", "09:00 10:00 09:00"),
    ("PT24H", "21:00 21:00 21:00", "21:00 22:00 21:00"),
    ("P1D", "21:00 21:00 21:00", "21:00 21:00 21:00"),
):
    noted(f"{name}: three nights end, by Python", python, by_python(name))
    noted(f"{name}: by ical4j", other, java[name])
END
seen "in the night in which clocks change one rota ends an hour apart"
