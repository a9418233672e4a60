#!/usr/bin/env bash
# lifelines 0.30.3, pandas 2.3.3.
# One would think: who came on 2017-01-01 and left on 2018-01-01 was a customer for one year, and who
# came on 1 February and left on 1 March for one month: `datetimes_to_durations(freq="Y")` and "M" are
# the documented way from the days of sign-ups and losses to what its survival curves are fitted to.
# What happens: the days between are cut down to whole years of 365.2425 days, or months of a twelfth
# of that. A year of 365 days is 0 years. Of those who came on any day of 2013 to 2016 and left a year
# later to the day, three in four left in year 0; of those who left after a month, two in five in
# month 0. So the curve loses before the first renewal whom the company lost at it. `freq="D"`, the
# default, is exact.
. "$(dirname "$0")/lib/finding.sh"
install lifelines==0.30.3 pandas==2.3.3
run - <<'END'
import pandas
from lifelines import KaplanMeierFitter
from lifelines.utils import datetimes_to_durations
from noted import noted

came = pandas.date_range("2013-01-01", "2016-12-31")


def durations(start, end, freq):
    return datetimes_to_durations(start, end, freq=freq)[0]


for unit, start, end, expected in (
    ("Y", "2016-01-01", "2017-01-01", 1.0),
    ("Y", "2017-01-01", "2018-01-01", 0.0),
    ("M", "2017-01-01", "2017-02-01", 1.0),
    ("M", "2017-02-01", "2017-03-01", 0.0),
    ("M", "2017-04-01", "2017-05-01", 0.0),
    ("M", "2017-01-01", "2018-01-01", 11.0),
):
    noted(f"{start} to {end} in {unit}", expected, float(durations([start], [end], unit)[0]))
years = durations(came, came + pandas.DateOffset(years=1), "Y")
months = durations(came, came + pandas.DateOffset(months=1), "M")
noted("left a year later to the day", 1461, len(years))
noted("of them in year 0", 1096, int((years == 0).sum()))
noted("left a month later to the day, in month 0", 620, int((months == 0).sum()))
curve = KaplanMeierFitter().fit(years).survival_function_at_times(0).item()
noted("still there after year 0, by the curve", 0.25, round(curve, 2))
END
seen "a year of 365 days is no year, and a month of 30 days no month"
