"""Fields that must fit each other, and events inside others: refused alike by both sides."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from schemas import wire
from schemas.deadletter import Reason
from schemas.events import MAX_CORRECTIONS, MODELS, Correction, Revenue
from schemas.events.correction import SourceTopic

HEAD = {"event_id": "e", "customer_id": "c", "occurred_at": "2017-01-18T09:30:00Z"}
PAYMENT = {**HEAD, "amount": 5, "currency": "USD"}
CANCELLATION = {**HEAD, "value_lost": 5, "currency": "USD"}

Refused = tuple[Reason, str]


def payload(**fields: Any) -> bytes:
    return json.dumps(HEAD | fields).encode()


def refused(topic: str, value: bytes) -> Refused:
    """Say why both sides refuse it: a value that one of them takes is a failure."""
    with pytest.raises(wire.REFUSED):
        wire.decoders[topic](value)
    with pytest.raises((*wire.REFUSED, ValidationError)):
        wire.parse(topic, value)
    with pytest.raises(ValidationError):
        MODELS[topic].model_validate(json.loads(value))
    return wire.refusal(topic, value)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        (
            {"change": "changed", "monthly_value": 5},
            "currency: Input should be there, as monthly_value is",
        ),
        (
            {"change": "changed", "currency": "USD", "monthly_value": None},
            "monthly_value: Input should be there, as currency is",
        ),
        ({"change": "merged"}, "merged_into: Input should be there, as change is 'merged'"),
        (
            {"change": "paid", "merged_into": "d"},
            "merged_into: Input should be null, as change is not 'merged'",
        ),
    ],
)
def test_the_fields_of_a_change_fit_each_other(fields: dict[str, Any], detail: str) -> None:
    assert refused("changes", payload(**fields)) == (Reason.INCONSISTENT, detail)


@pytest.mark.parametrize(
    "fields",
    [
        {"change": "changed"},
        {"change": "changed", "monthly_value": 0, "currency": "USD"},
        {"change": "paid", "merged_into": None},
        {"change": "merged", "merged_into": "d"},
    ],
)
def test_a_change_whose_fields_fit_is_accepted(fields: dict[str, Any]) -> None:
    assert wire.refusal("changes", payload(**fields)).reason is Reason.OTHER
    assert wire.decoders["changes"](payload(**fields)).customer_id == "c"


def test_a_field_that_is_hidden_need_not_fit_but_must_be_good() -> None:
    merged = b'"change":"merged","merged_into":"d","change":"paid","merged_into":null'
    odd = b'"reasons":{},"reasons":["price"]'

    both = [b"%s,%s}" % (json.dumps(start)[:-1].encode(), rest) for start, rest in (
        (HEAD, merged), (CANCELLATION, odd),
    )]  # fmt: skip

    assert wire.parse("changes", both[0]).customer_id == "c"
    assert wire.decoders["changes"](both[0]).customer_id == "c"
    with pytest.raises(wire.REFUSED):
        wire.decoders["cancellations"](both[1])
    assert wire.refusal("cancellations", both[1]).reason is Reason.WRONG_TYPE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reasons": ["price", "bugs"]}, "price"),
        ({"reasons": ["price", "bugs"], "reason": "moved"}, "moved"),
        ({"reasons": [], "reason": None}, None),
        ({"reasons": None}, None),
    ],
)
def test_the_reason_is_the_first_of_the_reasons_where_it_is_not_given(
    given: dict[str, Any], reason: str | None
) -> None:
    value = json.dumps(CANCELLATION | given).encode()
    decoded: Any = wire.decoders["cancellations"](value)
    parsed: Any = wire.parse("cancellations", value)

    assert [decoded.reason, parsed.reason] == [reason, reason]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reasons": ["a"] * 11}, Reason.TOO_LONG),
        ({"reasons": "price"}, Reason.WRONG_TYPE),
        ({"reasons": ["price", ""]}, Reason.TOO_SHORT),
        ({"reasons": ["price", None]}, Reason.WRONG_TYPE),
        ({"effective_at": "tomorrow"}, Reason.BAD_TIME),
        ({"subscription_id": ""}, Reason.TOO_SHORT),
    ],
)
def test_what_is_new_on_a_cancellation_has_its_bounds(
    fields: dict[str, Any], expected: Reason
) -> None:
    assert refused("cancellations", json.dumps(CANCELLATION | fields).encode())[0] is expected


def test_events_from_before_these_fields_are_read_as_ever() -> None:
    ended: Any = wire.decoders["cancellations"](json.dumps(CANCELLATION).encode())

    assert (ended.subscription_id, ended.effective_at, ended.reasons) == (None, None, None)
    assert (ended.initiative, ended.detail, ended.value_lost) == (None, None, 5)


def test_every_source_topic_can_be_corrected() -> None:
    assert get_args(SourceTopic) == tuple(MODELS)


def test_a_correction_has_the_events_of_its_topic() -> None:
    value = payload(topic="revenue", original=PAYMENT, replacement=PAYMENT | {"amount": 7})
    decoded: Any = wire.decoders["corrections"](value)
    parsed = wire.parse("corrections", value)

    assert (decoded.original.amount, decoded.replacement.amount) == (5, 7)
    assert type(decoded.original) is wire.structs["revenue"]
    assert isinstance(parsed, Correction)
    assert parsed.original == Revenue.model_validate(PAYMENT)
    assert parsed == Correction.model_validate(json.loads(value))


@pytest.mark.parametrize("fields", [{}, {"replacement": None}])
def test_a_correction_may_withdraw(fields: dict[str, Any]) -> None:
    decoded: Any = wire.decoders["corrections"](
        payload(topic="revenue", original=PAYMENT, **fields)
    )

    assert decoded.replacement is None


NESTED: list[tuple[dict[str, Any], Reason, str]] = [
    ({"original": PAYMENT | {"amount": "5"}}, Reason.WRONG_TYPE, "original.amount: Input should"),
    ({"original": HEAD}, Reason.MISSING_FIELD, "original.amount: Field required (and 1 more)"),
    (
        {"replacement": PAYMENT | {"occurred_at": "today"}},
        Reason.BAD_TIME,
        "replacement.occurred_at: Input should be an RFC 3339 date and time with an offset",
    ),
    (
        {"original": PAYMENT | {"customer_id": "d"}},
        Reason.INCONSISTENT,
        "original.customer_id: Input should be the customer_id of the correction",
    ),
    (
        {"replacement": PAYMENT | {"customer_id": "d"}},
        Reason.INCONSISTENT,
        "replacement.customer_id: Input should be the customer_id of the correction",
    ),
    (
        {"topic": "changes", "original": HEAD | {"change": "merged"}},
        Reason.INCONSISTENT,
        "original.merged_into: Input should be there, as change is 'merged'",
    ),
    (
        {"topic": "complaints", "original": {"event_id": "e", "occurred_at": HEAD["occurred_at"]}},
        Reason.INCONSISTENT,
        "original.customer_id: Input should be the customer_id of the correction",
    ),
    (
        {"topic": "corrections", "original": HEAD | {"topic": "revenue", "original": HEAD}},
        Reason.MISSING_FIELD,
        "original.original.amount: Field required (and 1 more)",
    ),
    (
        {"original": PAYMENT | {"schema_version": 2, "amount": None}},
        Reason.UNKNOWN_VERSION,
        "original.schema_version: Input should be 1, the version known here (and 1 more)",
    ),
    ({"original": None}, Reason.WRONG_TYPE, "original: Input should be an object"),
    ({"original": [PAYMENT]}, Reason.WRONG_TYPE, "original: Input should be an object"),
    ({"replacement": "null"}, Reason.WRONG_TYPE, "replacement: Input should be an object"),
    ({"topic": "metrics.buckets"}, Reason.NOT_ALLOWED, "topic: Input should be 'signups'"),
]


@pytest.mark.parametrize(("change", "reason", "detail"), NESTED)
def test_the_reason_names_the_field_inside(
    change: dict[str, Any], reason: Reason, detail: str
) -> None:
    value = payload(**({"topic": "revenue", "original": PAYMENT} | change))

    found = refused("corrections", value)

    assert (found[0], found[1][: len(detail)]) == (reason, detail)


def test_an_event_that_was_accepted_by_itself_is_accepted_inside() -> None:
    odd = b'{"event_id":"a","event_id":"e","customer_id":"c","amount":5,"currency":"USD",'
    odd += b'"occurred_at":"2017-01-18T09:30:00Z","x":1e999,"y":' + b"9" * 5_000 + b"}"
    value = b'%s,"topic":"revenue","original": %s }' % (json.dumps(HEAD)[:-1].encode(), odd)

    decoded: Any = wire.decoders["corrections"](value)

    assert wire.decoders["revenue"](odd) == decoded.original
    assert decoded.original.event_id == "e"
    assert wire.refusal("corrections", value).reason is Reason.OTHER


def test_a_field_that_is_bad_and_hidden_is_bad_inside_too() -> None:
    hidden = b'{"event_id":5,' + json.dumps(PAYMENT)[1:].encode()
    value = b'%s,"topic":"revenue","original":%s}' % (json.dumps(HEAD)[:-1].encode(), hidden)

    with pytest.raises(wire.REFUSED):
        wire.decoders["corrections"](value)
    assert wire.refusal("corrections", value).detail.startswith("original.event_id: ")


def chain(length: int) -> bytes:
    """Correct a payment, then the correction, and so on."""
    event, topic = PAYMENT, "revenue"
    for _ in range(length):
        event, topic = HEAD | {"topic": topic, "original": event}, "corrections"
    return json.dumps(event).encode()


def test_corrections_of_corrections_end_somewhere() -> None:
    assert wire.decoders["corrections"](chain(MAX_CORRECTIONS)).event_id == "e"
    assert wire.refusal("corrections", chain(MAX_CORRECTIONS)).reason is Reason.OTHER
    for length in (MAX_CORRECTIONS + 1, 200):
        assert refused("corrections", chain(length))[0] is Reason.TOO_DEEP
