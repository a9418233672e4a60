"""Events and records for tests of the core."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from streams.core.stage import Record

T0 = int(datetime(2024, 3, 4, tzinfo=UTC).timestamp())  # a Monday
WALL = float(T0 + 400 * 86400)


def complaint(event_id: str, time: int, **fields: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(time, UTC).isoformat()
    return {"event_id": event_id, "occurred_at": at, **fields}


def complaints(
    batch: int, time: int, customers: list[str], product: str = "Loan"
) -> list[dict[str, Any]]:
    """Make a complaint of each customer, in the minute from `time`; `batch` tells them apart."""
    return [
        complaint(f"{batch}-{n}", time + n % 60, customer_id=one, product=product)
        for n, one in enumerate(customers)
    ]


def records(*events: dict[str, Any] | bytes | None, first: int = 0) -> list[Record]:
    return [
        Record(first + n, None, e if e is None or isinstance(e, bytes) else msgspec.json.encode(e))
        for n, e in enumerate(events)
    ]
