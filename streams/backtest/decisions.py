"""The alerts stage under several settings at once: one pass over the evidence, alerts for each.

The evidence and the order of what the detectors found are the same for all of them, and are most of
the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from schemas.topics import HISTORY
from streams.backtest.tape import frames
from streams.core.alerts.open_alerts import OpenAlerts
from streams.core.alerts.people import People
from streams.core.alerts.steps import Steps
from streams.core.detail_messages import PackedDetails
from streams.core.messages import Details, Signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from streams.core.config import Config

_message = msgspec.msgpack.Decoder(Details | PackedDetails | Signals).decode


class _SideBySide:
    """One metric: its steps, and its alerts under each of the settings."""

    def __init__(self, metric: str, many: Sequence[Config]) -> None:
        self._metric = metric
        zone = many[0].calendar.zone
        self._steps = Steps(1, many[0].tables.grace, zone)
        self._alerts = [
            OpenAlerts(metric, self._steps.evidence, one.detect, People(one.handling), zone)
            for one in many
        ]

    def admit(self, message: Details | PackedDetails | Signals) -> None:
        """Take in one message, and have each work out what is complete."""
        self._steps.admit(message)
        more = True
        while more:
            steps = self._steps.pop(1)
            for alerts in self._alerts:
                alerts.forget(self._steps.done)
                for step in steps:
                    alerts.step(step)
            more = bool(steps)

    def flush(self) -> Iterator[list[bytes]]:
        """Give the transitions since the last flush, under each of the settings."""
        self._steps.flush(self._metric, durable=False)
        for alerts in self._alerts:
            sends = alerts.flush(self._metric, durable=False).sends
            yield [send.value or b"" for send in sends if send.topic == HISTORY]


def decide(watched: Path, many: Sequence[Config]) -> list[list[bytes]]:
    """Give every transition of an alert, as on alerts.history, under each of the settings.

    They may differ in what concerns the alerts only.
    """
    metrics: dict[str, _SideBySide] = {}
    found: list[list[bytes]] = [[] for _ in many]
    for messages in frames(watched):
        for value in messages:
            message = _message(value)
            if message.metric not in metrics:
                metrics[message.metric] = _SideBySide(message.metric, many)
            metrics[message.metric].admit(message)
        for side_by_side in metrics.values():
            for held, new in zip(found, side_by_side.flush(), strict=True):
                held.extend(new)
    return found
