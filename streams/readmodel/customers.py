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


class ToldLoss(msgspec.Struct):
    """What else is known of a movement that is lost or contraction; the group is of its month."""

    kind: str
    at: str
    segment: str
    tier: str
    avoidable: bool | None
    initiative: str | None


class ToldComplaint(msgspec.Struct):
    """A complaint, and what became of it."""

    at: str
    product: str | None
    issue: str | None
    status: str | None


class ToldWords(msgspec.Struct):
    """What a customer wrote, masked; the topic is complaints or cancellations."""

    at: str
    topic: str
    text: str


class CustomerRecord(msgspec.Struct):
    """One customer; movements and what follows are None in rows older than the field."""

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
    losses: list[ToldLoss] | None = None
    complaints: list[ToldComplaint] | None = None
    words: list[ToldWords] | None = None
    merged_into: str | None = None


decode_customer: Final = msgspec.json.Decoder(CustomerRecord).decode
