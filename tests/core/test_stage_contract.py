"""Every stage keeps the contract of `streams.core.stage.Stage`; `contract_stages` lists them."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from contract_company import PIECES, Batch
from contract_stages import STAGES, Contract, Letter, Reported, Rows, world
from events import WALL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from state_rows import cells_of

from streams.core.changelog import UnreadableStateError
from streams.core.sketches import hyperloglog
from streams.core.stage import Quiet, Record
from streams.transport.failure import StateRefusedError
from streams.transport.spec import StageSpec
from streams.transport.state import checkpoint as checkpoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streams.core.stage import Flush, Send, Stage

LONG = {"fold with customers", "series with periods"}
"""What takes seconds a test: `make test-fast` leaves it out."""

every_stage = pytest.mark.parametrize(
    "stage",
    [
        pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.name in LONG else [])
        for one in STAGES
    ],
)


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Let go of the sketches before the library does that made them."""
    yield
    whole.cache_clear()
    world.cache_clear()


# -- driving one -----------------------------------------------------------------------------------


def counted(cell: Sequence[Any]) -> tuple[Any, ...]:
    """Return what a cell has, its customers by how many they are."""
    *counts, data = cell
    if not (isinstance(data, bytes) and data):
        return (*cell,)
    return *counts, hyperloglog.estimate([hyperloglog.load(data)])


