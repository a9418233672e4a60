"""Losses by label, ranked, each held against earlier periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.readmodel.periods import PeriodRecord

OTHER: Final = "other"


class Number(msgspec.Struct, frozen=True):
    """So many losses, and what they were worth, in minor units by currency."""

    count: int
    values: dict[str, int]


class Labelled(NamedTuple):
    """The losses with one label; `earlier` are those of other periods, None where not known."""

    label: str
    now: Number
    earlier: list[Number | None]


def number(row: PeriodRecord | None, unit: str) -> Number:
    """Return a number of a period; 0 where it is not there."""
    found = None if row is None else row.numbers.get(unit)
    return Number(0, {}) if found is None else Number(found.count, dict(found.values))


def by_label(
    now: PeriodRecord, earlier: Sequence[PeriodRecord | None], dimension: str, unit: str = "lost"
) -> list[Labelled]:
    """Return what a unit comes to by label, the most first, `other` last.

    A label that an earlier period does not name may be among its `other`: then what it came to is
    not known; without `other` it is 0. Labels that only earlier periods name come with 0.

    Args:
        now: the period.
        earlier: those that it is held against; None: there is no such period.
        dimension: reason, avoidable or initiative.
        unit: lost, or contraction.
    """
    found = _parts(now, unit, dimension)
    before = [None if row is None else _parts(row, unit, dimension) for row in earlier]
    names = {*found, *(name for parts in before for name in parts or ())}
    labelled = [
        Labelled(
            name,
            found.get(name, Number(0, {})),
            [None if parts is None else _of(parts, name) for parts in before],
        )
        for name in names
    ]
    return sorted(labelled, key=_rank)


def by_money(labelled: Sequence[Labelled], currency: str) -> list[Labelled]:
    """Return the same, those first that come to most in a currency."""
    return sorted(
        labelled,
        key=lambda one: (one.label == OTHER, -one.now.values.get(currency, 0), *_rank(one)),
    )


def _rank(one: Labelled) -> tuple[bool, int, int, str]:
    before = sum(past.count for past in one.earlier if past is not None)
    return one.label == OTHER, -one.now.count, -before, one.label


def _of(parts: dict[str, Number], name: str) -> Number | None:
    if name in parts:
        return parts[name]
    return None if OTHER in parts and name != OTHER else Number(0, {})


def _parts(row: PeriodRecord, unit: str, dimension: str) -> dict[str, Number]:
    return {
        part.label: Number(part.count, dict(part.values))
        for part in row.parts.get(unit, {}).get(dimension, ())
    }
