#!/usr/bin/env bash
# ClickHouse 26.9.2, in chdb 4.4.0.
# One would think: a number of JSON is read as its text is; what a column cannot hold is refused, as a
# fraction for an integer is.
# What happens: 1772359200000 for a DateTime64(3) is 2026-03-01 10:00 where it stands in quotes, or in
# CSV. As a number it is seconds, and far beyond what the type holds: 9999-12-31 23:59:59, on each event
# the same. A DateTime of it is in 2106. Numbers that do not fit wrap: 3,000,000,000 in an Int32 is less
# than nothing, 300 months in a UInt8 are 44; and 19.999 in a Decimal(9, 2) is cut to 19.99. The format
# is JSONEachRow, which tables of the Kafka engine are given; no setting of it was changed.
. "$(dirname "$0")/lib/finding.sh"
install chdb==4.4.0
run - <<'END'
import chdb
from noted import noted


def read(column, value, form="JSONEachRow"):
    """Give what `value` is in a column of that type."""
    line = f'{{"it": {value}}}' if form == "JSONEachRow" else value
    structure = f"it {column}".replace("'", "\\'")
    found = chdb.query(f"select it from format({form}, '{structure}', '{line}\n')", "TSV")
    return found.bytes().decode().strip()


noted("ClickHouse", "26.9.2.1", chdb.query("select version()", "TSV").bytes().decode().strip())
NOON, LAST = "2026-03-01 10:00:00", "9999-12-31 23:59:59.000"
for column, value, expected in (
    ("DateTime64(3, 'UTC')", '"2026-03-01T12:00:00+02:00"', f"{NOON}.000"),
    ("DateTime64(3, 'UTC')", "1772359200", f"{NOON}.000"),
    ("DateTime64(3, 'UTC')", '"1772359200"', f"{NOON}.000"),
    ("DateTime64(3, 'UTC')", '"1772359200000"', f"{NOON}.000"),
    ("DateTime64(3, 'UTC')", "1772359200000", LAST),
    ("DateTime('UTC')", '"1772359200000"', NOON),
    ("DateTime('UTC')", "1772359200000", "2106-02-07 06:28:15"),
    ("Int32", "3000000000", "-1294967296"),
    ("UInt8", "300", "44"),
    ("Decimal(9, 2)", "19.999", "19.99"),
):
    noted(f"{value} as {column}", expected, read(column, value))
noted("the milliseconds in CSV", f"{NOON}.000", read("DateTime64(3, 'UTC')", "1772359200000", "CSV"))
try:
    read("Int32", "19.99")
except RuntimeError:
    pass
else:
    noted("19.99 as Int32", "refused", "taken")
END
seen "milliseconds in quotes are a time, without quotes the last second of 9999"
