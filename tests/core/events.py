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


def records(*events: dict[str, Any] | bytes | None, first: int = 0) -> list[Record]:
    return [
        Record(first + n, None, e if e is None or isinstance(e, bytes) else msgspec.json.encode(e))
        for n, e in enumerate(events)
    ]
