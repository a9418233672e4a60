"""A life that is being changed, and what it was reported as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.calendar import FAR
from streams.core.customers.lives.corrections import blind
from streams.core.customers.lives.life import Life
from streams.core.customers.stored.head import due_of, flags_of, is_tailed
from streams.core.customers.stored.packed import unpack
from streams.core.customers.sums.account import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.customers.groups.cells import Rules
    from streams.core.customers.lives.life import Month


class OpenLife:
    """A life that is being changed; `touched` is called when it is first to be settled.

    Attributes:
        life: as it is by now; whoever changes its months asks `months` for them.
        added: what it has added to the cells; None for nothing.
        reported: the clock up to which it did, epoch seconds.
        since: the number of the first month whose numbers may have changed; None if none has but
            those that were added to the cells at once.
        due: when the clock next changes what it contributes.
        changed: whether the life is to be written to the store anew.
        flags: as they are packed.
        tailed: whether a tail of it stands in the changelog.
    """

    __slots__ = (
        "_known",
        "_touched",
        "added",
        "blind",
        "changed",
        "due",
        "flags",
        "life",
        "reported",
        "since",
        "tailed",
    )

    def __init__(self, stored: bytes | None, touched: Callable[[], object]) -> None:
        self._known = stored is not None
        self._touched = touched
        self.added: Account | None = None
        self.blind = 0
        self.reported = 0
        self.since: int | None = None
        self.changed = False
        if stored is None:
            self.life, self.due, self.flags, self.tailed = Life(), FAR, 0, False
        else:
            self.life, self.due, self.flags = unpack(stored), due_of(stored), flags_of(stored)
            self.tailed = is_tailed(stored)

    @property
    def known(self) -> bool:
        """Whether anything was in it before it was opened, or has been added since."""
        return self._known or self.changed

    def touch(self, since: int, clock: int, rules: Rules) -> None:
        """Announce a change that the numbers of the month `since` and later may follow."""
        if self.since is not None:
            self.since = min(self.since, since)
            return
        self.since = since
        self._touched()
        self.reported = min(clock, self.due - 1)
        if self.known:
            self.added = Account(self.life, self.reported, rules, held=True)
            self.blind = blind(self.life)
        self.changed = True

    def note(self, due: int) -> None:
        """Take notice of a change that nothing follows from before a time."""
        self.changed = True
        self.due = min(self.due, due)

    def months(self) -> dict[int, Month]:
        """Give the months of the life, to be changed."""
        if self.added is not None and self.added.months is self.life.months:
            self.added.keep_months()
        self.changed = True
        return self.life.months
