#!/usr/bin/env bash
# holidays 0.109.
# One would think: the holidays of a country are those that most people there have.
# What happens: they are those that every part of it has. The United Kingdom by itself has no Easter
# Monday (Scotland works) and no bank holiday in August (Scotland has it weeks before), and Germany has
# nine days where each of its parts has ten or more. Nothing says so: both are simply ordinary days.
. "$(dirname "$0")/lib/finding.sh"
install holidays==0.109
run - <<'END'
import datetime
import holidays
from noted import noted

EASTER_MONDAY = datetime.date(2025, 4, 21)
AUGUST = datetime.date(2025, 8, 25)

for part, expected in ((None, False), ("ENG", True), ("WLS", True), ("NIR", True), ("SCT", False)):
    known = holidays.country_holidays("GB", subdiv=part)
    noted(f"Easter Monday, {part or 'GB alone'}", expected, EASTER_MONDAY in known)
    noted(f"last Monday of August, {part or 'GB alone'}", expected, AUGUST in known)
germany = holidays.country_holidays("DE", years=2025)
noted("holidays of Germany alone", 9, len(germany))
parts = [len(holidays.country_holidays("DE", subdiv=p, years=2025)) for p in germany.subdivisions]
noted("the fewest that a part of it has", 10, min(parts))
END
seen "a country by itself has only the holidays that all of its parts share"
