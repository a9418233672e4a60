"""Groups: the events of an accepted batch that count for the same cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.metrics import Metric
from streams.core.catalogue import Labels

if TYPE_CHECKING:
    from streams.core.ingest.accepted import AcceptedBatch


class Group:
    """Events of a batch that count for the same bucket, metric, labels and currency.

    Attributes:
        count: the events.
        amount: the sum of their amounts, in minor units.
        customers: the customers who are named, one an event.
        batch: the batch.
        shown: the places in it of the events that may be shown as evidence.
    """

    __slots__ = ("amount", "batch", "count", "customers", "shown")

    def __init__(self, batch: AcceptedBatch) -> None:
        self.batch = batch
        self.count = 0
        self.amount = 0
        self.customers: list[str] = []
        self.shown: list[int] = []


Groups = dict[tuple[int, Metric, Labels, str | None], Group]
"""By bucket (its start in epoch seconds), metric, label values and currency."""


def group(batch: AcceptedBatch, *, shown: bool) -> Groups:
    """Group the events of a batch; `shown` says whether they may be shown as evidence."""
    groups: Groups = {}
    columns = zip(
        batch.buckets,
        batch.customer_ids,
        batch.labels,
        batch.contributions,
        strict=True,
    )
    for place, (bucket, customer, labels, contributions) in enumerate(columns):
        for metric, amount, currency in contributions:
            key = (bucket, metric, labels, currency)
            found = groups.get(key)
            if found is None:
                found = groups[key] = Group(batch)
            found.count += 1
            found.amount += amount
            if customer is not None:
                found.customers.append(customer)
            if shown:
                found.shown.append(place)
    return groups
