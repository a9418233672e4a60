"""The periods that reviews are of, and those that they are held against."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

BEFORE: Final = 3
"""So many periods before are compared, and the one a year ago."""
MONTHS, QUARTERS = 12, 4
"""A year."""
_NAME: Final = re.compile(r"(?P<year>\d{4})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))")


class Span(NamedTuple):
    """A month or quarter: its number in the calendar counted from year 0, and how many a year."""

    number: int
    a_year: int

    @property
    def grain(self) -> str:
        """Return `month` or `quarter`."""
        return "month" if self.a_year == MONTHS else "quarter"

    @property
    def name(self) -> str:
        """Return its name, `2017-01` or `2017-Q1`."""
        year, place = divmod(self.number, self.a_year)
        return f"{year:04}-{place + 1:02}" if self.grain == "month" else f"{year:04}-Q{place + 1}"

    def earlier(self, by: int) -> Span:
        """Return the one so many before."""
        return Span(self.number - by, self.a_year)

    def against(self) -> list[str]:
        """Name those that it is held against, the last first."""
        return [self.earlier(by).name for by in (*range(1, BEFORE + 1), self.a_year)]


def span(name: str) -> Span | None:
    """Return the month or quarter of a name; None where it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    year = int(found["year"])
    if found["month"]:
        return Span(year * MONTHS + int(found["month"]) - 1, MONTHS)
    return Span(year * QUARTERS + int(found["quarter"]) - 1, QUARTERS)
