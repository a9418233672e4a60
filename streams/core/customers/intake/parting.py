"""Forgetting: a life is parted at a time into what was until then, and who is known from then on.

    said      signup  paid  cancelled | FORGOTTEN |  changed
              |------- counted ------>| lost      |  somebody new

The first part is told once more, as lost at that time if it was a customer, and dropped: what it
contributed stays in the cells. The second one is all that is left; it is nobody until something is
said of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.customers.calendar import FAR
from streams.core.customers.exchange.handovers import told_of
from streams.core.customers.groups.cells import Tally
from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.corrections import entries_of
from streams.core.customers.lives.life import Life
from streams.core.customers.lives.prints import within
from streams.core.customers.stored.head import NEVER
from streams.core.customers.sums.account import Account
from streams.core.customers.sums.contribution import all_from, contribution
from streams.core.customers.sums.folding import keep_brought

if TYPE_CHECKING:
    from streams.core.customers.calendar import Months
    from streams.core.customers.exchange.handovers import Told
    from streams.core.customers.groups.cells import Contribution, Rules


_NOT_ITS_OWN: Final = frozenset({lc.FORGOTTEN, lc.TAKEN})


def forgotten_at(life: Life, clock: int) -> int | None:
    """Give when a customer is first to be forgotten, if that is by the clock; epoch seconds."""
    for entry in life.entries:
        if entry.kind == lc.FORGOTTEN and entry.at <= clock:
            holds = not life.corrections or entry in entries_of(life)
            if holds:
                return entry.at
    return None


def parted(life: Life, at: int, calendar: Months) -> tuple[Life, Life]:
    """Give what was said until a time, and what was said later.

    Money is kept by month: all of the month of that time, and of those before, is of the first.
    Nobody has referred the first one any more, whenever that is told, and it has referred nobody.
    Nor was anybody merged into it; but what it handed over itself stays with who took it over.
    """
    month = calendar.of(at)
    said = [(entry, entry.at - entry.ahead) for entry in life.entries]
    first = Life(
        subscriptions=life.subscriptions,
        entries=[one for one, when in said if when <= at and one.kind not in _NOT_ITS_OWN],
        corrections=[one for one in life.corrections if one.at <= at],
        months={number: row for number, row in life.months.items() if number <= month},
        base=life.base,
        complaints=[note for note in life.complaints if note.at <= at],
        steps=[step for step in life.steps if step.at <= at],
        early=[note for note in life.early if note.at <= at],
        words=[one for one in life.words if one.at <= at],
        merges=life.merges,
        prints=within(life.prints, range(month + 1)),
        unprinted=life.unprinted,
    )
    second = Life(
        subscriptions=list(life.subscriptions),
        entries=[one for one, when in said if when > at],
        corrections=[one for one in life.corrections if one.at > at],
        months={number: row for number, row in life.months.items() if number > month},
        complaints=[note for note in life.complaints if note.at > at],
        steps=[step for step in life.steps if step.at > at],
        early=[note for note in life.early if note.at > at],
        given=[one for one in life.given if one.at > at],
        referrers=life.referrers,
        words=[one for one in life.words if one.at > at],
        merges=life.merges,
        taken=life.taken,
        prints=within(life.prints, range(month + 1, NEVER)),
        unprinted=life.unprinted if life.unprinted > month else 0,
    )
    keep_brought(first)
    keep_brought(second)
    if not (second.entries or second.corrections):
        second.subscriptions = []
    return first, second


def is_empty(life: Life) -> bool:
    """Tell whether nothing is known of a customer."""
    return not (
        life.entries
        or life.corrections
        or life.months
        or life.base
        or life.complaints
        or life.steps
        or life.early
        or life.given
        or life.referrers
        or life.taken
    )


class Forgotten(NamedTuple):
    """What stays of those who were forgotten.

    Attributes:
        contribution: what they contributed to the cells.
        handed: what they handed over to others.
        at: when that was last, epoch seconds.
    """

    contribution: Contribution
    handed: list[Told]
    at: int

    def add_to(self, made: Contribution) -> None:
        """Add what they contributed to what somebody else does."""
        for key, tally in self.contribution.items():
            made.setdefault(key, Tally()).add(tally)


def first_changed(life: Life, at: int) -> int:
    """Give the time from which on the numbers of who is forgotten at a time may change."""
    return min([at, *(one.at for one in life.entries if one.kind == lc.TAKEN)])


def forget(life: Life, clock: int, since: int, rules: Rules) -> tuple[Life, Forgotten]:
    """Give what is left of a life by the clock, and what stays of those who were forgotten.

    `since`: the number of the first month of their contribution that is wanted.
    """
    made: Contribution = {}
    handed: list[Told] = []
    last = 0
    while (at := forgotten_at(life, clock)) is not None:
        last = at
        former, life = parted(life, at, rules.calendar)
        account = Account(former, at, rules, forgotten=True)
        handed += told_of(account)
        extent = all_from(since, rules.calendar)._replace(referred=FAR)
        for key, tally in contribution(account, at, extent, rules).items():
            made.setdefault(key, Tally()).add(tally)
    return life, Forgotten(made, handed, last)
