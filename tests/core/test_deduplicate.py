"""How long an id is remembered: the horizon and ten minutes, whatever wrote it down."""

from __future__ import annotations

import msgspec
from events import T0, WALL, complaint, records

from streams.core.ingest.stage import IngestStage
from streams.settings import Settings

MINUTE, HOUR = 60, 3600
SETTINGS = Settings()


def fold(rows: dict[bytes, bytes]) -> IngestStage:
    stage = IngestStage(0, 1, SETTINGS)
    stage.restore(rows)
    return stage


def flush(stage: IngestStage, number: int, rows: dict[bytes, bytes]) -> None:
    for key, value in stage.flush(number, WALL).rows:
        if value is None:
            del rows[key]
        else:
            rows[key] = value


def test_ids_are_forgotten_ten_minutes_after_the_horizon_at_the_latest() -> None:
    rows: dict[bytes, bytes] = {}
    stage = fold(rows)
    for minute in range(180):
        stage.process("complaints", records(complaint(f"{minute}", T0 + minute * MINUTE)), WALL)
        flush(stage, minute + 1, rows)
        assert stage.sizes()["event_ids"] <= 70
    held = [key for key in rows if key.startswith(b"e\tcomplaints\t")]
    assert len(held) == stage.sizes()["event_ids"]


def test_ids_that_were_written_down_by_the_hour_are_known_as_long_as_before() -> None:
    ids = [str(number) for number in range(60)]
    meta = msgspec.msgpack.encode((T0 + 59 * MINUTE, [], {}, {}, {}))
    row = f"i\tcomplaints\t{T0}\t7".encode()
    rows = {b"m\tcomplaints": meta, row: msgspec.msgpack.encode(ids)}
    stage = fold(rows)
    later = [complaint("later", T0 + 119 * MINUTE), complaint("0", T0 + 119 * MINUTE)]
    stage.process("complaints", records(*later), WALL)
    assert stage.outcomes()["complaints", "duplicate"] == 1
    flush(stage, 8, rows)
    assert row in rows
    stage.process("complaints", records(complaint("last", T0 + 2 * HOUR)), WALL)
    flush(stage, 9, rows)
    assert row not in rows
