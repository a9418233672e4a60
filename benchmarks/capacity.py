"""How much is needed for how much: measures the parts, and computes docs/capacity.md from them.

    python benchmarks/capacity.py --measure   # a minute or two; writes capacity_parts.json
    python benchmarks/capacity.py [--docs]    # prints the tables; --docs puts them into the page

Measured without a broker: bytes a record, raw and with zstd, of events and of what the stages send
and keep; and how long stages take to restore their state, by its size. What comes from other
measurements (CPU an event, bytes and seconds of customers) stands in OTHERS with where it is from.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import platform
import random
import re
import sys
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiokafka.codec import zstd_encode
from backlog_steps import Run, parted
from bench_events import Work, complaints
from ingest_speed import BEGIN

from streams.core.aggregate.stage import AggregateStage
from streams.core.ingest.stage import IngestStage
from streams.core.stage import Flush
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PARTS: Final = Path(__file__).with_name("capacity_parts.json")
PAGE: Final = Path(__file__).parents[1] / "docs" / "capacity.md"
BEGINS, ENDS = "<!-- capacity: begin -->\n", "<!-- capacity: end -->\n"
BATCH: Final = 512 * 1024
SIZES: Final = (
    ("wide, small", 20_000, 2_000),
    ("wide", 80_000, 20_000),
    ("wider", 160_000, 100_000),
)
"""Loads whose state is restored: events in three hours, companies."""

OTHERS: Final = {
    "microseconds an event, whole worker": (7, "docs/performance.md: dense"),
    "the same, 100,000 companies": (27, "docs/performance.md: wide"),
    "the same, customers kept": (11, "docs/performance.md: dense, customers"),
    "bytes of memory a customer": (462, "decision 22: each of them wrote"),
    "bytes of changelog a customer": (208, "decision 22: packed, ten events, without its key"),
    "seconds to restore a million customers": (5.6, "decision 22: CPU, the median of three"),
}
"""Measured elsewhere: value, and where it stands."""

USE: Final = 0.6
"""Of a core, as is planned with: the rest is for catching up after a stop."""
HEADROOM: Final = 2
"""Partitions a process, at least: their number cannot be changed."""
REPLICAS: Final = 3
BROKER_MB: Final = 50.0
"""MB a second that one broker is planned to take, copies from others included: assumed."""
BROKER_PARTITIONS: Final = 4_000
"""Partitions, copies included, that one broker is planned to lead and follow: assumed."""
DAY: Final = 86_400
RATES: Final = (10_000, 1_000_000, 10_000_000)


def packed(records: Iterable[bytes]) -> tuple[int, int, int]:
    """Return how many records there are, their bytes, and those of them compressed in batches."""
    count = raw = small = 0
    batch: list[bytes] = []
    size = 0
    for record in (*records, None):
        if record is not None:
            batch.append(record)
            size += len(record)
            count += 1
        if batch and (record is None or size >= BATCH):
            raw += size
            small += len(zstd_encode(b"".join(batch)))
            batch, size = [], 0
    return count, raw, small


class Kept(Run):
    """A pass through all stages that keeps what they write and send."""

    def __init__(self) -> None:
        super().__init__()
        self.state: dict[Any, dict[bytes, bytes]] = {}
        self.written: list[bytes] = []
        self.sent: dict[str, list[bytes]] = {}

    def _step(self, name: str, call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        found = super()._step(name, call, *arguments)
        if isinstance(found, Flush):
            rows = self.state.setdefault(call.__self__, {})  # type: ignore[attr-defined]
            for key, value in found.rows:
                self.written.append(key + (value or b""))
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value
            for send in found.sends:
                self.sent.setdefault(send.topic, []).append((send.key or b"") + (send.value or b""))
        return found


def with_random_ids(event: bytes, draw: random.Random) -> bytes:
    """Give an event an id as producers do: those of the benchmark count up, and compress well."""
    made = str(uuid.UUID(int=draw.getrandbits(128), version=4)).encode()
    return re.sub(rb"00000000-0000-0000-0000-[0-9]{12}", made, event)


def restored(kept: Kept) -> dict[str, float]:
    """Restore the ingest and aggregate stages of one partition; say what that took."""
    found: Counter[str] = Counter()
    settings = Settings()
    for stage, rows in kept.state.items():
        if not isinstance(stage, (IngestStage, AggregateStage)):
            continue
        fresh = type(stage)(0, len(kept.state), settings)
        gc.collect()
        begun = time.process_time()
        fresh.restore(rows)
        found["seconds"] += time.process_time() - begun
        count, raw, small = packed(key + value for key, value in rows.items())
        found["rows"] += count
        found["bytes"] += raw
        found["zstd"] += small
        if isinstance(fresh, AggregateStage):
            found["series"] += fresh.sizes()["series"]
    return dict(found)


def measure() -> dict[str, Any]:
    """Measure all parts."""
    gc.set_threshold(200_000, 2, 20_000)  # as a worker does
    draw = random.Random(5)  # noqa: S311 -- no cryptography
    made = complaints(Work("dense", 50_000, 1, 60), BEGIN)
    events = [with_random_ids(one.key + one.value, draw) for one in made]
    records: dict[str, tuple[int, int, int]] = {"event": packed(events)}
    restores = []
    for name, number, companies in SIZES:
        kept = Kept()
        kept.backlog(parted(Work(name, number, 3, companies)))
        restores.append({"load": name, "companies": companies, **restored(kept)})
        print(restores[-1], file=sys.stderr, flush=True)
        if name == "wide":
            records["changelog"] = packed(kept.written)
            for topic in ("groundswell.partials", "metrics.buckets", "metrics.rolling"):
                records[topic] = packed(kept.sent.get(topic, ()))
    each = {
        name: {"count": count, "raw": round(raw / count, 1), "zstd": round(small / count, 1)}
        for name, (count, raw, small) in records.items()
        if count
    }
    return {"python": platform.python_version(), "records": each, "restores": restores}


def records_table(parts: dict[str, Any]) -> str:
    """Write bytes a record."""
    lines = ["| record | bytes | with zstd |", "|---|---:|---:|"]
    lines += [
        f"| {name} | {one['raw']:.0f} | {one['zstd']:.0f} |"
        for name, one in parts["records"].items()
    ]
    return "\n".join(lines)


def restores_table(parts: dict[str, Any]) -> str:
    """Write the time to restore by the size of the state, and what it comes to a series."""
    lines = [
        "| series | rows | MB in the changelog | with zstd | CPU s to restore |",
        "|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one['series']:,.0f} | {one['rows']:,.0f} | {one['bytes'] / 1e6:.0f} |"
        f" {one['zstd'] / 1e6:.1f} | {one['seconds']:.1f} |"
        for one in parts["restores"]
    ]
    million = OTHERS["seconds to restore a million customers"][0]
    lines.append("")
    lines.append("| customers, of one partition or many | MB in memory | CPU s to restore |")
    lines.append("|---:|---:|---:|")
    for customers in (1_000_000, 10_000_000, 100_000_000):
        held = customers * OTHERS["bytes of memory a customer"][0] / 1e6
        lines.append(f"| {customers:,} | {held:,.0f} | {customers / 1e6 * million:,.0f} |")
    return "\n".join(lines)


def needs(parts: dict[str, Any], rate: int, microseconds: float) -> dict[str, float]:
    """Compute what so many events a second need."""
    processes = max(1, math.ceil(rate * microseconds / 1e6 / USE))
    partitions = max(4, HEADROOM * processes)
    incoming = rate * parts["records"]["event"]["zstd"] / 1e6
    # Each is written to as many brokers as it has copies.
    by_bytes = math.ceil(incoming * REPLICAS / BROKER_MB)
    topics = 9 + 4  # source topics; partials, buckets, rolling and changelogs that matter
    by_partitions = math.ceil(partitions * topics * REPLICAS / BROKER_PARTITIONS)
    return {
        "processes": processes,
        "partitions": partitions,
        "MB/s": incoming,
        "TB a day": incoming * DAY * REPLICAS / 1e6,
        "TB in 400 days": incoming * DAY * 400 * REPLICAS / 1e6,
        "brokers": max(3, by_bytes, by_partitions),
        "bytes": by_bytes,
        "counts": by_partitions,
    }


def needs_table(parts: dict[str, Any]) -> str:
    """Write what rates need, without customers and with them."""
    lines = [
        "| events/s | | processes | partitions | MB/s in | TB a day | TB in 400 days | brokers |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for rate in RATES:
        for what, key in (
            ("60 companies", "microseconds an event, whole worker"),
            ("100,000 companies", "the same, 100,000 companies"),
            ("customers kept", "the same, customers kept"),
        ):
            one = needs(parts, rate, OTHERS[key][0])
            lines.append(
                f"| {rate:,} | {what} | {one['processes']:,.0f} | {one['partitions']:,.0f} |"
                f" {one['MB/s']:,.1f} | {one['TB a day']:,.2f} | {one['TB in 400 days']:,.0f} |"
                f" {one['brokers']:,.0f} |"
            )
    return "\n".join(lines)


def others_table() -> str:
    """Write what was measured elsewhere."""
    lines = ["| part | value | measured in |", "|---|---:|---|"]
    lines += [f"| {name} | {value:g} | {where} |" for name, (value, where) in OTHERS.items()]
    return "\n".join(lines)


def main() -> None:
    """Measure, print or write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--docs", action="store_true")
    given = parser.parse_args()
    if given.measure:
        PARTS.write_text(json.dumps(measure(), indent=1) + "\n")
    parts = json.loads(PARTS.read_text())
    text = "\n\n".join(
        (
            "### Measured: bytes a record",
            records_table(parts),
            "### Measured: time to restore",
            restores_table(parts),
            "### Measured elsewhere",
            others_table(),
            "### Computed: what rates need",
            needs_table(parts),
        )
    )
    if not given.docs:
        print(text)
        return
    page = PAGE.read_text()
    before, rest = page.split(BEGINS)
    _, after = rest.split(ENDS)
    PAGE.write_text(f"{before}{BEGINS}\n{text}\n\n{ENDS}{after}")


if __name__ == "__main__":
    main()
