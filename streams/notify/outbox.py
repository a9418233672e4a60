"""What is decided to be sent and not at its end: by receiver, the oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.notify.notification import Notification


class Due(NamedTuple):
    """The next to be tried, or until when (epoch seconds) there is none; None: nothing waits."""

    one: Notification | None
    at: int | None


class Outbox:
    """Notifications by their id, in the order in which they were decided.

    Of one incident a receiver gets the first before the second: what is behind one that is tried
    again waits for it.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, Notification]] = {}
        self._known: set[str] = set()

    def put(self, one: Notification) -> None:
        """Take a notification as it stands now; it leaves when it is over."""
        if not one.is_sent or one.receiver is None:
            return
        self._known.add(one.notification_id)
        queue = self._waiting.setdefault(one.receiver, {})
        if one.is_over:
            queue.pop(one.notification_id, None)
        else:
            queue[one.notification_id] = one  # its place stays

    def restore(self, rows: Iterable[Notification]) -> None:
        """Take what stands on the topic, in any order."""
        for one in sorted(rows, key=_order):
            self.put(one)

    def knows(self, notification_id: str) -> bool:
        """Return whether it was decided to send this."""
        return notification_id in self._known

    def waiting(self, receiver: str) -> list[Notification]:
        """Return what waits for a receiver, the oldest first."""
        return list(self._waiting.get(receiver, {}).values())

    def receivers(self) -> Iterator[str]:
        """Yield the receivers for whom something waits."""
        return (name for name, queue in self._waiting.items() if queue)

    def due(self, receiver: str, wall: int) -> Due:
        """Return what is to be tried next for a receiver."""
        heads: set[str] = set()
        soonest: int | None = None
        for one in self._waiting.get(receiver, {}).values():
            about = one.incident_id or one.notification_id
            if about in heads:
                continue
            heads.add(about)
            if one.retry_at is None or one.retry_at <= wall:
                return Due(one, wall)
            soonest = one.retry_at if soonest is None else min(soonest, one.retry_at)
        return Due(None, soonest)


def _order(one: Notification) -> tuple[int, str, int, str]:
    return one.decided_at, one.incident_id or "", one.sequence, one.notification_id
