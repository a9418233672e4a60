"""The stages of Groundswell: what each reads, writes and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.topics import (
    ACTIONS,
    ALERTS,
    BUCKETS,
    CUSTOMERS,
    DEADLETTER,
    HISTORY,
    INCIDENTS,
    LATE,
    NOTIFICATIONS,
    PERIODS,
    REVIEWS,
    ROLLING,
)
from streams.core.aggregate import kinds as aggregate
from streams.core.aggregate.with_periods import aggregate_class
from streams.core.alerts import kinds as alerts
from streams.core.alerts.stage import AlertsStage
from streams.core.catalogue import TOPICS
from streams.core.ingest import kinds as ingest
from streams.core.ingest.with_customers import ingest_stage
from streams.core.messages import EXCHANGE, PARTIALS, SIGNALS
from streams.transport.client.topics import COMPACT, KEEP, LARGE, PASSING
from streams.transport.spec import StageSpec, Topic

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.transport.spec import Pipeline


def pipeline(settings: Settings) -> Pipeline:
    """Give the stages, in the order of the data, for a number of source partitions."""
    kept = settings.customers.enabled
    zone = settings.calendar.timezone
    utc = zone == "UTC"
    of_customers = Topic(CUSTOMERS, None, COMPACT), Topic(EXCHANGE, None, PASSING)
    of_events = ingest.IN_UTC if kept else ingest.WITHOUT_CUSTOMERS
    of_alerts = alerts.IN_UTC if kept else alerts.WITHOUT_CUSTOMERS
    of_series = aggregate.IN_UTC if kept else aggregate.WITHOUT_PERIODS

    def stages(partitions: int) -> tuple[StageSpec, ...]:
        return (
            StageSpec(
                ingest.LAYOUT.stage,
                (*TOPICS, EXCHANGE) if kept else tuple(TOPICS),
                lambda partition: ingest_stage(partition, partitions, settings),
                (
                    Topic(PARTIALS, None, PASSING),
                    Topic(SIGNALS, 1, PASSING),
                    Topic(DEADLETTER, None, KEEP | LARGE),
                    Topic(LATE, None, KEEP | LARGE),
                    *(of_customers if kept else ()),
                ),
                version=ingest.LAYOUT.version,
                written=of_events if utc else None,
                zone=zone,
            ),
            StageSpec(
                aggregate.LAYOUT.stage,
                (PARTIALS,),
                lambda partition: aggregate_class(partition, partitions, settings)(
                    partition, partitions, settings
                ),
                (
                    Topic(SIGNALS, 1, PASSING),
                    Topic(BUCKETS, None, COMPACT),
                    Topic(ROLLING, None, COMPACT),
                    *((Topic(PERIODS, None, COMPACT),) if kept else ()),
                    *((Topic(REVIEWS, 1, COMPACT),) if kept else ()),  # people publish them
                ),
                version=aggregate.LAYOUT.version,
                prompt=True,
                senders=partitions,
                written=of_series if utc else None,
                zone=zone,
            ),
            StageSpec(
                alerts.LAYOUT.stage,
                (SIGNALS, ACTIONS),
                lambda _: AlertsStage(partitions, partitions, settings),
                (
                    *((Topic(EXCHANGE, None, PASSING),) if kept else ()),
                    Topic(ALERTS, 1, COMPACT),
                    Topic(HISTORY, 1, KEEP),
                    Topic(INCIDENTS, 1, COMPACT),
                    Topic(NOTIFICATIONS, 1, COMPACT),  # what notify writes is made with the others
                    Topic(DEADLETTER, None, KEEP | LARGE),
                ),
                own=(Topic(ACTIONS, 1, KEEP),),
                version=alerts.LAYOUT.version,
                prompt=True,
                written=of_alerts if utc else None,
                zone=zone,
            ),
        )

    return stages
