"""The topics: which there must be, making those that are missing, checking the rest."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import IncompatibleBrokerVersion, TopicAlreadyExistsError, for_code

from streams.transport.client.connection import connection
from streams.transport.client.ending import closed
from streams.transport.spec import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.settings import Settings
    from streams.transport.spec import Pipeline, StageSpec

log = logging.getLogger(__name__)

COMPACT = {"cleanup.policy": "compact"}
KEEP = {"cleanup.policy": "delete", "retention.ms": "-1"}
PASSING = {"cleanup.policy": "delete", "retention.ms": str(7 * 24 * 3600 * 1000)}
"""For topics between our stages: a stage that was away for a week still finds all it missed."""
LARGE = {"max.message.bytes": str(16 << 20)}
"""For topics that carry other messages inside: base64 makes a message a third larger."""
SOURCE = KEEP | {"max.message.bytes": str(8 << 20)}
"""Events are kept for ever, as a new count needs them all. A message that is too large is refused
with its reason and kept: it must get in for that."""
CHANGELOG = {
    "cleanup.policy": "compact",
    "segment.bytes": str(8 << 20),
    "segment.ms": str(10 * 60 * 1000),
    "delete.retention.ms": str(3600 * 1000),
    "min.cleanable.dirty.ratio": "0.2",
}
"""A take-over reads all that is there, and only closed segments are compacted: so they are small,
as half a million rows, compressed, take 8 MiB, and close after ten minutes. Deletions go an hour
after the rows that they delete; a take-over must be through by then."""


CHANGED: Final = "see 'Partition counts were changed' in docs/recovery.md"
"""What to do, in every message about partition counts."""


class TopicsError(Exception):
    """The topics are not as they must be; the message says what to do."""


def sources(stages: Iterable[StageSpec]) -> list[str]:
    """Name the source topics: those that are read, that no stage writes and that are none's own."""
    specs = list(stages)
    written = {topic.name for spec in specs for topic in (*spec.writes, *spec.own)}
    return [t for t in dict.fromkeys(t for spec in specs for t in spec.topics) if t not in written]


def layout(settings: Settings, stages: Sequence[StageSpec], partitions: int) -> list[Topic]:
    """List every topic that must exist, each with its partition count.

    `partitions` is that of the source topics.
    """
    plan: dict[str, Topic] = {name: Topic(name, partitions, SOURCE) for name in sources(stages)}
    for spec in stages:
        for name, count, config in (*spec.writes, *spec.own):
            plan[name] = Topic(name, count or partitions, config)
    for spec in stages:
        name = spec.changelog(settings.worker.app_id)
        count = plan[spec.topics[0]].partitions
        plan[name] = Topic(name, count, CHANGELOG)
    return list(plan.values())


async def ensure(
    settings: Settings, pipeline: Pipeline
) -> tuple[Sequence[StageSpec], dict[str, int]]:
    """Make the missing topics and give the stages with the partition count of every topic.

    The source topics decide the number: those that exist must agree, new ones follow them.

    Raises:
        TopicsError: the counts disagree, topics between the stages stand there without their state,
            or topics are missing and the broker makes none.
        aiokafka.errors.KafkaConnectionError: no broker answers.
    """
    admin = AIOKafkaAdminClient(**connection(settings.kafka))
    await admin.start()
    try:
        there = await _counts(admin)
        stages = pipeline(settings.kafka.partitions)
        partitions = _agreed(there, stages, settings.worker.app_id) or settings.kafka.partitions
        stages = pipeline(partitions)
        wanted = layout(settings, stages, partitions)
        _check(there, wanted)
        if missing := [topic for topic in wanted if topic.name not in there]:
            await _own(admin, there, stages, settings.worker.app_id)
            await _create(admin, missing, settings.kafka.replication)
            there = await _until_there(admin, missing)
        _check(there, wanted)
    finally:
        await closed(admin.close())
    return stages, {topic.name: there[topic.name] for topic in wanted}


async def _counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    described = await admin.describe_topics()
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in described
        if not topic["error_code"] and topic["partitions"]
    }


async def agree(settings: Settings, pipeline: Pipeline) -> None:
    """Check the topics that are there before somebody sends to them.

    Raises:
        TopicsError: the source topics disagree with each other, or with the state that is there.
        aiokafka.errors.KafkaConnectionError: no broker answers.
    """
    admin = AIOKafkaAdminClient(**connection(settings.kafka))
    await admin.start()
    try:
        there = await _counts(admin)
    finally:
        await closed(admin.close())
    stages = pipeline(settings.kafka.partitions)
    partitions = _agreed(there, stages, settings.worker.app_id) or settings.kafka.partitions
    _check(there, layout(settings, pipeline(partitions), partitions))


