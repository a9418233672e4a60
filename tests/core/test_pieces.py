"""A stage that works in pieces: none is large, and it does not matter where they are parted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alert_worlds import CARD, DAY, GRACE, HOUR, LOAN, details, quiet, reading, signals, stage

from schemas.topics import ALERTS
from streams.core.messages import SIGNALS
from streams.core.stage import InPieces, Record

if TYPE_CHECKING:
    from streams.core.alerts.stage import AlertsStage
    from streams.core.detect import Reading
    from streams.core.stage import Send

D = 40
STEPS = 12
"""Hours with signals, all of them in one message."""


def storm() -> list[Record]:
    """One batch: forty quiet days, then a rise that is reported hour by hour, of four series."""
    rows = quiet(D)
    readings: list[Reading] = []
    for hour in range(1, STEPS + 1):
        rows.append((D * DAY + (hour - 1) * HOUR, LOAN, 10 * hour, []))
        rows.append((D * DAY + (hour - 1) * HOUR, CARD, 1, []))
        seen = 5 * hour * (hour + 1)
        reported: list[dict[str, str]] = [
            {},
            {"company": "Acme"},
            {"product": "Loan"},
            {"region": "CA"},
        ]
        readings += [reading(one, D, seen, 4.0 + len(one), hour=hour) for one in reported]
    end = D * DAY + STEPS * HOUR
    values = details(1, end + GRACE, rows), signals(end, readings)
    return [Record(offset, None, value) for offset, value in enumerate(values)]


def whole() -> tuple[list[Send], AlertsStage]:
    world = stage()
    world.process(SIGNALS, storm(), 0.0)
    return list(world.flush(1, 0.0).sends), world


def test_a_piece_is_one_step_however_many_a_batch_completes() -> None:
    world = stage()
    assert isinstance(world, InPieces)
    world.admit(SIGNALS, storm(), 0.0)
    reported = []
    while world.work():
        reported.append(sum(send.topic == ALERTS for send in world.flush(1, 0.0).sends))
    assert len(reported) == STEPS
    assert 0 < max(reported) <= 4


def test_flushed_between_all_pieces_it_tells_the_same() -> None:
    world = stage()
    world.admit(SIGNALS, storm(), 0.0)
    sends: list[Send] = []
    more = True
    while more:
        more = world.work()
        sends += world.flush(1, 0.0).sends
    assert sends == whole()[0]


@pytest.mark.slow
def test_whoever_takes_over_between_two_pieces_does_the_rest() -> None:
    for done in range(STEPS):
        first = stage()
        first.admit(SIGNALS, storm(), 0.0)
        for _ in range(done):
            assert first.work()
        flush = first.flush(1, 0.0)
        second = stage()
        second.restore({key: value for key, value in flush.rows if value is not None})
        pieces = 0
        while second.work():
            pieces += 1
        assert pieces == STEPS - done
        sends = [*flush.sends, *second.flush(2, 0.0).sends]
        assert sends == whole()[0]


def test_a_tick_leaves_its_work_to_the_pieces_too() -> None:
    """Read to the end, no more evidence is to be waited for: what waits for it is due."""
    world = stage(sources=2)
    world.admit(SIGNALS, storm(), 0.0)
    assert not world.work()
    world.remind(1.0, {SIGNALS})
    assert not world.flush(1, 1.0).sends
    for _ in range(STEPS):
        assert world.work()
    assert not world.work()
    assert world.flush(2, 1.0).sends == whole()[0]
