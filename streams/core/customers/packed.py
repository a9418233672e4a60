"""A life in bytes, to which a payment can be added without reading it.

    | head | the life in msgpack | payments of one month | payments of a later month | ...

The head has what a scan asks, and what tells whether anything follows from a payment. If nothing
does, it becomes a row of 14 bytes at the end; whoever reads the life puts the rows into its months.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.customers import lifecycle as lc
from streams.core.customers.calendar import FAR
from streams.core.customers.corrections import corrected_until, entries_of, months_of
from streams.core.customers.life import PAYMENTS, Life, add_money

if TYPE_CHECKING:
    from streams.core.customers.calendar import Months

UNSHOWN: Final = 1
"""Flag: the row of the customer has changed and is not published yet."""
FLAT: Final = 2
"""Flag: the head is this long; else it is that of before, of `due` and flags alone."""

NEVER: Final = 0xFFFF
"""A month that never comes."""
MOST_ROWS: Final = 255

_head: Final = Struct(">IBHHHHHHiiB")
"""When it is due, flags, and the first month whose payments are simple; of the group: the first
month, the month after the last, segment, tier; currency, floor and ceiling, as in `Life`; rows."""
_short: Final = Struct(">IB")
_row: Final = Struct(">HHHii")
"""A month: its number, payments, currency, revenue and cost to serve in minor units."""
HEAD: Final = _head.size
ROW: Final = _row.size
_LEAST, _MOST = -(1 << 31), (1 << 31) - 1

_FIX_ARRAY: Final = 0x90
"""The byte before an empty array in msgpack; one more for each of up to 15 elements."""
_COMPLAINTS: Final = 6
"""Elements of a life up to its complaints."""
_IN_HEAD: Final = (0, 0, 0, 0, 0, 0, 0)
"""In place of what stands in the head, where more of the life follows."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Life).decode
_unpack_head = _head.unpack_from
_pack_head = _head.pack
_unpack_row = _row.unpack_from
_pack_row = _row.pack


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
    parts = [
        life.subscriptions,
        life.entries,
        life.corrections,
        life.months,
        life.base,
        life.complaints,
        life.steps,
    ]
    more = [life.early, life.given, life.referrers, life.words, life.merges, life.taken]
    if any(more):
        parts += [*_IN_HEAD, *more]
    while parts and not parts[-1]:
        parts.pop()
    return _pack_head(
        due,
        flags | FLAT,
        simple,
        life.month,
        life.until,
        life.segment,
        life.tier,
        life.currency,
        life.floor,
        life.ceiling,
        0,
    ) + _encode(parts)


def unpack(packed: bytes) -> Life:
    """Read a life.

    Raises:
        ValueError: these are no such bytes.
    """
    if not packed[4] & FLAT:
        return _decode(memoryview(packed)[_short.size :])
    _, _, _, month, until, segment, tier, currency, floor, ceiling, rows = _unpack_head(packed)
    end = len(packed) - ROW * rows
    life = _decode(memoryview(packed)[HEAD:end])
    life.month, life.until, life.segment, life.tier = month, until, segment, tier
    life.currency, life.floor, life.ceiling = currency, floor, ceiling
    months = life.months
    for at in range(end, len(packed), ROW):
        number, payments, paid_in, revenue, cost = _unpack_row(packed, at)
        row = months.get(number)
        if row is None:
            months[number] = [payments, 0, 0, 0, paid_in, revenue, cost]
        else:
            row[PAYMENTS] += payments
            add_money(row, paid_in, revenue, cost)
    return life


def add_payment(
    packed: bytes, month: int, currency: int, money: tuple[int, int, int], *, tiered: bool
) -> Added | None:
    """Add a payment of which nothing follows to a packed life; None if something may.

    Args:
        packed: the life.
        month: of the payment, not over by the clock.
        currency: by number.
        money: revenue, cost to serve, and what of them earns a tier, in minor units.
        tiered: whether there are tiers to be earned.
    """
    revenue, cost, earned = money
    due, flags, simple, since, until, segment, tier, own, floor, ceiling, rows = _unpack_head(
        packed
    )
    if (
        month < simple
        or not since <= month < until
        or not floor <= earned <= ceiling
        or (tiered and own != currency)
    ):
        return None
    if earned > 0:
        ceiling -= earned
    else:
        floor -= earned
    body = packed[HEAD:]
    payments, came, spent = int(revenue > 0), revenue, cost
    payers = costly = 0
    if rows:
        number, before, paid_in, revenue_before, cost_before = _unpack_row(
            packed, len(packed) - ROW
        )
        if number == month:
            if paid_in != currency:
                return None
            payers, costly = -bool(before or revenue_before), -bool(cost_before)
            payments, came, spent = payments + before, came + revenue_before, spent + cost_before
            body = body[:-ROW]
            rows -= 1
        elif number > month:
            return None
    if rows >= MOST_ROWS or not (_LEAST <= came <= _MOST and _LEAST <= spent <= _MOST):
        return None
    if payments > NEVER:
        return None
    head = _pack_head(
        due, flags, simple, since, until, segment, tier, own, floor, ceiling, rows + 1
    )
    return Added(
        head + body + _pack_row(month, payments, currency, came, spent),
        segment,
        tier,
        payers + bool(payments or came),
        costly + bool(spent),
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


def due_of(packed: bytes) -> int:
    """Read when the clock next changes what a life contributes; epoch seconds."""
    return int.from_bytes(packed[:4])


def flags_of(packed: bytes) -> int:
    """Read the flags of a life that are not about how it is written."""
    return packed[4] & ~FLAT


def is_unshown(packed: bytes) -> bool:
    """Tell whether the row of the customer is yet to be published."""
    return bool(packed[4] & UNSHOWN)


def may_have_complaints(packed: bytes) -> bool:
    """Tell whether a life may have complaints: it has none if it ends before they would stand."""
    parts = packed[HEAD if packed[4] & FLAT else _short.size]
    return not _FIX_ARRAY <= parts < _FIX_ARRAY + _COMPLAINTS


def check(packed: bytes) -> None:
    """Check that bytes are a packed life.

    Raises:
        ValueError: they are not.
    """
    if len(packed) < _short.size or (packed[4] & FLAT and len(packed) < HEAD):
        raise ValueError("too short for a life")
    unpack(packed)
