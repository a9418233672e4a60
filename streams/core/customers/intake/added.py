"""Complaints that are added to bare lives: they stand beside the lives until there are many.

    flush        1      2        3        4
    Ann's life   whole                    whole     packed anew with a, b and c
    Bob's life   whole
    added               a, b, d  c        (Ann)     of all lives in one row: a, b, c Ann's, d Bob's

A flush writes what came since the last one, so a complaint costs the same whatever came before it.
Where a life is read, or has many beside it, they are put into it, and it is written whole; the next
row says of whom what was added before counts no more. Rows go, the oldest first, when most of what
they have counts no more, and when somebody is forgotten: who still counts in them is packed anew.
"""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.changelog import UnreadableStateError
from streams.core.customers.complaints.complaints import NEWEST
from streams.core.customers.kinds import ADDED, AddedRows
from streams.core.customers.stored.bare import newest_of
from streams.core.customers.stored.head import SAID, is_bare
from streams.core.customers.stored.store import SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from streams.core.changelog import ChangelogRow
    from streams.core.customers.stored.store import LifeStore

MOST: Final = 96
"""Complaints beside a life: with more it is packed anew."""
ROW_BYTES: Final = 100_000
"""Complaints that one row of the changelog has, in bytes, about."""
FLOOR: Final = 65_536
"""Complaints in the rows of the changelog that may stand there though they count no more,"""
PACKED_A_FLUSH: Final = 500
"""and lives that a flush packs anew at the most, so that old rows can go."""
HASH: Final = 8


class Beside:
    """The complaints beside one life.

    Attributes:
        customer: whose it is.
        name: the same in rows of the changelog: who is forgotten is not named in them.
        month: in which they were made: the last month of the life.
        group: segment and tier in that month.
        kept: how many complaints the life keeps, with these.
        rows: they themselves.
        written: how many bytes of them are written.
        first: the number of the changelog row that has the first.
    """

    __slots__ = ("customer", "first", "group", "kept", "month", "name", "rows", "written")

    def __init__(self, customer: bytes, month: int, group: tuple[int, int], kept: int) -> None:
        self.customer = customer
        self.name = _hashed(customer)
        self.month = month
        self.group = group
        self.kept = kept
        self.rows = bytearray()
        self.written = 0
        self.first = 0


class _Row(NamedTuple):
    """A row of the changelog: its number, whose complaints it has, and how many."""

    number: int
    customers: list[bytes]
    complaints: int


def _hashed(customer: bytes) -> bytes:
    return blake2b(customer, digest_size=HASH).digest()


