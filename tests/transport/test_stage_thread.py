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


async def made(thread: StageThread, asked: str) -> str:
    """Give the order in which calls are made; those in capitals are long."""
    order, go = list[str](), threading.Event()
    held = asyncio.create_task(thread.run(go.wait))
    await asyncio.sleep(0)
    calls = [
        asyncio.create_task((thread.run_long if one.isupper() else thread.run)(order.append, one))
        for one in asked
    ]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(held, *calls)
    return "".join(order)


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("ABCDxy", "AxByCD"),
        ("xAyBz", "xAyBz"),
        ("ABxyz", "AxByz"),
        ("ABCD", "ABCD"),
        ("xyABC", "xyABC"),
    ],
)
async def test_between_two_long_calls_one_of_the_others_that_wait_has_its_turn(
    thread: StageThread, asked: str, order: str
) -> None:
    assert await made(thread, asked) == order


async def test_a_thread_that_is_stopped_makes_what_was_asked_for_before(
    thread: StageThread,
) -> None:
    order, go = list[str](), threading.Event()
    held = asyncio.create_task(thread.run(go.wait))
    calls = [asyncio.create_task(thread.run_long(order.append, one)) for one in "AB"]
    calls.append(asyncio.create_task(thread.run(order.append, "x")))
    await asyncio.sleep(0)
    thread.stop()
    go.set()
    await asyncio.gather(held, *calls)
    assert order == ["A", "x", "B"]


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
