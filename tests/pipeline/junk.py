"""Messages that are no events, one kind a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Kind(NamedTuple):
    """A way to be refused, and the reason that must be reported."""

    reason: str
    make: Callable[[int], bytes | None]


def good(event_id: str, time: int) -> bytes:
    at = datetime.fromtimestamp(time, UTC).isoformat()
    return json.dumps({"event_id": event_id, "occurred_at": at}).encode()


def _with(**fields: object) -> Callable[[int], bytes]:
    def make(number: int) -> bytes:
        event = json.loads(good(f"j{number}", 1_700_000_000))
        return json.dumps(event | fields).encode()

    return make


KINDS = (
    Kind("truncated", lambda n: good(f"j{n}", 1_700_000_000)[:40]),
    Kind("wrong_type", _with(customer_id=7)),
    Kind("missing_field", lambda n: b'{"event_id": "j%d"}' % n),
    Kind("from_the_future", _with(occurred_at="9999-01-01T00:00:00Z")),
    Kind("too_long", _with(customer_id="a" * 12_000)),
    Kind("not_utf8", lambda n: b'{"event_id": "j%d", "product": "\xff"}' % n),
    Kind("empty", lambda _: b""),
    Kind("null_value", lambda _: None),
    Kind("too_deep", lambda n: b'{"event_id": "j%d", "x": ' % n + b"[" * 5_000),
    Kind("unknown_version", _with(schema_version=10**40)),
)
