"""The stages of Groundswell: what each reads, writes and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.topics import ALERTS, BUCKETS, DEADLETTER, HISTORY, LATE, ROLLING
from streams.core.aggregate import kinds as aggregate
from streams.core.aggregate.stage import AggregateStage
from streams.core.alerts import kinds as alerts
from streams.core.alerts.stage import AlertsStage
from streams.core.catalogue import TOPICS
from streams.core.ingest import kinds as ingest
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS, SIGNALS
from streams.transport.client.topics import COMPACT, KEEP, LARGE, PASSING
from streams.transport.spec import StageSpec, Topic

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.transport.spec import Pipeline


def pipeline(settings: Settings) -> Pipeline:
    """Give the stages, in the order of the data, for a number of source partitions."""

    def stages(partitions: int) -> tuple[StageSpec, ...]:
        return (
            StageSpec(
                ingest.LAYOUT.stage,
                tuple(TOPICS),
                lambda partition: IngestStage(partition, partitions, settings),
                (
                    Topic(PARTIALS, None, PASSING),
                    Topic(SIGNALS, 1, PASSING),
                    Topic(DEADLETTER, None, KEEP | LARGE),
                    Topic(LATE, None, KEEP | LARGE),
                ),
                version=ingest.LAYOUT.version,
            ),
            StageSpec(
                aggregate.LAYOUT.stage,
                (PARTIALS,),
                lambda partition: AggregateStage(partition, partitions, settings),
                (
                    Topic(SIGNALS, 1, PASSING),
                    Topic(BUCKETS, None, COMPACT),
                    Topic(ROLLING, None, COMPACT),
                ),
                version=aggregate.LAYOUT.version,
            ),
            StageSpec(
                alerts.LAYOUT.stage,
                (SIGNALS,),
                lambda _: AlertsStage(partitions, partitions, settings),
                (Topic(ALERTS, 1, COMPACT), Topic(HISTORY, 1, KEEP)),
                version=alerts.LAYOUT.version,
            ),
        )

    return stages
