#!/usr/bin/env bash
# pyarrow 26.0.1, alone and beside pandas 3.1.1, which nobody imports.
# One would think: to_pylist() of a column of Parquet is what it is, whatever else is installed.
# What happens: of a column of nanoseconds it is datetime alone, and an error where a value has any
# nanoseconds; with pandas beside it all are pandas.Timestamp, which is imported for it.
. "$(dirname "$0")/lib/finding.sh"
install pyarrow==26.0.1
cat >"$folder/column.py" <<'END'
import sys
import pyarrow as pa
import pyarrow.parquet as pq


def read(nanoseconds):
    pq.write_table(
        pa.table({"at": pa.array([nanoseconds], pa.timestamp("ns", "UTC"))}), "times.parquet"
    )
    try:
        (cell,) = pq.read_table("times.parquet").column("at").to_pylist()
    except ValueError as error:
        return type(error).__name__
    return type(cell).__module__.partition(".")[0]


found = read(1_709_251_200_000_000_000), read(1_709_251_200_000_000_001)
END
run - <<'END'
from noted import noted
from column import found
noted("alone, a whole second and a nanosecond more", ("datetime", "ValueError"), found)
END
install pandas==3.1.1
run - <<'END'
from noted import noted
from column import found

noted("beside pandas", ("pandas", "pandas"), found)
END
seen "a cell of Parquet is an error, or a Timestamp where pandas is installed"
