"""What keeping customers costs: bytes each, microseconds an event, a month's end, a take-over.

    python benchmarks/customers.py [--customers 20000] [--runs 3] [--company DIR] [--many 1000000]

Prints every run of

- bytes a customer of ten events (a signup, seven payments, a change of plan, a complaint, of which
  every third has a text): packed,
  and with key and index as Python's allocator counts them;
- microseconds that one step takes: to read and write a life, and an event of a kind that comes to
  every customer at once;
- microseconds an event of a simulated company takes with customers more than without, in turn: as a
  backlog, and live in batches of 20 and of 200, each flushed. `--company` is what groundswell
  simulate wrote; without it, one of 4,000 customers and 18 months is made up;
- how long a partition of `--many` such customers takes to be taken over from the rows of its
  changelog, and how long it stands still at most at the ends of the months that follow: for a piece
  of work, a flush, and a piece of the running check.

Times are CPU time of the process.
"""

from __future__ import annotations

import argparse
import gc
import platform
import tempfile
import time
import tracemalloc
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lives_backlog import FLUSH_KEYS, WALL, batches, run
from lives_backlog import TIERS as COMPANY_TIERS
from many_customers import copied, stamped

from streams.core.config import Customers as Kept
from streams.core.customers.customers import PIECE, Customers
from streams.core.customers.definitions import Definitions
from streams.core.customers.stored.packed import pack, unpack
from streams.core.customers.stored.store import SHARDS, DictStore
from streams.core.ingest.running_check import CHECKED_AT_ONCE
from streams.core.ingest.with_customers import IngestStageWithCustomers
from streams.settings import Settings
from streams.simulate.company import found
from streams.simulate.run import simulate

