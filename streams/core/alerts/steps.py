"""The steps of one metric: what the detectors found, and the evidence that belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.alerts.inbox import Inbox
from streams.core.alerts.kinds import LANE, STEP, WAITING
from streams.core.detail_messages import PackedDetails
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.evidence.evidence import Evidence
from streams.core.messages import Details

if TYPE_CHECKING:
    from streams.core.alerts.inbox import Step
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.messages import Signals


class Steps:
    """The steps that wait to be worked out, in the order of event time.

    `evidence` has what the last step may see: what can no longer change, up to its end. `grace` in
    seconds of event time. The ends of steps are civil times of `zone`, as the detectors tell them.
    """

    def __init__(self, series_partitions: int, grace: int, zone: Zone = UTC_ZONE) -> None:
        self.evidence = Evidence(grace, zone)
        self._inbox = Inbox(series_partitions)
        self._done = 0
        self._written_done = 0

    @property
    def done(self) -> int:
        """The event time up to which all is worked out."""
        return self._done

    def admit(self, message: Details | PackedDetails | Signals) -> bool:
        """Note one message; True where all series partitions have got further with it."""
        if isinstance(message, Details | PackedDetails):
            self.evidence.admit(message)
            return False
        before = self._inbox.through
        return self._inbox.admit(message) and self._inbox.through > before

    def pop(self, source_partitions: int, *, caught_up: bool = False) -> list[Step]:
        """Remove the first step that is complete, a part for each grain; empty if there is none.

        Once `caught_up`, no more evidence is to be waited for.
        """
        end = self._inbox.first()
        if end is None:
            self._advance(max(self._done, self._inbox.through))
            return []
        if not (caught_up or self.evidence.is_complete(end, source_partitions)):
            return []
        # Before each step, not now and then: what a step can see is a matter of event time.
        self._advance(end)
        return self._inbox.pop(end)

    def _advance(self, end: int) -> None:
        self.evidence.advance(end)
        self._done = end

    def pending(self) -> int:
        """Count the rows that the next flush would write."""
        return self.evidence.pending() + self._inbox.pending() + (self._done != self._written_done)

    def flush(self, metric: str, *, durable: bool) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        rows = self.evidence.flush(metric, durable=durable)
        rows.extend(self._inbox.flush(metric, durable=durable))
        if durable and self._done != self._written_done:
            rows.append((STEP.key(metric), STEP.encode(self._done)))
        self._written_done = self._done
        return rows

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        if row.kind is STEP:
            self._done = self._written_done = row.value
        elif row.kind in {LANE, WAITING}:
            self._inbox.restore(row)
        else:
            self.evidence.restore(row)
