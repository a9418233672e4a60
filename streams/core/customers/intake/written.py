"""What is to be written of lives: each whole, or only what was added to it since it was.

    flush         1        2        3        4
    life          whole                      whole
    tail                   added    added    deleted      of two payments, say, and a change of plan

A tail is cumulative, as all rows are; it belongs to the whole that stands, and goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.changelog import UnreadableStateError
from streams.core.customers.kinds import LIFE, TAIL
from streams.core.customers.stored.head import is_tailed, joined, tail_of, tailed

if TYPE_CHECKING:
    from streams.core.changelog import ChangelogRow
    from streams.core.customers.stored.store import LifeStore

ADDED: Final = 0
"""How a life is to be written: its tail,"""
WHOLE: Final = 1
"""or all of it;"""
CUT: Final = 2
"""and its tail is to be deleted."""


class Written:
    """The lives that changed since they were written."""

    def __init__(self, store: LifeStore) -> None:
        self._store = store
        self._changed: dict[bytes, int] = {}
        self._tails: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self._changed)

    def note(self, customer: bytes, *, tailed: bool) -> None:
        """Note that a life was packed anew, or dropped; `tailed`: a tail of it stands."""
        how = WHOLE | CUT if tailed else WHOLE
        self._changed[customer] = self._changed.get(customer, ADDED) | how

    def note_added(self, customer: bytes) -> None:
        """Note that something was added to a packed life."""
        self._changed.setdefault(customer, ADDED)

    def drain(self) -> list[ChangelogRow]:
        """Give the rows of what changed since the last call."""
        changed, self._changed = self._changed, {}
        rows: list[ChangelogRow] = []
        for customer, how in changed.items():
            name, packed = customer.decode(), self._store.get(customer)
            if packed is None or how != ADDED:
                rows.append((LIFE.key(name), packed))
                if how & CUT:
                    rows.append((TAIL.key(name), None))
                continue
            if not is_tailed(packed):
                packed = tailed(packed)
                self._store.put(customer, packed)
            rows.append((TAIL.key(name), tail_of(packed)))
        return rows

    def restore(self, customer: bytes, tail: bytes) -> None:
        """Take over a tail from the changelog; `join` follows the last."""
        self._tails[customer] = tail

    def join(self) -> None:
        """Add to the lives that were taken over what had been added to them.

        Raises:
            UnreadableStateError: a life is not there.
        """
        for customer, tail in self._tails.items():
            whole = self._store.get(customer)
            if whole is None:
                name = customer.decode()
                raise UnreadableStateError(f"what was added to the life of {name!r} has no life")
            self._store.put(customer, joined(whole, tail))
        self._tails = {}
