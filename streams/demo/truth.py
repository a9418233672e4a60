"""The periods as the worker told them, held against the truth of the simulated company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.demo.consumers import PEOPLE
from streams.demo.fault_injection import Fate
from streams.simulate.events import decode
from streams.simulate.periods import clock_of, compare_periods, read_periods
from streams.simulate.truth.between import between_customers
from streams.simulate.truth.company import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.demo.fault_injection import Message
    from streams.simulate.company import Company
    from streams.simulate.events import Event
    from streams.simulate.truth.settle import Key
    from streams.simulate.verify import Compared


def compared(company: Company, messages: Iterable[Message], lines: Iterable[bytes]) -> Compared:
    """Hold rows of metrics.periods against what is true as of their clock.

    Args:
        company: whose numbers they are.
        messages: all that was sent; the truth leaves out those that were refused or, where that
            matters, late.
        lines: the rows.
    """
    sent: dict[str | None, list[tuple[str, Event]]] = {}
    late: set[Key] = set()
    for message in messages:
        if message.fate is Fate.REFUSED or message.value is None:
            continue
        event = decode(message.value)
        if message.fate is Fate.LATE:
            late.add((message.topic, event.event_id))
        # Who is no customer counts as nobody known.
        who = event.customer_id
        if who is not None and who.startswith(PEOPLE):
            who = None
        sent.setdefault(who, []).append((message.topic, event))
    rows = read_periods(lines)
    truth = Truth(
        company.definitions,
        clock_of(rows),
        between_customers(one for mine in sent.values() for one in mine),
        effect=company.effect,
        left_out=late,
        counted=company.end,
    )
    for customer, mine in sent.items():
        truth.add(customer, mine)
    return compare_periods(truth.rows(), rows)
