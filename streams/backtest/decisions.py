"""The alerts stage under several settings at once: one pass over the evidence for all of them.

The evidence and the order of what the detectors found are the same for all, and are most of the
work; each setting has open alerts of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.backtest.tape import frames
from streams.core.alerts.open_alerts import OpenAlerts
from streams.core.alerts.stage import Watch
from streams.core.messages import Details, Signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from streams.core.alerts.inbox import Step
    from streams.core.config import Config
    from streams.core.evidence.store import Evidence

_message = msgspec.msgpack.Decoder(Details | Signals).decode


class _Boards(OpenAlerts):
    """Boards side by side, each with settings of its own."""

    def __init__(self, evidence: Evidence, many: Sequence[Config]) -> None:
        super().__init__(evidence, many[0].detect)
        self.each = [OpenAlerts(evidence, settings.detect) for settings in many]

    def step(self, step: Step) -> None:
        """Have each work a step out."""
        for board in self.each:
            board.step(step)

    def forget(self, now: int) -> Iterator[str]:
        """Have each forget; nobody needs to know what."""
        for board in self.each:
            for _ in board.forget(now):
                pass
        return iter(())


def decide(watched: Path, many: Sequence[Config]) -> list[list[bytes]]:
    """Give every transition of an alert, as on alerts.history, under each of the settings.

    They may differ in what concerns the incidents only.
    """
    watches: dict[str, tuple[Watch, _Boards]] = {}
    found: list[list[bytes]] = [[] for _ in many]
    for messages in frames(watched):
        for value in messages:
            message = _message(value)
            metric = message.metric
            if metric not in watches:
                watch = Watch(metric, 1, many[0])
                watch.open_alerts = boards = _Boards(watch.evidence, many)
                watches[metric] = watch, boards
            watch, boards = watches[metric]
            if isinstance(message, Details):
                watch.evidence.take(message)
            else:
                watch.inbox.take(message)
            while watch.advance(1):
                pass
        for watch, boards in watches.values():
            watch.written()
            for board, told in zip(boards.each, found, strict=True):
                told += [one.value for one in board.told if one.transition]
                board.told.clear()
                board.changed.clear()
    return found
