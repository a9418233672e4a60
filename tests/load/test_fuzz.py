from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.model import Options

GOOD_CSV = b"occurred_at,customer_id,value_lost,currency,avoidable\n2017-01-18,a,5,USD,yes\n"
GOOD_LINES = b'{"occurred_at":"2017-01-18","customer_id":"a","value_lost":5,"currency":"USD"}\n'
DEEP = b'{"customer_id":' + b"[" * 2_000 + b"]" * 2_000 + b"}"

PIECES = rb"""" , { } [ : a 2017-01-18 -0 1e999 NaN \ud800""".split()
ODD = [b" ", b"\n", b"\r", b"\x00", b"\xff", b"\xf0\x9f\x92\xb8", b"9" * 5000, DEEP]

texts = st.sampled_from(PIECES + ODD)
junk = st.lists(st.one_of(texts, st.binary(max_size=8)), max_size=12).map(b"".join)


@given(st.sampled_from([GOOD_CSV, GOOD_LINES]), junk)
def test_whatever_a_file_holds_it_is_events_or_an_error_that_says_why(
    good: bytes, more: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x"
        file.write_bytes(good + more)
        try:
            loading = Loading(file, "cancellations", Options())
            events = [event for batch in loading.batches() for event in batch]
        except LoadError:
            return
    assert len(events) == loading.report.rows == loading.rows
    assert all(event.key and isinstance(event.value, bytes) for event in events)
