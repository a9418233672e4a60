"""What the console's index costs: built from made-up rows, and asked as the pages ask.

PYTHONPATH=. .venv/bin/python benchmarks/console.py --customers 1000000 --series 100000 --days 90
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.topics import BUCKETS, CUSTOMERS
from streams.console.index.reader import Index
from streams.console.index.tables import VERSION
from streams.console.index.writer import Writer
from streams.core.event_time.zone import UTC_ZONE
from streams.readmodel.positions import MOST, Piece, Position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST = 17_167  # 2017-01-01


def customers(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield rows of customers, with two movements each."""
    for number in range(count):
        name = f"customer-{number:07d}"
        new = {"kind": "new", "at": "2016-02-01T09:30:00Z", "reason": "unknown"}
        more = {"kind": "expansion", "at": "2016-11-03T12:00:00Z", "reason": "upgrade"}
        told = [new | {"values": {"USD": 1900}}, more | {"values": {"USD": 3000}}]
        row = {
            "schema_version": 1, "customer_id": name, "status": "active", "segment": "small",
            "tier": "gold", "since": "2016-02-01T09:30:00Z",
            "recurring_value": {"USD": 100 + number * 7919 % 100_000}, "value_known": True,
            "plan": "team", "subscriptions": 1, "open_complaints": int(number % 50 == 0),
            "last_movement": more, "movements": told, "definitions": "5f0c1a2b",
        }  # fmt: skip
        yield name.encode(), json.dumps(row).encode()


def buckets(series: int, days: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield daily buckets as they come: day by day."""
    for day in range(days):
        start = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime((FIRST + day) * 86_400))
        end = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime((FIRST + day + 1) * 86_400))
        for number in range(series):
            head = (
                f'{{"metric":"complaints","labels":{{"company":"Company {number}"}},'
                f'"grain":"1d","start":"{start}"'
            )
            value = (
                f'{head},"schema_version":1,"end":"{end}","count":{number % 90},"values":{{}},'
                f'"customers":{number % 80},"status":"final","late":null,"watermark":"{end}"}}'
            )
            yield f"{head}}}".encode(), value.encode()


def write(writer: Writer, topic: str, rows: Iterator[tuple[bytes, bytes]]) -> tuple[int, float]:
    """Write rows as they are fetched; returns how many, and the CPU seconds of writing alone."""
    offset, spent = 0, 0.0
    while batch := [row for _, row in zip(range(MOST), rows, strict=False)]:
        offset += len(batch)
        began = time.process_time()
        writer.write([Piece(topic, 0, batch, Position(offset, b""))])
        spent += time.process_time() - began
    return offset, spent


def timed(what: str, ask: Callable[[int], object], times: int) -> None:
    """Print how long something takes, wall milliseconds: the median and the 99th percentile."""
    found = []
    for number in range(times):
        began = time.perf_counter()
        ask(number)
        found.append((time.perf_counter() - began) * 1e3)
    found.sort()
    middle, late = statistics.median(found), found[int(times * 0.99)]
    print(f"{what:40} median {middle:8.2f} ms   p99 {late:8.2f} ms")


def main() -> None:
    """Build an index, and ask it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.sqlite"
        writer = Writer(file, time.time(), UTC_ZONE)
        for topic, rows in (
            (CUSTOMERS, customers(given.customers)),
            (BUCKETS, buckets(given.series, given.days)),
        ):
            count, spent = write(writer, topic, rows)
            print(
                f"{topic}: {count:,} rows in {spent:.1f} CPU s, {spent / count * 1e6:.1f} us each"
            )
        size = sum(one.stat().st_size for one in Path(folder).iterdir())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"index version {VERSION}: {size / 2**20:,.0f} MiB; memory at most {peak:,} MiB")
        index = Index(file)
        end = FIRST + 719_163 + given.days
        timed("a customer by its id", lambda n: index.customer(
            f"customer-{n * 7919 % given.customers:07d}"), 2_000)  # fmt: skip
        timed("the 50 biggest", lambda _: index.biggest("USD", 50), 50)
        timed("the 50 biggest at risk", lambda _: index.at_risk("USD", 50), 50)
        timed("the 24 largest series of 28 days", lambda _: index.largest(
            "complaints", "company", end - 28, end, 24), 5)  # fmt: skip
        timed("90 days of a series", lambda n: index.days(n + 1, end - 90, end), 500)
        timed("which breakdowns there are", lambda _: index.breakdowns(), 20)
        timed("currencies", lambda _: index.currencies(), 20)


if __name__ == "__main__":
    main()
