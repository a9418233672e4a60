"""Messages of the public topics, written as the worker writes them."""

import msgspec

from schemas import wire
from schemas.deadletter import Reason
from schemas.metrics import Grain, Metric, Window

DAY = 86_400
JAN_18 = 1_484_697_600

Row = tuple[bytes, bytes]


def bucket(
    metric: Metric,
    count: int,
    *,
    labels: dict[str, str] | None = None,
    grain: Grain = "1d",
    start: int = JAN_18,
) -> Row:
    value = wire.encode_bucket(
        metric=metric,
        labels=labels or {},
        grain=grain,
        start=start,
        end=start + DAY,
        count=count,
        values={},
        customers=0,
        status="provisional",
        watermark=start,
    )
    return wire.bucket_key(metric, labels or {}, grain, start), value


def rolling(  # noqa: PLR0913 -- a row has many fields
    metric: Metric,
    count: int,
    *,
    cents: int = 0,
    customers: int = 0,
    labels: dict[str, str] | None = None,
    window: Window = "7d",
) -> Row:
    value = wire.encode_rolling(
        metric=metric,
        labels=labels or {},
        window=window,
        start=JAN_18 - 7 * DAY,
        end=JAN_18,
        count=count,
        values={"USD": cents} if cents else {},
        customers=customers,
        status="provisional",
        watermark=JAN_18,
    )
    return wire.rolling_key(metric, labels or {}, window), value


def deadletter(topic: str, offset: int, reason: Reason = Reason.NOT_JSON) -> Row:
    value = wire.encode_deadletter(
        reason=reason,
        detail="",
        topic=topic,
        partition=0,
        offset=offset,
        key=None,
        payload=b"?",
        at=JAN_18,
    )
    return wire.origin_key(topic, 0, offset), value


def late(topic: str, offset: int) -> Row:
    value = wire.encode_late(
        topic=topic,
        partition=0,
        offset=offset,
        payload=b"{}",
        occurred_at=JAN_18,
        watermark=JAN_18 + DAY,
    )
    return wire.origin_key(topic, 0, offset), value


def alert(
    alert_id: str,
    state: str = "firing",
    *,
    at: str = "2017-01-19T02:00:00Z",
    observed: int = 30,
    explained_by: str | None = None,
    **labels: str,
) -> Row:
    value = {
        "alert_id": alert_id,
        "state": state,
        "severity": "critical",
        "metric": "complaints",
        "labels": labels,
        "at": at,
        "started_at": at[:10] + "T00:00:00Z",
        "observed": observed,
        "expected": 0.4,
        "excess": observed - 0.4,
        "message": f"{observed} in 2 hours, 0.4 expected.",
        "explained_by": explained_by,
    }
    return alert_id.encode(), msgspec.json.encode(value)
