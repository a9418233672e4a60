"""Losses by customer-month at risk, before and after a first complaint, with a 95 % interval."""

from __future__ import annotations

from math import exp, lgamma, log
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MONTH: Final = 2_629_800
"""Seconds of a customer-month: a twelfth of 365.25 days."""

_TAIL: Final = 0.025
"""What is left out at each end of the interval."""
_HALVINGS: Final = 100


class LossRate(NamedTuple):
    """Losses, and how many they are by customer-month at risk.

    Attributes:
        lost: customers who were lost.
        months: customer-months at risk.
        rate: losses by customer-month; None where nobody was at risk.
        low: where the 95 % interval of the rate begins.
        high: where it ends.
    """

    lost: int
    months: float
    rate: float | None
    low: float | None
    high: float | None


def loss_rate(lost: int, seconds: int) -> LossRate:
    """Give the rate of so many losses in so many customer-seconds at risk.

    Losses are taken for a Poisson count, and the interval is the exact one (F. Garwood, Fiducial
    limits for the Poisson distribution, Biometrika 28, 1936): it holds the true rate at least 19
    times in 20, and more often where there are few losses.
    """
    months = seconds / MONTH
    if seconds <= 0:
        return LossRate(lost, months, None, None, None)
    low, high = poisson_interval(lost)
    return LossRate(lost, months, lost / months, low / months, high / months)


def poisson_interval(count: int) -> tuple[float, float]:
    """Give the means that a Poisson count is not too high, and not too low for, at 2.5 % each.

    >>> [round(end, 3) for end in poisson_interval(0)]
    [0.0, 3.689]
    >>> [round(end, 3) for end in poisson_interval(10)]
    [4.795, 18.39]
    """
    top = count + 10 * (count + 4) ** 0.5
    high = _root(lambda mean: at_most(count, mean) - _TAIL, top)
    if not count:
        return 0.0, high
    return _root(lambda mean: _TAIL - (1 - at_most(count - 1, mean)), top), high


def at_most(count: int, mean: float) -> float:
    """Give the chance of a Poisson count of at most so many, at a mean above 0.

    >>> round(at_most(2, 1.0), 6)
    0.919699
    """
    # The likeliest term first, and from it both ways: no term is too small for a double but those
    # that do not count.
    likeliest = min(count, int(mean))
    term = exp(likeliest * log(mean) - mean - lgamma(likeliest + 1))
    total, down, up = term, term, term
    for number in range(likeliest, 0, -1):
        down *= number / mean
        if down < total * 1e-17:
            break
        total += down
    for number in range(likeliest + 1, count + 1):
        up *= mean / number
        total += up
    return min(total, 1.0)


def _root(falling: Callable[[float], float], top: float) -> float:
    """Give where a falling function of a mean is 0, between 0 and `top`."""
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle <= low or middle >= high:
            break
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