DAY = 86_400
BEGIN = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
TIERS = (("gold", {"USD": 60_000}), ("silver", {"USD": 20_000}))
TEXT = "They charged me twice, and nobody at the desk could tell me why. " * 4
"""What one in three writes."""
NOTHING = dict.fromkeys(
    (
        *("segment", "channel", "plan", "reason", "reasons", "subscription_id", "merged_into"),
        *("effective_at", "initiative", "avoidable", "term_end", "term_months", "monthly_value"),
        *(
            "currency",
            "product",
            "issue",
            "region",
            "company",
            "brand",
            "severity",
            "text",
            "detail",
        ),
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
    said = None if number % 3 else TEXT
    complaint = ("complaints", event("complaint", number, at + 120 * DAY, product="app", text=said))
    return [("signups", signup), *payments, change, complaint]


def filled(customers: int) -> tuple[Customers, dict[bytes, bytes]]:
    """Make a settled partition of customers with ten events each; give its changelog, too."""
    partition = Customers(Definitions(tiers=TIERS), DictStore())
    log: dict[bytes, bytes] = {}
    by_month: dict[int, dict[str, list[Any]]] = {}
    for number in range(customers):
        for topic, one in history(number):
            month = (int(one.occurred_at.timestamp()) - BEGIN) // (30 * DAY)
            by_month.setdefault(month, {}).setdefault(topic, []).append(one)
    for month in sorted(by_month):
        for topic, events in by_month[month].items():
            partition.process(topic, events)
        partition.advance(BEGIN + (month + 1) * 30 * DAY)
        partition.settle()
        for key, value in partition.changes(0.0).rows:
            if value is None:
                log.pop(key, None)
            else:
                log[key] = value
    return partition, log


def bytes_a_customer(partition: Customers, customers: int) -> None:
    """Print the size of lives, and of the store with keys and index."""
    lives = [item for shard in range(SHARDS) for item in partition.store.shard(shard)]
    packed = sum(len(life) for _, life in lives) / customers
    data = [(bytes(key), bytes(life)) for key, life in lives]
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
        act = make()
        gc.collect()
        begin = time.process_time()
        act()
        figures.append((time.process_time() - begin) / customers * 1e6)
    print(f"{label}: {', '.join(f'{one:.2f}' for one in figures)} us")


def steps(partition: Customers, customers: int, runs: int) -> None:
    """Print what a life and an event of one kind cost."""
    clock = partition.clock
    lives = [life for shard in range(SHARDS) for _, life in partition.store.shard(shard)]
    timed("decode", lambda: lambda: [unpack(one) for one in lives], runs, customers)
    opened = [unpack(one) for one in lives]
    timed("encode", lambda: lambda: [pack(one) for one in opened], runs, customers)
    later = iter(range(10_000))

    def fed(label: str, topic: str, make: Any) -> None:  # noqa: ANN401
        def prepare() -> Any:  # noqa: ANN401
            step = next(later) * 60
            events = [make(number, clock + step) for number in range(customers)]

            def act() -> None:
                partition.process(topic, events)
                partition.changes(0.0)

            return act

        timed(label, prepare, runs, customers)

    fed("payment", "revenue", payment)
    fed("complaint", "complaints", lambda n, at: event("c", n, at))
    fed("change of plan", "changes", lambda n, at: changed(n, at - 3600, 4900 + at % 1000))
    fed(
        "change of plan 100 days back",
        "changes",
        lambda n, at: changed(n, at - 100 * DAY, 4900 + at % 1000),
    )


def an_event(company: Path, runs: int) -> None:
    """Print what customers cost an event of a company, beside a stage without them."""
    kept: dict[str, Any] = {"customers": Kept(enabled=True, tiers=COMPANY_TIERS)}
    for label, size, live in (
        ("backlog", 2_000, False),
        ("live, batches of 200", 200, True),
        ("live, batches of 20", 20, True),
    ):
        made = batches(company, size, 1)
        events = sum(len(records) for _, records in made)
        for _ in range(runs):
            off = run(Settings(), made, live=live) / events * 1e6
            on = run(Settings(**kept), made, live=live) / events * 1e6
            print(
                f"{label}: without {off:.1f} us, with {on:.1f} us an event of {events}: "
                f"{on - off:.1f} us, {on / off:.2f}x"
            )


def many(rows: dict[bytes, bytes], runs: int, settings: Settings) -> IngestStageWithCustomers:
    """Print how long a partition takes to be taken over."""
    figures = []
    for _ in range(runs):
        gc.collect()
        begin = time.process_time()
        stage = IngestStageWithCustomers(0, 1, settings)
        stage.restore(rows)
        taken = time.process_time() - begin
        while stage.work():
            pass
        figures.append(f"{taken:.1f} s, and {time.process_time() - begin - taken:.1f} s of work")
    print(f"take-over of {len(stage.customers):,} customers: {'; '.join(figures)}")
    return stage


class Longest:
    """The longest of some things that are done, and the sum."""

    def __init__(self) -> None:
        self.longest = self.total = 0.0

    def time(self, act: Any) -> Any:  # noqa: ANN401
        """Do something and give what comes of it."""
        begin = time.process_time()
        result = act()
        taken = time.process_time() - begin
        self.longest = max(self.longest, taken)
        self.total += taken
        return result

    def __str__(self) -> str:
        return f"{self.longest * 1e3:.0f} ms of {self.total:.1f} s"


def month_ends(stage: IngestStageWithCustomers, months: int, skipped: int) -> None:
    """Print what the work at the ends of some months takes, flushed as a worker does.

    The clock leaps over those that are skipped: what is due then is so with the first end after.
    """
    partition = stage.customers
    calendar = partition.rules.calendar
    month = calendar.of(partition.clock) + skipped
    number = 0
    for end in range(month + 1, month + 1 + months):
        partition.advance(calendar.starts[end] + 1)
        work, flush, check, due = Longest(), Longest(), Longest(), 0
        more = True
        while more:
            more = work.time(lambda: partition.work(PIECE))
            if stage.pending() >= FLUSH_KEYS or not more:
                number += 1
                wall = WALL + number
                made = flush.time(lambda n=number, wall=wall: stage.flush(n, wall))
                due += sum(row[0].startswith(b"l\t") for row in made.rows)
        for _ in range(len(partition) // CHECKED_AT_ONCE + 1):
            check.time(lambda: partition.check_some(CHECKED_AT_ONCE))
        print(
            f"month's end {calendar.name(end)}: {due:,} of {len(partition):,} lives due; longest "
            f"piece of work {work}, longest flush {flush}, longest piece of the check {check}"
        )
        if any(stage.conservation_error().values()):
            raise SystemExit("customers do not add up")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=20_000, help="of bytes and single steps")
    parser.add_argument("--many", type=int, default=100_000, help="taken over; at a month's end")
    parser.add_argument("--months", type=int, default=14, help="whose ends are looked at")
    parser.add_argument("--skipped", type=int, default=0, help="months before the first of them")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--company", type=Path, help="folder of groundswell simulate")
    parser.add_argument("--only", choices=("lives", "events", "many"))
    args = parser.parse_args()
    print(
        f"Python {platform.python_version()}, msgspec {version('msgspec')}, {args.runs} runs each"
    )
    wanted = {"lives", "events", "many"} if args.only is None else {args.only}
    gc.set_threshold(200_000, 2, 20_000)  # as a worker does
    if "lives" in wanted:
        partition, _ = filled(args.customers)
        bytes_a_customer(partition, args.customers)
        steps(partition, args.customers, args.runs)
        del partition
    if "events" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            company = args.company
            if company is None:
                company = Path(folder)
                simulate(found(1, 4_000, 18, (2016, 1)), company, lambda _: None)
            an_event(company, args.runs)
    if "many" in wanted:
        few, log = filled(min(2_000, args.many))
        settings = Settings(customers=Kept(enabled=True, tiers=TIERS))
        rows = stamped(copied(few, log, args.many), settings.customers.definitions.stamp)
        month_ends(many(rows, args.runs, settings), args.months, args.skipped)


if __name__ == "__main__":
    main()
