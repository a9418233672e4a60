"""The alerts stage: what the detectors find becomes alerts with their cause and their evidence.

A step is worked out once every series partition has passed it and the evidence of every source
partition reaches it, so what comes out does not depend on which message came first. (The stages
before publish evidence and signals such that evidence comes first; the wait is for other orders.)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.topics import ACTIONS
from streams.core.alerts.kinds import ACTS, LAYOUT
from streams.core.alerts.people import People
from streams.core.alerts.stakes import EVERY, METRIC, Stakes
from streams.core.alerts.watch import Watch
from streams.core.detail_messages import PackedDetails
from streams.core.messages import EXCHANGE, Answers, Details, Questions, Signals
from streams.core.stage import Flush, Send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.core.changelog import ChangelogRow
    from streams.core.config import Config
    from streams.core.customers.exchange.asked import Question
    from streams.core.stage import Record, SourceProgress
    from streams.core.views import IncidentValue

MAX_QUESTIONS_A_MESSAGE: Final = 1_000
"""Questions a message, some 150 kB."""

_message = msgspec.msgpack.Decoder(Details | PackedDetails | Signals | Answers)
_encode = msgspec.msgpack.Encoder().encode


class AlertsStage:
    """Reads details and signals from partition 0 of groundswell.signals; publishes alerts.

    From partition 0 of actions it reads what people do about them.

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
        self._people = People(settings.handling)
        self._watches: dict[str, Watch] = {}
        self._due: dict[str, Watch] = {}  # those that may have complete steps

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Restore the state from the rows of the changelog."""
        for row in LAYOUT.read(rows):
            if row.kind is ACTS:
                self._people.restore(row)
                continue
            self._watch(row.fields[0]).restore(row)
        for watch in self._watches.values():
            watch.restored()
        # It may have been written down between two steps; each message of it has been admitted.
        self._due.update(self._watches)

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Admit one fetched batch, and work out all steps that are complete."""
        self.admit(topic, records, wall)
        self._work_all()

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Admit one fetched batch."""
        if topic == ACTIONS:
            self._people.wall = wall
            new = [self._people.admit(record, wall) for record in records]
            if any(new):
                self._review()
            return
        self._people.wall = wall
        for record in records:
            if record.value is None:
                continue
            message = _message.decode(record.value)
            if isinstance(message, Answers):
                self._watch(METRIC).hear(message, wall)
                continue
            watch = self._watch(message.metric)
            watch.admit(message, wall)
            self._due[message.metric] = watch

    def work(self) -> bool:
        """Work out one step of one metric; False where none is complete."""
        while self._due:
            metric = next(iter(self._due))
            if self._due[metric].advance(self._source_partitions):
                return True
            del self._due[metric]
        return False

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Let alerts go stale that have no data, and stop waiting once all is read."""
        self.remind(wall, caught_up)
        self._work_all()

    def remind(self, wall: float, caught_up: Collection[str]) -> None:
        """Do as `tick`, and leave the steps that are complete now to `work`."""
        if self._people.pass_by(wall):
            self._review()
        for metric, watch in self._watches.items():
            if watch.remind(wall, caught_up):
                self._due[metric] = watch

    def _review(self) -> None:
        for watch in self._watches.values():
            watch.review()

    def _work_all(self) -> None:
        while self.work():
            pass

    def source_progress(self) -> Iterable[SourceProgress]:
        """Return nothing: the stages before report it."""
        return ()

    def pending(self) -> int:
        """Count what the next flush would write."""
        return self._people.pending() + sum(watch.pending() for watch in self._watches.values())

    @property
    def quiet(self) -> bool:
        """Whether only evidence has changed, and what waits for its step."""
        return not self._people.pending() and all(one.quiet for one in self._watches.values())

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed."""
        del wall
        rows: list[ChangelogRow]
        rows, sends = self._people.flush(durable=self._durable)
        for watch in self._watches.values():
            flush = watch.flush(durable=self._durable)
            rows += flush.rows
            sends.extend(flush.sends)
        asked = [question for watch in self._watches.values() for question in watch.questions()]
        sends.extend(self._questions(asked, number))
        return Flush(rows, sends)

    def _questions(self, asked: Sequence[Question], number: int) -> Iterator[Send]:
        """Yield what flush `number` asks every source partition."""
        size = MAX_QUESTIONS_A_MESSAGE
        for part, start in enumerate(range(0, len(asked), size)):
            message = _encode(Questions(number, part, list(asked[start : start + size])))
            for partition in range(self._source_partitions):
                yield Send(EXCHANGE, partition, None, message)

    def alerts(self) -> Mapping[tuple[str, str], int]:
        """Count the alerts by (state, severity)."""
        return Counter(
            (str(alert.state), str(alert.severity))
            for watch in self._watches.values()
            for alert in watch.alerts()
        )

    def incidents(self, wall: float) -> Iterable[IncidentValue]:
        """Return every incident that is not over, as it is handled at `wall`, epoch seconds."""
        return (one for watch in self._watches.values() for one in watch.incidents(wall))

    def sizes(self) -> Mapping[str, int]:
        """Count what the state holds."""
        watches = self._watches.values()
        return {
            "alerts": sum(1 for watch in watches for _ in watch.alerts()),
            "evidence": sum(watch.evidence_size() for watch in watches),
        }

    def _watch(self, metric: str) -> Watch:
        watch = self._watches.get(metric)
        if watch is None:
            zone = self._settings.calendar.zone
            asks = metric == METRIC and self._settings.customers.enabled
            partitions = self._source_partitions if asks else 0
            stakes = Stakes(partitions, zone, EVERY if self._durable else 0.0)
            watch = Watch(metric, self._series_partitions, self._settings, self._people, stakes)
            self._watches[metric] = watch
        return watch
