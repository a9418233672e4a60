"""The batching transport of Faust: one message per fetched batch, offsets kept by us.

Stock Faust hands every record through a dozen calls and commits what its agents acknowledged.
Here a message is what one fetch brought for one state, and what has been read is what the
checkpoint of the partition's state alone (see `task_manager`), so Faust's acknowledgements are
unused:

- `_drain_messages` passes whole batches on, and waits where the stock loop would spin or sleep;
- `perform_seek` goes to the positions of the loaded states, never to the group's offsets;
- `force_commit` commits the checkpoints' offsets to the group, a hint for people and tools;
- `on_partitions_revoked` flushes before the parent forgets anything.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, ClassVar, cast

from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.transport.batch import together
from streams.transport.consumer.fetching import FAUST_LOG, ConsumerThread, RebalanceListener
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aiokafka import TopicPartition
    from aiokafka.errors import KafkaError

    from streams.transport.batch import Batch, Reach
    from streams.transport.state.task_manager import TaskManager

POLL_SECONDS = 0.5


class Consumer(driver.Consumer):
    """Faust's consumer, passing batches on; see the module's text for what differs."""

    logger = FAUST_LOG
    RebalanceListener: ClassVar[Any] = RebalanceListener
    _thread: ConsumerThread

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def partitions(self) -> TaskManager:
        """Who keeps the states and their positions."""
        return cast("TaskManager", self.app.partitions)  # type: ignore[attr-defined] # our App

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                await self._flow()
                fetched = await self._thread.call_thread(self._thread.fetch, POLL_SECONDS)
                for batches in together(fetched, self.partitions.place_of):
                    await self._flow()
                    if self.partitions.accepts(batches[0]):
                        await self.wait_first(
                            self.callback(_message(batches, self.app.consumer_generation_id)),
                            self.suspend_flow.wait(),
                        )
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise
        except OffsetOutOfRangeError as error:
            self.partitions.fail("reading", _dropped(error))
            raise
        except Exception as error:
            self.partitions.fail("reading", error)
            raise

    async def _flow(self) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow.wait())

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Flush everything, then let Faust forget."""
        self.stop_flow()
        await self.partitions.on_revoked()
        await self.force_commit()
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Seek by the loaded states; called with the flow stopped, after a take-over."""
        await self.partitions.seek()

    async def force_commit(
        self,
        topics: object = None,
        start_new_transaction: bool = True,  # noqa: FBT001, FBT002 - Faust's signature
    ) -> bool:
        """Commit the offsets of the checkpoints to the group, where they moved."""
        del topics, start_new_transaction
        return await self.partitions.hint()

    async def verify_all_partitions_active(self) -> None:
        """Log nothing: see `ConsumerThread.verify_event_path`."""

    # What `TaskManager` asks of the group.

    async def seek_all(self, offsets: Mapping[TopicPartition, int], generation: int) -> int | None:
        """See `ConsumerThread.seek_all`."""
        epoch = await self._thread.call_thread(self._thread.seek_all, offsets, generation)
        return cast("int | None", epoch)

    async def seek_more(self, offsets: Mapping[TopicPartition, int], epoch: int) -> None:
        """See `ConsumerThread.seek_more`."""
        await self._thread.call_thread(self._thread.seek_more, offsets, epoch)

    async def rejoin(self) -> None:
        """See `ConsumerThread.rejoin`."""
        await self._thread.call_thread(self._thread.rejoin)

    async def group_error(self) -> KafkaError | None:
        """See `ConsumerThread.group_error`."""
        error = await self._thread.call_thread(self._thread.group_error)
        return cast("KafkaError | None", error)

    async def pause(self, tps: Collection[TopicPartition], generation: int) -> None:
        """See `ConsumerThread.pause`."""
        await self._thread.call_thread(self._thread.pause, tps, generation)

    def hold(self, tps: frozenset[TopicPartition], epoch: int) -> None:
        """See `ConsumerThread.hold`."""
        self._thread.hold(tps, epoch)

    async def commit_offsets(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Commit offsets to the group; False if the group did not take them."""
        return await self._thread.commit(cast("Mapping[TP, int]", offsets))

    def generation(self) -> int:
        """See `ConsumerThread.generation`."""
        return self._thread.generation()

    def rejoining(self) -> bool:
        """See `ConsumerThread.rejoining`."""
        return self._thread.rejoining()

    def partitions_of(self, topic: str) -> int:
        """See `ConsumerThread.partitions`."""
        return self._thread.partitions(topic)

    def reach(self, tp: TopicPartition) -> Reach | None:
        """See `ConsumerThread.reach`."""
        return self._thread.reach(tp)


def _dropped(error: OffsetOutOfRangeError) -> WorkerFailedError:
    places = ", ".join(f"{tp.topic}[{tp.partition}] at {at}" for tp, at in error.args[0].items())
    return WorkerFailedError(f"the broker has dropped what was to be read next: {places}")


def _message(batches: list[Batch], generation: int) -> ConsumerMessage:
    first, value = batches[0], cast("Any", batches)
    return ConsumerMessage(
        first.topic,
        first.partition,
        first.end - 1,
        time.time(),
        0,
        None,
        None,
        value,
        None,
        tp=TP(first.topic, first.partition),
        generation_id=generation,
    )


class Transport(driver.Transport):
    """The aiokafka driver with our consumer."""

    Consumer: ClassVar[Any] = Consumer
