"""The calendars that say who is on call, read from their files, and again when they change."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY
from streams.core.notify.ical import CalendarError, shifts

if TYPE_CHECKING:
    from streams.core.notify.config import Notify
    from streams.core.notify.duty import Shift

log = logging.getLogger(__name__)

AHEAD: Final = 40 * DAY
BEHIND: Final = DAY
"""Seconds of a calendar that are read, from now on and before."""
LOOK_AGAIN: Final = 60
"""Wall seconds after which it is looked whether a file has changed."""


def read_rota(settings: Notify, name: str, wall: int) -> list[Shift]:
    """Return the shifts of a rota around `wall`, epoch seconds; none where it has no calendar.

    Raises:
        CalendarError: its file cannot be read; the message names the rota.
    """
    rota = settings.rotas[name]
    if rota.calendar is None:
        return []
    try:
        text = rota.calendar.read_bytes().decode()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CalendarError(f"rota {name}: {rota.calendar} cannot be read: {why}") from None
    try:
        return shifts(text, settings.zone_of(rota.zone), wall - BEHIND, wall + AHEAD)
    except CalendarError as error:
        raise CalendarError(f"rota {name}: {rota.calendar}: {error}") from None


class Calendars:
    """The shifts of all rotas that have a calendar.

    One that cannot be read any more is left as it was, and said in the log: nobody is to be without
    a shift for a file that is being written.
    """

    def __init__(self, settings: Notify) -> None:
        self._settings = settings
        self._names = [name for name, rota in settings.rotas.items() if rota.calendar is not None]
        self._looked = 0
        self._read: dict[str, tuple[int, float]] = {}
        self._shifts: dict[str, list[Shift]] = {}

    def read(self, wall: int) -> dict[str, list[Shift]]:
        """Return the shifts by rota, read anew.

        Raises:
            CalendarError: one cannot be read.
        """
        for name in self._names:
            self._take(name, wall)
        return dict(self._shifts)

    def changed(self, wall: int) -> dict[str, list[Shift]] | None:
        """Return the shifts by rota where files have changed, or a day has passed; else None."""
        if not self._names or wall < self._looked + LOOK_AGAIN:
            return None
        self._looked = wall
        taken = False
        for name in self._names:
            read_at, stamp = self._read.get(name, (0, 0.0))
            if wall < read_at + DAY and self._stamp(name) == stamp:
                continue
            try:
                self._take(name, wall)
                taken = True
            except CalendarError as error:
                log.warning("%s; who was on call before is on call still, if anybody was", error)
        return dict(self._shifts) if taken else None

    def _take(self, name: str, wall: int) -> None:
        stamp = self._stamp(name)
        self._shifts[name] = read_rota(self._settings, name, wall)
        self._read[name] = wall, stamp

    def _stamp(self, name: str) -> float:
        file = self._settings.rotas[name].calendar
        try:
            return 0.0 if file is None else file.stat().st_mtime
        except OSError:
            return 0.0
