"""The decisions on one incident at one time, each noted as it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from streams.core.notify.routing import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.incidents.handling import Silence
    from streams.core.notify.config import Notify, Route
    from streams.core.notify.duty import Duty, Target
    from streams.core.notify.ledger import Ledger, Line
    from streams.core.notify.notification import Notification
    from streams.core.notify.seen import Seen, Taken


class Round:
    """The decisions on one incident at `wall`, epoch seconds; `made` has them in their order.

    `taken` is who has taken it on, `silence` what hides its messages; None: nobody, nothing.
    """

    def __init__(self, settings: Notify, duty: Duty, ledger: Ledger, seen: Seen, wall: int) -> None:
        self.made: list[Notification] = []
        self.settings = settings
        self.duty = duty
        self.ledger = ledger
        self.seen = seen
        self.wall = wall
        self.taken: Taken | None = seen.taken(wall)
        self.silence: Silence | None = seen.silence(wall)
        self._reached: set[str] = set()

    def lines(self) -> list[tuple[Route, Line]]:
        """Return the routes on which it was, in their order."""
        known = self.ledger.lines
        return [(one, known[one.name]) for one in self.settings.routes if one.name in known]

    def somebody(self, names: Iterable[str]) -> Iterator[Target | None]:
        """Yield the receivers that names stand for now; None where there is none."""
        yield from self.duty.targets(names, self.wall) or (None,)

    def first_names(self, route: Route) -> list[str]:
        """Return whom a route tells: those to whom it was escalated, too."""
        line = self.ledger.lines.get(route.name)
        names = list(route.tell)
        if line is not None and line.since is not None:
            names += [name for step in route.escalate[: line.steps] for name in step.tell]
        return names

    def make(self, one: Notification, route: Route | None, target: Target | None) -> None:
        """Take a decision, and note it: what comes next depends on it."""
        reason, why = one.reason, one.why
        if reason is None and target is not None and target.receiver in self._reached:
            reason, why = "already_told", f"{why} Something else tells the same receiver now."
        decision = replace(
            one,
            incident_id=self.ledger.incident_id,
            sequence=self.ledger.sequence + 1,
            reason=reason,
            why=why,
            state="waiting" if reason is None else "not_sent",
            route=None if route is None else route.name,
            receiver=None if target is None else target.receiver,
            channel=None if target is None else target.channel,
            person=one.person if target is None else target.person,
            until=None if self.taken is None else self.taken.ends,
            decided_at=self.wall,
            incident=self.ledger.record if reason is None else None,
        )
        if reason is None and target is not None:
            self._reached.add(target.receiver)
        self.ledger.apply(decision, target)
        self.made.append(decision)


def by(route: Route, target: Target | None) -> str:
    """Say by which route something comes, and whose receiver it is."""
    said = f" Route {route.name}: {describe(route)}."
    if target is None:
        return f"{said} Nobody has the shift."
    return said if target.person is None else f"{said} {target.person} is told in person."
