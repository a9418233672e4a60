"""What a downstream service knows that reads only the public topics: the demo's scoreboard."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas.topics import BUCKETS, DEADLETTER, HISTORY, LATE, ROLLING

if TYPE_CHECKING:
    from collections.abc import Callable


TOPICS: Final = (ROLLING, BUCKETS, DEADLETTER, LATE, HISTORY)
METRICS_OF: Final = {
    "signups": ("signups",),
    "cancellations": ("cancellations",),
    "complaints": ("complaints",),
    "referrals": ("referrals",),
    "renewals": ("renewals", "refusals"),
    "revenue": ("revenue",),
}
"""The metrics whose counts add up to the events of a source topic."""

TOTAL_DAY: Final = b'"labels":{},"grain":"1d"'
TOTAL: Final = b'"labels":{},"window"'
"""What the keys of the rows look like that the demo needs: most rows are never decoded."""


class Rolling(msgspec.Struct):
    """A row of metrics.rolling, as far as it is needed."""

    metric: str
    window: str
    end: str
    count: int
    values: dict[str, int]
    customers: int


class Daily(msgspec.Struct):
    """A row of metrics.buckets, as far as it is needed."""

    metric: str
    start: str
    count: int


class Origin(msgspec.Struct):
    """A message on deadletter or late, as far as it is needed."""

    topic: str
    reason: str | None = None


class Alert(msgspec.Struct):
    """A transition of an alert, as far as it is needed; times are RFC 3339, event time."""

    alert_id: str
    state: str
    severity: str
    metric: str
    labels: dict[str, str]
    at: str
    started_at: str
    observed: int
    expected: float
    message: str
    explained_by: str | None = None
    verdict: str = "real"


class Opened(NamedTuple):
    """An alert as the board keeps it: when it first fired, and as it stands now."""

    fired_at: str | None
    peak: Alert
    now: Alert


class Board:
    """The latest of everything the public topics have told; one thread writes, others may read."""

    def __init__(self) -> None:
        self.rolling: dict[tuple[str, str], Rolling] = {}
        self.daily: dict[tuple[str, str], int] = {}
        self.refused: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.alerts: dict[str, Opened] = {}
        self.news: deque[Alert] = deque()
        self.read: Counter[str] = Counter()
        self._origins: set[bytes] = set()
        self._takers: dict[str, Callable[[bytes, bytes], None]] = {
            ROLLING: self._rolling,
            BUCKETS: self._bucket,
            DEADLETTER: self._refusal,
            LATE: self._late,
            HISTORY: self._alert,
        }
        self._decode: dict[type[Any], Any] = {
            kind: msgspec.json.Decoder(kind).decode for kind in (Rolling, Daily, Origin, Alert)
        }

    def take(self, topic: str, key: bytes, value: bytes) -> None:
        """Take one message of a public topic; a message told twice changes nothing."""
        self.read[topic] += 1
        self._takers[topic](key, value)

    def folded(self, topic: str) -> int:
        """Count the events of a source topic that are in its daily totals."""
        wanted = METRICS_OF[topic]
        # A copy: the writing thread may add a day meanwhile.
        return sum(count for (metric, _), count in self.daily.copy().items() if metric in wanted)

    def window(self, metric: str, window: str) -> Rolling | None:
        """Give the total of a metric over a window; None while nothing was told."""
        return self.rolling.get((metric, window))

    def _rolling(self, key: bytes, value: bytes) -> None:
        if TOTAL in key:
            row = self._decode[Rolling](value)
            self.rolling[row.metric, row.window] = row

    def _bucket(self, key: bytes, value: bytes) -> None:
        if TOTAL_DAY in key:
            row = self._decode[Daily](value)
            self.daily[row.metric, row.start] = row.count

    def _refusal(self, key: bytes, value: bytes) -> None:
        if key not in self._origins:
            self._origins.add(key)
            origin = self._decode[Origin](value)
            self.refused[origin.topic] += 1
            self.reasons[origin.reason] += 1

    def _late(self, key: bytes, value: bytes) -> None:
        late = LATE.encode() + key
        if late not in self._origins:
            self._origins.add(late)
            self.late[self._decode[Origin](value).topic] += 1

    def _alert(self, key: bytes, value: bytes) -> None:
        del key
        alert = self._decode[Alert](value)
        before = self.alerts.get(alert.alert_id)
        fired = before.fired_at if before else None
        if fired is None and alert.state == "firing":
            fired = alert.at
        peak = before.peak if before and before.peak.observed >= alert.observed else alert
        self.alerts[alert.alert_id] = Opened(fired, peak, alert)
        over = alert.state == "resolved" and fired is None  # nobody was told of it
        if (before is None or before.now.state != alert.state) and not over:
            self.news.append(alert)
