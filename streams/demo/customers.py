"""Who the simulated customers are, and how they decide. Probabilities are made up, not measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from random import Random

CURRENCY: Final = "USD"
DAY: Final = 86_400

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")


class Segment(NamedTuple):
    """A kind of customer; `monthly_value` is the median in minor units."""

    name: str
    share: float
    monthly_value: int
    cost_ratio: float


class Plan(NamedTuple):
    """A contract; `leaving` is the chance a month to cancel with no complaint behind it."""

    name: str
    share: float
    months: int
    leaving: float
    refusing: float


SEGMENTS: Final = (
    Segment("household", 0.55, 2_400, 0.55),
    Segment("student", 0.25, 900, 0.70),
    Segment("small business", 0.16, 7_500, 0.45),
    Segment("private banking", 0.04, 26_000, 0.35),
)
PLANS: Final = (
    Plan("monthly", 0.35, 1, 0.016, 0.0),
    Plan("quarterly", 0.25, 3, 0.003, 0.05),
    Plan("annual", 0.40, 12, 0.001, 0.10),
)
CHANNELS: Final = {"web": 0.45, "branch": 0.2, "phone": 0.15, "partner": 0.2}
REFERRAL_CHANNELS: Final = {"link": 0.6, "word of mouth": 0.3, "event": 0.1}

LEAVING_AFTER_COMPLAINT: Final[dict[Severity, float]] = {
    "low": 0.02,
    "medium": 0.04,
    "high": 0.08,
    "critical": 0.16,
}
LEAVES_WITHIN_DAYS: Final = (2, 45)
REFUSING_BY_COMPLAINT: Final = 0.06
COMPLAINT_COST: Final = 1_800

QUIET_REASONS: Final = {"moved away": 0.3, "price": 0.35, "no longer needed": 0.35}
ANGRY_REASONS: Final = {
    "complaint not resolved": 0.5,
    "poor service": 0.25,
    "fees": 0.15,
    "lost trust": 0.1,
}
AVOIDABLE: Final = frozenset({*ANGRY_REASONS, "price"})


@dataclass(slots=True, eq=False)
class Customer:
    """One simulated customer; times are epoch seconds, money minor units of USD."""

    id: str
    segment: Segment
    plan: Plan
    region: str
    channel: str
    monthly_value: int
    joined: int
    left: int | None = None
    seats: list[int] = field(default_factory=lambda: [0, 0])
    bills: int = 0
    terms: int = 0
    complaints_since_bill: int = 0
    complained: list[int] = field(default_factory=list)

    def complaints_within(self, days: int, now: int) -> int:
        """Count the complaints of the last `days` days."""
        return sum(at > now - days * DAY for at in self.complained)


def pick(random: Random, weights: dict[str, float]) -> str:
    """Draw a key by its weight."""
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def draw(random: Random, number: int, region: str, channel: str | None, joined: int) -> Customer:
    """Draw a new customer."""
    segment = random.choices(SEGMENTS, [segment.share for segment in SEGMENTS])[0]
    plan = random.choices(PLANS, [plan.share for plan in PLANS])[0]
    value = segment.monthly_value * random.lognormvariate(0.0, 0.35)
    return Customer(
        id=f"customer-{number:05d}",
        segment=segment,
        plan=plan,
        region=region,
        channel=channel or pick(random, CHANNELS),
        monthly_value=max(100, round(value / 50) * 50),
        joined=joined,
    )


def severity(random: Random, customer: Customer | None, now: int) -> Severity:
    """Draw how grave a complaint is; who has complained before is angrier."""
    step = random.choices((0, 1, 2, 3), (0.2, 0.5, 0.25, 0.05))[0]
    if customer is not None and customer.complaints_within(30, now):
        step = min(step + 1, 3)
    return SEVERITIES[step]


def refuses(random: Random, customer: Customer, now: int) -> bool:
    """Decide at the end of a term; each complaint of the last quarter adds to the chance."""
    complaints = min(customer.complaints_within(90, now), 4)
    return random.random() < customer.plan.refusing + REFUSING_BY_COMPLAINT * complaints
