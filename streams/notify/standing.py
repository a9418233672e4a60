"""The alerts that stand in an Alertmanager, kept as the incidents are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from streams.notify.outgoing import outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.notify.notification import Notification
    from streams.notify.channels.alertmanager import Alertmanager
    from streams.notify.rendering import Templates


class Standing:
    """What one receiver was told last of each incident that is open."""

    def __init__(self, name: str, channel: Alertmanager, templates: Templates) -> None:
        self._name = name
        self._channel = channel
        self._templates = templates
        self._open: dict[str, bytes] = {}
        self._told: dict[str, Notification] = {}
        self._over: set[str] = set()

    def observe(self, record: bytes) -> None:
        """Take note of a record of `incidents`."""
        seen: dict[str, Any] = msgspec.json.decode(record)
        name = seen["incident_id"]
        if seen["state"] == "resolved":
            self._open.pop(name, None)
            self._told.pop(name, None)
            if not seen.get("message"):  # merged into another: nothing is told, and it is over
                self._over.add(name)
            return
        self._open[name] = record
        self._over.discard(name)
        one = self._told.get(name)
        if one is not None:
            self._say(one)

    def delivered(self, one: Notification) -> None:
        """Take note of what the receiver took."""
        name = one.incident_id
        if name is not None and name in self._open and one.message_reason != "resolved":
            self._told[name] = one

    def restore(self, rows: Iterable[Notification]) -> None:
        """Take over what a former owner posted: of open incidents the last that was taken."""
        own = [one for one in rows if one.receiver == self._name and one.state == "delivered"]
        for one in sorted(own, key=lambda one: (one.ended_at or 0, one.sequence)):
            self.delivered(one)
        for one in self._told.values():
            message = outgoing(self._now(one))
            rendered = self._templates.surely(message)
            self._channel.adopt(message, rendered, float(one.ended_at or one.decided_at))

    async def resend(self) -> int:
        """Post again what stands; returns how many alerts were not taken."""
        for name in list(self._over):
            await self._channel.end(name)
        self._over &= self._channel.standing
        return await self._channel.resend()

    def leave(self) -> None:
        """Post nothing more: another process does."""
        self._channel.leave(self._channel.standing)

    def _say(self, one: Notification) -> None:
        message = outgoing(self._now(one))
        self._channel.say(message, self._templates.surely(message))

    def _now(self, one: Notification) -> Notification:
        """Return what was told, of the incident as it is now."""
        return msgspec.structs.replace(one, incident=self._open[one.incident_id or ""])