def disagreement(there: Mapping[str, int], stages: Sequence[StageSpec], app_id: str) -> str | None:
    """Return which source topics differ in their partitions, and what to do; None if none does.

    Adding partitions is right only while nothing was ever sent: a key then goes elsewhere, and
    duplicates of an event are known by partition.
    """
    counts = {name: there[name] for name in sources(stages) if name in there}
    if len(set(counts.values())) <= 1:
        return None
    has = ", ".join(f"{name} has {count}" for name, count in sorted(counts.items()))
    problem = f"the source topics must have the same number of partitions, but {has}. "
    written = {topic.name for spec in stages for topic in spec.writes}
    states = {spec.changelog(app_id) for spec in stages}
    if there.keys() & (written | states):
        return problem + f"Give none of them more: {CHANGED}{_anew(counts)}"
    most = max(counts.values())
    return problem + (
        f"While they are empty: kafka-topics.sh --alter --topic NAME --partitions {most}. Where"
        f" events are on them: {CHANGED}"
    )


def _anew(counts: Mapping[str, int]) -> str:
    """Return what else can be done about topics that differ: a broker may have made them."""
    (usual, held), *_ = Counter(counts.values()).most_common(1)
    if 2 * held <= len(counts):
        return ""
    odd = [name for name, count in counts.items() if count != usual]
    return (
        f". If nothing was ever sent to {', '.join(odd)}: delete them, and groundswell topics "
        "--create makes them anew"
    )


def _agreed(there: Mapping[str, int], stages: Sequence[StageSpec], app_id: str) -> int | None:
    if problem := disagreement(there, stages, app_id):
        raise TopicsError(problem)
    return next((there[name] for name in sources(stages) if name in there), None)


async def _own(
    admin: AIOKafkaAdminClient, there: Mapping[str, int], stages: Sequence[StageSpec], app_id: str
) -> None:
    """Refuse what another application sent from stage to stage, or one whose state is gone.

    Its flushes are numbered on from where it was: ours would count as old until they got there.
    """
    states = [Topic(spec.changelog(app_id)) for spec in stages]
    written = {topic.name for spec in stages for topic in spec.writes}
    between = [topic for spec in stages for topic in spec.topics if topic in written & there.keys()]
    if not between or any(state.name in there for state in states):
        return
    try:  # a worker that starts at this moment may be making them
        await _until_there(admin, states, 5.0)
    except TopicsError:
        raise TopicsError(
            f"{', '.join(between)} are there, but no state of worker.app_id {app_id!r}: what is in "
            "them is another application's, or of a state that is gone, and would be counted "
            "wrongly. Start anew (docs/recovery.md)"
        ) from None


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic], replication: int) -> None:
    new = [
        NewTopic(t.name, t.partitions or 1, replication, topic_configs=dict(t.config))
        for t in missing
    ]
    names = ", ".join(topic.name for topic in missing)
    cannot = (
        f"topics are missing and this broker cannot make them: {names}. Make them by its own "
        "means; groundswell topics shows what is there"
    )
    if admin._client.cluster.controller is None:  # noqa: SLF001 - the embedded broker has none
        raise TopicsError(cannot)
    try:
        response = await admin.create_topics(new)
    except IncompatibleBrokerVersion as error:
        raise TopicsError(cannot) from error
    for name, code, *message in response.topic_errors:
        # Another worker that starts at the same moment may have been first.
        if code not in (0, TopicAlreadyExistsError.errno):
            raise TopicsError(
                f"topic {name} could not be made: {message[0] or for_code(code).__name__}; "
                "groundswell topics --create makes what is missing, for a user who may"
            )
    log.info("made topics: %s", names)


async def _until_there(
    admin: AIOKafkaAdminClient, missing: Sequence[Topic], seconds: float = 30.0
) -> dict[str, int]:
    names = {topic.name for topic in missing}
    try:
        async with asyncio.timeout(seconds):
            while not names <= (there := await _counts(admin)).keys():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise TopicsError(f"topics made but not seen in {seconds:.0f} s: {names}") from error
    return there


def _check(there: Mapping[str, int], wanted: Sequence[Topic]) -> None:
    if problem := wrong(there, wanted):
        raise TopicsError(problem)


def wrong(there: Mapping[str, int], wanted: Sequence[Topic]) -> str | None:
    """Return which topics do not have the partitions that they must have; None if all have."""
    found = [
        f"{topic.name} has {there[topic.name]} partitions, not {topic.partitions}"
        for topic in wanted
        if there.get(topic.name, topic.partitions) != topic.partitions
    ]
    if not found:
        return None
    return (
        f"{'; '.join(found)}. If the source topics were given more partitions, or made anew: "
        f"{CHANGED}. If somebody made these by hand, and nothing is in them: delete them"
    )
