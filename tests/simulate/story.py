"""Short ways to write a customer's story, and to read the numbers of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from streams.core.customers.definitions import Definitions
from streams.simulate.events import Event
from streams.simulate.truth.company import truth_of

Sent = tuple[str, Event]
_numbers = count(1)


def day(text: str) -> datetime:
    """`06-15`: that day of 2016, at noon; `2017-01-01T00:00`: that time."""
    if len(text) == len("06-15"):
        text = f"2016-{text}T12:00"
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sent(on: str, at: str, customer: str = "ann", **fields: Any) -> Sent:
    return on, Event(
        event_id=fields.pop("event_id", f"e{next(_numbers)}"),
        customer_id=customer,
        occurred_at=day(at),
        **fields,
    )


def signup(at: str, value: int = 1000, **fields: Any) -> Sent:
    return sent("signups", at, monthly_value=value, **{"currency": "USD", **fields})


def change(at: str, what: str, value: int | None = None, **fields: Any) -> Sent:
    if value is not None:
        fields = {"monthly_value": value, "currency": "USD", **fields}
    return sent("changes", at, change=what, **fields)


def cancelled(at: str, effective: str | None = None, **fields: Any) -> Sent:
    more = {} if effective is None else {"effective_at": day(effective)}
    worth = {"value_lost": 12_000, "currency": "USD"}
    return sent("cancellations", at, **{**worth, **more, **fields})


def renewal(at: str, outcome: str, value: int = 12_000, **fields: Any) -> Sent:
    usual = {"term_months": 12, "currency": "USD", "value": value}
    return sent("renewals", at, outcome=outcome, **{**usual, **fields})


def payment(at: str, amount: int = 1000, **fields: Any) -> Sent:
    return sent("revenue", at, amount=amount, **{"currency": "USD", **fields})


def correction(
    at: str, wrong: Sent, right: Sent | None = None, event_id: str | None = None
) -> Sent:
    more = {} if event_id is None else {"event_id": event_id}
    return sent(
        "corrections",
        at,
        wrong[1].customer_id or "ann",
        topic=wrong[0],
        original=wrong[1],
        replacement=None if right is None else right[1],
        **more,
    )


MOVEMENTS = frozenset(
    {
        "new",
        "reactivated",
        "discovered",
        "opening",
        "expansion",
        "contraction",
        "lost",
        "merged_in",
        "merged_out",
        "closing",
    }
)


def year_of(*story: Sent, clock: str = "2016-12-31T23:59", **definitions: Any) -> dict[str, int]:
    """Give what the story comes to in 2016: `lost` customers, `lost USD` in minor units."""
    rows = truth_of(story, Definitions(**definitions), int(day(clock).timestamp())).rows()
    return {
        f"{row.unit} {row.currency}".strip(): row.value
        for row in rows
        if (row.period, row.group) == ("2016", "total") and row.unit in MOVEMENTS
    }
