"""Every kind of state row of the customers of one source partition."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from streams.core.changelog import Kind, Value, literal, msgpack, number, raw, text
from streams.core.customers.exchange.questions import Standing
from streams.core.customers.stored.head import check_tail
from streams.core.customers.stored.packed import check


class Progress(msgspec.Struct, array_like=True):
    """The customer clock, and what was counted besides."""

    clock: int
    counts: dict[str, int]


class AddedRows(NamedTuple):
    """Complaints that a flush brought of bare lives.

    Attributes:
        gone: hashes of customers: what was added to their lives before counts no more.
        names: hashes of those to whose lives these are added.
        counts: how many of each.
        rows: they themselves, as they stand behind a bare life, in the same order.
        words: what some of these customers wrote last: their place among the names, and `Words` in
            msgpack. In releases before they were written into each life, which was written whole.
    """

    gone: bytes
    names: bytes
    counts: list[int]
    rows: bytes
    words: tuple[tuple[int, bytes], ...] = ()


_tally: Value[Any] = msgpack(tuple[int, int, dict[int, int]])
_levels: Value[Any] = msgpack(list[tuple[int, int, dict[int, int]]])

LIFE: Final[Kind[bytes]] = Kind("life of a customer", "l", (text("customer"),), raw(check), since=4)
TAIL: Final[Kind[bytes]] = Kind(
    "what was added to a life since its row",
    "t",
    (text("customer"),),
    raw(check_tail),
    since=16,
)
ADDED: Final[Kind[AddedRows]] = Kind(
    "complaints that were added to lives",
    "u",
    (number("number"),),
    msgpack(AddedRows),
    since=20,
)
NAME: Final[Kind[str]] = Kind(
    "name that lives have by its number", "a", (number("number"),), msgpack(str), since=4
)
CUSTOMER_CELL: Final = Kind(
    "movements of a day or month",
    "q",
    tuple(map(number, ("grain", "start", "segment", "tier", "movement", "dimension", "label"))),
    _tally,
    since=4,
)
LEVEL: Final = Kind(
    "customers and recurring value of a shard", "v", (number("shard"),), _levels, since=4
)
CUSTOMER_PROGRESS: Final[Kind[Progress]] = Kind(
    "customer clock", "k", (literal("clock"),), msgpack(Progress), since=4
)

QUESTION: Final[Kind[Standing]] = Kind(
    "question about those who complained", "w", (text("name"),), msgpack(Standing), since=10
)

GONE: Final[Kind[int]] = Kind(
    "when somebody was forgotten, by a hash", "o", (text("hash"),), msgpack(int), since=12
)

KINDS: Final = (LIFE, TAIL, ADDED, NAME, CUSTOMER_CELL, LEVEL, CUSTOMER_PROGRESS, QUESTION, GONE)
"""To be part of the layout of the stage that keeps customers."""
