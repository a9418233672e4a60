"""What the encoders write is what the models of the output topics read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.deadletter import DeadLetter, Late, Reason
from schemas.metrics import (
    BucketKey,
    BucketRow,
    Grain,
    Metric,
    RollingKey,
    RollingRow,
    Status,
    Window,
)

TIME = st.integers(-2_000_000_000, 250_000_000_000)
COUNT = st.integers(0, 2**63)
METRIC = st.sampled_from(get_args(Metric))
LABEL = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
LABELS = st.dictionaries(st.text("abc_", min_size=1), LABEL, max_size=4)
VALUES = st.dictionaries(st.text("ABC", min_size=3, max_size=3), st.integers())
STATUS = st.sampled_from(get_args(Status))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@given(
    METRIC, LABELS, st.sampled_from(get_args(Grain)), TIME, COUNT, VALUES, STATUS, st.none() | COUNT
)
def test_a_bucket_row_reads_back(
    metric: Metric,
    labels: dict[str, str],
    grain: Grain,
    start: int,
    count: int,
    values: dict[str, int],
    status: Status,
    late: int | None,
) -> None:
    value = wire.encode_bucket(
        metric=metric,
        labels=labels,
        grain=grain,
        start=start,
        end=start + 300,
        count=count,
        values=values,
        customers=count // 2,
        status=status,
        late=late,
        watermark=start + 77,
    )

    expected = BucketRow(
        metric=metric,
        labels=labels,
        grain=grain,
        start=at(start),
        end=at(start + 300),
        count=count,
        values=values,
        customers=count // 2,
        status=status,
        late=late,
        watermark=at(start + 77),
    )
    assert expected == BucketRow.model_validate_json(value)
    key = BucketKey.model_validate_json(wire.bucket_key(metric, labels, grain, start))
    assert key == BucketKey(metric=metric, labels=labels, grain=grain, start=at(start))


@given(METRIC, LABELS, st.sampled_from(get_args(Window)), TIME, COUNT, VALUES, STATUS)
def test_a_rolling_row_reads_back(
    metric: Metric,
    labels: dict[str, str],
    window: Window,
    end: int,
    count: int,
    values: dict[str, int],
    status: Status,
) -> None:
    value = wire.encode_rolling(
        metric=metric,
        labels=labels,
        window=window,
        start=end - 3600,
        end=end,
        count=count,
        values=values,
        customers=count // 2,
        status=status,
        watermark=end,
    )

    expected = RollingRow(
        metric=metric,
        labels=labels,
        window=window,
        start=at(end - 3600),
        end=at(end),
        count=count,
        values=values,
        customers=count // 2,
        status=status,
        watermark=at(end),
    )
    assert expected == RollingRow.model_validate_json(value)
    key = RollingKey.model_validate_json(wire.rolling_key(metric, labels, window))
    assert key == RollingKey(metric=metric, labels=labels, window=window)


@pytest.mark.parametrize("reason", Reason)
@given(
    key=st.none() | st.binary(),
    payload=st.none() | st.binary(),
    detail=st.text(st.characters(codec="utf-8")),
)
def test_a_dead_letter_gives_the_bytes_back(
    reason: Reason, key: bytes | None, payload: bytes | None, detail: str
) -> None:
    value = wire.encode_deadletter(
        reason=reason,
        detail=detail,
        topic="complaints",
        partition=3,
        offset=2**40,
        key=key,
        payload=payload,
        at=1_484_731_800,
    )

    letter = DeadLetter.model_validate_json(value)
    assert (letter.reason, letter.detail) == (reason, detail)
    assert (letter.topic, letter.partition, letter.offset) == ("complaints", 3, 2**40)
    assert letter.payload() == payload
    assert letter.key() == key
    assert letter.at == at(1_484_731_800)


def test_a_late_event_stands_in_it_to_read_and_to_replay() -> None:
    payload = b' {"event_id": "\\u0065", "occurred_at":"2017-01-18T09:30:00Z"}\n'

    late = Late.model_validate_json(
        wire.encode_late(
            topic="complaints",
            partition=0,
            offset=7,
            payload=payload,
            occurred_at=1_484_731_800,
            watermark=1_484_735_400,
        )
    )

    assert late.event == {"event_id": "e", "occurred_at": "2017-01-18T09:30:00Z"}
    assert late.payload() == payload
    assert late.lateness_s == 3600


def test_keys_are_canonical() -> None:
    assert (
        wire.bucket_key("complaints", {"product": "Loan", "issue": "é"}, "1d", 1_484_697_600)
        == '{"metric":"complaints","labels":{"issue":"é","product":"Loan"},'
        '"grain":"1d","start":"2017-01-18T00:00:00Z"}'.encode()
    )
    assert (
        wire.rolling_key("refusals", {}, "365d")
        == b'{"metric":"refusals","labels":{},"window":"365d"}'
    )
    assert wire.origin_key("signups", 3, 81472) == b"signups:3:81472"


@given(TIME)
def test_stamps_are_utc_and_exact(seconds: int) -> None:
    stamp = wire.stamp(seconds)

    assert len(stamp) == len("2017-01-18T09:30:00Z")
    assert int(datetime.fromisoformat(stamp).timestamp()) == seconds


def test_a_row_has_every_field_in_the_order_of_its_model() -> None:
    value = wire.encode_rolling(
        metric="signups",
        labels={},
        window="1h",
        start=0,
        end=3600,
        count=1,
        values={},
        customers=1,
        status="final",
        watermark=3600,
    )

    assert list(json.loads(value)) == list(RollingRow.model_fields)
