"""Complaints of the last windows, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schemas.topics import ROLLING

if TYPE_CHECKING:
    from streams.console.index.reader import Index

WINDOWS: Final = ("24h", "7d", "28d")


class Window(NamedTuple):
    """A window up to `end`: complaints, and people who complained."""

    name: str
    end: str
    events: int
    customers: int | None


class _Row(msgspec.Struct):
    window: str
    end: str
    count: int
    customers: int | None


_decode: Final = msgspec.json.Decoder(_Row).decode


def complaints(index: Index) -> list[Window]:
    """Return the complaints of all, in the windows that are published."""
    total = {row.window: row for row in map(_decode, index.about(ROLLING, "complaints"))}
    return [
        Window(name, row.end, row.count, row.customers)
        for name in WINDOWS
        if (row := total.get(name)) is not None
    ]
