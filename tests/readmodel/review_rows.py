"""Rows that reviews are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.event_time.formats import utc
from streams.readmodel.customers import CustomerRecord
from streams.readmodel.periods import PeriodRecord
from streams.readmodel.review.draw import Callers
from streams.readmodel.review.people import ActionRecord
from streams.readmodel.review.review import Review, Sources, review_of
from streams.readmodel.review.row import read_reviews, row_of
from streams.readmodel.review.span import span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.reviews import LossReview

NOBODY = Callers((), 10)
BOTH = Callers(("Ada", "Grace"), 3)
AT = utc(1_488_600_000)


def customer(name: str, lost_at: str | None, worth: int = 100, **fields: Any) -> CustomerRecord:
    """Give a customer who came on 1 January 2016, and left, if at all, at a time."""
    reason = fields.pop("reason", "price")
    movements = [{"kind": "new", "at": "2016-01-01T00:00:00Z", "reason": "unknown", "values": {}}]
    more = []
    if lost_at is not None:
        values = {fields.pop("currency", "USD"): worth} if worth else {}
        movements.append({"kind": "lost", "at": lost_at, "reason": reason, "values": values})
        more.append(
            {
                "kind": "lost",
                "at": lost_at,
                "segment": "home",
                "tier": "gold",
                "avoidable": fields.pop("avoidable", None),
                "initiative": "customer",
            }
        )
    row: dict[str, Any] = {
        "customer_id": name,
        "status": "lost" if lost_at else "active",
        "segment": "later",
        "tier": "base",
        "since": "2016-01-01T00:00:00Z",
        "recurring_value": {},
        "value_known": True,
        "plan": None,
        "subscriptions": 0,
        "open_complaints": 0,
        "movements": [*movements, *fields.pop("later", [])],
        "losses": more,
        "complaints": [],
        "definitions": "5f0c1a2b",
    }
    return msgspec.convert(row | fields, CustomerRecord)


def period(name: str, reasons: dict[str, int], **fields: Any) -> PeriodRecord:
    """Give a month with so many losses of each reason, worth 100 each."""
    count = sum(reasons.values())
    following = span(name)
    assert following is not None
    row: dict[str, Any] = {
        "grain": "month",
        "period": name,
        "start": f"{name}-01T00:00:00Z",
        "end": f"{following.earlier(-1).name}-01T00:00:00Z",
        "segment": None,
        "tier": None,
        "status": "final",
        "numbers": {
            "lost": {"count": count, "values": {"USD": count * 100}},
            "opening": {"count": 50, "values": {}},
        },
        "published": None,
        "definitions": "5f0c1a2b",
        "clock": "2017-04-03T00:00:00Z",
        "parts": {
            "lost": {
                "reason": [
                    {"label": label, "count": n, "values": {"USD": n * 100}}
                    for label, n in reasons.items()
                ]
            }
        },
    }
    return msgspec.convert(row | fields, PeriodRecord)


def action(number: int, kind: str, about: str, **fields: Any) -> ActionRecord:
    at = f"2017-02-{number:02}T10:00:00Z"
    return ActionRecord(f"act-{number}", kind, about, "Ada", at, **fields)


def reviewed(
    customers: Sequence[CustomerRecord],
    actions: Sequence[ActionRecord] = (),
    reviews: Sequence[LossReview] = (),
    name: str = "2017-01",
    callers: Callers = NOBODY,
) -> Review:
    rows = [period("2017-01", {"price": 2, "service": 1}), period("2017-02", {"price": 1})]
    return review_of(name, Sources(customers, rows, actions, reviews), callers)


def published(review: Review) -> LossReview:
    return read_reviews([msgspec.json.encode(row_of(review, "Ada", AT))])[0]


LEFT = [
    customer("a", "2017-01-03T00:00:00Z", 100),
    customer("b", "2017-01-04T00:00:00Z", 300, avoidable=True),
    customer("c", "2017-01-05T00:00:00Z", 200, reason="service"),
    customer("d", "2017-02-05T00:00:00Z", 900),
    customer("e", None),
]
