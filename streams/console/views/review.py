"""The loss review of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.topics import ACTIONS, PERIODS, REVIEWS
from streams.console.index.decode import group_name
from streams.readmodel.customers import CustomerRecord, Told
from streams.readmodel.periods import decode_period
from streams.readmodel.review.people import decode_action
from streams.readmodel.review.review import Review, Sources, review_of
from streams.readmodel.review.row import read_reviews

if TYPE_CHECKING:
    from streams.console.index import decode as index_rows
    from streams.console.index.decode import Customer
    from streams.console.index.reader import Index
    from streams.readmodel.periods import PeriodRecord
    from streams.readmodel.review.draw import Callers

GRAINS = ("month", "quarter")


def totals(index: Index) -> list[PeriodRecord]:
    """Return the months and quarters of all customers, the newest first."""
    rows = [decode_period(value) for value in index.about(PERIODS, group_name(None, None))]
    kept = [row for row in rows if row.grain in GRAINS]
    return sorted(kept, key=lambda row: (row.end, row.grain), reverse=True)


def review(index: Index, rows: list[PeriodRecord], period: str, callers: Callers) -> Review:
    """Return the review of a month or quarter; `rows` are those of `totals`.

    Raises:
        NoPeriodError: there is no such period.
    """
    published = read_reviews(index.all(REVIEWS))
    found: dict[str, CustomerRecord] = {}
    for row in rows:
        if row.period == period:
            for one in index.departed((row.start, row.end)):
                found[one.customer_id] = record_of(one)
    for before in published:
        for call in before.calls:
            if call.customer_id not in found:
                known = index.customer(call.customer_id)
                if known is not None:
                    found[known.customer_id] = record_of(known)
    actions = [decode_action(value) for value in index.all(ACTIONS)]
    return review_of(period, Sources(found.values(), rows, actions, published), callers)


def record_of(one: Customer) -> CustomerRecord:
    """Return a customer as its row on the topic says it."""
    movements = one.movements
    return CustomerRecord(
        customer_id=one.customer_id,
        status=one.status,
        segment=one.segment,
        tier=one.tier,
        since=one.since,
        recurring_value=one.recurring_value,
        value_known=one.value_known,
        plan=one.plan,
        subscriptions=one.subscriptions,
        open_complaints=one.open_complaints,
        definitions=one.definitions,
        movements=None if movements is None else [_told(each) for each in movements],
        losses=one.losses,
        complaints=one.complaints,
        words=one.words,
    )


def _told(one: index_rows.Told) -> Told:
    return Told(one.kind, one.at, one.reason, one.values)
