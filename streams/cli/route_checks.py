"""What groundswell doctor looks at in the routes: would somebody be told?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.cli.checks import Finding
from streams.core.notify.doubts import doubts
from streams.core.notify.duty import Duty
from streams.core.notify.ical import CalendarError
from streams.settings.rotas import read_rota

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.notify.duty import Shift
    from streams.settings import Settings


def routes(settings: Settings, wall: int) -> list[Finding]:
    """Check the routes, whose names are known to be right; `wall` is now, in epoch seconds."""
    notify = settings.notify
    if not notify.routes:
        told = "none: notify tells nobody; Prometheus may (docs/prometheus.md)"
        return [Finding("ok", "routes", told)]
    found: list[Finding] = []
    shifts: dict[str, Sequence[Shift]] = {}
    for name in notify.rotas:
        try:
            shifts[name] = read_rota(notify, name, wall)
        except CalendarError as error:
            found.append(Finding("fail", "routes", str(error)))
    duty = Duty(notify, shifts)
    for name, named in shifts.items():
        if named and not any(duty.person(shift.name) for shift in named):
            told = f"rota {name}: its calendar names nobody of notify.people: set known_as"
            found.append(Finding("warn", "routes", told))
    kept = settings.customers.enabled
    found += [Finding("warn", "routes", doubt) for doubt in doubts(notify, duty, wall, kept=kept)]
    if not found:
        on_call = [
            f"{' and '.join(people)} for {name}"
            for name in notify.rotas
            if (people := duty.on_call(name, wall))
        ]
        told = f"{len(notify.routes)} to {len(notify.receivers)} receivers"
        told += f"; on call: {', '.join(on_call)}" if on_call else ""
        found.append(Finding("ok", "routes", told))
    return found
