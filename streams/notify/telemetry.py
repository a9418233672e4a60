"""What Prometheus sees of notify, and the heartbeat by which one knows that it lives."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.core import Metric

    from streams.core.notify.notification import Notification


log = logging.getLogger(__name__)


class Counts:
    """What was decided and tried since the start."""

    def __init__(self) -> None:
        self.decisions: Counter[tuple[str, str]] = Counter()
        self.tries: Counter[tuple[str, str]] = Counter()
        self.missed: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()

    def decided(self, made: Iterable[Notification]) -> None:
        """Count decisions."""
        for one in made:
            self.decisions[one.kind, one.reason or "sent"] += 1

    def tried(self, receiver: str, outcome: str) -> None:
        """Count a try."""
        self.tries[receiver, outcome] += 1

    def left_out(self, topic: str, why: Exception) -> None:
        """Count a message that is none of its topic, and say so in the log."""
        self.unread[topic] += 1
        log.error("a message of %s cannot be read, and is left out: %.200s", topic, why)


class View:
    """What is to be seen: filled in by the process.

    `beat` is when it last looked at what there is to tell (epoch seconds), `problem` what keeps it
    from that; `owner`: it delivers, and does not only stand by; `alertmanager`: a receiver is one.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self.beat = 0.0
        self.problem: str | None = "starting"
        self.owner = False
        self.alertmanager = False
        self.waiting: Callable[[], Mapping[str, tuple[int, int]]] = dict
        self.dead: Callable[[], Mapping[str, bool]] = dict


class NotifyCollector(Collector):
    """Reads a view when it is scraped; `clock` gives epoch seconds."""

    def __init__(self, view: View, clock: Callable[[], float] = time.time) -> None:
        self._view = view
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Yield what there is."""
        view = self._view
        yield GaugeMetricFamily(
            "groundswell_notify_heartbeat_timestamp_seconds",
            "When notify last looked at what there is to tell; wall time.",
            value=view.beat,
        )
        yield GaugeMetricFamily(
            "groundswell_notify_owner", "1: this process delivers; 0: it stands by.", view.owner
        )
        yield GaugeMetricFamily(
            "groundswell_notify_alertmanager",
            "1: it tells an Alertmanager of incidents, and the rules need not.",
            value=view.owner and view.alertmanager,
        )
        decisions = CounterMetricFamily(
            "groundswell_notify_decisions", "Decisions, by why not sent.", labels=("kind", "reason")
        )
        for names, count in sorted(view.counts.decisions.items()):
            decisions.add_metric(names, count)
        yield decisions
        tries = CounterMetricFamily(
            "groundswell_notify_tries", "Tries, by how they ended.", labels=("receiver", "outcome")
        )
        for names, count in sorted(view.counts.tries.items()):
            tries.add_metric(names, count)
        yield tries
        missed = CounterMetricFamily(
            "groundswell_notify_resends_missed",
            "Alerts that Alertmanager did not take when they were sent again.",
            labels=("receiver",),
        )
        for name, count in sorted(view.counts.missed.items()):
            missed.add_metric((name,), count)
        yield missed
        unread = CounterMetricFamily(
            "groundswell_notify_unread",
            "Messages that are none of their topic, and were left out.",
            labels=("topic",),
        )
        for topic, count in sorted(view.counts.unread.items()):
            unread.add_metric((topic,), count)
        yield unread
        yield from self._of_receivers()

    def _of_receivers(self) -> Iterable[Metric]:
        waiting = GaugeMetricFamily(
            "groundswell_notify_waiting", "Notifications not delivered yet.", labels=("receiver",)
        )
        oldest = GaugeMetricFamily(
            "groundswell_notify_oldest_seconds",
            "Age of the oldest notification that is not delivered.",
            labels=("receiver",),
        )
        now = self._clock()
        for name, (count, decided_at) in sorted(self._view.waiting().items()):
            waiting.add_metric((name,), count)
            oldest.add_metric((name,), max(0.0, now - decided_at) if count else 0.0)
        yield waiting
        yield oldest
        dead = GaugeMetricFamily(
            "groundswell_notify_receiver_dead",
            "1: the receiver is not reached, and its fallback is told.",
            labels=("receiver",),
        )
        for name, is_dead in sorted(self._view.dead().items()):
            dead.add_metric((name,), is_dead)
        yield dead


def registry(view: View) -> CollectorRegistry:
    """Make a registry of its own that reads `view`."""
    made = CollectorRegistry(auto_describe=False)
    made.register(NotifyCollector(view))
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    return made
