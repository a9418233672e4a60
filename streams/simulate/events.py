"""The events of all source topics as one kind of object, and their JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import Final

import msgspec

TOPICS: Final = (
    "signups",
    "changes",
    "renewals",
    "cancellations",
    "revenue",
    "complaints",
    "complaint_updates",
    "referrals",
    "corrections",
)
LIFECYCLE: Final = frozenset({"signups", "changes", "renewals", "cancellations"})
"""The topics that decide who is a customer."""

CENTRAL_EUROPE: Final = timezone(timedelta(hours=1))


class Event(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An event of any source topic; a field that its topic does not have is None.

    Amounts are in minor units of `currency`.
    """

    event_id: str
    occurred_at: datetime
    customer_id: str | None = None
    schema_version: int = 1
    segment: str | None = None
    subscription_id: str | None = None
    plan: str | None = None
    channel: str | None = None
    reason: str | None = None
    monthly_value: int | None = None
    currency: str | None = None
    # changes
    change: str | None = None
    merged_into: str | None = None
    # cancellations
    reasons: list[str] | None = None
    avoidable: bool | None = None
    initiative: str | None = None
    detail: str | None = None
    value_lost: int | None = None
    effective_at: datetime | None = None
    # renewals
    outcome: str | None = None
    term_months: int | None = None
    term_end: datetime | None = None
    value: int | None = None
    # revenue
    amount: int | None = None
    cost_to_serve: int | None = None
    kind: str | None = None
    # complaints and what became of them
    product: str | None = None
    issue: str | None = None
    region: str | None = None
    severity: str | None = None
    text: str | None = None
    complaint_id: str | None = None
    status: str | None = None
    # referrals
    referred_customer_id: str | None = None
    converted: bool | None = None
    # corrections
    topic: str | None = None
    original: Event | None = None
    replacement: Event | None = None

    @property
    def at(self) -> int:
        """When it happened, in epoch seconds."""
        return int(self.occurred_at.timestamp())


def instant(seconds: int, zone: timezone = UTC) -> datetime:
    """Give the time of epoch seconds as it is written in a zone."""
    return datetime.fromtimestamp(seconds, zone)


def place(topic: str, event_id: str) -> bytes:
    """Give what orders events of one customer, one second and one kind: six bytes of a hash.

    It depends on nothing but the topic and the id: not on the order in which events arrive.
    """
    return blake2b(f"{topic}\0{event_id}".encode(), digest_size=6).digest()


encode: Final = msgspec.json.Encoder().encode
decode: Final = msgspec.json.Decoder(Event).decode
