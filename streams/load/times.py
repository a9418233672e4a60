"""When an event happened: a cell of the time column, read as microseconds since the epoch, UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from streams.load.errors import LoadError
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Iterable

BAD: Final = -(2**63)
"""In place of a time: the cell has none."""

MICRO: Final = 1_000_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_FIRST: Final = 0
_LAST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * MICRO

_ISO: Final = re.compile(r"\d{4}([-/])\d{2}\1\d{2}(?:[Tt ].+)?")
_SLASHED: Final = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)
_EPOCHS: Final = {"epoch": MICRO, "epoch-ms": 1000, "epoch-us": 1}
_MONTHS: Final = 12
_DAYS: Final = 31


def zone(name: str) -> tzinfo:
    """Look a time zone up by its name, as Europe/Berlin.

    Raises:
        LoadError: there is none of that name.
    """
    if name.upper() in {"UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise LoadError(
            f"there is no time zone {name!r}; {near(name, sorted(available_timezones()))}"
        ) from error


class TimeParser:
    """Reads the cells of one column.

    Without a `form`: ISO 8601 dates and date-times, and dates like 3/14/2017, of which the first
    number is read as the month or as the day only once some cell of the column proves it. Plain
    numbers are never guessed at. `form` is a format of strptime, `epoch`, `epoch-ms` or `epoch-us`.
    A time without an offset is in `timezone`.
    """

    def __init__(self, timezone: tzinfo = UTC, form: str | None = None) -> None:
        if form is not None and form not in _EPOCHS and "%" not in form:
            raise LoadError(
                f"--date-format {form!r} is neither {', '.join(_EPOCHS)} nor a format such as"
                " '%m/%d/%Y' or '%d.%m.%Y %H:%M'"
            )
        self._zone = timezone
        self._form = form
        self._known: dict[object, int] = {None: BAD}
        self.month_first: bool | None = None
        self.slashed = False
        self.numbers = False

    def learn(self, cells: Iterable[object]) -> bool:
        """Look for proof of the order of day and month; say whether `cells` can be parsed now."""
        if self._form is not None:
            return True
        doubtful = False
        for cell in cells:
            match = _SLASHED.fullmatch(cell.strip()) if isinstance(cell, str) else None
            if match is None:
                continue
            self.slashed = True
            if self.month_first is not None:
                return True
            first, second = int(match[1]), int(match[3])
            if first <= _MONTHS < second <= _DAYS:
                self.month_first = True
            elif second <= _MONTHS < first <= _DAYS:
                self.month_first = False
            else:
                doubtful = True
        return self.month_first is not None or not doubtful

    def parse(self, cells: Iterable[object]) -> list[int]:
        """Give the time of each cell, in microseconds since the epoch, or BAD."""
        known = self._known
        times = []
        for cell in cells:
            try:
                times.append(known[cell])
            except KeyError:
                if len(known) > 100_000:  # noqa: PLR2004 (bounds the memory only)
                    known.clear()
                times.append(known.setdefault(cell, self._one(cell)))
            except TypeError:  # a list or an object
                times.append(BAD)
        return times

    def _one(self, cell: object) -> int:
        try:
            moment = self._moment(cell)
            if moment is None:
                return BAD
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self._zone)
            micros = (moment - EPOCH) // _TICK
        except (ValueError, OverflowError):
            return BAD
        return micros if _FIRST <= micros < _LAST else BAD

    def _moment(self, cell: object) -> datetime | None:
        if isinstance(cell, datetime):
            return cell
        if isinstance(cell, date):
            return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 (the caller adds it)
        if self._form in _EPOCHS:
            return _from_epoch(cell, _EPOCHS[self._form])
        if isinstance(cell, str):
            return self._from_text(cell.strip())
        self.numbers = self.numbers or isinstance(cell, (int, float))
        return None

    def _from_text(self, text: str) -> datetime | None:
        if self._form is not None:
            return datetime.strptime(text, self._form)  # noqa: DTZ007 (the caller adds it)
        if iso := _ISO.fullmatch(text):
            return datetime.fromisoformat(text.replace("/", "-") if iso[1] == "/" else text)
        if slashed := _SLASHED.fullmatch(text):
            return self._from_slashed(slashed)
        self.numbers = self.numbers or text.replace(".", "", 1).isdecimal()
        return None

    def _from_slashed(self, match: re.Match[str]) -> datetime:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        month, day = (first, second) if self.month_first else (second, first)
        hour = int(match[5] or 0)
        if match[8]:
            if not 1 <= hour <= 12:  # noqa: PLR2004 (a clock face)
                raise ValueError(hour)
            hour = hour % 12 + (12 if match[8] in "Pp" else 0)
        return datetime(  # noqa: DTZ001 (the caller adds it)
            year, month, day, hour, int(match[6] or 0), int(match[7] or 0)
        )


def _from_epoch(cell: object, micros: int) -> datetime | None:
    if isinstance(cell, str):
        cell = float(cell) if "." in cell else int(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    return EPOCH + timedelta(microseconds=round(cell * micros))
