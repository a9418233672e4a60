"""The checks of groundswell doctor; each finds something to say, and what to do about it."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError

from streams.cli.topics_cmd import expected
from streams.transport.client.topics import disagreement, sources, wrong
from streams.transport.failure import StateRefusedError
from streams.transport.state import checkpoint, initproducerid
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from streams.settings import Settings
    from streams.transport.client.admin import Admin

Level = Literal["ok", "warn", "fail"]

_PRODUCE: Final = 0
_INIT_PRODUCER_ID: Final = initproducerid.KEY
_RELEASES: Final = (
    (12, "4.0 or later"),
    (11, "3.8 or 3.9"),
    (10, "3.7"),
    (9, "2.8 to 3.6"),
    (8, "2.4 to 2.7"),
)
"""Kafka's releases by the highest version of the produce request that they speak."""

_LAG: Final = 100_000
_SKEW: Final = 5.0
_WITHIN: Final = 1000
"""Messages: the checkpoint is the last row of every flush, before the end of the transaction."""


class Finding(NamedTuple):
    """One line of the report."""

    level: Level
    what: str
    text: str


def packages() -> list[Finding]:
    """Compare what is installed with what this release stands on."""
    ours = _installed("groundswell") or "not installed as a package"
    told = f"groundswell {ours}, Python {platform.python_version()}"
    wrong = []
    for name, pinned in _pins():
        there = _installed(name)
        told += f", {name} {there}"
        if there != pinned:
            wrong.append(f"{name}=={pinned}")
    if wrong:
        return [Finding("fail", "versions", f"{told}; pip install {' '.join(wrong)}")]
    return [Finding("ok", "versions", told)]


def _pins() -> list[tuple[str, str]]:
    try:
        needs = requires("groundswell") or []
    except PackageNotFoundError:
        return []
    found = (re.match(r"([\w.-]+)==([\w.]+)", need) for need in needs)
    return [(match[1], match[2]) for match in found if match]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def unreachable(settings: Settings, why: str) -> Finding:
    """Say that no broker answers."""
    kafka = settings.kafka
    return Finding(
        "fail",
        "broker",
        f"none answers at {kafka.brokers} by {kafka.security_protocol} ({why}): is it up, and are"
        " kafka.brokers and kafka.security_protocol right? The brokers' advertised.listeners must"
        " be names that this host can reach",
    )


def refused(check: Callable[..., object], error: KafkaError) -> Finding:
    """Say that the broker did not let us look."""
    what = check.__name__
    if isinstance(error, IncompatibleBrokerVersion):
        return Finding("warn", what, "not checked: this broker cannot say")
    return Finding("fail", what, f"{type(error).__name__}: {error}; does our user have the rights?")


async def broker(settings: Settings, cluster: Admin) -> list[Finding]:
    """Say who answers, and whether they can do what is needed."""
    brokers = await cluster.brokers()
    speaks = await cluster.speaks()
    produce = speaks.get(_PRODUCE, 0)
    release = next((name for least, name in _RELEASES if produce >= least), "before 2.4")
    told = f"{len(brokers)} ({', '.join(brokers)}), Kafka {release}"
    if _INIT_PRODUCER_ID not in speaks:
        return [Finding("fail", "broker", f"{told}: no transactions; Kafka 2.5 or later is needed")]
    return [_replication(settings.kafka.replication, brokers, told), commits(speaks)]


def _replication(replication: int, brokers: Collection[str], told: str) -> Finding:
    if replication > len(brokers):
        told += f"; kafka.replication is {replication}, more than there are: set it lower"
        return Finding("fail", "broker", told)
    if replication < min(3, len(brokers)):
        told += f"; kafka.replication is {replication}: 3 outlives the loss of a broker"
        return Finding("warn", "broker", told)
    return Finding("ok", "broker", told)


def commits(speaks: Mapping[int, int]) -> Finding:
    """Say what is done about a commit that was not answered, by what all brokers speak."""
    if speaks[_INIT_PRODUCER_ID] >= initproducerid.VERSION:
        told = "one that arrives late is void: the broker gives new producer epochs"
        return Finding("ok", "commits", told)
    told = (
        f"this broker gives no new producer epochs (InitProducerId {speaks[_INIT_PRODUCER_ID]};"
        f" Kafka 2.5 and later have {initproducerid.VERSION}): after a commit that was not answered"
        " a worker drops the partition and takes it over anew"
    )
    return Finding("warn", "commits", told)


