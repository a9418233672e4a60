"""How fast customers are lost, per customer-month at risk, before and after a first complaint."""

from __future__ import annotations

from math import exp, lgamma, log
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from streams.simulate.truth.life import State

MONTH: Final = 2_629_800
"""Seconds in a twelfth of 365.25 days: the month of "customer-month"."""

_TAIL: Final = 0.025
Span = tuple[int, int]


class Rate(NamedTuple):
    """Losses, the seconds at risk that they came from, and so many losses a customer-month.

    `low` and `high` are the exact 95 % interval of a Poisson count (Garwood 1936). `true` is what
    the company was made with, if that is known: the mean over the time at risk.
    """

    when: str
    lost: int
    seconds: int
    rate: float
    low: float
    high: float
    true: float | None


class LossRates:
    """Losses and time at risk, summed up customer by customer.

    `raised` is the time within `effect` seconds after any complaint; it is a part of `after`.
    """

    def __init__(self, effect: int) -> None:
        self._effect = effect
        self.lost = dict.fromkeys(("before", "after", "raised"), 0)
        self.seconds = dict.fromkeys(("before", "after", "raised"), 0)

    def add(self, states: Sequence[State], complaints: Sequence[int], clock: int) -> None:
        """Add one customer: its states (absences bridged) and when it complained, sorted."""
        first = complaints[0] if complaints else clock
        raised = list(_joined((at, at + self._effect) for at in complaints))
        for number, state in enumerate(states):
            if not state.customer:
                continue
            after = states[number + 1] if number + 1 < len(states) else None
            span = state.at, clock if after is None else after.at
            self.seconds["before"] += _common(span, (0, first))
            self.seconds["after"] += _common(span, (first, clock))
            self.seconds["raised"] += sum(_common(span, one) for one in raised)
            if after is None or after.customer or after.cause.kind == "merged":
                continue
            fresh = not number or not states[number - 1].customer
            if fresh and span[0] == span[1]:  # found by its end: it was at no risk before
                continue
            self.lost["after" if first < after.at else "before"] += 1
            self.lost["raised"] += any(begin < after.at <= end for begin, end in raised)

    def rates(self, base: float | None = None, factor: float | None = None) -> list[Rate]:
        """Give the rates; `base` is the true rate a customer-month, `factor` what raises it."""
        raised = self.seconds["raised"]
        out = []
        for when, lost in self.lost.items():
            seconds = self.seconds[when]
            low, high = interval(lost)
            per = MONTH / seconds if seconds else 0.0
            true = None
            if base is not None and factor is not None:
                share = {"before": 0.0, "raised": 1.0}.get(when, raised / max(seconds, 1))
                true = base * (1 + (factor - 1) * share)
            out.append(Rate(when, lost, seconds, lost * per, low * per, high * per, true))
        return out


def interval(count: int) -> tuple[float, float]:
    """Give the exact 95 % interval of the mean of a Poisson count.

    >>> [round(end, 3) for end in interval(10)]
    [4.795, 18.39]
    """
    low = _mean_where(lambda mean: 1 - _up_to(count - 1, mean) >= _TAIL, count) if count else 0.0
    return low, _mean_where(lambda mean: _up_to(count, mean) <= _TAIL, count)


def _mean_where(holds: Callable[[float], bool], count: int) -> float:
    """Find by halving the least mean from which on something holds."""
    low, high = 0.0, 2.0 * count + 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _up_to(count: int, mean: float) -> float:
    """The chance of at most so many, at a Poisson mean; sums what is within reach of a double."""
    if mean <= 0:
        return 1.0
    first = max(0, int(mean - 40 * mean**0.5 - 40))
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(first, count + 1))


def _joined(spans: Iterable[Span]) -> Iterable[Span]:
    """Join sorted spans that overlap."""
    held: Span | None = None
    for begin, end in spans:
        if held is None:
            held = begin, end
        elif begin <= held[1]:
            held = held[0], max(held[1], end)
        else:
            yield held
            held = begin, end
    if held is not None:
        yield held


def _common(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
