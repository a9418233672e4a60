"""What is counted: source topics, the families of metrics that depend on them, and the stock.

    source topic   what its events carry, and what one of them contributes to which metrics
    family         metrics whose tables close together, and the source topics that they depend on
    stock          the active customers: which metrics flow in, which flow out

Metrics and source topics are known by name here, in the defaults of the settings (`config.py`) and
nowhere else in the core.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemas.metrics import Metric
from streams.core.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Labels = tuple[str | None, ...]
Breakdown = tuple[str, ...]
"""Label names that a family of series is kept by."""

Contribution = tuple[Metric, int, str | None]
"""Metric, amount in minor units, currency (None: no money in it)."""

ONE_COMPLAINT: Final[tuple[Contribution, ...]] = (("complaints", 0, None),)
ONE_REFERRAL: Final[tuple[Contribution, ...]] = (("referrals", 0, None),)


def _nothing(event: Any) -> Sequence[Contribution]:  # noqa: ANN401, ARG001 - a derived struct
    return ()


class SourceTopic(NamedTuple):
    """A source topic.

    Attributes:
        labels: the labels that its events carry.
        metrics: the metrics that its events contribute to. There may be none: its events are then
            decoded, checked and rid of duplicates, and no cell counts them.
        measure: what one event contributes to them.
        same: what each does, where all contribute the same, and no money.
    """

    labels: tuple[str, ...]
    metrics: tuple[Metric, ...] = ()
    measure: Callable[[Any], Sequence[Contribution]] = _nothing
    same: Sequence[Contribution] | None = None


class Family(NamedTuple):
    """Metrics whose tables are kept together: a bucket of one closes when those of all do.

    Attributes:
        topics: the source topics that it depends on. A bucket closes when every one of them that
            is not idle has passed it by the grace period.
        metrics: its metrics; each belongs to one family.
    """

    topics: tuple[str, ...]
    metrics: tuple[Metric, ...]


def _renewal(event: Any) -> Sequence[Contribution]:  # noqa: ANN401 - a derived struct
    metric: Metric = "renewals" if event.outcome == "renewed" else "refusals"
    return ((metric, event.value, event.currency),)


TOPICS: Final[Mapping[str, SourceTopic]] = {
    "signups": SourceTopic(
        ("segment", "channel", "plan"),
        ("signups",),
        lambda e: (("signups", e.monthly_value, e.currency),),
    ),
    "cancellations": SourceTopic(
        ("segment", "reason"),
        ("cancellations",),
        lambda e: (("cancellations", e.value_lost, e.currency),),
    ),
    "complaints": SourceTopic(
        ("segment", "product", "issue", "company", "brand", "region", "channel", "severity"),
        ("complaints",),
        lambda _: ONE_COMPLAINT,
        ONE_COMPLAINT,
    ),
    "referrals": SourceTopic(
        ("segment", "channel"), ("referrals",), lambda _: ONE_REFERRAL, ONE_REFERRAL
    ),
    "renewals": SourceTopic(("segment", "reason"), ("renewals", "refusals"), _renewal),
    "revenue": SourceTopic(
        ("segment", "kind"),
        ("revenue", "cost_to_serve"),
        lambda e: (
            ("revenue", e.amount, e.currency),
            ("cost_to_serve", e.cost_to_serve, e.currency),
        ),
    ),
    "changes": SourceTopic(("segment", "plan", "channel", "reason")),
    "complaint_updates": SourceTopic(("segment", "channel")),
    "corrections": SourceTopic(("segment", "reason")),
}

TOPIC_OF: Final[Mapping[Metric, str]] = {m: t for t, topic in TOPICS.items() for m in topic.metrics}
"""The source topic whose events contribute to a metric."""

FAMILIES: Final[Mapping[str, Family]] = {
    name: Family((name,), topic.metrics) for name, topic in TOPICS.items() if topic.metrics
}
"""By name. One that has the name of a source topic depends on that topic alone: both share the row
of the changelog that says how far they are."""

CUSTOMER_BASE: Final = Stock(
    flows={"signups": 1, "cancellations": -1},
    segment="segment",
    opening=lambda settings: settings.opening if settings.rate else None,
)
"""The active customers; they are kept where complaints are judged by their number."""


Aliases = Mapping[str, Mapping[str, str]]
"""By label: the spellings of a name that stand for another one, and that one."""


def labels_of(topic: str, aliases: Aliases = MappingProxyType({})) -> Callable[[Any], Labels]:
    """Make the function that reads an event's labels, in the order of `SourceTopic.labels`.

    A value that `aliases` knows is read as the name that it stands for.
    """
    names = TOPICS[topic].labels
    read: Callable[[Any], Labels] = (
        attrgetter(*names)
        if len(names) > 1
        else lambda event: tuple([getattr(event, name) for name in names])
    )
    renamed = [(place, aliases[name]) for place, name in enumerate(names) if aliases.get(name)]
    if not renamed:
        return read

    def read_renamed(event: Any) -> Labels:  # noqa: ANN401 - a derived struct
        labels = read(event)
        for place, meant in renamed:
            label = labels[place]
            if label is not None and label in meant:
                labels = (*labels[:place], meant[label], *labels[place + 1 :])
        return labels

    return read_renamed
