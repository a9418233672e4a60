"""Each kind of junk is refused by both sides, with a reason of its own, and harms nobody."""

from __future__ import annotations

import sys

import pytest
from pydantic import ValidationError

from schemas import wire
from schemas.deadletter import Reason

HEAD = b'"event_id":"e","customer_id":"c"'
BASE = HEAD + b',"occurred_at":"2017-01-18T09:30:00Z"'


def complaint(*members: bytes) -> bytes:
    return b"{" + b",".join([BASE, *members]) + b"}"


def at(time: bytes) -> bytes:
    return b"{" + HEAD + b',"occurred_at":' + time + b"}"


JUNK: list[tuple[Reason, bytes | None]] = [
    (Reason.NULL_VALUE, None),
    (Reason.EMPTY, b""),
    (Reason.EMPTY, b" \r\n\t"),
    (Reason.NOT_UTF8, b"\xff\xfe{\x00"),
    (Reason.NOT_UTF8, complaint(b'"text":"caf\xe9"')),
    (Reason.NOT_UTF8, complaint(b'"nobody reads this":"\xff"')),
    (Reason.NOT_UTF8, complaint(b'"\xff":1')),
    (Reason.NOT_UTF8, complaint(b'"text":"\xed\xa0\x80"')),
    (Reason.NOT_UTF8, complaint(b'"text":"\\ud800"')),
    (Reason.NOT_UTF8, complaint(b'"nobody reads this":"\\udc00\\ud800"')),
    (Reason.TRUNCATED, complaint()[:-1]),
    (Reason.TRUNCATED, complaint()[:-4]),
    (Reason.TRUNCATED, complaint()[:20]),
    (Reason.TRUNCATED, b"{"),
    (Reason.TRUNCATED, b"[1"),
    (Reason.NOT_JSON, b"hello"),
    (Reason.NOT_JSON, b"\xef\xbb\xbf" + complaint()),
    (Reason.NOT_JSON, complaint() + b"\0"),
    (Reason.NOT_JSON, complaint() + complaint()),
    (Reason.NOT_JSON, complaint(b'"x":NaN')),
    (Reason.NOT_JSON, complaint(b'"text":NaN')),
    (Reason.NOT_JSON, complaint(b'"x":-Infinity')),
    (Reason.NOT_JSON, complaint(b'"x":01')),
    (Reason.NOT_JSON, complaint(b'"text":"a\0b"')),
    (Reason.NOT_JSON, complaint(b"")),
    (Reason.NOT_JSON, b"{'event_id':'e'}"),
    (Reason.TOO_DEEP, b"[" * 100_000),
    (Reason.TOO_DEEP, b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    (Reason.TOO_DEEP, complaint(b'"x":' + b"[" * 256 + b"]" * 256)),
    (Reason.TOO_DEEP, complaint(b'"text":' + b"[" * 5_000 + b"]" * 5_000)),
    (Reason.NOT_AN_OBJECT, b"null"),
    (Reason.NOT_AN_OBJECT, b"[" + complaint() + b"]"),
    (Reason.NOT_AN_OBJECT, b'"' + b"{" * 600 + b'"'),
    (Reason.NOT_AN_OBJECT, b"17"),
    (Reason.UNKNOWN_VERSION, complaint(b'"schema_version":2')),
    (Reason.UNKNOWN_VERSION, complaint(b'"schema_version":0')),
    (Reason.UNKNOWN_VERSION, complaint(b'"schema_version":' + b"9" * 30)),
    (Reason.UNKNOWN_VERSION, b'{"schema_version":2}'),
    (Reason.MISSING_FIELD, b"{}"),
    (Reason.MISSING_FIELD, b"{" + HEAD + b"}"),
    (Reason.MISSING_FIELD, b'{"occurred_at":"2017-01-18T09:30:00Z"}'),
    (Reason.WRONG_TYPE, complaint(b'"customer_id":5')),
    (Reason.WRONG_TYPE, complaint(b'"customer_id":{"a":[]}')),
    (Reason.WRONG_TYPE, complaint(b'"severity":5,"event_id":5')),
    (Reason.WRONG_TYPE, complaint(b'"schema_version":"1"')),
    (Reason.WRONG_TYPE, complaint(b'"schema_version":true')),
    (Reason.WRONG_TYPE, complaint(b'"schema_version":1.0')),
    (Reason.WRONG_TYPE, complaint(b'"schema_version":null')),
    (Reason.WRONG_TYPE, complaint(b'"event_id":null')),
    (Reason.WRONG_TYPE, complaint(b'"event_id":1,"event_id":"e"')),
    (Reason.WRONG_TYPE, at(b"1484731800")),
    (Reason.WRONG_TYPE, at(b"null")),
    (Reason.TOO_LONG, complaint(b'"customer_id":"' + b"{" * 2_000_000 + b'"')),
    (Reason.TOO_LONG, complaint(b'"customer_id":"' + b'\\"{' * 700_000 + b'"')),
    (Reason.TOO_LONG, complaint(b'"customer_id":"' + b"\\u0000" * 129 + b'"')),
    (Reason.TOO_LONG, complaint(b'"customer_id":"' + b"c" * 129 + b'"')),
    (Reason.TOO_SHORT, complaint(b'"customer_id":""')),
    (Reason.OUT_OF_RANGE, complaint(b'"text":' + b"9" * 5_000)),
    (Reason.OUT_OF_RANGE, complaint(b'"text":1e999')),
    (Reason.BAD_TIME, at(b'"2017-01-18T09:30:00"')),
    (Reason.BAD_TIME, at(b'"2017-01-18"')),
    (Reason.BAD_TIME, at(b'"2017-02-30T09:30:00Z"')),
    (Reason.BAD_TIME, at(b'"2016-12-31T23:59:60Z"')),
    (Reason.BAD_TIME, at(b'"2017-01-18T24:00:00Z"')),
    (Reason.BAD_TIME, at(b'"0000-01-01T00:00:00Z"')),
    (Reason.BAD_TIME, at(b'"10000-01-01T00:00:00Z"')),
    (Reason.BAD_TIME, at(b'"2017-01-18T09:30:00+24:00"')),
    (Reason.BAD_TIME, at(b'"1484731800"')),
    (Reason.BAD_TIME, at(b'""')),
]

FINE: list[bytes] = [
    complaint(),
    b" \n" + complaint() + b"\n",
    b'{"event_id":"e","occurred_at":"2017-01-18T09:30:00Z"}',
    complaint(b'"customer_id":null'),
    complaint(b'"text":"","unknown":[{}]'),
    complaint(b'"text":"' + "\U0001f600".encode() * 10_000 + b'"'),
    complaint(b'"text":"' + b"[" * 10_000 + b'"'),
    complaint(b'"product":"\\u0000\\ud83d\\ude00"'),
    complaint(b'"x":' + b"[" * 255 + b"]" * 255),
    complaint(b'"x":[' + b",".join([b"{}"] * 1_000) + b"]"),
    complaint(b'"x":' + b"9" * 5_000),
    complaint(b'"x":1e999'),
    complaint(b'"event_id":"e2"'),
    at(b'"2017-01-18t09:30:00z"'),
    at(b'"2017-01-18 09:30:00.123456789+0530"'),
    at(b'"9999-12-31T23:59:59-23:59"'),
    at(b'"0001-01-01T00:00:00+23:59"'),
    at(b'"\\u0032017-01-18T09:30:00Z"'),
]

MONEY: list[tuple[Reason, bytes, bytes]] = [
    (Reason.OUT_OF_RANGE, b"1000000000000001", b"USD"),
    (Reason.OUT_OF_RANGE, b"-1000000000000001", b"USD"),
    (Reason.OUT_OF_RANGE, b"9" * 30, b"USD"),
    (Reason.OUT_OF_RANGE, b"9" * 4_000, b"USD"),
    (Reason.OUT_OF_RANGE, b"9" * 5_000, b"USD"),
    (Reason.OUT_OF_RANGE, b"1e999", b"USD"),
    (Reason.WRONG_TYPE, b"5.0", b"USD"),
    (Reason.WRONG_TYPE, b"1e3", b"USD"),
    (Reason.WRONG_TYPE, b"true", b"USD"),
    (Reason.WRONG_TYPE, b'"5"', b"USD"),
    (Reason.WRONG_TYPE, b"null", b"USD"),
    (Reason.NOT_ALLOWED, b"5", b"US\\n"),
    (Reason.TOO_LONG, b"5", b"USD\\n"),
    (Reason.TOO_SHORT, b"5", b"US"),
]


def short(value: object) -> str:
    return str(value)[:60] if isinstance(value, Reason) else repr(value)[-50:]


def revenue(amount: bytes, currency: bytes) -> bytes:
    return b'{%s,"amount":%s,"currency":"%s"}' % (BASE, amount, currency)


@pytest.mark.parametrize(("reason", "payload"), JUNK, ids=short)
def test_junk_is_refused_for_its_reason(reason: Reason, payload: bytes | None) -> None:
    with pytest.raises(wire.REFUSED):
        wire.decoders["complaints"](payload)
    with pytest.raises((*wire.REFUSED, ValidationError)):
        wire.parse("complaints", payload)
    assert reason == wire.refusal("complaints", payload).reason


@pytest.mark.parametrize(("reason", "amount", "currency"), MONEY, ids=short)
def test_money_is_whole_and_bounded(reason: Reason, amount: bytes, currency: bytes) -> None:
    payload = revenue(amount, currency)

    with pytest.raises(wire.REFUSED):
        wire.decoders["revenue"](payload)
    assert reason == wire.refusal("revenue", payload).reason


@pytest.mark.parametrize("payload", FINE, ids=short)
def test_what_is_odd_but_good_is_accepted(payload: bytes) -> None:
    event = wire.decoders["complaints"](payload)

    assert wire.parse("complaints", payload).occurred_at == event.occurred_at


@pytest.mark.parametrize("topic", sorted(set(wire.decoders) - {"complaints"}))
def test_only_a_complaint_may_be_anonymous(topic: str) -> None:
    payload = b'{"event_id":"e","occurred_at":"2017-01-18T09:30:00Z"}'

    detail = wire.refusal(topic, payload).detail

    assert detail.startswith("customer_id: Field required")
    assert wire.decoders["complaints"](payload).customer_id is None


def test_the_verdict_does_not_depend_on_how_deep_the_caller_stands() -> None:
    deepest = complaint(b'"x":' + b"[" * 255 + b"]" * 255)

    def sink(levels: int) -> str:
        if levels:
            return sink(levels - 1)
        wire.decoders["complaints"](deepest)
        return wire.parse("complaints", deepest).event_id

    assert sink(sys.getrecursionlimit() // 2) == "e"


def test_the_detail_names_the_field_and_how_many_more_are_wrong() -> None:
    refusal = wire.refusal("complaints", b'{"event_id":"","text":5,"customer_id":""}')

    assert refusal == (
        Reason.TOO_SHORT,
        "event_id: String should have at least 1 character (and 2 more)",
    )


def test_the_detail_is_bounded_and_says_nothing_of_the_customer() -> None:
    refusal = wire.refusal("complaints", complaint(b'"customer_id":["4111 1111 1111 1111"]'))

    assert "4111" not in refusal.detail
    assert len(refusal.detail) <= 300
