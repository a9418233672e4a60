"""Questions about those who complained, answered from the lives of one source partition.

    asked ---> the lives there are, shard by shard ------+     a shard counts once it is through
               a life that is settled: what it adds now  +--> sums ---> answer
                                     less what it added -+

What a life adds is a function of the life, the clock and the question, as with cells; so a sum
needs no list of who is in it, and a restored one goes on where it was.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.complaints.complaints import LABELS
from streams.core.customers.exchange.asked import FOLLOWED, Answer, Question
from streams.core.customers.lives.movements import LOST, MERGED_OUT
from streams.core.customers.stored.head import due_of, is_bare
from streams.core.customers.stored.packed import may_have_complaints, unpack
from streams.core.customers.stored.store import SHARDS, shard_of
from streams.core.customers.sums.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.movements import Values
    from streams.core.customers.names import Names
    from streams.core.customers.stored.store import LifeStore

MAX_TUPLES: Final = 10_000
"""Label tuples of which it is remembered which questions they fit."""
SEGMENT: Final = "segment"
PIECE: Final = 250
"""Lives with complaints that are looked at in one go."""
PASSED: Final = 20
"""Lives that are passed by in the time that one is looked at."""

Stake = tuple[bool, "Values"]
"""Whether the customer left, and what it was worth a month by currency when it complained."""


class Standing(msgspec.Struct, array_like=True):
    """A question with the sums over the lives of the shards before `scanned`."""

    question: Question
    scanned: int = 0
    customers: int = 0
    left: int = 0
    values: dict[str, int] = {}  # msgspec makes fresh ones for each
    values_left: dict[str, int] = {}
    final: bool = False

    def add(self, stake: Stake, sign: int, names: Names) -> None:
        """Add what a life adds, or take it off."""
        left, values = stake
        self.customers += sign
        sums = [self.values]
        if left:
            self.left += sign
            sums.append(self.values_left)
        for one in sums:
            for currency, amount in values.items():
                name = names.name(currency)
                one[name] = one.get(name, 0) + sign * amount
                if not one[name]:
                    del one[name]

    def join(self, other: Standing) -> None:
        """Add the sums over the shard after those of before."""
        self.scanned += 1
        self.customers += other.customers
        self.left += other.left
        for mine, more in (
            (self.values, other.values),
            (self.values_left, other.values_left),
        ):
            for name, amount in more.items():
                mine[name] = mine.get(name, 0) + amount
                if not mine[name]:
                    del mine[name]


class _Shard:
    """A shard that is being looked through: who is left, and the sums over those who are not.

    Whoever is left may change meanwhile: it is looked at later. What another changes is followed.
    """

    def __init__(
        self, number: int, lives: Iterable[tuple[bytes, bytes]], asked: Iterable[Standing]
    ) -> None:
        everybody = list(lives)
        self.number, self.lives = number, len(everybody)
        self.left = dict.fromkeys(
            customer
            for customer, packed in everybody
            if may_have_complaints(packed) and not is_bare(packed)
        )
        self.sums = {id(one): (one, Standing(one.question)) for one in asked}


class Questions:
    """The questions that stand, and their answers as far as they changed."""

    def __init__(self, store: LifeStore, rules: Rules, names: Names) -> None:
        self._store = store
        self._rules = rules
        self._names = names
        self._standing: dict[str, Standing] = {}
        self._fitting: dict[tuple[int, ...], dict[str, Standing]] = {}
        self._changed: set[str] = set()
        self._under_way: _Shard | None = None
        self._window = rules.definitions.return_window

    def __bool__(self) -> bool:
        """Tell whether anybody asks anything."""
        return bool(self._standing)

    def ask(self, question: Question) -> None:
        """Take a question, in place of an earlier revision of it."""
        name = question.name
        known = self._standing.get(name)
        if known is not None and known.question.revision >= question.revision:
            return
        if question.over:
            if self._standing.pop(name, None) is None:
                return
            for fitting in self._fitting.values():
                fitting.pop(name, None)
        else:
            self._standing[name] = asked = Standing(question)
            for labels, fitting in self._fitting.items():
                if self._fits(labels, question):
                    fitting[name] = asked
                else:
                    fitting.pop(name, None)
        self._changed.add(name)

    # -- what lives add ---------------------------------------------------------------------------

    def follow(
        self, customer: bytes, before: tuple[Account | None, int], after: tuple[Account, int]
    ) -> None:
        """Let the sums follow a life: what it came to before and does now, each with a clock."""
        earlier = before[0]
        if not after[0].complaints and (earlier is None or not earlier.complaints):
            return
        shard = shard_of(customer)
        concerned = {id(one): one for one in self._of(after[0])}
        if earlier is not None:
            concerned |= {id(one): one for one in self._of(earlier)}
        for one in concerned.values():
            sums = one if one.scanned > shard else self._sums_under_way(one, shard, customer)
            if sums is None:
                continue
            was = None if earlier is None else self._stake(earlier, before[1], one.question)
            now = self._stake(*after, one.question)
            if was == now:
                continue
            if was is not None:
                sums.add(was, -1, self._names)
            if now is not None:
                sums.add(now, 1, self._names)
            if sums is one:
                self._changed.add(one.question.name)

    def _sums_under_way(self, one: Standing, shard: int, customer: bytes) -> Standing | None:
        """Give the sums that follow a life of a shard not looked through; None if none does yet."""
        under_way = self._under_way
        if under_way is None or under_way.number != shard or customer in under_way.left:
            return None
        _, sums = under_way.sums.get(id(one), (None, None))
        return sums

    def work(self, clock: int) -> bool:
        """Look the next lives through for questions that are new; False where none is."""
        shard, most, found = self._under_way, PIECE, False
        while most > 0:
            if shard is None:
                shard = self._begin()
                if shard is None:
                    break
                most -= 1 + shard.lives // PASSED
            found = True
            some = list(islice(shard.left, max(most, 1)))
            most -= len(some)
            for customer in some:
                del shard.left[customer]
                packed = self._store.get(customer)
                if packed is not None:
                    self._look(packed, shard.sums, clock)
            if not shard.left:
                for one, sums in shard.sums.values():
                    one.join(sums)
                    self._changed.add(one.question.name)
                shard = None
        self._under_way = shard
        return found

    def _begin(self) -> _Shard | None:
        """Begin with the next shard, for the questions that were asked of none later."""
        new = [one for one in self._standing.values() if one.scanned < SHARDS]
        if not new:
            return None
        number = min(one.scanned for one in new)
        asked = [one for one in new if one.scanned == number]
        return _Shard(number, self._store.shard(number), asked)

    def _look(self, packed: bytes, asked: dict[int, tuple[Standing, Standing]], clock: int) -> None:
        """Add what a life adds to the sums of some questions."""
        life = unpack(packed)
        since = min(sums.question.since for _, sums in asked.values())
        if not any(note.at >= since for note in life.complaints):
            return
        reported = min(clock, due_of(packed) - 1)
        account = Account(life, reported, self._rules, held=True)
        for one in self._of(account):
            if id(one) in asked:
                stake = self._stake(account, reported, one.question)
                if stake is not None:
                    asked[id(one)][1].add(stake, 1, self._names)

    def _of(self, account: Account) -> list[Standing]:
        """Give the questions that complaints of a customer fit by their own labels."""
        found: dict[str, Standing] = {}
        for note in account.complaints:
            found |= self._fitting_of(note.labels)
        return list(found.values())

    def _fitting_of(self, labels: tuple[int, ...]) -> dict[str, Standing]:
        """Give the questions that complaints with some labels fit, by name."""
        fitting = self._fitting.get(labels)
        if fitting is None:
            if len(self._fitting) >= MAX_TUPLES:
                self._fitting.clear()
            fitting = self._fitting[labels] = {
                name: one
                for name, one in self._standing.items()
                if self._fits(labels, one.question)
            }
        return fitting

    def _fits(self, labels: tuple[int, ...], question: Question) -> bool:
        """Tell whether a complaint is of what is asked, but for the segment."""
        return all(
            self._names.name(labels[place] if place < len(labels) else 0) == name
            for place, name in _places(tuple(question.labels.items()))
        )

    def _stake(self, account: Account, clock: int, question: Question) -> Stake | None:
        """Give what a customer adds to a question; None for nothing.

        The first complaint counts that came of a customer. What is folded is not told any more.
        """
        calendar, segment = self._rules.calendar, question.labels.get(SEGMENT)
        until = clock + 1 if question.until is None else min(question.until, clock + 1)
        for note in account.complaints:
            if not max(question.since, account.folded + 1) <= note.at < until:
                continue
            if question.name not in self._fitting_of(note.labels):
                continue
            if segment is not None:
                of, _ = account.groups.of(calendar.of(note.at))
                if self._names.name(of) != segment:
                    continue
            values = _worth(account, note.at)
            if values is not None:
                end = clock if question.until is None else min(clock, question.until + FOLLOWED)
                return _has_left(account, end), values
        return None

    # -- what comes out ---------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many questions have something to be written."""
        return len(self._changed)

    def drain(self, clock: int, *, whole: bool) -> Iterator[tuple[str, Standing | None, bool]]:
        """Yield what changed since the last call, and whether it is to be answered; None: over.

        Args:
            clock: the customer clock, epoch seconds.
            whole: whether all that was due by the clock is settled.
        """
        for name, one in self._standing.items():
            final = whole and one.scanned == SHARDS and self._is_past(one.question, clock)
            if final and not one.final:
                one.final = True
                self._changed.add(name)
        changed, self._changed = self._changed, set()
        for name in sorted(changed):
            found = self._standing.get(name)
            yield name, found, found is not None and found.scanned == SHARDS

    def _is_past(self, question: Question, clock: int) -> bool:
        """Tell whether a loss by the end of the question cannot be taken back any more."""
        return question.until is not None and clock >= question.until + FOLLOWED + self._window

    def restore(self, standing: Standing) -> None:
        """Take over one row of the changelog."""
        self._standing[standing.question.name] = standing


@lru_cache(maxsize=1_000)
def _places(labels: tuple[tuple[str, str], ...]) -> tuple[tuple[int, str], ...]:
    """Give what is asked of the labels of a complaint: place and name."""
    return tuple((LABELS.index(label), name) for label, name in labels if label in LABELS)


def answer(one: Standing) -> Answer:
    """Give the answer to a question as it is now."""
    question = one.question
    return Answer(
        question.name,
        question.revision,
        one.customers,
        one.left,
        dict(one.values),
        dict(one.values_left),
        one.final,
    )


def _worth(account: Account, at: int) -> Values | None:
    """Give what a customer was worth at a time; None where it was none."""
    now = None
    for span in account.spans:
        if span.at > at:
            break
        now = span
    return now.values if now is not None and now.active else None


def _has_left(account: Account, at: int) -> bool:
    """Tell whether a customer is lost by a time, and not another id now."""
    if _worth(account, at) is not None:
        return False
    ends = [one.kind for one in account.movements if one.at <= at and one.kind in _ENDS]
    return bool(ends) and ends[-1] == LOST


_ENDS: Final = (LOST, MERGED_OUT)
