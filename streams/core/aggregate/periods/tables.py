"""The periods of all source partitions: movements are merged, and what follows is published.

    Movements of a source partition --> cells by day and month, replaced
                                    --> its clock; the least of them is the clock of the periods
    what changed, by the clock      --> metrics.buckets, metrics.rolling, metrics.periods

Nothing is published between two parts of one flush, as it would not add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.aggregate.merged_watermark import MergedWatermark
from streams.core.aggregate.periods.calendar import (
    Period,
    calendar_of,
    periods_of_days,
    periods_of_months,
    year_of,
)
from streams.core.aggregate.periods.cells import Cell, Slots
from streams.core.aggregate.periods.days import DayPublisher
from streams.core.aggregate.periods.levels import FLOWS, Levels
from streams.core.aggregate.periods.months import months_shown
from streams.core.aggregate.periods.rows import PeriodPublisher, Stand, begins_before
from streams.core.aggregate.periods.unread import UnreadLinks
from streams.core.aggregate.periods.waiting import WaitingPeriods
from streams.core.aggregate.stock import QUIET_PARTITION_HOLDS
from streams.core.customers.groups.cells import GRAIN_WORDS
from streams.core.customers.sums.book import DAYS_AMENDED
from streams.core.customers.sums.folding import MONEY_KEPT, months_folded
from streams.core.event_time.buckets import DAY
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.aggregate.periods.levels import Group
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.messages import Movements
    from streams.core.stage import Send
    from streams.core.views import MonthValue

DAYS_KEPT: Final = DAYS_AMENDED + 8
"""Days behind the slowest partition for which days are kept: those that are amended, and a week."""

DAYS, MONTHS = GRAINS = GRAIN_WORDS
CellOf = tuple[str, int, Cell, int]
"""Grain, day or month, cell, source partition."""


class PeriodTables:
    """What all source partitions have told of their customers, by day and by month.

    Args:
        partitions: how many source partitions there are.
        idle_timeout: wall seconds, as of `MergedWatermark`.
        definitions: by which customers are counted.

    Attributes:
        clock: the merged customer clock.
        days: cells by day; months: by month.
        old: cells of months that are no longer kept, of partitions that can still change them.
        levels: the stocks.
        changed: cells of which a row is to be written.
        emptied: cells of which the row is to be deleted.
        base_changed: stocks of the base of which a row is to be written.
        shown: the numbers of this month and the last, as last published.
        published: the clock as of which rows were published last.
        unread: links between source partitions that are on their way.
        final: the time up to which periods have been published as final.
        first_month: the first month that is kept.
        parted: source partitions of whose last flush a part is still to come.
    """

    def __init__(self, partitions: int, idle_timeout: float, definitions: Definitions) -> None:
        self.definitions = definitions.stamp
        self._window = definitions.return_window
        self._months_kept = max(MONEY_KEPT, months_folded(definitions)) + 1
        self.calendar = calendar_of(definitions.zone)
        self.clock = MergedWatermark(partitions, idle_timeout)
        self.days, self.months, self.old = Slots(), Slots(), Slots()
        self.levels = Levels(self.days, self.months, self.calendar)
        self.day_rows = DayPublisher(self.days, self.levels, self.calendar)
        self.period_rows = PeriodPublisher(self.levels, self.calendar)
        self.waiting = WaitingPeriods()
        self.changed: set[CellOf] = set()
        self.base_changed: set[tuple[Group, str]] = set()
        self.sources_changed: set[int] = set()
        self.parted: set[int] = set()
        self.published = self.final = NEVER
        self.unread = UnreadLinks()
        self.first_month = 0
        self.shown: list[MonthValue] = []
        self.emptied: set[CellOf] = set()
        self._groups: dict[str, set[Group]] = {DAYS: set(), MONTHS: set()}

    @property
    def first_day(self) -> int:
        """The first day that is kept, by number; 0 if none was dropped."""
        return self.levels.first_day

    @first_day.setter
    def first_day(self, day: int) -> None:
        self.levels.first_day = day

    # -- merging ----------------------------------------------------------------------------------

    def merge(self, message: Movements) -> None:
        """Merge a message; one that is older than what came from its partition changes nothing."""
        source = message.source
        if not self.clock.is_newer(source):
            return
        for change in message.cells:
            self._merge_cell(source.partition, change)
        self.unread.note(source.partition, self.clock.watermark_of(source.partition), message.sent)
        self.unread.read(source.partition, message.read)
        self.clock.advance(source, {})
        self.sources_changed.add(source.partition)
        if message.last:
            self.parted.discard(source.partition)
        else:
            self.parted.add(source.partition)

    def _merge_cell(self, partition: int, change: CellChange) -> None:
        calendar, levels, waiting = self.calendar, self.levels, self.waiting
        cell = Cell(change.segment, change.tier, change.kind, change.dimension, change.label)
        part = change.count, change.lives, change.values
        flows = cell.dimension is None and cell.kind in FLOWS
        if change.grain == DAYS:
            slot = calendar.day(change.start)
            if slot < self.first_day or not self.days.replace(slot, cell, partition, part):
                return
            waiting.note_day(slot, through=flows)
            if flows:
                levels.changed(calendar.month_of_day(slot))
        else:
            slot = calendar.months.of(change.start)
            if slot < self.first_month:
                self._merge_old(slot, cell, partition, part)
                return
            if not self.months.replace(slot, cell, partition, part):
                return
            waiting.note_month(slot, through=flows)
            if flows:
                levels.changed(slot)
                waiting.note_day(calendar.first_day(slot + 1), through=True)
        self.note_group(change.grain, cell)
        self.changed.add((change.grain, slot, cell, partition))

    def _merge_old(
        self, slot: int, cell: Cell, partition: int, part: tuple[int, int, dict[str, int]]
    ) -> None:
        """Let a month that is no longer kept change the stocks of all that came after it."""
        moved = self.old.replace(slot, cell, partition, part)
        if moved is None:
            return
        self.changed.add((MONTHS, slot, cell, partition))
        key = self.levels.correct(cell, moved)
        if key is not None:
            self.base_changed.add(key)
            self.waiting.note_month(self.first_month, through=True)
            self.waiting.note_day(self.first_day, through=True)

    # -- publishing -------------------------------------------------------------------------------

    def waits(self) -> bool:
        """Tell whether something is to be published."""
        if not self.publishable():
            return False
        moved = self.clock.watermark != self.published or self._counted() != self.final
        return moved or bool(self.waiting)

    def _counted(self) -> int:
        """Give the time up to which all is counted, what is on its way too; epoch seconds."""
        return max(self.final, self.unread.clock(self.clock.watermark))

    def publish(self) -> Iterator[Send]:
        """Yield every row that is not as last published; nothing is left to wait then."""
        clock, before = self.clock.watermark, self.published
        if not self.publishable():
            return
        said, counted = self.final, self._counted()
        days, months = self._due((before, clock), (said, counted))
        self.published, self.final = clock, counted
        for period in (*periods_of_days(days), *periods_of_months(months)):
            if self.gone(period):
                continue
            final = self.calendar.end(period) + self._window
            stand = Stand(clock, counted >= final, counted >= final > said, self.definitions)
            cells = self.days if period.of_days else self.months
            groups = self._groups[GRAINS[not period.of_days]]
            yield from self.period_rows.rows(period, cells, groups, stand)
        for day in days:
            status = self.period_rows.status(Period("day", day))
            yield from self.day_rows.rows(day, status, clock)
        if days:
            yield from self.day_rows.rolling(self.calendar.day(clock), clock)
        for grain, slots, numbers in ((DAYS, self.days, days), (MONTHS, self.months, months)):
            for slot in numbers:
                self.emptied.update((grain, slot, *key) for key in slots.tidy(slot))
        self.waiting.clear()
        month = self.calendar.months.of(clock)
        self.shown = months_shown(month, self.months, self.levels)

    def publishable(self) -> bool:
        """Tell whether what is known adds up, and anything is."""
        if self.parted or self.clock.watermark == NEVER:
            return False
        return bool(self.months.sums or self.days.sums or self.levels.base)

    def _due(
        self, clocks: tuple[int, int], counted: tuple[int, int]
    ) -> tuple[list[int], list[int]]:
        """Give the days and months that changed, began or became final since the last time.

        Args:
            clocks: the clock then and now, epoch seconds.
            counted: the time up to which all was counted, then and now.
        """
        calendar, (before, clock) = self.calendar, clocks
        earliest, latest = (max(time - self._window, 0) for time in counted)
        first_day = self.first_day or min(
            [*self.days.sums, *map(calendar.first_day, self.months.sums)]
        )
        today, month = calendar.day(clock), calendar.months.of(clock)
        first_month = self.first_month or calendar.month_of_day(first_day)
        days = self.waiting.days_in(first_day, today)
        months = self.waiting.months_in(first_month, month)
        if counted[1] > counted[0]:
            final = calendar.day(latest)
            days.update(range(max(calendar.day(earliest) - 1, first_day), final + 1))
            final = calendar.months.of(latest)
            months.update(range(max(calendar.months.of(earliest) - 1, first_month), final + 1))
        if clock > before:
            days.update(range(max(calendar.day(before), first_day), today + 1))
            months.update(range(max(calendar.months.of(before), first_month), month + 1))
        return sorted(days), sorted(months)

    # -- forgetting -------------------------------------------------------------------------------

    def fold(self) -> Iterator[CellOf]:
        """Drop the days and months that nothing can change any more, and yield their cells.

        What a dropped month came to goes into the base.
        """
        clocks = {p: source.watermark for p, source in self.clock.sources.items()}
        started = [clock for clock in clocks.values() if clock != NEVER]
        if self.waits() or self.parted or not self.clock.complete or not started:
            return
        clock = max(min(started), max(started) - QUIET_PARTITION_HOLDS)
        first_day = self.calendar.day(max(clock - DAYS_KEPT * DAY, 0))
        days = [day for day in self.days.sums if day < first_day]
        for day in days:
            yield from ((DAYS, day, *key) for key in self.days.drop(day))
        first_month = self._first_month(clock)
        own = {partition: self._first_month(clock) for partition, clock in clocks.items()}
        months = sorted(month for month in self.months.sums if month < first_month)
        for month in months:
            self.base_changed.update(self.levels.fold(month))
            for (cell, partition), part in self.months.drop(month).items():
                if month < own[partition]:
                    yield MONTHS, month, cell, partition
                else:
                    self.old.restore(month, cell, partition, part)
        if days or months:
            self.first_day = max(self.first_day, first_day)
        if months:
            self.first_month = first_month
        self.day_rows.forget(days)
        for month in list(self.old.sums):
            for cell, partition in self.old.keys(month):
                if month < own.get(partition, 0):
                    self.old.remove(month, cell, partition)
                    yield MONTHS, month, cell, partition

    def _first_month(self, clock: int) -> int:
        """Give the first month that is kept by a clock: a year is kept as long as its end."""
        return year_of(max(self.calendar.months.of(clock) - self._months_kept, 1))

    # -- state ------------------------------------------------------------------------------------

    def note_group(self, grain: str, cell: Cell) -> None:
        """Take notice of a group that there are numbers of."""
        self._groups[grain].add((cell.segment, cell.tier))

    def note_base(self, group: Group) -> None:
        """Take notice of a group that the base has."""
        self._groups[MONTHS].add(group)
        self._groups[DAYS].add((group[0], None))

    def slots_of(self, grain: str, slot: int) -> Slots:
        """Give where the cells of a day or month are kept."""
        if grain == DAYS:
            return self.days
        return self.old if slot < self.first_month else self.months

    def gone(self, period: Period) -> bool:
        """Tell whether a period is no longer kept."""
        return begins_before(period, (self.first_day, self.first_month))
