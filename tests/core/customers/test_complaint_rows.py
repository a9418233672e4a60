"""The complaints of a batch as rows: as each would be written by itself."""

from __future__ import annotations

from random import Random

from customer_events import event, when

from streams.core.customers.customers import Customers
from streams.core.customers.definitions import Definitions
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
