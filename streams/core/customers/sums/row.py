"""The public row of a customer: who it is, since when, worth how much, and what happened last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.customers.complaints.complaints import (
    ISSUE,
    PRODUCT,
    RESOLVED,
    STATUSES,
    standing,
)
from streams.core.customers.groups.cells import KIND_WORDS
from streams.core.customers.lives import movements as mv
from streams.core.customers.lives.lifecycle import avoidable_of, initiative_of
from streams.core.customers.lives.status import status_of
from streams.core.customers.lives.subscriptions import ACTIVE, PAUSED
from streams.core.customers.lives.words import heard

if TYPE_CHECKING:
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import ComplaintNote, Life
    from streams.core.customers.names import Names
    from streams.core.customers.sums.account import Account


class LastMovement(NamedTuple):
    """What happened last: a kind in words, epoch seconds, why."""

    kind: str
    at: int
    reason: str


class RowMovement(NamedTuple):
    """A movement: a kind in words, epoch seconds, why, and its value by currency."""

    kind: str
    at: int
    reason: str
    values: dict[str, int]


class RowLoss(NamedTuple):
    """What else is known of a movement that is lost or contraction; the group is of its month."""

    kind: str
    at: int
    segment: str
    tier: str
    avoidable: bool | None
    initiative: str | None


class RowComplaint(NamedTuple):
    """A complaint: epoch seconds, what it was about, what had gone wrong, what became of it."""

    at: int
    product: str | None
    issue: str | None
    status: str | None


class RowWords(NamedTuple):
    """What a customer wrote: epoch seconds, the topic it was said on, the text, masked."""

    at: int
    topic: str
    text: str


ROW_MOVEMENTS: Final = 16
"""So many movements of a customer stand in its row, the newest."""


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
        movements: the newest ROW_MOVEMENTS that are kept, the oldest first.
        losses: what else is known of those of them that are lost or contraction.
        complaints: the newest, the oldest first.
        words: what it wrote last, in a complaint and as it left.
        merged_into: who it is now, where its status is merged.
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
    movements: list[RowMovement]
    losses: list[RowLoss]
    complaints: list[RowComplaint]
    words: list[RowWords]
    merged_into: str | None


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
    named = names.name
    last = None
    if walk.last is not None:
        kind, at, reason = walk.last
        last = LastMovement(KIND_WORDS[kind], at, named(reason))
    plan = next((one.plan for one in there if one.plan), 0)
    recent = walk.movements[-ROW_MOVEMENTS:]
    complaints = standing(life, clock) if life.complaints else []
    status = status_of(walk)
    return CustomerRow(
        customer=customer,
        status=status,
        segment=named(segment),
        tier=rules.tiers.names[tier],
        since=walk.since or None,
        value={named(unit): amount for unit, amount in walk.values.items()},
        value_known=all(one.known for one in there),
        plan=named(plan) if plan else None,
        subscriptions=len(there),
        open_complaints=sum([became != RESOLVED for _, became in complaints]),
        last=last,
        movements=[
            RowMovement(
                KIND_WORDS[kind],
                at,
                named(reason),
                {named(unit): amount for unit, amount in values.items()},
            )
            for at, kind, values, reason, *_ in recent
        ],
        losses=[
            _loss(one, account, tools) for one in recent if one.kind in (mv.LOST, mv.CONTRACTION)
        ],
        complaints=[_complaint(note, became, names) for note, became in complaints],
        words=[RowWords(*one) for one in heard(life, clock)] if life.words else [],
        merged_into=(walk.into or None) if status == "merged" else None,
    )


def _loss(one: mv.Movement, account: Account, tools: tuple[Rules, Names]) -> RowLoss:
    rules, names = tools
    segment, tier = account.groups.of(rules.calendar.of(one.at))
    return RowLoss(
        KIND_WORDS[one.kind],
        one.at,
        names.name(segment),
        rules.tiers.names[tier],
        avoidable_of(one.mark),
        initiative_of(one.mark),
    )


def _complaint(note: ComplaintNote, status: int | None, names: Names) -> RowComplaint:
    product, issue = (
        names.name(note.labels[place]) if len(note.labels) > place and note.labels[place] else None
        for place in (PRODUCT, ISSUE)
    )
    return RowComplaint(note.at, product, issue, None if status is None else STATUSES[status])
