"""The company: what it sells to whom, and how fast customers come, complain and leave.

All of it is made up, and drawn by the seed where it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.definitions import Definitions
from streams.core.event_time.buckets import DAY
from streams.simulate.incidents import Incident, draw_incidents
from streams.simulate.truth.calendar import calendar_of
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Segment(NamedTuple):
    """A kind of customer; `value` is what its basic plan costs a month, in minor units of USD.

    `complaints` is how many a customer makes a month, `identified` the share whose events name a
    subscription, `annual` the share who pay for a year at a time.
    """

    name: str
    share: float
    value: int
    cost_ratio: float
    complaints: float
    identified: float
    annual: float


class Plan(NamedTuple):
    """A plan; it costs `times` the basic one."""

    name: str
    share: float
    times: float


SEGMENTS: Final = (
    Segment("household", 0.55, 1_900, 0.55, 0.030, 0.2, 0.25),
    Segment("student", 0.22, 900, 0.70, 0.022, 0.1, 0.10),
    Segment("small business", 0.18, 4_900, 0.45, 0.045, 0.7, 0.40),
    Segment("enterprise", 0.05, 24_000, 0.35, 0.060, 1.0, 0.80),
)
PLANS: Final = (
    Plan("basic", 0.5, 1.0),
    Plan("plus", 0.35, 1.6),
    Plan("pro", 0.15, 3.0),
)
FREE: Final = Plan("free", 0.0, 0.0)
REGIONS: Final[Mapping[str, float]] = {
    "CA": 0.22,
    "NY": 0.16,
    "TX": 0.18,
    "WA": 0.08,
    "DE": 0.18,
    "FR": 0.12,
    "ES": 0.06,
}
EURO_REGIONS: Final = frozenset({"DE", "FR", "ES"})
EURO: Final = 0.9
"""What a dollar of a price is in euros."""

CHANNELS: Final[Mapping[str, float]] = {"web": 0.5, "store": 0.2, "partner": 0.2, "phone": 0.1}

TIERS: Final = (
    ("gold", {"USD": 60_000, "EUR": 54_000}),
    ("silver", {"USD": 15_000, "EUR": 13_500}),
)
OPENING_SHARE: Final = 0.6
"""The share of all customers who were there before the first day."""

EFFECT_DAYS: Final = 90


@dataclass(frozen=True, kw_only=True)
class Company:
    """What a seed made of the company; times are epoch seconds.

    Attributes:
        seed: the same seed and numbers give the same events, to the byte.
        customers: how many there ever are, those whose trial lapses among them.
        start: the first second of the first month; who is there before is taken over.
        end: the first second after the last month; nothing is sent that happens later.
        loss_rate: losses a customer-month, of those without a complaint of late.
        factor: what the rate is multiplied by for `effect` seconds after any complaint.
        incidents: what went wrong, when and for whom.
        definitions: what the true numbers mean.
    """

    seed: int
    customers: int
    start: int
    end: int
    loss_rate: float
    factor: float
    effect: int
    incidents: Sequence[Incident]
    definitions: Definitions

    @property
    def opening(self) -> int:
        """How many customers are there before the first day."""
        return int(self.customers * OPENING_SHARE)

    @property
    def hazard(self) -> float:
        """Losses a second of one customer, without a complaint of late."""
        return self.loss_rate / MONTH

    def random(self, *what: object) -> Random:
        """Give random numbers of their own to a part of the company: by the seed and its name."""
        return Random(":".join(map(str, (self.seed, *what))))  # noqa: S311 (a simulation)


def found(seed: int, customers: int, months: int, first: tuple[int, int]) -> Company:
    """Draw a company by its seed; `first` is year and month (1 to 12) of its first month."""
    random = Random(f"{seed}:company")  # noqa: S311 (a simulation)
    calendar = calendar_of("UTC")
    month = 12 * first[0] + first[1] - 1
    start, end = calendar.month_start(month), calendar.month_start(month + months)
    return Company(
        seed=seed,
        customers=customers,
        start=start,
        end=end,
        loss_rate=round(random.uniform(0.012, 0.020), 4),
        factor=round(random.uniform(2.5, 4.5), 1),
        effect=EFFECT_DAYS * DAY,
        incidents=draw_incidents(random, start, end, REGIONS),
        definitions=Definitions(tiers=TIERS, start=start),
    )
