"""Silences: which incidents they are for, and when they hold. They hide messages, never alerts."""

from __future__ import annotations

from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from streams.core.event_time.wall_clock import at_clock, day_at
from streams.core.incidents.handling import Silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streams.core.incidents.acts import Act, Weekly

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEXT_DAYS: Final = 8
"""Days that are looked at for the next times at which a silence holds."""


def silence_of(name: str, acts: Sequence[Act], longest: int) -> tuple[Silence, Act] | None:
    """Return a silence as its actions leave it; None where it was taken back.

    It lasts `longest` seconds at most, whatever it says. With it comes the action that made it.
    """
    last = next((act for act in reversed(acts) if act.kind in {"silenced", "unsilenced"}), None)
    if last is None or last.kind == "unsilenced" or last.until is None:
        return None
    starts = last.at if last.starts_at is None else last.starts_at
    until = min(last.until, starts + longest)
    return Silence(name, last.by, starts, until, last.recurring, last.note), last


def matches(act: Act, labels: Mapping[str, str]) -> bool:
    """Return whether a silence is for what has these labels: all of its matchers must fit."""
    return bool(act.matchers) and all(fits(one, labels) for one in act.matchers)


def fits(matcher: tuple[str, str, str], labels: Mapping[str, str]) -> bool:
    """Return whether one label is what a matcher (label, matching, value) says."""
    label, matching, value = matcher
    found = labels.get(label)
    if matching == "is_not":
        return found != value
    if found is None:
        return False
    return fnmatchcase(found, value) if matching == "like" else found == value


def holds(silence: Silence, wall: float) -> bool:
    """Return whether a silence hides messages at `wall`, epoch seconds."""
    if not silence.starts_at <= wall < silence.until:
        return False
    if silence.recurring is None:
        return True
    # A span that began on the day before may reach into this one.
    return any(start <= wall < end for start, end in spans(silence.recurring, wall - 86_400, 3))


def next_spans(silence: Silence, wall: float, most: int) -> list[tuple[int, int]]:
    """Return the next times at which a silence holds, those under way too: start and end."""
    if silence.recurring is None:
        return [(silence.starts_at, silence.until)] if silence.until > wall else []
    since = max(wall, silence.starts_at) - 86_400
    found = (
        (max(start, silence.starts_at), min(end, silence.until))
        for start, end in spans(silence.recurring, since, NEXT_DAYS + 1)
    )
    return [(start, end) for start, end in found if end > wall and start < end][:most]


def spans(weekly: Weekly, since: float, days: int) -> Iterator[tuple[int, int]]:
    """Yield the spans that begin on some days from that of `since` on, in the zone's own time."""
    first = day_at(weekly.zone, since)
    for number in range(days):
        day = first + timedelta(days=number)
        if WEEKDAYS[day.weekday()] not in weekly.days:
            continue
        last = day if weekly.end > weekly.start else day + timedelta(days=1)
        start, end = (
            at_clock(weekly.zone, day, weekly.start),
            at_clock(weekly.zone, last, weekly.end),
        )
        if start < end:
            yield start, end
