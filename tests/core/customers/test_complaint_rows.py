"""The complaints of a batch as rows: as each would be written by itself."""

from __future__ import annotations

from random import Random

import pytest
from customer_events import event, when
from hypothesis import given
from hypothesis import strategies as st

from streams.core.customers.customers import Customers
from streams.core.customers.definitions import Definitions
from streams.core.customers.names import Names
from streams.core.customers.stored.bare import write_row, write_rows

BEGIN = when("2024-01-10")


def test_columns_of_complaints_are_written_as_one_by_one() -> None:
    draw = Random(1)
    some = [
        (
            draw.randrange(1 << 16),
            draw.randrange(1 << 32),
            draw.randrange(1 << 32),
            draw.randbytes(6),
        )
        for _ in range(50)
    ]
    labels = [[draw.randrange(1 << 16) for _ in some] for _ in range(7)]
    months, checked, times, own = map(list, zip(*some, strict=True))
    rows = write_rows(months, checked, times, own, labels)
    each = [write_row(*one, *named) for one, *named in zip(some, *labels, strict=True)]
    assert rows.tobytes() == b"".join(each)


def test_new_labels_have_numbers_in_the_order_of_events() -> None:
    """So what is too much to be told apart does not depend on how events were fetched."""
    numbers = []
    for size in (1, 4):
        customers = Customers(Definitions())
        some = [
            event("complaints", BEGIN + at, product=f"p{at}", issue=f"i{at}") for at in range(4)
        ]
        for at in range(0, 4, size):
            customers.process("complaints", some[at : at + size])
        numbers.append(customers.names.names)
    assert numbers[0] == numbers[1]
    assert numbers[0][-4:] == ["p2", "i2", "p3", "i3"]


NAMED = st.sampled_from([None, "unknown", "other", *"abcdefgh"])


@given(
    known=st.lists(NAMED, max_size=3),
    rows=st.lists(st.tuples(NAMED, NAMED, NAMED), min_size=1, max_size=8),
    aliases=st.dictionaries(
        st.sampled_from("xyz"), st.dictionaries(st.sampled_from("abcd"), st.sampled_from("bcdz"))
    ),
    most=st.integers(2, 12),
)
def test_names_of_columns_are_numbered_as_one_by_one(
    known: list[str | None],
    rows: list[tuple[str | None, ...]],
    aliases: dict[str, dict[str, str]],
    most: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.core.customers.names.CAP", most)
        singly, at_once = Names(aliases), Names(aliases)
        for name in known:
            assert singly.number(name) == at_once.number(name)
        expected = [tuple(map(singly.label, "xyz", row)) for row in rows]
        columns = at_once.numbered("xyz", [list(column) for column in zip(*rows, strict=True)])
        found = [[at_once.numbers[name] for name in column] for column in columns]
    assert list(zip(*found, strict=True)) == expected
    assert at_once.names == singly.names
    assert at_once.drain_fresh() == singly.drain_fresh()
