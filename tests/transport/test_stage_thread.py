"""The thread in which stages work: one call after the other, and the event loop goes on."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from streams.transport.state.stage_thread import StageThread

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def thread() -> Iterator[StageThread]:
    made = StageThread()
    yield made
    made.stop()


async def test_the_loop_comes_round_while_a_call_runs(thread: StageThread) -> None:
    begun, go = threading.Event(), threading.Event()

    def long() -> str:
        begun.set()
        go.wait()
        return "done"

    running = asyncio.create_task(thread.run(long))
    while not begun.is_set():
        await asyncio.sleep(0)
    assert not running.done()
    go.set()
    assert await running == "done"


async def test_calls_run_one_after_the_other_in_the_order_they_were_asked_for(
    thread: StageThread,
) -> None:
    order: list[str] = []

    def call(name: str) -> None:
        order.append(f"{name} begins")
        order.append(f"{name} ends")

    await asyncio.gather(*(thread.run(call, name) for name in "abc"))
    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


async def test_what_a_call_raises_is_raised_where_it_was_asked_for(thread: StageThread) -> None:
    with pytest.raises(ZeroDivisionError):
        await thread.run(lambda: 1 // 0)
    assert await thread.run(lambda: 7) == 7


async def test_a_call_that_nobody_waits_for_any_more_is_made_all_the_same(
    thread: StageThread,
) -> None:
    go, made = threading.Event(), threading.Event()
    first = asyncio.create_task(thread.run(go.wait))
    second = asyncio.create_task(thread.run(made.set))
    await asyncio.sleep(0)
    second.cancel()
    go.set()
    await first
    assert await thread.run(made.is_set)
