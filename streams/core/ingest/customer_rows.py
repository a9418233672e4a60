"""Rows of the topic `customers`: one a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import wire
from schemas.topics import CUSTOMERS
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.customers.sums.row import CustomerRow


def customer_rows(
    rows: Iterable[tuple[str, CustomerRow | None]], partition: int, definitions: str
) -> Iterator[Send]:
    """Yield what is to be published of customers; None: there is no such customer now.

    Not by the key: a row stands where the customer's events do, whoever partitioned them.
    `definitions` is the stamp of those that customers are counted by.
    """
    for customer, row in rows:
        value = None if row is None else _encoded(row, definitions)
        yield Send(CUSTOMERS, partition, customer.encode(), value)


def _encoded(row: CustomerRow, definitions: str) -> bytes:
    """Encode the row of a customer; `definitions` is the stamp of those that it is counted by."""
    return wire.encode_customer(
        customer_id=row.customer,
        status=row.status,
        segment=row.segment,
        tier=row.tier,
        since=row.since,
        recurring_value=row.value,
        value_known=row.value_known,
        plan=row.plan,
        subscriptions=row.subscriptions,
        open_complaints=row.open_complaints,
        last_movement=row.last,
        movements=row.movements,
        losses=row.losses,
        complaints=row.complaints,
        words=row.words,
        merged_into=row.merged_into,
        definitions=definitions,
    )
