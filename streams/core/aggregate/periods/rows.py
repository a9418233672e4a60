"""Rows of metrics.periods: what is known of a period, and what was said when it became final."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemas import wire
from schemas.topics import PERIODS
from streams.core.aggregate.periods.calendar import slots
from streams.core.aggregate.periods.cells import Amount
from streams.core.aggregate.periods.losses import NO_LOSSES, losses
from streams.core.aggregate.periods.report import TOTAL, Report, report
from streams.core.stage import Send

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from schemas.metrics import Status
    from streams.core.aggregate.periods.calendar import Calendar, Period
    from streams.core.aggregate.periods.cells import Slots
    from streams.core.aggregate.periods.levels import Group, Levels

Said = dict[str, tuple[int, dict[str, int]]]
"""What was published: by unit the count, and the money."""


class Stand(NamedTuple):
    """How far a period is.

    Attributes:
        clock: the customer clock, epoch seconds.
        final: whether a return can take back no loss of it any more.
        first: whether it is published as final for the first time.
        definitions: the stamp of those that it is counted by.
    """

    clock: int
    final: bool
    first: bool
    definitions: str


class PeriodPublisher:
    """Publishes the rows of periods that are not as last published.

    Attributes:
        said: by period and group, what was published when it became final.
        written: those of which that is new.
        restored: whether rows may have been published before a restart that are not known here.
    """

    def __init__(self, levels: Levels, calendar: Calendar) -> None:
        self._levels = levels
        self._calendar = calendar
        self._sent: dict[Period, dict[Group, int | None]] = {}
        self.said: dict[Period, dict[Group, Said]] = {}
        self.written: set[tuple[Period, Group]] = set()
        self.restored = False
        self._stands: dict[Period, Status] = {}

    def rows(
        self, period: Period, cells: Slots, groups: Collection[Group], stand: Stand
    ) -> Iterator[Send]:
        """Yield what changed of a period; `groups` are all that there may be."""
        found = report(period, cells, self._levels)
        end = self._calendar.end(period)
        until = min(stand.clock, end)
        lost = {}
        if not period.of_days:
            lost = losses(period, cells, self._levels, self._calendar, until)
        sent = self._sent.setdefault(period, {})
        if stand.first:
            self._note(period, found)
        said = self.said.get(period, {})
        self._stands[period] = _status(found, said if stand.final else None)
        wanted = {*found, *said, *(group for group, known in sent.items() if known is not None)}
        if self.restored:
            wanted.update(group for group in (*groups, TOTAL) if group not in sent)
        for group in sorted(wanted, key=lambda group: (group[0], group[1] or "")):
            one = found.get(group)
            before = said.get(group, {}) if stand.final else None
            if one is None and not before:
                sent[group] = None
                yield Send(PERIODS, None, self._key(period, group), None)
                continue
            fields = self._fields(one or Report({}, {}), before)
            loss = None if period.of_days else lost.get(group, NO_LOSSES).published(until)
            # Time at risk grows with the clock: of a period that goes on that alone is no news.
            now = hash(repr((fields, loss if until == end else None)))
            if sent.get(group) != now:
                sent[group] = now
                fields["losses"] = loss
                row = self._row(period, group, fields, stand)
                yield Send(PERIODS, None, self._key(period, group), row)

    def status(self, period: Period) -> Status:
        """Give what a period was last time its rows were asked for."""
        return self._stands.get(period, "provisional")

    def forget(self, gone: Callable[[Period], bool]) -> Iterator[tuple[Period, Group]]:
        """Forget periods that are no longer kept, and yield those that were published as final."""
        for period in [period for period in self._sent if gone(period)]:
            del self._sent[period]
            self._stands.pop(period, None)
        for period in [period for period in self.said if gone(period)]:
            for group in self.said.pop(period):
                self.written.discard((period, group))
                yield period, group

    def _note(self, period: Period, found: dict[Group, Report]) -> None:
        self.said[period] = {
            group: {
                unit: (amount.count, dict(sorted(amount.values.items())))
                for unit, amount in sorted(one.numbers.items(), key=lambda item: item[0])
            }
            for group, one in found.items()
        }
        self.written.update((period, group) for group in found)

    def _fields(self, one: Report, before: Said | None) -> dict[str, Any]:
        status: Status = "provisional"
        difference: dict[str, Any] = {}
        if before is not None:
            difference = _difference(one.numbers, before)
            status = "amended" if difference else "final"
        return {
            "status": status,
            "numbers": {unit: _number(amount) for unit, amount in one.numbers.items()},
            "parts": {
                unit: {
                    dimension: [
                        {"label": label, "count": amount.count, "values": amount.values}
                        for label, amount in labels.items()
                    ]
                    for dimension, labels in dimensions.items()
                }
                for unit, dimensions in one.parts.items()
            },
            "published": None if before is None else _numbers(before),
            "difference": difference,
        }

    def _key(self, period: Period, group: Group) -> bytes:
        segment, tier = _names(group)
        return wire.period_key(period.grain, self._calendar.name(period), segment, tier)

    def _row(self, period: Period, group: Group, fields: dict[str, Any], stand: Stand) -> bytes:
        segment, tier = _names(group)
        return wire.encode_period(
            grain=period.grain,
            period=self._calendar.name(period),
            start=self._calendar.start(period),
            end=self._calendar.end(period),
            segment=segment,
            tier=tier,
            definitions=stand.definitions,
            clock=stand.clock,
            **fields,
        )


def begins_before(period: Period, floors: tuple[int, int]) -> bool:
    """Tell whether a period begins before the first day, or month, that is kept."""
    return slots(period).start < floors[not period.of_days]


def _status(found: dict[Group, Report], said: dict[Group, Said] | None) -> Status:
    if said is None:
        return "provisional"
    for group in {**found, **said}:
        numbers = found[group].numbers if group in found else {}
        if _difference(numbers, said.get(group, {})):
            return "amended"
    return "final"


def _names(group: Group) -> tuple[str | None, str | None]:
    return (None, None) if group == TOTAL else group


def _number(amount: Amount) -> dict[str, Any]:
    return {"count": amount.count, "values": amount.values, "customers": amount.lives or None}


def _numbers(said: Said) -> dict[str, Any]:
    return {unit: _number(Amount(count, 0, values)) for unit, (count, values) in said.items()}


def _difference(numbers: dict[str, Amount], before: Said) -> dict[str, Any]:
    found = {}
    for unit in dict.fromkeys((*numbers, *before)):
        change = Amount()
        if unit in numbers:
            change.add(numbers[unit].part())
        if unit in before:
            count, values = before[unit]
            change.add((count, 0, values), -1, -1)
        if change.count or change.values:
            found[unit] = _number(Amount(change.count, 0, change.values))
    return found
