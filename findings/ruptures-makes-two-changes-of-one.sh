#!/usr/bin/env bash
# ruptures 1.1.10: its Pelt, by its defaults.
# One would think: of a series that jumps once, on day 101, one change is found, on day 101. Pelt is an
# exact method, and there is no noise.
# What happens: `jump` is 5, so changes are looked for on each fifth day only. There are two of them,
# on days 100 and 105, and what is between is taken for a state of its own; so on four days of five.
# Binseg, Window, Dynp and BottomUp tell day 100 or 105. `jump=1`, or KernelCPD, tell the day itself.
. "$(dirname "$0")/lib/finding.sh"
install ruptures==1.1.10 numpy==2.4.6 scipy==1.17.1
run - <<'END'
import numpy
import ruptures
from noted import noted

PENALTY = 3


def changes(method, day, **given):
    """Find the days of change in 200 days; the last one, which always is their number, left out."""
    series = numpy.concatenate([numpy.zeros(day), numpy.full(200 - day, 10.0)])
    found = method.fit_predict(series.reshape(-1, 1), **given)
    return [int(one) for one in found[:-1]]


for day, expected in (
    (100, [100]), (101, [100, 105]), (102, [100, 105]), (103, [100, 105]), (104, [100, 105]),
):
    noted(f"a jump on day {day}, by Pelt", expected, changes(ruptures.Pelt("l2"), day, pen=PENALTY))
for name, method, expected in (
    ("Binseg", ruptures.Binseg("l2"), [100]),
    ("Window", ruptures.Window(20, "l2"), [100]),
    ("Dynp", ruptures.Dynp("l2"), [100]),
    ("BottomUp", ruptures.BottomUp("l2"), [100]),
    ("KernelCPD", ruptures.KernelCPD("linear"), [102]),
    ("Pelt with jump=1", ruptures.Pelt("l2", jump=1), None),
):
    given = {"n_bkps": 1} if expected else {"pen": PENALTY}
    noted(f"on day 102, by {name}", expected or [102], changes(method, 102, **given))
END
seen "one jump is two changes on four days of five, neither on its day"
