"""The consumer's thread: fetches, seeks and keeps the membership while the main loop computes.

An epoch orders fetches and seeks: it rises in this thread with every seek and every revocation,
and every batch carries the epoch in which it was drained. Only batches of the epoch of the last
completed seek count (see `task_manager`). So a fetch that spans a rebalance loses nothing and
doubles nothing, whichever side of the seek it was drained on.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
)
from faust.transport.drivers import aiokafka as driver

from streams.transport.batch import Batch, Reach
from streams.transport.client.connection import connection
from streams.transport.client.lean_records import LeanBuffer
from streams.transport.client.paced_fetcher import MUCH, PacedFetcher
from streams.transport.consumer.membership import Membership

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from faust.types import TP

    from streams.core.stage import Record
    from streams.settings import Settings

log = logging.getLogger(__name__)

FAUST_LOG = logging.getLogger("faust.groundswell")
"""For what Faust says about itself through our classes, so that it stays as quiet as Faust."""

PARTITION_FETCH_BYTES = 1 << 20
BATCH_RECORDS = 2_000
"""Records of one partition that are handed on at once."""

MAX_POLL_SECONDS = 600
REBALANCE_SECONDS = 60


class Hold(NamedTuple):
    """Partitions of which nothing is to be fetched for now; it holds in the epoch it was set in."""

    epoch: int
    tps: frozenset[TopicPartition]


class RebalanceListener(driver.ConsumerRebalanceListener):
    """Marks the epochs in the consumer's own thread, before anybody else knows of a rebalance."""

    _thread: ConsumerThread

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> Any:
        """End the epoch at once: what is drained from now on is read again after the seek."""
        self._thread.end_epoch()
        return super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Fetch nothing until `seek_all`: from the group's offsets it would be for nothing."""
        self._thread.aiokafka.pause(*assigned)
        await super().on_partitions_assigned(assigned)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, draining whole batches."""

    logger = FAUST_LOG

    def __post_init__(self) -> None:
        super().__post_init__()
        self.epoch = 0
        self._hold = Hold(-1, frozenset())  # set by the main thread, replaced whole
        self._held: frozenset[TopicPartition] = frozenset()
        self._let_go: frozenset[TopicPartition] = frozenset()  # paused until the next seek
        self._handed: dict[TopicPartition, int] = {}
        self._membership: Membership | None = None

    async def on_start(self) -> None:
        """Connect; the fetcher, which has fetched nothing yet, gets our pace and our buffer."""
        await super().on_start()
        self.aiokafka._fetcher.__class__ = PacedFetcher
        self.aiokafka._fetcher._records = LeanBuffer()
        name = self._settings.worker.instance
        if name is not None:
            self._membership = Membership(self.aiokafka._coordinator, name)

    async def stop(self) -> None:
        """Stop, unless it has ended by itself: then there is nothing left that could."""
        if not self.thread_loop.is_closed():
            await super().stop()

    def end_epoch(self) -> None:
        """Begin another epoch; called in this thread."""
        self.epoch += 1

    def hold(self, tps: frozenset[TopicPartition], epoch: int) -> None:
        """Fetch nothing of these, and of these alone, until the next call or the next seek."""
        self._hold = Hold(epoch, tps)

    @property
    def _settings(self) -> Settings:
        return cast("Settings", self.app.settings)  # type: ignore[attr-defined] # our App

    @property
    def aiokafka(self) -> AIOKafkaConsumer:
        """The aiokafka consumer, which must have been started."""
        return self._ensure_consumer()

    def _create_worker_consumer(self, transport: object) -> AIOKafkaConsumer:
        del transport
        settings = self._settings
        session = int(settings.kafka.session_timeout * 1000)
        # Faust would fall back to round robin without tasks: topics would not stay together.
        self._assignor = self.app.assignor
        return AIOKafkaConsumer(
            **connection(settings.kafka),
            group_id=settings.worker.app_id,
            group_instance_id=settings.worker.instance,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="none",  # an offset that is gone must be an error, not skipped
            isolation_level="read_committed",
            check_crcs=settings.kafka.check_crcs,
            fetch_min_bytes=MUCH,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            max_poll_interval_ms=MAX_POLL_SECONDS * 1000,
            session_timeout_ms=session,
            heartbeat_interval_ms=max(session // 10, 100),
            rebalance_timeout_ms=REBALANCE_SECONDS * 1000,
        )

    # These run in the thread, called through `call_thread`.

    async def fetch(self, seconds: float) -> list[Batch]:
        """Drain what has been fetched, waiting up to `seconds` for the first records.

        Raises:
            ConsumerStoppedError: the worker is leaving.
            aiokafka.errors.OffsetOutOfRangeError: the broker has dropped what is to be read.
        """
        if not self.consumer.flow_active:
            return []
        fetcher = self.aiokafka._fetcher
        if self.aiokafka._closed or fetcher._closed:
            raise ConsumerStoppedError
        self._keep_back()
        batches: list[Batch] = []
        with fetcher._subscriptions.fetch_context():
            try:
                await self._drain(batches, [], seconds)
                # A little of every partition: one that runs ahead of the others in event time
                # makes the stages behind hold its cells open.
                seen = {(batch.topic, batch.partition) for batch in batches}
                for tp in [tp for tp in fetcher._records if tp not in seen]:
                    if self.aiokafka._subscription.reassignment_in_progress:
                        break
                    await self._drain(batches, [tp], 0)
            except NoOffsetForPartitionError:
                pass  # before the first seek: the offset to read from comes from the checkpoint
            except KafkaError as error:
                if self._membership and self._membership.taken:
                    raise self._membership.error(error) from error
                raise
        return batches

    def _keep_back(self) -> None:
        """Pause what is to be held, and resume what was and is not any more."""
        epoch, tps = self._hold
        tps -= self._let_go
        if epoch != self.epoch or tps == self._held:
            return
        with contextlib.suppress(IllegalStateError):
            self.aiokafka.resume(*self._held - tps)
            self.aiokafka.pause(*tps - self._held)
            self._held = tps

    async def _drain(self, batches: list[Batch], tps: list[TopicPartition], seconds: float) -> None:
        drained = await self.aiokafka._fetcher.fetched_records(tps, seconds, BATCH_RECORDS)
        # No await between the drain and this: epoch and position are those of the drain.
        batches += [self._batch(tp, records) for tp, records in drained.items()]

    def _batch(self, tp: TopicPartition, records: list[Record]) -> Batch:
        start, end = self._handed.get(tp, -1), self._state(tp).position
        self._handed[tp] = end
        return Batch(
            tp.topic,
            tp.partition,
            start,
            end,
            self.epoch,
            records,
        )

    async def seek_all(self, offsets: Mapping[TopicPartition, int], generation: int) -> int | None:
        """Go to these offsets and fetch from there; returns the new epoch.

        None if the assignment is no longer that of `generation`: a rebalance is under way.
        """
        consumer = self.aiokafka
        if consumer._subscription.reassignment_in_progress or self.generation() != generation:
            return None
        self._handed.clear()
        self._held = self._let_go = frozenset()
        try:
            for tp, offset in offsets.items():
                consumer.seek(tp, offset)
                consumer.resume(tp)
                self._handed[tp] = offset
        except IllegalStateError:
            return None
        self.end_epoch()
        return self.epoch

    async def seek_more(self, offsets: Mapping[TopicPartition, int], epoch: int) -> None:
        """Fetch from these offsets too, of which the last `seek_all` knew nothing.

        Nothing happens where that is of another epoch: the next `seek_all` has to name them.
        """
        if self.epoch != epoch:
            return
        with contextlib.suppress(IllegalStateError):
            for tp, offset in offsets.items():
                self.aiokafka.seek(tp, offset)
                self.aiokafka.resume(tp)
                self._handed[tp] = offset

    async def rejoin(self) -> None:
        """Ask for the partitions anew, as if the group had changed."""
        self.aiokafka._coordinator.request_rejoin()

    async def group_error(self) -> KafkaError | None:
        """Give what keeps us out of the group, once: aiokafka does not go on until it is asked."""
        coordinator = self._consumer and self._consumer._coordinator
        try:
            if coordinator:
                coordinator.check_errors()
        except KafkaError as error:
            return self._membership.error(error) if self._membership else error
        return None

    async def pause(self, tps: Collection[TopicPartition], generation: int) -> None:
        """Fetch nothing of these until the next `seek_all` that names them."""
        if self.generation() != generation:
            return  # the next assignment comes paused, and is sought anew
        self._let_go |= frozenset(tps)
        self._held -= self._let_go
        with contextlib.suppress(IllegalStateError):
            self.aiokafka.pause(*tps)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        try:
            await self.aiokafka.commit(dict(offsets))
        except (KafkaError, ValueError) as error:
            # Only a hint: the checkpoint is what a take-over goes by.
            log.debug("offsets not committed to the group: %r", error)
            return False
        return True

    # These are read from the main thread: single values, each replaced whole.

    def generation(self) -> int:
        """Return the group generation this member believes in; -1 between two."""
        return cast("int", self.aiokafka._coordinator.generation)

    def rejoining(self) -> bool:
        """Return whether the coordinator has called for a new generation."""
        return cast("bool", self.aiokafka._coordinator._rejoin_needed_fut.done())

    def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has, as the client knows; 0 if it knows nothing."""
        cluster = self._consumer and self._consumer._client.cluster
        return len((cluster and cluster.partitions_for_topic(topic)) or ())

    def reach(self, tp: TopicPartition) -> Reach | None:
        """Return how far a partition has been read; None until a fetch has answered."""
        state = self._state(tp)
        if state is None or state.highwater is None or not state.has_valid_position:
            return None
        stable = state.lso
        end = state.highwater if stable is None or stable < 0 else stable
        return Reach(state.position, end, self._handed.get(tp, -1), state.timestamp / 1000)

    def _state(self, tp: TopicPartition) -> Any:
        subscription = self.aiokafka._subscription.subscription
        assignment = subscription and subscription.assignment
        return assignment and assignment.state_value(tp)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Log nothing: /readyz shows whether partitions advance."""
