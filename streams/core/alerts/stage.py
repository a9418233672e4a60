"""The incidents stage: what the detectors say becomes alerts with their cause and their evidence.

A step is worked out once every series partition has passed it and the evidence of every source
partition reaches it, so what comes out does not depend on which message came first. (The stages
before publish evidence and signals such that evidence comes first; the wait is for other orders.)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from schemas.topics import ALERTS, HISTORY
from streams.core.alerts.inbox import Inbox
from streams.core.alerts.kinds import LAYOUT
from streams.core.alerts.open_alerts import OpenAlerts
from streams.core.alerts.rows import changed, read
from streams.core.evidence.store import Evidence
from streams.core.messages import SIGNALS, Details, Signals
from streams.core.stage import Flush, Send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from streams.core.changelog import ChangelogRow
    from streams.core.config import Config
    from streams.core.evidence.store import Bucket
    from streams.core.stage import Record, SourceProgress

_message = msgspec.msgpack.Decoder(Details | Signals)


class Watch:
    """All about one metric. `done` is the end of the last step worked out."""

    def __init__(self, metric: str, series_partitions: int, settings: Config) -> None:
        self.metric = metric
        self.evidence = Evidence(settings.tables.grace)
        self.inbox = Inbox(series_partitions)
        self.open_alerts = OpenAlerts(self.evidence, settings.detect)
        self.done = 0
        self.told_done = 0
        self.heard: float | None = None
        self.caught_up = False
        self.silent = False  # nothing was heard for too long: told once all steps are worked out
        self.forgotten: list[str] = []
        self.stored: set[Bucket] = set()  # evidence that has a row in the changelog

    def advance(self, source_partitions: int) -> bool:
        """Work out one complete step; False where there is none.

        Once caught up, no more evidence is to be waited for.
        """
        end = self.inbox.first()
        if end is not None:
            if not (self.caught_up or self.evidence.reached(end, source_partitions)):
                self._fall_silent()
                return False
            # Before each step, not now and then: what a step can see is a matter of event time.
            self._pass(end)
            for step in self.inbox.pop(end):
                self.open_alerts.step(step)
            self.done = end
            return True
        self.done = max(self.done, self.inbox.through)
        self._pass(self.done)
        self._fall_silent()
        return False

    def _fall_silent(self) -> None:
        if self.silent:
            self.open_alerts.silence(self.done)
            self.silent = False

    def _pass(self, end: int) -> None:
        self.evidence.pass_on(end)
        self.evidence.prune(end)
        self.forgotten.extend(self.open_alerts.forget(end))

    def written(self) -> None:
        """Start over to collect what changes."""
        self.evidence.pack()
        self.evidence.changed.clear()
        self.evidence.moved.clear()
        self.inbox.changed.clear()
        self.inbox.came.clear()
        self.inbox.gone.clear()
        self.open_alerts.changed.clear()
        self.open_alerts.told.clear()
        self.forgotten.clear()
        self.told_done = self.done


class AlertsStage:
    """Takes details and signals from partition 0 of groundswell.signals; sends alerts.

    A stage that is not `durable` writes no rows.
    """

    def __init__(
        self,
        source_partitions: int,
        series_partitions: int,
        settings: Config,
        *,
        durable: bool = True,
    ) -> None:
        self._source_partitions = source_partitions
        self._series_partitions = series_partitions
        self._settings = settings
        self._durable = durable
        self._watches: dict[str, Watch] = {}
        self._due: dict[str, Watch] = {}  # those that may have complete steps

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over from the changelog."""
        for row in LAYOUT.read(rows):
            read(self._watch(row.fields[0]), row)
        self._pack()
        # It may have been written down between two steps; each message of it has been taken.
        self._due.update(self._watches)

    def _pack(self) -> None:
        for watch in self._watches.values():
            watch.evidence.pack()

    def take(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Take one fetched batch, and work out all steps that are complete."""
        self.admit(topic, records, wall)
        self._work_all()

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Take one fetched batch."""
        del topic
        for record in records:
            if record.value is None:
                continue
            message = _message.decode(record.value)
            watch = self._watch(message.metric)
            watch.caught_up = watch.silent = False
            self._due[message.metric] = watch
            before = watch.inbox.through
            if isinstance(message, Details):
                watch.evidence.take(message)
            elif watch.inbox.take(message) and watch.inbox.through > before:
                watch.heard = wall  # one partition that stands still is silence: no step completes

    def work(self) -> bool:
        """Work out one step of one metric; False where none is complete."""
        while self._due:
            metric = next(iter(self._due))
            if self._due[metric].advance(self._source_partitions):
                return True
            del self._due[metric]
        return False

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Let alerts go stale whose source is silent, and stop waiting once all is read."""
        self.remind(wall, caught_up)
        self._work_all()

    def remind(self, wall: float, caught_up: Collection[str]) -> None:
        """Do as `tick`, and leave the steps that are complete now to `work`."""
        for metric, watch in self._watches.items():
            if SIGNALS in caught_up:
                watch.caught_up = True
                self._due[metric] = watch
            if watch.heard is None:
                watch.heard = wall
            elif wall - watch.heard > self._settings.detect.stale_after:
                watch.silent = True
                self._due[metric] = watch

    def _work_all(self) -> None:
        while self.work():
            pass

    def source_progress(self) -> Iterable[SourceProgress]:
        """Tell nothing: what comes before has told it."""
        return ()

    def pending(self) -> int:
        """Count what the next flush would write."""
        return sum(
            len(watch.evidence.changed)
            + len(watch.evidence.moved)
            + len(watch.inbox.changed)
            + len(watch.inbox.came)
            + len(watch.inbox.gone)
            + len(watch.open_alerts.changed)
            + 2 * len(watch.open_alerts.told)
            + (watch.done != watch.told_done)
            for watch in self._watches.values()
        )

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed."""
        del number, wall
        rows: list[ChangelogRow] = []
        sends: list[Send] = []
        for watch in self._watches.values():
            if self._durable:
                rows.extend(changed(watch))
            for told in watch.open_alerts.told:
                key = told.alert_id.encode()
                sends.append(Send(ALERTS, None, key, told.value))
                if told.transition:
                    sends.append(Send(HISTORY, None, key, told.value))
            watch.written()
        return Flush(rows, sends)

    def alerts(self) -> Mapping[tuple[str, str], int]:
        """Count the alerts by (state, severity)."""
        return Counter(
            (str(alert.state), str(alert.severity))
            for watch in self._watches.values()
            for alert in watch.open_alerts.alerts()
        )

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        watches = self._watches.values()
        return {
            "alerts": sum(1 for watch in watches for _ in watch.open_alerts.alerts()),
            "evidence": sum(watch.evidence.size() for watch in watches),
        }

    def _watch(self, metric: str) -> Watch:
        watch = self._watches.get(metric)
        if watch is None:
            watch = Watch(metric, self._series_partitions, self._settings)
            self._watches[metric] = watch
        return watch
