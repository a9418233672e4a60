"""Samples of events by hash: the same in whatever order and parts they come."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streams.core.evidence.row import EvidenceRow
from streams.core.ingest.kinds import DETAIL
from streams.core.messages import DetailRow, Details, Source
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    import random

SOME = st.lists(st.integers(0, 10**6), unique=True, max_size=80)


def of(numbers: list[int]) -> list[bytes]:
    return [fingerprints.make(crc32(f"e{n}".encode()), f"c{n % 7}", None, n) for n in numbers]


@given(SOME, st.randoms(use_true_random=False), st.integers(1, 20))
def test_a_sample_is_the_same_in_whatever_parts_it_was_made(
    numbers: list[int], dice: random.Random, most: int
) -> None:
    whole = fingerprints.merge(b"", of(numbers), most) if numbers else b""
    dice.shuffle(numbers)
    cut = dice.randrange(len(numbers) + 1)
    kept = b""
    for part in (numbers[:cut], numbers[cut:]):
        if part:
            kept = fingerprints.merge(kept, [fingerprints.merge(b"", of(part), most)], most)
    assert kept == whole
    assert len(kept) == min(most, len(numbers)) * fingerprints.SIZE


@given(st.lists(SOME, max_size=5), st.integers(0, 60))
def test_thinning_bounds_all_samples_by_the_same_hash(parts: list[list[int]], most: int) -> None:
    samples = [b"".join(sorted(of(part))) for part in parts]
    kept = fingerprints.thin(samples, most)
    assert sum(map(len, kept)) <= max(most * fingerprints.SIZE, 0)
    assert all(s.startswith(k) for s, k in zip(samples, kept, strict=True))


def test_texts_that_differ_in_a_word_mostly_share_a_print() -> None:
    text = "you closed my account {} and nobody at the branch could tell me why this happened"
    low, high = zip(*(fingerprints.fingerprint(text.format(n)) for n in "abcdefghij"), strict=True)
    assert max(low.count(x) for x in low) >= 7 or max(high.count(x) for x in high) >= 7


def test_short_texts_have_no_print() -> None:
    assert fingerprints.fingerprint("no internet again") == (0, 0)


def test_rows_and_messages_of_the_version_before_have_no_prints() -> None:
    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode
    assert DETAIL.decode(encode((3, [(1, "hm")]))).prints == b""
    assert decode(encode((3, [(1, "hm")])), type=EvidenceRow) == EvidenceRow(3, [(1, "hm")])
    source = Source("complaints", 0, 1, 0, 7, idle=False)
    old: tuple[object, ...] = ("d", source, "complaints", ("product",), [(0, ("Loan",), 3, [])])
    assert decode(encode(old), type=Details).rows == [DetailRow(0, ("Loan",), 3, [])]
