"""Whom a name of the settings stands for at a time: hours, shifts, teams. Times are wall time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.calendar import EPOCH, calendar_of
from streams.core.event_time.wall_clock import at_clock, day_at
from streams.core.incidents.silences import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streams.core.event_time.calendar import Calendar
    from streams.core.notify.config import Channel, Hours, Notify, Rota

LOOK_BACK: Final = 1
"""Days before a time on which hours may have begun that it is in."""


class Shift(NamedTuple):
    """Somebody has a shift of a calendar; `start` and `end` are epoch seconds."""

    start: int
    end: int
    name: str


class Target(NamedTuple):
    """A receiver, what it goes by, and whose it is if somebody's in person."""

    receiver: str
    channel: Channel
    person: str | None = None


class Duty:
    """Says who is to be told, at any time.

    Args:
        settings: the settings of notify.
        shifts: those of the rotas that have a calendar, by rota.
    """

    def __init__(self, settings: Notify, shifts: Mapping[str, Sequence[Shift]]) -> None:
        self._settings = settings
        self._shifts = shifts
        self._calendars: dict[str, Calendar] = {
            name: calendar_of(hours.country, hours.subdivision)
            for name, hours in settings.hours.items()
        }
        self._people = {
            known.casefold(): name
            for name, person in settings.people.items()
            for known in (*person.known_as, name)
        }

    def is_within(self, name: str, wall: float) -> bool:
        """Return whether a time lies within the hours of a name."""
        hours = self._settings.hours[name]
        return any(start <= wall < end for start, end in self.spans(name, hours, wall))

    def spans(
        self, name: str, hours: Hours, wall: float, days: int = 1
    ) -> Iterator[tuple[int, int]]:
        """Yield hours that begin on the day before a time, on its own, and on the days after."""
        zone = self._settings.zone_of(hours.zone)
        first = day_at(zone, wall) - timedelta(days=LOOK_BACK)
        for number in range(LOOK_BACK + days):
            day = first + timedelta(days=number)
            off = WEEKDAYS[day.weekday()] not in hours.days
            if off or self._calendars[name](day.toordinal() - EPOCH):
                continue
            last = day if hours.end > hours.start else day + timedelta(days=1)
            start, end = at_clock(zone, day, hours.start), at_clock(zone, last, hours.end)
            if start < end:
                yield start, end

    def on_call(self, name: str, wall: float) -> list[str]:
        """Return which people have the shift of a rota."""
        rota = self._settings.rotas[name]
        instead = [
            one.person
            for one in rota.overrides
            if one.start.timestamp() <= wall < one.end.timestamp()
        ]
        if instead:
            return instead[-1:]
        if rota.calendar is not None:
            found = (s.name for s in self._shifts.get(name, ()) if s.start <= wall < s.end)
            people = (self.person(one) for one in found)
            return list(dict.fromkeys(one for one in people if one is not None))
        turn = _turn(rota, self._settings.zone_of(rota.zone), wall)
        return [] if turn is None else [rota.people[turn % len(rota.people)]]

    def person(self, known_as: str) -> str | None:
        """Return whom a name stands for that somebody goes by; None: nobody that is known."""
        return self._people.get(known_as.strip().casefold())

    def targets(self, names: Iterable[str], wall: float) -> list[Target]:
        """Return the receivers that names stand for at a time, each once."""
        found: dict[str, Target] = {}
        for name in names:
            for target in self._targets(name, wall):
                found.setdefault(target.receiver, target)
        return list(found.values())

    def _targets(self, name: str, wall: float) -> Iterator[Target]:
        settings = self._settings
        if (receiver := settings.receivers.get(name)) is not None:
            yield Target(name, receiver.channel)
        elif (person := settings.people.get(name)) is not None:
            for own in person.tell:
                yield Target(own, settings.receivers[own].channel, name)
        elif name in settings.rotas:
            for somebody in self.on_call(name, wall):
                yield from self._targets(somebody, wall)
        else:
            team = settings.teams[name]
            there = team.hours is None or self.is_within(team.hours, wall)
            for one in team.tell if there else team.otherwise:
                yield from self._targets(one, wall)


def _turn(rota: Rota, zone: str, wall: float) -> int | None:
    """Return which shift of a rota it is, from 0 on; None: before the first."""
    first = date.fromisoformat(rota.since or "")
    turn = (day_at(zone, wall) - first).days // rota.days
    if wall < at_clock(zone, first + timedelta(days=turn * rota.days), rota.handover):
        turn -= 1
    return turn if turn >= 0 else None


def next_at(zone: str, clock: str, days: Iterable[str], after: int) -> int:
    """Return the next time after `after` at which clocks show `clock`, on one of some weekdays."""
    first = day_at(zone, after)
    times = (
        at_clock(zone, day, clock)
        for day in (first + timedelta(days=number) for number in range(9))
        if WEEKDAYS[day.weekday()] in days
    )
    return next(one for one in times if one > after)
