"""Corrections: which entries and which money of a life hold once its corrections are carried out.

    signup S      corrected by A to S'     corrected again by B to S''     B withdrawn by C
    S             S'                       S''                             S'

Corrections are looked at from the newest to the oldest. One that a newer one replaces has no
effect; of several that aim at the same event the newest holds. So a correction that is withdrawn
revives what it had replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.life import (
    COMPLAINED,
    CONVERTED,
    COUNTS,
    GIVEN,
    MONEY,
    PAYMENTS,
    Count,
    add_count,
)

if TYPE_CHECKING:
    from streams.core.customers.life import Correction, Life, Month, Referral
    from streams.core.customers.lifecycle import Entry


def entries_of(life: Life) -> list[Entry]:
    """Give the entries that hold, in order."""
    if not life.corrections:
        return life.entries
    gone, _ = _judge(life)
    return [entry for entry in life.entries if entry.own not in gone]


def months_of(life: Life) -> dict[int, Month]:
    """Give the months with the corrections of money, referrals and complaints carried out."""
    corrections = [one for one in life.corrections if one.counted is not None]
    if not corrections:
        return life.months
    _, holding = _judge(life)
    months = {number: list(month) for number, month in life.months.items()}
    for correction in holding:
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
    """Count the corrections in force whose original is not known: it was refused, or is to come.

    Money, referrals and complaints have no names in a life: an original is not known where its
    month has nothing like it.
    """
    if not life.corrections:
        return 0
    known = {entry.own for entry in life.entries}
    known.update(correction.own for correction in life.corrections)
    return sum(
        one.target not in known if one.counted is None else _lacks(life.months, one.counted)
        for one in _judge(life)[1]
    )


def _lacks(months: dict[int, Month], count: Count) -> bool:
    """Tell whether a month has less than one event has added to it."""
    month = months.get(count.month)
    if month is None:
        return count != Count(count.month, currency=count.currency)
    return (
        month[PAYMENTS] < count.payments
        or month[GIVEN] < count.given
        or month[CONVERTED] < count.converted
        or month[COMPLAINED] < count.complaints
        or (count.revenue != 0 and count.currency not in month[COUNTS::MONEY])
    )


def _judge(life: Life) -> tuple[set[bytes], list[Correction]]:
    """Give the hashes of what does not hold, and the corrections that do."""
    replaced: set[bytes] = set()
    void: set[bytes] = set()
    holding = []
    for correction in reversed(life.corrections):
        if correction.own in replaced or correction.target in replaced:
            if correction.brings:
                void.add(correction.own)
        else:
            replaced.add(correction.target)
            holding.append(correction)
    return replaced | void, holding
