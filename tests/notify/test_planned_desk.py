"""Who is on call by a calendar is told, and whoever is on call when the file has changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from evening import PEOPLE, RECEIVERS, Told, said, wall

from streams.notify.planned_desk import PlannedDesk
from streams.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOW = wall("2026-11-25 18:00")
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTART:20261125T000000Z
DTEND:20261126T000000Z
SUMMARY:{who}
END:VEVENT
END:VCALENDAR
"""


def test_the_shift_of_a_calendar_decides_who_is_told(tmp_path: Path) -> None:
    file = tmp_path / "duty.ics"
    settings = Settings.model_validate(
        {
            "notify": {
                "receivers": RECEIVERS,
                "people": PEOPLE,
                "rotas": {"duty": {"calendar": str(file)}},
                "routes": [{"name": "all", "tell": ["duty"]}],
            }
        }
    )
    desk, one = PlannedDesk(settings), Told()
    desk.observe(one.tell("opened", NOW))
    assert said(desk.decide(NOW)) == [("message", None, "nobody_on_duty")]
    for number, (who, phone) in enumerate((("Ada Byron", "ada_phone"), ("bo", "bo_phone")), 1):
        file.write_text(EVENT.format(who=who))
        os.utime(file, (NOW + number, NOW + number))
        desk.observe(one.tell("worse", NOW + 60 * number))
        assert said(desk.decide(NOW + 60 * number)) == [("message", phone, None)]
