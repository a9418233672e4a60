#!/usr/bin/env bash
# ClickHouse 26.9.2, in chdb 4.4.0; beside it DuckDB 2.0.1, polars 2.1.0, pyarrow 26.0.1, DataFusion 55.0.0.
# One would think: a price that was read as a float is the nearest cent again as a Decimal(9, 2).
# What happens: ClickHouse cuts. Of the prices from 0.01 to 99.99 it takes a cent off 573; 0.29 is 0.28
# by toDecimal64(0.29, 2) and CAST(0.29 AS ...), though both look as if a decimal stood there, and 0.29
# by 0.29::Decimal(9, 2), which reads the text. It never adds one, so sums fall. DuckDB, polars, pyarrow
# and DataFusion have each of the 9,999 right.
. "$(dirname "$0")/lib/finding.sh"
install chdb==4.4.0 duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1 datafusion==55.0.0
run - <<'END'
from decimal import Decimal

import chdb
import duckdb
import polars as pl
import pyarrow as pa
from datafusion import SessionContext
from noted import noted

right = [Decimal(cents) / 100 for cents in range(1, 10_000)]
prices = pa.table({"price": [cents / 100 for cents in range(1, 10_000)]})


def wrong(found):
    return sum(each != price for each, price in zip(found, right, strict=True))


def clickhouse(query):
    return chdb.query(query, "TSV").bytes().decode().strip()


for way in ("toDecimal64(number / 100, 2)", "cast(number / 100 as Decimal(9, 2))"):
    query = f"select countIf({way} * 100 != number), sum({way}) from numbers(1, 9999)"
    noted(f"{way}: wrong, and the sum", "573\t499944.27", clickhouse(query))
noted("the sum of the prices", Decimal("499950.00"), sum(right))
literals = "toDecimal64(0.29, 2), cast(0.29 as Decimal(9, 2)), 0.29::Decimal(9, 2), toDecimal64('0.29', 2)"
noted(literals, "0.28\t0.28\t0.29\t0.29", clickhouse(f"select {literals}"))
duck = duckdb.sql("select price::decimal(9, 2) from prices").fetchall()
noted("DuckDB: wrong", 0, wrong([price for (price,) in duck]))
noted("polars: wrong", 0, wrong(pl.from_arrow(prices)["price"].cast(pl.Decimal(9, 2)).to_list()))
noted("pyarrow: wrong", 0, wrong(prices["price"].cast(pa.decimal128(9, 2)).to_pylist()))
context = SessionContext()
context.from_arrow(prices, "prices")
rows = context.sql("select cast(price as decimal(9, 2)) as it from prices").to_pylist()
noted("DataFusion: wrong", 0, wrong([row["it"] for row in rows]))
END
seen "573 of 9,999 prices lose a cent"
