"""What the encoders write is what the models of the output topics read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.customers import Customer, CustomerStatus, MovementKind
from schemas.deadletter import DeadLetter, Late, LateReason, Reason
from schemas.events.complaints import Progress
from schemas.metrics import (
    BucketKey,
    BucketRow,
    Grain,
    Metric,
    MovementMetric,
    RollingKey,
    RollingRow,
    Status,
    Window,
)
from schemas.periods import PeriodDimension, PeriodGrain, PeriodKey, PeriodRow, PeriodUnit
from streams.core.customers.groups.cells import KIND_WORDS
from streams.core.customers.lives.movements import MERGED_OUT
from streams.core.customers.lives.status import STATUSES

TIME = st.integers(-2_000_000_000, 250_000_000_000)
COUNT = st.integers(0, 2**63)
METRIC = st.sampled_from([*get_args(Metric), *get_args(MovementMetric)])
LABEL = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
LABELS = st.dictionaries(st.text("abc_", min_size=1), LABEL, max_size=4)
VALUES = st.dictionaries(st.text("ABC", min_size=3, max_size=3), st.integers())
STATUS = st.sampled_from(get_args(Status))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def rows(**own: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the arguments of an encoder; times in epoch seconds."""
    return st.fixed_dictionaries(
        {
            "metric": METRIC,
            "labels": LABELS,
            "start": TIME,
            "end": TIME,
            "count": COUNT,
            "values": VALUES,
            "customers": COUNT,
            "status": STATUS,
            "watermark": TIME,
            **own,
        }
    )


def with_times(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: at(row[name]) for name in ("start", "end", "watermark")}}


@pytest.mark.slow
@given(rows(grain=st.sampled_from(get_args(Grain)), late=st.none() | COUNT))
def test_a_bucket_row_reads_back(row: dict[str, Any]) -> None:
    value = wire.encode_bucket(**row)
    key = wire.bucket_key(row["metric"], row["labels"], row["grain"], row["start"])

    assert BucketRow(**with_times(row)) == BucketRow.model_validate_json(value)
    assert BucketKey(**with_times(row)) == BucketKey.model_validate_json(key)


@given(rows(window=st.sampled_from(get_args(Window)), customers=st.none() | COUNT))
def test_a_rolling_row_reads_back(row: dict[str, Any]) -> None:
    value = wire.encode_rolling(**row)
    key = wire.rolling_key(row["metric"], row["labels"], row["window"])

    assert RollingRow(**with_times(row)) == RollingRow.model_validate_json(value)
    assert RollingKey(**row) == RollingKey.model_validate_json(key)


NUMBERS = st.dictionaries(
    st.sampled_from(get_args(PeriodUnit)),
    st.fixed_dictionaries(
        {"count": st.integers(), "values": VALUES, "customers": st.none() | COUNT}
    ),
)
LOST = st.fixed_dictionaries({"lost": st.integers(), "seconds": st.integers()})
PARTS = st.lists(
    st.fixed_dictionaries({"label": LABEL, "count": st.integers(), "values": VALUES}), max_size=2
)


@pytest.mark.slow
@given(
    st.fixed_dictionaries(
        {
            "grain": st.sampled_from(get_args(PeriodGrain)),
            "period": st.text(max_size=9),
            "start": TIME,
            "end": TIME,
            "segment": st.none() | LABEL,
            "tier": st.none() | LABEL,
            "status": STATUS,
            "numbers": NUMBERS,
            "parts": st.dictionaries(
                st.sampled_from(get_args(PeriodUnit)),
                st.dictionaries(st.sampled_from(get_args(PeriodDimension)), PARTS, max_size=2),
                max_size=2,
            ),
            "published": st.none() | NUMBERS,
            "difference": NUMBERS,
            "losses": st.none()
            | st.fixed_dictionaries({"until": TIME, "before": LOST, "after": LOST}),
            "definitions": st.text(max_size=8),
            "clock": TIME,
        }
    )
)
def test_a_row_of_periods_reads_back(row: dict[str, Any]) -> None:
    value = wire.encode_period(**row)
    name = {part: row[part] for part in ("grain", "period", "segment", "tier")}
    read = PeriodRow.model_validate_json(value)
    times: dict[str, Any] = {part: at(row[part]) for part in ("start", "end", "clock")}
    if row["losses"] is not None:
        times["losses"] = {**row["losses"], "until": at(row["losses"]["until"])}
    assert read == PeriodRow.model_validate({**row, **times})
    assert PeriodKey(**name) == PeriodKey.model_validate_json(wire.period_key(**name))


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


