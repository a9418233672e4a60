#!/usr/bin/env bash
# polars 2.1.0; beside it DuckDB 2.0.1, pyarrow 26.0.1, pandas 3.1.1.
# One would think: a sum is of a type that holds it, as everywhere else: polars widens 8 and 16 bits to
# 64 before it adds them.
# What happens: not 32 bits. Three payments of 15,000,000.00 in cents, as Parquet's INT32 has them, come
# to 2,050,327.04; two to less than nothing. So do sums by group, over a window, rolling and cumulative
# ones, and those of its SQL. Three times 30,000 of 16 bits add up, and the mean of the same column is
# right. DuckDB, pyarrow and pandas give 45,000,000.00.
. "$(dirname "$0")/lib/finding.sh"
install polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1
run - <<'END'
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from noted import noted

RIGHT, WRAPPED = 4_500_000_000, 205_032_704
cents = pa.array([1_500_000_000] * 3, pa.int32())
pq.write_table(pa.table({"product": ["Mortgage"] * 3, "cents": cents}), "paid.parquet")
paid = pl.read_parquet("paid.parquet")
cents = pl.col("cents")

noted("polars sum", WRAPPED, paid["cents"].sum())
noted("polars sum of two", -1_294_967_296, paid["cents"][:2].sum())
noted("polars by product", WRAPPED, paid.group_by("product").agg(cents.sum()).item(0, "cents"))
lazy = pl.scan_parquet("paid.parquet").group_by("product").agg(cents.sum())
noted("polars streaming", WRAPPED, lazy.collect(engine="streaming").item(0, "cents"))
noted("polars over", WRAPPED, paid.select(cents.sum().over("product")).item(0, 0))
noted("polars cumulative", WRAPPED, paid.select(cents.cum_sum()).item(2, 0))
noted("polars rolling", WRAPPED, paid.select(cents.rolling_sum(3)).item(2, 0))
noted("polars SQL", WRAPPED, paid.sql("select sum(cents) from self").item())
noted("polars mean", 1_500_000_000.0, paid["cents"].mean())
noted("polars sum of 16 bits", 90_000, pl.Series([30_000] * 3, dtype=pl.Int16).sum())
table = pq.read_table("paid.parquet")
noted("DuckDB", RIGHT, duckdb.sql("select sum(cents) from 'paid.parquet'").fetchall()[0][0])
noted("pyarrow", RIGHT, pc.sum(table["cents"]).as_py())
noted("pyarrow by product", RIGHT, table.group_by("product").aggregate([("cents", "sum")])["cents_sum"][0].as_py())
noted("pandas", RIGHT, int(table.to_pandas()["cents"].sum()))
END
seen "sums of 8, 16 and 64 bits hold 64, those of 32 bits wrap"
