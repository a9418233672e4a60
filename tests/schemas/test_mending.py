"""An optional field costs no event: what is wrong with it is put right or dropped, and counted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas import mending, wire
from schemas.topics import SOURCES

HEAD = b'"event_id":"e","customer_id":"c","occurred_at":"2017-01-18T09:30:00Z"'


def read(topic: str, member: bytes) -> tuple[object, list[str]]:
    """Read an event by both sides, which must agree; give it and what was done."""
    done: list[str] = []
    payload = b"{%s,%s}" % (HEAD, member)
    event = wire.decoder(topic, done.append)(payload)
    slow = wire.parse(topic, payload)
    assert {name: getattr(event, name) for name in type(slow).model_fields} == slow.model_dump()
    return event, done


@pytest.mark.parametrize(
    ("member", "field", "value", "done"),
    [
        (b'"severity":"urgent"', "severity", None, "severity: urgent"),
        (b'"severity":"HIGH "', "severity", "high", "severity: in another case"),
        (b'"severity":"card 4111 1111"', "severity", None, "severity: no word"),
        (b'"severity":5', "severity", None, "severity: not text"),
        (b'"text":"%s"' % (b"a" * 10_001), "text", "a" * 10_000, "text: cut to 10,000 characters"),
        (b'"text":{"a":[]}', "text", None, "text: not text"),
        (b'"product":"%s"' % (b"p" * 201), "product", "p" * 200, "product: cut to 200 characters"),
        (b'"product":""', "product", None, "product: empty"),
        (b'"severity":"urgent","severity":"low"', "severity", "low", None),
    ],
)
def test_a_complaint_counts_whatever_an_optional_field_says(
    member: bytes, field: str, value: object, done: str | None
) -> None:
    event, told = read("complaints", member)
    assert getattr(event, field) == value
    assert told == ([] if done is None else [done])


@pytest.mark.parametrize(
    ("topic", "member", "field", "value", "done"),
    [
        ("revenue", b'"amount":5,"currency":"usd"', "currency", "USD", "currency: in lower case"),
        (
            "cancellations",
            b'"value_lost":5,"currency":"USD","avoidable":"yes"',
            "avoidable",
            None,
            "avoidable: not true or false",
        ),
        (
            "cancellations",
            b'"value_lost":5,"currency":"USD","initiative":"competitor"',
            "initiative",
            None,
            "initiative: competitor",
        ),
        (
            "cancellations",
            b'"value_lost":5,"currency":"USD","detail":"%s"' % (b"a" * 10_001),
            "detail",
            "a" * 10_000,
            "detail: cut to 10,000 characters",
        ),
        (
            "renewals",
            b'"outcome":"renewed","value":5,"currency":"Eur","term_months":0',
            "term_months",
            None,
            "term_months: out of range",
        ),
    ],
)
def test_a_currency_in_lower_case_is_one_and_other_kinds_are_dropped(
    topic: str, member: bytes, field: str, value: object, done: str
) -> None:
    event, told = read(topic, member)
    assert getattr(event, field) == value
    assert done in told


def test_an_event_inside_another_and_that_around_it_are_put_right() -> None:
    inner = b'{%s,"severity":"urgent","product":""}' % HEAD
    event, told = read_struct(b'"topic":"complaints","original":%s,"reason":5' % inner)
    assert told == ["reason: not text"]
    assert (event.reason, event.original.severity, event.original.product) == (None, None, None)


def read_struct(member: bytes) -> tuple[Any, list[str]]:
    done: list[str] = []
    payload = b"{%s,%s}" % (HEAD, member)
    slow = wire.parse("corrections", payload)
    event: Any = wire.decoder("corrections", done.append)(payload)
    assert msgspec.structs.asdict(event.original) == slow.model_dump()["original"]
    return event, done


@pytest.mark.parametrize(
    "member", [b'"customer_id":5', b'"severity":"urgent","schema_version":2', b'"text":1e999']
)
def test_what_names_an_event_or_a_customer_is_never_put_right(member: bytes) -> None:
    with pytest.raises(wire.REFUSED):
        wire.decoders["complaints"](b"{%s,%s}" % (HEAD, member))


@pytest.mark.parametrize("topic", sorted(SOURCES))
def test_ids_times_and_money_have_no_rule(topic: str) -> None:
    rules = mending.rules(SOURCES[topic])
    assert not [name for name in rules if name.endswith("_id")]
    names = {"occurred_at", "schema_version", "amount", "value", "outcome", "merged_into"}
    assert not (names | {"monthly_value", "effective_at"}) & set(rules)
