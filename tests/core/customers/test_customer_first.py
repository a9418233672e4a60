"""Who complains for the first time has the life that settling it would make."""

from __future__ import annotations

from typing import Any

import pytest
from customer_events import Partition, event, when
from hypothesis import given
from hypothesis import strategies as st

from streams.core.customers.complaints.complaints import LABELS
from streams.core.customers.definitions import Definitions
from streams.core.customers.groups.cells import MUCH
from streams.core.customers.intake.intake import Intake
from streams.core.customers.intake.unread import UnreadComplaints
from streams.core.customers.lives.life import Words
from streams.core.customers.lives.prints import prints_of
from streams.core.customers.lives.words import KEPT
from streams.core.customers.stored.bare import write_row
from streams.core.customers.stored.first import first_life, first_packed
from streams.core.customers.stored.head import HEAD
from streams.core.customers.stored.packed import pack, unpack
from streams.core.customers.stored.words import put_words

MONTH = st.integers(1, 0xFFFE)
NUMBER = st.sampled_from([0, 1, 127, 128, 255, 256, 0xFFFF]) | st.integers(0, 0xFFFF)
ROW = st.builds(
    write_row,
    MONTH,
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(min_size=6, max_size=6),
    *[NUMBER] * len(LABELS),
)
BEGIN = when("2024-01-31T12:00:00")
MEANINGS = (Definitions(), Definitions(tiers=(("gold", {"USD": 4000}),)))


@given(row=ROW, now=MONTH, tier=st.integers(0, 3))
def test_a_first_complaint_is_written_as_its_life_would_be(row: bytes, now: int, tier: int) -> None:
    packed = first_packed(row, now, tier)
    assert packed == pack(first_life(row, now, tier))
    life = unpack(packed)
    assert (life.month, life.tier, life.ceiling) == (now, tier, 0 if tier else MUCH)
    assert pack(life) == packed


WRITTEN = st.builds(
    Words,
    st.just(0),
    st.integers(0, 0xFFFFFFFF),
    st.binary(min_size=6, max_size=6),
    st.text(max_size=KEPT),
)


@given(row=ROW, words=st.lists(WRITTEN, min_size=1, max_size=2))
def test_words_are_put_into_a_life_as_if_it_were_read(row: bytes, words: list[Words]) -> None:
    life = first_life(row, 1, 1)
    packed = pack(life)
    behind = packed[: HEAD - 1] + bytes([1]) + packed[HEAD:] + row
    whole, tailed = put_words(packed, words), put_words(behind, words)
    life.words = words
    assert whole == pack(life)
    assert tailed is not None
    assert unpack(tailed).words == words
    assert tailed[HEAD:] == pack(life)[HEAD:] + row
    assert put_words(pack(life), words) is None  # it has some already


Said = tuple[str | None, dict[str, Any]]
FIRST: tuple[Said, ...] = (("ada", {}), ("bob", {}), ("ada", {}), (None, {}), ("cleo", {}))
SECOND: tuple[Said, ...] = (
    ("ada", {}),
    ("dan", {"text": "never again"}),
    ("dan", {}),
    ("eve", {}),
    ("flo", {}),
)


def batch(some: tuple[Said, ...]) -> list[Any]:
    """Make complaints of January and February, in turn."""
    return [
        event("complaints", BEGIN + 43_300 * (at % 2) + at, customer, product=f"p{at}", **more)
        for at, (customer, more) in enumerate(some)
    ]


@pytest.mark.parametrize("meaning", MEANINGS)
def test_lives_that_begin_at_once_are_those_that_are_settled(
    monkeypatch: pytest.MonkeyPatch, meaning: Definitions
) -> None:
    batches, found = (batch(FIRST), batch(SECOND)), []
    for at_once in (True, False):
        with monkeypatch.context() as patch:
            if not at_once:
                patch.setattr(UnreadComplaints, "begin", lambda *given: given[-1])
                patch.setattr(UnreadComplaints, "add", lambda *given: given[-1])
            partition = Partition(meaning)
            for some in batches:
                partition.customers.process("complaints", some)
                partition.advance("2024-02-01T06:00:00")
        names = ("ada", "bob", "cleo", "dan", "eve", "flo")
        lives = [partition.customers.life(name) for name in names]
        told = [
            (life.months, life.complaints, life.words, sorted(prints_of(life.prints)))
            for life in lives
            if life is not None
        ]
        assert len(told) == len(names)
        found.append((told, partition.cells))
    assert found[0] == found[1]


def test_most_lives_begin_without_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(Intake, "_complaint", lambda *given: opened.append(given[-1].customer_id))
    partition = Partition()
    partition.customers.process("complaints", batch(FIRST))
    assert opened == []
    partition.advance("2024-02-01T06:00:00")
    partition.customers.process("complaints", batch(SECOND))
    assert opened == ["dan", "flo"]  # what is of January
