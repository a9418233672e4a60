"""A seeded simulation of customers around the real complaints: pure, the same seed the same events.

The existing customers are taken over in the week before the first complaint (signups by the
channel `migration`), so the stream has every customer's whole life and the sums close from zero:
signups - cancellations = active customers, and 12 x monthly_value - value_lost = what they are
worth a year. A customer signs up, is billed for each term, renews or refuses at its end (monthly
plans just run on), may refer others, complain, and leave once; nothing happens to it before it
signed up or after it left.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.demo import customers as who
from streams.demo.customer_pool import CustomerPool
from streams.demo.customers import CURRENCY, DAY, Customer
from streams.demo.event_queue import EventQueue, arrivals
from streams.demo.times import midnight
from streams.demo.words import complaint_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.demo.complaints import Complaint

TAKE_OVER_DAYS: Final = 7
SIGNUPS_A_WEEKDAY: Final = 34.0
SIGNUPS_A_WEEKEND_DAY: Final = 14.0
REFERRALS_A_DAY: Final = 12.0
REFERRED_SHARE: Final = 0.2
ANONYMOUS_SHARE: Final = 0.25


class Event(NamedTuple):
    """One event; `at` is epoch seconds UTC, `body` what goes into the message but for the time."""

    at: int
    topic: str
    key: str
    body: dict[str, Any]


class Simulation:
    """The life of the demo's customers.

    Args:
        days: the real complaints, by day, in order.
        opening: customers taken over before the first day.
        seed: the same seed and complaints give the same events.
    """

    def __init__(
        self, days: Iterable[tuple[date, list[Complaint]]], *, opening: int, seed: int
    ) -> None:
        self._days = days
        self._opening = opening
        self._random = Random(seed)  # noqa: S311 -- a simulation
        self._queue = EventQueue()
        self._numbers = count(1)
        self._pool = CustomerPool(self._random)
        self._out: list[Event] = []

    def events(self) -> Iterator[Event]:
        """Yield all events in the order of their time; can be walked once."""
        clock: date | None = None
        for day, complaints in self._days:
            if clock is None:
                clock = day - timedelta(days=TAKE_OVER_DAYS)
                self._take_over(midnight(clock), complaints)
                self._queue.run(until=midnight(day))
                yield from self._emitted()
                clock = day
            while clock < day:  # a day without complaints is still a day
                yield from self._day(clock, [])
                clock += timedelta(days=1)
            yield from self._day(clock, complaints)
            clock += timedelta(days=1)

    def _day(self, day: date, complaints: list[Complaint]) -> Iterator[Event]:
        start = midnight(day)
        self._pool.learn(complaint.region for complaint in complaints)
        for complaint in complaints:
            self._queue.plan(self._time_in(start), partial(self._complaint, complaint))
        weekend = day.weekday() >= 5  # noqa: PLR2004
        for _ in range(
            arrivals(self._random, SIGNUPS_A_WEEKEND_DAY if weekend else SIGNUPS_A_WEEKDAY)
        ):
            self._queue.plan(self._time_in(start), self._signup)
        for _ in range(arrivals(self._random, REFERRALS_A_DAY)):
            self._queue.plan(self._time_in(start), self._referral)
        self._queue.run(until=start + DAY)
        return self._emitted()

    # What happens. Each takes place at the queue's `now`.

    def _take_over(self, start: int, complaints: list[Complaint]) -> None:
        self._pool.learn(complaint.region for complaint in complaints)
        for _ in range(self._opening):
            at = start + self._random.randrange(TAKE_OVER_DAYS * DAY)
            self._queue.plan(at, partial(self._signup, "migration"))

    def _signup(self, channel: str | None = None) -> None:
        referrer = None
        if channel is None and self._random.random() < REFERRED_SHARE:
            referrer = self._pool.happy(self._queue.now)
            channel = "referral" if referrer else None
        region = self._pool.region()
        customer = who.draw(self._random, next(self._numbers), region, channel, self._queue.now)
        self._pool.join(customer)
        self._emit(
            "signups",
            customer,
            "signup",
            channel=customer.channel,
            plan=customer.plan.name,
            monthly_value=customer.monthly_value,
            currency=CURRENCY,
        )
        if referrer is not None:
            tell = partial(self._converted, referrer, customer)
            self._queue.plan(self._soon(), tell)
        term = customer.plan.months * 30 * DAY
        if customer.channel == "migration":  # in the middle of a term that was paid elsewhere
            self._queue.plan(
                self._queue.now + self._random.randrange(DAY, term), partial(self._term, customer)
            )
        else:
            self._queue.plan(self._soon(), partial(self._bill, customer))
            self._queue.plan(self._queue.now + term, partial(self._term, customer))
        quiet = self._random.expovariate(customer.plan.leaving / (30 * DAY))
        leave = partial(self._leave, customer, who.pick(self._random, who.QUIET_REASONS))
        self._queue.plan(self._queue.now + max(3600, int(quiet)), leave)

    def _term(self, customer: Customer) -> None:
        """End a term: renew it (monthly plans: run on) or refuse, which ends the contract."""
        if customer.left is not None:
            return
        plan = customer.plan
        if plan.months > 1:
            refused = who.refuses(self._random, customer, self._queue.now)
            angry = bool(customer.complaints_within(90, self._queue.now))
            reason = self._reason(angry=angry) if refused else None
            customer.terms += 1
            self._emit(
                "renewals",
                customer,
                f"term-{customer.terms}",
                outcome="refused" if refused else "renewed",
                term_months=plan.months,
                value=customer.monthly_value * plan.months,
                currency=CURRENCY,
                reason=reason,
            )
            if reason is not None:
                self._queue.plan(self._soon(), partial(self._leave, customer, reason))
                return
        self._queue.plan(self._soon(), partial(self._bill, customer))
        self._queue.plan(self._queue.now + plan.months * 30 * DAY, partial(self._term, customer))

    def _bill(self, customer: Customer) -> None:
        if customer.left is not None:
            return
        amount = customer.monthly_value * customer.plan.months
        serving = amount * customer.segment.cost_ratio * self._random.uniform(0.7, 1.3)
        cost = round(serving) + who.COMPLAINT_COST * customer.complaints_since_bill
        customer.complaints_since_bill = 0
        customer.bills += 1
        self._emit(
            "revenue",
            customer,
            f"bill-{customer.bills}",
            amount=amount,
            cost_to_serve=cost,
            currency=CURRENCY,
            kind="subscription",
        )

    def _leave(self, customer: Customer, reason: str) -> None:
        if customer.left is not None:
            return
        customer.left = self._queue.now
        self._pool.part(customer)
        self._emit(
            "cancellations",
            customer,
            "cancellation",
            reason=reason,
            avoidable=reason in who.AVOIDABLE,
            value_lost=12 * customer.monthly_value,
            currency=CURRENCY,
        )

    def _converted(self, referrer: Customer, referred: Customer) -> None:
        if referrer.left is None:
            self._emit(
                "referrals",
                referrer,
                f"referral-of-{referred.id}",
                referred_customer_id=referred.id,
                converted=True,
                channel=who.pick(self._random, who.REFERRAL_CHANNELS),
            )

    def _referral(self) -> None:
        """Refer somebody who does not sign up."""
        referrer = self._pool.happy(self._queue.now)
        if referrer is not None:
            self._emit(
                "referrals",
                referrer,
                f"referral-{self._queue.now}",
                converted=False,
                channel=who.pick(self._random, who.REFERRAL_CHANNELS),
            )

    def _complaint(self, real: Complaint) -> None:
        anonymous = self._random.random() < ANONYMOUS_SHARE
        customer = None if anonymous else self._pool.complainer(real.region, real.company)
        severity = who.severity(self._random, customer, self._queue.now)
        event_id = f"cfpb-{real.number:06d}"
        body: dict[str, Any] = {
            "event_id": event_id,
            "product": real.product,
            "issue": real.issue,
            "company": real.company,
            "region": real.region,
            "channel": real.channel,
            "severity": severity,
            "text": complaint_text(self._random, real, customer),
        }
        if customer is None:
            self._out.append(Event(self._queue.now, "complaints", event_id, body))
            return
        body |= {"customer_id": customer.id, "segment": customer.segment.name}
        self._out.append(Event(self._queue.now, "complaints", customer.id, body))
        customer.complained.append(self._queue.now)
        customer.complaints_since_bill += 1
        if self._random.random() < who.LEAVING_AFTER_COMPLAINT[severity]:
            first, last = who.LEAVES_WITHIN_DAYS
            delay = self._random.triangular(first * DAY, last * DAY, first * 3 * DAY)
            leave = partial(self._leave, customer, self._reason(angry=True))
            self._queue.plan(self._queue.now + int(delay), leave)

    # How it is kept in order.

    def _emit(self, topic: str, customer: Customer, what: str, **body: object) -> None:
        head = {
            "event_id": f"{customer.id}-{what}",
            "customer_id": customer.id,
            "segment": customer.segment.name,
        }
        self._out.append(Event(self._queue.now, topic, customer.id, head | body))

    def _emitted(self) -> Iterator[Event]:
        out, self._out = self._out, []
        return iter(out)

    def _reason(self, *, angry: bool) -> str:
        return who.pick(self._random, who.ANGRY_REASONS if angry else who.QUIET_REASONS)

    def _soon(self) -> int:
        return self._queue.now + self._random.randrange(20, 3 * 3600)

    def _time_in(self, start: int) -> int:
        return start + self._random.randrange(DAY)
