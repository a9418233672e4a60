"""Folding: what is old in a life is kept as its outcome only, and frees its place.

    |------ base ------|---- entries ----------------------->
                     edge        13 months back            clock

An entry is accepted while it is no older than the month 13 before that of the clock (ACCEPTED).
What is folded is older by as much as one event can reach back, so folding changes no number that
can still change, and it does not matter when it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.complaints.complaints import SHOWN, forget_old
from streams.core.customers.groups.groups import statements
from streams.core.customers.groups.tiers import YEAR
from streams.core.customers.lives.corrections import apply, entries_of, holding, months_of, void
from streams.core.customers.lives.merges import brought
from streams.core.customers.lives.prints import forget_prints
from streams.core.customers.lives.walk import Walk
from streams.core.customers.sums.account import discovery
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import Life

ACCEPTED: Final = 13
"""Months before that of the clock in which a lifecycle event may have happened."""
MONEY_KEPT: Final = 25
"""Months before that of the clock in which revenue may have come in."""
MOST: Final = 128
"""Entries of a life; of more the oldest are folded, however young they are."""
LEFT: Final = 96
"""Entries that are left then."""

_SHORTEST: Final = 28 * DAY


def reach(definitions: Definitions) -> int:
    """Give how far back from its own time an event can change a life, in seconds."""
    return max(definitions.return_window, definitions.found_window)


def months_folded(definitions: Definitions) -> int:
    """Give how many months before that of the clock entries are kept."""
    return ACCEPTED + 1 + -(-reach(definitions) // _SHORTEST)


def edge_of(clock: int, back: int, rules: Rules) -> int:
    """Give the first second of the month that is `back` months before that of the clock."""
    calendar = rules.calendar
    return calendar.starts[max(calendar.of(clock) - back, 0)]


def keep_brought(life: Life) -> None:
    """Keep of merges what entries stand for that are in the life."""
    if life.merges or life.taken:
        own = {entry.own for entry in life.entries}
        life.merges = [one for one in life.merges if one.own in own]
        life.taken = [one for one in life.taken if one.own in own]


def tidy(life: Life, clock: int, rules: Rules) -> bool:
    """Fold what is old, forget months that earn no tier any more, and complaints long over.

    Returns:
        Whether the life had too many entries, and lost some that were not old.
    """
    calendar, months = rules.calendar, life.months
    first = calendar.of(clock) - months_folded(rules.definitions)  # month that is not old
    edge = calendar.starts[max(first, 0)] - 1
    if (life.entries and life.entries[0].at <= edge) or (
        life.base is None and months and min(months) < first
    ):
        fold(life, _not_within(life, edge), rules)
    overflowed = False
    if len(life.entries) > MOST:
        crowded = min(life.entries[len(life.entries) - LEFT - 1].at, clock)
        if life.entries[0].at <= crowded:
            fold(life, crowded, rules)
            overflowed = True
    if len(life.complaints) > SHOWN:
        forget_old(life, edge_of(clock, MONEY_KEPT, rules), rules.definitions.recent_complaint)
    forget_prints(life, first)
    if months and min(months) < first - YEAR:
        for number in [number for number in months if number < first - YEAR]:
            del months[number]
    return overflowed


def _not_within(life: Life, edge: int) -> int:
    """Give the edge, or an earlier one, so that no end is folded that was said later than that.

    A cancellation is counted when it was said, so it has to stay until that is old.
    """
    for entry in reversed(life.entries):
        if entry.at <= edge < entry.at - entry.ahead:
            edge = entry.at - 1
    return edge


def fold(life: Life, edge: int, rules: Rules) -> None:
    """Make a base of what happened at `edge` (epoch seconds) or before."""
    entries = entries_of(life)
    old = [entry for entry in entries if entry.at <= edge]
    payment = None
    if life.base is None:
        payment = discovery(entries, months_of(life), rules)
    if payment is not None and payment > edge:
        payment = None
    if not old and payment is None and not any(c.root <= edge for c in life.corrections):
        return
    walk = Walk(life.base, rules.definitions)
    walk.brought = brought(life)
    walk.go(old, payment, edge)
    stated = statements(old, 0 if life.base is None else life.base.segment)
    settled = {one.own for one in life.corrections if one.root <= edge}
    settled |= {one.target for one in life.corrections if one.root <= edge}
    for correction in holding(life):
        if correction.root <= edge:
            apply(correction, life.months)
    gone = void(life) & settled
    life.drop_said(gone)
    life.corrections = [one for one in life.corrections if one.root > edge]
    life.entries = [entry for entry in life.entries if entry.at > edge and entry.own not in gone]
    keep_brought(life)
    if old or payment is not None or life.base is not None:
        life.base = walk.store(edge, stated[-1][1] if stated else 0)
