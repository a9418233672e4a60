"""What a stage shows of itself to whoever looks on: telemetry, a console, a test.

Readers call these between two steps of the stage, on its event loop; nothing they return may be
kept, and nothing they do changes the stage. Counts are of this partition alone, since the state
began (they come back from the changelog); event time is epoch seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.core.detect.protocol import Census
    from streams.core.event_time.buckets import Window


class WindowValue(NamedTuple):
    """One rolling window of a total series (`segment` is None) or of a segment's series.

    `values` has minor units by currency; `customers` is the estimate of distinct customers.
    """

    metric: str
    segment: str | None
    window: Window
    events: int
    values: Mapping[str, int]
    customers: int


class FlushTime(NamedTuple):
    """How many flushes a stage has made since the worker started, and the seconds they took."""

    flushes: int
    seconds: float


@runtime_checkable
class Sized(Protocol):
    """Any stage: how much it holds."""

    def sizes(self) -> Mapping[str, int]:
        """Count the entries of the state by kind: cells, ids, series, ..."""


@runtime_checkable
class IngestView(Sized, Protocol):
    """One source partition of the fold stage."""

    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """Count events by (topic, outcome): folded, late, duplicate or refused."""

    def refusals(self) -> Mapping[tuple[str, str], int]:
        """Count the refused events by (topic, reason)."""

    def mended(self) -> Mapping[tuple[str, str], int]:
        """Count the optional fields put right or dropped by (topic, `severity: urgent`)."""

    def watermarks(self) -> Mapping[str, int]:
        """Return the watermark of each topic; 0 or less before its first event."""


@runtime_checkable
class CustomersView(Protocol):
    """One source partition that keeps customers."""

    def customers_by_status(self) -> Mapping[str, int]:
        """Count the customers by status; nothing until all were counted once."""

    def conservation_error(self) -> Mapping[str, int]:
        """Give by how much customers and money do not add up, by unit; all 0 is right.

        The unit is `customers`, or the currency of a recurring value in minor units.
        """


class MonthValue(NamedTuple):
    """A number of customers of this month so far, or of the last one.

    `segment` is None for all; `unit` as on metrics.periods; `customers` counts them, or movements
    of them; `values` has minor units by currency.
    """

    month: str
    segment: str | None
    unit: str
    customers: int
    values: Mapping[str, int]


@runtime_checkable
class PeriodsView(Protocol):
    """The partition of the series stage that has the periods."""

    def months(self, segments: int) -> Iterable[MonthValue]:
        """Return the numbers of the current and the last month, as last published.

        Of all, and of the segments with the most customers, at most `segments`.
        """


@runtime_checkable
class Checked(Protocol):
    """A stage that checks itself while it runs."""

    def drain_faults(self) -> Iterable[str]:
        """Return in words what was found wrong since the last call; for the log of the worker."""


@runtime_checkable
class AggregateView(Sized, Protocol):
    """One partition of the series stage."""

    @property
    def timezone(self) -> str:
        """The name of the time zone whose days it counts."""

    def rolling(self, segments: int) -> Iterable[WindowValue]:
        """Return every window, as last published on metrics.rolling, of the totals and of segments.

        Those are the largest of each metric, at most `segments`; this must not compute windows.
        """

    def census(self) -> Mapping[str, Census]:
        """Count the watched series of each metric by how much the detector knows of them."""

    def watermarks(self) -> Mapping[str, int]:
        """Return the merged watermark of each metric that has one."""


class IncidentValue(NamedTuple):
    """An open incident; `cause` names what it is about by two labels at most.

    `started_at` is epoch seconds of event time; `acknowledged` and `silenced` hold at the wall time
    that was asked for; `customers` is 0 where it is not known.
    """

    incident_id: str
    metric: str
    state: str
    severity: str
    cause: str
    started_at: int
    observed: float
    expected: float
    customers: int
    owner: str | None
    acknowledged: bool
    silenced: bool

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.observed - self.expected


@runtime_checkable
class AlertsView(Sized, Protocol):
    """The incidents stage."""

    def alerts(self) -> Mapping[tuple[str, str], int]:
        """Count the alerts by (state, severity)."""

    def incidents(self, wall: float) -> Iterable[IncidentValue]:
        """Return every incident that is not over, as it is handled at `wall`, epoch seconds."""
