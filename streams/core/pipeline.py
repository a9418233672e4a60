"""The stages joined in one process: a replay without a broker, and what tests compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from streams.core.aggregate.with_periods import aggregate_class
from streams.core.alerts.stage import AlertsStage
from streams.core.catalogue import TOPICS
from streams.core.ingest.told_clocks import LEAP
from streams.core.ingest.with_customers import IngestStageWithCustomers, ingest_stage
from streams.core.messages import EXCHANGE, PARTIALS, SIGNALS
from streams.core.stage import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from streams.core.config import Config
    from streams.core.event_time.buckets import Grain
    from streams.core.stage import Send

MAX_PENDING: Final = 100_000
"""Changed keys that make the ingest stage hand on what it has."""

SPAN: Final = LEAP // 2
"""Seconds of event time that a batch is to be of at most where customers are kept: their clock
stands until what they do to each other has come in."""


class ReadsSends(Protocol):
    """Whoever reads what the stages before it send, flush by flush."""

    def process(self, sends: Iterable[Send], wall: float) -> Iterator[Send]:
        """Process what is sent in one flush; yield what is to be published."""


class Alerts:
    """The stage of alerts and incidents, with one partition: the last of a pipeline."""

    def __init__(self, settings: Config) -> None:
        self._stage = AlertsStage(1, 1, settings, durable=False)
        self._flushes = 0

    def process(self, sends: Iterable[Send], wall: float) -> Iterator[Send]:
        """Process the signals of one flush; yield what is to be published."""
        self._flushes += 1
        for send in sends:
            self._stage.process(SIGNALS, [Record(0, send.key, send.value)], wall)
        yield from self._stage.flush(self._flushes, wall).sends


class Downstream:
    """What comes after the ingest stage, with one partition a stage: aggregate and alerts.

    `grains` are the buckets to be published, `rolling` whether windows are. `alerts` reads the
    signals; by default the stage itself, here and now.
    """

    def __init__(
        self,
        settings: Config,
        alerts: ReadsSends | None = None,
        *,
        grains: Collection[Grain] = (),
        rolling: bool = False,
    ) -> None:
        self.series = aggregate_class(0, 1, settings)(
            0,
            1,
            settings,
            durable=False,
            grains=grains,
            rolling=rolling,
            provisional_interval=0,
        )
        self._alerts = alerts or Alerts(settings)
        self._flushes = 0

    def process(self, sends: Iterable[Send], wall: float) -> Iterator[Send]:
        """Process what one flush of the ingest stage sends; yield what is to be published."""
        self._flushes += 1
        signals: list[Send] = []
        for send in sends:
            if send.topic == PARTIALS:
                self.series.process(PARTIALS, [Record(0, send.key, send.value)], wall)
            elif send.topic == SIGNALS:
                signals.append(send)
            else:
                yield send
        for send in self.series.flush(self._flushes, wall).sends:
            if send.topic == SIGNALS:
                signals.append(send)
            else:
                yield send
        yield from self._alerts.process(signals, wall)


class Pipeline:
    """Every stage with one partition, each flush handed to the next stage at once.

    What comes out is what a worker would publish, but for the rows that only a live system needs.
    `downstream` reads what the ingest stage sends; by default the other stages, here and now.
    """

    def __init__(self, settings: Config, downstream: ReadsSends | None = None) -> None:
        self.fold = ingest_stage(0, 1, settings, durable=False)
        self._downstream = downstream or Downstream(settings)
        self._settings = settings
        self._flushes = 0

    def process(self, topic: str, records: Sequence[Record], wall: float) -> Iterator[Send]:
        """Process a batch of one source topic, in offset order; yield what is to be published."""
        self.fold.process(topic, records, wall)
        waits = isinstance(self.fold, IngestStageWithCustomers) and self.fold.clock.held
        if waits or self.fold.pending() >= MAX_PENDING:
            yield from self._drain(wall)

    @property
    def span(self) -> int | None:
        """Seconds of event time that a batch is to be of at most; None: any."""
        return SPAN if self._settings.customers.enabled else None

    def end(self, topics: Collection[str], wall: float) -> Iterator[Send]:
        """Note that nothing more comes of some topics; yield what is to be published.

        Where customers are kept nobody waits for them any more.
        """
        if self._settings.customers.enabled:
            self._wait_no_more(topics, wall)
            yield from self._drain(wall)

    def finish(self, wall: float) -> Iterator[Send]:
        """Hand on what is left; yield what is to be published."""
        yield from self._drain(wall)
        if self._settings.detect.rate or self._settings.customers.enabled:
            self._wait_no_more(TOPICS, wall)
            yield from self._drain(wall)
        if self._settings.customers.enabled:
            yield from self._drain(wall)  # who works in another process asks a flush later

    def _wait_no_more(self, topics: Collection[str], wall: float) -> None:
        for later in (wall, wall + self._settings.tables.idle_timeout + 1.0):
            self.fold.tick(later, topics)

    def _drain(self, wall: float) -> Iterator[Send]:
        told: list[Record] = []
        while True:
            self._flushes += 1
            sends = self.fold.flush(self._flushes, wall).sends
            rest = list(_put_by(sends, told))
            yield from _put_by(self._downstream.process(rest, wall), told)
            if told:
                self.fold.process(EXCHANGE, told, wall)
                told = []
            elif isinstance(self.fold, IngestStageWithCustomers) and self.fold.clock.held:
                self.fold.tick(wall, ())
            else:
                return


def _put_by(sends: Iterable[Send], told: list[Record]) -> Iterator[Send]:
    """Yield all but what goes to the customers of source partitions, which is put by."""
    for send in sends:
        if send.topic == EXCHANGE:
            told.append(Record(0, send.key, send.value))
        else:
            yield send
