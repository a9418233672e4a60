"""Rows of the topic of customers, as far as they are read here; times are RFC 3339."""

from __future__ import annotations

from typing import Final

import msgspec


class Told(msgspec.Struct):
    """A movement of one customer; `values` are minor units by currency."""

    kind: str
    at: str
    reason: str
    values: dict[str, int]


class CustomerRecord(msgspec.Struct):
    """One customer; `movements` is None in rows that are older than this field."""

    customer_id: str
    status: str
    segment: str
    tier: str
    since: str | None
    recurring_value: dict[str, int]
    value_known: bool
    plan: str | None
    subscriptions: int
    open_complaints: int
    definitions: str
    movements: list[Told] | None = None


decode_customer: Final = msgspec.json.Decoder(CustomerRecord).decode
