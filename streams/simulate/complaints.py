"""What customers complain about, what they write, and what is done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate import hours
from streams.simulate.company import REGIONS
from streams.simulate.customer import pick
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from streams.simulate.chronicle import Chronicle
    from streams.simulate.customer import Complained

ISSUES: Final[Mapping[str, tuple[str, ...]]] = {
    "Card": ("Charged twice", "Declined", "Lost card"),
    "App": ("Cannot log in", "Crashes", "Too slow"),
    "Delivery": ("Arrived late", "Damaged", "Never arrived"),
    "Invoice": ("Wrong amount", "Not understood"),
    "Support": ("Nobody answers", "Rude", "Passed around"),
}
CHANNELS: Final[Mapping[str, float]] = {"web": 0.5, "phone": 0.3, "store": 0.1, "letter": 0.1}
SEVERITIES: Final[Mapping[str, float]] = {"low": 0.2, "medium": 0.5, "high": 0.24, "critical": 0.06}
OPENINGS: Final = (
    "{issue}, and nobody can tell me why.",
    "This is about your {product}: {issue}.",
    "{issue}. I have waited for a week.",
    "Again: {issue}.",
)
ENDINGS: Final = ("", " Please call me at (555) 01{a:02d}-{b:04d}.", " Write to me{b}@example.com.")
ANONYMOUS: Final = 0.0015
"""Complaints a month of nobody known, as a share of the customers."""


def complain(random: Random, chronicle: Chronicle) -> None:
    """Write all complaints of a customer, and what became of each."""
    for one in chronicle.customer.complaints:
        about = _about(random, one, chronicle.customer.region)
        sent = chronicle.write("complaints", one.at, **about)
        if sent is not None:
            _deal_with(random, chronicle, one.at, sent.event_id)


def complain_anonymously(random: Random, chronicle: Chronicle) -> None:
    """Write the complaints of people who do not say who they are."""
    company = chronicle.company
    months = (company.end - company.start) / MONTH
    for _ in range(round(company.customers * ANONYMOUS * months)):
        at = hours.arrival(random, company.start, company.end)
        about = _about(random, None, pick(random, REGIONS))
        chronicle.write("complaints", at, customer_id=None, segment=None, **about)


def _about(random: Random, one: Complained | None, region: str) -> dict[str, Any]:
    incident = None if one is None else one.incident
    if incident is not None:
        product, issue = incident.product, incident.issue
    else:
        product = random.choice(tuple(ISSUES))
        issue = random.choice(ISSUES[product])
    text = random.choice(OPENINGS) + random.choice(ENDINGS)
    return {
        "product": product,
        "issue": issue,
        "channel": pick(random, CHANNELS),
        "region": region,
        "severity": pick(random, SEVERITIES),
        "text": text.format(
            product=product.lower(),
            issue=issue,
            a=random.randrange(100),
            b=random.randrange(10_000),
        ),
    }


def _deal_with(random: Random, chronicle: Chronicle, at: int, complaint_id: str) -> None:
    """Acknowledge, answer and resolve; some are opened again, some nobody ever deals with."""
    if random.random() < 0.15:  # noqa: PLR2004
        return
    statuses = ["acknowledged", "answered"]
    if random.random() < 0.85:  # noqa: PLR2004
        statuses.append("resolved")
        if random.random() < 0.07:  # noqa: PLR2004
            statuses += ["reopened", "resolved"]
    for status in statuses:
        at += random.randrange(HOUR, 6 * DAY)
        channel = "mail" if status == "answered" else None
        text = "We are sorry." if status == "answered" else None
        chronicle.write(
            "complaint_updates",
            at,
            complaint_id=complaint_id,
            status=status,
            channel=channel,
            text=text,
        )
