"""Who is called: drawn by value and by reason, the same each time, and nobody twice.

    pick      1      2       3      4       5
    by        value  reason  value  reason  value     of each executive

By value, a customer is the likelier the more it was worth: with `u` uniform in (0, 1] of a hash of
period, executive and customer, and `w` its share of what was lost, the least `-ln(u) / w` is drawn
(Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006). By reason, the next is
that whose quotient of losses and 2 x picks + 1 is largest (Sainte-Laguë), and of its customers the
one with the least hash.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from math import inf, log
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streams.readmodel.review.losses import Loss

By = Literal["value", "reason"]
_BYTES: Final = 7
"""Of a hash: 56 bits, of which a float holds 53; the last are rounded."""


class Call(NamedTuple):
    """A customer to be called: by whom, and how it was drawn."""

    loss: Loss
    executive: str
    drawn_by: By


class Callers(NamedTuple):
    """Who calls, and how many customers each."""

    executives: Sequence[str]
    calls: int


def draw(
    lost: Sequence[Loss],
    period: str,
    callers: Callers,
    kept: Sequence[Call] = (),
    never: Collection[str] = frozenset(),
) -> list[Call]:
    """Return who calls whom, by executive, in the order in which they were drawn.

    The order of `lost` matters nothing.

    Args:
        lost: who left, in order of `losses.in_order`.
        period: name of the period.
        callers: who calls, and how many each.
        kept: calls that were drawn before: they stay, and others fill up.
        never: customers who are not to be drawn.
    """
    totals: Counter[str] = Counter()
    for one in lost:
        totals[one.currency] += one.worth
    latest = {one.customer_id: one for one in sorted(lost, key=lambda one: one.at)}
    taken = {call.loss.customer_id for call in kept} | set(never)
    there = [
        one for name, one in sorted(latest.items()) if name not in taken and one.returned_at is None
    ]
    stated = Counter(one.reason for one in latest.values())
    desks = [
        _Desk(period, name, there, totals, stated, [c for c in kept if c.executive == name])
        for name in callers.executives
    ]
    for _ in range(callers.calls):
        for desk in desks:
            if len(desk.calls) < callers.calls:
                desk.pick(taken)
    return [call for desk in desks for call in desk.calls]


class _Desk:
    """The calls of one executive."""

    def __init__(  # noqa: PLR0913, PLR0917 (what is drawn from)
        self,
        period: str,
        executive: str,
        there: Sequence[Loss],
        totals: Counter[str],
        stated: Counter[str],
        calls: list[Call],
    ) -> None:
        self.executive = executive
        self.calls = calls
        self._stated = stated
        lots = {one.customer_id: lot(period, executive, one.customer_id) for one in there}
        # What comes first is taken off the end.
        self._by_value = sorted(
            there,
            key=lambda one: (
                -log(lots[one.customer_id]) * totals[one.currency] / one.worth
                if one.worth > 0
                else inf,
                lots[one.customer_id],
                one.customer_id,
            ),
            reverse=True,
        )
        self._by_reason: dict[str, list[Loss]] = {}
        for one in sorted(there, key=lambda one: (lots[one.customer_id], one.customer_id)):
            self._by_reason.setdefault(one.reason, []).append(one)
        for waiting in self._by_reason.values():
            waiting.reverse()

    def pick(self, taken: set[str]) -> None:
        """Take one more, if there is anybody."""
        by: By = "reason" if len(self.calls) % 2 else "value"
        waiting = self._next_reason(taken) if by == "reason" else self._by_value
        one = _next(waiting, taken)
        if one is not None:
            waiting.pop()
            taken.add(one.customer_id)
            self.calls.append(Call(one, self.executive, by))

    def _next_reason(self, taken: set[str]) -> list[Loss]:
        picks = Counter(call.loss.reason for call in self.calls)
        ranked = sorted(
            self._by_reason,
            key=lambda name: (-self._stated[name] / (2 * picks[name] + 1), name),
        )
        found = (self._by_reason[name] for name in ranked)
        return next((waiting for waiting in found if _next(waiting, taken) is not None), [])


def _next(waiting: list[Loss], taken: set[str]) -> Loss | None:
    while waiting and waiting[-1].customer_id in taken:
        waiting.pop()
    return waiting[-1] if waiting else None


def lot(period: str, executive: str, customer: str) -> float:
    """Return a number in (0, 1] that is as good as random, and always the same."""
    text = f"{period}\0{executive}\0{customer}".encode()
    drawn = int.from_bytes(blake2b(text, digest_size=_BYTES).digest())
    return (drawn + 1) / 2.0 ** (8 * _BYTES)
