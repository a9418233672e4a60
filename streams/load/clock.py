"""The shapes in which people write a date, and a time of day behind it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from streams.load.zones import written

ISO: Final = re.compile(r"\d{4}([-/])\d{2}\1\d{2}(?:[Tt ].+)?")
SLASHED: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/.-])(.*)", re.DOTALL)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)(.*)", re.DOTALL)
_COMPACT: Final = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?(.*))?", re.DOTALL
)
_DAY_NAMED: Final = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s/.-]+([A-Za-z]{3,9})\.?[\s/,.-]+(\d{4}|\d{2})(?!\d)"
    r"(.*)",
    re.DOTALL,
)
_MONTH_NAMED: Final = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)(.*)",
    re.DOTALL,
)
_TIME: Final = re.compile(
    r"(?:[Tt:,]|\s+at\b|\s)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?"
    r"\s*(?:([AaPp])\.?[Mm]\.?(?![A-Za-z]))?(.*)",
    re.DOTALL,
)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_FACE: Final = 12


class Written(NamedTuple):
    """A moment as it is written; without an offset where none is. `day`: it has no time of day."""

    moment: datetime
    day: bool


def read(text: str, *, month_first: bool | None) -> Written | None:
    """Read a date, with a time of day and a zone where they stand behind it; None: it is neither.

    `month_first` says what the first number of 3/4/2017 is.

    Raises:
        ValueError: it has the shape of a date, but there is no such day, time or zone.
    """
    if match := _YEAR_FIRST.fullmatch(text):
        return _moment(int(match[1]), int(match[3]), int(match[4]), match[5])
    if match := SLASHED.fullmatch(text):
        first, second = int(match[1]), int(match[3])
        month, day = (first, second) if month_first else (second, first)
        return _moment(int(match[4]), month, day, match[5])
    if match := _COMPACT.fullmatch(text):
        clock = "" if match[4] is None else f" {match[4]}:{match[5]}:{match[6] or '00'}{match[7]}"
        return _moment(int(match[1]), int(match[2]), int(match[3]), clock)
    if match := _DAY_NAMED.fullmatch(text):
        return _moment(_year(match[3]), _month(match[2]), int(match[1]), match[4])
    if match := _MONTH_NAMED.fullmatch(text):
        return _moment(int(match[3]), _month(match[1]), int(match[2]), match[4])
    return None


def _moment(year: int, month: int, day: int, clock: str) -> Written:
    if not clock.strip():
        return Written(datetime(year, month, day), day=True)  # noqa: DTZ001 (the caller adds it)
    match = _TIME.fullmatch(clock)
    if match is None:
        raise ValueError(clock)
    hour = int(match[1])
    if match[5]:
        if not 1 <= hour <= _FACE:
            raise ValueError(hour)
        hour = hour % _FACE + (_FACE if match[5] in "Pp" else 0)
    micros = int((match[4] or "0").ljust(6, "0")[:6])
    zone = written(match[6])
    return Written(
        datetime(year, month, day, hour, int(match[2]), int(match[3] or 0), micros, tzinfo=zone),
        day=False,
    )


def _year(digits: str) -> int:
    """Read a year; of two digits, as strptime does, one from 1969 to 2068."""
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 (a whole one)
        return year
    return year + (1900 if year >= 69 else 2000)  # noqa: PLR2004


def _month(word: str) -> int:
    word = word.lower()
    if word == "sept":
        word = "sep"
    for number, name in enumerate(_MONTHS, 1):
        if name == word or name[:3] == word:
            return number
    raise ValueError(word)
