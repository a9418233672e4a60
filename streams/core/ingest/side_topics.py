"""What is not counted: refused events for `deadletter`, too late ones for `late`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import wire
from schemas.topics import DEADLETTER, LATE
from streams.core.stage import Send

if TYPE_CHECKING:
    from schemas.deadletter import LateReason
    from streams.core.stage import Record


class SideTopics:
    """Messages of one source partition that wait for the next flush, and their size in bytes."""

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition
        self._refused: list[Send] = []
        self._late: list[Send] = []
        self.waiting_bytes = 0

    def refuse(self, record: Record, refusal: wire.Refusal, wall: float) -> None:
        """Keep a refused event, with the reason; `wall` is epoch seconds."""
        letter = wire.encode_deadletter(
            reason=refusal.reason,
            detail=refusal.detail,
            topic=self._topic,
            partition=self._partition,
            offset=record.offset,
            key=record.key,
            payload=record.value,
            at=int(wall),
        )
        self._refused.append(Send(DEADLETTER, None, self._origin(record), letter))
        self.waiting_bytes += len(letter)

    def note_late(
        self, record: Record, time: int, watermark: int, reason: LateReason | None = None
    ) -> None:
        """Keep an event that is too late.

        Args:
            record: the event as it was read.
            time: when it occurred, epoch seconds.
            watermark: the event time that the partition had reached, epoch seconds.
            reason: why it is too late for the lives of customers; None: its bucket was closed.
        """
        late = wire.encode_late(
            topic=self._topic,
            partition=self._partition,
            offset=record.offset,
            payload=record.value or b"",
            occurred_at=time,
            watermark=watermark,
            reason=reason,
        )
        self._late.append(Send(LATE, None, self._origin(record), late))
        self.waiting_bytes += len(late)

    def drain(self) -> list[Send]:
        """Return the messages that wait, and forget them."""
        sends = [*self._refused, *self._late]
        self._refused.clear()
        self._late.clear()
        self.waiting_bytes = 0
        return sends

    def _origin(self, record: Record) -> bytes:
        return wire.origin_key(self._topic, self._partition, record.offset)
