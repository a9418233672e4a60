"""What must be on the public topics in the end, and what is not as it must be."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from compare import clean_pass, differences, never, outcomes, published, repeated, tables
from producer import PARTITIONS

from schemas.topics import HISTORY
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare import Tables
    from producer import Plan
    from reader import Reader

CATCH_UP_SECONDS: Final = 600.0
QUIET_SECONDS: Final = 40.0
"""When nothing has come for so long, though all partitions have an owner, nothing will."""
SETTINGS: Final = {
    "GROUNDSWELL_KAFKA__PARTITIONS": str(PARTITIONS),
    "GROUNDSWELL_WORKER__PORT": "0",
    # What is idle would close buckets by the wall clock, and be amended where nothing else is.
    "GROUNDSWELL_TABLES__IDLE_TIMEOUT": "1000000",
}
"""What workers need to be compared with a clean pass."""
KEPT: Final = {"GROUNDSWELL_CUSTOMERS__ENABLED": "true"}
"""With the lives of customers besides."""


def config() -> Settings:
    """Give the settings of a clean pass, as those of the workers."""
    base = Settings()
    tables = base.tables.model_copy(update={"idle_timeout": 1e6})
    customers = base.customers.model_copy(update={"enabled": True})
    return base.model_copy(update={"tables": tables, "customers": customers})


def truth(plan: Plan, say: Callable[[str], None]) -> Tables:
    """Give what one clean pass makes of a plan."""
    cluster = clean_pass(config(), plan.messages, time.time(), PARTITIONS)
    assert outcomes(cluster) == plan.outcomes, "the plan is wrong about its events"
    want = tables(published(cluster))
    states = Counter(row["state"] for row in want[HISTORY].values())
    assert states["firing"], "no alert, so none is shown to be exact"
    assert states["resolved"]
    say(f"one clean pass: {sum(map(len, want.values())):,} rows, {dict(states)} alerts")
    return want


async def settled(reader: Reader, want: Tables, owned: Callable[[], bool]) -> int:
    """Read until everything is as it must be, or nothing comes any more; counts what differs.

    As long as `owned` says that partitions have no owner, something may come. To compare takes
    seconds, so it is done when nothing comes, once for what came, and beside the loop: the proxies
    pass everything on.
    """
    deadline, quiet = time.monotonic() + CATCH_UP_SECONDS, time.monotonic()
    found: list[str] | None = None
    while True:
        came = await asyncio.to_thread(reader.read)
        now = time.monotonic()
        if came:
            found = None
        if came or not owned():
            quiet = now
        if came and now < deadline:
            continue
        if found is None:
            found = await asyncio.to_thread(lambda: differences(want, tables(reader.messages)))
        if not found or now > deadline or now - quiet > QUIET_SECONDS:
            return len(found)


def judged(reader: Reader, want: Tables) -> list[str]:
    """List all that is wrong with what was read."""
    found = differences(want, tables(reader.messages))
    return found + never(reader.messages, want) + repeated(reader.messages[HISTORY])
