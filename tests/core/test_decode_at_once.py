"""A batch decoded at once is what its payloads are one by one, whatever stands among them."""

from __future__ import annotations

import json

from events import T0, WALL, complaint, records
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.grammar import MAX_DEPTH, SHORT
from streams.core.ingest.decode import Decoder
from streams.core.stage import Record
from streams.settings import Settings

TABLES = Settings().tables


def _payloads() -> list[bytes | None]:
    good = [complaint(f"e{n}", T0 + n, product="Loan") for n in range(4)]
    long = complaint("long", T0, text="word " * SHORT)
    nested = {**complaint("deep", T0), "more": [[{}]]}
    mended = complaint("mended", T0, severity="urgent")
    other = complaint("Zoë", T0)
    bad = [{"event_id": "x"}, {**complaint("bad", T0), "occurred_at": "soon"}]
    texts = [record.value for record in records(*good, long, nested, mended, other, *bad)]
    raw = json.dumps(complaint("raw", T0) | {"product": "café"}, ensure_ascii=False, default=str)
    deep = complaint("deeper", T0) | {"more": "?"}
    levels = [text.encode() * MAX_DEPTH for text in ("[", "]", '\n{"a":', "}")]
    written = json.dumps(deep, default=str).encode()
    deeper = [
        written.replace(b'"?"', first + inner + last)
        for first, inner, last in ((levels[0], b"", levels[1]), (levels[2], b"1", levels[3]))
    ]
    lines = json.dumps({"more": [{}], **complaint("lines", T0, text="a " * SHORT)}, indent=1)
    several = b"\n" + json.dumps(complaint("several", T0, text="b " * SHORT)).encode()
    return [
        *texts,
        *deeper,
        raw.encode("latin-1"),
        raw.encode(),
        lines.encode(),
        several,
        b"",
        b"{}",
        b"[" * 2 * SHORT,
        None,
    ]


PAYLOADS = _payloads()


@given(st.lists(st.sampled_from(range(len(PAYLOADS))), unique=True))
def test_a_batch_is_decoded_as_its_payloads_are_one_by_one(places: list[int]) -> None:
    payloads = [PAYLOADS[place] for place in places]
    decode, expected, mended = wire.decoder("complaints"), [], 0
    for payload in payloads:
        try:
            expected.append(decode(payload))
        except wire.REFUSED:
            continue
        mended += b"urgent" in (payload or b"")
    decoder = Decoder("complaints", 0, TABLES)
    records = [Record(n, None, payload) for n, payload in enumerate(payloads)]
    assert decoder.accept(records, WALL).events == expected
    assert decoder.outcomes["refused"] == len(payloads) - len(expected)
    assert sum(decoder.mended.values()) == mended


def test_objects_of_many_letters_are_plain_and_what_may_nest_deep_is_not() -> None:
    good = [json.dumps(complaint(f"e{n}", T0, text="é " * SHORT)).encode() for n in range(3)]
    assert wire.are_plain(good)
    assert wire.are_plain([*good, b'{"a": [' + b"[" * (MAX_DEPTH - 2)])
    assert not wire.are_plain([*good, b'{"a": [' + b"[" * (MAX_DEPTH - 1)])
    assert not wire.are_plain([*good, b"1"])
    assert wire.are_plain([*good, b'{"a":\n{}}'])
    for no_object in (b"", b" {}", b"[]"):
        assert not wire.are_plain([*good, no_object])
        assert not wire.are_plain([no_object, *good])


def test_some_of_the_payloads_are_good_and_some_are_not() -> None:
    decoder = Decoder("complaints", 0, TABLES)
    decoder.accept([Record(n, None, payload) for n, payload in enumerate(PAYLOADS)], WALL)
    assert decoder.outcomes["folded"] >= 6
    assert decoder.outcomes["refused"] >= 6
