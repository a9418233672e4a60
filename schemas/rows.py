"""Rows and keys of the output topics, encoded fast; each value validates against its model.

Times go in as epoch seconds and come out as RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, overload

import msgspec

from schemas import derive
from schemas.alerts import Alert
from schemas.customers import Customer
from schemas.deadletter import DeadLetter, Late
from schemas.incidents import Incident
from schemas.metrics import BucketKey, BucketRow, RollingKey, RollingRow
from schemas.notifications import Notification
from schemas.periods import PeriodKey, PeriodRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemas.deadletter import LateReason, Reason
    from schemas.metrics import AnyMetric, Grain, Status, Window
from schemas.periods import PeriodGrain

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Bucket = derive.writer(BucketRow)
_Rolling = derive.writer(RollingRow)
_DeadLetter = derive.writer(DeadLetter)
_Late = derive.writer(Late)
_Customer = derive.writer(Customer)
_Alert = derive.writer(Alert)
_Incident = derive.writer(Incident)
_Notification = derive.writer(Notification)
_BucketKey = derive.writer(BucketKey)
_RollingKey = derive.writer(RollingKey)
_Period = derive.writer(PeriodRow)
_PeriodKey = derive.writer(PeriodKey)

_INCIDENT_TIMES: Final = (
    "at",
    "started_at",
    "opened_at",
    "resolved_at",
    "quiet_since",
    "window_start",
    "window_end",
)

_NOTIFICATION_TIMES: Final = (
    "decided_at",
    "due_at",
    "until",
    "attempted_at",
    "retry_at",
    "ended_at",
)

_encode = msgspec.json.Encoder(order="deterministic").encode


@lru_cache(maxsize=256)  # those of a bucket are written for every series; they do not come again
def stamp(seconds: int) -> str:
    """Write epoch seconds as RFC 3339 in UTC, `2017-01-18T09:30:00Z`.

    Raises:
        OverflowError: before the year 1 or after the year 9999.
    """
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19] + "Z"


def bucket_key(metric: AnyMetric, labels: Mapping[str, str], grain: Grain, start: int) -> bytes:
    """Encode the key of a row of metrics.buckets."""
    return _encode(_BucketKey(metric=metric, labels=labels, grain=grain, start=stamp(start)))


def rolling_key(metric: AnyMetric, labels: Mapping[str, str], window: Window) -> bytes:
    """Encode the key of a row of metrics.rolling."""
    return _encode(_RollingKey(metric=metric, labels=labels, window=window))


def period_key(grain: PeriodGrain, period: str, segment: str | None, tier: str | None) -> bytes:
    """Encode the key of a row of metrics.periods."""
    return _encode(_PeriodKey(grain=grain, period=period, segment=segment, tier=tier))


def origin_key(topic: str, partition: int, offset: int) -> bytes:
    """Encode the key of a message on deadletter or late."""
    return f"{topic}:{partition}:{offset}".encode()


def encode_bucket(  # noqa: PLR0913  one argument a field
    *,
    metric: AnyMetric,
    labels: Mapping[str, str],
    grain: Grain,
    start: int,
    end: int,
    count: int,
    values: Mapping[str, int],
    customers: int,
    status: Status,
    watermark: int,
    late: int | None = None,
) -> bytes:
    """Encode a row of metrics.buckets."""
    return _encode(
        _Bucket(
            metric=metric,
            labels=labels,
            grain=grain,
            start=stamp(start),
            end=stamp(end),
            count=count,
            values=values,
            customers=customers,
            status=status,
            late=late,
            watermark=stamp(watermark),
        )
    )


def encode_rolling(  # noqa: PLR0913  one argument a field
    *,
    metric: AnyMetric,
    labels: Mapping[str, str],
    window: Window,
    start: int,
    end: int,
    count: int,
    values: Mapping[str, int],
    customers: int | None,
    status: Status,
    watermark: int,
) -> bytes:
    """Encode a row of metrics.rolling."""
    return _encode(
        _Rolling(
            metric=metric,
            labels=labels,
            window=window,
            start=stamp(start),
            end=stamp(end),
            count=count,
            values=values,
            customers=customers,
            status=status,
            watermark=stamp(watermark),
        )
    )


def encode_deadletter(  # noqa: PLR0913  one argument a field
    *,
    reason: Reason,
    detail: str,
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    payload: bytes | None,
    at: int,
) -> bytes:
    """Encode a message for deadletter; `at` is wall time in epoch seconds."""
    return _encode(
        _DeadLetter(
            reason=reason,
            detail=detail,
            topic=topic,
            partition=partition,
            offset=offset,
            key_base64=key,  # bytes are written in base64
            payload_base64=payload,
            at=stamp(at),
        )
    )


def encode_late(  # noqa: PLR0913  one argument a field
    *,
    topic: str,
    partition: int,
    offset: int,
    payload: bytes,
    occurred_at: int,
    watermark: int,
    reason: LateReason | None = None,
) -> bytes:
    """Encode a message for late; `payload` was decoded before, so it is JSON and UTF-8.

    A `reason` of None, a closed bucket, is left out.
    """
    return _encode(
        _Late(
            topic=topic,
            partition=partition,
            offset=offset,
            event=msgspec.Raw(payload),
            occurred_at=stamp(occurred_at),
            watermark=stamp(watermark),
            lateness_s=max(0, watermark - occurred_at),
            reason=msgspec.UNSET if reason is None else reason,
        )
    )


def encode_customer(  # noqa: PLR0913  one argument a field
    *,
    customer_id: str,
    status: str,
    segment: str,
    tier: str,
    since: int | None,
    recurring_value: Mapping[str, int],
    value_known: bool,
    plan: str | None,
    subscriptions: int,
    open_complaints: int,
    last_movement: tuple[str, int, str] | None,
    movements: Sequence[tuple[str, int, str, Mapping[str, int]]],
    losses: Sequence[tuple[str, int, str, str, bool | None, str | None]],
    complaints: Sequence[tuple[int, str | None, str | None, str | None]],
    words: Sequence[tuple[int, str, str]],
    definitions: str,
    merged_into: str | None = None,
) -> bytes:
    """Encode a row of customers; times are epoch seconds.

    A movement is kind, time, reason, and its values; a loss is kind, time, segment, tier, whether
    it was avoidable, and whose initiative it was; a complaint is time, product, issue, and what
    became of it; words are time, topic and text.
    """
    movement = None
    if last_movement is not None:
        kind, at, reason = last_movement
        movement = {"kind": kind, "at": stamp(at), "reason": reason}
    return _encode(
        _Customer(
            customer_id=customer_id,
            status=status,
            segment=segment,
            tier=tier,
            since=None if since is None else stamp(since),
            recurring_value=recurring_value,
            value_known=value_known,
            plan=plan,
            subscriptions=subscriptions,
            open_complaints=open_complaints,
            last_movement=movement,
            movements=[
                {"kind": kind, "at": stamp(at), "reason": reason, "values": values}
                for kind, at, reason, values in movements
            ],
            losses=[
                {
                    "kind": kind,
                    "at": stamp(at),
                    "segment": segment,
                    "tier": tier,
                    "avoidable": avoidable,
                    "initiative": initiative,
                }
                for kind, at, segment, tier, avoidable, initiative in losses
            ],
            complaints=[
                {"at": stamp(at), "product": product, "issue": issue, "status": status}
                for at, product, issue, status in complaints
            ],
            words=[{"at": stamp(at), "topic": topic, "text": text} for at, topic, text in words],
            merged_into=merged_into,
            definitions=definitions,
        )
    )


def encode_period(**fields: Any) -> bytes:  # noqa: ANN401  the fields of PeriodRow
    """Encode a row of metrics.periods; times are epoch seconds."""
    for name in ("start", "end", "clock"):
        fields[name] = stamp(fields[name])
    fields["losses"] = _stamped(fields["losses"], "until")
    return _encode(_Period(**fields))


def encode_alert(**fields: Any) -> bytes:  # noqa: ANN401  the fields of Alert
    """Encode an alert for alerts and alerts.history; times are epoch seconds."""
    for name in ("at", "started_at", "window_start", "window_end"):
        fields[name] = stamp(fields[name])
    if fields["resolved_at"] is not None:
        fields["resolved_at"] = stamp(fields["resolved_at"])
    fields["curve"] = _stamped(fields["curve"], "start")
    fields["windows"] = [_stamped(one, "start", "end") for one in fields["windows"]]
    fields["comparison"] = [
        _stamped(one, "start", "end", "before_start", "before_end") for one in fields["comparison"]
    ]
    return _encode(_Alert(**fields))


def encode_incident(**fields: Any) -> bytes:  # noqa: ANN401  the fields of Incident
    """Encode an incident for incidents; times are epoch seconds, also inside of other fields."""
    handling = dict(fields["handling"])
    handling["acknowledged"] = _stamped(handling["acknowledged"], "at", "until")
    handling["silences"] = [_stamped(one, "starts_at", "until") for one in handling["silences"]]
    fields["handling"] = _stamped(handling, "changed_at")
    fields["members"] = [_stamped(one, "started_at", "joined_at") for one in fields["members"]]
    fields["messages"] = [_stamped(one, "at") for one in fields["messages"]]
    fields["curve"] = _stamped(fields["curve"], "start")
    return _encode(_Incident(**_stamped(fields, *_INCIDENT_TIMES)))


def encode_notification(**fields: Any) -> bytes:  # noqa: ANN401  the fields of Notification
    """Encode a notification for notifications; times are epoch seconds.

    The incident in it is bytes of JSON, or None.
    """
    incident = fields["incident"]
    fields["incident"] = None if incident is None else msgspec.Raw(incident)
    fields["items"] = [_stamped(one, "at") for one in fields["items"]]
    return _encode(_Notification(**_stamped(fields, *_NOTIFICATION_TIMES)))


@overload
def _stamped(part: None, *times: str) -> None: ...
@overload
def _stamped(part: dict[str, Any], *times: str) -> dict[str, Any]: ...
def _stamped(part: dict[str, Any] | None, *times: str) -> dict[str, Any] | None:
    """Write some times of an object out; what is None stays so."""
    if part is None:
        return None
    return part | {name: stamp(part[name]) for name in times if part[name] is not None}
