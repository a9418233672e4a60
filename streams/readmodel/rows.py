"""Rows of the public topics as far as their readers need them; times are RFC 3339, event time."""

from __future__ import annotations

from typing import Final

import msgspec


class Rolling(msgspec.Struct):
    """A row of metrics.rolling; `values` are minor units by currency.

    `customers` is None of movements: those of days do not add up.
    """

    metric: str
    window: str
    end: str
    count: int
    values: dict[str, int]
    customers: int | None


class Bucket(msgspec.Struct):
    """A row of metrics.buckets."""

    metric: str
    start: str
    count: int


class Origin(msgspec.Struct):
    """A message of deadletter or late: the source topic of the event; on deadletter also why."""

    topic: str
    reason: str | None = None


class Complained(msgspec.Struct):
    """The customers who complained; minor units a month by currency."""

    customers: int
    value: dict[str, int]
    left: int
    value_left: dict[str, int]
    final: bool


class Transition(msgspec.Struct):
    """A row of alerts or alerts.history: an alert as it was from `at` on."""

    alert_id: str
    state: str
    metric: str
    labels: dict[str, str]
    at: str
    started_at: str
    observed: int
    expected: float
    excess: float
    severity: str
    explained_by: str | None = None
    resolved_at: str | None = None
    message: str = ""
    verdict: str = "real"
    complained: Complained | None = None


decode_rolling: Final = msgspec.json.Decoder(Rolling).decode
decode_bucket: Final = msgspec.json.Decoder(Bucket).decode
decode_origin: Final = msgspec.json.Decoder(Origin).decode
decode_alert: Final = msgspec.json.Decoder(Transition).decode
