"""Complaints put behind a bare life: they are as those of a life that was read for them."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from streams.core.customers.complaints.complaints import NEWEST
from streams.core.customers.lives.life import Life
from streams.core.customers.lives.prints import MOST, SIZE, prints_of
from streams.core.customers.stored.bare import newest_of, note_of, read_rows, write_row
from streams.core.customers.stored.behind import BEHIND, put_behind
from streams.core.customers.stored.head import HEAD, NEVER, SAID, TAILED, is_tailed, tailed
from streams.core.customers.stored.packed import check, pack, unpack

MONTH = 649
BEGIN = 1_706_000_000


def row(at: int, number: int, *labels: int) -> bytes:
    """Write a complaint, known by its number."""
    seven = (*labels, 0, 0, 0, 0, 0, 0, 0)[:7]
    return write_row(MONTH, 7 * number + 1, BEGIN + at, number.to_bytes(6), *seven)


def bare(*rows: bytes) -> bytes:
    """Pack a life that has one complaint of the month before, and these."""
    month, before = {MONTH - 1: [0, 0, 0, 1], MONTH: [0, 0, 0, 0]}, note_of(row(-9, 0))
    life = Life(months=month, complaints=[before], month=MONTH - 1, until=NEVER)
    read_rows(life, b"".join(rows))
    return pack(life)


def same(packed: bytes, rows: bytes) -> Life:
    """Give a life that was read for some complaints."""
    life = unpack(packed)
    read_rows(life, rows)
    return life


def assert_same(expected: Life, actual: Life) -> None:
    for life in (expected, actual):
        life.prints = b"".join(sorted(prints_of(life.prints)))
    assert expected == actual


@pytest.mark.parametrize("seed", range(12))
def test_what_is_put_behind_a_life_is_as_if_it_had_been_read_for_it(seed: int) -> None:
    draw = Random(seed)
    packed = bare(row(0, 1))
    put = number = 0
    while number < 600:
        late = draw.random() < 0.3
        rows = []
        for _ in range(draw.choice((1, 20, 96))):
            number += 1
            at = draw.randrange(-5, number) if late else number + draw.choice((0, 0, -1))
            rows.append(row(at, number + 1, *draw.choices(range(3), k=draw.randrange(8))))
        draw.shuffle(rows)
        expected = same(packed, b"".join(rows))
        behind = put_behind(packed, b"".join(rows))
        put += behind is not None
        packed = pack(expected) if behind is None else behind
        assert_same(expected, unpack(packed))
        assert newest_of(packed) == newest_of(pack(expected))
    assert put > 3


def test_no_more_stand_behind_it_than_a_life_keeps() -> None:
    packed = bare(row(0, 1))
    count = 1 + 6 * 96
    for first in range(2, count, 96):
        behind = put_behind(packed, b"".join(row(at, at) for at in range(first, first + 96)))
        assert behind is not None
        packed = behind
    assert packed[HEAD - 1] == BEHIND == NEWEST
    assert len(unpack(packed).prints) == SIZE * count
    assert len(packed) < HEAD + 100 + BEHIND * SAID + SIZE * (count - BEHIND)


def test_a_life_that_keeps_a_newer_one_has_to_be_read() -> None:
    packed = bare(row(0, 1), row(90, 2))
    rows = b"".join(row(at, 10 + at) for at in range(1, 1 + BEHIND))
    assert put_behind(packed, rows) is not None  # as many as may stand there
    assert put_behind(packed, rows + row(89, 200)) is None
    older = b"".join(row(100 + at, 10 + at) for at in range(1 + BEHIND))
    assert put_behind(packed, older) is not None


def test_a_life_with_too_many_prints_has_to_be_read_so_that_some_are_forgotten() -> None:
    first = b"".join(row(at, at) for at in range(2, MOST))
    packed = bare(row(0, 1), first)
    more = b"".join(row(MOST + at, MOST + at) for at in range(BEHIND + 1))
    assert put_behind(packed, more) is None


def test_a_life_with_complaints_behind_it_is_checked_without_reading_those() -> None:
    behind = put_behind(bare(row(0, 1)), row(1, 2))
    assert behind is not None
    check(behind)
    for broken in (behind[:-SAID], behind[: HEAD + 2] + behind[HEAD + 3 :]):
        with pytest.raises((ValueError, msgspec.MsgspecError)):
            check(broken)


def test_a_tail_that_stood_in_the_changelog_is_in_the_life_then() -> None:
    packed = tailed(bare(row(0, 1)))
    behind = put_behind(packed, row(1, 2))
    assert behind is not None
    assert packed[4] & TAILED
    assert not is_tailed(behind)
    assert len(behind) == len(packed) + SAID
