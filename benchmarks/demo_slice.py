"""Cut the demo's slice of real complaints out of the whole file of them.

    python benchmarks/demo_slice.py ALL.parquet streams/demo/data/cfpb_2016-07_2017-03.csv.gz

Rows of [2016-07-01, 2017-04-01) in the order of the source, the six columns the demo needs. The
same input gives the same bytes (with the same zlib).
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

COLUMNS = ["date_sent", "product", "issue", "company", "state", "submitted_via"]
FIRST = datetime(2016, 7, 1)  # noqa: DTZ001 -- the file has days without a zone
END = datetime(2017, 4, 1)  # noqa: DTZ001


def main(source: Path, target: Path) -> None:
    """Write the slice of `source` to `target`."""
    table = pq.read_table(source, columns=COLUMNS)
    days = table["date_sent"]
    table = table.filter(pc.and_(pc.greater_equal(days, FIRST), pc.less(days, END)))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in table.to_pylist():
        writer.writerow(row | {"date_sent": row["date_sent"].date().isoformat()})
    target.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
    print(f"{table.num_rows} rows, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
