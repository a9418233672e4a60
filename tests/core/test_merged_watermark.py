"""How far a topic is, by what its source partitions say and by what they do not say.

wall     0         30        60  ..  120       150
a   ---- 100 ----- 200 ----- 300 --- 400 ----- 500   active, events come
b   ---- 90 idle - idle -    (its fold has stopped)
topic    100       200       300     400 |     400   b is not idle, but has not reported
"""

from __future__ import annotations

from streams.core.aggregate.merged_watermark import IDLE_REPORT_HOLDS, MergedWatermark
from streams.core.messages import Source

TIMEOUT = 30.0


def hear(
    progress: MergedWatermark, partition: int, flush: int, watermark: int, *, idle: bool
) -> None:
    source = Source("complaints", partition, flush, 0, watermark, idle)
    assert progress.is_newer(source)
    progress.advance(source, {})


def half_idle() -> MergedWatermark:
    """Return partition 0, active, beside partition 1, which has just reported that it is idle."""
    progress = MergedWatermark(2, TIMEOUT)
    hear(progress, 1, 1, 90, idle=False)
    hear(progress, 0, 1, 100, idle=False)
    assert progress.watermark == 90
    hear(progress, 1, 2, 90, idle=True)
    progress.tick(0.0)
    assert progress.watermark == 100
    return progress


def ticks(progress: MergedWatermark, after: float, until: float) -> None:
    for wall in range(int(after) + 1, int(until) + 1):
        progress.tick(wall)


def test_an_idle_partition_does_not_hold_the_watermark_as_long_as_it_says_so() -> None:
    progress = half_idle()
    for step in range(1, 20):
        hear(progress, 1, 2 + step, 90, idle=True)
        hear(progress, 0, 1 + step, 100 + step, idle=False)
        progress.tick(step * TIMEOUT)
        assert progress.watermark == 100 + step


def test_one_that_falls_silent_while_idle_holds_it_back_until_it_is_heard_again() -> None:
    progress = half_idle()
    ticks(progress, 0, IDLE_REPORT_HOLDS * TIMEOUT)
    hear(progress, 0, 2, 400, idle=False)
    assert progress.watermark == 400
    ticks(progress, IDLE_REPORT_HOLDS * TIMEOUT, IDLE_REPORT_HOLDS * TIMEOUT + 1)
    hear(progress, 0, 3, 500, idle=False)
    assert progress.watermark == 400
    hear(progress, 1, 3, 450, idle=False)  # it was repaired
    assert progress.watermark == 450
    hear(progress, 1, 4, 450, idle=True)
    assert progress.watermark == 500


def test_windows_do_not_age_while_a_partition_is_silent() -> None:
    progress = MergedWatermark(2, TIMEOUT)
    for partition in (0, 1):
        hear(progress, partition, 1, 100, idle=True)
    ticks(progress, -1, TIMEOUT)
    hear(progress, 0, 2, 100, idle=True)
    ticks(progress, TIMEOUT, IDLE_REPORT_HOLDS * TIMEOUT)
    assert progress.elapsed == IDLE_REPORT_HOLDS * TIMEOUT
    ticks(progress, IDLE_REPORT_HOLDS * TIMEOUT, 99 * TIMEOUT)
    assert progress.elapsed == IDLE_REPORT_HOLDS * TIMEOUT


def test_what_a_worker_slept_through_is_nobodys_silence() -> None:
    progress = MergedWatermark(1, TIMEOUT)
    hear(progress, 0, 1, 100, idle=True)
    progress.tick(0.0)
    progress.tick(1e6)
    assert progress.elapsed == 1e6
