"""What is allowed in the routes, and probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.incidents.severity import RANK
from streams.core.notify.wording import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.notify.config import Notify, Route
    from streams.core.notify.duty import Duty

LOOK_AHEAD: Final = 14 * DAY
"""Wall seconds of shifts that are looked at."""


def doubts(settings: Notify, duty: Duty, wall: int, *, kept: bool) -> Iterator[str]:
    """Yield what to look at in the routes.

    Args:
        settings: the settings of notify.
        duty: who has which shift.
        wall: now, in epoch seconds.
        kept: whether customers are.
    """
    last: Route | None = None
    for route in settings.routes:
        if last is not None:
            yield f"route {route.name} is never tried: {last.name} before it is for everything"
        elif _takes_all(route):
            last = route
        yield from _of(route, settings, kept=kept)
        gap = _gap(route, duty, wall)
        if gap is not None:
            yield (
                f"route {route.name} has nobody to tell at {at(gap)}: give its team otherwise, or"
                " its rota a shift; the route after it is tried then"
            )
    if settings.routes and last is None:
        yield (
            "what no route is for is told to nobody: end with a route without conditions, such as"
            ' one with severity = "notice" and a digest'
        )
    unused = sorted(settings.receivers.keys() - _used(settings))
    if unused:
        yield f"nothing is told to {', '.join(unused)}"


def _takes_all(route: Route) -> bool:
    asks = route.match or route.metrics or route.customers or route.at_risk or route.hours
    return not asks and not route.continues and RANK[route.severity] <= RANK["info"]


def _of(route: Route, settings: Notify, *, kept: bool) -> Iterator[str]:
    if route.at_risk and not kept:
        yield (
            f"route {route.name} asks what is at risk, which nobody knows without customers: it is"
            " for no incident (customers.enabled)"
        )
    if route.digest is not None:
        for name in route.tell:
            receiver = settings.receivers.get(name)
            if receiver is not None and receiver.channel == "alertmanager":
                yield f"route {route.name} sends a digest to {name}, which takes alerts alone"


def _gap(route: Route, duty: Duty, wall: int) -> int | None:
    """Return the first hour in which a route is for something and has nobody to tell."""
    for time in range(wall, wall + LOOK_AHEAD, HOUR):
        within = route.hours is None or duty.is_within(route.hours, time)
        if within and not duty.targets(route.tell, time):
            return time
    return None


def _used(settings: Notify) -> set[str]:
    """Return the receivers that something may be told to."""
    names = {name for route in settings.routes for name in route.tell}
    names |= {name for route in settings.routes for step in route.escalate for name in step.tell}
    for name in sorted(names & settings.teams.keys()):
        names |= {*settings.teams[name].tell, *settings.teams[name].otherwise}
    rotas = [rota for name, rota in settings.rotas.items() if name in names]
    for rota in rotas:
        names |= {*rota.people, *(one.person for one in rota.overrides)}
    called = any(rota.calendar is not None for rota in rotas)
    for name, person in settings.people.items():
        if name in names or called:
            names |= set(person.tell)
    fallbacks = {receiver.fallback for receiver in settings.receivers.values()}
    return names | {name for name in fallbacks if name is not None}
