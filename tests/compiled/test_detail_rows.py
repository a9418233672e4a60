"""The details of events are found alike, compiled and in Python; so are checksums of texts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.ingest.detail_rows import _found, found
from streams.core.sketches.crc32 import _crc32s, crc32s
from streams.core.slots import row_keys

BUCKETS = st.integers(0, 3) | st.just(5_900_000)
ROWS = st.lists(st.tuples(BUCKETS, st.integers(0, 1), st.integers(0, 4)), min_size=1, max_size=40)
TEXTS = st.text(max_size=40, alphabet=st.characters(exclude_categories=["Cs"]))


@given(ROWS, st.lists(st.integers(0, 39), max_size=8), st.integers(0, 6))
def test_slots_are_those_of_the_twin(
    rows: list[tuple[int, int, int]], known: list[int], most: int
) -> None:
    columns = np.array(rows, np.int32)
    keys = row_keys(columns)
    slot_of = {keys[place % len(keys)]: place for place in known}
    held = Counter(int(np.frombuffer(key, np.int32)[0]) for key in slot_of)
    slots, fresh, new = found(columns, slot_of, held, most)
    expected, expected_fresh, expected_new = _found(columns, slot_of, held, most)
    assert slots.dtype == expected.dtype
    assert slots.tolist() == expected.tolist()
    assert (fresh.tolist(), new) == (expected_fresh.tolist(), expected_new)
    assert new == [keys[place] for place in fresh.tolist()]


@given(st.lists(st.none() | TEXTS, max_size=9))
def test_checksums_are_those_of_zlib(texts: list[str | None]) -> None:
    assert crc32s(texts).tolist() == _crc32s(texts).tolist()
    assert crc32s(tuple(texts)).dtype == np.uint32


@pytest.mark.parametrize("function", [crc32s, _crc32s])
def test_a_text_that_is_no_unicode_has_no_checksum(function: type) -> None:
    with pytest.raises(UnicodeEncodeError):
        function(["\ud800"])
