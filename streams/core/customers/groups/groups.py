"""Customer groups: the segment and the value tier of a customer in one calendar month.

    stated      A            B
    months  |---:---|-------|:------|-------|
    segment |   A   |   A   |   A   |   B   |     as stated before the month, or first within it

A group holds for a whole month, so every movement of a month belongs to one group, and a customer
moves to another only where a month begins.
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate, repeat
from operator import sub
from typing import TYPE_CHECKING, Final

from streams.core.customers.groups.tiers import BOUNDLESS, YEAR
from streams.core.customers.lives import lifecycle as lc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.core.customers.calendar import Months
    from streams.core.customers.groups.tiers import Tiers
    from streams.core.customers.lives.life import Month
    from streams.core.customers.lives.lifecycle import Entry

STATING: Final = frozenset({lc.SIGNUP, lc.CHANGED, lc.TRIAL_BEGAN, lc.TAKEN})
"""What states a segment. Other events name it too, as those who sent them believe it to be.

A merge states that of who was merged, where none was stated before.
"""

NEVER: Final = 0xFFFF
"""A month that never comes; packed in three bytes."""


def statements(entries: Iterable[Entry], segment: int) -> list[tuple[int, int]]:
    """Give the segments stated, with their times, in order.

    Args:
        entries: in order.
        segment: what was stated last before them; 0 if nothing was.
    """
    stated = [(-1, segment)] if segment else []
    for e in entries:
        if e.segment and e.kind in STATING and not (stated and e.kind == lc.TAKEN):
            stated.append((e.at, e.segment))
    return stated


class Groups:
    """The groups of one customer by month.

    Args:
        stated: when which segment was stated.
        months: what came in, with its corrections.
        noted: months whose group is known, and that group.

    Attributes:
        months: as above; who changes them puts a copy in their place first.
    """

    def __init__(
        self,
        stated: list[tuple[int, int]],
        months: Mapping[int, Month],
        tiers: Tiers,
        calendar: Months,
        noted: tuple[range, tuple[int, int]] | None = None,
    ) -> None:
        self._noted = noted
        self.months = months
        self._stated = stated
        self._tiers = tiers
        self._calendar = calendar
        self._known: dict[int, tuple[int, int]] = {}

    @cached_property
    def _earned(self) -> Mapping[int, Mapping[int, int]]:
        """What earns a tier, by currency and month; most groups are known without it."""
        return self._tiers.earned(self.months) if self._tiers.base else {}

    @property
    def currency(self) -> int:
        """The one currency that anything was earned in; 0 if there is none or several."""
        return next(iter(self._earned)) if len(self._earned) == 1 else 0

    def stays(self, appended: Iterable[Entry]) -> bool:
        """Tell whether every month keeps its group when some later entries follow.

        They may state what was stated last once more.
        """
        last = self._stated[-1][1] if self._stated else 0
        return all(
            e.kind not in STATING or e.segment in (0, last) or (last and e.kind == lc.TAKEN)
            for e in appended
        )

    def stated(self, before: int) -> int:
        """Give the segment that was stated last before a time, epoch seconds; 0 if none was."""
        return next((segment for at, segment in reversed(self._stated) if at < before), 0)

    def of(self, month: int) -> tuple[int, int]:
        """Give the numbers of the segment and of the tier in a month."""
        group = self._known.get(month)
        if group is None:
            noted = self._noted
            if noted is not None and month in noted[0]:
                group = noted[1]
            else:
                group = self._segment(month), self._tier(month)
            self._known[month] = group
        return group

    def _segment(self, month: int) -> int:
        starts = self._calendar.starts
        begin, found = starts[month], 0
        for at, segment in self._stated:
            if at < begin:
                found = segment
                continue
            if not found and at < starts[month + 1]:
                return segment
            break
        return found

    def _tier(self, month: int) -> int:
        earned = self._earned
        if not earned:
            return self._tiers.base
        begin = month - YEAR
        if len(earned) == 1:
            ((currency, amounts),) = earned.items()
            total = sum([amount for at, amount in amounts.items() if begin <= at < month])
            return self._tiers.reached_by(currency, total)
        sums = {
            currency: sum([amount for at, amount in amounts.items() if begin <= at < month])
            for currency, amounts in earned.items()
        }
        return self._tiers.reached(sums)

    def horizon(self, month: int) -> int:
        """Give the first month from which on nothing changes any more, if nothing else comes."""
        last = month
        for amounts in self._earned.values():
            last = max(last, *amounts)
        if self._stated:
            last = max(last, self._calendar.of(self._stated[-1][0]))
        return last + YEAR + 1

    def outlook(self, month: int) -> tuple[int, int, int]:
        """Tell until when the group of a month stays, if nothing else or only little comes in.

        Returns:
            The first month with another group, or NEVER; and by how much in minor units, all in
            all, the money of `month` and later may fall (0 or less) and rise (0 or more) without
            making that month an earlier one.
        """
        if len(self._earned) > 1:
            return self._next(month), 0, 0
        group = self.of(month)
        segment_until = self._segment_until(month, group[0])
        if not self._tiers.base:
            return segment_until, -BOUNDLESS, BOUNDLESS
        if not self._earned:
            return segment_until, 0, 0
        ((currency, amounts),) = self._earned.items()
        limits = self._tiers.limits(currency)
        low = limits[group[1]] if group[1] < len(limits) else -BOUNDLESS
        high = min(limits[: group[1]], default=BOUNDLESS)
        until = min(segment_until, max(month, *amounts) + YEAR + 2)
        first = max(month, min(amounts))
        totals = _totals(amounts, first, until)
        if first == month:
            del totals[0]  # it is of that month itself
        if month + 1 >= until:
            totals.clear()
        left = len(totals)
        if totals and not (low <= min(totals) and max(totals) < high):
            left = next(at for at, total in enumerate(totals) if not low <= total < high)
            segment_until = first + left + (first == month) if left else month + 1
        kept = totals[:left]
        if not kept:
            return segment_until, -BOUNDLESS, BOUNDLESS
        return segment_until, low - min(kept), high - max(kept) - 1

    def _segment_until(self, month: int, segment: int) -> int:
        begin = self._calendar.starts[month]
        for at, _ in self._stated:
            if at < begin:  # neither its month nor the next one comes after this one
                continue
            later = self._calendar.of(at)
            for one in (later, later + 1):
                if one > month and self._segment(one) != segment:
                    return one
        return NEVER

    def _next(self, month: int) -> int:
        group = self.of(month)
        first = min(min(amounts) for amounts in self._earned.values())
        if self._stated:
            first = min(first, self._calendar.of(max(self._stated[0][0], 0)))
        for later in range(max(month + 1, first), self.horizon(month) + 1):
            if self.of(later) != group:
                return later
        return NEVER


def _totals(amounts: Mapping[int, int], first: int, until: int) -> list[int]:
    """Give what the twelve months before each month come to, from `first` on, `until` exclusive."""
    get, nothing = amounts.get, repeat(0)
    total = sum([amount for at, amount in amounts.items() if first - YEAR <= at < first])
    came, gone = range(first, until - 1), range(first - YEAR, until - 1)
    changes = map(sub, map(get, came, nothing), map(get, gone, nothing))
    return list(accumulate(changes, initial=total))
