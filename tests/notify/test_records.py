from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from aiokafka.errors import ProducerFenced
from delivering import decided

from streams.notify.records import LostError, Records
from streams.settings import Kafka

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streams.core.notify.notification import Notification


class Written(Records):
    """Writes into a list, when it is let; `fails` is what comes of the next one."""

    def __init__(self) -> None:
        super().__init__(Kafka(), "group")
        self.rows: list[str] = []
        self.may = asyncio.Event()
        self.fails: Exception | None = None

    async def _write(self, rows: list[Notification], offset: int | None) -> None:
        del offset
        await self.may.wait()
        if self.fails is not None:
            raise self.fails
        self.rows += [row.notification_id[0] for row in rows]


@pytest.fixture
async def records() -> AsyncIterator[Written]:
    made = Written()
    yield made
    await made.stop()


async def test_who_is_cancelled_waits_for_its_transaction_and_others_go_on(
    records: Written,
) -> None:
    writing = asyncio.create_task(records.write([decided("a")]))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    records.may.set()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    assert writing.cancelled()
    await records.write([decided("b")])
    assert records.rows == ["a", "b"]


async def test_after_one_that_failed_nothing_more_is_written(records: Written) -> None:
    records.may.set()
    records.fails = ProducerFenced()
    with pytest.raises(LostError, match="ProducerFenced"):
        await records.write([decided("a")])
    records.fails = None
    with pytest.raises(LostError):
        await records.write([decided("b")])
    assert records.rows == []
