"""The watch over one metric: its steps as they are complete, and the alerts they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.alerts.kinds import ALERT, HANDLING, INCIDENT, STAKE
from streams.core.alerts.open_alerts import OpenAlerts
from streams.core.alerts.steps import Steps
from streams.core.messages import SIGNALS
from streams.core.stage import Flush

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from streams.core.alerts.alert import Alert
    from streams.core.alerts.people import People
    from streams.core.alerts.stakes import Stakes
    from streams.core.changelog import StoredRow
    from streams.core.config import Config
    from streams.core.customers.exchange.asked import Question
    from streams.core.detail_messages import PackedDetails
    from streams.core.messages import Answers, Details, Signals
    from streams.core.views import IncidentValue


class Watch:
    """All about one metric."""

    def __init__(
        self, metric: str, series_partitions: int, settings: Config, people: People, stakes: Stakes
    ) -> None:
        self._metric = metric
        self._stale_after = settings.detect.stale_after
        zone = settings.calendar.zone
        self._steps = Steps(series_partitions, settings.tables.grace, zone)
        self._stakes = stakes
        evidence = self._steps.evidence
        self._alerts = OpenAlerts(metric, evidence, settings.detect, people, zone, stakes=stakes)
        self._moved_at: float | None = None  # when all partitions last got further, epoch seconds
        self._caught_up = False
        self._no_data = False  # for too long: published once all steps are worked out

    def admit(self, message: Details | PackedDetails | Signals, wall: float) -> None:
        """Merge one message, at `wall`."""
        self._caught_up = self._no_data = False
        if self._steps.admit(message):
            self._moved_at = wall  # one partition that stands still is no data: no step completes

    def hear(self, answers: Answers, wall: float) -> None:
        """Take what a source partition says of those who complained, at `wall`."""
        self._stakes.admit(answers)
        self._alerts.value(wall)

    def remind(self, wall: float, caught_up: Collection[str]) -> bool:
        """Note the time; True where that may make something due."""
        due = False
        self._alerts.value(wall)
        if SIGNALS in caught_up:
            self._caught_up = due = True
        if self._moved_at is None:
            self._moved_at = wall
        elif wall - self._moved_at > self._stale_after:
            self._no_data = due = True
        return due

    def advance(self, source_partitions: int) -> bool:
        """Work out one complete step; False where there is none."""
        steps = self._steps.pop(source_partitions, caught_up=self._caught_up)
        self._alerts.forget(self._steps.done)
        for step in steps:
            self._alerts.step(step)
        if not steps and self._no_data:
            self._alerts.go_stale(self._steps.done)
            self._no_data = False
        return bool(steps)

    def review(self) -> None:
        """Publish the incidents that are handled otherwise than was published."""
        self._alerts.review()

    def pending(self) -> int:
        """Count what the next flush would write."""
        return self._steps.pending() + self._alerts.pending() + self._stakes.pending()

    @property
    def quiet(self) -> bool:
        """Whether only evidence has changed, and what waits for its step."""
        return not self._alerts.pending() and not self._stakes.pending()

    def flush(self, *, durable: bool) -> Flush:
        """Return changed rows (none if not `durable`) and messages, and forget both.

        Nothing is returned twice.
        """
        rows = self._steps.flush(self._metric, durable=durable)
        alerts = self._alerts.flush(self._metric, durable=durable)
        stakes = self._stakes.flush(self._metric, durable=durable)
        return Flush(rows + alerts.rows + stakes, alerts.sends)

    def questions(self) -> list[Question]:
        """Return what is to be asked of those who complained, since the last call."""
        return self._stakes.drain()

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has; call `restored` after the last one."""
        if row.kind in {ALERT, INCIDENT}:
            self._alerts.restore(row)
        elif row.kind is STAKE:
            self._stakes.restore(row)
        elif row.kind is not HANDLING:
            self._steps.restore(row)

    def restored(self) -> None:
        """Pack the evidence that no step is at, and ask what an older version did not."""
        self._steps.evidence.pack()
        self._alerts.ask_all()

    def alerts(self) -> Iterator[Alert]:
        """Return every alert that is known, those just resolved too."""
        return self._alerts.alerts()

    def incidents(self, wall: float) -> Iterator[IncidentValue]:
        """Yield the incidents that are not over, as they are handled at `wall`."""
        return self._alerts.incidents(wall)

    def evidence_size(self) -> int:
        """Count the rows and counts of the evidence."""
        return self._steps.evidence.size()
