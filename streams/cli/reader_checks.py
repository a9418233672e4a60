"""What groundswell doctor looks at for those who read the public topics: can they?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.topics import TOPICS
from streams.cli.checks import Finding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from streams.settings import Settings
    from streams.transport.client.admin import Admin

_AS_SENT: Final = "producer"
"""What a topic says that leaves the codec to whoever writes."""

_READERS: Final = {
    "zstd": "KafkaJS reads no zstd until it is taught to, nor do clients older than Kafka 2.1",
    "lz4": "KafkaJS reads no lz4 until it is taught to",
    "snappy": "KafkaJS reads no snappy until it is taught to",
    "gzip": "every client reads it",
    "none": "every client reads it",
}
"""Who reads a codec, and who does not."""

_READ_BY_ALL: Final = frozenset({"gzip", "none"})


async def codec(settings: Settings, cluster: Admin) -> list[Finding]:
    """Say by which codec the public topics are compressed, and who cannot read it."""
    there = await cluster.partitions()
    counts = {
        topic.name: there[topic.name]
        for topic in TOPICS.values()
        if topic.direction == "out" and topic.name in there
    }
    configs = await cluster.configs(counts, ["compression.type"])
    told = compressed(settings.kafka.compression, configs or {})
    if settings.kafka.compression in _READ_BY_ALL:
        told += still(await cluster.oldest_codecs(counts))
    return told


def still(oldest: Mapping[str, Collection[str]]) -> list[Finding]:
    """Say on which topics the oldest rows are of a codec that not everyone reads."""
    topics = [name for name, codecs in oldest.items() if set(codecs) - _READ_BY_ALL]
    if not topics:
        return []
    codecs = sorted({codec for name in topics for codec in oldest[name]} - _READ_BY_ALL)
    told = (
        f"{', '.join(topics)}: the oldest rows are {' and '.join(codecs)} still, and whoever reads"
        f" from the beginning meets them: {'; '.join(_READERS[codec] for codec in codecs)}"
    )
    return [Finding("warn", "codec", told)]


def compressed(ours: str, configs: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """Say who cannot read `ours`, and where the settings of a topic have another codec."""
    others: dict[str, list[str]] = {}
    for name, config in configs.items():
        theirs = config.get("compression.type", _AS_SENT).replace("uncompressed", "none")
        if theirs not in {_AS_SENT, ours}:
            others.setdefault(theirs, []).append(name)
    told = f"{ours} (kafka.compression): {_READERS[ours]}"
    if ours not in _READ_BY_ALL:
        told += "; docs/reading.md has the few lines that do it, and what gzip costs"
    return [
        Finding("ok", "codec", told),
        *(
            Finding(
                "ok",
                "codec",
                f"{', '.join(names)}: the broker makes it {theirs} (compression.type of the topic):"
                f" {_READERS.get(theirs, 'see who reads it')}",
            )
            for theirs, names in others.items()
        ),
    ]


CHECKS: Final[tuple[Callable[[Settings, Admin], Awaitable[list[Finding]]], ...]] = (codec,)
