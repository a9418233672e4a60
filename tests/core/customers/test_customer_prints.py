"""Which payments, referrals and complaints were counted: only of those are there corrections."""

from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from customer_events import Partition, change, correction, event, paid, signup, when

from streams.core.customers.kinds import LIFE
from streams.core.customers.lives.prints import MOST, SIZE
from streams.core.customers.stored.head import FLAT, HEAD, PRINTED
from streams.core.customers.stored.packed import may_have_complaints, unpack
from streams.core.customers.stored.packed import pack as packed


@pytest.mark.parametrize(
    ("kind", "original", "instead"),
    [
        ("revenue", paid("2024-02-05", 4900), paid("2024-01-31", 100)),
        ("complaints", event("complaints", "2024-02-05"), event("complaints", "2024-01-31")),
        ("referrals", event("referrals", "2024-02-05"), event("referrals", "2024-01-31")),
    ],
)
def test_a_correction_of_what_was_not_counted_corrects_nothing_until_it_is(
    kind: str, original: Any, instead: Any
) -> None:
    partition = Partition()
    fix = correction(original, "2024-02-06", instead)
    partition.process([signup("2024-01-10"), fix, correction(original, "2024-02-07", instead)])
    partition.advance("2024-02-10")
    assert partition.count(kind) == 0
    assert partition.value(kind) == {}
    partition.restart()
    partition.process([original])
    partition.advance("2024-02-11")
    assert partition.count(kind) == 1
    assert partition.count(kind, start=when("2024-01-01")) == 1
    assert partition.adds_up()


def test_a_payment_that_comes_again_long_after_it_was_counted_stays_corrected() -> None:
    """Its second copy is too late to be counted, and a life is not even told of it."""
    partition = Partition()
    payment = paid("2024-01-11", 100)
    partition.process([signup("2024-01-10"), payment])
    partition.advance("2024-03-01")
    partition.restart()
    partition.process([correction(payment, "2024-03-02", paid("2024-01-11", 30))])
    partition.advance("2024-03-03")
    assert partition.value("revenue") == {"USD": 30}


def test_of_very_many_payments_the_oldest_are_corrected_unseen() -> None:
    partition = Partition()
    many = [paid(f"2024-0{1 + n % 3}-11", 1) for n in range(3 * 600)]
    partition.process([signup("2024-01-10"), *many])
    partition.advance("2024-04-01")
    life = partition.customers.life("ada")
    assert life is not None
    assert len(life.prints) <= MOST * SIZE
    partition.process([correction(one, "2024-04-02", paid("2024-01-11", 3)) for one in many[:2]])
    never = paid("2024-03-12", 1)
    partition.process([correction(never, "2024-04-02", paid("2024-03-12", 50))])
    partition.advance("2024-04-03")
    assert partition.value("revenue") == {"USD": 3 * 600 + 4}


def test_however_many_payments_come_a_life_stays_small_and_seems_to_have_no_complaint() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10")])
    partition.advance("2024-01-11")
    for _ in range(3):
        partition.process([paid("2024-01-12", 1) for _ in range(MOST)])
        partition.flush()
    life = partition.customers.store.get(b"ada")
    assert life is not None
    assert len(life) < 2 * MOST * SIZE
    assert not may_have_complaints(life)
    assert partition.value("revenue") == {"USD": 3 * MOST}
    partition.process([event("complaints", "2024-01-13")])
    partition.flush()
    assert may_have_complaints(partition.customers.store.get(b"ada") or b"")


@pytest.mark.parametrize(
    ("kind", "original", "instead"),
    [
        ("revenue", paid("2024-01-12", 4900), paid("2024-01-12", 100)),
        ("complaints", event("complaints", "2024-01-12"), event("complaints", "2024-01-13")),
    ],
)
def test_a_correction_that_waits_is_not_believed_because_many_payments_come(
    kind: str, original: Any, instead: Any
) -> None:
    """Nothing but the payments counts, and it adds up, when the correction is withdrawn, too."""
    partition = Partition()
    fix = correction(original, "2024-01-13", instead)
    partition.process([signup("2024-01-10"), fix])
    partition.advance("2024-01-15")
    many = [paid("2024-02-11", 1) for _ in range(MOST + 6)]
    partition.process(many)
    partition.advance("2024-02-12")
    sums = {"USD": len(many)}, len(many) if kind == "revenue" else 0
    for later in (change("paused", "2024-02-13"), correction(fix, "2024-02-14")):
        partition.process([later])
        partition.advance("2024-02-15")
        partition.restart()
        assert (partition.value("revenue"), partition.count(kind)) == sums
        assert partition.adds_up()


def unprinted(current: bytes) -> bytes:
    """Write a life as versions did that kept no prints: its last payment is a sum of its month."""
    life = unpack(current)
    month, row = max(life.months.items())
    del life.months[month]
    life.prints = b""
    whole = packed(life)
    head = bytearray(current[:HEAD])
    head[4] = (head[4] | FLAT) & ~PRINTED
    head[-1] = 1
    payments, _, _, _, *money = row
    return bytes(head) + whole[HEAD + 4 :] + pack(">HHHii", month, payments, *money)


def test_corrections_of_what_was_counted_before_there_were_prints_are_believed() -> None:
    partition = Partition()
    before, after = paid("2024-01-11", 100), paid("2024-02-11", 70)
    partition.process([signup("2024-01-10"), paid("2023-12-11", 5), before])
    partition.advance("2024-01-12")
    key = LIFE.key("ada")
    partition.log[key] = unprinted(partition.log[key])
    partition.restart()
    partition.process([paid("2024-01-13", 20), after, paid("2024-01-14", 1)])
    partition.advance("2024-03-01")
    assert partition.value("revenue") == {"USD": 196}
    partition.process(
        [
            correction(before, "2024-03-02", paid("2024-01-11", 30)),
            correction(after, "2024-03-02"),
            correction(paid("2024-02-12", 9), "2024-03-02"),
        ]
    )
    partition.advance("2024-03-03")
    partition.restart()
    assert partition.value("revenue") == {"USD": 56}
    assert partition.customers.counts()["corrections_blind"] == 1
    assert partition.adds_up()
