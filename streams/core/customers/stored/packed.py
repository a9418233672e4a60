"""A life in bytes, to which a payment can be added without reading it.

    | head | prints | the life in msgpack | a payment | one of the same month or a later one | ...

The head has what a scan asks, and what tells whether anything follows from a payment. If nothing
does, it becomes a row of 16 bytes at the end; whoever reads the life puts the rows into its months.
Behind a life that has nothing but complaints stand more of them (`bare`).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.customers.calendar import FAR
from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.corrections import corrected_until, entries_of, months_of
from streams.core.customers.lives.life import COUNTS, MONEY, PAYMENTS, Life, add_money
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.lives.prints import month_of
from streams.core.customers.stored import bare
from streams.core.customers.stored.head import (
    BARE,
    FLAT,
    HEAD,
    NEVER,
    PRINTED,
    end_of_whole,
    pack_head,
    unpack_head,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.lives.life import Month

MOST_ROWS: Final = 255

_short: Final = Struct(">IB")
_prints: Final = Struct(">HH")
"""How many prints there are, and `Life.unprinted`."""
PRINTS: Final = HEAD + _prints.size
"""Where the prints of a life begin."""
_row: Final = Struct(">HIHii")
"""A payment: its print (which begins with its month); currency, revenue and cost to serve in minor
units."""
_sum: Final = Struct(">HHHii")
"""A month before payments had prints: its number, payments, currency, revenue and cost to serve."""
ROW: Final = _row.size
_LEAST, _MOST = -(1 << 31), (1 << 31) - 1

FIX_ARRAY: Final = 0x90
"""The byte before an empty array in msgpack; one more for each of up to 15 elements."""
_COMPLAINTS: Final = 6
"""Elements of a life up to its complaints."""
_ONE_PAYMENT: Final = [1, 0, 0, 0]
"""What a month counts in which nothing but one payment was."""
_IN_HEAD: Final = (0, 0, 0, 0, 0, 0, 0)
"""In place of what stands in the head, where more of the life follows."""

_PLAIN: Final = FLAT | PRINTED
"""Flags of a life as it is written today."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Life).decode
_unpack_row = _row.unpack_from
_pack_paid = Struct(">Hii").pack


class Added(NamedTuple):
    """A life with a payment added, its group, and lives that have revenue and cost by it only."""

    packed: bytes
    segment: int
    tier: int
    payers: int
    costly: int


def pack(life: Life, due: int = FAR, flags: int = 0, simple: int = NEVER) -> bytes:
    """Write a life.

    Args:
        life: what is to be written.
        due: when the clock next changes what it contributes, epoch seconds.
        flags: UNSHOWN, or nothing.
        simple: the first month of whose payments nothing follows (`simple_from`).
    """
    flags, currency = flags | FLAT | PRINTED, life.currency
    if (only := bare.head_of(life)) is not None:
        flags, (simple, currency) = flags | BARE, only
    head = pack_head(
        due,
        flags,
        simple,
        life.month,
        life.until,
        life.segment,
        life.tier,
        currency,
        life.floor,
        life.ceiling,
        0,
    )
    return head + encode(life)


