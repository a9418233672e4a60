"""What happens to a subscription while its customer stays: none of it makes anybody leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate import hours
from streams.simulate.beginning import renewed
from streams.simulate.company import FREE, PLANS
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from streams.simulate.chronicle import Chronicle
    from streams.simulate.contract import Contract

    Happen = Callable[[Random, Chronicle, Contract, "Span"], None]

A_MONTH: Final = 0.12
"""Episodes a customer-month."""

Span = tuple[int, int]
"""From when to when, in epoch seconds."""


def episodes(
    random: Random, chronicle: Chronicle, contract: Contract, begin: int, until: int
) -> None:
    """Write what happens between two times, one after the other, each over before the next."""
    at = begin + random.randrange(70 * DAY if contract.plan is FREE else 5 * DAY, 90 * DAY)
    until = min(until, chronicle.company.end)
    while True:
        at = hours.in_business_hours(random, at + int(random.expovariate(A_MONTH / MONTH)))
        (happen, shortest, longest) = random.choices(KINDS, WEIGHTS)[0]
        length = random.randrange(shortest, longest, HOUR)
        if at + length + 2 * DAY >= until:
            return
        happen(random, chronicle, contract, (at, at + length))
        at += length + DAY


def _another_plan(random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    """Up or down."""
    before = contract.value
    contract.plan = random.choice([plan for plan in PLANS if plan is not contract.plan])
    reason = "upgrade" if contract.value > before else "downgrade"
    _changed(chronicle, contract, span[0], reason=reason)


def _another_currency(
    _random: Random, chronicle: Chronicle, contract: Contract, span: Span
) -> None:
    contract.currency = "USD" if contract.currency == "EUR" else "EUR"
    if contract.second_value:  # both subscriptions change, or the price would be in two currencies
        chronicle.write(
            "changes",
            span[0],
            change="changed",
            subscription_id=contract.second,
            monthly_value=contract.second_value,
            currency=contract.currency,
        )
    _changed(chronicle, contract, span[0])


def _another_segment(_random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    others = {"household": "small business", "student": "household"}
    segment = others.get(chronicle.customer.segment.name)
    if segment is not None:
        chronicle.move(span[0], segment)
        _changed(chronicle, contract, span[0], reason="segment")


def _pause(_random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    about = {"subscription_id": contract.main}
    chronicle.write("changes", span[0], change="paused", reason="holiday", **about)
    # A second subscription goes on meanwhile, and is paid for.
    contract.paused = not contract.second_value
    contract.note(span[0])
    chronicle.write("changes", span[1], change="resumed", **about)
    contract.paused = False
    contract.note(span[1])


def _mended(random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    """A payment fails, once or twice, and is made in the end."""
    about = {"subscription_id": contract.main}
    chronicle.write("changes", span[0], change="past_due", reason="card expired", **about)
    if random.random() < 0.3:  # noqa: PLR2004
        again = random.randrange(span[0] + 1, span[1])
        chronicle.write("changes", again, change="past_due", reason="card expired", **about)
    chronicle.write("changes", span[1], change="paid", **about)


def _back_in_time(_random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    """Cancelled at once, and signed up again within the return window."""
    _cancels(chronicle, contract, span[0], reason="moved")
    _signs_up(chronicle, contract, span[1])


def _changes_plan_by_leaving(
    random: Random, chronicle: Chronicle, contract: Contract, span: Span
) -> None:
    """A change of plan, written down as an end and a signup within one second."""
    _cancels(chronicle, contract, span[0], reason="plan change")
    contract.plan = random.choice(PLANS)
    _signs_up(chronicle, contract, span[0])


def _annulled(random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    """Cancelled for a later day, and renewed before it comes."""
    _cancels(chronicle, contract, span[0], reason="price", effective_at=span[1])
    renewed(chronicle, contract, random.randrange(span[0] + 1, span[1]), reason="talked round")


def _by_mistake(_random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    """A cancellation of somebody else, withdrawn when that came out."""
    wrong = _cancels(chronicle, contract, span[0], reason="wrong customer")
    chronicle.write(
        "corrections", span[1], topic="cancellations", original=wrong, reason="wrong customer"
    )


def _second(random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    """A second subscription, or the end of it."""
    if contract.second is None:
        return
    if contract.second_value:
        lost = 12 * contract.second_value
        contract.second_value = 0
        about = {"subscription_id": contract.second, "reason": "no longer needed"}
        chronicle.write(
            "cancellations",
            span[0],
            value_lost=lost,
            currency=contract.currency,
            initiative="customer",
            **about,
        )
    else:
        contract.second_value = contract.cost(random.choice(PLANS))
        chronicle.write(
            "signups",
            span[0],
            subscription_id=contract.second,
            channel="upsell",
            monthly_value=contract.second_value,
            currency=contract.currency,
        )
    contract.note(span[0])


def _refund(_random: Random, chronicle: Chronicle, contract: Contract, span: Span) -> None:
    price = contract.price(span[0])
    if price.value:
        half = -(price.value // 2)
        chronicle.write("revenue", span[0], amount=half, currency=price.currency, kind="refund")


def _changed(chronicle: Chronicle, contract: Contract, at: int, **more: Any) -> None:  # noqa: ANN401
    chronicle.write(
        "changes",
        at,
        change="changed",
        subscription_id=contract.main,
        plan=contract.plan.name,
        monthly_value=contract.value,
        currency=contract.currency,
        **more,
    )
    contract.note(at)


def _cancels(chronicle: Chronicle, contract: Contract, at: int, **more: Any) -> Any:  # noqa: ANN401
    return chronicle.write(
        "cancellations",
        at,
        subscription_id=contract.main,
        value_lost=12 * contract.value,
        currency=contract.currency,
        initiative="customer",
        **more,
    )


def _signs_up(chronicle: Chronicle, contract: Contract, at: int) -> None:
    chronicle.write(
        "signups",
        at,
        subscription_id=contract.main,
        channel=chronicle.customer.channel,
        plan=contract.plan.name,
        monthly_value=contract.value,
        currency=contract.currency,
    )
    contract.note(at)


KINDS: Final[list[tuple[Happen, int, int]]] = [
    (_another_plan, HOUR, DAY),
    (_another_currency, HOUR, DAY),
    (_another_segment, HOUR, DAY),
    (_pause, 15 * DAY, 80 * DAY),
    (_mended, 2 * DAY, 27 * DAY),
    (_back_in_time, 2 * DAY, 29 * DAY),
    (_changes_plan_by_leaving, HOUR, DAY),
    (_annulled, 5 * DAY, 40 * DAY),
    (_by_mistake, DAY, 20 * DAY),
    (_second, HOUR, DAY),
    (_refund, HOUR, DAY),
]
WEIGHTS: Final = (30, 1.5, 3, 9, 18, 3, 3, 4, 2, 10, 9)
