"""The public row of a customer: who it is, since when, worth how much, and what happened last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.customers import movements as mv
from streams.core.customers.cells import KIND_WORDS
from streams.core.customers.complaints import open_complaints
from streams.core.customers.subscriptions import ACTIVE, ENDED, PAUSED, TRIAL

if TYPE_CHECKING:
    from streams.core.customers.account import Account
    from streams.core.customers.cells import Rules
    from streams.core.customers.life import Life
    from streams.core.customers.names import Names

STATUSES: Final = ("active", "paused", "past_due", "free", "trial", "lost", "merged", "prospect")
"""What a customer can be; a prospect has never been a customer, a past due one still is."""


class LastMovement(NamedTuple):
    """What happened last: a kind in words, epoch seconds, why."""

    kind: str
    at: int
    reason: str


class CustomerRow(msgspec.Struct, frozen=True):
    """One customer, as of the customer clock.

    Attributes:
        customer: the customer's id.
        status: one of STATUSES.
        segment: in the month of the clock.
        tier: in the month of the clock.
        since: epoch seconds of the first activation that is known; None for a prospect.
        value: recurring value in minor units by currency.
        value_known: False where an active subscription has no value that anybody stated.
        plan: of the first active subscription that has one.
        subscriptions: how many are active or paused.
        open_complaints: of the newest eight.
        last: the last movement; None if there was none.
    """

    customer: str
    status: str
    segment: str
    tier: str
    since: int | None
    value: dict[str, int]
    value_known: bool
    plan: str | None
    subscriptions: int
    open_complaints: int
    last: LastMovement | None


def urgent(account: Account, clock: int, rules: Rules) -> tuple[str, int, dict[int, int]] | None:
    """Give what is published at once when it changes: status, tier and value, by number."""
    if account.walk.origin == mv.NOBODY:
        return None
    _, tier = account.groups.of(rules.calendar.of(clock))
    return status_of(account), tier, account.walk.values


def row_of(
    customer: str, life: Life, account: Account, clock: int, tools: tuple[Rules, Names]
) -> CustomerRow | None:
    """Make the row of a customer; None for somebody of whom no lifecycle is known."""
    rules, names = tools
    walk = account.walk
    if walk.origin == mv.NOBODY:
        return None
    there = [one for one in walk.subscriptions.values() if one.status in (ACTIVE, PAUSED)]
    segment, tier = account.groups.of(rules.calendar.of(clock))
    last = None
    if walk.last is not None:
        kind, at, reason = walk.last
        last = LastMovement(KIND_WORDS[kind], at, names.name(reason))
    plan = next((one.plan for one in there if one.plan), 0)
    return CustomerRow(
        customer=customer,
        status=status_of(account),
        segment=names.name(segment),
        tier=rules.tiers.names[tier],
        since=walk.since or None,
        value={names.name(unit): amount for unit, amount in walk.values.items()},
        value_known=all(one.known for one in there),
        plan=names.name(plan) if plan else None,
        subscriptions=len(there),
        open_complaints=open_complaints(life),
        last=last,
    )


def status_of(account: Account) -> str:  # noqa: PLR0911 (one a status)
    """Give what a customer is: one of STATUSES."""
    walk = account.walk
    subscriptions = list(walk.subscriptions.values())
    if walk.active:
        if any(one.unpaid_since for one in subscriptions):
            return "past_due"
        there = [one for one in subscriptions if one.status != ENDED]
        running = [one for one in there if one.status == ACTIVE]
        if not running:
            return "paused"
        return "free" if all(one.stated and not one.value for one in running) else "active"
    if any(one.status == ACTIVE for one in subscriptions):
        return "free"  # one that counts as no customer, by the definitions
    if any(one.status == TRIAL for one in subscriptions):
        return "trial"
    if walk.last is None:
        return "prospect"
    return "merged" if walk.last[0] == mv.MERGED_OUT else "lost"
