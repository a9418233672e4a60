"""Rows of the public topics as the index keeps them; times are RFC 3339, event time."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.console.index.tables import LOST, NOBODY, THERE
from streams.readmodel.customers import ToldComplaint, ToldLoss, ToldWords

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streams.core.event_time.zone import Zone

STATUSES: Final = ("provisional", "final", "amended")
"""`days.status` is a place in it."""

PAYS: Final = frozenset({"active", "paused", "past_due", "free"})
"""What a customer is who is there."""


DEPARTURES: Final = frozenset({"lost", "contraction"})
"""Movements by which a customer leaves, wholly or in part."""


class _Bucket(msgspec.Struct):
    metric: str
    labels: msgspec.Raw
    start: str
    end: str
    count: int
    values: dict[str, int]
    customers: int
    status: str
    late: int | None = None


class Told(msgspec.Struct, array_like=True):
    """A movement of a customer; `values` are minor units by currency."""

    kind: str
    at: str
    reason: str
    values: dict[str, int] = {}


class Customer(msgspec.Struct, array_like=True):
    """A customer, as kept in the index."""

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
    last: Told | None
    movements: list[Told] | None
    losses: list[ToldLoss] | None = None
    complaints: list[ToldComplaint] | None = None
    words: list[ToldWords] | None = None


class _Told(msgspec.Struct):
    kind: str
    at: str
    reason: str
    values: dict[str, int] = {}


class _Customer(msgspec.Struct):
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
    last_movement: _Told | None = None
    movements: list[_Told] | None = None
    losses: list[ToldLoss] | None = None
    complaints: list[ToldComplaint] | None = None
    words: list[ToldWords] | None = None


class _Incident(msgspec.Struct):
    incident_id: str
    state: str
    opened_at: str


class _Alert(msgspec.Struct):
    alert_id: str
    at: str
    incident_id: str | None = None


class _Action(msgspec.Struct):
    action_id: str
    about: str
    at: str


class _Notification(msgspec.Struct):
    incident_id: str | None
    decided_at: str


class _Rolling(msgspec.Struct):
    metric: str
    labels: msgspec.Raw
    end: str


class _Period(msgspec.Struct):
    period: str
    segment: str | None
    tier: str | None


class _Review(msgspec.Struct):
    period: str
    published_at: str


class Day(NamedTuple):
    """A daily bucket; `status` is a place in STATUSES, `money` JSON or None."""

    metric: str
    labels: bytes
    day: int
    events: int
    customers: int
    status: int
    late: int | None
    money: str | None


_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAILY: Final = b'"grain":"1d"'
_bucket = msgspec.json.Decoder(_Bucket).decode
_customer = msgspec.json.Decoder(_Customer).decode
_incident = msgspec.json.Decoder(_Incident).decode
_alert = msgspec.json.Decoder(_Alert).decode
_action = msgspec.json.Decoder(_Action).decode
_notification = msgspec.json.Decoder(_Notification).decode
_rolling = msgspec.json.Decoder(_Rolling).decode
_period = msgspec.json.Decoder(_Period).decode
_review = msgspec.json.Decoder(_Review).decode
_pack = msgspec.msgpack.Encoder().encode
unpack_customer: Final = msgspec.msgpack.Decoder(Customer).decode


class Small(NamedTuple):
    """A row of a small topic: what it is about, and when it was."""

    about: str
    at: str


def incident(value: bytes) -> Small:
    """Return the state of an incident, and when it opened."""
    row = _incident(value)
    return Small(row.state, row.opened_at)


def alert(value: bytes) -> Small:
    """Return the incident that an alert belongs to, empty if to none."""
    row = _alert(value)
    return Small(row.incident_id or "", row.at)


def action(value: bytes) -> Small:
    """Return what an action is about."""
    row = _action(value)
    return Small(row.about, row.at)


def notification(value: bytes) -> Small:
    """Return the incident that somebody is told of, empty if of none."""
    row = _notification(value)
    return Small(row.incident_id or "", row.decided_at)


def rolling(value: bytes) -> Small | None:
    """Return the metric of a window of a total; None of a part, which no page shows."""
    row = _rolling(value)
    if bytes(row.labels) != b"{}":
        return None
    return Small(row.metric, row.end)


def period(value: bytes) -> Small:
    """Return the group that a period is of."""
    row = _period(value)
    return Small(group_name(row.segment, row.tier), row.period)


def review(value: bytes) -> Small:
    """Return the period of a review, and when it was published."""
    row = _review(value)
    return Small(row.period, row.published_at)


def group_name(segment: str | None, tier: str | None) -> str:
    """Name a group of customers in the index."""
    return msgspec.json.encode([segment, tier]).decode()


SMALL: Final[Mapping[str, Callable[[bytes], Small | None]]] = {
    "incidents": incident,
    "alerts": alert,
    "actions": action,
    "notifications": notification,
    "metrics.rolling": rolling,
    "metrics.periods": period,
    "loss.reviews": review,
}


class DayOf:
    """Tells the day of a daily bucket, a proleptic ordinal: that of its middle, in the zone."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._known: dict[tuple[str, str], int] = {}

    def __call__(self, start: str, end: str) -> int:
        """Return the day between two times of the wire."""
        found = self._known.get((start, end))
        if found is None:
            first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
            middle = (first.timestamp() + last.timestamp()) / 2
            found = self._zone.number(int(middle)) + _EPOCH
            self._known[start, end] = found
        return found


def daily(key: bytes, value: bytes, day_of: DayOf) -> Day | None:
    """Return a daily bucket; None for one of another length."""
    if _DAILY not in key:
        return None
    row = _bucket(value)
    money = None if not row.values else msgspec.json.encode(row.values).decode()
    return Day(
        row.metric,
        bytes(row.labels),
        day_of(row.start, row.end),
        row.count,
        row.customers,
        STATUSES.index(row.status),
        row.late,
        money,
    )


def _told(one: _Told) -> Told:
    return Told(one.kind, one.at, one.reason, one.values)


CustomerRow = tuple[str, int, str, int, int, str | None, bytes]


def customer(value: bytes) -> tuple[CustomerRow, list[tuple[str, str]]]:
    """Return a customer as a row of its table, and its departures: its id, and when."""
    row = _customer(value)
    told = None if row.movements is None else [_told(one) for one in row.movements]
    last = None if row.last_movement is None else _told(row.last_movement)
    standing = THERE if row.status in PAYS else LOST if row.status == "lost" else NOBODY
    lost = next((one for one in reversed(told or []) if one.kind == "lost"), None)
    worth = row.recurring_value
    if standing == LOST and lost is not None:
        worth = lost.values
    currency = max(sorted(worth), key=lambda name: worth[name], default="")
    lost_at = None
    if standing == LOST:
        lost_at = lost.at if lost is not None else None if last is None else last.at
    kept = Customer(
        row.customer_id,
        row.status,
        row.segment,
        row.tier,
        row.since,
        row.recurring_value,
        row.value_known,
        row.plan,
        row.subscriptions,
        row.open_complaints,
        row.definitions,
        last,
        told,
        row.losses,
        row.complaints,
        row.words,
    )
    kept_row = (
        row.customer_id,
        standing,
        currency,
        worth.get(currency, 0),
        row.open_complaints,
        lost_at,
        _pack(kept),
    )
    return kept_row, [(row.customer_id, one.at) for one in told or () if one.kind in DEPARTURES]
