"""Customers of the simulated company who have a student loan, and complain about its lender.

So what happens to a lender in the published complaints happens to customers of whom it is known
what they are worth, and who of them leaves. Nothing else about them changes: when each comes and
leaves is as the company drew it. But who is about to leave is the likelier to have complained: as
many times as a complaint of their own raises the rate at which they leave.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.complaints.complaints import SHOWN
from streams.core.event_time.buckets import DAY
from streams.simulate.customer import draw

if TYPE_CHECKING:
    from random import Random

    from streams.simulate.company import Company

PRODUCT: Final = "Student loan"
"""Complaints about it are of customers."""
CURRENCY: Final = "USD"
"""They are customers in the country of the complaints."""


AGAIN_SHARE: Final = 0.3
"""So often somebody who has complained about the lender before."""
REMEMBERED: Final = 400
MOST: Final = SHOWN - 2
"""Complaints of a customer: so that all are kept, also where one or two of them are corrected."""


class _Stay(NamedTuple):
    """From when to when somebody is a customer, epoch seconds."""

    begin: int
    end: int
    customer: str


class Borrowers:
    """Draws customers of a company who are there on a day.

    The same company, and lenders and days in the same order, give the same customers.
    """

    def __init__(self, company: Company) -> None:
        self._random: Random = company.random("borrowers")
        drawn = [draw(company, number) for number in range(company.customers)]
        self._said = Counter({one.id: len(one.complaints) for one in drawn})
        self._stays = [
            _Stay(spell.begin, spell.end, one.id)
            for one in drawn
            if one.currency == CURRENCY
            for spell in one.spells
        ]
        self._factor, self._effect = company.factor, company.effect
        self._before: dict[str, deque[str]] = {}
        self._day = 0
        self._staying: list[str] = []
        self._leaving: list[str] = []

    def who(self, lender: str, day: int) -> str:
        """Return who complains about a lender on a day: somebody there, or who was once.

        Nobody complains more than MOST times, complaints of its own among them.

        Raises:
            IndexError: nobody is there.
        """
        before = self._before.setdefault(lender, deque(maxlen=REMEMBERED))
        again = bool(before) and self._random.random() < AGAIN_SHARE
        who = self._random.choice(before) if again else self.one(day)
        while self._said[who] >= MOST:
            again, who = False, self.one(day)
        if not again:
            before.append(who)
        self._said[who] += 1
        return who

    def one(self, day: int) -> str:
        """Return somebody who is a customer from the beginning of a day (epoch seconds) to its end.

        Raises:
            IndexError: nobody is.
        """
        if day != self._day:
            self._look(day)
        likelier = self._factor * len(self._leaving)
        leaving = self._random.random() * (likelier + len(self._staying)) < likelier
        return self._random.choice(self._leaving if leaving else self._staying)

    def _look(self, day: int) -> None:
        there = [
            one
            for one in self._stays
            if one.begin <= day and day + DAY < one.end and self._said[one.customer] < MOST
        ]
        soon = day + self._effect
        self._leaving = [one.customer for one in there if one.end < soon]
        self._staying = [one.customer for one in there if one.end >= soon]
        self._day = day
