"""The desk with the shifts of calendars, read again when their files change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.notify.desk import Desk
from streams.settings.rotas import Calendars

if TYPE_CHECKING:
    from streams.core.notify.notification import Notification
    from streams.settings import Settings


class PlannedDesk(Desk):
    """Decides who is told what, by calendars as they are.

    A calendar that cannot be read at the start is said in the log, and nobody has its shifts until
    it can: what a route tells besides is told all the same.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.notify, settings.handling.answer_within)
        self._calendars = Calendars(settings.notify)

    def decide(self, wall: int) -> list[Notification]:
        """Return all that is due at `wall`, epoch seconds, and was not decided before."""
        shifts = self._calendars.changed(wall)
        if shifts is not None:
            self.plan(shifts)
        return super().decide(wall)
