"""All partitions of this worker: taking over, flushing, handing on.

Taking over, in this order (the numbers stand in `take_over`):
1. the flow is stopped; the assignment is that of the current generation; all topics of a stage
   have the same partitions here;
2. partitions that went to others are let go; those that stayed keep their state;
3. a transactional writer is started for each new one: this fences the former owner;
4. the changelogs are read, as committed, to their end;
5. the generation is checked again; states are restored;
6. (`seek`) reading goes on from each marker's offsets, or from where a kept state is.

A flush: encode changes and marker with no await in between, write them in one transaction,
advance the marker, tell the group. If we were fenced, or the broker did not answer for long, the
state is dropped and the partitions are asked for anew; anything else that fails stops the worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aiokafka import TopicPartition

from streams.transport import marker as markers
from streams.transport.fetching import slices
from streams.transport.loader import Loader, SupersededError
from streams.transport.table import Table
from streams.transport.writer import Writer, passing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from streams.core.stage import Flush, Stage
    from streams.settings import Settings
    from streams.transport.fetching import Batch, Reach
    from streams.transport.marker import Marker
    from streams.transport.spec import StageSpec

log = logging.getLogger(__name__)

Place = tuple[str, int]
"""Stage name and partition."""

MOST_LOSSES = 10
"""Times in a row that we may lose partitions without one flush in between."""


class WorkerFailedError(Exception):
    """The worker must stop; nothing that the cause touched has been committed."""


class Group(Protocol):
    """What is asked of the consumer; see `batching.Consumer`."""

    def assignment(self) -> Collection[TopicPartition]: ...  # noqa: D102
    def generation(self) -> int: ...  # noqa: D102
    def rejoining(self) -> bool: ...  # noqa: D102
    def reach(self, tp: TopicPartition) -> Reach | None: ...  # noqa: D102
    async def rejoin(self) -> None: ...  # noqa: D102
    async def tell(self, offsets: Mapping[TopicPartition, int]) -> bool: ...  # noqa: D102
    async def seek_all(  # noqa: D102
        self, offsets: Mapping[TopicPartition, int], generation: int
    ) -> int | None: ...


class FlushTime(NamedTuple):
    """How many flushes a stage has made since the worker started, and the seconds they took."""

    flushes: int
    seconds: float


class Partitions:
    """Keeps a `Table` for every stage partition that this worker owns.

    `counts` has the partition count of every topic. All methods run on the main event loop.
    """

    def __init__(
        self, settings: Settings, specs: Sequence[StageSpec], counts: Mapping[str, int]
    ) -> None:
        self._settings = settings
        self._specs = {spec.name: spec for spec in specs}
        self._stage_of = {topic: spec.name for spec in specs for topic in spec.topics}
        self._counts = counts
        self._tables: dict[Place, Table] = {}
        self._group: Group | None = None
        self._epoch: int | None = None  # that of the last seek; None while nothing may be taken
        self._revoking = False
        self._moving = asyncio.Lock()
        self._told: dict[TopicPartition, int] = {}
        self._losses = 0
        self._generation = -1  # that of the last completed take-over
        self._costs = {spec.name: FlushTime(0, 0.0) for spec in specs}
        self.recovered = False
        self.failure: asyncio.Future[WorkerFailedError] = asyncio.Future()

    def join(self, group: Group) -> None:
        """Say through whom this worker is a member of the consumer group."""
        self._group = group

    # --- what telemetry reads -----------------------------------------------------------------

    @property
    def stages(self) -> Mapping[Place, Stage]:
        """The loaded states."""
        return {place: table.stage for place, table in self._tables.items()}

    def flushes(self) -> Mapping[str, FlushTime]:
        """Sum up the flushes by stage name."""
        return self._costs

    @property
    def active(self) -> bool:
        """Tell whether records are being taken: assigned, loaded and not rebalancing."""
        return self._epoch is not None and not self.failure.done()

    def lag(self) -> dict[tuple[str, int], int]:
        """Count the offsets not yet taken, by topic and partition, as far as is known."""
        lags = {}
        for table, tp in self._inputs():
            reach = self._reach(tp)
            if reach is not None:
                lags[tp.topic, tp.partition] = self._behind(table, tp, reach)
        return lags

    def taken(self) -> dict[tuple[str, int], int]:
        """Give the next offset to take, by topic and partition."""
        return {(tp.topic, tp.partition): t.position[tp.topic] for t, tp in self._inputs()}

    # --- taking records -------------------------------------------------------------------------

    def accepts(self, batch: Batch) -> bool:
        """Tell whether a batch was drained after the last seek and belongs to a loaded state."""
        return (
            batch.epoch == self._epoch
            and not self.failure.done()
            and (self._stage_of[batch.topic], batch.partition) in self._tables
        )

    async def take(self, batch: Batch) -> None:
        """Hand a batch to its state, waiting while that has too much unwritten."""
        for part in slices(batch):
            if not self.accepts(part):
                return  # the next seek brings the rest again
            table = self._tables[self._stage_of[part.topic], part.partition]
            try:
                table.take(part, time.time())
            except Exception as error:  # noqa: BLE001
                first, last = part.records[0].offset, part.records[-1].offset
                self.fail(f"{table.name}, {part.topic} offsets {first} to {last}", error)
                return
            await self._room(table)
            await asyncio.sleep(0)  # others may want the loop

    async def _room(self, table: Table) -> None:
        limit = self._settings.worker.flush_keys
        while self._owned(table) and self.active and table.stage.pending() >= limit:
            await asyncio.wait({table.flushing or self._flush(table)})

    def tick(self) -> None:
        """Let the states do their clock work."""
        if not self.active or self._revoking:
            return
        wall = time.time()
        for table in list(self._tables.values()):
            try:
                table.stage.tick(wall, self._caught_up(table))
            except Exception as error:  # noqa: BLE001
                self.fail(f"{table.name}, clock work", error)
                return

    def _caught_up(self, table: Table) -> list[str]:
        return [
            topic
            for topic in table.spec.topics
            if (reach := self._reach(tp := TopicPartition(topic, table.partition)))
            and self._behind(table, tp, reach) == 0
        ]

    def _reach(self, tp: TopicPartition) -> Reach | None:
        return self._group.reach(tp) if self._group and self.active else None

    @staticmethod
    def _behind(table: Table, tp: TopicPartition, reach: Reach) -> int:
        taken = table.position[tp.topic]
        # Behind the last record there may be control records only: the position counts those.
        at = reach.position if taken == reach.handed else taken
        return max(0, reach.end - at)

    # --- flushing -------------------------------------------------------------------------------

    def flush_due(self) -> None:
        """Start a flush wherever there is something to write and none is under way."""
        if self._revoking or self.failure.done():
            return
        for table in list(self._tables.values()):
            if table.flushing is None and table.dirty():
                self._flush(table)

    def _flush(self, table: Table) -> asyncio.Task[None]:
        wall = time.time()
        try:
            flush, marker = table.encode(wall)
        except Exception as error:  # noqa: BLE001
            self.fail(f"{table.name}, encoding flush {table.marker.flush + 1}", error)
            return asyncio.create_task(asyncio.sleep(0))
        table.flushing = asyncio.create_task(self._commit(table, flush, marker, wall))
        return table.flushing

    async def _commit(self, table: Table, flush: Flush, marker: Marker, wall: float) -> None:
        begun = time.perf_counter()
        try:
            await table.commit(flush, marker, wall)
        except Exception as error:  # noqa: BLE001
            if passing(error):
                await self._lose(table, error)
            else:
                self.fail(f"{table.name}, writing flush {marker.flush}", error)
        else:
            self._losses = 0
            count, seconds = self._costs[table.spec.name]
            spent = time.perf_counter() - begun
            self._costs[table.spec.name] = FlushTime(count + 1, seconds + spent)
        finally:
            table.flushing = None

    async def _lose(self, table: Table, error: BaseException) -> None:
        log.warning("%s: not ours any more (%r); dropping its state", table.name, error)
        if self._owned(table):
            del self._tables[table.spec.name, table.partition]
        await _close([table.writer])
        await self._again(table.name, error)

    async def _again(self, origin: str, error: BaseException) -> None:
        self._losses += 1
        if self._losses > MOST_LOSSES:
            self.fail(f"{origin}, {MOST_LOSSES} times in a row", error)
        elif self._group and not self._revoking:
            await self._group.rejoin()

    async def _flush_all(self) -> None:
        tables = list(self._tables.values())
        if under_way := {t.flushing for t in tables if t.flushing}:
            await asyncio.wait(under_way)
        if self.failure.done():
            return
        if last := {self._flush(t) for t in tables if self._owned(t) and t.dirty()}:
            await asyncio.wait(last)

    def _owned(self, table: Table) -> bool:
        return self._tables.get((table.spec.name, table.partition)) is table

    async def hint(self) -> bool:
        """Tell the group where the markers are; failing does no harm."""
        offsets = {
            tp: table.marker.offsets[tp.topic]
            for table, tp in self._inputs()
            if table.marker.offsets.get(tp.topic) not in (None, self._told.get(tp))
        }
        if not offsets or self._group is None or not await self._group.tell(offsets):
            return False
        self._told.update(offsets)
        return True

    def _inputs(self) -> Iterator[tuple[Table, TopicPartition]]:
        for table in list(self._tables.values()):
            for topic in table.spec.topics:
                yield table, TopicPartition(topic, table.partition)

    # --- handing on and taking over -------------------------------------------------------------

    async def on_revoked(self) -> None:
        """Take no more, flush everything; returns when others may take over."""
        self._epoch = None
        self._revoking = True  # makes a take-over under way give up
        async with self._moving:
            await self._flush_all()
            self._told.clear()
            self._revoking = False

    async def take_over(self, generation: int) -> None:
        """Load what this generation gave us and let go of the rest."""
        async with self._moving:
            try:
                await self._take_over(generation)
            except SupersededError:
                log.info("take-over of generation %d given up: the group moved on", generation)
            except Exception as error:  # noqa: BLE001
                if passing(error):
                    log.warning("take-over of generation %d failed: %r", generation, error)
                    await self._again("taking partitions over", error)
                else:
                    self.fail("taking partitions over", error)

    async def _take_over(self, generation: int) -> None:
        group = self._group
        assert group is not None  # noqa: S101
        self._check_current(generation)  # 1
        wanted = self._wanted(group.assignment())
        # After a generation that we missed, others may have written: what we hold is too old.
        kept = wanted if generation - self._generation in (0, 1) else set()
        gone = [self._tables.pop(place) for place in set(self._tables) - kept]  # 2
        await _close(table.writer for table in gone)
        if new := sorted(wanted - set(self._tables)):
            self._tables.update(await self._load(new, generation))
        self._generation = generation

    async def _load(self, new: Sequence[Place], generation: int) -> dict[Place, Table]:
        writers = {place: self._writer(place) for place in new}
        begun = time.perf_counter()
        try:
            async with Loader(self._settings.kafka) as loader:
                await asyncio.gather(*(writer.start() for writer in writers.values()))  # 3
                self._check_current(generation)
                changelogs = {self._changelog(place): place for place in new}
                rows = await loader.load(  # 4
                    changelogs, lambda: not self._current(generation)
                )
                inputs = [
                    TopicPartition(topic, partition)
                    for name, partition in new
                    for topic in self._specs[name].topics
                ]
                starts = await loader.beginnings(inputs)
            self._check_current(generation)  # 5
            tables = {
                place: self._restore(place, rows[tp], starts, writers[place])
                for tp, place in changelogs.items()
            }
        except BaseException:
            await _close(writers.values())
            raise
        log.info(
            "took over %s: %d rows in %.1f s",
            ", ".join(table.name for table in tables.values()),
            sum(map(len, rows.values())),
            time.perf_counter() - begun,
        )
        return tables

    def _current(self, generation: int) -> bool:
        group = self._group
        return (
            group is not None
            and not self._revoking
            and not self.failure.done()
            and group.generation() == generation
            and not group.rejoining()
        )

    def _check_current(self, generation: int) -> None:
        if not self._current(generation):
            raise SupersededError

    def _wanted(self, assignment: Collection[TopicPartition]) -> set[Place]:
        by_topic: dict[str, set[int]] = defaultdict(set)
        for tp in assignment:
            by_topic[tp.topic].add(tp.partition)
        wanted: set[Place] = set()
        for spec in self._specs.values():
            first = by_topic[spec.topics[0]]
            for topic in spec.topics[1:]:
                if by_topic[topic] != first:
                    raise WorkerFailedError(
                        f"stage {spec.name!r} was given partitions {sorted(first)} of "
                        f"{spec.topics[0]} but {sorted(by_topic[topic])} of {topic}: another "
                        "worker of this group reads other topics. Run the same version and "
                        "settings on every host"
                    )
            wanted |= {(spec.name, partition) for partition in first}
        return wanted

    def _writer(self, place: Place) -> Writer:
        name, partition = place
        app_id = self._settings.worker.app_id
        return Writer(
            self._settings.kafka,
            self._specs[name].transactional_id(app_id, partition),
            self._changelog(place),
            self._counts,
        )

    def _changelog(self, place: Place) -> TopicPartition:
        name, partition = place
        changelog = self._specs[name].changelog(self._settings.worker.app_id)
        return TopicPartition(changelog, partition)

    def _restore(
        self,
        place: Place,
        rows: dict[bytes, bytes],
        starts: Mapping[TopicPartition, int],
        writer: Writer,
    ) -> Table:
        name, partition = place
        spec = self._specs[name]
        marker = markers.read(rows.pop(markers.KEY, None), spec, partition, self._counts)
        position = {}
        for topic in spec.topics:
            start = starts[TopicPartition(topic, partition)]
            position[topic] = marker.offsets.get(topic, start)
            if position[topic] < start:
                raise WorkerFailedError(
                    f"{topic}[{partition}]: the broker has dropped offsets {position[topic]} to "
                    f"{start - 1} before they were read; its retention is too short"
                )
        stage = spec.factory(partition)
        stage.restore(rows)
        return Table(spec, partition, stage, writer, marker, position)

    async def seek(self) -> None:
        """Go to where the loaded states are, and take what comes from there on."""  # 6
        group = self._group
        if group is None or not self._current(self._generation):
            return
        assignment = group.assignment()
        offsets = {tp: table.position[tp.topic] for table, tp in self._inputs() if tp in assignment}
        epoch = await group.seek_all(offsets, self._generation)
        if epoch is not None and not self._revoking:
            self._epoch = epoch
            self.recovered = True

    # --- the end ----------------------------------------------------------------------------------

    def fail(self, origin: str, error: BaseException) -> None:
        """Stop the worker: from now on nothing is taken, flushed or committed."""
        if self.failure.done():
            return
        self._epoch = None
        told = isinstance(error, (WorkerFailedError, markers.StateRefusedError))
        log.critical("stopping: %s: %s", origin, error, exc_info=None if told else error)
        self.failure.set_result(WorkerFailedError(f"{origin}: {error}"))

    async def close(self) -> None:
        """Flush what there is and let go of everything."""
        self._epoch = None
        self._revoking = True
        async with self._moving:
            if not self.failure.done():
                await self._flush_all()
                await self.hint()
            tables, self._tables = self._tables, {}
            await _close(table.writer for table in tables.values())


async def _close(writers: Iterable[Writer]) -> None:
    results = await asyncio.gather(*(writer.stop() for writer in writers), return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            log.debug("closing a writer: %r", result)
