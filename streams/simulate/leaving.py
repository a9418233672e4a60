"""How a customer leaves: the date is drawn before, here only what is sent about it, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate.customer import pick

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from streams.simulate.chronicle import Chronicle
    from streams.simulate.contract import Contract
    from streams.simulate.customer import Spell

HOW: Final[Mapping[str, float]] = {
    "at once": 0.40,
    "end of term": 0.27,
    "backdated": 0.06,
    "payment": 0.15,
    "refused": 0.12,
}
QUIET: Final[Mapping[str, float]] = {"moved": 0.3, "price": 0.35, "no longer needed": 0.35}
ANGRY: Final[Mapping[str, float]] = {"complaint": 0.55, "service": 0.3, "lost trust": 0.15}
AVOIDABLE: Final = frozenset({*ANGRY, "price"})
DETAILS: Final = (
    "We found something cheaper.",
    "Nobody called me back.",
    "Please confirm to {name}@example.com.",
)


class Leaving(NamedTuple):
    """How a spell ends, and when that is first said; from then on nothing else happens to it."""

    how: str
    said: int


def plan(random: Random, chronicle: Chronicle, spell: Spell) -> Leaving:
    """Draw how a spell ends; what needs more time than there is, is said at once."""
    if spell.merged:
        return Leaving("merged", spell.end)
    customer, wait = chronicle.customer, chronicle.company.definitions.past_due_days * DAY
    how = pick(random, HOW)
    if how == "refused" and not customer.annual:
        how = "end of term"
    if how in {"end of term", "refused"}:
        said = spell.end - random.randrange(HOUR, 45 * DAY)
    elif how == "payment":
        said = spell.end - wait
    else:
        said = spell.end
    late = spell.end + 12 * DAY >= chronicle.company.end
    if said <= spell.begin + DAY or (how == "backdated" and late):
        return Leaving("at once", spell.end)
    return Leaving(how, said)


def leave(
    random: Random, chronicle: Chronicle, contract: Contract, spell: Spell, leaving: Leaving
) -> None:
    """Write the end of a spell."""
    angry = any(
        spell.end - chronicle.company.effect < one.at < spell.end
        for one in chronicle.customer.complaints
    )
    reason = pick(random, ANGRY if angry else QUIET)
    how, said, end = leaving.how, leaving.said, spell.end
    if how == "merged":
        other = f"c{random.randrange(max(chronicle.company.opening, 1)):06d}"
        if other == chronicle.customer.id:
            other = f"{other}-b"
        chronicle.write("changes", end, change="merged", merged_into=other, reason="same person")
    elif how == "payment":
        for one in (contract.main, contract.second) if contract.second_value else (contract.main,):
            chronicle.write(
                "changes", said, change="past_due", subscription_id=one, reason="card expired"
            )
    elif how == "refused" and not contract.second_value:
        chronicle.write(
            "renewals",
            said,
            outcome="refused",
            term_months=12,
            value=12 * contract.value,
            currency=contract.currency,
            reason=reason,
            subscription_id=contract.main,
            term_end=end,
        )
    elif how == "backdated":
        said = end + random.randrange(HOUR, 10 * DAY)
        _cancel(random, chronicle, contract, said, effective_at=end, **_why(random, reason))
    elif said < end:
        _cancel(random, chronicle, contract, said, effective_at=end, **_why(random, reason))
    else:
        _cancel(random, chronicle, contract, said, **_why(random, reason))
    price = contract.price(end)
    contract.stop()
    if random.random() < 0.3:  # noqa: PLR2004 (a last invoice is no return)
        at = end + random.randrange(DAY, 20 * DAY)
        amount = max(price.value // 3, 100)
        chronicle.write("revenue", at, amount=amount, currency=price.currency, kind="final invoice")


def _cancel(random: Random, chronicle: Chronicle, contract: Contract, at: int, **more: Any) -> None:  # noqa: ANN401
    """End all subscriptions: by one cancellation that names none, or by one each."""
    value, currency = contract.value, contract.currency
    if contract.second_value and random.random() < 0.5:  # noqa: PLR2004
        second, other = contract.second, 12 * contract.second_value
        chronicle.write(
            "cancellations", at, subscription_id=second, value_lost=other, currency=currency, **more
        )
        main = contract.main
    elif contract.second_value:
        main, value = None, value + contract.second_value
    else:
        main = contract.main
    chronicle.write(
        "cancellations", at, subscription_id=main, value_lost=12 * value, currency=currency, **more
    )


def _why(random: Random, reason: str) -> dict[str, Any]:
    """Say why: one reason, or several in order, and who wanted it."""
    why: dict[str, Any] = {"avoidable": None if reason == "moved" else reason in AVOIDABLE}
    if random.random() < 0.25:  # noqa: PLR2004
        why["reasons"] = [reason, random.choice([one for one in QUIET if one != reason])]
    else:
        why["reason"] = reason
    if random.random() < 0.1:  # noqa: PLR2004
        why["detail"] = random.choice(DETAILS).format(name=f"somebody{random.randrange(1000)}")
    why["initiative"] = "company" if random.random() < 0.03 else "customer"  # noqa: PLR2004
    return why
