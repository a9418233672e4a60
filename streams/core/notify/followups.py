"""What follows from what was told: repeats, escalation, reminders, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.notify import wording
from streams.core.notify.notification import Notification, notification_id
from streams.core.notify.round import by

if TYPE_CHECKING:
    from schemas.notifications import NotificationKind, NotSent
    from streams.core.notify.config import Route
    from streams.core.notify.duty import Target
    from streams.core.notify.ledger import Line
    from streams.core.notify.round import Round
    from streams.core.notify.seen import Taken


class FollowUps:
    """Decides what is due though the incident has nothing new."""

    def __init__(self, round_: Round) -> None:
        self._round = round_

    def decide(self, answer_within: int) -> None:
        """Decide it; an acknowledgement lasts `answer_within` seconds without an answer."""
        one = self._round
        held = one.ledger.held
        is_behind = not one.seen.knows_of(one.ledger.decided, 0 if held is None else held[1])
        if is_behind:
            return
        if one.seen.state == "resolved":
            if one.seen.merged_into is not None:
                self._merge(one.seen.merged_into)
            elif one.silence is None:
                self._end()
            return
        if one.taken is not None:
            self._hold(one.taken)
            if one.silence is None:
                self._remind(one.taken, answer_within)
        elif one.silence is None:
            self._let_go()
            for route, line in one.lines():
                if route.digest is None:
                    self._unsilence(route, line)
                    self._escalate(route, line)
                    self._repeat(route, line)

    def _merge(self, into: str) -> None:
        """Say to who heard of it that there is another in its place."""
        one = self._round
        told = [(route, list(line.told.values())) for route, line in one.lines()]
        for route, targets in told:
            for target in targets:
                if target.receiver not in one.settings.receivers:
                    continue
                reason: NotSent | None = "silenced" if one.silence is not None else None
                if target.channel == "alertmanager":
                    reason = "handled_by_alertmanager"
                what, why = f"merged:{into}:{one.ledger.decided}", wording.merged(into)
                self._follow("merged", what, 1, why, route, target, reason)

    def _end(self) -> None:
        """Say that it is over to who heard of it, and was not told so because of a silence."""
        one = self._round
        hidden = [(route, line.ended) for route, line in one.lines() if route.digest is None]
        what, why = f"unsilenced:{one.ledger.decided}", "The silence that hid it is over, as it is."
        for route, targets in hidden:
            for target in list(targets.values()):
                if target.receiver not in one.settings.receivers:
                    del targets[target.receiver]
                    continue
                handled = target.channel == "alertmanager"
                reason: NotSent | None = "handled_by_alertmanager" if handled else None
                self._follow("unsilenced", what, 1, why, route, target, reason, over=True)

    def _hold(self, taken: Taken) -> None:
        """Note that somebody has taken it on, where that stops something."""
        one = self._round
        held = one.ledger.held
        waited = any(line.told or line.since for line in one.ledger.lines.values())
        is_new = taken.since > one.ledger.past and (held is None or held[1] != taken.since)
        if waited and is_new:
            what, why = f"acknowledged:{taken.since}", wording.held(taken)
            self._follow("acknowledged", what, taken.since, why, None, reason="acknowledged")

    def _let_go(self) -> None:
        """Say that nobody has it any more."""
        one = self._round
        held = one.ledger.held
        if held is None:
            return
        name, since, until = held
        if one.seen.handling.acknowledged is not None:
            until = one.seen.handling.acknowledged.ends
        kind: NotificationKind = "unanswered" if one.wall >= until else "released"
        why = wording.unanswered(name, until) if kind == "unanswered" else wording.released(name)
        what = f"unheld:{since}"
        for route, line in one.lines():
            if route.digest is None and line.told:
                for target in one.somebody(route.tell):
                    self._follow(kind, what, since, why, route, target)
        if one.ledger.held is not None:
            self._follow(kind, what, since, why, None)

    def _unsilence(self, route: Route, line: Line) -> None:
        hidden = line.hidden
        if hidden is None:
            return
        what, why = f"unsilenced:{hidden}", "The silence that hid it is over, and it is not."
        for target in self._round.somebody(route.tell):
            self._follow("unsilenced", what, hidden, why, route, target)

    def _escalate(self, route: Route, line: Line) -> None:
        since = line.since
        if since is None:
            return
        for number, step in enumerate(route.escalate, 1):
            if number <= line.steps or self._round.wall < since + step.after:
                continue
            what = f"escalation:{since}:{number}"
            why = f"{wording.nobody_took_it(since, step.after)} Step {number}."
            for target in self._round.somebody(step.tell):
                self._follow("escalation", what, number, why, route, target)

    def _repeat(self, route: Route, line: Line) -> None:
        one = self._round
        since = line.since
        if since is None or one.seen.state != "open" or not route.repeat:
            return
        if one.wall < line.last + route.repeat:
            return
        number = line.repeats + 1
        why = wording.nobody_took_it(since)
        for target in one.somebody(one.first_names(route)):
            handled = target is not None and target.channel == "alertmanager"
            reason: NotSent | None = "handled_by_alertmanager" if handled else None
            self._follow("repeat", f"repeat:{number}", number, why, route, target, reason)

    def _remind(self, taken: Taken, answer_within: int) -> None:
        """Remind who has it that nothing was heard: in person where they are known."""
        one = self._round
        before = min(one.settings.remind_before, answer_within // 2)
        if one.wall < taken.ends - before or one.ledger.reminded == taken.ends:
            return
        told = [route for route, line in one.lines() if line.told and route.digest is None]
        person = one.duty.person(taken.by)
        for route in told if person is None else told[:1]:
            for target in one.somebody(route.tell if person is None else (person,)):
                what, why = f"reminder:{taken.ends}", wording.reminded(taken)
                self._follow("reminder", what, 1, why, route, target)

    def _follow(  # noqa: PLR0913, PLR0917 - the fields of a decision
        self,
        kind: NotificationKind,
        what: str,
        number: int,
        why: str,
        route: Route | None,
        target: Target | None = None,
        reason: NotSent | None = None,
        *,
        over: bool = False,
    ) -> None:
        one = self._round
        if target is None and reason is None:
            reason = "nobody_on_duty"
        if route is not None:
            why += by(route, target)
        if reason in wording.BUT:
            why += f" {wording.BUT[reason]}"
        name = None if route is None else route.name
        receiver = None if target is None else target.receiver
        one.make(
            Notification(
                notification_id=notification_id(one.ledger.incident_id, what, name, receiver),
                kind=kind,
                message=one.ledger.decided or None,
                number=number,
                reason=reason,
                message_reason="resolved" if over else None,
                severity=one.seen.severity,
                title=one.seen.title,
                why=why,
                person=one.taken.by if kind == "acknowledged" and one.taken else None,
                decided_at=one.wall,
            ),
            route,
            target,
        )
