"""Customers who are merged into others, of their own partition or not: every number is true."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_between_customers import DAYS, PEOPLE, WITHOUT_SHRINKING, Maker, time, told, truth

from streams.core.config import Customers
from streams.core.event_time.buckets import DAY
from streams.settings import Settings
from streams.simulate.periods import compare_periods

if TYPE_CHECKING:
    from test_between_customers import Sent

TIERS: Final = (("gold", {"USD": 4_000}), ("silver", {"USD": 1_000}))
MEANINGS: Final = tuple(
    Settings(customers=Customers(enabled=True, tiers=TIERS, **meaning))
    for meaning in (
        {},
        {"count_free": False, "past_due_days": 10},
        {"return_window": 7 * DAY, "zone": "America/New_York", "found_window": 60 * DAY},
        {"start": datetime(2016, 4, 1, tzinfo=UTC)},
    )
)
OTHERS: Final = (*PEOPLE, "fay", "unknown to all")
PRICE: Final[dict[str, Any]] = {"monthly_value": 500, "currency": "USD"}


class Merging(Maker):
    """Makes events of customers who are merged into each other."""

    def subscriptions(self, customer: str) -> None:
        """Let a customer begin, change and end subscriptions that have ids, and pay late."""
        chance = self.chance
        for name in chance.choice([(), ("s1",), ("s1", "s2")]):
            begins = self.day() / 2
            began = chance.choice(["signups", "trial_began"])
            on = "signups" if began == "signups" else "changes"
            what = {} if on == "signups" else {"change": began}
            channel, plan = chance.choice(["web", None]), chance.choice(["pro", None])
            more: dict[str, Any] = {"subscription_id": name, "channel": channel, "plan": plan}
            self.send(on, begins, customer, **PRICE, **what, **more)
            for _ in range(chance.choice([0, 1, 3])):
                kinds = ("past_due", "paid", "paused", "resumed", "trial_converted", "trial_ended")
                kind = chance.choice(kinds)
                self.send("changes", self.day(begins), customer, change=kind, subscription_id=name)
            if chance.random() < 0.3:
                at = self.day(begins)
                self.send(
                    "renewals",
                    at,
                    customer,
                    outcome="renewed",
                    subscription_id=name,
                    value=6_000,
                    term_months=12,
                    currency="USD",
                )
            if chance.random() < 0.3:
                at = self.day(begins)
                ends = at + chance.choice([0, 20])
                self.ends(customer, at, ends, name)

    def ends(self, customer: str, at: float, ends: float, name: str | None) -> None:
        self.send(
            "cancellations",
            at,
            customer,
            subscription_id=name,
            value_lost=6_000,
            currency="USD",
            effective_at=time(ends) if ends > at else None,
        )

    def merges(self) -> None:
        """Merge some into others, also in chains, circles and one second; correct some of that."""
        chance = self.chance
        shared = self.day(6)
        for _ in range(chance.choice([1, 3, 6])):
            customer = chance.choice(PEOPLE)
            other = chance.choice(OTHERS)
            at = chance.choice([shared, self.day(6), self.day(6)])
            merge = self.send("changes", at, customer, change="merged", merged_into=other)
            if chance.random() < 0.25 and at < DAYS - 60:
                self.send("signups", at + chance.choice([0, 5, 40]), customer, **PRICE)
            if chance.random() < 0.4:
                self.ends(customer, at - 5, at + 15, chance.choice([None, "s1", "s2"]))
                if chance.random() < 0.5:
                    whose, when = chance.choice([(customer, at - 2), (other, at + 3)])
                    name = chance.choice([None, "s1", "s2"])
                    self.send("signups", when, whose, subscription_id=name, **PRICE)
            if chance.random() < 0.3:
                self.mend(merge, at, customer)

    def mend(self, wrong: Sent, at: float, customer: str) -> None:
        """Withdraw a merge, or have it be another one."""
        chance = self.chance
        instead = None
        later = at + chance.choice([0.2, 3, 30])
        if chance.random() < 0.5:
            other = chance.choice(OTHERS)
            begins = max(at - chance.choice([0, 1, 20]), 0.0)
            _, instead = self.send("changes", begins, customer, change="merged", merged_into=other)
            self.sent.pop()
        fixed = self.send(
            "corrections",
            later,
            customer,
            topic="changes",
            original=wrong[1],
            replacement=instead,
        )
        if chance.random() < 0.3:
            again = self.send(
                "corrections", later + 1, customer, topic="corrections", original=fixed[1]
            )
            assert again


def company_of(chance: Random) -> list[Sent]:
    made = Merging(chance)
    for customer in PEOPLE:
        made.life(customer)
        made.subscriptions(customer)
    made.merges()
    if chance.random() < 0.3:
        made.referrals()
    if chance.random() < 0.4:
        made.forgets()
    return made.sent


def check(seed: int, partitions: int) -> Counter[str]:
    chance = Random(seed)
    sent = company_of(chance)
    meaning = MEANINGS[seed % len(MEANINGS)]
    # A topic that was silent and wakes may bring what comes too late for who was forgotten since.
    pauses = 0 if any(event.change == "forgotten" for _, event in sent) else 4
    company, end = told(sent, partitions, chance, meaning, pauses)
    rows = truth(sent, company, end)
    result = compare_periods(rows, company.periods())
    assert result.differences == []
    return Counter(row.unit for row in rows)


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    phases=WITHOUT_SHRINKING,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**9), partitions=st.integers(1, 4))
def test_who_is_merged_goes_on_as_another_customer_whatever_the_order(
    seed: int, partitions: int
) -> None:
    check(seed, partitions)