class AddedComplaints:
    """What stands beside the lives of a partition.

    `pack` packs a life anew, as it is with complaints beside it, and has it written whole.
    """

    def __init__(self, store: LifeStore, pack: Callable[[bytes, bytes], None]) -> None:
        self._store = store
        self._pack = pack
        self._beside: dict[bytes, Beside] = {}
        self._fresh: list[Beside] = []
        """Of whom something is to be written,"""
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
        return len(self._fresh) + bool(self._gone) + self._has_to_go()

    def _has_to_go(self) -> bool:
        return bool(self._rows) and self._rows[0].number <= self._until

    def add(self, customer: bytes, month: int, rows: bytes) -> tuple[tuple[int, int], int] | None:
        """Add complaints of a month to a life that is not open.

        Returns:
            Its group, and how many older ones have to go; None where more may follow than their
            count: it is not bare, or this is not its last month.
        """
        one = self._beside.get(customer)
        if one is None:
            one = self._begin(customer)
        if one is None or one.month != month:
            return None
        own = one.rows
        if len(own) == one.written:
            self._fresh.append(one)
        own += rows
        kept = one.kept + len(rows) // SAID
        one.kept = min(kept, max(one.kept, NEWEST))
        if len(own) >= MOST * SAID:
            self.put_in(customer)
        return one.group, kept - one.kept

    def add_all(
        self, month: int, places: Mapping[str, list[int]], rows: Sequence[bytes]
    ) -> tuple[dict[tuple[int, int], int], int, list[str]]:
        """Add complaints of a month to those lives beside which some of it may stand already.

        Args:
            month: in which they were made.
            places: by customer, which of the rows.
            rows: the complaints.

        Returns:
            How many were added by group, how many older ones have to go, and to whose lives none
            was: `add` may know more.
        """
        counts: dict[tuple[int, int], int] = {}
        surplus, left = 0, []
        known, fresh, full = self._beside, self._fresh, MOST * SAID
        for name, own in places.items():
            one = known.get(name.encode())
            if one is None or one.month != month:
                left.append(name)
                continue
            beside, count = one.rows, len(own)
            if len(beside) == one.written:
                fresh.append(one)
            beside += rows[own[0]] if count == 1 else b"".join([rows[place] for place in own])
            kept = one.kept + count
            if kept > NEWEST:
                one.kept = max(one.kept, NEWEST)
                surplus += kept - one.kept
            else:
                one.kept = kept
            counts[one.group] = counts.get(one.group, 0) + count
            if len(beside) >= full:
                self.put_in(one.customer)
        return counts, surplus, left

    def _begin(self, customer: bytes) -> Beside | None:
        packed = self._store.get(customer)
        newest = None if packed is None else newest_of(packed)
        if newest is None:
            return None
        one = self._beside[customer] = Beside(customer, *newest)
        return one

    def put_in(self, customer: bytes) -> None:
        """Put into a life what stands beside it, if anything does."""
        one = self._beside.pop(customer, None)
        if one is None or not one.rows:
            return
        rows, one.rows = bytes(one.rows), bytearray()
        self._pack(customer, rows)
        if one.written:
            self._gone.append(one.name)
            self._counting -= one.written // SAID
            one.written = 0

    def forget(self) -> None:
        """Let all rows go that stand now, flush by flush: somebody is forgotten."""
        self._until = self._number

    def tidy(self) -> None:
        """Let old rows go, if they have to or too many of them count no more; `drain` follows."""
        left = PACKED_A_FLUSH
        while left and (
            self._has_to_go() or (self._rows and self._written > FLOOR + 2 * self._counting)
        ):
            number, customers, count = self._rows[0]
            while customers and left:
                one = self._beside.get(customers.pop())
                if one is not None and one.written and one.first <= number:
                    self.put_in(one.customer)
                    left -= 1
            if not customers:
                self._rows.popleft()
                self._written -= count
                self._deleted.append(number)

    def drain(self) -> Iterator[ChangelogRow]:
        """Yield the rows of what was added since the last call; `tidy` comes before the wholes."""
        fresh, self._fresh = [one for one in self._fresh if one.rows], []  # else put in since
        gone, self._gone = self._gone, []
        deleted, self._deleted = self._deleted, []
        for number in deleted:
            yield ADDED.key(number), None
        some: list[Beside] = []
        size = 0
        for one in fresh:
            some.append(one)
            size += len(one.rows) - one.written
            if size > ROW_BYTES:
                yield self._row(gone, some)
                gone, some, size = [], [], 0
        if some or gone:
            yield self._row(gone, some)

    def _row(self, gone: list[bytes], some: list[Beside]) -> ChangelogRow:
        self._number += 1
        rows = [one.rows[one.written :] for one in some]
        counts = [len(own) // SAID for own in rows]
        for one in some:
            if not one.written:
                one.first = self._number
            one.written = len(one.rows)
        names = [one.name for one in some]
        self._note(self._number, [one.customer for one in some], sum(counts))
        value = AddedRows(b"".join(gone), b"".join(names), counts, b"".join(rows))
        return ADDED.key(self._number), ADDED.encode(value)

    def _note(self, number: int, customers: list[bytes], count: int) -> None:
        self._rows.append(_Row(number, customers, count))
        self._written += count
        self._counting += count

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
        for number, added in sorted(self._restored.items()):
            for name in _parts(added.gone):
                standing.pop(name, None)
            names, begin = _parts(added.names), 0
            for name, count in zip(names, added.counts, strict=True):
                end = begin + count * SAID
                standing.setdefault(name, (number, bytearray()))[1].extend(added.rows[begin:end])
                begin = end
            customers = [known[name] for name in names if name in known]
            self._note(number, customers, sum(added.counts))
            self._number = number
            if len(customers) < len(names):
                self._until = number  # somebody may have been forgotten
        self._restored = {}
        self._counting = 0
        for name, (first, rows) in standing.items():
            customer = known.get(name)
            one = None if customer is None else self._begin(customer)
            if one is None:
                raise UnreadableStateError("what was added to a life has no life")
            one.kept = min(one.kept + len(rows) // SAID, max(one.kept, NEWEST))
            one.rows, one.written, one.first = rows, len(rows), first
            self._counting += len(rows) // SAID


def _parts(names: bytes) -> list[bytes]:
    return [names[at : at + HASH] for at in range(0, len(names), HASH)]
