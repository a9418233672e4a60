"""What is only paid is written apart from a life, and read together with it."""

from __future__ import annotations

import pytest
from customer_events import LAYOUT, Partition, cancelled, change, paid, signup

from streams.core.changelog import UnreadableStateError
from streams.core.customers.kinds import LIFE, TAIL
from streams.core.customers.stored.head import HEAD, PAID


def packed(partition: Partition, customer: str = "ada") -> bytes:
    found = partition.customers.store.get(customer.encode())
    assert found is not None
    return found


def tail(partition: Partition, customer: str = "ada") -> bytes | None:
    return partition.log.get(TAIL.key(customer))


def test_payments_are_written_behind_a_life_until_more_is_said() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11")])
    partition.advance("2024-01-15")
    begun = partition.log[LIFE.key("ada")]
    for number, day in enumerate(("2024-02-11", "2024-02-12", "2024-02-13"), 1):
        partition.process([paid(day)])
        partition.flush()
        assert len(tail(partition) or b"") == HEAD + number * PAID
        partition.restart()
    assert partition.log[LIFE.key("ada")] == begun
    partition.process([change("changed", "2024-02-14", monthly_value=9900, currency="USD")])
    partition.flush()
    assert tail(partition) is None
    assert partition.log[LIFE.key("ada")] != begun
    partition.advance("2024-03-20")
    assert partition.value("revenue") == {"USD": 4 * 4900}
    partition.process([paid("2024-04-11")])
    partition.flush()
    partition.process([change("forgotten", "2024-04-12")])
    partition.advance("2024-06-20")
    left = {row.kind for row in LAYOUT.read(partition.log)}
    assert not left & {LIFE, TAIL}
    assert partition.adds_up()


def test_what_was_written_together_once_may_be_added_to() -> None:
    """As a life packed and paid for between two flushes is, and as older versions wrote all."""
    partition = Partition()
    partition.process([signup("2024-01-10")])
    partition.advance("2024-01-15")
    partition.process([paid("2024-02-11")])
    partition.flush()
    older = dict(partition.log)
    older[LIFE.key("ada")] = packed(partition)
    del older[TAIL.key("ada")]
    partition.log = older
    partition.restart()
    partition.process([paid("2024-02-12")])
    partition.flush()
    assert len(tail(partition) or b"") == HEAD + 2 * PAID
    partition.restart()
    partition.process([cancelled("2024-02-13")])
    partition.advance("2024-03-20")
    assert partition.value("revenue") == {"USD": 2 * 4900}
    assert partition.adds_up()


def test_a_tail_of_a_life_that_is_not_there_is_refused() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11")])
    partition.advance("2024-01-15")
    partition.process([paid("2024-02-11")])
    partition.flush()
    del partition.log[LIFE.key("ada")]
    with pytest.raises(UnreadableStateError, match="'ada' has no life"):
        partition.restart()
    partition.log[TAIL.key("ada")] = b"\0" * (HEAD - 1)
    with pytest.raises(UnreadableStateError, match="what was added to a life"):
        partition.restart()
