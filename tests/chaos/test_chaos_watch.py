"""What the log of a worker tells about what a fault has hit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from faults import Bite
from pace import SLOW, Pace
from report import LEAST, LEAST_OF_LONG, Run
from schedule import Fault
from team import Team, Worker
from watch import Trail

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-01-01 00:00:00,000 D streams.transport."
START = (
    AT + "takeover: taking over fold[0], series[0]",
    AT + "takeover: took over fold[0], series[0]: 12 rows in 0.1 s",
)


def trail(*lines: str) -> Trail:
    made = Trail()
    for line in lines:
        made.read(line)
    return made


def test_it_knows_where_a_worker_is() -> None:
    begins = AT + "flushing: fold[0]: flush 7 begins"
    written = AT + "flushing: fold[0]: flush 7 written"
    assert trail().hit() == "before its first flush"
    assert trail(START[0]).hit() == "in its recovery of fold[0], series[0]"
    assert trail(*START, START[0]).hit() == "in a take-over of fold[0], series[0]"
    assert trail(*START, begins).hit() == "in flush fold[0] 7"
    assert trail(*START, begins, written).hit() == "between flushes"
    assert trail(*START, AT + "partitions: take-over of generation 3 given up: x").taking is None


def test_it_knows_what_a_worker_owns() -> None:
    assert trail(*START).owned == {"fold[0]", "series[0]"}
    kept = AT + "partitions: generation 4: 0 new, kept: series[0]"
    assert trail(*START, kept).owned == {"series[0]"}
    assert trail(*START, kept).generations == {4}
    none = AT + "partitions: generation 5: 2 new, kept: none"
    assert trail(*START, none).owned == set()


def test_a_fault_waits_until_every_worker_has_some_of_the_work(tmp_path: Path) -> None:
    team = Team(tmp_path, {}, pytest.fail)
    for slot, lines in enumerate((START, ())):
        team.slots[slot] = Worker(slot, tmp_path / str(slot), ())
        team.slots[slot].trail = trail(*lines)
    assert not team.owns(2)  # one has all of it, and the other has just been started
    team.slots[1].trail = trail(AT + "takeover: taking over fold[1]")
    assert not team.owns(2)
    team.slots[1].trail.read(AT + "takeover: took over fold[1]: 12 rows in 0.1 s")
    assert team.owns(3)
    assert not team.owns(4)


def test_it_tells_a_fence_from_a_broker_that_does_not_answer() -> None:
    lost = AT + "partitions: series[0]: not ours any more (%s); dropping its state"
    fenced = trail(*START, lost % "ProducerFenced('There is a newer producer')")
    assert fenced.fenced == ["series[0]"]
    assert fenced.owned == {"fold[0]"}
    assert trail(*START, lost % "KafkaTimeoutError()").fenced == []


def test_it_tells_a_bug_of_ours_from_the_poison_of_the_bed() -> None:
    stopped = (
        "C streams.transport.state.quarantine: stopped on a bug: fold[0], %s. "
        "Nothing past its last flush"
    )
    bug = trail(*START, stopped % "complaints offsets 1 to 2: RecordsLostError('expected 1')")
    assert bug.bugs == ["fold[0], complaints offsets 1 to 2: RecordsLostError('expected 1')"]
    assert (
        trail(*START, stopped % "complaints offsets 1 to 2: ArithmeticError('poison-0')").bugs == []
    )


def run(seconds: float, counts: dict[str, int], **others: Any) -> Run:
    bite = Bite(1.0, Fault(1.0, "kill", 0), "killed", Counter(counts))
    return Run(1, seconds, {}, {}, [bite], {}, [], [])._replace(**others)


def test_a_run_fails_by_a_difference_a_problem_or_a_fault_that_did_not_bite() -> None:
    short, long = dict(LEAST), LEAST | LEAST_OF_LONG
    assert not run(60, short).failed()
    assert not run(180, long).failed()
    assert run(180, short).missed()[0] == "kill: 1, at least 5"
    assert run(60, short, differences=["one"]).failed()
    assert run(60, short, problems=["one"]).failed()
    for name, least in long.items():
        assert run(180, long | {name: least - 1}).missed() == [
            f"{name}: {least - 1}, at least {least}"
        ]


def test_the_clock_goes_slower_while_faults_are_behind() -> None:
    wall = [0.0]
    pace = Pace(lambda: wall[0])
    wall[0] = 10.0
    assert pace.now() == 10.0
    pace.late = True
    wall[0] = 20.0
    assert pace.now() == 10.0 + 10 * SLOW
