#!/usr/bin/env bash
# DuckDB 2.0.1 writes, pyarrow 26.0.1 and polars 2.1.0 read; Parquet's logical type of UUIDs.
# One would think: a column of customer ids that is typed as UUID can be looked up, counted and written
# as text by who reads the type.
# What happens: pyarrow reads it as a type of its own that has no functions: equal, unique, group_by,
# sort_by and a filter of read_table refuse it, and it cannot be asked to read bytes instead. A cast to
# text takes the 16 bytes as they are for UTF-8: an error, or where they happen to be ASCII a text of 16
# characters that is no id. Only a join works, and to_pylist. Polars reads bytes. Grouping has been
# asked for since 2025: apache/arrow#46468.
. "$(dirname "$0")/lib/finding.sh"
install duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
run - <<'END'
import duckdb
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from noted import noted

ADA = "5c40c207-6e8c-4b26-8d6b-3719beabb295"
ASCII = "41414141-4141-4141-4141-414141414141"
duckdb.sql(
    f"copy (select unnest(['{ADA}', '{ASCII}', '{ADA}'])::uuid as id, 1 as n) to 'ids.parquet'"
)
table = pq.read_table("ids.parquet")
ids = table["id"]
ada = ids[0]


def refused(work):
    try:
        work()
    except pa.ArrowException as error:
        return type(error).__name__
    return "works"


noted("read by pyarrow as", "extension<arrow.uuid>", str(ids.type))
noted("one of them", ADA, str(ada.as_py()))
NOT = "ArrowNotImplementedError"
noted("equal", NOT, refused(lambda: pc.equal(ids, ada)))
noted("unique", NOT, refused(ids.unique))
noted("group_by", NOT, refused(lambda: table.group_by("id").aggregate([("n", "sum")])))
noted("sort_by", "ArrowTypeError", refused(lambda: table.sort_by("id")))
noted(
    "filter",
    NOT,
    refused(lambda: pq.read_table("ids.parquet", filters=[("id", "==", ada.as_py().bytes)])),
)
noted("join", "works", refused(lambda: table.join(table, "id")))
noted("cast to text", "ArrowInvalid", refused(lambda: ids.cast(pa.string())))
noted(f"of {ASCII}", ["A" * 16], ids.slice(1, 1).cast(pa.string()).to_pylist())
noted("read by polars as", polars.Binary, polars.read_parquet("ids.parquet").schema["id"])
END
seen "ids of the type UUID are not compared, counted or written by pyarrow"
