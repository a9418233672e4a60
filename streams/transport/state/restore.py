"""Taking partitions over: fence, load, restore. The whole order stands in `task_manager`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from streams.core.changelog import UnreadableStateError
from streams.transport.failure import StateRefusedError, SupersededError, WorkerFailedError
from streams.transport.state import checkpoint as checkpoints
from streams.transport.state.changelog_reader import Changelog, ChangelogReader
from streams.transport.state.epochs import Outcome
from streams.transport.state.partition_task import PartitionTask
from streams.transport.state.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from streams.settings import Settings
    from streams.transport.spec import StageSpec
    from streams.transport.state.changelog_reader import Rows
    from streams.transport.state.checkpoint import Checkpoint

log = logging.getLogger(__name__)

Place = tuple[str, int]
"""Stage name and partition."""


class Restorer:
    """Makes the tasks of partitions that this worker has been given.

    `counts` has the partition count of every topic. `guards` counts, by stage and outcome, how
    often a writer wanted a new epoch against a late commit.
    """

    def __init__(
        self, settings: Settings, specs: Mapping[str, StageSpec], counts: Mapping[str, int]
    ) -> None:
        self._settings = settings
        self._specs = specs
        self._counts = counts
        self.guards: dict[tuple[str, str], int] = dict.fromkeys(product(specs, Outcome), 0)

    def places(self, assignment: Collection[TopicPartition]) -> set[Place]:
        """Return which tasks an assignment asks for.

        Raises:
            StateRefusedError: a topic has more partitions than when this worker started.
            WorkerFailedError: the topics of a stage were not given together.
        """
        by_topic: dict[str, set[int]] = defaultdict(set)
        for tp in assignment:
            if tp.partition >= self._counts[tp.topic]:
                raise grown(tp.topic, self._counts[tp.topic])
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

    async def load(
        self, places: Sequence[Place], current: Callable[[], bool]
    ) -> deque[tuple[PartitionTask, Rows]]:
        """Fence the former owners and read the changelogs: tasks, and what to restore.

        Raises:
            SupersededError: `current` said that the group has moved on.
            WorkerFailedError: a state cannot be taken over.
            aiokafka.errors.KafkaError: the broker did not do it; see `writer.passing`.
        """
        begun = time.perf_counter()
        log.info("taking over %s", ", ".join(f"{name}[{number}]" for name, number in places))
        writers = {place: self._writer(place) for place in places}
        changelogs = {self._changelog(place): place for place in places}
        inputs = self._inputs(places)
        topics = {tp.topic for tp in (*changelogs, *inputs)}
        try:
            async with ChangelogReader(self._settings.kafka, topics) as loader:
                starts, *_ = await asyncio.gather(
                    loader.beginnings(inputs), *(writer.start() for writer in writers.values())
                )
                _check(current())  # a rightful owner may have started in the meantime
                found = await loader.load(changelogs, current)
            _check(current())
            tasks = deque(
                (self._task(place, found[tp], starts, writers[place]), found[tp].rows)
                for tp, place in changelogs.items()
            )
        except BaseException:
            await close(writers.values())
            raise
        log.info(
            "took over %s: %d rows in %.1f s",
            ", ".join(task.name for task, _ in tasks),
            sum(len(changelog.rows) for changelog in found.values()),
            time.perf_counter() - begun,
        )
        return tasks

    def _writer(self, place: Place) -> Writer:
        name, partition = place
        return Writer(
            self._settings.kafka,
            self._specs[name].transactional_id(self._settings.worker.app_id, partition),
            self._changelog(place),
            self._counts,
            partial(self._note, name),
        )

    def _note(self, name: str, outcome: Outcome) -> None:
        self.guards[name, outcome] += 1

    def _changelog(self, place: Place) -> TopicPartition:
        name, partition = place
        changelog = self._specs[name].changelog(self._settings.worker.app_id)
        return TopicPartition(changelog, partition)

    def _inputs(self, places: Sequence[Place]) -> list[TopicPartition]:
        return [
            TopicPartition(topic, partition)
            for name, partition in places
            for topic in self._specs[name].topics
        ]

    def _task(
        self,
        place: Place,
        changelog: Changelog,
        starts: Mapping[TopicPartition, int],
        writer: Writer,
    ) -> PartitionTask:
        name, partition = place
        spec = self._specs[name]
        row = changelog.rows.pop(checkpoints.KEY, None)
        checkpoint = checkpoints.read(row, spec, partition, self._counts)
        refuse_newer(changelog, checkpoint, spec, partition)
        position = {}
        own = {topic: starts[TopicPartition(topic, partition)] for topic in spec.topics}
        for topic, start in own.items():
            position[topic] = checkpoint.offsets.get(topic, start)
            if position[topic] < start:
                raise WorkerFailedError(
                    f"{topic}[{partition}]: the broker has dropped offsets {position[topic]} to "
                    f"{start - 1} before they were read; its retention is too short"
                )
        stage = spec.factory(partition)
        return PartitionTask(spec, partition, stage, writer, checkpoint, position, own)


def refuse_newer(
    changelog: Changelog, checkpoint: Checkpoint, spec: StageSpec, partition: int
) -> None:
    """Refuse a state that has rows of a flush which was not committed whole.

    Raises:
        StateRefusedError: rows are newer than the checkpoint.
    """
    if not changelog.newer:
        return
    last = f"behind its last checkpoint, that of flush {checkpoint.flush}"
    raise StateRefusedError(
        f"the state of stage {spec.name!r}, partition {partition} has {changelog.newer} rows "
        f"{last if checkpoint.flush else 'and no checkpoint'}: a part of flush "
        f"{checkpoint.flush + 1} was committed without the rest. Events would be counted twice on "
        "top of it, so nothing was taken over: start anew "
        "(docs/recovery.md#a-part-of-a-flush-was-committed)"
    )


def grown(topic: str, count: int) -> StateRefusedError:
    """Say that a topic has more partitions than the `count` that it had."""
    return StateRefusedError(
        f"partition counts changed under this worker: {topic} had {count} and has more. Customers"
        " would move between partitions: see 'Partition counts were changed' in docs/recovery.md"
    )


def restore(task: PartitionTask, rows: Rows) -> None:
    """Have the stage of a task restore its rows.

    Raises:
        StateRefusedError: there are rows that this release cannot read.
        Exception: whatever else the stage raises: a bug.
    """
    begun = time.perf_counter()
    try:
        task.restore(rows)
    except UnreadableStateError as error:
        raise StateRefusedError(
            f"the state of partition {task.partition} cannot be read: {error}"
        ) from error
    log.debug("%s: %d rows restored in %.1f s", task.name, len(rows), time.perf_counter() - begun)


def _check(still_current: bool) -> None:  # noqa: FBT001
    if not still_current:
        raise SupersededError


async def close(writers: Iterable[Writer]) -> None:
    """Stop writers; one that cannot be stopped in order does not matter any more."""
    results = await asyncio.gather(*(writer.stop() for writer in writers), return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            log.debug("closing a writer: %r", result)
