"""A partition of many customers without feeding it all of their events: a few, copied.

A customer's life says nothing of its id, so a life under another id is another customer. Cells and
levels are made to match: the running check finds no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.changelog import Layout
from streams.core.customers.kinds import (
    CUSTOMER_CELL,
    CUSTOMER_PROGRESS,
    KINDS,
    LEVEL,
    LIFE,
    NAME,
    Progress,
)
from streams.core.customers.stored.head import due_of
from streams.core.customers.stored.packed import unpack
from streams.core.customers.stored.store import SHARDS, shard_of
from streams.core.customers.sums.account import Account, stock
from streams.core.customers.sums.ledger import count
from streams.core.ingest.kinds import DEFINITIONS, LAYOUT, MARKS, MOVEMENTS_SENT

if TYPE_CHECKING:
    from streams.core.customers.customers import Customers
    from streams.core.customers.sums.ledger import Group, Level


def copied(few: Customers, log: dict[bytes, bytes], customers: int) -> dict[bytes, bytes]:
    """Give the changelog of an ingest stage with so many customers, without its definitions.

    Args:
        few: settled, and all their changes handed out.
        log: their changelog.
        customers: how many there are to be, a multiple of the few.
    """
    copies = customers // len(few)
    rows = {}
    for row in Layout("customers", LAYOUT.version, *KINDS).read(log):
        if row.kind is NAME:
            rows[NAME.key(*row.fields)] = NAME.encode(row.value)
        elif row.kind is CUSTOMER_CELL:
            events, lives, values = row.value
            sums = {currency: amount * copies for currency, amount in values.items()}
            many = events * copies, lives * copies, sums
            rows[CUSTOMER_CELL.key(*row.fields)] = CUSTOMER_CELL.encode(many)
    levels: list[dict[Group, Level]] = [{} for _ in range(SHARDS)]
    for shard in range(SHARDS):
        for own, packed in few.store.shard(shard):
            reported = min(few.clock, due_of(packed) - 1)
            account = Account(unpack(packed), reported, few.rules)
            found = stock(account, reported, few.rules.calendar)
            for copy in range(copies):
                customer = b"%s-%04d" % (own, copy)
                rows[LIFE.key(customer.decode())] = bytes(bytearray(packed))  # one each, as read
                if found is not None:
                    count(levels[shard_of(customer)], *found)
    for shard, groups in enumerate(levels):
        rows[LEVEL.key(shard)] = LEVEL.encode([(*group, units) for group, units in groups.items()])
    progress = Progress(few.clock, few.counts())
    rows[CUSTOMER_PROGRESS.key("clock")] = CUSTOMER_PROGRESS.encode(progress)
    return rows | {MOVEMENTS_SENT.key(mark): b"" for mark in MARKS}


def stamped(rows: dict[bytes, bytes], stamp: str) -> dict[bytes, bytes]:
    """Add the stamp of the definitions that the customers are counted by."""
    return rows | {DEFINITIONS.key("definitions"): DEFINITIONS.encode(stamp)}
