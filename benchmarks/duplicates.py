"""What remembering event ids costs: `python benchmarks/duplicates.py [IDS]`.

Memory of `Deduplicator` for a million ids of one hour, as the process has it (resident set) and
as it was asked for (tracemalloc), packed and not, and the bytes of their rows in the changelog.
"""

from __future__ import annotations

import gc
import platform
import resource
import subprocess
import sys
import tracemalloc
import uuid
from pathlib import Path

import msgspec
import numpy as np

from streams.core.ingest.deduplicate import Deduplicator

KINDS = ("uuid", "short", "long")
FLUSHED = 10_000
"""Ids between two flushes: the lists of what is not yet written stay short."""


def name(kind: str, number: int) -> str:
    """Make an id: a UUID as text (36 characters), a short (12) or a long one (64)."""
    if kind == "uuid":
        return str(uuid.UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))
    return f"{number:012d}" if kind == "short" else f"{number:064d}"


START = np.zeros(1, np.int64)


def remembered(kind: str, count: int) -> tuple[Deduplicator, int]:
    """Give the deduplicator of `count` ids of one hour, and the bytes of their rows."""
    seen, rows = Deduplicator(3600, open_for=600), 0
    for number in range(count):
        seen.add((name(kind, number),), START)
        if number % FLUSHED == FLUSHED - 1:
            rows += sum(len(msgspec.msgpack.encode(ids)) for ids in seen.fresh.values())
            seen.drain_forgotten()
    return seen, rows


def resident() -> int:
    """Give the resident set of this process, bytes (Linux), or its peak where there is no /proc."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(kind: str, count: int) -> str:
    """Measure one kind of id, in a process that has done nothing else."""
    gc.collect()
    before = resident()
    first, rows = remembered(kind, count)
    gc.collect()
    held = resident() - before
    first.forget(1 << 40)
    tracemalloc.start()
    second, _ = remembered(kind, count)
    asked = tracemalloc.get_traced_memory()[0]
    second.pack(1 << 40)
    second.ids.clear()  # it is empty, and would keep its room until more come
    packed = tracemalloc.get_traced_memory()[0]
    each = "".join(f"{size / count:>10.0f}" for size in (held, asked, packed, rows))
    return f"{kind:<6}{len(name(kind, 0)):>7}{each}"


def main() -> None:
    """Print a line a kind of id; each is measured in a process of its own."""
    *kind, count = sys.argv[1:] or ["1000000"]
    if kind:
        print(measure(kind[0], int(count)))
        return
    print(f"Python {platform.python_version()}, {int(count):,} ids of one hour; bytes an id")
    print(
        f"{'id':<6}{'length':>7}{'resident':>10}{'asked for':>10}{'packed':>10}{'changelog':>10}",
        flush=True,
    )
    for one in KINDS:
        subprocess.run([sys.executable, __file__, one, count], check=True)  # noqa: S603 - ourselves


if __name__ == "__main__":
    main()
