#!/usr/bin/env bash
# msgspec 0.22.0, pydantic 2.14.4, pyarrow 26.0.1, and datetime.fromisoformat of Python 3.11 or later.
# One would think: readers of RFC 3339 that hold microseconds agree on which day a time is.
# What happens: what is beyond the sixth digit msgspec rounds and the others cut off (pyarrow, asked
# for microseconds, refuses it and keeps it as nanoseconds). 2024-12-31T23:59:59.9999995Z, a time as
# Go, Java and .NET write it, is in 2025 for one and in 2024 for the others.
. "$(dirname "$0")/lib/finding.sh"
install msgspec==0.22.0 pydantic==2.14.4 pyarrow==26.0.1
run - <<'END'
from datetime import datetime
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pydantic
from noted import noted

TIME = "2024-12-31T23:59:59.9999995Z"
pydantic_time = pydantic.TypeAdapter(datetime)
noted(
    "msgspec",
    (2025, 0),
    (lambda at: (at.year, at.microsecond))(msgspec.json.decode(f'"{TIME}"', type=datetime)),
)
noted(
    "pydantic",
    (2024, 999999),
    (lambda at: (at.year, at.microsecond))(pydantic_time.validate_json(f'"{TIME}"')),
)
noted(
    "datetime", (2024, 999999), (lambda at: (at.year, at.microsecond))(datetime.fromisoformat(TIME))
)
text = pa.array([TIME])
noted("pyarrow, nanoseconds", 2024, pc.year(text.cast(pa.timestamp("ns", "UTC")))[0].as_py())
try:
    found = pc.year(text.cast(pa.timestamp("us", "UTC")))[0].as_py()
except pa.ArrowInvalid:
    found = "ArrowInvalid"
noted("pyarrow, microseconds", "ArrowInvalid", found)
END
seen "the same time is in 2025 for msgspec and in 2024 for the others"
