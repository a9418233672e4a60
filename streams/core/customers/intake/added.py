"""Complaints that are added to bare lives: they stand beside the lives until there are many.

    flush        1      2        3        4
    Ann's life   whole                    whole     packed anew with a, b and c
    Bob's life   whole
    added               a, b, d  c        (Ann)     of all lives in one row: a, b, c Ann's, d Bob's

A flush writes what came since the last one, so a complaint costs the same whatever came before it.
Where a life is read, or has many beside it, they are put into it, and it is written whole; the next
row says of whom what was added before counts no more. Rows go, the oldest first, when most of what
they have counts no more, and when somebody is forgotten: what still counts is written again then.
"""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.changelog import UnreadableStateError
from streams.core.customers.intake.beside import Beside
from streams.core.customers.intake.heard import Heard
from streams.core.customers.kinds import ADDED, AddedRows
from streams.core.customers.stored.bare import ROW, newest_of
from streams.core.customers.stored.head import SAID, is_bare
from streams.core.customers.stored.store import SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from streams.core.changelog import ChangelogRow
    from streams.core.customers.lives.life import Words
    from streams.core.customers.stored.bare import Rows
    from streams.core.customers.stored.store import LifeStore
    from streams.core.slots import Integers

MOST: Final = 192
"""Complaints beside a life: with more it is packed anew."""
ROW_BYTES: Final = 100_000
"""Complaints that one row of the changelog has, in bytes, about."""
FLOOR: Final = 65_536
"""Complaints in the rows of the changelog that may stand there though they count no more,"""
AGAIN_A_FLUSH: Final = 500
"""and lives whose complaints a flush writes again at the most, so that old rows can go."""
HASH: Final = 8

Group = tuple[int, int]
"""Segment and tier, by number."""


class _Row(NamedTuple):
    """A row of the changelog: its number, whose complaints it has, and how many."""

    number: int
    lives: Integers
    complaints: int


class Unread(NamedTuple):
    """What became of complaints that were to be added to lives nobody read for it.

    Attributes:
        counts: how many were added, by month and group.
        surplus: how many older ones have to go.
        left: the places of those that were not added, ascending.
    """

    counts: dict[tuple[int, Group], int]
    surplus: int
    left: list[int]


def _hashed(customer: bytes) -> bytes:
    return blake2b(customer, digest_size=HASH).digest()


