"""What a customer pays, and what serving it costs: every month, or every year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate.beginning import renewed
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from random import Random

    from streams.simulate.chronicle import Chronicle
    from streams.simulate.contract import Contract

YEAR: Final = 365 * DAY
COMPLAINT_COST: Final = 1_200
"""What it costs to deal with a complaint, in minor units."""


def renew(chronicle: Chronicle, contract: Contract, begin: int, end: int) -> None:
    """Write the terms that were renewed between two times; the last term ends at `end`."""
    for at in _terms(begin, end):
        renewed(chronicle, contract, at)


def bill(random: Random, chronicle: Chronicle, contract: Contract, begin: int, end: int) -> None:
    """Write all payments from `begin` to `end`, by the price at the time."""
    customer = chronicle.customer
    if customer.annual:
        dues = _terms(begin, end)
        if customer.beginning != "taken over":
            dues = [begin + 2 * HOUR, *dues]
        months = 12
    else:
        first = begin + random.randrange(HOUR, 20 * HOUR)
        if customer.beginning == "taken over":
            first += random.randrange(30) * DAY
        dues, months = list(range(first, min(end, chronicle.company.end), MONTH)), 1
    for at in dues:
        price = contract.price(at)
        if not price.value or at >= chronicle.company.end:
            continue
        dealt_with = sum(at - months * MONTH < one.at <= at for one in customer.complaints)
        serving = price.value * months * customer.segment.cost_ratio * random.uniform(0.7, 1.3)
        chronicle.write(
            "revenue",
            at,
            amount=price.value * months,
            cost_to_serve=round(serving) + COMPLAINT_COST * dealt_with,
            currency=price.currency,
            kind="subscription",
        )


def _terms(begin: int, end: int) -> list[int]:
    """Give when terms of a year begin, so that the last one ends at `end`."""
    return list(range(end - YEAR, begin + DAY, -YEAR))[::-1]
