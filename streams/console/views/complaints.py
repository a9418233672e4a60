"""Complaints of the last windows, as published, and of the last weeks day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schemas.topics import ROLLING

if TYPE_CHECKING:
    from streams.console.index.reader import Bucket, Index

WINDOWS: Final = ("24h", "7d", "28d")
DAYS: Final = 56


class Window(NamedTuple):
    """A window up to `end`: complaints, and people who complained."""

    name: str
    end: str
    events: int
    customers: int | None


class Complaints(NamedTuple):
    """Complaints in all."""

    windows: list[Window]
    days: list[Bucket]


class _Row(msgspec.Struct):
    window: str
    end: str
    count: int
    customers: int | None


_decode: Final = msgspec.json.Decoder(_Row).decode


def complaints(index: Index) -> Complaints:
    """Return the complaints of all."""
    total = {row.window: row for row in map(_decode, index.about(ROLLING, "complaints"))}
    windows = [
        Window(name, row.end, row.count, row.customers)
        for name in WINDOWS
        if (row := total.get(name)) is not None
    ]
    series = index.series("complaints", "")
    span = index.span()
    if not series or span is None:
        return Complaints(windows, [])
    return Complaints(windows, index.days(series[0].number, span[1] - DAYS, span[1]))