def encode(life: Life) -> bytes:
    """Write of a life what stands behind its head."""
    parts = [
        life.subscriptions,
        life.entries,
        life.corrections,
        _shortened(life.months),
        life.base,
        life.complaints,
        life.steps,
    ]
    more = [
        life.early,
        life.given,
        life.referrers,
        life.words,
        life.merges,
        life.taken,
    ]
    if any(more):
        parts += [*_IN_HEAD, *more]
    while parts and not parts[-1]:
        parts.pop()
    prints = life.prints
    known = _prints.pack(len(prints) // PRINT, life.unprinted) + prints
    return known + _encode(parts)


def unpack(packed: bytes) -> Life:
    """Read a life.

    Raises:
        ValueError: these are no such bytes.
    """
    if not packed[4] & FLAT:
        life = _decode(memoryview(packed)[_short.size :])
        life.unprinted = max(life.months, default=0)
        return life
    _, flags, _, month, until, segment, tier, currency, floor, ceiling, rows = unpack_head(packed)
    begin, end = begin_of(packed), end_of_whole(packed)
    life = _decode(memoryview(packed)[begin:end])
    life.month, life.until, life.segment, life.tier = month, until, segment, tier
    life.currency, life.floor, life.ceiling = currency, floor, ceiling
    months = life.months
    for number, money in months.items():
        if len(money) == MONEY:
            months[number] = [*_ONE_PAYMENT, *money]
    if flags & PRINTED:
        _, life.unprinted = _prints.unpack_from(packed, HEAD)
        life.prints = packed[PRINTS:begin]
    if flags & BARE:
        life.currency = 0
        if rows:
            bare.read_rows(life, packed[end:])
    elif flags & PRINTED:
        for at in range(end, len(packed), ROW):
            number, _, paid_in, revenue, cost = _unpack_row(packed, at)
            _add(months, number, int(revenue > 0), (paid_in, revenue, cost))
            life.prints += packed[at : at + PRINT]
    else:
        for number, payments, *paid in _sum.iter_unpack(packed[end:]):
            _add(months, number, payments, paid)
        life.unprinted = max(months, default=0)
    return life


def begin_of(packed: bytes) -> int:
    """Give the place in a packed life where its msgpack begins."""
    flags = packed[4]
    if not flags & FLAT:
        return _short.size
    if not flags & PRINTED:
        return HEAD
    count, _ = _prints.unpack_from(packed, HEAD)
    return PRINTS + PRINT * int(count)


def _shortened(months: dict[int, Month]) -> dict[int, Month]:
    """Give months as they are written: of one with one payment and nothing else its money alone."""
    return {
        number: row[COUNTS:] if len(row) == COUNTS + MONEY and row[:COUNTS] == _ONE_PAYMENT else row
        for number, row in months.items()
    }


def _add(months: dict[int, Month], number: int, payments: int, money: Sequence[int]) -> None:
    row = months.get(number)
    if row is None:
        months[number] = [payments, 0, 0, 0, *money]
    else:
        row[PAYMENTS] += payments
        add_money(row, *money)


def add_payment(
    packed: bytes, printed: bytes, currency: int, money: tuple[int, int, int], *, tiered: bool
) -> Added | None:
    """Add a payment of which nothing follows to a packed life; None if something may.

    Args:
        packed: the life.
        printed: the print of the payment, of a month that is not over by the clock.
        currency: by number.
        money: revenue, cost to serve, and what of them earns a tier, in minor units.
        tiered: whether there are tiers to be earned.
    """
    revenue, cost, earned = money
    due, flags, simple, since, until, segment, tier, own, floor, ceiling, rows = unpack_head(packed)
    month = month_of(printed)
    if (
        flags & (PRINTED | BARE) != PRINTED
        or month < simple
        or not since <= month < until
        or not floor <= earned <= ceiling
        or (tiered and own != currency)
    ):
        return None
    if earned > 0:
        ceiling -= earned
    else:
        floor -= earned
    if rows >= MOST_ROWS or not (_LEAST <= revenue <= _MOST and _LEAST <= cost <= _MOST):
        return None
    payments = came = spent = 0
    for at in range(len(packed) - ROW, len(packed) - ROW * rows - 1, -ROW):
        number, _, paid_in, revenue_before, cost_before = _unpack_row(packed, at)
        if number < month:
            break
        if number > month or paid_in != currency:
            return None
        payments += revenue_before > 0
        came += revenue_before
        spent += cost_before
    head = pack_head(due, flags, simple, since, until, segment, tier, own, floor, ceiling, rows + 1)
    return Added(
        head + packed[HEAD:] + printed + _pack_paid(currency, revenue, cost),
        segment,
        tier,
        bool(payments or revenue > 0 or came + revenue) - bool(payments or came),
        bool(spent + cost) - bool(spent),
    )


def simple_from(life: Life, calendar: Months, found: int) -> int:
    """Give the first month of whose payments nothing but tiers follows; NEVER if there is none.

    The life has nothing of such a month or a later one, so its group is not changed by what comes;
    and a payment discovers nobody. `found` is the window within which a signup makes new, seconds.
    """
    if not life.month:
        return NEVER
    first, entries, months = life.month, life.entries, life.months
    if life.corrections:
        first = max(first, corrected_until(life))
        entries, months = entries_of(life), months_of(life)
    if months:
        first = max(first, max(months) + 1)
    if entries:
        first = max(first, calendar.of(lc.latest(entries)))
    if life.base is None:
        one, begin = lc.first_known(entries), calendar.starts[first]
        known = one is not None and lc.is_before_payment(one, begin, found)
        if not known and not any(row[PAYMENTS] > 0 for row in months.values()):
            return NEVER
    return min(first, NEVER)


def may_have_complaints(packed: bytes) -> bool:
    """Tell whether a life may have complaints: it has none if it ends before they would stand."""
    parts = packed[begin_of(packed)]
    return not FIX_ARRAY <= parts < FIX_ARRAY + _COMPLAINTS


def check(packed: bytes) -> None:
    """Check that bytes are a packed life.

    Raises:
        ValueError: they are not.
    """
    if len(packed) < _short.size or (packed[4] & FLAT and len(packed) < HEAD):
        raise ValueError("too short for a life")
    if packed[4] & _PLAIN == _PLAIN and (packed[4] & BARE or not packed[HEAD - 1]):
        # All that can be wrong where no rows follow, or those of a bare life.
        _decode(memoryview(packed)[begin_of(packed) : end_of_whole(packed)])
    else:
        unpack(packed)
