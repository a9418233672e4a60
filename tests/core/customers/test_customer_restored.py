"""Lives are taken from a changelog at once, and read as any other row of it would be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.changelog import Layout, UnreadableStateError
from streams.core.customers.kinds import LIFE, NAME, TAIL
from streams.core.customers.lives.life import ComplaintNote, Life
from streams.core.customers.restored_lives import take_lives
from streams.core.customers.stored.head import HEAD
from streams.core.customers.stored.packed import check, pack, unpack

LAYOUT = Layout("lives", 20, LIFE, NAME, TAIL)
PACKED = pack(Life())


def of_months(*months: int) -> Life:
    life = Life()
    life.months = {month: [0, 0, 0, 1] for month in months}
    return life


def taken(rows: dict[bytes, bytes]) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """Part a state into lives, by customer, and other rows."""
    lives: dict[bytes, bytes] = {}
    others = take_lives(rows, lives.__setitem__)
    return lives, others


@given(st.lists(st.text(), unique=True), st.text())
def test_each_customer_comes_once_whatever_the_name(customers: list[str], name: str) -> None:
    rows = {LIFE.key(one): PACKED for one in customers} | {NAME.key(7): NAME.encode(name)}
    lives, others = taken(rows)
    found = {customer.decode(): packed for customer, packed in lives.items()}
    rest = {row.fields[0]: row.value for row in LAYOUT.read(others)}
    assert rest.pop(7) == name
    assert not found.keys() & rest.keys()
    assert found | rest == dict.fromkeys(customers, PACKED)
    assert set(found) >= {one for one in customers if one.isascii() and one.isprintable()}


@pytest.mark.parametrize(
    "row",
    [
        (b"l\ta\tb", PACKED),
        (b"l\ta\x10", PACKED),
        (b"l\t\xff", PACKED),
        (b"la", PACKED),
        (b"l\ta", b""),
        (b"l\ta", PACKED[: HEAD - 1]),
        (b"l\ta", PACKED[:-1]),
        (b"l\ta", PACKED + b"\0"),
    ],
)
def test_what_cannot_be_read_is_left_to_be_refused(row: tuple[bytes, bytes]) -> None:
    lives, others = taken(dict([row]))
    assert (lives, others) == ({}, dict([row]))
    with pytest.raises(UnreadableStateError):
        list(LAYOUT.read(others))


def test_tails_are_no_lives() -> None:
    rows = {TAIL.key("l"): b"", NAME.key(1): b""}
    assert taken(rows) == ({}, rows)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_life_with_any_byte_changed_is_checked_as_if_it_were_read(at: int, value: int) -> None:
    life = of_months(3, 4)
    life.complaints = [ComplaintNote(1, b"123456", ())]
    whole = pack(life)
    at %= len(whole)
    changed = whole[:at] + bytes((value,)) + whole[at + 1 :]
    assert outcome(check, changed) == outcome(unpack, changed)


def outcome(read: object, packed: bytes) -> str:
    try:
        read(packed)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whatever it is
        return repr(error)
    return "read"
