"""Groups: the events of an accepted batch that count for the same cells."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from schemas.metrics import Metric
from streams.core.catalogue import Labels
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    from streams.core.ingest.accepted import AcceptedBatch


class Group:
    """Events of a batch that count for the same bucket, metric, labels and currency.

    Attributes:
        count: the events.
        amount: the sum of their amounts, in minor units.
        customers: the customers who are named, one an event.
        prints: a fingerprint of each event, where they are wanted.
        texts: the hash of the event id and the text of each event that has one.
    """

    __slots__ = ("amount", "count", "customers", "prints", "texts")

    def __init__(self) -> None:
        self.count = 0
        self.amount = 0
        self.customers: list[str] = []
        self.prints: list[bytes] = []
        self.texts: list[tuple[int, str]] = []


Groups = dict[tuple[int, Metric, Labels, str | None], Group]
"""By bucket (its start in epoch seconds), metric, label values and currency."""


def group(batch: AcceptedBatch, *, fingerprinted: bool) -> Groups:
    """Group the events of a batch; `fingerprinted` says whether a print is made of each."""
    groups: Groups = {}
    make = fingerprints.make
    columns = zip(
        batch.buckets,
        batch.times,
        batch.event_ids,
        batch.customer_ids,
        batch.texts,
        batch.labels,
        batch.contributions,
        strict=True,
    )
    for bucket, time, event_id, customer, text, labels, contributions in columns:
        for metric, amount, currency in contributions:
            key = (bucket, metric, labels, currency)
            found = groups.get(key)
            if found is None:
                found = groups[key] = Group()
            found.count += 1
            found.amount += amount
            if customer is not None:
                found.customers.append(customer)
            if text:
                found.texts.append((crc32(event_id.encode()), text))
            if fingerprinted:
                found.prints.append(make(event_id, customer, text, time))
    return groups