async def topics(settings: Settings, cluster: Admin) -> list[Finding]:
    """Compare the topics with what the stages need."""
    there = await cluster.partitions()
    wanted = expected(settings, there)
    names = sources(pipeline(settings)(1))
    found = []
    missing = [topic.name for topic in wanted if topic.name not in there]
    if missing:
        told = f"missing: {', '.join(missing)}; groundswell topics --create makes them"
        found.append(Finding("fail", "topics", told))
    others = [topic for topic in wanted if topic.name not in names]
    uneven = disagreement(there, pipeline(settings)(1), settings.worker.app_id)
    found += [Finding("fail", "topics", told) for told in (uneven, wrong(there, others)) if told]
    if not found:
        partitions = there[names[0]]
        told = f"all {len(wanted)} there, source topics with {partitions} partitions each"
        found.append(Finding("ok", "topics", told))
    return found + await _cleanup(settings, cluster)


async def _cleanup(settings: Settings, cluster: Admin) -> list[Finding]:
    there = await cluster.partitions()
    wanted = {
        topic.name: topic.config["cleanup.policy"]
        for topic in expected(settings, there)
        if topic.name in there and "cleanup.policy" in topic.config
    }
    configs = await cluster.configs(wanted, ["cleanup.policy"])
    if configs is None:
        return [Finding("warn", "compaction", "this broker does not give the settings of topics")]
    wrong = [
        f"kafka-configs.sh --alter --topic {name} --add-config cleanup.policy={policy}"
        for name, policy in wanted.items()
        if configs.get(name, {}).get("cleanup.policy", policy) != policy
    ]
    if wrong:
        return [
            Finding(
                "fail", "compaction", "events, state or tables would be lost; " + "; ".join(wrong)
            )
        ]
    return [Finding("ok", "compaction", "tables and state are compacted")] if wanted else []


async def workers(settings: Settings, cluster: Admin) -> list[Finding]:
    """Say whether workers run, and how far behind they are."""
    there = await cluster.partitions()
    counts = {t: there[t] for t in sources(pipeline(settings)(1)) if t in there}
    reach = await cluster.reach(counts)
    name = settings.worker.app_id
    group = await cluster.group(name)
    behind = {
        part: end - max(start, group.offsets.get(part, start))
        for part, (start, end) in reach.items()
    }
    total = sum(max(0, n) for n in behind.values())
    told = f"{group.members} in group {name}, {total:,} events behind"
    if total:
        worst = max(behind, key=lambda part: behind[part])
        told += f" (most: {worst.topic}[{worst.partition}], {behind[worst]:,})"
    if not group.members:
        return [Finding("warn", "workers", f"{told}; none runs: groundswell worker")]
    if total > _LAG:
        told += "; wait, or start more workers (as many as partitions at most)"
        return [Finding("warn", "workers", told)]
    return [Finding("ok", "workers", told)]


async def state(settings: Settings, cluster: Admin) -> list[Finding]:
    """Check whether this release can take over the state that is there."""
    there = await cluster.partitions()
    partitions = {topic.name: topic.partitions or 1 for topic in expected(settings, there)}
    count = partitions[sources(pipeline(settings)(1))[0]]
    found, flushes = [], 0
    for spec in pipeline(settings)(count):
        changelog = spec.changelog(settings.worker.app_id)
        for partition in range(there.get(changelog, 0)):
            value = await cluster.last_value(changelog, partition, checkpoint.KEY, _WITHIN)
            try:
                flushes += checkpoint.read(value, spec, partition, partitions | there).flush
            except StateRefusedError as error:
                found.append(Finding("fail", "state", str(error)))
    if found:
        return found
    if not flushes:
        return [Finding("ok", "state", "none yet: the first worker begins with the oldest events")]
    return [Finding("ok", "state", f"{flushes:,} flushes so far; this release can take it over")]


async def clock(settings: Settings, cluster: Admin) -> Finding:
    """Compare our clock with the broker's."""
    try:
        ahead = await cluster.clock_ahead()
    except KafkaError as error:
        told = f"not compared: the broker makes no topic for it ({type(error).__name__})"
        return Finding("warn", "clock", told)
    told = f"ours is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} the broker's"
    tolerance = settings.tables.future_tolerance
    if abs(ahead) > tolerance:
        told += f"; events more than {tolerance} s ahead of ours are refused: set it by NTP"
        return Finding("fail", "clock", told)
    if abs(ahead) > _SKEW:
        return Finding("warn", "clock", f"{told}: let both keep time by NTP")
    return Finding("ok", "clock", told)


CHECKS: Final[tuple[Callable[[Settings, Admin], Awaitable[list[Finding]]], ...]] = (
    broker,
    topics,
    workers,
    state,
)
