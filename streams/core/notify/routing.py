"""Which routes are for an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.incidents.severity import RANK
from streams.core.incidents.silences import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.notify.config import Notify, Route
    from streams.core.notify.duty import Duty, Target
    from streams.core.notify.seen import Seen


def is_for(route: Route, incident: Seen, duty: Duty, wall: float) -> bool:
    """Return whether a route is for an incident at a time."""
    return next(misses(route, incident, duty, wall), None) is None


def misses(route: Route, incident: Seen, duty: Duty, wall: float) -> Iterator[str]:
    """Yield in words why a route is not for an incident."""
    labels = incident.known_by()
    for one, text in zip(route.matchers, route.match, strict=True):
        if not fits(one, labels):
            yield f"not {text}"
    if route.metrics and incident.metric not in route.metrics:
        yield f"no {' or '.join(route.metrics)}"
    if RANK[incident.severity] < RANK[route.severity]:
        yield f"below {route.severity}"
    if route.customers and (incident.customers or 0) < route.customers:
        yield f"fewer than {route.customers:,} customers"
    worth = incident.value_at_risk or {}
    if route.at_risk and not any(
        worth.get(currency, 0) >= least for currency, least in route.at_risk.items()
    ):
        yield "less money at risk" if worth else "not known what is at risk"
    if route.hours is not None and not duty.is_within(route.hours, wall):
        yield f"not within {route.hours}"


def routes_for(
    settings: Notify, incident: Seen, duty: Duty, wall: float
) -> list[tuple[Route, list[Target]]]:
    """Return the routes that an incident takes, with whom each tells at once.

    The first that is for it and has somebody to tell, and those after it while each continues. One
    that has nobody stands there, too, and the next is tried.
    """
    found = []
    for route in settings.routes:
        if not is_for(route, incident, duty, wall):
            continue
        targets = duty.targets(route.tell, wall)
        found.append((route, targets))
        if targets and not route.continues:
            break
    return found


def describe(route: Route) -> str:
    """Say what a route is for: `product=Student*, severity warning or higher`."""
    said = list(route.match)
    if route.metrics:
        said.append(f"metric {' or '.join(route.metrics)}")
    if route.severity != "notice":
        said.append(f"severity {route.severity} or higher")
    if route.customers:
        said.append(f"{route.customers:,} customers or more")
    for currency, least in route.at_risk.items():
        said.append(f"{least:,} {currency} (minor units) a month at risk or more")
    if route.hours is not None:
        said.append(f"within {route.hours}")
    return ", ".join(said) or "everything"
