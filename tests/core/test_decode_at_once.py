"""A batch decoded at once is what its payloads are one by one, whatever stands among them."""

from __future__ import annotations

import json

from events import T0, WALL, complaint, records
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from schemas.grammar import SHORT
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
    return [*texts, raw.encode("latin-1"), b"", b"{}", b"[" * 2 * SHORT, None]


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


def test_some_of_the_payloads_are_good_and_some_are_not() -> None:
    decoder = Decoder("complaints", 0, TABLES)
    decoder.accept([Record(n, None, payload) for n, payload in enumerate(PAYLOADS)], WALL)
    assert decoder.outcomes["folded"] >= 6
    assert decoder.outcomes["refused"] >= 6
