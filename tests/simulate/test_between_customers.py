"""What one customer does to another: links cross partitions, and every number is the true one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kept_company import GRACE, KeptCompany

from streams.core.config import Customers
from streams.core.partitioner import partitions_of
from streams.settings import Settings
from streams.simulate.events import Event, encode
from streams.simulate.periods import compare_periods
from streams.simulate.truth.company import truth_of

if TYPE_CHECKING:
    from streams.simulate.truth.numbers import Row

BEGIN: Final = datetime(2016, 1, 1, tzinfo=UTC)
DAYS: Final = 300
PEOPLE: Final = ("ann", "bob", "cid", "dot", "eve")
KEPT: Final = Settings(
    customers=Customers(enabled=True, tiers=(("gold", {"USD": 4_000}), ("silver", {"USD": 1_000})))
)
MONTHS_BEGIN: Final = (121, 152, 182, 213)
"""Days on which a month begins."""
Sent = tuple[str, Event]

WITHOUT_SHRINKING: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""A seed is no smaller than another."""


def time(day: float) -> datetime:
    """Give the time of a day, counted from the beginning, in whole seconds."""
    return BEGIN + timedelta(seconds=round(day * 86_400))


class Maker:
    """Makes events at random, each with an id of its own."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.sent: list[Sent] = []

    def send(self, on: str, day: float, customer: str, **fields: Any) -> Sent:
        event = Event(
            event_id=f"e{len(self.sent)}", customer_id=customer, occurred_at=time(day), **fields
        )
        self.sent.append((on, event))
        return on, event

    def day(self, first: float = 0.0) -> float:
        """Give a day, of few so that some things fall together, at midnight or at some second."""
        whole = self.chance.randrange(int(first), DAYS)
        return whole + self.chance.choice([0.0, 0.5, self.chance.random()])

    def life(self, customer: str) -> None:
        """Let a customer come, change, pay, and perhaps leave and come back."""
        chance = self.chance
        begins = self.day() / 2
        segment = chance.choice(["home", "office", None])
        price: dict[str, Any] = {"currency": chance.choice(["USD", "EUR"])}
        price["monthly_value"] = chance.choice([500, 900])
        if chance.random() < 0.8:
            self.send("signups", begins, customer, segment=segment, **price)
        for _ in range(chance.choice([0, 1, 3])):
            other = chance.choice(["home", "office", None])
            price["monthly_value"] = chance.choice([0, 300, 900, 1500])
            at = self.day(begins)
            self.send("changes", at, customer, change="changed", segment=other, **price)
        for _ in range(chance.choice([0, 2, 8])):
            amount = chance.choice([400, 900, -200, 2500])
            self.send("revenue", self.day(begins), customer, amount=amount, currency="USD")
        if chance.random() < 0.4:
            ends = self.day(begins)
            self.send("cancellations", ends, customer, value_lost=6_000, currency="USD")
            if chance.random() < 0.5 and ends < DAYS - 60:
                self.send("signups", ends + chance.choice([5, 45]), customer, **price)

    def referrals(self) -> None:
        """Let them refer each other, themselves and strangers; some of it is corrected."""
        chance = self.chance
        for _ in range(chance.choice([1, 4, 9])):
            customer = chance.choice(PEOPLE)
            whom = chance.choice([*PEOPLE, *PEOPLE, "nobody-yet", None])
            at = self.day()
            wrong = self.send(
                "referrals",
                at,
                customer,
                referred_customer_id=whom,
                converted=chance.random() < 0.5,
            )
            for _ in range(chance.choice([0, 0, 1, 2])):
                self.correct(wrong)

    def forgets(self) -> None:
        """Let some be forgotten as a month ends, and correct nothing that was before it since.

        Money is kept by month: what came in a month in which somebody is forgotten is of who was.
        """
        gone = {}
        for customer in PEOPLE:
            if self.chance.random() < 0.3:
                ends = self.chance.choice(MONTHS_BEGIN) - 1 / 86_400
                gone[customer] = time(ends)
                self.send("changes", ends, customer, change="forgotten")
        self.sent = [
            (topic, event)
            for topic, event in self.sent
            if topic != "corrections"
            or event.occurred_at <= gone.get(event.customer_id or "", event.occurred_at)
        ]

    def correct(self, wrong: Sent) -> None:
        """Withdraw an event, or put another in its place, some days later; perhaps not for long."""
        chance = self.chance
        topic, event = wrong
        instead = None
        customer = event.customer_id or ""
        at = (event.occurred_at - BEGIN) / timedelta(days=1)
        if chance.random() < 0.5:
            whom = chance.choice(PEOPLE)
            instead = Event(
                event_id=f"{event.event_id}-{chance.randrange(10**6)}",
                customer_id=customer,
                occurred_at=time(max(at - chance.choice([0, 1, 20]), 0.0)),
                referred_customer_id=whom,
                converted=True,
            )
        later = at + chance.choice([1, 30])
        fixed = self.send(
            "corrections", later, customer, topic=topic, original=event, replacement=instead
        )
        if chance.random() < 0.3:
            self.send("corrections", later + 1, customer, topic="corrections", original=fixed[1])


def company_of(chance: Random) -> list[Sent]:
    made = Maker(chance)
    for customer in PEOPLE:
        made.life(customer)
    made.referrals()
    if chance.random() < 0.5:
        made.forgets()
    return made.sent


def told(
    sent: list[Sent],
    partitions: int,
    chance: Random,
    kept: Settings = KEPT,
    most_pauses: int = 4,
) -> tuple[KeptCompany, int]:
    """Let a company be read in any order, with take-overs and pauses in which the clocks go on.

    Gives it, and the clock that it is told up to in the end.
    """
    company = KeptCompany(kept, partitions)
    end = int((BEGIN + timedelta(days=DAYS + 40)).timestamp())
    homes = partitions_of([(e.customer_id or "").encode() for _, e in sent], partitions)
    ordered = sorted(zip(sent, homes, strict=True), key=lambda one: one[0][1].at)
    pauses = min(chance.choice([0, 1, 4]), most_pauses)
    for part in range(pauses + 1):
        piece = slice(*(len(ordered) * n // (pauses + 1) for n in (part, part + 1)))
        for (topic, event), home in ordered[piece]:
            company.produce(topic, home, None, encode(event))
        company.read(chance, takes_over=chance.choice([0, 2]))
        company.wait()
    company.say_over(end + GRACE)
    company.read(chance, takes_over=0)
    company.wait()
    assert company.checks() == {}
    return company, end


def truth(sent: list[Sent], company: KeptCompany, end: int) -> list[Row]:
    definitions = company.settings.customers.definitions
    return truth_of(sent, definitions, end, left_out=company.late()).rows()


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    phases=WITHOUT_SHRINKING,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**9), partitions=st.integers(1, 5))
def test_the_referred_are_counted_by_who_referred_them_first_whatever_the_order(
    seed: int, partitions: int
) -> None:
    chance = Random(seed)
    sent = company_of(chance)
    company, end = told(sent, partitions, chance)
    result = compare_periods(truth(sent, company, end), company.periods())
    assert result.differences == []


@pytest.mark.slow
@pytest.mark.parametrize("partitions", [1, 3])
@pytest.mark.parametrize("forgotten", ["ann", "bob"])
def test_who_is_forgotten_is_not_referred_any_more_and_has_referred_nobody(
    forgotten: str, partitions: int
) -> None:
    made = Maker(Random(1))
    for customer in ("ann", "bob"):
        price = {"monthly_value": 500, "currency": "USD"}
        made.send("signups", 1, customer, segment="home", **price)
        made.send("signups", 200, customer, segment="office", **price)
    made.send("referrals", 10, "ann", referred_customer_id="bob", converted=True)
    made.send("changes", 100, forgotten, change="forgotten")
    company, end = told(made.sent, partitions, Random(2))
    true = truth(made.sent, company, end)
    assert compare_periods(true, company.periods()).differences == []
    before, after = (
        sum(row.value for row in true if row[:5] == ("month", month, "total", "referred", ""))
        for month in ("2016-03", "2016-05")
    )
    assert (before, after) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("partitions", [1, 3])
def test_years_that_are_read_at_once_while_a_topic_is_silent_have_all_who_were_referred(
    partitions: int,
) -> None:
    """No clock moves before the silent topics turn idle, and then it would leap over all."""
    made = Maker(Random(1))
    for number, customer in enumerate(PEOPLE):
        price = {"monthly_value": 500, "currency": "USD"}
        made.send("signups", number, customer, segment="home", **price)
        whom = PEOPLE[number - 1]
        made.send("referrals", 200 * number + 20, customer, referred_customer_id=whom)
        for month in range(40):
            made.send("revenue", 30 * month + number, customer, amount=700, currency="USD")
    company = KeptCompany(KEPT, partitions)
    for topic, event in made.sent:
        (home,) = partitions_of([(event.customer_id or "").encode()], partitions)
        company.produce(topic, home, None, encode(event))
    end = int(time(1_250).timestamp())
    company.say_over(end + GRACE)
    company.read(Random(3), takes_over=0)
    company.wait()
    result = compare_periods(truth(made.sent, company, end), company.periods())
    assert result.differences == []
    assert company.checks() == {}
