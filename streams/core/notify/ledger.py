"""What notify must remember of an incident: all of it follows from what it decided before.

    applied: a decision     observed: a record of `incidents`     asked: what is due at a time

A route that told somebody of an incident goes on until somebody takes it on, or it is over:

    told ------ repeat ---- repeat --------- acknowledged ......... unanswered ---- repeat --
      '-- step 1 -- step 2                                              '-- step 1 -- step 2
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streams.core.notify.duty import Target
    from streams.core.notify.notification import Notification
    from streams.core.notify.seen import Seen

_HEARD: Final = frozenset({None, "already_told"})
"""A receiver heard of it: by this route, or by another at the same time."""
_WAITED: Final = _HEARD | {"nobody_on_duty"}
"""Somebody is waited for from now on, though nobody may have heard yet."""
_OPENING: Final = frozenset({"message", "unsilenced", "unanswered", "released"})
"""After one of these somebody is waited for."""


@dataclass
class Line:
    """An incident on a route. Times are wall time, epoch seconds.

    `told` are the receivers that heard of it, `last` is when it was told or to be repeated last.
    Nobody has had it since `since`; None: somebody has, it is over, or nobody heard of it.
    `steps` counts the steps of the escalation taken since, `repeats` all repeats so far.
    `hidden` is the newest message that a silence hid; None: people heard of it since. `ended` are
    the receivers that heard of it, and from whom a silence hid that it is over.
    """

    told: dict[str, Target] = field(default_factory=dict)
    last: int = 0
    since: int | None = None
    steps: int = 0
    repeats: int = 0
    hidden: int | None = None
    ended: dict[str, Target] = field(default_factory=dict)

    def rest(self) -> None:
        """Wait for nobody."""
        self.since, self.steps = None, 0


@dataclass
class Ledger:
    """An incident: what was decided of it, and its last record.

    `decided` is its newest message that was decided, `held` who has taken it on, since when and
    until when; None: nobody that notify knows of. `past` is since when whoever had it before had
    it. `reminded` is the end of which whoever has it was told.
    """

    incident_id: str
    seen: Seen | None = None
    record: bytes = b""
    decided: int = 0
    sequence: int = 0
    held: tuple[str, int, int] | None = None
    past: int = 0
    reminded: int | None = None
    lines: dict[str, Line] = field(default_factory=dict)

    def line(self, route: str) -> Line:
        """Return the incident on a route."""
        return self.lines.setdefault(route, Line())

    def observe(self, seen: Seen, record: bytes) -> None:
        """Take note of a record of `incidents`."""
        self.seen, self.record = seen, record

    def apply(self, one: Notification, target: Target | None) -> None:
        """Take note of a decision; `target` is its receiver, if it has one."""
        self.sequence = max(self.sequence, one.sequence)
        if one.kind == "message":
            self._message(one)
        elif one.kind == "acknowledged":
            self.held = one.person or "", one.number, one.until or 0
            for line in self.lines.values():
                line.rest()
        elif one.kind == "reminder":
            self.reminded = one.until
        elif one.kind in {"unanswered", "released"}:
            self._let_go()
        elif one.kind == "merged":
            self._over()
        elif one.kind == "unsilenced" and one.message_reason == "resolved":
            self._end(one)
        if one.route is not None:
            self._on_route(one, self.line(one.route), target)

    @property
    def hides_its_end(self) -> bool:
        """Whether somebody who heard of it is still to be told that it is over."""
        return any(line.ended for line in self.lines.values())

    def _message(self, one: Notification) -> None:
        self.decided = max(self.decided, one.message or 0)
        if one.until is None and one.reason in _WAITED | {"silenced"}:
            self._let_go()  # people are told that it is more, and nobody's
        if one.message_reason == "resolved":
            self._over(hidden=one.reason == "silenced")
        else:
            for line in self.lines.values():
                line.ended = {}

    def _let_go(self) -> None:
        """Note that nobody has it any more."""
        if self.held is not None:
            self.past = max(self.past, self.held[1])
        self.held = None

    def _over(self, *, hidden: bool = False) -> None:
        """Wait for nobody; who is told from now on begins anew. `hidden`: a silence hides it."""
        self._let_go()
        for line in self.lines.values():
            line.rest()
            line.hidden = None
            if hidden:
                line.ended |= line.told
            line.told = {}

    def _end(self, one: Notification) -> None:
        """Note that a receiver need not be told any more that it is over."""
        for line in self.lines.values():
            line.ended.pop(one.receiver or "", None)

    def _on_route(self, one: Notification, line: Line, target: Target | None) -> None:
        if one.kind == "repeat":
            line.repeats = max(line.repeats, one.number)
            line.last = one.decided_at
        elif one.kind == "escalation":
            line.steps = max(line.steps, one.number)
        if one.message_reason == "resolved" or one.kind in {"merged", "reminder"}:
            return
        if one.reason == "silenced":
            line.hidden = one.message
        if one.kind in _OPENING and one.reason in _WAITED:
            line.hidden = None
            line.last = one.decided_at
            if line.since is None and one.until is None:
                line.since = one.decided_at
        if one.reason in _HEARD:
            line.last = one.decided_at
            if target is not None:
                line.told.setdefault(target.receiver, target)
