"""What groundswell doctor looks at on the source topics: where events lie, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.cli.checks import Finding
from streams.core.aggregate.merge import MAX_CLOSED_AGE
from streams.core.event_time.buckets import DAY
from streams.core.partitioner import partitions_of
from streams.settings.doubts import of_holidays
from streams.transport.client.topics import sources
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from streams.settings import Settings
    from streams.transport.client.admin import Admin

_SAMPLE: Final = 300
"""Messages of a topic that are looked at, the last of each partition."""

_NEEDED: Final = MAX_CLOSED_AGE["1d"]
"""Seconds: the windows and the comparisons with a year before look back so far."""

_FOR_EVER: Final = -1


async def keys(settings: Settings, cluster: Admin) -> list[Finding]:
    """Look whether recent events lie on the partitions that Kafka's own clients choose."""
    counts = await _counts(settings, cluster)
    several = {topic: count for topic, count in counts.items() if count > 1}
    samples = []
    for topic, count in several.items():
        found = await cluster.last_keys(topic, count, -(-_SAMPLE // count))
        samples.append(Sample(topic, count, found))
    return placed(samples)


class Sample(NamedTuple):
    """The keys of recent messages of a topic, by partition."""

    topic: str
    partitions: int
    keys: Mapping[int, Sequence[bytes | None]]


def placed(samples: Iterable[Sample]) -> list[Finding]:
    """Say of which topics events lie elsewhere than murmur2 puts their key, or have no key."""
    found, seen = [], 0
    for topic, partitions, by_partition in samples:
        total = sum(map(len, by_partition.values()))
        keyed = [
            (partition, key)
            for partition, own in by_partition.items()
            for key in own
            if key is not None
        ]
        right = partitions_of([key for _, key in keyed], partitions)
        elsewhere = sum(
            partition != chosen for (partition, _), chosen in zip(keyed, right, strict=True)
        )
        if elsewhere:
            found.append(
                Finding(
                    "warn",
                    "keys",
                    f"{topic}: {elsewhere} of {total} recent events lie on another partition than"
                    " murmur2 gives their key. An event that comes again from another kind of"
                    " client, or by groundswell load, is then counted twice. Clients on librdkafka"
                    " (confluent-kafka and others): set partitioner=murmur2_random",
                )
            )
        if without := total - len(keyed):
            found.append(
                Finding(
                    "warn",
                    "keys",
                    f"{topic}: {without} of {total} recent events have no key, so they lie on any"
                    " partition, and one that is sent again is counted twice. Send the customer_id"
                    " as the key (the event_id where there is none)",
                )
            )
        seen += total
    if found:
        return found
    if not seen:
        return [Finding("ok", "keys", "no events on several partitions yet")]
    return [Finding("ok", "keys", f"{seen} recent events lie on the partitions of their keys")]


async def retention(settings: Settings, cluster: Admin) -> list[Finding]:
    """Look whether the source topics keep events for as long as a new count needs them."""
    counts = await _counts(settings, cluster)
    configs = await cluster.configs(counts, ["retention.ms"])
    if configs is None:
        told = "not checked: this broker does not give the settings of topics"
        return [Finding("warn", "retention", told)]
    given = {name: config["retention.ms"] for name, config in configs.items() if config}
    return kept({name: int(keeps) for name, keeps in given.items()})


def kept(retentions: Mapping[str, int]) -> list[Finding]:
    """Say which topics delete events that are still needed, by their retention.ms."""
    short: dict[int, list[str]] = {}
    for name, keeps in retentions.items():
        if keeps != _FOR_EVER and keeps < _NEEDED * 1000:
            short.setdefault(keeps, []).append(name)
    found = [
        Finding(
            "warn",
            "retention",
            f"{', '.join(names)}: events are deleted after {keeps / 1000 / DAY:.3g} days. A worker"
            " that is away for longer ends and must start anew, and a new count reaches no further"
            f" back; windows and comparisons need {_NEEDED // DAY} days. For each of them:"
            f" kafka-configs.sh --alter --topic {names[0]} --add-config retention.ms=-1",
        )
        for keeps, names in short.items()
    ]
    if not found and retentions:
        return [Finding("ok", "retention", f"source topics keep {_NEEDED // DAY} days or more")]
    return found


async def calendar(settings: Settings, cluster: Admin) -> list[Finding]:
    """Say whose days are counted, and whose holidays are known."""
    del cluster
    told = f"days are those of {settings.calendar.timezone} (calendar.timezone)"
    if settings.customers.enabled and settings.customers.zone != settings.calendar.timezone:
        told += f", of customers those of {settings.customers.zone} (customers.zone)"
    found = [Finding("ok", "calendar", told)]
    doubt = of_holidays(settings)
    return found if doubt is None else [*found, Finding("warn", "holidays", doubt)]


async def _counts(settings: Settings, cluster: Admin) -> dict[str, int]:
    there = await cluster.partitions()
    return {name: there[name] for name in sources(pipeline(settings)(1)) if name in there}


CHECKS: Final[tuple[Callable[[Settings, Admin], Awaitable[list[Finding]]], ...]] = (
    keys,
    retention,
    calendar,
)
