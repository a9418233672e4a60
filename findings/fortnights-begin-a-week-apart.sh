#!/usr/bin/env bash
# polars 2.1.0, DuckDB 2.0.1, pyarrow 26.0.1, pandas 3.1.1, and ClickHouse 26.9.2 in chdb 4.4.0.
# One would think: what counts by weeks from Monday alike, counts by two weeks alike.
# What happens: a week begins on Monday in all of them, but of two Mondays the one that begins a
# fortnight is a matter of where each begins to count: DuckDB and pyarrow take one, polars and
# ClickHouse the other, and none says so. pandas takes the one before the first event that it is given:
# with a week less of history all its fortnights move. Five days are a third matter: DuckDB counts them
# from 2000-01-03, the others from 1970-01-01.
. "$(dirname "$0")/lib/finding.sh"
install polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1 chdb==4.4.0
run - <<'END'
from datetime import datetime, timedelta

import chdb
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from noted import noted

days = [datetime(2026, 1, 5) + timedelta(days=each) for each in range(70)]
events = pa.table({"day": pa.array(days, pa.timestamp("us"))})
DAY = datetime(2026, 3, 4)  # a Wednesday
ROW = days.index(DAY)


def begins(number, unit):
    """Give on which day the period of that Wednesday begins, by each of them."""
    polars = pl.from_arrow(events)["day"].dt.truncate(f"{number}{unit[0]}")
    bucket = f"time_bucket(interval '{number} {unit}s', timestamp '{DAY}')"
    floor = pc.floor_temporal(events["day"], multiple=number, unit=unit)
    interval = f"toStartOfInterval(toDate('{DAY:%F}'), interval {number} {unit})"
    return {
        "polars": f"{polars[ROW]:%F}",
        "DuckDB": f"{duckdb.sql(f'select {bucket}').fetchall()[0][0]:%F}",
        "pyarrow": f"{floor[ROW].as_py():%F}",
        "ClickHouse": chdb.query(f"select {interval}", "TSV").bytes().decode().strip()[:10],
    }


def by_pandas(history):
    """Give the same by pandas, of a history that begins on the day of that number."""
    counts = pd.Series(1, pd.DatetimeIndex(days[history:]))
    starts = counts.resample("2W-MON", label="left", closed="left").sum().index
    return f"{starts[starts <= DAY][-1]:%F}"


WEEK, BEFORE = "2026-03-02", "2026-02-23"
noted(
    "its week begins",
    {"polars": WEEK, "DuckDB": WEEK, "pyarrow": WEEK, "ClickHouse": WEEK},
    begins(1, "week"),
)
noted(
    "its two weeks",
    {"polars": WEEK, "DuckDB": BEFORE, "pyarrow": BEFORE, "ClickHouse": WEEK},
    begins(2, "week"),
)
noted(
    "its five days",
    {"polars": "2026-03-03", "DuckDB": WEEK, "pyarrow": "2026-03-03", "ClickHouse": "2026-03-03"},
    begins(5, "day"),
)
noted("its two weeks by pandas", WEEK, by_pandas(0))
noted("and of a history that is a week shorter", BEFORE, by_pandas(7))
END
seen "two weeks begin on one Monday here, and on another there"
