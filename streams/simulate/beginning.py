"""How a customer comes: taken over, signed up, after a trial, or found by what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate.company import FREE, PLANS

if TYPE_CHECKING:
    from random import Random

    from streams.simulate.chronicle import Chronicle
    from streams.simulate.contract import Contract

TRIAL: Final = 14 * DAY
RETURNS: Final = ("signup", "signup", "signup", "resumed", "renewed")
"""How those come back who had left; a signup is the likeliest."""


def begin(random: Random, chronicle: Chronicle, contract: Contract, at: int) -> None:
    """Write how the customer came to be one at a time."""
    customer = chronicle.customer
    terms: dict[str, Any] = {
        "subscription_id": contract.main,
        "plan": contract.plan.name,
        "monthly_value": contract.value,
        "currency": contract.currency,
    }
    match customer.beginning:
        case "signup":
            chronicle.write("signups", at, channel=customer.channel, **terms)
        case "taken over":
            chronicle.write("changes", at, change="changed", reason="taken over", **terms)
        case "change":
            chronicle.write("changes", at, change="changed", reason="price", **terms)
        case "trial":
            chronicle.write(
                "changes", at - TRIAL, change="trial_began", channel=customer.channel, **terms
            )
            converted = {name: terms[name] for name in ("subscription_id", "plan")}
            chronicle.write("changes", at, change="trial_converted", **converted)
        case "free":
            _begin_free(random, chronicle, contract, at, terms)
        case "renewal":
            renewed(chronicle, contract, at)
        case _:  # by its first payment
            pass
    contract.note(at)


def lapse(chronicle: Chronicle, contract: Contract, at: int) -> None:
    """Write a trial that ends with no customer."""
    common = {"subscription_id": contract.main, "plan": contract.plan.name}
    chronicle.write(
        "changes",
        at - TRIAL,
        change="trial_began",
        channel=chronicle.customer.channel,
        monthly_value=contract.value,
        currency=contract.currency,
        **common,
    )
    chronicle.write("changes", at, change="trial_ended", reason="price", **common)


def come_back(random: Random, chronicle: Chronicle, contract: Contract, at: int) -> None:
    """Write the return of a customer who had left."""
    customer = chronicle.customer
    how = random.choice(RETURNS)
    if how == "renewed":
        renewed(chronicle, contract, at, reason="won back")
    terms: dict[str, Any] = {
        "subscription_id": contract.main,
        "plan": contract.plan.name,
        "monthly_value": contract.value,
        "currency": contract.currency,
    }
    if how == "resumed":
        chronicle.write("changes", at, change="resumed", reason="won back", **terms)
    elif how == "signup":
        chronicle.write("signups", at, channel=customer.channel, **terms)
    contract.note(at)


def renewed(
    chronicle: Chronicle, contract: Contract, at: int, reason: str | None = "satisfied"
) -> None:
    """Write the renewal of a contract for a year."""
    chronicle.write(
        "renewals",
        at,
        outcome="renewed",
        term_months=12,
        value=12 * contract.value,
        currency=contract.currency,
        reason=reason,
        subscription_id=contract.main,
        term_end=at + 365 * DAY,
    )


def _begin_free(
    random: Random, chronicle: Chronicle, contract: Contract, at: int, terms: dict[str, Any]
) -> None:
    """Sign up for nothing; half of them pay later."""
    customer = chronicle.customer
    contract.plan = FREE
    free = terms | {"plan": FREE.name, "monthly_value": 0}
    chronicle.write("signups", at, channel=customer.channel, **free)
    pays = at + random.randrange(5 * DAY, 60 * DAY, HOUR)
    if random.random() < 0.5 and pays + DAY < customer.spells[0].end:  # noqa: PLR2004
        contract.note(at)
        contract.plan = PLANS[0]
        paid = {**terms, "plan": contract.plan.name, "monthly_value": contract.value}
        if chronicle.write("changes", pays, change="changed", reason="upgrade", **paid):
            contract.note(pays)
