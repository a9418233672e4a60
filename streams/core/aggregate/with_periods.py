"""The aggregate stage where customers are kept: one partition of it has the periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec

from schemas.metrics import MovementMetric
from streams.core.aggregate.pace import Pace
from streams.core.aggregate.periods.months import largest
from streams.core.aggregate.periods.state import PeriodState
from streams.core.aggregate.periods.tables import PeriodTables
from streams.core.aggregate.stage import AggregateStage
from streams.core.event_time.watermark import NEVER
from streams.core.messages import Movements, Partials, periods_home
from streams.core.partials import PackedPartials
from streams.core.stage import Flush

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.changelog import StoredRow
    from streams.core.config import Config
    from streams.core.stage import Record
    from streams.core.views import MonthValue

_decode = msgspec.msgpack.Decoder(Partials | PackedPartials | Movements).decode


def aggregate_class(
    partition: int, source_partitions: int, settings: Config
) -> type[AggregateStage]:
    """Give what the settings ask for in a partition: the stage with periods or without."""
    if settings.customers.enabled and partition == periods_home(source_partitions):
        return AggregateStageWithPeriods
    return AggregateStage


class AggregateStageWithPeriods(AggregateStage):
    """Keeps series, and the periods of all customers; arguments as of `AggregateStage`."""

    def __init__(
        self,
        partition: int,
        source_partitions: int,
        settings: Config,
        *,
        durable: bool = True,
        provisional_interval: float | None = None,
        **options: Any,  # noqa: ANN401 (as of the stage)
    ) -> None:
        super().__init__(
            partition,
            source_partitions,
            settings,
            durable=durable,
            provisional_interval=provisional_interval,
            **options,
        )
        timeout = settings.tables.idle_timeout
        self.periods = PeriodTables(source_partitions, timeout, settings.customers.definitions)
        self._state = PeriodState(self.periods)
        interval = provisional_interval
        self._periods_pace = Pace(
            settings.tables.provisional_interval if interval is None else interval
        )
        self._stored: list[StoredRow] = []

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Merge one fetched batch of partials and movements."""
        del topic, wall
        partials: list[Partials | PackedPartials] = []
        for record in records:
            if record.value is None:
                continue
            message = _decode(record.value)
            if isinstance(message, Movements):
                self.periods.merge(message)
            else:
                partials.append(message)
        self._merge(partials)

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Let the windows age while every source is idle."""
        super().tick(wall, caught_up)
        self.periods.clock.tick(wall)

    def pending(self) -> int:
        """Count what the next flush would write, roughly."""
        periods = self.periods
        own = len(periods.changed) + len(periods.sources_changed) + periods.waits()
        return super().pending() + own

    def flush(self, number: int, wall: float) -> Flush:
        """Encode every change, and what is to be published of it."""
        rows, sends = super().flush(number, wall)
        periods, state = self.periods, self._state
        changed = bool(periods.sources_changed)
        if self._durable:
            rows.extend(state.changed())
        # They have no backlog of their own, and are only looked at where something waits.
        publishing = periods.waits() and bool(self._periods_pace.due(wall, backlog=False))
        if publishing:
            sends.extend(periods.publish())
            gone = [*periods.emptied, *periods.fold()]
            periods.emptied.clear()
            folded = list(state.folded(gone))
            if self._durable:
                rows.extend(folded)
        if self._durable and (changed or publishing):
            rows.extend(state.published())
        if not self._durable:
            periods.changed.clear()
            periods.sources_changed.clear()
            periods.period_rows.written.clear()
        return Flush(rows, sends)

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over from the changelog."""
        super().restore(rows)
        self._state.restore(self._stored)
        self._stored = []

    def _restore_of_periods(self, row: StoredRow) -> None:
        self._stored.append(row)

    def months(self, segments: int) -> Iterable[MonthValue]:
        """Return the numbers of the current and the last month, as last published."""
        return largest(self.periods.shown, segments)

    def watermarks(self) -> Mapping[str, int]:
        """Return the watermark of each metric that has one; of movements it is their clock."""
        clock = self.periods.clock.watermark
        of_movements = {} if clock == NEVER else dict.fromkeys(get_args(MovementMetric), clock)
        return {**super().watermarks(), **of_movements}

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        periods = self.periods
        return {**super().sizes(), "movements": len(periods.days) + len(periods.months)}
