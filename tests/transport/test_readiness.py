import asyncio
from typing import TYPE_CHECKING, cast

from streams.worker.health import STUCK_AFTER, Readiness

if TYPE_CHECKING:
    from streams.transport.state.task_manager import TaskManager


class Worker:
    """What readiness asks of `Partitions`."""

    def __init__(self) -> None:
        self.failure: asyncio.Future[Exception] = asyncio.Future()
        self.recovered = True
        self.stopped: dict[tuple[str, int], str] = {}
        self.active = True
        self.unheard = 0.1
        self.position = 0
        self.waiting = 0
        self.held: set[tuple[str, int]] = set()
        self.again: list[str] = []

    def reading_again(self) -> list[str]:
        return self.again

    def positions(self) -> dict[tuple[str, int], int]:
        return {("complaints", 3): self.position}

    def silence(self) -> dict[tuple[str, int], float]:
        return {("complaints", 3): self.unheard}

    def lag(self) -> dict[tuple[str, int], int]:
        return {("complaints", 3): self.waiting}


def readiness_of(worker: Worker) -> Readiness:
    return Readiness(cast("TaskManager", worker))


async def test_a_worker_without_its_partitions_is_not_ready() -> None:
    worker = Worker()
    worker.recovered = False
    assert readiness_of(worker).problem(0.0) == "no partitions assigned and loaded yet"


async def test_a_worker_that_failed_is_not_ready() -> None:
    worker = Worker()
    worker.failure.set_result(Exception())
    assert readiness_of(worker).problem(0.0) == "stopping after a failure"


async def test_a_worker_with_a_partition_that_stopped_on_a_bug_is_not_ready() -> None:
    worker = Worker()
    worker.stopped["fold", 3] = "fold[3], complaints offsets 4 to 9: ValueError('no')"
    reported = "stopped on a bug: fold[3], complaints offsets 4 to 9: ValueError('no')"
    assert readiness_of(worker).problem(0.0) == reported
    worker.stopped.clear()
    assert readiness_of(worker).problem(0.0) is None


async def test_a_worker_that_reads_a_topic_a_second_time_is_not_ready_until_it_has() -> None:
    worker = Worker()
    worker.again = ["fold[3] reads its topics again for what its state lacks: 7 offsets to go"]
    assert readiness_of(worker).problem(0.0) == worker.again[0]
    worker.again = []
    assert readiness_of(worker).problem(0.0) is None


async def test_a_partition_with_nothing_to_read_may_stand_still() -> None:
    readiness = readiness_of(Worker())
    assert readiness.problem(0.0) is None
    assert readiness.problem(10 * STUCK_AFTER) is None


async def test_a_partition_that_does_not_advance_though_records_wait_is_reported() -> None:
    worker = Worker()
    readiness = readiness_of(worker)
    assert readiness.problem(0.0) is None
    worker.waiting = 7
    assert readiness.problem(STUCK_AFTER) is None
    reported = readiness.problem(STUCK_AFTER + 1)
    assert reported == "complaints[3] does not advance: 7 records wait"
    worker.position = 1
    assert readiness.problem(STUCK_AFTER + 2) is None


async def test_a_partition_that_waits_for_a_slower_one_is_not_stuck() -> None:
    worker = Worker()
    readiness = readiness_of(worker)
    worker.waiting, worker.held, worker.unheard = 7, {("complaints", 3)}, 2 * STUCK_AFTER
    assert readiness.problem(0.0) is None
    assert readiness.problem(2 * STUCK_AFTER) is None
    worker.held.clear()
    assert readiness.problem(3 * STUCK_AFTER) is None
    reported = readiness.problem(3 * STUCK_AFTER + 1)
    assert reported == "complaints[3] does not advance: 7 records wait"


async def test_a_broker_that_does_not_answer_is_reported() -> None:
    worker = Worker()
    readiness = readiness_of(worker)
    worker.unheard = STUCK_AFTER
    assert readiness.problem(0.0) is None
    worker.unheard = STUCK_AFTER + 1
    assert readiness.problem(1.0) == "complaints[3]: no answer of the broker for 61 s"
    worker.waiting = 7  # what was fetched is still being processed: nothing is asked for
    assert readiness.problem(2.0) is None


async def test_a_rebalance_that_does_not_end_is_reported() -> None:
    worker = Worker()
    readiness = readiness_of(worker)
    assert readiness.problem(0.0) is None
    worker.active = False
    assert readiness.problem(STUCK_AFTER) is None
    reported = readiness.problem(STUCK_AFTER + 1)
    assert reported == "no partitions for 60 s: the group does not settle"
    worker.active = True
    assert readiness.problem(STUCK_AFTER + 2) is None
