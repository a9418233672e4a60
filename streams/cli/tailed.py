"""What groundswell tail shows of a message, which messages, and in which order."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from rich.markup import escape

from schemas.metrics import AnyMetric, MovementMetric
from schemas.periods import PeriodDimension
from streams.cli.alerts import coloured
from streams.cli.terminal import err, fail, hanging, out
from streams.core.catalogue import TOPIC_OF, TOPICS
from streams.core.event_time.formats import minute_of
from streams.naming import near
from streams.readmodel.rows import decode_alert
from streams.readmodel.wording import money, series

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from streams.settings import Settings


class _Series(msgspec.Struct):
    """What tells rows apart: of a table by series, and bucket or window; of a log by their time."""

    metric: str = ""
    labels: dict[str, str] | None = None
    grain: str | None = None
    window: str | None = None
    start: str | None = None
    alert_id: str | None = None
    at: str | None = None
    occurred_at: str | None = None


class _Metric(msgspec.Struct):
    metric: str
    labels: dict[str, str]
    start: str
    count: int
    values: dict[str, int]
    customers: int | None = None
    late: int | None = None
    status: str | None = None
    grain: str | None = None
    window: str | None = None
    end: str = ""


class _Refused(msgspec.Struct):
    topic: str
    partition: int
    offset: int
    at: str
    reason: str
    detail: str


class _LateEvent(msgspec.Struct):
    event_id: str = ""


class _Late(msgspec.Struct):
    topic: str
    partition: int
    offset: int
    occurred_at: str
    lateness_s: int
    event: _LateEvent
    reason: str = ""


_series: Final = msgspec.json.Decoder(_Series).decode
_decode_metric: Final = msgspec.json.Decoder(_Metric).decode
_decode_refused: Final = msgspec.json.Decoder(_Refused).decode
_decode_late: Final = msgspec.json.Decoder(_Late).decode

MOVEMENTS: Final = frozenset(get_args(MovementMetric))
MOVEMENT_LABELS: Final = ("segment", *get_args(PeriodDimension))
"""What movements of customers are kept by, one at a time, whatever the settings."""


def check_names(metrics: Sequence[str], labels: Sequence[str]) -> None:
    """Refuse metrics and labels that there are none of, saying what was perhaps meant."""
    for metric in metrics:
        if metric not in get_args(AnyMetric):
            fail(f"there is no metric {metric!r}; {near(metric, get_args(AnyMetric))}")
    chosen = [topic for metric, topic in TOPIC_OF.items() if not metrics or metric in metrics]
    topics = [TOPICS[name] for name in dict.fromkeys(chosen)]
    of_movements = MOVEMENT_LABELS if not metrics or MOVEMENTS & set(metrics) else ()
    of_events = (label for topic in topics for label in topic.labels)
    known = list(dict.fromkeys((*of_events, *of_movements)))
    for label in labels:
        name = label.partition("=")[0]
        if name not in known:
            what = " and ".join(metrics) or "no metric"
            has = f"{what} has no label" if metrics else "there is no label"
            fail(f"{has} {name!r}; {near(name, known)}")


def warn_of_breakdowns(settings: Settings, metrics: Sequence[str], labels: Sequence[str]) -> None:
    """Say so if no series is kept by exactly these labels; the worker's settings may differ."""
    asked = {label.partition("=")[0] for label in labels}
    kept: dict[str, list[list[str]]] = {
        metric: list(map(list, breakdowns))
        for metric, breakdowns in settings.tables.breakdowns.items()
        if not metrics or metric in metrics
    }
    for metric in MOVEMENTS & set(metrics):
        kept[metric] = [[label] for label in MOVEMENT_LABELS]
    if not asked or any(asked == set(one) for each in kept.values() for one in each):
        return
    by = "; ".join(
        f"{metric} by {', '.join(' and '.join(one) for one in each if one)}"
        for metric, each in kept.items()
    )
    err.print(
        f"[yellow]warning: no series is kept by {escape(' and '.join(sorted(asked)))}, as these"
        f" settings have it (tables.breakdowns): {escape(by)}[/]"
    )


