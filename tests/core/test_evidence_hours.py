"""The hours of the evidence: packed or not, they are the same."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import detail_messages
from streams.core.detail_columns import DetailColumns, Ordered, of_rows
from streams.core.evidence.hours import PACK_FROM, Hours
from streams.core.evidence.open_hour import OpenHour
from streams.core.evidence.row import (
    MAX_SAMPLES,
    PRINTS_A_COMBINATION,
    EvidenceRow,
    by_labels,
    pack,
    unpack,
)
from streams.core.messages import DetailRow
from streams.core.series_key import OTHER
from streams.core.sketches import fingerprints
from streams.core.sketches.dictionary import Dictionary

HOUR = 3600
WORD = st.integers(0, 2**32 - 1)
PRINT = st.binary(min_size=fingerprints.SIZE, max_size=fingerprints.SIZE)
ENTRY = st.builds(
    EvidenceRow,
    st.integers(1, 2**40),
    st.lists(st.tuples(WORD | st.integers(0, 300), st.text(max_size=9)), max_size=3),
    st.lists(PRINT, max_size=PRINTS_A_COMBINATION).map(b"".join),
)


def columns(*rows: tuple[tuple[str, ...], EvidenceRow]) -> DetailColumns:
    found = [DetailRow(0, labels, row.count, row.samples, row.prints) for labels, row in rows]
    return of_rows(found)


def ordered(*rows: tuple[tuple[str, ...], EvidenceRow]) -> Ordered:
    return columns(*rows).ordered()


def packed_and_unpacked(
    entries: dict[tuple[str, ...], EvidenceRow], senders: Dictionary
) -> dict[tuple[str, ...], EvidenceRow]:
    return by_labels(unpack(pack(columns(*entries.items()), senders), senders))


def filled(hours: int) -> Hours:
    held = Hours()
    for number in range(hours):
        rows = {
            (f"p{place}", "x"): EvidenceRow(place, [(place, f"text {place}")])
            for place in range(PACK_FROM + number)
        }
        held.add(number * HOUR, ordered(*rows.items()))
    return held


@pytest.mark.slow
@given(
    st.dictionaries(
        st.tuples(st.text(max_size=3), st.text(max_size=3)), ENTRY, min_size=1, max_size=9
    )
)
def test_an_hour_in_columns_reads_the_same(entries: dict[tuple[str, ...], EvidenceRow]) -> None:
    senders = Dictionary()
    assert list(packed_and_unpacked(entries, senders).items()) == list(entries.items())


def test_a_sample_is_found_by_its_print_and_one_without_keeps_its_hash() -> None:
    own = [fingerprints.make(crc32(name.encode()), "someone", None, HOUR) for name in ("a", "b")]
    hashes = [int.from_bytes(one[:4], "big") for one in own]
    samples = [(hashes[1], "second"), (7, "none"), (hashes[0], "first")]
    entries: dict[tuple[str, ...], EvidenceRow] = {
        ("x",): EvidenceRow(3, samples, b"".join(own)),
        ("y",): EvidenceRow(1, [(7, "none")]),
    }
    senders = Dictionary()
    assert packed_and_unpacked(entries, senders) == entries


def test_a_sender_who_comes_again_that_day_is_kept_once() -> None:
    senders = Dictionary()
    for hour in range(3):
        own = [
            fingerprints.make(
                crc32(f"{hour}-{number}".encode()), f"customer {number % 20}", None, HOUR * hour
            )
            for number in range(40)
        ]
        entries: dict[tuple[str, ...], EvidenceRow] = {("x",): EvidenceRow(40, [], b"".join(own))}
        assert packed_and_unpacked(entries, senders) == entries
        assert pack(columns(*entries.items()), senders).numbers
    assert senders.hashes.size == 20


def test_what_has_gone_by_is_packed_and_reads_the_same() -> None:
    packed, plain = filled(5), filled(5)
    packed.pack()
    assert packed.size() == plain.size()
    assert sorted(packed) == sorted(plain) == [number * HOUR for number in range(5)]
    for start in plain:
        assert packed.get(start) == plain.get(start)
    assert packed.get(0) is packed.get(0)  # looked at again, it is not unpacked again
    assert packed.get(4 * HOUR) is packed.get(4 * HOUR)


def test_a_packed_hour_changes_goes_and_is_replaced_like_any_other() -> None:
    held = filled(5)
    held.pack()
    held.add(0, ordered((("late", "x"), EvidenceRow(1, []))))
    assert held.get(0)["late", "x"] == EvidenceRow(1, [])
    held.pack()
    assert held.get(0)["late", "x"] == EvidenceRow(1, [])
    del held[0]
    assert held.find(0) is None
    one = ("one", "x"), EvidenceRow(1, [])
    held.restore(0, columns(one))
    assert held.find(0) == dict([one])
    assert sorted(held) == [number * HOUR for number in range(5)]


def test_every_hour_but_the_last_is_packed() -> None:
    held = filled(3)
    held.pack()
    assert sorted(held._packed) == [0, HOUR]  # noqa: SLF001 - nothing else tells
    assert sorted(held._open) == [2 * HOUR]  # noqa: SLF001


def test_an_hour_that_changes_after_a_later_one_began_is_packed_again() -> None:
    held = filled(3)
    held.pack()
    held.add(HOUR, ordered((("late", "x"), EvidenceRow(1, []))))
    held.pack()
    assert sorted(held._packed) == [0, HOUR]  # noqa: SLF001
    assert held.get(HOUR)["late", "x"] == EvidenceRow(1, [])


@given(st.lists(st.tuples(st.integers(0, 4), ENTRY), max_size=12))
def test_rows_added_together_come_to_what_they_do_one_by_one(
    rows: list[tuple[int, EvidenceRow]],
) -> None:
    together, apart = Hours(), Hours()
    named = [((f"p{number}",), row) for number, row in rows]
    if named:
        together.add(0, ordered(*named))
    for one in named:
        apart.add(0, ordered(one))
    assert together.get(0) == apart.get(0)
    assert sum(row.count for row in together.get(0).values()) == sum(row.count for _, row in rows)


def counted(batches: list[list[tuple[tuple[str, str], int]]], most: int) -> dict[Any, int]:
    """Count by labels as they come, in each batch by their order; what is beyond is `other`."""
    held: dict[Any, int] = {}
    for batch in batches:
        for labels, count in sorted(batch):
            key = labels if labels in held or len(held) < most else (OTHER, OTHER)
            held[key] = held.get(key, 0) + count
    return held


@given(
    st.lists(
        st.lists(
            st.tuples(st.tuples(*[st.sampled_from(["a", "b", "c", OTHER])] * 2), st.integers(1, 9)),
            min_size=1,
            max_size=6,
        ),
        max_size=5,
    ),
    st.data(),
)
def test_who_came_first_has_a_row_and_the_rest_is_other(
    batches: list[list[tuple[tuple[str, str], int]]], data: st.DataObject
) -> None:
    """An hour that was written down and read again meanwhile goes on as it would have."""
    hour, cut = OpenHour(), data.draw(st.integers(0, len(batches)))
    for number, batch in enumerate(batches):
        if number == cut and number:
            hour = OpenHour.of(detail_messages.unpack(detail_messages.pack(hour.columns(HOUR))))
        hour.add(ordered(*[(labels, EvidenceRow(count, [])) for labels, count in batch]), 3)
    assert list(hour.counts().items()) == list(counted(batches, 3).items())
    assert len(hour) == len(hour.counts())


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["a", "b"]),
                st.lists(st.tuples(st.integers(0, 6), st.sampled_from("xy")), max_size=3),
            ),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_of_the_texts_of_an_hour_those_of_the_smallest_hashes_stay(
    batches: list[list[tuple[str, list[tuple[int, str]]]]],
) -> None:
    hour, every = OpenHour(), dict[tuple[str, ...], set[tuple[int, str]]]()
    for batch in batches:
        hour.add(ordered(*[((name,), EvidenceRow(1, own)) for name, own in batch]), 9)
        for name, own in batch:
            every.setdefault((name,), set()).update(own)
    kept = {labels: row.samples for labels, row in hour.rows().items()}
    assert kept == {labels: sorted(own)[:MAX_SAMPLES] for labels, own in every.items()}