class AddedComplaints:
    """What stands beside the lives of a partition.

    `pack` packs a life anew, as it is with complaints and words beside it, and has it written
    whole.

    Attributes:
        heard: what was written in complaints, of those here and of those with which lives began.
    """

    def __init__(self, store: LifeStore, pack: Callable[[bytes, bytes, list[Words]], None]) -> None:
        self._store = store
        self._pack = pack
        self._beside = Beside()
        self.heard = Heard()
        self._numbers: dict[str | None, int] = {}
        """The number that the life of a customer has there,"""
        self._customers: dict[int, bytes] = {}
        """and whose life has a number."""
        self._groups: list[Group] = []
        self._group_numbers: dict[Group, int] = {}
        self._fresh = 0
        """Of how many lives something is to be written,"""
        self._again: list[Integers] = []
        """the numbers of those of whom all is to be written again,"""
        self._gone: list[bytes] = []
        """and hashes of those of whom nothing counts any more that was."""
        self._rows: deque[_Row] = deque()
        self._deleted: list[int] = []
        self._number = 0
        self._written = self._counting = 0
        """Complaints in rows of the changelog, and those of them that count."""
        self._until = 0
        """Rows up to this number are to go."""
        self._restored: dict[int, AddedRows] = {}

    @property
    def pending(self) -> int:
        """Of how many lives something is to be written."""
        return self._fresh + bool(self._gone) + self._has_to_go()

    def _has_to_go(self) -> bool:
        return bool(self._rows) and self._rows[0].number <= self._until

    def add(
        self,
        customers: Sequence[str | None],
        months: Integers,
        rows: Rows,
        opened: Collection[bytes],
    ) -> Unread:
        """Add complaints to lives: to those that are bare, and of whose last month they are.

        Args:
            customers: who made each; one at least.
            months: in which they were made.
            rows: the complaints.
            opened: whose lives are open, so that nothing may be added beside them.
        """
        beside, lives = self._beside, self._lives_of(customers, opened)
        left: list[int] = []
        fits = lives >= 0
        fits[fits] = beside.months[lives[fits]] == months[fits]
        if not fits.all():
            left = np.flatnonzero(~fits).tolist()
            lives, rows = lives[fits], rows[fits]
        if not lives.size:
            return Unread({}, 0, left)
        which, counts = np.unique(
            beside.months[lives] * len(self._groups) + beside.groups[lives], return_counts=True
        )
        added = beside.add(lives, rows)
        self._fresh += added.began
        for life in added.lives[added.counts >= MOST].tolist():
            self.put_in(self._customers[life])
        parts = [divmod(one, len(self._groups)) for one in which.tolist()]
        by_group = {
            (month, self._groups[group]): count
            for (month, group), count in zip(parts, counts.tolist(), strict=True)
        }
        return Unread(by_group, added.surplus, left)

    def _lives_of(self, customers: Sequence[str | None], opened: Collection[bytes]) -> Integers:
        """Give the number that each life has beside which something may stand; -1 of another."""
        get = self._numbers.get
        lives = np.fromiter(map(get, customers, repeat(-1)), np.int64, len(customers))
        unknown = (lives < 0).nonzero()[0].tolist()
        names = dict.fromkeys([customers[place] for place in unknown])
        asked = [name.encode() for name in names if name is not None]
        self._begin([customer for customer in asked if customer not in opened])
        for place in unknown:
            lives[place] = get(customers[place], -1)
        return lives

    def _begin(self, customers: Sequence[bytes]) -> None:
        """Have complaints stand beside lives, but for those where more follows than their count."""
        begun, columns = [], []
        for customer in customers:
            packed = self._store.get(customer)
            newest = None if packed is None else newest_of(packed)
            if newest is None:
                continue
            month, group, kept = newest
            number = self._group_numbers.setdefault(group, len(self._groups))
            if number == len(self._groups):
                self._groups.append(group)
            begun.append(customer)
            columns.append((month, number, kept))
        if begun:
            names = b"".join(map(_hashed, begun))
            lives = self._beside.begin(names, np.array(columns, np.int64).T).tolist()
            self._numbers.update(zip(map(bytes.decode, begun), lives, strict=True))
            self._customers.update(zip(lives, begun, strict=True))

    def put_in(self, customer: bytes) -> None:
        """Put into a life what stands beside it, if anything does."""
        words, rows = self.heard.take(customer), b""
        life = self._numbers.pop(customer.decode(), None)
        if life is not None:
            del self._customers[life]
            if stood := int(self._beside.stand[life]):
                self._gone.append(self._beside.names[life].tobytes())
                self._counting -= stood
            rows = self._beside.take(life)
        if rows or words:
            self._pack(customer, rows, words)

    def forget(self) -> None:
        """Let all rows go that stand now, flush by flush: somebody is forgotten."""
        self._until = self._number

    def tidy(self) -> None:
        """Let old rows go, if they have to or too many of them count no more; `drain` follows.

        What still counts in them is to be written again. Words go into lives that are to be written
        whole, beside which nothing stands.
        """
        for customer in [one for one in self.heard.fresh if one.decode() not in self._numbers]:
            self.put_in(customer)
        beside, left = self._beside, AGAIN_A_FLUSH
        most = FLOOR + 2 * self._counting
        while self._has_to_go() or (self._rows and self._written > most):
            number, lives, count = self._rows[0]
            own = lives[(beside.stand[lives] > 0) & (beside.numbers[lives] <= number)]
            again = own[:left]
            self._gone.append(beside.names[again].tobytes())
            self._counting -= int(beside.stand[again].sum())
            beside.stand[again] = 0
            self._again.append(again)
            self.heard.write_again([self._customers[life] for life in again.tolist()])
            left -= again.size
            if again.size < own.size:
                break
            self._rows.popleft()
            self._written -= count
            self._deleted.append(number)

    def drain(self) -> Iterator[ChangelogRow]:
        """Yield the rows of what was added since the last call; `tidy` comes before the wholes."""
        beside, places = self._beside, self._beside.unwritten()
        if self._again:
            again, self._again = np.concatenate(self._again), []
            places = np.union1d(places, beside.places(again))
        gone, self._gone = b"".join(self._gone), []
        deleted, self._deleted = self._deleted, []
        self._fresh = 0
        for number in deleted:
            yield ADDED.key(number), None
        lives, counts, rows = beside.parted(places)
        words = self.heard.drain(map(self._customers.__getitem__, lives.tolist()))
        ends, sizes = counts.cumsum(), (counts * SAID + list(map(len, words))).cumsum()
        first = begin = size = 0
        while first < lives.size or gone:
            last = int(sizes.searchsorted(size + ROW_BYTES, "right")) + 1
            last = min(last, lives.size)
            end, size = (int(ends[last - 1]), int(sizes[last - 1])) if last else (0, 0)
            own = slice(first, last)
            yield self._row(gone, lives[own], counts[own], rows[begin:end], words[own])
            gone, first, begin = b"", last, end
        beside.close()

    def _row(
        self, gone: bytes, lives: Integers, counts: Integers, rows: Rows, words: list[bytes]
    ) -> ChangelogRow:
        self._number += 1
        beside, number = self._beside, self._number
        beside.numbers[lives[beside.stand[lives] == 0]] = number
        beside.stand[lives] = beside.counts[lives]
        self._note(number, lives, rows.size)
        self._counting += rows.size
        names = beside.names[lives].tobytes()
        told = tuple((place, one) for place, one in enumerate(words) if one)
        value = AddedRows(gone, names, counts.tolist(), rows.tobytes(), told)
        return ADDED.key(number), ADDED.encode(value)

    def _note(self, number: int, lives: Integers, count: int) -> None:
        self._rows.append(_Row(number, lives, count))
        self._written += count

    # -- state ------------------------------------------------------------------------------------

    def restore(self, number: int, rows: AddedRows) -> None:
        """Take over one row of the changelog; `join` follows the last."""
        self._restored[number] = rows

    def join(self) -> None:
        """Put beside the lives that were taken over what had been added to them.

        Raises:
            UnreadableStateError: a life is not there, or not bare.
        """
        if not self._restored:
            return
        known = {
            _hashed(customer): customer
            for shard in range(SHARDS)
            for customer, packed in self._store.shard(shard)
            if is_bare(packed)
        }
        standing: dict[bytes, tuple[int, bytearray]] = {}
        words: dict[bytes, bytes] = {}
        for number, added in sorted(self._restored.items()):
            for name in _parts(added.gone):
                standing.pop(name, None)
                words.pop(name, None)
            begin, names = 0, _parts(added.names)
            words.update((names[place], packed) for place, packed in added.words)
            for name, count in zip(names, added.counts, strict=True):
                end = begin + count * SAID
                standing.setdefault(name, (number, bytearray()))[1].extend(added.rows[begin:end])
                begin = end
        lives = self._stand(standing, known) if standing else {}
        for name, packed in words.items():
            self.heard.restore(known[name], packed)
        for number, added in sorted(self._restored.items()):
            names = _parts(added.names)
            own = [lives[name] for name in names if name in lives]
            self._note(number, np.array(own, np.int64), sum(added.counts))
            self._number = number
            if not known.keys() >= set(names):
                self._until = number  # somebody may have been forgotten
        self._beside.close()
        self._restored = {}

    def _stand(
        self, standing: Mapping[bytes, tuple[int, bytearray]], known: Mapping[bytes, bytes]
    ) -> dict[bytes, int]:
        """Put beside lives what stands in the changelog, each from the row of a number on.

        `known` has the customers by hash; returns the numbers of the lives.
        """
        customers = [known[name] for name in standing if name in known]
        self._begin(customers)
        lives = [self._numbers.get(customer.decode(), -1) for customer in customers]
        if len(lives) < len(standing) or -1 in lives:
            raise UnreadableStateError("what was added to a life has no life")
        counts = [len(rows) // SAID for _, rows in standing.values()]
        rows = b"".join([rows for _, rows in standing.values()])
        self._beside.add(np.repeat(lives, counts), np.frombuffer(rows, ROW))
        self._beside.stand[lives] = counts
        self._beside.numbers[lives] = [number for number, _ in standing.values()]
        self._counting += sum(counts)
        return dict(zip(standing, lives, strict=True))


def _parts(names: bytes) -> list[bytes]:
    return [names[at : at + HASH] for at in range(0, len(names), HASH)]
