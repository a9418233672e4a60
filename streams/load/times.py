"""When an event happened: a cell of the time column, read as microseconds since the epoch, UTC."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from streams.load import clock
from streams.load.clock import Written
from streams.load.errors import LoadError
from streams.load.zones import replaced, zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import time

__all__ = ["BAD", "MICRO", "TimeParser", "zone"]

BAD: Final = -(2**63)
"""In place of a time: the cell has none."""

MICRO: Final = 1_000_000
EPOCHS: Final = {"epoch": MICRO, "epoch-ms": 1000, "epoch-us": 1}
EXCEL: Final = "excel"

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_FIRST: Final = 0
_LAST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * MICRO
_SHEET: Final = datetime(1899, 12, 30)  # noqa: DTZ001 (day 0 of a spreadsheet, in no zone)
_SERIALS: Final = (32_874, 73_051)
"""1990 to 2099: numbers of five digits that are read as the days of a spreadsheet."""
_YEARS: Final = (1970, 2100)
_COMPACT: Final = (len("20170118"), len("201701180930"), len("20170118093000"))
_MONTHS: Final = 12
_DAYS: Final = 31
_MEMO: Final = 100_000


class TimeParser:
    """Reads the cells of one column.

    Without a `form`: ISO 8601 dates and date-times and their kin, and dates like 3/14/2017, of
    which the first number is read as the month or as the day only once some cell of the column
    proves it, or `month_first` says so. A number is a time only as YYYYMMDD (with HHMMSS), or as a
    spreadsheet counts days: `serials`. `form` is a format of strptime, `epoch`, `epoch-ms`,
    `epoch-us` or `excel`. A time without an offset is in `timezone`.

    `clocks` has up to two times of day, as they are written; `local_clocks` the same in `timezone`.
    With `dates_only` each time is read as its day: that of its text, or if `local` of `timezone`.
    """

    def __init__(
        self,
        timezone: tzinfo = UTC,
        form: str | None = None,
        *,
        month_first: bool | None = None,
        dates_only: bool = False,
        local: bool = False,
    ) -> None:
        if form is not None and form not in {*EPOCHS, EXCEL} and "%" not in form:
            raise LoadError(
                f"--date-format {form!r} is neither {', '.join(EPOCHS)} nor a format such as"
                " '%m/%d/%Y' or '%d.%m.%Y %H:%M' (excel: days as a spreadsheet counts them)"
            )
        if form is not None and "%" in form:
            _check_form(form)
        self._zone = timezone
        self._form = form
        self._timed = form is not None and any(
            sign in form for sign in ("%H", "%I", "%c", "%X", "%s", "%f")
        )
        self._dates_only = dates_only
        self._local = local
        self._known: dict[object, int] = {None: BAD}
        self.month_first = month_first
        self.slashed = False
        self.number: int | float | None = None
        self.serials: float | None = None
        self.clocks: set[time] = set()
        self.local_clocks: set[time] = set()

    def learn(self, cells: Iterable[object]) -> bool:
        """Look for proof of the order of day and month; say whether `cells` can be parsed now."""
        if self._form is not None:
            return True
        doubtful = False
        with suppress(TypeError):  # lists and objects are no keys
            cells = dict.fromkeys(cells)
        for cell in cells:
            match = clock.SLASHED.fullmatch(cell.strip()) if isinstance(cell, str) else None
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
        return [at if at == BAD else at >> 1 for at in self.read(cells)]

    def read(self, cells: Iterable[object]) -> list[int]:
        """Give the time of each cell, twice its microseconds, one more if it is a day; or BAD."""
        known = self._known
        times = []
        for cell in cells:
            try:
                times.append(known[cell])
            except KeyError:
                if len(known) > _MEMO:
                    known.clear()
                times.append(known.setdefault(cell, self._one(cell)))
            except TypeError:  # a list or an object
                times.append(BAD)
        return times

    def _one(self, cell: object) -> int:
        try:
            found = self._moment(cell)
            if found is None:
                return BAD
            moment, day = found
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self._zone)
            if not day:
                moment, day = self._with_a_time(moment)
            micros = (moment - EPOCH) // _TICK
        except (ValueError, OverflowError):
            return BAD
        return micros * 2 + day if _FIRST <= micros < _LAST else BAD

    def _with_a_time(self, moment: datetime) -> Written:
        """Note the time of day, or drop it where only the date counts."""
        if self._dates_only:
            there = moment.astimezone(self._zone) if self._local else moment
            return Written(
                datetime(there.year, there.month, there.day, tzinfo=self._zone), day=True
            )
        if len(self.clocks) < 2:  # noqa: PLR2004 (one, or more than one)
            self.clocks.add(moment.time())
        if len(self.local_clocks) < 2:  # noqa: PLR2004
            self.local_clocks.add(moment.astimezone(self._zone).time())
        return Written(moment, day=False)

    def _moment(  # noqa: PLR0911 (one for each kind of cell)
        self, cell: object
    ) -> Written | None:
        if isinstance(cell, datetime):
            return Written(cell, day=False)
        if isinstance(cell, date):
            return _day(cell)
        if self._form in EPOCHS:
            moment = _from_epoch(cell, EPOCHS[self._form])
            return None if moment is None else Written(moment, day=False)
        if isinstance(cell, str):
            return self._from_text(cell.strip())
        if isinstance(cell, bool) or not isinstance(cell, (int, float)):
            return None
        if self._form is not None and self._form != EXCEL:
            whole = int(cell) if cell == int(cell) else cell
            return self._from_text(str(whole))
        return self._from_number(cell)

    def _from_text(self, text: str) -> Written | None:
        if self._form is not None and self._form != EXCEL:
            return self._by_form(self._form, text)
        if self._form is None and (iso := clock.ISO.fullmatch(text)):
            try:
                moment = datetime.fromisoformat(text.replace("/", "-") if iso[1] == "/" else text)
            except ValueError:
                pass
            else:
                return Written(moment, day=len(text) == len("2017-01-18"))
        if text.replace(".", "", 1).isdecimal() and text.isascii():
            return self._from_number(float(text) if "." in text else int(text))
        return clock.read(text, month_first=self.month_first) if self._form is None else None

    def _by_form(self, form: str, text: str) -> Written:
        named = None
        if "%Z" in form:
            text, named = replaced(text)
        moment = datetime.strptime(text, form)  # noqa: DTZ007 (the caller adds it)
        if named is not None:
            moment = moment.replace(tzinfo=named)
        return Written(moment, day=not self._timed)

    def _from_number(self, number: float) -> Written | None:
        """Read a number that can only be a date, or that a spreadsheet counts days with."""
        if self._form is None and number == int(number) and len(str(int(number))) in _COMPACT:
            try:
                found = clock.read(str(int(number)), month_first=None)
            except ValueError:
                found = None
            if found is not None and _YEARS[0] <= found.moment.year < _YEARS[1]:
                return found
        if self._form == EXCEL or _SERIALS[0] <= number < _SERIALS[1]:
            if self.serials is None:
                self.serials = number
            seconds = round((number - int(number)) * 86_400)
            moment = _SHEET + timedelta(days=int(number), seconds=seconds)
            return Written(moment, day=number == int(number))
        self.number = number if self.number is None else self.number
        return None


def _check_form(form: str) -> None:
    """Pass a format that strptime knows.

    Raises:
        LoadError: it has a sign that is none, or one twice.
    """
    try:
        datetime.strptime("", form)  # noqa: DTZ007 (no time is read)
    except re.error as error:
        raise LoadError(f"--date-format {form!r} has the same sign twice: {error}") from error
    except ValueError as error:
        if "time data" not in str(error):
            raise LoadError(f"--date-format {form!r}: {error}") from error


def _day(day: date) -> Written:
    moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (the caller adds it)
    return Written(moment, day=True)


def _from_epoch(cell: object, micros: int) -> datetime | None:
    if isinstance(cell, str):
        cell = float(cell) if "." in cell else int(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    return EPOCH + timedelta(microseconds=round(cell * micros))
