"""Every public topic: what stands on it, what its key is, and whether it is a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from schemas import deadletter, events, metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.fields import Contract

Direction = Literal["in", "out"]


class Topic(NamedTuple):
    """One topic of the contract.

    `key` is the model of a key that is JSON, or else the key in words. A compacted topic is a
    table: the last value of a key stands, and no value deletes it.
    """

    name: str
    model: type[Contract]
    direction: Direction
    key: type[Contract] | str
    compacted: bool = False


_CUSTOMER: Final = "customer_id"
_CUSTOMER_OR_EVENT: Final = "customer_id, or event_id where there is none"
_ORIGIN: Final = "topic:partition:offset of the message it was read from"

SOURCES: Final[Mapping[str, type[events.Event]]] = {
    "signups": events.Signup,
    "cancellations": events.Cancellation,
    "complaints": events.Complaint,
    "referrals": events.Referral,
    "renewals": events.Renewal,
    "revenue": events.Revenue,
}

BUCKETS: Final = "metrics.buckets"
ROLLING: Final = "metrics.rolling"
ALERTS: Final = "alerts"
HISTORY: Final = "alerts.history"
DEADLETTER: Final = "deadletter"
LATE: Final = "late"

TOPICS: Final[Mapping[str, Topic]] = {
    topic.name: topic
    for topic in (
        *(
            Topic(name, model, "in", _CUSTOMER_OR_EVENT if name == "complaints" else _CUSTOMER)
            for name, model in SOURCES.items()
        ),
        Topic(BUCKETS, metrics.BucketRow, "out", metrics.BucketKey, compacted=True),
        Topic(ROLLING, metrics.RollingRow, "out", metrics.RollingKey, compacted=True),
        Topic(DEADLETTER, deadletter.DeadLetter, "out", _ORIGIN),
        Topic(LATE, deadletter.Late, "out", _ORIGIN),
    )
}
