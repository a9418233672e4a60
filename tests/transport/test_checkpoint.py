"""The marker: which state a worker takes over, and which it refuses with a reason."""

import pytest

from streams.core.stage import Stage
from streams.transport.failure import StateRefusedError
from streams.transport.spec import StageSpec
from streams.transport.state import checkpoint as checkpoints
from streams.transport.state.checkpoint import Checkpoint

COUNTS = {"left": 4, "right": 4}


def never(partition: int) -> Stage:
    raise AssertionError(partition)


SPEC = StageSpec("fold", ("left", "right"), never, version=2)


def written(
    version: int = 2,
    offsets: dict[str, int] | None = None,
    partitions: dict[str, int] | None = None,
) -> bytes:
    offsets = {"left": 7, "right": 9} if offsets is None else offsets
    return checkpoints.encode(Checkpoint(3, version, offsets, partitions or COUNTS))


def test_a_partition_without_a_marker_begins_at_flush_0() -> None:
    assert checkpoints.read(None, SPEC, 1, COUNTS) == Checkpoint(0, 2, {}, COUNTS)


def test_a_marker_comes_back_as_it_was_written() -> None:
    assert checkpoints.read(written(), SPEC, 1, COUNTS) == Checkpoint(
        3, 2, {"left": 7, "right": 9}, COUNTS
    )


def test_state_of_an_older_version_is_taken_over() -> None:
    assert checkpoints.read(written(version=1), SPEC, 1, COUNTS).version == 1


def test_state_of_a_newer_version_is_refused() -> None:
    with pytest.raises(StateRefusedError, match="version 3, this worker knows up to 2"):
        checkpoints.read(written(version=3), SPEC, 1, COUNTS)


def test_a_worker_that_lacks_a_topic_of_the_state_is_refused() -> None:
    with pytest.raises(StateRefusedError, match="includes topic middle"):
        checkpoints.read(written(offsets={"left": 7, "middle": 1}), SPEC, 1, COUNTS)


def test_a_topic_that_is_new_to_the_state_is_taken_up() -> None:
    older = written(offsets={"left": 7}, partitions={"left": 4})
    assert checkpoints.read(older, SPEC, 1, COUNTS) == Checkpoint(3, 2, {"left": 7}, COUNTS)


def test_changed_partition_counts_are_refused() -> None:
    with pytest.raises(StateRefusedError, match="left had 2 and has 4"):
        checkpoints.read(written(partitions={"left": 2, "right": 4}), SPEC, 1, COUNTS)


def test_a_marker_of_utc_says_nothing_of_zones() -> None:
    assert b"zone" not in written()
    assert checkpoints.read(written(), SPEC, 1, COUNTS).zone == "UTC"


def test_state_of_another_time_zone_is_refused_in_one_line_with_the_way_on() -> None:
    berlin = StageSpec("fold", ("left", "right"), never, version=2, zone="Europe/Berlin")
    with pytest.raises(StateRefusedError) as found:
        checkpoints.read(written(), berlin, 1, COUNTS)
    assert str(found.value) == (
        "the state of stage 'fold', partition 1 goes by days of UTC, and calendar.timezone is "
        "Europe/Berlin: set it back, or start anew (docs/recovery.md#the-time-zone-was-changed)"
    )
    new = checkpoints.read(None, berlin, 1, COUNTS)
    assert new.zone == "Europe/Berlin"
    assert checkpoints.read(checkpoints.encode(new), berlin, 1, COUNTS) == new
    with pytest.raises(StateRefusedError, match=r"goes by days of Europe/Berlin, and .* is UTC"):
        checkpoints.read(checkpoints.encode(new), SPEC, 1, COUNTS)
