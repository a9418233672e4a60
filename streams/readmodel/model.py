"""The latest of what stands on the public topics: windows, days, periods, refused, late, alerts."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from schemas.topics import BUCKETS, DEADLETTER, HISTORY, LATE, PERIODS, ROLLING
from streams.readmodel import rows
from streams.readmodel.alerts import AlertTable
from streams.readmodel.periods import PeriodTable, decode_period

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.readmodel.rows import Rolling, Transition


TOPICS: Final = (ROLLING, BUCKETS, PERIODS, DEADLETTER, LATE, HISTORY)
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
ALL: Final = b'"segment":null,"tier":null'
"""What the keys of the rows look like that are kept, the totals: most rows are never decoded."""


class ReadModel:
    """The tables, by topic; one thread writes, others may read."""

    def __init__(self) -> None:
        self.rolling: dict[tuple[str, str], Rolling] = {}
        self.daily: dict[tuple[str, str], int] = {}
        self.refused: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.transitions: deque[Transition] = deque()
        self.read: Counter[str] = Counter()
        self.periods: dict[bytes, bytes] = {}
        self._alerts = AlertTable()
        self.alerts = self._alerts.records
        self._origins: set[bytes] = set()
        self._handlers: dict[str, Callable[[bytes, bytes], None]] = {
            ROLLING: self._rolling,
            BUCKETS: self._bucket,
            PERIODS: self._period,
            DEADLETTER: self._refusal,
            LATE: self._late,
            HISTORY: self._alert,
        }

    def apply(self, topic: str, key: bytes, value: bytes) -> None:
        """Apply one message of a public topic; one that comes twice changes nothing.

        An empty value is a tombstone: the row of the key is gone.
        """
        self.read[topic] += 1
        if value or topic == PERIODS:
            self._handlers[topic](key, value)

    def folded(self, topic: str) -> int:
        """Count the events of a source topic that are in its daily totals."""
        wanted = METRICS_OF[topic]
        # A copy: the writing thread may add a day meanwhile.
        return sum(count for (metric, _), count in self.daily.copy().items() if metric in wanted)

    def window(self, metric: str, window: str) -> Rolling | None:
        """Give the total of a metric over a window; None while nothing was published."""
        return self.rolling.get((metric, window))

    def totals(self) -> PeriodTable:
        """Give the periods of all customers together, by day, week, month, quarter and year."""
        rows = self.periods.copy().items()
        return PeriodTable(decode_period(value) for key, value in rows if ALL in key)

    def _rolling(self, key: bytes, value: bytes) -> None:
        if TOTAL in key:
            row = rows.decode_rolling(value)
            self.rolling[row.metric, row.window] = row

    def _bucket(self, key: bytes, value: bytes) -> None:
        if TOTAL_DAY in key:
            row = rows.decode_bucket(value)
            self.daily[row.metric, row.start] = row.count

    def _period(self, key: bytes, value: bytes) -> None:
        if value:
            self.periods[key] = value
        else:
            self.periods.pop(key, None)

    def _refusal(self, key: bytes, value: bytes) -> None:
        if key not in self._origins:
            self._origins.add(key)
            origin = rows.decode_origin(value)
            self.refused[origin.topic] += 1
            self.reasons[origin.reason or ""] += 1

    def _late(self, key: bytes, value: bytes) -> None:
        late = LATE.encode() + key
        if late not in self._origins:
            self._origins.add(late)
            self.late[rows.decode_origin(value).topic] += 1

    def _alert(self, key: bytes, value: bytes) -> None:
        del key
        row = rows.decode_alert(value)
        if self._alerts.apply(row):
            self.transitions.append(row)
