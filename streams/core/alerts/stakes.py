"""What is at stake: what the customers who complained are worth, and who of them left since.

    an incident opens, or an alert fires --- question ---> every source partition
    published again  <--- sum of the last answers of all of them ---'

The answers of the source partitions are summed once all have answered the last question; until then
what was known before stands. Where no customers are kept, nothing is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.alerts.kinds import STAKE, Asked
from streams.core.customers.exchange.asked import Question
from streams.core.event_time.buckets import DAY
from streams.core.incidents.worth import Worth
from streams.core.series_key import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.alerts.kinds import Said
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.event_time.zone import Zone
    from streams.core.messages import Answers

METRIC: Final = "complaints"
"""Of what is asked who they were: no other metric is of customers who may leave yet."""
EVERY: Final = 30.0
"""Wall seconds after which something is published again that is worth more or less."""
KEPT: Final = 400 * DAY
"""So long what is over is kept at the most, in event time, while it waits for the last answer."""


class Stakes:
    """The questions of one metric, and what is known by their answers.

    Args:
        partitions: source partitions; 0 if nobody is to be asked.
        zone: of the civil times of incidents and alerts.
        every: wall seconds between two records of one name that tell no more than what it is worth.
    """

    def __init__(self, partitions: int, zone: Zone, every: float = EVERY) -> None:
        self._partitions = partitions
        self._zone = zone
        self._every = every
        self._asked: dict[str, Asked] = {}
        self._told_at: dict[str, float] = {}
        self._untold: set[str] = set()
        self._changed: set[str] = set()
        self._questions: dict[str, Question] = {}

    # -- asking ------------------------------------------------------------------------------------

    def ask(self, name: str, labels: Mapping[str, str], since: int, until: int | None) -> None:
        """Ask who complained in a civil time, unless that was asked; `until` None: still."""
        if not self._partitions:
            return
        if OTHER in labels.values():
            self.drop(name)
            return
        instant = self._zone.instant
        known = self._asked.get(name)
        revision = 1 if known is None else known.question.revision
        end = None if until is None else instant(until)
        question = Question(name, revision, dict(labels), instant(since), end)
        if known is None:
            self._asked[name] = Asked(question)
        elif question == known.question:
            return
        else:
            question = msgspec.structs.replace(question, revision=revision + 1)
            known.question, known.answers = question, {}
            if known.shown is not None:
                known.shown = msgspec.structs.replace(known.shown, final=False)
        self._questions[name] = question
        self._changed.add(name)

    def drop(self, name: str) -> None:
        """Ask no more."""
        known = self._asked.pop(name, None)
        if known is not None:
            question = known.question
            self._questions[name] = msgspec.structs.replace(
                question, revision=question.revision + 1, over=True
            )
            self._untold.discard(name)
            self._told_at.pop(name, None)
            self._changed.add(name)

    def waits(self, name: str, now: int) -> bool:
        """Tell whether more may become known of something that is over, as of a civil time."""
        known = self._asked.get(name)
        if known is None:
            return False
        until = known.question.until
        if until is not None and now > self._zone.civil(until) + KEPT:
            return False
        answered = len(known.answers) == self._partitions
        return not answered or known.shown is None or not known.shown.final

    def waiting(self, now: int) -> set[str]:
        """Give what `waits`."""
        return {name for name in self._asked if self.waits(name, now)}

    # -- answers -----------------------------------------------------------------------------------

    def admit(self, message: Answers) -> None:
        """Take the answers of one source partition."""
        for answer in message.answers:
            known = self._asked.get(answer.name)
            if known is None or answer.revision != known.question.revision:
                continue
            before = known.answers.get(message.partition)
            if before is not None and before[0] >= message.flush:
                continue
            known.answers[message.partition] = (
                message.flush,
                answer.customers,
                answer.left,
                answer.values,
                answer.values_left,
                answer.final,
            )
            self._changed.add(answer.name)
            if len(known.answers) == self._partitions:
                known.shown = _sum(known.answers)
                if known.shown != known.told:
                    self._untold.add(answer.name)

    def of(self, name: str | None) -> Worth | None:
        """Give what is known of something; None: nothing."""
        known = self._asked.get(name or "")
        return None if known is None else known.shown

    def due(self, wall: float) -> Iterator[str]:
        """Yield what is worth something else than was published, if its time has come."""
        for name in sorted(self._untold):
            known, last = self._asked[name], self._told_at.get(name)
            waited = last is None or not 0 <= wall - last < self._every
            if waited or known.told is None or (known.shown is not None and known.shown.final):
                self._told_at[name] = wall
                yield name

    def tell(self, name: str) -> Worth | None:
        """Give what is known of something that is about to be published."""
        known = self._asked.get(name)
        if known is None:
            return None
        if known.told != known.shown:
            known.told = known.shown
            self._changed.add(name)
        self._untold.discard(name)
        return known.shown

    # -- state -------------------------------------------------------------------------------------

    def pending(self) -> int:
        """Count the rows that the next flush would give."""
        return len(self._changed)

    def drain(self) -> list[Question]:
        """Return what is to be asked since the last call."""
        asked, self._questions = self._questions, {}
        return list(asked.values())

    def flush(self, metric: str, *, durable: bool) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        changed, self._changed = self._changed, set()
        if not durable:
            return []
        return [
            (STAKE.key(metric, name), STAKE.encode(self._asked[name]))
            if name in self._asked
            else (STAKE.key(metric, name), None)
            for name in sorted(changed)
        ]

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        known: Asked = row.value
        name = known.question.name
        self._asked[name] = known
        if known.shown != known.told:
            self._untold.add(name)


def _sum(answers: Mapping[int, Said]) -> Worth:
    values: dict[str, int] = {}
    values_left: dict[str, int] = {}
    for _, _, _, own, own_left, _ in answers.values():
        for total, more in ((values, own), (values_left, own_left)):
            for currency, amount in more.items():
                total[currency] = total.get(currency, 0) + amount
    return Worth(
        sum(one[1] for one in answers.values()),
        sum(one[2] for one in answers.values()),
        dict(sorted(values.items())),
        dict(sorted(values_left.items())),
        all(one[5] for one in answers.values()),
    )
