"""What the lives of customers cost: bytes a customer, microseconds an event, a month's end.

    python benchmarks/customers.py [--customers 20000] [--runs 3]

A customer of ten events: a signup, seven payments, a change of plan, a complaint. Bytes are those
of the packed life, and of key, index and object as Python's allocator counts them.
"""

from __future__ import annotations

import argparse
import gc
import platform
import time
import tracemalloc
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from streams.core.customers.customers import PIECE, Customers
from streams.core.customers.definitions import Definitions
from streams.core.customers.packed import pack, unpack
from streams.core.customers.store import SHARDS, DictStore

DAY = 86_400
BEGIN = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
TIERS = (("gold", {"USD": 60_000}), ("silver", {"USD": 20_000}))
NOTHING = dict.fromkeys(
    (
        *("segment", "channel", "plan", "reason", "reasons", "subscription_id", "merged_into"),
        *("effective_at", "initiative", "avoidable", "term_end", "term_months", "monthly_value"),
        *("currency", "product", "issue", "region", "company", "brand", "severity", "text"),
    )
)


def event(kind: str, number: int, time_: int, **fields: Any) -> Any:  # noqa: ANN401
    """Make what a decoder would give."""
    return SimpleNamespace(
        **{
            **NOTHING,
            "event_id": f"{kind}-{number}-{time_}",
            "customer_id": f"customer-{number:08}",
            "occurred_at": datetime.fromtimestamp(time_, UTC),
            **fields,
        }
    )


def payment(number: int, at: int, amount: int = 4900) -> Any:  # noqa: ANN401
    """Make a payment."""
    return event("revenue", number, at, amount=amount, cost_to_serve=1200, currency="USD")


def changed(number: int, at: int, value: int) -> Any:  # noqa: ANN401
    """Make a change of plan."""
    return event(
        "change", number, at, change="changed", monthly_value=value, currency="USD", plan="team"
    )


def history(number: int) -> list[tuple[str, Any]]:
    """Give the ten events of a customer, with their topics."""
    at = BEGIN + number % 28 * DAY + number % 86_000
    signup = event(
        "signup",
        number,
        at,
        segment=("small business", "enterprise", "private")[number % 3],
        monthly_value=4900,
        currency="USD",
        channel="web",
        plan="pro",
    )
    payments = [("revenue", payment(number, at + month * 30 * DAY)) for month in range(7)]
    change = ("changes", changed(number, at + 95 * DAY, 9900))
    complaint = ("complaints", event("complaint", number, at + 120 * DAY, product="app"))
    return [("signups", signup), *payments, change, complaint]


def filled(customers: int) -> Customers:
    """Make a partition of customers with ten events each, and settle it."""
    partition = Customers(Definitions(tiers=TIERS), DictStore())
    batches: dict[int, dict[str, list[Any]]] = {}
    for number in range(customers):
        for topic, one in history(number):
            month = (int(one.occurred_at.timestamp()) - BEGIN) // (30 * DAY)
            batches.setdefault(month, {}).setdefault(topic, []).append(one)
    for month in sorted(batches):
        for topic, events in batches[month].items():
            partition.process(topic, events)
        partition.advance(BEGIN + (month + 1) * 30 * DAY)
        partition.settle()
        partition.changes(0.0)
    return partition


def bytes_a_customer(customers: int) -> None:
    """Print the size of lives, and of the store with keys and index."""
    partition = filled(customers)
    lives = [item for shard in range(SHARDS) for item in partition.store.shard(shard)]
    packed = sum(len(life) for _, life in lives) / customers
    data = [(bytes(key), bytes(life)) for key, life in lives]
    del partition, lives
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    store = DictStore()
    for key, life in data:
        store.put(b"" + key[:4] + key[4:], life[:5] + life[5:])
    used = (tracemalloc.get_traced_memory()[0] - before) / customers
    tracemalloc.stop()
    print(f"a customer of ten events: {packed:.0f} B packed, {used:.0f} B with key and index")


def timed(label: str, make: Any, runs: int, customers: int) -> None:  # noqa: ANN401
    """Print the microseconds each of `runs` runs takes a customer."""
    figures = []
    for _ in range(runs):
        run = make()
        gc.collect()
        begin = time.process_time()
        run()
        figures.append((time.process_time() - begin) / customers * 1e6)
    print(f"{label}: {', '.join(f'{one:.2f}' for one in figures)} us")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    customers, runs = args.customers, args.runs
    print(f"Python {platform.python_version()}, {customers} customers, {runs} runs each")
    bytes_a_customer(customers)
    partition = filled(customers)
    clock = partition.clock
    lives = [life for shard in range(SHARDS) for _, life in partition.store.shard(shard)]
    timed("decode", lambda: lambda: [unpack(one) for one in lives], runs, customers)
    opened = [unpack(one) for one in lives]
    timed("encode", lambda: lambda: [pack(one) for one in opened], runs, customers)
    later = iter(range(10_000))

    def fed(topic: str, make: Any) -> Any:  # noqa: ANN401
        def prepare() -> Any:  # noqa: ANN401
            step = next(later) * 60
            events = [make(number, clock + step) for number in range(customers)]

            def run() -> None:
                partition.process(topic, events)
                partition.changes(0.0)

            return run

        return prepare

    timed("payment", fed("revenue", payment), runs, customers)
    timed("complaint", fed("complaints", lambda n, at: event("c", n, at)), runs, customers)
    timed(
        "lifecycle event in order",
        fed("changes", lambda n, at: changed(n, at - 3600, 4900 + at % 1000)),
        runs,
        customers,
    )
    timed(
        "lifecycle event 100 days back",
        fed("changes", lambda n, at: changed(n, at - 100 * DAY, 4900 + at % 1000)),
        runs,
        customers,
    )
    month_end(partition, customers)


def month_end(partition: Customers, customers: int) -> None:
    """Print how long the work at the ends of the next 14 months takes, and its longest piece."""
    calendar = partition.rules.calendar
    month = calendar.of(partition.clock)
    for end in range(month + 1, month + 15):
        partition.advance(calendar.starts[end] + 1)
        pieces = []
        while True:
            begin = time.process_time()
            more = partition.work(PIECE)
            pieces.append(time.process_time() - begin)
            if not more:
                break
        due = sum(row[0].startswith(b"l\t") for row in partition.changes(0.0).rows)
        each = f", {sum(pieces) / due * 1e6:.1f} us each" if due else ""
        print(
            f"month's end {calendar.name(end)}: {due} of {customers} lives due{each}; "
            f"{sum(pieces) * 1e3:.0f} ms, longest piece {max(pieces) * 1e3:.1f} ms"
        )


if __name__ == "__main__":
    main()
