#!/usr/bin/env bash
# faust-streaming 0.15.3, alone and beside ciso8601 2.4.1, a package that it uses if it is there.
# One would think: a field of type datetime reads "00:00:00.5" as half a second, as ISO 8601 has it.
# What happens: Faust's own parser takes the digits of the fraction for a number of microseconds: .5 is
# 5 of them, and so is .05; milliseconds come out a thousandth of what they were; more than six digits
# are an error. With ciso8601 beside it all of them are right: the same worker reads the same event
# differently by what else is installed.
. "$(dirname "$0")/lib/finding.sh"
install faust-streaming==0.15.3
cat >"$folder/times.py" <<'END'
import json
from datetime import datetime
import faust


class Event(faust.Record, serializer="json", coerce=True):
    at: datetime


def read(second):
    try:
        return Event.loads(
            json.dumps({"at": f"2024-03-01T00:00:{second}Z"}).encode()
        ).at.microsecond
    except ValueError as error:
        return type(error).__name__


found = [read(second) for second in ("00", "00.5", "00.05", "00.123", "00.123456", "00.1234567")]
END
run - <<'END'
from noted import noted
from times import found
noted("0, .5, .05, .123, .123456 and .1234567 s in microseconds", [0, 5, 5, 123, 123456, "ValueError"], found)
END
install ciso8601==2.4.1
run - <<'END'
from noted import noted
from times import found

noted("with ciso8601", [0, 500000, 50000, 123000, 123456, 123456], found)
END
seen "half a second is five microseconds, unless ciso8601 is installed"
