"""Calendars of people on call, in files that change."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from streams.core.notify.config import Notify
from streams.core.notify.ical import CalendarError
from streams.settings.rotas import Calendars

if TYPE_CHECKING:
    from pathlib import Path

    from streams.core.notify.duty import Shift

NOW = 1_774_000_000  # 2026-03-20
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTART:20260320T000000Z
DTEND:20260327T000000Z
SUMMARY:{who}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "duty.ics"
    file.write_text(EVENT.format(who="Ada"))
    return file


@pytest.fixture
def calendars(file: Path) -> Calendars:
    rotas = {"duty": {"calendar": str(file)}}
    return Calendars(Notify.model_validate({"rotas": rotas}))


def names(shifts: dict[str, list[Shift]] | None) -> list[str] | None:
    return None if shifts is None else [one.name for one in shifts["duty"]]


def touch(file: Path, text: str, at: int) -> None:
    file.write_text(text)
    os.utime(file, (at, at))


def test_a_file_that_changes_is_read_again(calendars: Calendars, file: Path) -> None:
    assert names(calendars.read(NOW)) == ["Ada"]
    assert names(calendars.changed(NOW)) is None
    touch(file, EVENT.format(who="Bo"), NOW)
    assert names(calendars.changed(NOW + 59)) is None  # looked at once a minute
    assert names(calendars.changed(NOW + 60)) == ["Bo"]
    assert names(calendars.changed(NOW + 120)) is None
    assert names(calendars.changed(NOW + 90_000)) == ["Bo"]  # the days ahead are others


def test_who_was_on_call_is_while_the_file_cannot_be_read(
    calendars: Calendars, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calendars.read(NOW)
    touch(file, "half of a", NOW)
    with caplog.at_level(logging.WARNING):
        assert names(calendars.changed(NOW + 60)) is None
    assert "rota duty: " in caplog.text
    assert "who was on call before is on call still" in caplog.text
    touch(file, EVENT.format(who="Bo"), NOW + 1)
    assert names(calendars.changed(NOW + 120)) == ["Bo"]


def test_a_file_that_is_not_there_is_named(calendars: Calendars, file: Path) -> None:
    file.unlink()
    with pytest.raises(CalendarError, match=r"rota duty: .*duty\.ics cannot be read: No such file"):
        calendars.read(NOW)
