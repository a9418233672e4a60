"""The changelog of the periods: what is written down, and how it is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.aggregate.periods.calendar import Period
from streams.core.aggregate.periods.cells import Amount, Cell
from streams.core.aggregate.periods.kinds import (
    BASE_LEVEL,
    MOVEMENT_CELL,
    MOVEMENT_SOURCE,
    PERIODS_PROGRESS,
    PUBLISHED,
    Progress,
    SourceOfMovements,
)
from streams.core.changelog import UnreadableStateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.aggregate.periods.tables import CellOf, PeriodTables
    from streams.core.changelog import ChangelogRow, StoredRow

DEFINED_OTHERWISE = (
    "stage 'series': this state has periods by the definitions {}, and those of the settings are "
    "{}: numbers of both kinds would be mixed. Set customers.* as they were; or start anew from "
    "the history, as docs/recovery.md says"
)


class PeriodState:
    """Writes and reads the rows of the periods."""

    def __init__(self, tables: PeriodTables) -> None:
        self._tables = tables

    def changed(self) -> Iterator[ChangelogRow]:
        """Yield a row for every cell, and source partition, that changed since the last call."""
        tables = self._tables
        for grain, slot, cell, partition in tables.changed:
            part = tables.slots_of(grain, slot).part(slot, cell, partition)
            if part is not None:
                yield _cell_key(grain, slot, cell, partition), MOVEMENT_CELL.encode(part)
        tables.changed.clear()
        for partition in sorted(tables.sources_changed):
            stored = SourceOfMovements(
                tables.clock.sources[partition], partition not in tables.parted
            )
            yield MOVEMENT_SOURCE.key(partition), MOVEMENT_SOURCE.encode(stored)
        tables.sources_changed.clear()

    def published(self) -> Iterator[ChangelogRow]:
        """Yield the rows of what was published for the first time as final, and how far it is."""
        tables = self._tables
        rows = tables.period_rows
        for period, (segment, tier) in rows.written:
            said = rows.said[period][segment, tier]
            yield PUBLISHED.key(*period, segment, tier), PUBLISHED.encode(said)
        rows.written.clear()
        progress = Progress(
            tables.clock.watermark,
            tables.published,
            tables.definitions,
            tables.first_day,
            tables.first_month,
            tables.waiting.store(),
            tables.final,
            tables.unread.store(),
        )
        yield PERIODS_PROGRESS.key("periods"), PERIODS_PROGRESS.encode(progress)

    def folded(self, cells: Iterable[CellOf]) -> Iterator[ChangelogRow]:
        """Yield the deletion of cells, and of what nobody asks for any more."""
        tables = self._tables
        for grain, slot, cell, partition in cells:
            yield _cell_key(grain, slot, cell, partition), None
        for (segment, tier), stock in sorted(tables.base_changed, key=repr):
            level = tables.levels.base[(segment, tier), stock]
            yield (
                BASE_LEVEL.key(stock, segment, tier),
                BASE_LEVEL.encode((level.count, level.values)),
            )
        tables.base_changed.clear()
        for period, (segment, tier) in tables.period_rows.forget(tables.gone):
            yield PUBLISHED.key(*period, segment, tier), None

    def restore(self, rows: Iterable[StoredRow]) -> None:
        """Take over all rows.

        Raises:
            UnreadableStateError: they are by other definitions.
        """
        tables = self._tables
        for kind, fields, value in sorted(rows, key=lambda row: row.kind is not PERIODS_PROGRESS):
            if kind is PERIODS_PROGRESS:
                if value.definitions != tables.definitions:
                    raise UnreadableStateError(
                        DEFINED_OTHERWISE.format(value.definitions, tables.definitions)
                    )
                tables.clock.restore(value.clock)
                tables.published = value.published
                tables.final = value.published if value.final is None else value.final
                tables.unread.restore(value.unread)
                tables.first_day, tables.first_month = value.first_day, value.first_month
                tables.waiting.restore(value.waiting)
                tables.day_rows.restored = tables.period_rows.restored = True
            elif kind is MOVEMENT_SOURCE:
                tables.clock.restore_source(fields[0], value.state)
                if not value.last:
                    tables.parted.add(fields[0])
            elif kind is MOVEMENT_CELL:
                grain, slot, *name, partition = fields
                cell = Cell(*name)
                tables.slots_of(grain, slot).restore(slot, cell, partition, value)
                tables.note_group(grain, cell)
            elif kind is BASE_LEVEL:
                stock, segment, tier = fields
                count, values = value
                tables.levels.base[(segment, tier), stock] = Amount(count, 0, values)
                tables.note_base((segment, tier))
            else:
                grain, number, segment, tier = fields
                said = tables.period_rows.said.setdefault(Period(grain, number), {})
                said[segment, tier] = value


def _cell_key(grain: str, slot: int, cell: Cell, partition: int) -> bytes:
    return MOVEMENT_CELL.key(grain, slot, *cell, partition)
