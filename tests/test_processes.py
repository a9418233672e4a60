"""Several workers under one command: how many, and what becomes of one that ends."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from streams.settings import Worker
from streams.transport.failure import WorkerFailedError
from streams.worker.listening import listen
from streams.worker.processes import restarts
from streams.worker.processes.child import Child, by_command
from streams.worker.processes.count import cores, within
from streams.worker.processes.gathered import Gathered
from streams.worker.processes.restarts import LONGEST, MOST, STEADY, Restarts

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")


def test_a_process_is_started_again_later_and_later_and_then_no_more() -> None:
    ends = Restarts()
    waits = [ends.ended(1.0) for _ in range(MOST + 1)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, None]


def test_one_that_worked_for_long_begins_anew() -> None:
    ends = Restarts()
    assert [ends.ended(lived) for lived in (1.0, 1.0, STEADY, 1.0)] == [0.5, 1.0, 0.5, 1.0]


def test_no_wait_is_longer_than_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "MOST", 40)
    ends = Restarts()
    assert [ends.ended(1.0) for _ in range(40)][-30:] == [LONGEST] * 30


def test_a_part_of_a_core_is_none_but_one_there_is_always() -> None:
    assert [within(quota, 8) for quota in ("400000 100000\n", "50000 100000", "nonsense")] == [
        4,
        0,
        8,
    ]
    assert cores() >= 1


@pytest.mark.parametrize("number", ["-1", "two", "1025", "", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(
    run: Callable[..., Result], number: str
) -> None:
    result = run("worker", "--processes", number)
    assert result.exit_code == 2
    assert "write a number up to 1024, or auto (one a core)" in result.output


# A process that says its port, here that of nobody, and waits for the end of its input; then it
# leaves as its last argument says.
SAYS = """
import sys
print(9, flush=True)
sys.stdin.read()
sys.exit({status})
"""


def child(script: str) -> Child:
    return Child("2", by_command([sys.executable, "-c", script]), b"given\n")


async def test_one_that_ends_again_and_again_ends_the_parent_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarts, "FIRST", 0.001)
    one, ended = child("raise SystemExit(3)"), list[str]()
    with pytest.raises(WorkerFailedError) as failed:
        await one.keep(ended.append)
    assert one.starts == len(ended) == MOST + 1
    assert "process 2 ended 6 times in a row, each within 300 s" in str(failed.value)
    assert "it ended with status 3. The lines with [2] above say why" in str(failed.value)


async def test_one_that_was_killed_is_started_again_and_meanwhile_it_is_said() -> None:
    one, gathered = child(SAYS.format(status=0)), Gathered()
    gathered.open([one])
    keeping = asyncio.create_task(one.keep(gathered.ended))
    try:
        await _until(lambda: one.port == 9)
        one.kill()
        await _until(lambda: one.port is None)
        assert await gathered.problem() == (
            "process 2: was killed by signal 9 (out of memory?), is started again"
        )
        await _until(lambda: one.port == 9)
        assert one.starts == 2
    finally:
        assert one.stop()
    assert await keeping in {0, -signal.SIGTERM}


async def test_one_that_is_told_to_stop_is_not_started_again() -> None:
    one = child(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)" + SAYS.format(status=4)
    )
    keeping = asyncio.create_task(one.keep(lambda _: None))
    await _until(lambda: one.port == 9)
    assert one.stop()
    assert await keeping == 4
    assert one.starts == 1
    assert not one.stop()


async def test_a_parent_is_ready_once_all_are_and_says_who_hangs() -> None:
    """Two that answer, at first not ready; one that takes connections and says nothing."""
    problems = ["no partitions assigned and loaded yet"]

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=503 if problems else 200, text=f"{(problems or ['ok'])[0]}\n")

    app = web.Application()
    app.router.add_get("/readyz", answer)
    app.router.add_get("/healthz", answer)
    listening = await listen(Worker(port=0), app)
    one, two = child(""), child("")
    gathered = Gathered()
    assert await gathered.problem() == "starting"
    gathered.open([one, two])
    one.port = listening.port
    assert await gathered.problem() == "process 2: no partitions assigned and loaded yet"
    problems.clear()
    assert await gathered.problem() == "process 2: starting"
    assert await gathered.hangs() is None
    two.port = listening.port
    assert await gathered.problem() is None
    await listening.cleanup()
    assert await gathered.hangs() == "process 2: no answer within 4 s"


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)