def test_a_late_event_stands_in_it_byte_by_byte() -> None:
    payload = b' {"event_id": "\\u0065", "occurred_at":"2017-01-18T09:30:00Z"}\n'

    value = wire.encode_late(
        topic="complaints",
        partition=0,
        offset=7,
        payload=payload,
        occurred_at=1_484_731_800,
        watermark=1_484_735_400,
    )

    late = Late.model_validate_json(value)
    assert late.event == {"event_id": "e", "occurred_at": "2017-01-18T09:30:00Z"}
    assert late.lateness_s == 3600
    assert payload in value


@pytest.mark.parametrize("reason", [None, LateReason.BEFORE_BASE, LateReason.BEFORE_HORIZON])
def test_a_late_event_says_for_what_it_is_too_late_unless_it_is_for_its_bucket(
    reason: LateReason | None,
) -> None:
    value = wire.encode_late(
        topic="signups",
        partition=0,
        offset=7,
        payload=b"{}",
        occurred_at=0,
        watermark=1,
        reason=reason,
    )

    assert Late.model_validate_json(value).reason == (reason or LateReason.CLOSED_BUCKET)
    assert (b"reason" in value) == (reason is not None)


@given(
    st.fixed_dictionaries(
        {
            "customer_id": st.text(st.characters(codec="utf-8"), min_size=1, max_size=128),
            "status": st.sampled_from(get_args(CustomerStatus)),
            "segment": LABEL,
            "tier": LABEL,
            "since": st.none() | TIME,
            "recurring_value": VALUES,
            "value_known": st.booleans(),
            "plan": st.none() | LABEL,
            "subscriptions": COUNT,
            "open_complaints": COUNT,
            "last_movement": st.none()
            | st.tuples(st.sampled_from(get_args(MovementKind)), TIME, LABEL),
            "movements": st.lists(
                st.tuples(st.sampled_from(get_args(MovementKind)), TIME, LABEL, VALUES), max_size=16
            ),
            "losses": st.lists(
                st.tuples(
                    st.sampled_from(["lost", "contraction"]),
                    TIME,
                    LABEL,
                    LABEL,
                    st.none() | st.booleans(),
                    st.sampled_from([None, "customer", "company", "payment"]),
                ),
                max_size=3,
            ),
            "complaints": st.lists(
                st.tuples(
                    TIME,
                    st.none() | LABEL,
                    st.none() | LABEL,
                    st.sampled_from([None, *get_args(Progress)]),
                ),
                max_size=3,
            ),
            "words": st.lists(
                st.tuples(TIME, st.sampled_from(["complaints", "cancellations"]), LABEL), max_size=2
            ),
            "merged_into": st.none()
            | st.text(st.characters(codec="utf-8"), min_size=1, max_size=128),
            "definitions": LABEL,
        }
    )
)
def test_a_customer_reads_back(row: dict[str, Any]) -> None:
    read = Customer.model_validate_json(wire.encode_customer(**row))

    last = read.last_movement
    movement = None if last is None else (last.kind, int(last.at.timestamp()), last.reason)
    since = None if read.since is None else int(read.since.timestamp())
    dumped = read.model_dump(exclude={"schema_version"})
    movements = [
        (one.kind, int(one.at.timestamp()), one.reason, one.values) for one in read.movements or ()
    ]
    assert {
        **dumped,
        "since": since,
        "last_movement": movement,
        "movements": movements,
        "losses": [
            (
                one.kind,
                int(one.at.timestamp()),
                one.segment,
                one.tier,
                one.avoidable,
                one.initiative,
            )
            for one in read.losses or ()
        ],
        "complaints": [
            (int(one.at.timestamp()), one.product, one.issue, one.status)
            for one in read.complaints or ()
        ],
        "words": [(int(one.at.timestamp()), one.topic, one.text) for one in read.words or ()],
    } == row


def test_every_kind_and_status_of_the_core_is_one_of_the_contract() -> None:
    movements = KIND_WORDS[1 : MERGED_OUT + 1]
    assert set(movements) == set(get_args(MovementKind))
    assert get_args(CustomerStatus) == STATUSES


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
