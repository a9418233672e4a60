"""What the console costs: its index from made-up rows, its pages, and who follows its events.

PYTHONPATH=. .venv/bin/python benchmarks/console.py --customers 1000000 --series 100000 --days 90
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import os
import resource
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import uvicorn

from schemas.topics import BUCKETS, CUSTOMERS, INCIDENTS
from streams.console.app import create
from streams.console.index.changes import Changes
from streams.console.index.ranking import series_id
from streams.console.index.reader import Index
from streams.console.index.tables import VERSION
from streams.console.index.writer import Writer
from streams.console.parts import Parts
from streams.console.pseudonyms import Pseudonyms
from streams.console.rendering import Pages
from streams.console.sessions import Sessions
from streams.core.event_time.zone import UTC_ZONE
from streams.readmodel.positions import MOST, Piece, Position
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

ROWS = Path(__file__).parents[1] / "tests/console/rows.jsonl.gz"
"""What a worker published of the demo: incidents, periods and windows for the pages."""
PAGES = (
    "/", "/incidents", "/periods/2016-12", "/explorer", "/explorer?by=company",
    "/explorer?by=company&having=77", "/customers", "/customers?list=biggest", "/frontline",
)  # fmt: skip
APART_S = 0.5
"""Between two rows that change the page Now."""
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
    """Yield daily buckets as they come: day by day, the total first."""
    for day in range(days):
        start = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime((FIRST + day) * 86_400))
        end = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime((FIRST + day + 1) * 86_400))
        for number in range(-1, series):
            labels = f'{{"company":"Company {number}"}}' if number >= 0 else "{}"
            head = f'{{"metric":"complaints","labels":{labels},"grain":"1d","start":"{start}"'
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


def recorded() -> dict[str, list[tuple[bytes, bytes]]]:
    """Return the recorded rows of the topics that are small, by topic."""
    found: dict[str, list[tuple[bytes, bytes]]] = {}
    with gzip.open(ROWS, "rt") as lines:
        for line in lines:
            topic, key, value = json.loads(line)
            if topic not in {CUSTOMERS, BUCKETS}:
                found.setdefault(topic, []).append((key.encode(), value.encode()))
    return found


def serve(file: Path, address: Connection) -> None:
    """Serve the pages of an index, of which an incident changes twice a second."""
    changes, index = Changes(), Index(file)

    async def send(*_: object) -> None:
        return

    parts = Parts(
        Settings(), index, changes, Sessions(b"0" * 32, (), "somebody", 3600),
        Pseudonyms(b"0" * 32), Pages(), send,
    )  # fmt: skip
    key, value = next((k, v) for k, v in recorded()[INCIDENTS] if b'"state":"open"' in v)

    def change() -> None:
        writer = Writer(file, time.time(), UTC_ZONE)
        for number in range(1, 10_000):
            row = json.dumps(json.loads(value) | {"observed": number}).encode()
            changes.announce(writer.write([Piece(INCIDENTS, 0, [(key, row)], Position(0, b""))]))
            time.sleep(APART_S)

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets)  # type: ignore[arg-type]
            address.send((self.servers[0].sockets[0].getsockname()[1], os.getpid()))
            threading.Thread(target=change, daemon=True).start()

    Server(uvicorn.Config(create(parts), port=0, log_level="warning")).run()


def cpu_of(process: int) -> float:
    """Return the CPU seconds that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def follow(port: int, clients: int, seconds: float, server: int) -> None:
    """Follow the event stream by many, and print what that costs the server."""
    events = 0

    async def one() -> None:
        nonlocal events
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        writer.write(b"GET /live/now HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            async for line in reader:
                events += line == b"\n"
        finally:
            writer.close()

    tasks = [asyncio.create_task(one()) for _ in range(clients)]
    await asyncio.sleep(2)
    events, spent, began = 0, cpu_of(server), time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    share = (cpu_of(server) - spent) / took
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(f"{clients} follow the events, {events / took / clients:.1f} a second: {share:.2f} cores")


def served(file: Path, clients: int) -> None:
    """Print how long pages take over HTTP, and what those cost who follow the events."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(file, theirs), daemon=True)
    server.start()
    port, number = ours.recv()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for page in PAGES:
            began = time.perf_counter()
            client.get(page).raise_for_status()
            first = (time.perf_counter() - began) * 1e3
            print(f"{page:40} first {first:9.2f} ms")
            timed(page, lambda _, page=page: client.get(page), 20)  # type: ignore[misc]
    asyncio.run(follow(port, clients, 20.0, number))
    server.kill()
    server.join()


def main() -> None:
    """Build an index, and ask it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--clients", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.sqlite"
        writer = Writer(file, time.time(), UTC_ZONE)
        began = time.perf_counter()
        for topic, small in recorded().items():
            write(writer, topic, iter(small))
        for topic, rows in (
            (CUSTOMERS, customers(given.customers)),
            (BUCKETS, buckets(given.series, given.days)),
        ):
            count, spent = write(writer, topic, rows)
            print(
                f"{topic}: {count:,} rows in {spent:.1f} CPU s, {spent / count * 1e6:.1f} us each"
            )
        print(f"built in {time.perf_counter() - began:.0f} s, making up the rows included")
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
            "complaints", "company", (end - 28, end), 24), 20)  # fmt: skip
        timed("90 days of a series", lambda n: index.days(series_id(2, n), end - 90, end), 500)
        timed("which breakdowns there are", lambda _: index.breakdowns(), 20)
        timed("currencies", lambda _: index.currencies(), 20)
        writer.close()
        served(file, given.clients)


if __name__ == "__main__":
    main()
