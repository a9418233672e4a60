"""All windows that tripped, with the bound of each."""

import numpy as np

from streams.core.detect import deviance
from streams.core.detect.daily.outbreak import EVEN, odds
from streams.core.detect.deviance import upper
from streams.core.detect.exceedances import Exceedance, Scale, tripped

END = 1_000_000
LENGTHS = (100, 300, 700, 700)


def four(*z: float) -> deviance.Tested:
    """One series of Poisson counts: 10, 20, 40 and again 40 events where half were expected."""
    observed = np.array([[10.0], [20.0], [40.0], [40.0]])
    return deviance.Tested(observed, observed / 2.0, np.ones((4, 1)), np.array(z)[:, np.newaxis])


def test_those_beyond_the_threshold_are_told_the_shortest_first() -> None:
    found = tripped(four(4.5, 3.0, 5.0, 0.0), 0, END, Scale(LENGTHS, 4.0, upper))
    assert found == (
        Exceedance(END - 100, END, 10.0, 5.0, round(upper(5.0, 1.0, 4.0), 6)),
        Exceedance(END - 700, END, 40.0, 20.0, round(upper(20.0, 1.0, 4.0), 6)),
    )


def test_the_last_may_be_told_by_the_odds_of_an_outbreak() -> None:
    scale = Scale(LENGTHS, EVEN - 1.0, upper, odds)
    (found,) = tripped(four(0.0, 0.0, 0.0, EVEN), 0, END, scale)
    assert (found.start, found.odds) == (END - 700, 1.0)


def test_odds_are_told_with_three_digits() -> None:
    (found,) = tripped(four(0.0, 0.0, 0.0, 5.0), 0, END, Scale(LENGTHS, 4.0, upper, odds))
    assert found.odds == 1060.0
    assert round(odds(5.0)) == 1058


def test_nothing_beyond_it_is_no_window() -> None:
    assert tripped(four(4.0, 0.0, 0.0, 0.0), 0, END, Scale(LENGTHS, 4.0, upper)) == ()
