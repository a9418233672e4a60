"""The Faust app that drives the stages: one agent a stage, one event loop for all of them."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, cast

import faust
from faust.agents import Agent
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from mode.supervisors import CrashingSupervisor

from streams.transport.batch import Batch
from streams.transport.consumer.batching import Consumer, Transport
from streams.transport.consumer.fetching import FAUST_LOG
from streams.transport.failure import passing
from streams.transport.state.restore import grown
from streams.transport.state.task_manager import TaskManager
from streams.worker import memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiokafka.errors import KafkaError
    from faust.types import StreamT

    from streams.settings import Settings
    from streams.transport.spec import StageSpec

BUFFERED = 8
"""Messages waiting for one agent; more would only cost memory."""


class PassThrough(faust.Schema[None, list[Batch]]):
    """Hands batches on as they are: stages decode for themselves."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Give the function that makes an event of a message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            del propagate
            return app.create_event(None, message.value, message.headers, message)

        return decode


class NoTables(TableManager):
    """Faust's keeper of tables, of which there are none: it need not wait for any."""

    logger = FAUST_LOG

    async def on_start(self) -> None:
        """Start without the second that Faust leaves for tables to be declared."""
        await self._update_channels()
        await self.recovery.start()


class Boot(BootStrategy):
    """Starts neither Faust's producer (ours are transactional) nor its web server."""

    enable_kafka_producer = False
    enable_web = False


class App(faust.App):
    """A Faust app with our transport; `partitions` keeps the states.

    `away` is set if the broker went away before any partition was taken over: another app can be
    made then, as if this one had not been.
    """

    logger = FAUST_LOG
    BootStrategy = Boot

    def __init__(
        self, settings: Settings, partitions: TaskManager, counts: Mapping[str, int]
    ) -> None:
        self.settings = settings
        self.partitions = partitions
        self._counts = counts
        self.away: asyncio.Future[BaseException] = asyncio.Future()
        self._main = asyncio.get_running_loop()
        super().__init__(
            settings.worker.app_id,
            broker="kafka://" + settings.kafka.brokers.replace(",", ";kafka://"),
            canonical_url=f"http://{_host(settings.worker.instance)}",
            autodiscover=False,
            broker_commit_interval=1.0,
            broker_session_timeout=settings.kafka.session_timeout,
            broker_request_timeout=max(90.0, settings.kafka.session_timeout),
            TableManager=NoTables,
            store="memory://",
            stream_buffer_maxsize=BUFFERED,
            stream_recovery_delay=0.0,
            stream_wait_empty=False,
            table_standby_replicas=0,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
        )

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    async def crash(self, reason: BaseException) -> None:
        """Stop the worker when a part of Faust breaks; may be called in any thread."""
        self._main.call_soon_threadsafe(self.broke, "Faust", reason)
        await super().crash(reason)

    def broke(self, origin: str, reason: BaseException) -> None:
        """Note what broke: a worker that has touched nothing yet can wait for its broker."""
        if self.partitions.recovered or not passing(reason):
            self.partitions.fail(origin, reason)
        elif not self.away.done():
            self.away.set_result(reason)

    async def group_error(self) -> KafkaError | None:
        """Give what keeps us out of the group, once; see `GroupWatch`."""
        return await cast("Consumer", self.consumer).group_error() if self.started else None

    def look_at_topics(self) -> None:
        """Stop where a topic was given more partitions than it had when we started.

        A rebalance would find out; but where members have names, there need not be one.
        """
        consumer = cast("Consumer", self.consumer) if self.started else None
        for topic, count in self._counts.items() if consumer else ():
            if consumer and consumer.partitions_of(topic) > count:
                self.partitions.fail("looking at the topics", grown(topic, count))

    def _create_directories(self) -> None:
        """Make none: all state is in Kafka."""


def _host(instance: str | None) -> str:
    """Return a host name for Faust, which it only compares: workers of one host must differ.

    Its assignments name the worker; so whoever comes back under a name must have the same.
    """
    return (uuid.uuid4() if instance is None else uuid.uuid5(uuid.NAMESPACE_DNS, instance)).hex


def build(settings: Settings, specs: Sequence[StageSpec], counts: Mapping[str, int]) -> App:
    """Make the app; must be called on the event loop that will run it.

    `counts` has the partition count of every topic.
    """
    partitions = TaskManager(settings, specs, counts)
    app = App(settings, partitions, counts)
    for spec in specs:
        _attach(app, spec)

    async def take_over(*_: object, **__: object) -> None:
        consumer = cast("Consumer", app.consumer)
        consumer.stop_flow()
        partitions.join(consumer)
        await partitions.take_over(consumer.generation())
        await asyncio.to_thread(memory.give_back)  # what was read of changelogs

    app.on_rebalance_complete.connect(take_over, weak=False)
    return app


def _attach(app: App, spec: StageSpec) -> None:
    async def drive(messages: StreamT[list[Batch]]) -> None:
        async for batches in messages:
            await app.partitions.process(batches)

    # `app.agent` would look through all modules, for a scanner that nobody runs: 15 ms a stage.
    app.agents[spec.name] = Agent(
        drive,
        app=app,
        name=spec.name,
        channel=app.topic(*spec.topics, schema=PassThrough(), acks=False),
        supervisor_strategy=CrashingSupervisor,
        on_error=app._on_agent_error,  # noqa: SLF001 - as `app.agent` does
    )
