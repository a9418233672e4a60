#!/usr/bin/env bash
# polars 2.1.0, DuckDB 2.0.1, pyarrow 26.0.1, pandas 3.1.1; an event an hour, counted by local day.
# One would think: a day of a time zone is found by all alike, as it is in Berlin, where days of 25
# hours begin at midnight like all others.
# What happens: in Santiago clocks go from 24:00 to 01:00, and in Havana from 01:00 back to 00:00, so
# that once a year a day has no midnight, or two. polars' group_by_dynamic lets the first of these days
# begin at 23:00 of the day before: an hour is counted a day too late. Its truncate makes two days of
# the other one, of 1 and 24 hours. pyarrow's floor_temporal and pandas' floor raise, on the whole
# column. DuckDB's date_trunc and pandas' resample are right on both.
. "$(dirname "$0")/lib/finding.sh"
install polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1
run - <<'END'
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from noted import noted


def counts(zone, day):
    """Events by local day: of the day before, of the day, of the day after."""
    here = ZoneInfo(zone)
    first = datetime.fromisoformat(f"{day}T12:00:00+00:00") - timedelta(days=3)
    hours = [first + timedelta(hours=each) for each in range(7 * 24)]
    days = [f"{datetime.fromisoformat(day) + timedelta(days=each):%F}" for each in (-1, 0, 1)]

    def of(found):
        found = [(str(start)[:10], count) for start, count in found]
        return [tuple(count for start, count in found if start == each) for each in days]

    frame = pl.DataFrame({"at": hours}).with_columns(pl.col("at").dt.convert_time_zone(zone))
    column = pa.array(hours, pa.timestamp("us", zone))
    index = pd.DatetimeIndex(hours).tz_convert(zone)
    events = pa.table({"at": column})
    duck = duckdb.connect()
    duck.register("events", events)
    duck.execute(f"set timezone = '{zone}'")

    def floored():
        found = pc.value_counts(pc.floor_temporal(column, unit="day")).to_pylist()
        return [(each["values"], each["counts"]) for each in found]

    def tried(work):
        try:
            return of(work())
        except ValueError:  # ArrowInvalid is one, too
            return "raises"

    return {
        "by zoneinfo": of(Counter(each.astimezone(here).date() for each in hours).items()),
        "polars truncate": of(frame.group_by(pl.col("at").dt.truncate("1d")).len().sort("at").rows()),
        "polars group_by_dynamic": of(frame.group_by_dynamic("at", every="1d").agg(pl.len()).rows()),
        "DuckDB date_trunc": of(
            duck.execute(
                "select date_trunc('day', \"at\")::varchar, count(*) from events group by 1"
            ).fetchall()
        ),
        "pyarrow floor_temporal": tried(floored),
        "pandas floor": tried(lambda: Counter(index.floor("D")).items()),
        "pandas resample": of(pd.Series(1, index).resample("D").sum().items()),
    }


def one(*hours):
    return [(each,) for each in hours]


for zone, day, right, apart in (
    ("Europe/Berlin", "2026-10-25", one(24, 25, 24), {}),
    (
        "America/Santiago",
        "2026-09-06",
        one(24, 23, 24),
        {
            "polars group_by_dynamic": [(23, 23), (), (24,)],
            "pyarrow floor_temporal": "raises",
            "pandas floor": "raises",
        },
    ),
    (
        "America/Havana",
        "2024-11-03",
        one(24, 25, 24),
        {
            "polars truncate": [(24,), (1, 24), (24,)],
            "pyarrow floor_temporal": "raises",
            "pandas floor": "raises",
        },
    ),
):
    for how, found in counts(zone, day).items():
        noted(f"{zone}, {how}: events of three days", apart.get(how, right), found)
END
seen "where a day has no midnight or two, an hour is counted on another day, or nothing at all"
