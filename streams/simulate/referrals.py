"""Customers who recommend the company to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate.customer import draw, pick
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from streams.simulate.chronicle import Chronicle

CHANNELS: Final[Mapping[str, float]] = {"link": 0.6, "word of mouth": 0.3, "event": 0.1}
REFERRED_SHARE: Final = 0.25
"""The share of those who sign up that somebody referred."""

IN_VAIN: Final = 0.008
"""Referrals a customer-month that lead to nobody."""

TRIES: Final = 4


def refer_in_vain(random: Random, chronicle: Chronicle) -> None:
    """Write the referrals that a customer gives and nobody follows."""
    for spell in chronicle.customer.spells:
        at = spell.begin + random.expovariate(IN_VAIN / MONTH)
        while at < min(spell.end, chronicle.company.end):
            lead = f"lead-{random.randrange(10**8):08d}" if random.random() < 0.5 else None  # noqa: PLR2004
            channel = pick(random, CHANNELS)
            chronicle.write(
                "referrals", int(at), referred_customer_id=lead, converted=False, channel=channel
            )
            at += random.expovariate(IN_VAIN / MONTH)


def referred(random: Random, chronicle: Chronicle) -> None:
    """Write, as an event of another customer, who referred this one; not all were referred."""
    customer, company = chronicle.customer, chronicle.company
    if customer.beginning not in {"signup", "trial"} or random.random() >= REFERRED_SHARE:
        return
    begins = customer.spells[0].begin
    given = begins - random.randrange(HOUR, 20 * DAY)
    for _ in range(TRIES if company.opening else 0):
        referrer = draw(company, random.randrange(company.opening))
        if not (referrer.stays(given) and referrer.stays(begins)):
            continue
        segment, channel = referrer.segment.name, pick(random, CHANNELS)
        if random.random() < 0.3:  # noqa: PLR2004 (sent when given, and again when it led to something)
            chronicle.write(
                "referrals",
                given,
                customer_id=referrer.id,
                segment=segment,
                referred_customer_id=customer.id,
                converted=False,
                channel=channel,
            )
        chronicle.write(
            "referrals",
            begins + random.randrange(HOUR),
            customer_id=referrer.id,
            segment=segment,
            referred_customer_id=customer.id,
            converted=True,
            channel=channel,
        )
        return
