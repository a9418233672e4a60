"""The desk where it is decided who is told what: state in, decisions out.

It is a function of the records of `incidents` in their order, of the times at which it is asked,
and of the settings. All that it must know of before stands on `incidents` and `notifications`:

    desk = Desk(settings, answer_within, shifts)
    desk.restore(the last notification of each id)
    desk.observe(each record of incidents, from the beginning to its end)
    every second: publish desk.decide(wall), then go on observing

From `notifications` follow the messages that were decided, who heard of what by which route, who
has taken an incident on, the steps and repeats so far, and what waits for a digest; from
`incidents` what there is to be told, silences, and who has taken an incident on now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.notify.digest import digests
from streams.core.notify.duty import Duty, Target
from streams.core.notify.followups import FollowUps
from streams.core.notify.ledger import Ledger
from streams.core.notify.news import News
from streams.core.notify.round import Round
from streams.core.notify.seen import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.notify.config import Notify
    from streams.core.notify.digest import Waiting
    from streams.core.notify.duty import Shift
    from streams.core.notify.notification import Notification


class Desk:
    """Decides who is told what.

    Args:
        settings: the settings of notify.
        answer_within: seconds without a word after which an acknowledgement is none.
        shifts: those of the rotas that have a calendar, by rota.
    """

    def __init__(
        self,
        settings: Notify,
        answer_within: int,
        shifts: Mapping[str, Sequence[Shift]] | None = None,
    ) -> None:
        self._settings = settings
        self._answer_within = answer_within
        self._duty = Duty(settings, shifts or {})
        self._ledgers: dict[str, Ledger] = {}
        self._active: set[str] = set()
        self._waiting: Waiting = {}

    def plan(self, shifts: Mapping[str, Sequence[Shift]]) -> None:
        """Take the shifts of the calendars as they are now."""
        self._duty = Duty(self._settings, shifts)

    def restore(self, decided: Iterable[Notification]) -> None:
        """Take note of what was decided before: of each id once, in any order."""
        order = sorted(decided, key=lambda one: (one.kind == "digest", one.sequence))
        for one in order:
            self._note(one)
            if one.incident_id is not None and one.kind not in {"test", "dead_receiver"}:
                target = None
                if one.receiver is not None and one.channel is not None:
                    target = Target(one.receiver, one.channel, one.person)
                self._ledger(one.incident_id).apply(one, target)

    def observe(self, record: bytes) -> None:
        """Take note of a record of `incidents`.

        Raises:
            one of `schemas.grammar.NO_ROW`: it is none.
        """
        seen = read(record)
        ledger = self._ledger(seen.incident_id)
        ledger.observe(seen, record)
        self._active.add(seen.incident_id)

    def decide(self, wall: int) -> list[Notification]:
        """Return all that is due at `wall`, epoch seconds, and was not decided before."""
        made: list[Notification] = []
        for name in sorted(self._active):
            ledger = self._ledgers[name]
            if ledger.seen is None:
                continue
            round_ = Round(self._settings, self._duty, ledger, ledger.seen, wall)
            News(round_).decide()
            FollowUps(round_).decide(self._answer_within)
            made += round_.made
            if ledger.seen.state == "resolved" and not ledger.hides_its_end:
                self._active.discard(name)
                ledger.seen, ledger.record = None, b""
        for one in made:
            self._note(one)
        for one in list(digests(self._settings, self._waiting, wall)):
            self._note(one)
            made.append(one)
        return made

    def _ledger(self, name: str) -> Ledger:
        return self._ledgers.setdefault(name, Ledger(name))

    def _note(self, one: Notification) -> None:
        """Keep what waits for a digest, and what a digest has told no more."""
        if one.route is None or one.receiver is None or one.due_at is None:
            return
        place = one.due_at, one.route, one.receiver
        if one.kind == "digest":
            self._waiting.pop(place, None)
        elif one.reason == "digest":
            held = self._waiting.setdefault(place, {})
            held |= {item.notification_id: item for item in one.items}
