#!/usr/bin/env bash
# holidays 0.109.
# One would think: the holidays of a country are a dictionary of its holidays.
# What happens: it is empty until a date is looked up, which fills in that year. So a union of it, its
# length, a loop over it and a copy of it hold the years that somebody has asked about, and no others.
. "$(dirname "$0")/lib/finding.sh"
install holidays==0.109
run - <<'END'
import datetime
import holidays
from noted import noted

CHRISTMAS = datetime.date(2016, 12, 25)

found = holidays.country_holidays("US")
noted("holidays known", 0, len(found))
noted("found in a list of them", False, CHRISTMAS in list(found))
noted("looked up", True, CHRISTMAS in found)
noted("found in a list of them, then", True, CHRISTMAS in list(found))
noted("years known, then", {2016}, {day.year for day in found})
noted("one of another year, in a list", False, datetime.date(2017, 12, 25) in list(found))
END
seen "what it holds depends on what was asked of it"
