"""Every public topic: what stands on it, what its key is, and whether it is a table."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from schemas import (
    actions,
    alerts,
    customers,
    deadletter,
    events,
    incidents,
    metrics,
    notifications,
    periods,
    reviews,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.fields import Contract

Direction = Literal["in", "out"]


class TextKey(NamedTuple):
    """A key that is plain UTF-8 text."""

    text: str
    example: str


class Topic(NamedTuple):
    """One topic of the contract.

    A compacted topic is a table: the last value of a key stands, and null deletes it.
    """

    name: str
    model: type[Contract]
    direction: Direction
    key: type[Contract] | TextKey
    compacted: bool = False

    @property
    def about(self) -> str:
        """What stands on it, in a paragraph."""
        return inspect.getdoc(self.model) or ""

    @property
    def examples(self) -> list[dict[str, Any]]:
        """Values that may stand on it."""
        extra = cast("dict[str, Any]", self.model.model_config["json_schema_extra"])
        return list(extra["examples"])


_CUSTOMER: Final = TextKey("customer_id", "cust-42")
_CUSTOMER_OR_EVENT: Final = TextKey("customer_id, or event_id where there is none", "cust-42")
_ORIGIN: Final = TextKey(
    "topic:partition:offset of the message it was read from", "complaints:3:81472"
)
_ALERT: Final = TextKey("alert_id", "9f1c22d07ab4e310")
_INCIDENT: Final = TextKey("incident_id", "5b0e8c1f7d2a9e46")
_NOTIFICATION: Final = TextKey("notification_id", "c4d1a07be92f6358")
_ABOUT: Final = TextKey(
    "about: the incident, the silence, the issue, the customer", "5b0e8c1f7d2a9e46"
)
_REVIEW: Final = TextKey("period", "2017-01")

SOURCES: Final[Mapping[str, type[events.Event]]] = events.MODELS

CORRECTIONS: Final = "corrections"
"""The one source topic whose events have others inside."""

BUCKETS: Final = "metrics.buckets"
ROLLING: Final = "metrics.rolling"
PERIODS: Final = "metrics.periods"
CUSTOMERS: Final = "customers"
ALERTS: Final = "alerts"
HISTORY: Final = "alerts.history"
INCIDENTS: Final = "incidents"
NOTIFICATIONS: Final = "notifications"
ACTIONS: Final = "actions"
REVIEWS: Final = "loss.reviews"
DEADLETTER: Final = "deadletter"
LATE: Final = "late"

TOPICS: Final[Mapping[str, Topic]] = {
    topic.name: topic
    for topic in (
        *(
            Topic(name, model, "in", _CUSTOMER_OR_EVENT if name == "complaints" else _CUSTOMER)
            for name, model in SOURCES.items()
        ),
        Topic(ACTIONS, actions.Action, "in", _ABOUT),
        Topic(BUCKETS, metrics.BucketRow, "out", metrics.BucketKey, compacted=True),
        Topic(ROLLING, metrics.RollingRow, "out", metrics.RollingKey, compacted=True),
        Topic(PERIODS, periods.PeriodRow, "out", periods.PeriodKey, compacted=True),
        Topic(CUSTOMERS, customers.Customer, "out", _CUSTOMER, compacted=True),
        Topic(ALERTS, alerts.Alert, "out", _ALERT, compacted=True),
        Topic(HISTORY, alerts.AlertTransition, "out", _ALERT),
        Topic(INCIDENTS, incidents.Incident, "out", _INCIDENT, compacted=True),
        Topic(NOTIFICATIONS, notifications.Notification, "out", _NOTIFICATION, compacted=True),
        Topic(REVIEWS, reviews.LossReview, "out", _REVIEW, compacted=True),
        Topic(DEADLETTER, deadletter.DeadLetter, "out", _ORIGIN),
        Topic(LATE, deadletter.Late, "out", _ORIGIN),
    )
}
