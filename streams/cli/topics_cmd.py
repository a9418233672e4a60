"""groundswell topics: which topics there are, what they are for, and what is in them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from schemas.topics import TOPICS
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import err, fail, out, read_settings, telling
from streams.core.messages import PARTIALS, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import TopicPartition

    from streams.settings import Settings
    from streams.transport.spec import Topic

_INSIDE: Final = {
    PARTIALS: "Between the stages: open buckets by source partition.",
    SIGNALS: "Between the stages: what the detectors saw, and the details of it.",
}


def topics(
    create: Annotated[  # noqa: FBT002 (a flag of the command line)
        bool, typer.Option("--create", help="Make those that are missing.")
    ] = False,
    saved: Annotated[
        Path | None,
        typer.Option("--save", help="Write all events of the source topics to this file."),
    ] = None,
    restored: Annotated[
        Path | None,
        typer.Option("--restore", help="Send the events of such a file to new source topics."),
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """List the topics of Groundswell; with --create, make those that are missing.

    --save and --restore are for topics that need another number of partitions: docs/recovery.md.
    """
    using = read_settings(settings, brokers)
    with telling(using):
        if saved is not None:
            from streams.cli.saved import save  # noqa: PLC0415 (takes a while to import)

            save(using.kafka, saved)
        if create:
            make_topics(using)
        if restored is not None:
            from streams.cli.saved import restore  # noqa: PLC0415

            even_topics(using)
            restore(using.kafka, restored)
        asyncio.run(_list(using))


def make_topics(settings: Settings) -> None:
    """Make the topics that are missing, or end the command with what is wrong."""
    from streams.transport.client.broker_probe import probe  # noqa: PLC0415
    from streams.transport.client.topics import TopicsError, ensure  # noqa: PLC0415
    from streams.worker.topology import pipeline  # noqa: PLC0415 (takes a while to import)

    async def make() -> None:
        await probe(settings.kafka)
        await ensure(settings, pipeline(settings))

    try:
        asyncio.run(make())
    except TopicsError as error:
        fail(str(error))


def even_topics(settings: Settings) -> None:
    """End the command with what is wrong if events would go to partitions that do not fit."""
    from streams.transport.client.broker_probe import probe  # noqa: PLC0415
    from streams.transport.client.topics import TopicsError, agree  # noqa: PLC0415
    from streams.worker.topology import pipeline  # noqa: PLC0415 (takes a while to import)

    async def check() -> None:
        await probe(settings.kafka)
        await agree(settings, pipeline(settings))

    try:
        asyncio.run(check())
    except TopicsError as error:
        fail(str(error))


def purpose(name: str) -> str:
    """Say what a topic is for, in a sentence."""
    if name in TOPICS:
        return (TOPICS[name].model.__doc__ or "").partition("\n")[0]
    return _INSIDE.get(name, "State of a stage: for the workers alone.")


def direction(name: str) -> str:
    """Say whether a topic is to be written to, to be read, or neither."""
    return TOPICS[name].direction if name in TOPICS else "inside"


async def _list(settings: Settings) -> None:
    from streams.transport.client.admin import Admin  # noqa: PLC0415 (takes a while to import)

    async with Admin(settings.kafka) as cluster:
        there = await cluster.partitions()
        wanted = expected(settings, there)
        counts = {topic.name: there[topic.name] for topic in wanted if topic.name in there}
        reach = await cluster.reach(counts)
        configs = await cluster.configs(counts, ["cleanup.policy"]) or {}
    _show(wanted, counts, reach, configs)
    if missing := [topic.name for topic in wanted if topic.name not in counts]:
        err.print(
            f"[yellow]{len(missing)} are missing: groundswell topics --create makes them,"
            " and so does a worker when it starts[/]"
        )


def expected(settings: Settings, there: Mapping[str, int]) -> list[Topic]:
    """List every topic that must be there, with the partitions that it must have.

    The source topics that are there decide the number; where they disagree, the largest.
    """
    from streams.transport.client.topics import layout, sources  # noqa: PLC0415
    from streams.worker.topology import pipeline  # noqa: PLC0415 (takes a while to import)

    stages = pipeline(settings)
    counts = [there[name] for name in sources(stages(1)) if name in there]
    partitions = max(counts, default=settings.kafka.partitions)
    return layout(settings, stages(partitions), partitions)


def _show(
    wanted: list[Topic],
    counts: Mapping[str, int],
    reach: Mapping[TopicPartition, tuple[int, int]],
    configs: Mapping[str, Mapping[str, str]],
) -> None:
    for topic in wanted:
        name = topic.name
        head = f"[bold]{name:<33}[/]"
        if name in counts:
            messages = sum(end - at for part, (at, end) in reach.items() if part.topic == name)
            cleanup = configs.get(name, {}).get("cleanup.policy", "")
            out.print(f"{head}{counts[name]:>3} partitions {messages:>13,} messages  {cleanup}")
        else:
            out.print(f"{head}[yellow]missing[/]")
        out.print(f"  [dim]{direction(name)}: {purpose(name)}[/]")