class Driver:
    """Drives a stage as a worker does: what is flushed is committed, and seconds pass."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.stage = self.new({})
        self.rows: Rows = {}
        self.sends: list[Send] = []
        self.number = 0
        self.wall = WALL

    def new(self, rows: Rows) -> Stage:
        stage = self.contract.make()
        stage.restore(dict(rows))
        return stage

    def process(self, batch: Batch) -> None:
        self.wall += 1.0
        self.stage.process(batch.topic, batch.records, self.wall)
        self.stage.tick(self.wall, {batch.topic})

    def flush(self) -> Flush:
        self.wall += 1.0
        self.number += 1
        flush = self.stage.flush(self.number, self.wall)
        for key, value in flush.rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        self.sends += flush.sends
        return flush

    def crash(self) -> None:
        """Let another one take over what was committed, whose rows come in another order."""
        rows = list(self.rows.items())
        random.Random(self.number).shuffle(rows)
        self.stage = self.new(dict(rows))

    def reported(self) -> Reported:
        return self.contract.reported(self.sends)

    def means(self, rows: Mapping[bytes, bytes | None]) -> dict[bytes, Any]:
        """Give rows with what sketches say in place of their bytes."""
        contract, kept = self.contract, {k: v for k, v in rows.items() if v is not None}
        means: dict[bytes, Any] = dict(rows)
        for key, row in zip(kept, contract.layout.read(kept), strict=True):
            if row.kind in contract.sliced:
                cells = cells_of(row.value).items()
                means[key] = {name: counted(cell) for name, cell in cells}
        return means


def lived(contract: Contract, crashes: Iterable[int] = ()) -> Iterator[tuple[Driver, Flush]]:
    """Feed a stage, a flush a batch; before some batches it crashes."""
    driver = Driver(contract)
    for number, batch in enumerate(contract.feed()):
        if number in crashes:
            driver.crash()
        driver.process(batch)
        yield driver, driver.flush()


class Whole(NamedTuple):
    """What the rows of each flush mean, those of the state at the end, and what was reported.

    `altered` are the flushes that were not at the end what they were when they were made.
    """

    flushes: list[dict[bytes, Any]]
    altered: list[int]
    rows: Rows
    meant: dict[bytes, Any]
    reported: Reported


@cache
def whole(contract: Contract) -> Whole:
    """Live through it all without a crash."""
    steps = [(driver, flush, repr(flush)) for driver, flush in lived(contract)]
    driver = steps[-1][0]
    flushes = [driver.means(dict(flush.rows)) for _, flush, _ in steps]
    altered = [n for n, (_, flush, before) in enumerate(steps) if repr(flush) != before]
    return Whole(flushes, altered, driver.rows, driver.means(driver.rows), driver.reported())


# -- the contract ----------------------------------------------------------------------------------


@pytest.mark.slow
@every_stage
def test_the_input_makes_it_write_and_tell(stage: Contract) -> None:
    """Else the other tests would show nothing."""
    flushes, _, rows, _, reported = whole(stage)
    assert sum(map(bool, flushes)) > PIECES // 3
    assert rows
    assert reported


@every_stage
def test_an_empty_one_has_nothing_to_write(stage: Contract) -> None:
    driver = Driver(stage)
    assert driver.stage.pending() == 0
    assert driver.flush() == ([], [])


@every_stage
def test_what_has_nothing_pending_has_nothing_to_write_and_asking_changes_nothing(
    stage: Contract,
) -> None:
    """Nor has one that was flushed a moment ago, however often."""
    flushes = whole(stage).flushes
    driver = Driver(stage)
    for number, batch in enumerate(stage.feed()):
        driver.process(batch)
        for _ in range(3):
            pending = driver.stage.pending()
            list(driver.stage.source_progress())
        assert pending or driver.stage.flush(driver.number + 1, driver.wall) == ([], [])
        assert driver.means(dict(driver.flush().rows)) == flushes[number]
        assert driver.stage.pending() == 0
        assert driver.stage.flush(driver.number + 1, driver.wall) == ([], [])


def test_what_is_quiet_has_nothing_to_send() -> None:
    (stage,) = [one for one in STAGES if isinstance(one.make(), Quiet)]
    driver, quiet, told = Driver(stage), 0, 0
    for batch in stage.feed():
        driver.process(batch)
        assert isinstance(driver.stage, Quiet)
        if driver.stage.quiet:
            quiet += driver.stage.pending() > 0
            assert not driver.flush().sends
        else:
            told += bool(driver.flush().sends)
    assert quiet
    assert told


@pytest.mark.slow
@every_stage
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(crashes=st.sets(st.integers(1, 2 * PIECES), min_size=4, max_size=12))
def test_a_restored_one_writes_the_same_and_tells_the_same(
    stage: Contract, crashes: set[int]
) -> None:
    flushes, _, _, meant, reported = whole(stage)
    driver = Driver(stage)
    for number, (driver, flush) in enumerate(lived(stage, crashes)):
        assert driver.means(dict(flush.rows)) == flushes[number], number
    assert driver.means(driver.rows) == meant
    assert driver.reported() == reported


@pytest.mark.slow
@every_stage
def test_what_was_taken_since_the_last_flush_comes_again_and_is_counted_once(
    stage: Contract,
) -> None:
    """It crashes again and again between a batch and its flush."""
    driver = Driver(stage)
    _, _, _, meant, reported = whole(stage)
    for batch in stage.feed():
        driver.process(batch)
        driver.stage.pending()
        driver.wall -= 1.0
        driver.crash()
        driver.process(batch)
        driver.flush()
    assert driver.means(driver.rows) == meant
    assert driver.reported() == reported


@pytest.mark.parametrize(
    "stage", [one for one in STAGES if one.repeatable], ids=lambda one: one.name
)
def test_what_comes_again_changes_nothing(stage: Contract) -> None:
    *_, (driver, _) = lived(stage)
    rows, reported = dict(driver.rows), driver.reported()
    letters = {key for key in reported if isinstance(key, Letter)}
    for topic, records in stage.feed()[-3 * len({b.topic for b in stage.feed()}) :]:
        driver.process(Batch(topic, [Record(10**9 + r.offset, r.key, r.value) for r in records]))
        driver.flush()
    new = driver.reported().keys() - reported.keys()
    assert all(isinstance(key, Letter) for key in new), "what is refused is refused again"
    assert bool(new) == bool(letters)
    assert {key: value for key, value in driver.reported().items() if key not in new} == reported
    changed = {key: value for key, value in driver.rows.items() if rows.get(key) != value}
    assert {row.kind for row in stage.layout.read(changed)} <= stage.tallies
    assert rows.keys() == driver.rows.keys()


@every_stage
def test_what_was_flushed_stays_as_it_is_while_the_stage_goes_on(stage: Contract) -> None:
    assert whole(stage).altered == []


@every_stage
@pytest.mark.parametrize("key", [b"q\tcomplaints", b"", b"\xff", b"m", b"__marker__"])
def test_a_row_that_is_none_of_its_own_is_refused(stage: Contract, key: bytes) -> None:
    rows = whole(stage).rows
    with pytest.raises(UnreadableStateError, match=f"^stage '{stage.layout.stage}', row "):
        stage.make().restore({**rows, key: b"\x01"})


@every_stage
def test_a_value_that_is_not_as_declared_is_refused(stage: Contract) -> None:
    rows = whole(stage).rows
    for key in {
        row.kind: key for key, row in zip(rows, stage.layout.read(rows), strict=True)
    }.values():
        with pytest.raises(UnreadableStateError, match="the value cannot be read"):
            stage.make().restore({**rows, key: b"\xc1"})


@every_stage
def test_state_of_a_newer_version_is_refused(stage: Contract) -> None:
    layout = stage.layout
    spec = StageSpec(layout.stage, ("t",), lambda _: stage.make(), version=layout.version)
    newer = checkpoints.Checkpoint(3, layout.version + 1, {}, {})
    with pytest.raises(
        StateRefusedError, match=f"of stage '{layout.stage}', partition 1 has version"
    ):
        checkpoints.read(checkpoints.encode(newer), spec, 1, {"t": 3})
