"""One simulated customer: who it is, from when to when it stays, and when it complains.

How long a customer stays is drawn first, at a rate that is known: `Company.loss_rate` a
customer-month, times `Company.factor` for `Company.effect` after each complaint. All that is sent
about the customer later leaves these dates as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate import hours
from streams.simulate.company import CHANNELS, EURO_REGIONS, PLANS, REGIONS, SEGMENTS, Plan, Segment
from streams.simulate.truth.calendar import calendar_of
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from streams.simulate.company import Company
    from streams.simulate.incidents import Incident

Beginning = Literal[
    "taken over", "signup", "trial", "free", "lapsed", "payment", "change", "renewal", "end"
]
"""How a customer comes to be known; of the lapsed there is a trial only, of an end nothing else."""

OPENING: Final[Mapping[Beginning, float]] = {
    "taken over": 0.965,
    "payment": 0.02,
    "change": 0.008,
    "renewal": 0.006,
    "end": 0.001,
}
ARRIVING: Final[Mapping[Beginning, float]] = {
    "signup": 0.66,
    "trial": 0.2,
    "lapsed": 0.08,
    "free": 0.06,
}
RETURN_SHARE: Final = 0.15
RETURNS_AFTER: Final = (31 * DAY, 150 * DAY)
MERGED_SHARE: Final = 0.004
MERGED: Final = 10
"""So many of a company are to be merged into others at least, unless they leave before."""
OFTEN_SHARE: Final = 0.006
OFTEN: Final = 40
"""So many times as often as others of their segment some complain."""
TWO_SHARE: Final = 0.08
SILENT_SHARE: Final = 0.03
"""The share of customers whose events do not say what segment they belong to."""

FAR: Final = 10**11
"""Later than anything that happens."""


class Spell(NamedTuple):
    """A time as a customer; it may end after the last day. `merged`: it became another's."""

    begin: int
    end: int
    merged: bool = False


class Complained(NamedTuple):
    """A complaint, and the incident that it belongs to, if any."""

    at: int
    incident: Incident | None


@dataclass(slots=True, eq=False)
class Customer:
    """One customer; `value` is the price a month in minor units of `currency` at the beginning."""

    id: str
    beginning: Beginning
    segment: Segment
    plan: Plan
    region: str
    currency: str
    channel: str
    annual: bool
    identified: bool
    two: bool
    silent: bool
    spells: list[Spell] = field(default_factory=list)
    complaints: list[Complained] = field(default_factory=list)

    def stays(self, at: int) -> bool:
        """Whether it is a customer at a time."""
        return any(spell.begin <= at < spell.end for spell in self.spells)


def pick(random: Random, weights: Mapping[str, float]) -> str:
    """Draw a key by its weight."""
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def draw(company: Company, number: int) -> Customer:
    """Draw a customer by its number, from 0; the first ones are there before the first day."""
    random = company.random("customer", number)
    opening = number < company.opening
    (beginning,) = random.choices(
        tuple(OPENING if opening else ARRIVING), tuple((OPENING if opening else ARRIVING).values())
    )
    (segment,) = random.choices(SEGMENTS, [one.share for one in SEGMENTS])
    (plan,) = random.choices(PLANS, [one.share for one in PLANS])
    region = pick(random, REGIONS)
    two = random.random() < TWO_SHARE and beginning in {"signup", "taken over"}
    customer = Customer(
        id=f"c{number:06d}",
        beginning=beginning,
        segment=segment,
        plan=plan,
        region=region,
        currency="EUR" if region in EURO_REGIONS else "USD",
        channel=pick(random, CHANNELS),
        annual=random.random() < segment.annual and beginning != "free",
        identified=two or (random.random() < segment.identified and beginning != "payment"),
        two=two,
        silent=random.random() < SILENT_SHARE,
    )
    begin = _begins(random, company, beginning)
    if beginning in {"lapsed", "end"}:
        customer.spells.append(Spell(begin, begin))
    else:
        _stay(random, company, customer, begin)
    return customer


def _begins(random: Random, company: Company, beginning: Beginning) -> int:
    if beginning == "taken over":
        return company.start - random.randrange(HOUR, 2 * DAY)
    at = hours.arrival(random, company.start, company.end)
    if beginning == "payment":  # it is known from the first second of the month of its payment
        calendar = calendar_of(company.definitions.zone)
        return calendar.month_start(calendar.month(at))
    return at


def _stay(random: Random, company: Company, customer: Customer, begin: int) -> None:
    """Draw all times as a customer, and the complaints within them."""
    wishes = _complaints(random, company, customer, begin)
    merges = FAR
    if random.random() < max(MERGED_SHARE, MERGED / company.customers):
        merges = begin + 10 * DAY + int(random.random() * 12 * MONTH)
    raised_until = 0
    while begin < company.end:
        end, raised_until = _leaves(random, company, begin, wishes, raised_until)
        if merges <= end:
            end = max(merges, begin + DAY)
        customer.complaints += [one for one in wishes if begin < one.at < end]
        customer.spells.append(Spell(begin, end, merged=end >= merges))
        if random.random() >= RETURN_SHARE or end >= merges:
            return
        begin = hours.in_business_hours(random, end + random.randrange(*RETURNS_AFTER))
        begin = max(begin, end + RETURNS_AFTER[0])


def _leaves(
    random: Random, company: Company, begin: int, complaints: list[Complained], raised_until: int
) -> tuple[int, int]:
    """Draw when a customer leaves, by a rate that each complaint raises for some time.

    Gives the time, and until when the last complaint before it raises the rate.
    """
    left = random.expovariate(1.0)
    at = begin
    turns = [one.at for one in complaints if one.at > begin]
    for turn in (*turns, FAR):
        for until, rate in (
            (min(max(raised_until, at), turn), company.hazard * company.factor),
            (turn, company.hazard),
        ):
            if left < rate * (until - at):
                return at + int(left / rate) + 1, raised_until
            left -= rate * (until - at)
            at = until
        raised_until = turn + company.effect
    return FAR, raised_until


def _complaints(
    random: Random, company: Company, customer: Customer, begin: int
) -> list[Complained]:
    """Draw when the customer would complain if it were one all the time, in order."""
    found: list[Complained] = []
    at = float(begin + HOUR)
    rate = customer.segment.complaints
    if company.random("often", customer.id).random() < OFTEN_SHARE:
        rate *= OFTEN
    while True:
        at += random.expovariate(rate * hours.BUSIEST / MONTH)
        if at >= company.end:
            break
        if random.random() * hours.BUSIEST < hours.busy(int(at) // DAY):
            found.append(Complained(hours.in_business_hours(random, int(at)), None))
    for incident in company.incidents:
        if incident.region == customer.region and random.random() < incident.share:
            within = random.randrange(incident.start, incident.end)
            found.append(Complained(hours.in_business_hours(random, within), incident))
    return sorted((one for one in found if begin < one.at < company.end), key=lambda one: one.at)
