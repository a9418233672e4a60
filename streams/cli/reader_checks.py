"""What groundswell doctor looks at for those who read the public topics: can they?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.topics import TOPICS
from streams.cli.checks import Finding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

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


async def codec(settings: Settings, cluster: Admin) -> list[Finding]:
    """Say by which codec the public topics are compressed, and who cannot read it."""
    there = await cluster.partitions()
    configs = await cluster.configs(
        [
            topic.name
            for topic in TOPICS.values()
            if topic.direction == "out" and topic.name in there
        ],
        ["compression.type"],
    )
    return compressed(settings.kafka.compression, configs or {})


def compressed(ours: str, configs: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """Say who cannot read `ours`, and where the settings of a topic have another codec."""
    others: dict[str, list[str]] = {}
    for name, config in configs.items():
        theirs = config.get("compression.type", _AS_SENT).replace("uncompressed", "none")
        if theirs not in {_AS_SENT, ours}:
            others.setdefault(theirs, []).append(name)
    told = f"{ours} (kafka.compression): {_READERS[ours]}"
    if ours not in {"gzip", "none"}:
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
