"""Small worlds for the incidents stage: what the fold and the series stages would have sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.topics import ALERTS, HISTORY
from streams.core.alerts.stage import AlertsStage
from streams.core.detect import Reading
from streams.core.messages import SIGNALS, DetailRow, Details, Sample, Signal, Signals, Source
from streams.core.series_key import series_key
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.detect.protocol import Status

DAY = 86400
HOUR = 3600
GRACE = 600
NAMES = ("product", "issue", "company", "region")
SETTINGS = Settings()

LOAN = ("Loan", "Rate", "Acme", "CA")
CARD = ("Card", "Fees", "Bolt", "NY")

Row = tuple[int, tuple[str, ...], int, list[Sample]]
"""Start, labels, count and texts: a `DetailRow` without prints."""

_encode = msgspec.msgpack.Encoder().encode


def details(  # noqa: PLR0913 - one argument a field
    number: int,
    watermark: int,
    rows: Sequence[Row],
    *,
    partition: int = 0,
    part: int = 0,
    idle: bool = False,
) -> bytes:
    source = Source("complaints", partition, number, part, watermark, idle)
    sent = [DetailRow(start, labels, count, [], b"", texts) for start, labels, count, texts in rows]
    return _encode(Details(source, "complaints", NAMES, sent))


def signals(through: int, readings: Iterable[Reading] = (), *, partition: int = 0) -> bytes:
    reported = [Signal(reading, round(reading.observed)) for reading in readings]
    return _encode(Signals(partition, "complaints", through, reported))


def reading(  # noqa: PLR0913 - one argument a field
    labels: Mapping[str, str],
    day: int,
    observed: float,
    expected: float,
    *,
    surprise: float = 20.0,
    status: Status = "raised",
    since: int | None = None,
    hour: int | None = None,
) -> Reading:
    """A day's reading, or that of the `hour` hours from the start of the day."""
    start = day * DAY
    return Reading(
        series=series_key("complaints", labels),
        grain="1d" if hour is None else "5m",
        start=start,
        end=start + (DAY if hour is None else hour * HOUR),
        observed=observed,
        expected=expected,
        upper=expected + 5.0 * expected**0.5 + 3.0,
        surprise=surprise,
        status=status,
        since=start if since is None else since * DAY,
        history=100.0,
    )


def quiet(days: int) -> list[Row]:
    """Every day the same: 4 loans at noon, 20 cards."""
    rows: list[Row] = []
    for day in range(days):
        rows.append((day * DAY + 43200, LOAN, 4, []))
        rows.append((day * DAY + 43200, CARD, 20, []))
    return rows


def stage(sources: int = 1, series: int = 1) -> AlertsStage:
    return AlertsStage(sources, series, SETTINGS)


def give(to: AlertsStage, *values: bytes, wall: float = 0.0) -> None:
    for offset, value in enumerate(values):
        to.process(SIGNALS, [Record(offset, None, value)], wall)


def reported(by: AlertsStage, topic: str = HISTORY) -> list[dict[str, Any]]:
    """Flush, and give what was published on a topic."""
    return [json.loads(s.value or b"") for s in by.flush(1, 0.0).sends if s.topic == topic]


def current(by: AlertsStage) -> list[dict[str, Any]]:
    return reported(by, ALERTS)


D = 40
"""The day on which something happens."""

OUTBREAK: Row = (D * DAY + 43200, LOAN, 60, [(7, "they raised my rate"), (3, "call 555-123-4567")])
COMPANY = reading({"company": "Acme"}, D, 60, 4, surprise=60)
PRODUCT = reading({"product": "Loan"}, D, 60, 4.1, surprise=58)
ISSUE = reading({"issue": "Rate", "product": "Loan"}, D, 60, 4.2, surprise=57)
REGION = reading({"region": "CA"}, D, 61, 5, surprise=50)
TOTAL = reading({}, D, 80, 24, surprise=12)
AFTER = (D + 1) * DAY


def outbreak(*readings: Reading) -> AlertsStage:
    """Forty quiet days, then 60 complaints about the loans of Acme instead of 4."""
    world = stage()
    rows: list[Row] = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 20, [])]
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, readings))
    return world
