#!/usr/bin/env bash
# statsmodels 0.15.0: its STL, by its defaults.
# One would think: what is left of a day once trend and season are taken off is how far it is from what
# is usual, today as on any other day. This is how anomalies are often looked for.
# What happens: the season of today's weekday and the trend are fitted to today's count, too, and
# nothing behind it holds them. Of 40 complaints too many on a Sunday in the midst of half a year 26
# are left; on the last day 12, as the weekday and the trend take 28. With `robust=True` about all 40
# are left on both.
. "$(dirname "$0")/lib/finding.sh"
install statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6 scipy==1.17.1
run - <<'END'
import pandas
from noted import noted
from statsmodels.tsa.seasonal import STL

WEEK = (8, 20, 22, 21, 20, 19, 7)
DAYS = [WEEK[day % 7] + (day * 7919 % 5 - 2) for day in range(7 * 26)]
MORE = 40
MIDST, LAST = 7 * 13 + 6, 7 * 26 - 1


def left(on, **given):
    """Give what is left on a day that has more than usual."""
    counts = [count + MORE * (day == on) for day, count in enumerate(DAYS)]
    found = STL(pandas.Series(counts, dtype=float), period=7, **given).fit()
    return round(float(found.resid.iloc[on]))


noted("left of 40 too many in the midst", 26, left(MIDST))
noted("  on the last day", 12, left(LAST))
noted("robust, in the midst", 42, left(MIDST, robust=True))
noted("  on the last day", 44, left(LAST, robust=True))
END
seen "of a spike of today less than half is left of what is left of one in the midst"
