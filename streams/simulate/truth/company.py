"""The true numbers of a whole company, customer by customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.simulate.events import LIFECYCLE
from streams.simulate.truth import balance
from streams.simulate.truth.between import between_customers
from streams.simulate.truth.calendar import calendar_of, month_day
from streams.simulate.truth.handed import UNKNOWN
from streams.simulate.truth.merging import merged, parts_of
from streams.simulate.truth.movements import movements, state_at
from streams.simulate.truth.numbers import COUNT, Numbers, Row
from streams.simulate.truth.person import person_of
from streams.simulate.truth.rates import LossRates
from streams.simulate.truth.risk import at_risk
from streams.simulate.truth.settle import settled
from streams.simulate.truth.stakes import Stakes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.core.customers.definitions import Definitions
    from streams.simulate.events import Event
    from streams.simulate.truth.between import Between
    from streams.simulate.truth.groups import Groups
    from streams.simulate.truth.handed import Handed
    from streams.simulate.truth.life import Cause, State
    from streams.simulate.truth.merging import Part
    from streams.simulate.truth.person import Person
    from streams.simulate.truth.settle import Held, Key
    from streams.simulate.truth.stakes import Asked, Stake

LABELS = {
    "new": ("channel", "plan"),
    "reactivated": ("plan",),
    "discovered": ("plan",),
    "lost": ("reason", "avoidable", "plan"),
    "expansion": ("reason", "plan"),
    "contraction": ("reason", "plan"),
}
"""By which labels a movement is counted, besides its group."""

MONEY = frozenset({"revenue", "cost_to_serve", "margin"})
"""Units that are money alone: how many payments there were is no number of a period."""


class _Remembered(NamedTuple):
    """What is kept of a customer whom a referral names."""

    states: list[State]
    groups: Groups


class Truth:
    """Sums up customers, given one by one in any order; `rows` is asked once, at the end.

    Args:
        definitions: what the numbers mean.
        clock: epoch seconds up to which there are movements.
        between: the customers whom referrals and merges name, on either side.
        effect: seconds for which a complaint raises the rate of leaving.
        left_out: topic and id of events that came too late to be counted; those that decide who
            is a customer, corrections and updates of complaints never do.
        counted: epoch seconds up to which events are counted by themselves; None: the clock.
        asked: incidents of which it is wanted what was at stake.
    """

    def __init__(  # noqa: PLR0913 (what a truth is of)
        self,
        definitions: Definitions,
        clock: int,
        between: Between,
        *,
        effect: int = 0,
        left_out: Collection[Key] = frozenset(),
        counted: int | None = None,
        asked: Sequence[Asked] = (),
    ) -> None:
        self._definitions = definitions
        self._clock = clock
        self._counted = clock if counted is None else counted
        self._between = between
        self._held: dict[str, list[tuple[str, Event]]] = {}
        never = {*LIFECYCLE, "corrections", "complaint_updates"}
        self._left_out = {key for key in left_out if key[0] not in never}
        self.calendar = calendar_of(definitions.zone)
        self.numbers = Numbers(self.calendar)
        self._rates = LossRates(effect)
        self._stakes = Stakes(asked, self.calendar)
        self._remembered: dict[str, _Remembered] = {}
        self._links: list[tuple[int, bytes, str, str]] = []

    def add(self, customer: str | None, events: Iterable[tuple[str, Event]]) -> None:
        """Add all events of one customer, in any order; None: those of nobody known.

        Those of who is merged with others are held back until all are there.
        """
        if customer is not None and customer in self._between.merging:
            self._held.setdefault(customer, []).extend(events)
            return
        for part in parts_of(customer, events, self._clock):
            self._add_person(part, self._work_out(part, ()))

    def _work_out(self, part: Part, taken: Iterable[Handed]) -> Person:
        """Work out one person, with what others brought who were merged into it."""
        own = {(topic, event.event_id) for topic, event in part.sent} & self._left_out
        held = settled(part.sent, own)
        times = self._clock, part.ends
        return person_of(held, self._definitions, self.calendar, *times, taken)

    def _add_person(self, part: Part, person: Person) -> None:
        """Add one person; by its name, unless it was forgotten."""
        self._movements(person)
        self._moves(person)
        self._stocks(person)
        self._events(person)
        customer = part.customer
        if customer is None:
            return
        complained = [one.at for one in person.complaints if one.at <= self._clock]
        self._rates.add(person.states, complained, self._clock)
        if part.ends is None:
            self._stakes.add(person)
        if part.ends is None and customer in self._between.referring:
            self._remembered[customer] = _Remembered(person.states, person.groups)
            self._links.extend(_links(customer, person.held))

    @property
    def rates(self) -> LossRates:
        """Losses and time at risk, once all customers are there."""
        self._add_merged()
        return self._rates

    @property
    def stakes(self) -> Mapping[str, Stake]:
        """What was at stake in the incidents asked for, by name, once all customers are there."""
        self._add_merged()
        return self._stakes.found

    def rows(self) -> list[Row]:
        """Give all numbers that are not 0, checked to add up.

        Raises:
            UnbalancedError: they do not.
        """
        self._add_merged()
        self._referred()
        numbers, calendar, clock = self.numbers, self.calendar, self._clock
        first = min((month for month, _, _ in numbers.months), default=calendar.month(clock))
        balance.open_months(numbers, first, calendar.month(clock))
        balance.open_days(numbers, month_day(first), calendar.day(clock))
        rows = sorted(numbers.rows())
        balance.check(rows)
        return rows

    def _add_merged(self) -> None:
        """Add those who were held back."""
        held, self._held = self._held, {}
        for part, taken in merged(held, self._clock, self._work_out):
            self._add_person(part, self._work_out(part, taken))

    # -- one customer -------------------------------------------------------------------------

    def _movements(self, person: Person) -> None:
        for at, unit, customers, values, cause in movements(
            person.states, person.origin, person.kept
        ):
            self.numbers.add(at, person.groups.of, unit, customers, values)
            for label in LABELS.get(unit, ()):
                named = f"{unit}[{label}={_label(cause, label)}]"
                self.numbers.add(at, person.groups.of, named, customers, values)

    def _moves(self, person: Person) -> None:
        """Move the customer from group to group at the beginnings of months."""
        for month in self._months(person):
            before, now = person.groups.of(month - 1), person.groups.of(month)
            begins = self.calendar.month_start(month)
            state = state_at(person.states, begins - 1)
            if before == now or state is None or not state.customer:
                continue
            self.numbers.add_month(month, before, "moved_out", 1, state.values)
            self.numbers.add_month(month, now, "moved_in", 1, state.values)
            if before.segment != now.segment:
                day = self.calendar.day(begins)
                self.numbers.add_day(day, before.segment, "moved_out", 1, state.values)
                self.numbers.add_day(day, now.segment, "moved_in", 1, state.values)

    def _stocks(self, person: Person) -> None:
        """Count the customer at the end of each month; at the end of each day if at risk."""
        for month in self._months(person):
            closes = min(self.calendar.month_start(month + 1) - 1, self._clock)
            state = state_at(person.states, closes)
            if state is None or not state.customer:
                continue
            group = person.groups.of(month)
            self.numbers.add_month(month, group, "closing", 1, state.values)
            if at_risk(person.complaints, closes, self._definitions.recent_complaint):
                self.numbers.add_month(month, group, "at_risk", 1, state.values)
        if person.complaints and person.states:
            self._risk_by_day(person)

    def _risk_by_day(self, person: Person) -> None:
        recent = self._definitions.recent_complaint
        last = self.calendar.day(self._clock)
        for day in range(self.calendar.day(person.complaints[0].at), last + 1):
            closes = min(self.calendar.day_start(day + 1) - 1, self._clock)
            if not at_risk(person.complaints, closes, recent):
                continue
            state = state_at(person.states, closes)
            if state is not None and state.customer:
                segment = person.groups.of(self.calendar.month(closes)).segment
                self.numbers.add_day(day, segment, "at_risk", 1, state.values)

    def _months(self, person: Person) -> range:
        """The months from the one in which the customer is first known to that of the clock."""
        if not person.states:
            return range(0)
        first = self.calendar.month(person.states[0].at)
        return range(first, self.calendar.month(self._clock) + 1)

    def _events(self, person: Person) -> None:
        for one in person.held:
            event = one.event
            if event.at > self._counted:
                continue
            for unit, values in _counted(one):
                self.numbers.add(event.at, person.groups.of, unit, unit not in MONEY, values)

    # -- between customers --------------------------------------------------------------------

    def _referred(self) -> None:
        """Count what the referred are worth, in the groups of who referred them first."""
        referrers: dict[str, tuple[int, str]] = {}
        for at, _, referrer, referred in sorted(self._links):
            referrers.setdefault(referred, (at, referrer))
        last = self.calendar.month(self._clock)
        for referred, (at, referrer) in referrers.items():
            if referred not in self._remembered or at > self._clock:
                continue
            states, groups = self._remembered[referred].states, self._remembered[referrer].groups
            if not states:  # a customer later than the clock
                continue
            for month in range(self.calendar.month(at), last + 1):
                closes = min(self.calendar.month_start(month + 1) - 1, self._clock)
                state = state_at(states, closes)
                if state is not None and state.customer:
                    self.numbers.add_month(month, groups.of(month), "referred", 1, state.values)
            self._referred_by_day(states, groups, at)

    def _referred_by_day(self, states: list[State], groups: Groups, at: int) -> None:
        last = self.calendar.day(self._clock)
        until = [state.at for state in states[1:]] + [self._clock + 1]
        for state, ends in zip(states, until, strict=True):
            if not state.customer:
                continue
            first = self.calendar.day(max(state.at, at))
            for day in range(first, min(self.calendar.day(ends), last) + 1):
                closes = min(self.calendar.day_start(day + 1) - 1, self._clock)
                if max(state.at, at) <= closes < ends:
                    segment = groups.of(self.calendar.month(closes)).segment
                    self.numbers.add_day(day, segment, "referred", 1, state.values)


def truth_of(
    events: Iterable[tuple[str, Event]],
    definitions: Definitions,
    clock: int,
    *,
    effect: int = 0,
    left_out: Collection[Key] = frozenset(),
) -> Truth:
    """Sum up a company whose events fit into memory."""
    by_customer: dict[str | None, list[tuple[str, Event]]] = {}
    for topic, event in events:
        by_customer.setdefault(event.customer_id, []).append((topic, event))
    between = between_customers(one for mine in by_customer.values() for one in mine)
    truth = Truth(definitions, clock, between, effect=effect, left_out=left_out)
    for customer, mine in by_customer.items():
        truth.add(customer, mine)
    return truth


def _links(customer: str, held: Iterable[Held]) -> Iterator[tuple[int, bytes, str, str]]:
    for one in held:
        referred = one.event.referred_customer_id
        if one.topic == "referrals" and referred is not None:
            yield one.event.at, one.place, customer, referred


def _label(cause: Cause, label: str) -> str:
    value = getattr(cause, label)
    if isinstance(value, bool):
        return "true" if value else "false"
    return UNKNOWN if value is None else str(value)


def _counted(one: Held) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    """Yield what an event counts for by itself: a unit, and the money in it."""
    event, currency = one.event, one.event.currency or COUNT
    if one.topic == "renewals":
        unit = "renewals" if event.outcome == "renewed" else "refusals"
        worth = ((currency, event.value or 0),)
        yield unit, worth
        yield f"{unit}[reason={event.reason or UNKNOWN}]", worth
    elif one.topic == "cancellations":
        worth = ((currency, event.value_lost or 0),)
        yield "cancellations", worth
        why = event.reason or next(iter(event.reasons or ()), UNKNOWN)
        yield f"cancellations[reason={why}]", worth
    elif one.topic == "revenue":
        amount, cost = event.amount or 0, event.cost_to_serve or 0
        yield "revenue", ((currency, amount),)
        yield "cost_to_serve", ((currency, cost),)
        yield "margin", ((currency, amount - cost),)
    elif one.topic == "complaints":
        yield "complaints", ()
    elif one.topic == "referrals":
        yield "referrals", ()
        if event.converted:
            yield "referrals_converted", ()
