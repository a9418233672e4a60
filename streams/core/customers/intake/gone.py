"""Who was forgotten lately, by a hash of the customer's id.

A merge into somebody may be told by another partition after that one was forgotten: whoever takes
over what came before would be somebody new. So the hash and the time are kept for as long as such a
thing can come, and no longer.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from streams.core.customers.kinds import GONE
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.changelog import ChangelogRow

KEPT: Final = 366 * DAY
"""So long, by the customer clock, in seconds: what comes later than that is not told in full."""


def _hashed(customer: str) -> str:
    return blake2b(customer.encode(), digest_size=8).hexdigest()


class Gone:
    """When whom was last forgotten, epoch seconds, by hash."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._changed: set[str] = set()

    def note(self, customer: str, at: int) -> None:
        """Note that a customer was forgotten."""
        name = _hashed(customer)
        self._at[name] = max(at, self._at.get(name, 0))
        self._changed.add(name)

    def was(self, customer: str, at: int) -> bool:
        """Tell whether a customer was forgotten at a time, or after it."""
        return bool(self._at) and at <= self._at.get(_hashed(customer), -1)

    def rows(self, clock: int) -> Iterator[ChangelogRow]:
        """Yield the rows that changed since the last call; what is old by the clock is dropped."""
        for name in [name for name, at in self._at.items() if at + KEPT <= clock]:
            del self._at[name]
            self._changed.add(name)
        changed, self._changed = self._changed, set()
        for name in sorted(changed):
            at = self._at.get(name)
            yield GONE.key(name), None if at is None else GONE.encode(at)

    def restore(self, name: str, at: int) -> None:
        """Take over one row of the changelog."""
        self._at[name] = at
