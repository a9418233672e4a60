"""The messages of an incident: each is decided once, for every receiver of every route for it.

What is at risk may become known after a message, or be more by then: a route that asks for money
and was not for the incident so far tells the last message then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.notify import wording
from streams.core.notify.duty import Target, next_at
from streams.core.notify.notification import Item, Notification, notification_id
from streams.core.notify.round import by
from streams.core.notify.routing import routes_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.notifications import NotSent
    from streams.core.notify.config import Route
    from streams.core.notify.round import Round
    from streams.core.notify.seen import Message

Found = list[tuple["Route", list[Target]]]


class News:
    """Decides the messages that are new."""

    def __init__(self, round_: Round) -> None:
        self._round = round_
        self._found: Found = []
        self._told: dict[str, dict[str, Target]] = {}
        self._missed: set[tuple[str, str]] = set()
        self._late = False

    def decide(self) -> None:
        """Decide them, the oldest first."""
        one = self._round
        pending = [m for m in one.seen.messages if m.number > one.ledger.decided]
        if not pending:
            self._tell_what_is_at_risk()
            return
        self._found = routes_for(one.settings, one.seen, one.duty, one.wall)
        self._told = {name: dict(line.told) for name, line in one.ledger.lines.items()}
        for message in pending:
            self._decide(message, pending)

    def _tell_what_is_at_risk(self) -> None:
        """Decide the last message for routes that ask for money, and are for the incident now."""
        one = self._round
        last = one.seen.messages[-1] if one.seen.messages else None
        new = [
            route
            for route in one.settings.routes
            if route.at_risk and route.name not in one.ledger.lines
        ]
        if (
            not new
            or last is None
            or one.seen.value_at_risk is None
            or one.seen.state == "resolved"
        ):
            return
        if one.seen.merged_into is not None or one.wall - last.known_at > one.settings.max_age:
            return
        self._late = True
        heard = {name for line in one.ledger.lines.values() for name in line.told}
        for route, targets in routes_for(one.settings, one.seen, one.duty, one.wall):
            if route not in new:
                continue
            for target in targets:
                reason = self._kept(route, is_last=True)
                if reason is None and target.receiver in heard:
                    reason = "already_told"
                self._tell(last, route, target, reason)
            if not targets:
                self._tell(last, route, None, "nobody_on_duty")

    def _decide(self, message: Message, pending: Sequence[Message]) -> None:
        one = self._round
        if one.wall - message.known_at > one.settings.max_age:
            self._tell(message, None, None, "history")
        elif message.reason == "resolved" and message is pending[-1]:
            self._over(message)
        else:
            self._new(message, is_last=message is pending[-1])

    def _new(self, message: Message, *, is_last: bool) -> None:
        """Decide a message of something that goes on."""
        one = self._round
        if not self._found:
            self._tell(message, None, None, "no_route")
        for route, first in self._found:
            more = [] if route.digest else one.duty.targets(one.first_names(route), one.wall)
            targets = list({target.receiver: target for target in (*first, *more)}.values())
            for target in targets:
                reason = self._kept(route, is_last=is_last)
                if reason == "superseded":
                    self._missed.add((route.name, target.receiver))
                self._tell(message, route, target, reason)
            if not targets:
                self._tell(message, route, None, "nobody_on_duty")

    def _over(self, message: Message) -> None:
        """Decide that it is over: for all who heard of it, and for who would have."""
        one = self._round
        before = len(one.made)
        for route in one.settings.routes:
            for target in self._told.get(route.name, {}).values():
                if target.receiver in one.settings.receivers:
                    self._tell(message, route, target, self._kept(route, is_last=True))
        for route, targets in self._found:
            told = self._told.get(route.name, {})
            for target in targets:
                if target.receiver in told:
                    continue
                reason = self._kept(route, is_last=True)
                if reason is None and (route.name, target.receiver) not in self._missed:
                    reason = "never_told"
                self._tell(message, route, target, reason)
            if not targets and not told:
                self._tell(message, route, None, "nobody_on_duty")
        if len(one.made) == before:
            self._tell(message, None, None, "no_route")

    def _kept(self, route: Route, *, is_last: bool) -> NotSent | None:
        """Return why a message is not sent by a route; None: it is, as far as this goes."""
        if self._round.silence is not None:
            return "silenced"
        if route.digest is not None:
            return "digest"
        return None if is_last else "superseded"

    def _tell(
        self,
        message: Message,
        route: Route | None,
        target: Target | None,
        reason: NotSent | None,
    ) -> None:
        one = self._round
        name = None if route is None else route.name
        receiver = None if target is None else target.receiver
        what = f"message:{message.number}"
        own = notification_id(one.ledger.incident_id, what, name, receiver)
        due = self._digest_at(route) if route is not None and reason == "digest" else None
        item = Item(
            own,
            one.ledger.incident_id,
            message.number,
            message.reason,
            message.known_at,
            message.title,
            message.text,
            message.severity,
        )
        one.make(
            Notification(
                notification_id=own,
                kind="message",
                message=message.number,
                number=message.number,
                reason=reason,
                message_reason=message.reason,
                severity=message.severity,
                title=message.title,
                why=self._why(message, route, target, reason, due),
                decided_at=one.wall,
                due_at=due,
                items=() if due is None else (item,),
            ),
            route,
            target,
        )

    def _why(
        self,
        message: Message,
        route: Route | None,
        target: Target | None,
        reason: NotSent | None,
        due: int | None,
    ) -> str:
        said = f"{wording.AT_RISK if self._late else wording.NEWS[message.reason]}."
        if route is not None:
            said += by(route, target)
        silence = self._round.silence
        if reason == "silenced" and silence is not None:
            return f"{said} {wording.hidden(silence)}"
        if reason == "digest" and due is not None:
            return f"{said} It waits for the digest of {wording.at(due)}."
        if reason == "history":
            return f"{said} It was known at {wording.at(message.known_at)}, too long before."
        return f"{said} {wording.BUT[reason]}" if reason in wording.BUT else said

    def _digest_at(self, route: Route) -> int:
        zone = self._round.settings.zone_of(route.zone)
        return next_at(zone, route.digest or "", route.days, self._round.wall)
