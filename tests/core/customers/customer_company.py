"""Small companies at random, with all that can happen to a customer, and orders of events."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

import msgspec
from customer_events import DAY, correction, event, instant, topic_of, when

from streams.core.customers.intake.accept import times
from streams.core.customers.sums.book import DAYS_AMENDED
from streams.core.customers.sums.folding import reach

if TYPE_CHECKING:
    from random import Random

    from customer_events import Partition

STATUSES = ("acknowledged", "answered", "resolved", "reopened")
BEGIN = when("2023-01-01")
OFTEN = 0.01
"""How often somebody begins to complain again and again."""
IDEMPOTENT = ("signups", "changes", "renewals", "cancellations", "corrections")


def company(chance: Random, customers: int = 5, months: int = 26) -> list[Any]:
    """Make the events of some customers."""
    made: list[Any] = []
    span = chance.choice([months, 2 * months]) * 30 * DAY
    for number in range(customers):
        made += life(chance, f"c{number}", span)
    made = [about(chance, one, made) for one in made]
    for one in list(made):
        if chance.random() < 0.1:
            made += corrections(chance, one)
    return made


def about(chance: Random, one: Any, made: list[Any]) -> Any:
    """Have an update be about a complaint of its customer."""
    if topic_of(one) != "complaint_updates":
        return one
    own = [e.event_id for e in made if topic_of(e) == "complaints"]
    mine = [e.event_id for e in made if e.event_id in own and e.customer_id == one.customer_id]
    return msgspec.structs.replace(one, complaint_id=chance.choice(mine or ["unknown"]))


def life(chance: Random, customer: str, span: int) -> list[Any]:
    made: list[Any] = []
    time = int(BEGIN + chance.random() * span * chance.choice([0.1, 0.6]))
    if chance.random() < 0.4:
        time += -time % (31 * DAY)
    currency = chance.choice(["USD", "USD", "EUR"])
    value = chance.choice([1900, 4900, 9900])
    begins = chance.random()
    if begins < 0.2:
        made.append(
            event(
                "changes",
                time,
                customer,
                change="trial_began",
                segment=chance.choice(["A", "B"]),
                monthly_value=value,
                currency=currency,
            )
        )
    elif begins < 0.75:
        made.append(signup(chance, time, customer, value, currency))
    quiet = chance.random() < 0.3
    for _ in range(chance.choice([1, 3, 8, 16])):
        days = chance.choice([0, 31, 200, 300] if quiet else [0, 0, 3, 15, 30, 31, 70, 70])
        step = days * DAY or chance.choice([0, 60])
        time += step if chance.random() < 0.3 else int(step * chance.random())
        if time > BEGIN + span:
            break
        made.append(something(chance, time, customer, value, currency))
        if chance.random() < OFTEN:
            every = chance.choice([3600, 5 * DAY, 20 * DAY])
            made += [event("complaints", time + one * every, customer) for one in range(12)]
    return made


def signup(chance: Random, time: int, customer: str, value: int, currency: str) -> Any:
    return event(
        "signups",
        time,
        customer,
        segment=chance.choice(["A", "B", None]),
        monthly_value=chance.choice([value, value, 0]),
        currency=currency,
        subscription_id=chance.choice([None, None, "s1", "s2"]),
        channel=chance.choice(["web", None]),
        plan=chance.choice(["pro", None]),
    )


def something(  # noqa: PLR0911 (one a topic)
    chance: Random, time: int, customer: str, value: int, currency: str
) -> Any:
    dice = chance.random()
    subscription = chance.choice([None, None, None, "s1", "s2"])
    if dice < 0.3:
        return event(
            "revenue",
            time,
            customer,
            amount=chance.choice([value, 3 * value, 20 * value, -value, 0]),
            cost_to_serve=chance.choice([0, 800, value]),
            currency=chance.choice([currency, currency, currency, "EUR"]),
        )
    if dice < 0.4:
        return signup(chance, time, customer, value, currency)
    if dice < 0.53:
        ahead = chance.choice([-40, -5, 0, 10, 20, 45]) * DAY
        return event(
            "cancellations",
            time,
            customer,
            value_lost=12 * value + 7,
            currency=currency,
            subscription_id=subscription,
            effective_at=None if chance.random() < 0.5 else time + ahead,
            reason=chance.choice(["price", "service", None]),
            reasons=chance.choice([None, ["moved", "price"]]),
            avoidable=chance.choice([True, False, None]),
        )
    if dice < 0.63:
        refused = chance.random() < 0.4
        return event(
            "renewals",
            time,
            customer,
            outcome="refused" if refused else "renewed",
            term_months=chance.choice([None, 1, 12]),
            value=12 * value + 5,
            currency=currency,
            subscription_id=subscription,
            reason=chance.choice(["service", None]),
            term_end=time + 25 * DAY if refused and chance.random() < 0.5 else None,
        )
    if dice < 0.69:
        return event("complaints", time, customer)
    if dice < 0.71 and subscription is None:
        return event("complaint_updates", time, customer, status=chance.choice(STATUSES))
    if dice < 0.73:
        return event(
            "referrals",
            time,
            customer,
            converted=chance.random() < 0.5,
            referred_customer_id=chance.choice([None, "ada", "bob", "cid"]),
        )
    what = chance.choice(
        [
            *("changed", "changed", "changed", "paused", "resumed", "past_due", "past_due", "paid"),
            *("trial_began", "trial_converted", "trial_ended", "merged"),
        ]
    )
    fields: dict[str, Any] = {}
    if what == "changed" and chance.random() < 0.8:
        fields = {
            "monthly_value": chance.choice([1900, 4900, 9900, 0]),
            "currency": chance.choice([currency, currency, "EUR"]),
        }
    if what in ("changed", "trial_began"):
        fields["segment"] = chance.choice(["A", "B", "C", None])
    if what == "merged":
        fields["merged_into"] = "c0"
    else:
        fields["reason"] = chance.choice([None, None, "seats"])
    return event("changes", time, customer, change=what, subscription_id=subscription, **fields)


def corrections(chance: Random, one: Any) -> list[Any]:
    """Correct an event, and now and then correct that, or withdraw it."""
    topic = topic_of(one)
    if topic == "corrections":
        return []
    time = int(one.occurred_at.timestamp() + chance.random() * 60 * DAY)
    first = correction(one, time, instead_of(chance, one))
    made = [first]
    dice = chance.random()
    if dice < 0.25:
        made.append(correction(one, time + DAY, instead_of(chance, one)))
    elif dice < 0.5:
        made.append(correction(first, time + DAY))
        if chance.random() < 0.5:
            made.append(correction(made[-1], time + 2 * DAY))
    elif dice < 0.65:
        again = msgspec.structs.replace(
            first, event_id=f"{first.event_id}-anew", replacement=instead_of(chance, one)
        )
        made.append(correction(first, time + DAY, again))
    return made


def instead_of(chance: Random, one: Any) -> Any:
    if chance.random() < 0.4:
        return None
    moved = one.occurred_at.timestamp() + chance.choice([0, -2, 3, 20]) * DAY
    fields: dict[str, Any] = {"occurred_at": instant(int(moved))}
    if getattr(one, "amount", None) is not None:
        fields["amount"] = 2 * one.amount
    if getattr(one, "monthly_value", None) is not None:
        fields["monthly_value"] = chance.choice([100, 2900])
    own = chance.choice([one.event_id, f"{one.event_id}-again"])
    return msgspec.structs.replace(one, event_id=own, **fields)


def shuffled(chance: Random, events: list[Any]) -> list[Any]:
    """Put events in an order in which they may come: topics in any, one far behind, or all wild."""
    by_topic: dict[str, list[Any]] = defaultdict(list)
    for one in events:
        by_topic[topic_of(one)].append(one)
    mode = chance.choice(["time", "free", "behind", "wild"])
    if mode == "wild":
        out = list(events)
        chance.shuffle(out)
    elif mode == "free":
        pools = [sorted(pool, key=time_of, reverse=True) for pool in by_topic.values()]
        out = []
        while pools := [pool for pool in pools if pool]:
            out.append(chance.choice(pools).pop())
    else:
        behind = chance.choice(sorted(by_topic)) if mode == "behind" else None
        out = sorted(
            events,
            key=lambda e: time_of(e) + chance.random() * 600 + (topic_of(e) == behind) * 300 * DAY,
        )
    again = [e for e in out if topic_of(e) in IDEMPOTENT and chance.random() < 0.1]
    for one in again:
        out.insert(chance.randrange(len(out) + 1), one)
    return out


def time_of(one: Any) -> float:
    return float(one.occurred_at.timestamp())


def feed(chance: Random, partition: Partition, events: list[Any], end: int) -> None:
    """Feed events in batches of any size, with a clock and restarts in between.

    The clock runs ahead of what is yet to come by a year at the most, and by less where one event
    can reach back so far that a day would be closed.
    """
    ahead = min(365, DAYS_AMENDED - 2 - reach(partition.definitions) // DAY) * DAY
    at, clock, done = 0, BEGIN, 0
    sizes = chance.choice([[1], [1, 1, 2, 7, 40]])
    often = chance.choice([0.2, 0.9])
    first = [min(times(topic_of(one), one)) for one in events]
    earliest = list(accumulate(reversed(first), min))[::-1]
    while at < len(events):
        size = chance.choice(sizes)
        for topic, batch in groupby(sorted(events[at : at + size], key=topic_of), topic_of):
            assert partition.customers.process(topic, list(batch)) == []
        at += size
        dice = chance.random()
        if dice < max(0.4, often):
            near = int(time_of(events[min(at, len(events) - 1)]))
            near -= chance.randrange(3) * 40 * DAY
            if at < len(events):
                near = min(near, earliest[at] + ahead)
            clock = max(clock, min(end, near))
            partition.customers.advance(clock)
            for _ in range(chance.choice([0, 1, 300])):
                partition.customers.work(chance.choice([1, 1000]))
        if dice < often:
            partition.flush()
            done = at
        if dice > 0.93:
            partition.restart()
            at = done
            clock = max(partition.customers.clock, BEGIN)
    partition.advance(end)