class Wanted:
    """Which messages to show.

    `labels` has names, or names with the value asked for. With a `grain` or a `window` the series
    must have exactly these labels (none: the totals); else it must have them at least.
    """

    def __init__(
        self,
        metrics: list[str],
        labels: list[str],
        grain: str | None,
        window: str | None,
        pattern: re.Pattern[str] | None,
    ) -> None:
        self._metrics = set(metrics)
        self._labels = dict(label.partition("=")[::2] for label in labels)
        self._grain = grain
        self._window = window
        self._exact = grain is not None or window is not None
        self._pattern = pattern

    def __call__(self, value: bytes) -> bool:
        """Tell whether a message is wanted."""
        if self._pattern is not None and not self._pattern.search(value.decode(errors="replace")):
            return False
        row = _series(value)
        if self._metrics and row.metric not in self._metrics:
            return False
        if self._grain is not None and row.grain != self._grain:
            return False
        if self._window is not None and row.window != self._window:
            return False
        there = row.labels or {}
        # Who searches means to find, in whatever series it is.
        exact = self._exact and (self._labels or self._pattern is None)
        if exact and there.keys() != self._labels.keys():
            return False
        return all(
            name in there and (not asked or there[name].lower() == asked.lower())
            for name, asked in self._labels.items()
        )


class Ordered:
    """What was there at first, shown in order of time once all of it has come; then as it comes.

    Of rows of a table with one key the last is shown: it replaces those before it.
    """

    def __init__(self, show: Callable[[bytes], None]) -> None:
        self._show = show
        self._first: dict[object, bytes] | None = {}

    def __call__(self, value: bytes) -> None:
        """Show a message, now or in its turn."""
        if self._first is None:
            self._show(value)
        else:
            key = _key(_series(value)) or len(self._first)
            self._first.pop(key, None)
            self._first[key] = value

    def caught_up(self) -> None:
        """Show what has come so far."""
        first, self._first = self._first, None
        for value in sorted((first or {}).values(), key=lambda value: _time(_series(value))):
            self._show(value)


def _key(row: _Series) -> object:
    """Return what tells rows of a table apart; None of what stands on a log."""
    if row.labels is None or row.alert_id is not None:
        return None
    when = row.window or (row.grain, row.start)
    return row.metric, tuple(sorted(row.labels.items())), when


def _time(row: _Series) -> tuple[str, str, list[str]]:
    at = row.start or row.occurred_at or row.at or ""
    if row.window is not None:
        at = ""  # they end alike, but for those of which nothing came lately
    return at, row.metric, list((row.labels or {}).values())


def as_it_is(value: bytes) -> None:
    """Write a message byte by byte, and a line end."""
    sys.stdout.buffer.write(value + b"\n")
    sys.stdout.buffer.flush()


def _alert(value: bytes) -> None:
    row = decode_alert(value)
    state = coloured(row.state.upper(), row.severity if row.state == "firing" else row.state)
    if row.verdict == "artefact":
        state = coloured(f"NOTICE ({row.state})", row.severity)
    numbers = f"observed {row.observed:,.0f}, expected {row.expected:,.1f}"
    part = f" [dim](explained by {row.explained_by})[/]" if row.explained_by else ""
    what = escape(series(row.metric, row.labels))
    out.print(f"[dim]{minute_of(row.at)}[/]  {state}  {what}  {numbers}{part}")
    if row.message and not row.explained_by:
        hanging(out, "    ", escape(row.message))


def _metric(value: bytes) -> None:
    row = _decode_metric(value)
    sums = "".join(f"  {money(amount, code)}" for code, amount in row.values.items())
    customers = f"  {row.customers:,} customers" if row.customers else ""
    late = f"  {row.late:,} late" if row.late else ""
    when = minute_of(row.start)
    if row.window is not None:
        when = f"{row.window} to {minute_of(row.end)}"
    elif row.grain == "1d":
        when = when.partition(" ")[0]
    status = f"  [dim]{escape(row.status)}[/]" if row.status else ""
    out.print(
        f"[dim]{escape(when)}[/]  {escape(series(row.metric, row.labels))}"
        f"  [bold]{row.count:,}[/]{customers}{escape(sums)}{late}{status}"
    )


def _refused(value: bytes) -> None:
    row = _decode_refused(value)
    where = f"{row.topic}:{row.partition}:{row.offset}"
    out.print(
        f"[dim]{escape(minute_of(row.at))}[/]  [yellow]{escape(row.reason)}[/]  {escape(where)}"
        f"  {escape(row.detail)}"
    )


def _late(value: bytes) -> None:
    row = _decode_late(value)
    where = f"{row.topic}:{row.partition}:{row.offset}"
    out.print(
        f"[dim]{escape(minute_of(row.occurred_at))}[/]  {escape(where)}  "
        f"{row.lateness_s:,} s too late  {escape(row.event.event_id)}"
        f"  {escape(row.reason)}".rstrip()
    )


SHOW: Final[dict[str, Callable[[bytes], None]]] = {
    "alerts": _alert,  # in place of which `IncidentTail` shows incidents
    "history": _alert,
    "metrics": _metric,
    "deadletter": _refused,
    "late": _late,
}
"""How a message is shown, by what is followed."""
