"""Corrections: which entries and which money of a life hold once its corrections are carried out.

    signup S      corrected by A to S'     corrected again by B to S''     B withdrawn by C
    S             S'                       S''                             S'

A correction of money, of a referral or of a complaint holds once that was counted (`prints`): never
if it came too late for that.

Corrections are looked at from the newest to the oldest. One that a newer one replaces has no
effect; of several that aim at the same event the newest holds. So a correction that is withdrawn
revives what it had replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.lives.life import add_count
from streams.core.customers.lives.prints import counted

if TYPE_CHECKING:
    from streams.core.customers.lives.life import Correction, Life, Month, Referral
    from streams.core.customers.lives.lifecycle import Entry


def entries_of(life: Life) -> list[Entry]:
    """Give the entries that hold, in order."""
    if not life.corrections:
        return life.entries
    gone = _judge(life)[0]
    return [entry for entry in life.entries if entry.own not in gone]


def months_of(life: Life) -> dict[int, Month]:
    """Give the months with the corrections of money, referrals and complaints carried out."""
    if all(one.counted is None for one in life.corrections):
        return life.months
    months = {number: list(month) for number, month in life.months.items()}
    for correction in holding(life):
        apply(correction, months)
    return months


def corrected_until(life: Life) -> int:
    """Give the month after the last of which a correction changes the money or a count."""
    return max(
        (
            count.month + 1
            for one in life.corrections
            for count in (one.counted, one.instead)
            if count is not None
        ),
        default=0,
    )


def apply(correction: Correction, months: dict[int, Month]) -> None:
    """Take out of the months what the original added, and add the replacement."""
    if correction.counted is not None:
        add_count(months, correction.counted, -1)
    if correction.instead is not None:
        add_count(months, correction.instead)


def holding(life: Life) -> list[Correction]:
    """Give the corrections that hold."""
    return _judge(life)[1]


def given_of(life: Life) -> tuple[Referral, ...]:
    """Give the referrals that name somebody and that no correction has withdrawn."""
    gone = void(life)
    return tuple(one for one in life.given if one.own not in gone)


def void(life: Life) -> set[bytes]:
    """Give the hashes of the events, and of the corrections, that have no effect."""
    return _judge(life)[0] if life.corrections else set()


def blind(life: Life) -> int:
    """Count the corrections whose original is not known: refused, too late, or still to come."""
    if not life.corrections:
        return 0
    known = {entry.own for entry in life.entries}
    known.update(correction.own for correction in life.corrections)
    _, carried_out, waiting = _judge(life)
    return waiting + sum(one.counted is None and one.target not in known for one in carried_out)


def _judge(life: Life) -> tuple[set[bytes], list[Correction], int]:
    """Give the hashes of what does not hold, the corrections that do, and how many wait.

    Those wait whose original was not counted, and may never be.
    """
    known = counted(life, life.corrections)
    waiting = 0
    replaced: set[bytes] = set()
    void: set[bytes] = set()
    holding = []
    for correction in reversed(life.corrections):
        if correction.own in replaced or correction.target in replaced:
            if correction.brings:
                void.add(correction.own)
        elif correction.print and correction.print not in known:
            waiting += 1
            if correction.brings:
                void.add(correction.own)
        else:
            replaced.add(correction.target)
            holding.append(correction)
    return replaced | void, holding, waiting
